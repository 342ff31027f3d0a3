"""Metadata of datasets: written by planners, completed with what the platform itself knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.verbs import verb
from lantu.plans.models import DatasetMetadata, Delivery, PlanDataset, PlanRelease
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.standards import selectors

FIELDS = ("abstract", "purpose", "method", "data_date", "accuracy_m", "licence", "security", "contact")


@verb("plans.describe_dataset", permission=may_bring, need=NEED_PLANNER, subject="dataset")
def describe_dataset(actor: Actor, dataset: PlanDataset, **facts: Any) -> DatasetMetadata:
    """Set facts of the metadata (``FIELDS``); those not named stay. Raises ``BadInput``."""
    if unknown := sorted(set(facts) - set(FIELDS)):
        raise BadInput(_("元数据没有这些项：%(names)s。") % {"names": "、".join(unknown)}, how="、".join(FIELDS))
    accuracy = facts.get("accuracy_m")
    if accuracy is not None and not 0 < float(accuracy) < 1000:
        raise BadInput(_("平面精度 %(value)s 米不合理。") % {"value": accuracy}, how=_("请填 0 到 1000 之间的米数，不知道就不填。"))
    if facts.get("security") and facts["security"] not in DatasetMetadata.Security.values:
        raise BadInput(_("没有密级 %(value)s。") % {"value": facts["security"]}, how="、".join(DatasetMetadata.Security.values))
    found, _created = DatasetMetadata.objects.select_for_update().get_or_create(dataset=dataset)
    for name, value in facts.items():
        setattr(found, name, value)
    found.updated_by_name = actor.name
    found.save()
    remark(fields=sorted(facts))
    return found


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a release comes from: files with digests, how they were read, what became of the features."""

    files: tuple[tuple[str, str, int], ...]
    reading: dict[str, Any]
    account: dict[str, Any]
    uploaded_by: str
    uploaded_on: str


def metadata_of(dataset: PlanDataset) -> DatasetMetadata:
    """The metadata, with what the catalogue says where nobody has said anything; not saved."""
    found = DatasetMetadata.objects.filter(dataset=dataset).first() or DatasetMetadata(dataset=dataset)
    layer = selectors.catalogue().layers.get(dataset.layer_code)
    if not found.security and layer is not None and layer.security in DatasetMetadata.Security.values:
        found.security = layer.security
    return found


def provenance(delivery: Delivery | None) -> Provenance | None:
    """Where a delivery's features come from."""
    if delivery is None:
        return None
    files = tuple((one.name, one.stored.sha256, one.stored.size) for one in delivery.files.select_related("stored").order_by("id"))
    return Provenance(files, delivery.reading, delivery.account, delivery.uploaded_by_name, f"{delivery.uploaded_at:%Y-%m-%d}")


def in_force(dataset: PlanDataset) -> PlanRelease | None:
    """The release that the metadata speak of."""
    return dataset.releases.filter(state=PlanRelease.State.RELEASED).order_by("-number").first()


def missing(found: DatasetMetadata) -> list[str]:
    """What is still to be filled in: the labels."""
    needed = {
        "accuracy_m": _("平面精度"),
        "data_date": _("数据日期"),
        "method": _("生产方法"),
        "licence": _("使用许可"),
        "security": _("密级"),
    }
    return [label for name, label in needed.items() if getattr(found, name) in (None, "")]


def as_date(value: Any) -> date | None:
    """A date of a metadata file."""
    return value if value is None or isinstance(value, date) else date.fromisoformat(str(value))
