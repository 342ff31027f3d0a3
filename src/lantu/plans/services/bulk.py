"""One call from file to release, by the very same verbs as the pages: command line and demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.geodesy.frames import frame
from lantu.plans.models import DatumSet, Delivery, PlanDataset, PlanRelease
from lantu.plans.readers.tables import places
from lantu.plans.services.checking import check_delivery, waive
from lantu.plans.services.datasets import create_dataset, save_profile
from lantu.plans.services.intake import confirm_reading, receive_delivery
from lantu.plans.services.mapping import UNCLASSIFIED, apply_mapping, proposal
from lantu.plans.services.releasing import blocking_checks, release_delivery
from lantu.plans.services.targets import read_table, release_table
from lantu.standards import selectors

Tell = Callable[[float, str], None]
TABLES = (".xlsx", ".csv")


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """What a file is: layer, name, and the facts that stand on the dataset. ``owner``: department code."""

    layer: str
    name: str
    plan_name: str = ""
    owner: str = ""
    scale: int | None = None
    document_no: str = ""
    document_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person would confirm on the pages. None = what was detected or proposed.

    ``unclassified``: take features with unknown codes in as unclassified. ``waive_reason``: with ``checker``, waive remaining errors.
    """

    layer: str | None = None
    encoding: str | None = None
    epsg: int | None = None
    datum: str = ""
    swap: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    unclassified: bool = False
    checker: Actor | None = None
    waive_reason: str = ""


def import_file(
    actor: Actor, spec: DatasetSpec, paths: Sequence[Path], choices: Choices | None = None, tell: Tell = lambda share, step: None
) -> PlanRelease:
    """Bring files into a dataset (opened when it is new) and release them.

    Raises ``LantuError`` at the first step that does not go through.
    """
    chosen = choices or Choices()
    if is_table(paths, spec.layer):
        return release_table(actor, dataset_of(actor, spec), paths[0].name, paths[0].read_bytes())
    delivery = bring_file(actor, spec, paths, chosen, lambda share, step: tell(0.7 * share, step))
    if chosen.checker is not None and chosen.waive_reason:
        for code in blocking_checks(delivery):
            waive(chosen.checker, delivery, code, chosen.waive_reason)
    return release_delivery(actor, delivery, tell=lambda share, step: tell(0.7 + 0.3 * share, step))


def bring_file(actor: Actor, spec: DatasetSpec, paths: Sequence[Path], choices: Choices, tell: Tell = lambda share, step: None) -> Delivery:
    """Bring files into a dataset as far as the quality checks: they can be released, or mended on the pages. Raises ``LantuError``."""
    dataset = dataset_of(actor, spec)
    with ExitStack() as stack:
        delivery = receive_delivery(actor, dataset, [(path.name, stack.enter_context(path.open("rb"))) for path in paths])
    tell(0.2, str(_("识别")))
    delivery = confirm_reading(actor, delivery, **_reading(delivery, choices))
    delivery = _map(actor, delivery, choices, lambda share, step: tell(0.2 + 0.4 * share, step))
    save_profile(actor, delivery, "")
    return check_delivery(actor, delivery, tell=lambda share, step: tell(0.6 + 0.4 * share, step))


def is_table(paths: Sequence[Path], layer_code: str) -> bool:
    """Whether this is a table of targets or projects, which is released as it stands; not one whose rows have a place."""
    return len(paths) == 1 and paths[0].suffix.lower() in TABLES and is_target_table(layer_code, paths[0].read_bytes())


def is_target_table(layer_code: str, data: bytes) -> bool:
    """Tables for layers without geometry, and those whose heads place nothing (they are refused by name)."""
    if selectors.layer(layer_code).geometry_kind == "none":
        return True
    heads, _rows = read_table(data)
    return "指标" in heads or not places(heads)


def dataset_of(actor: Actor, spec: DatasetSpec) -> PlanDataset:
    """The dataset of that layer and name, opened when it is new."""
    return PlanDataset.objects.filter(layer_code=spec.layer, name=spec.name).first() or _create(actor, spec)


def _create(actor: Actor, spec: DatasetSpec) -> PlanDataset:
    owner = Department.objects.filter(code=spec.owner).first() if spec.owner else None
    if spec.owner and owner is None:
        raise BadInput(_("没有部门 %(code)s。") % {"code": spec.owner}, how=_("请核对部门代码。"))
    return create_dataset(
        actor,
        spec.layer,
        spec.name,
        plan_name=spec.plan_name,
        owner=owner,
        scale=spec.scale,
        document_no=spec.document_no,
        document_date=spec.document_date,
        valid_from=spec.valid_from,
        valid_to=spec.valid_to,
        demo=spec.demo,
    )


def _reading(delivery: Delivery, chosen: Choices) -> dict[str, Any]:
    layers = delivery.detected["layers"]
    if chosen.layer is None and len(layers) > 1:
        names = "、".join(item["name"] for item in layers)
        raise Conflict(_("文件里有 %(n)s 个图层，要选一个。") % {"n": len(layers)}, where=names, how=_("请指明图层。"))
    layer = next((item for item in layers if chosen.layer in (None, item["name"])), layers[0])
    datum = _datum(chosen.datum) if chosen.datum else None
    epsg = _epsg(chosen, layer, datum)
    if epsg is None:
        evidence = "；".join(layer["frame"]["evidence"])
        raise Conflict(_("认不出坐标系。"), where=evidence, how=_("请核对后指明坐标系（EPSG 代码）。"))
    encoding = chosen.encoding or (layer["encoding"] or {}).get("name", "")
    return {
        "layer": layer["name"],
        "encoding": encoding,
        "epsg": int(epsg),
        "datum": datum.pk if datum else None,
        "swap": chosen.swap,
    }


def _datum(name: str) -> DatumSet:
    found = DatumSet.objects.filter(name=name).first()
    if found is None:
        raise BadInput(_("没有名为「%(name)s」的转换参数集。") % {"name": name}, how="lantu datum list")
    return found


def _epsg(chosen: Choices, layer: dict[str, Any], datum: DatumSet | None) -> int | None:
    """As said, else as detected; with a parameter set the detected frame counts only if the set leads out of it."""
    if chosen.epsg is not None:
        return chosen.epsg
    detected: int | None = layer["frame"]["epsg"]
    if datum is None or (detected is not None and frame(detected).datum == frame(datum.source_epsg).datum):
        return detected
    return datum.source_epsg


def _map(actor: Actor, delivery: Delivery, chosen: Choices, tell: Tell) -> Delivery:
    fields, codes = proposal(delivery, dict(chosen.fields), chosen.codes)
    if chosen.unclassified:
        codes = {value: target or UNCLASSIFIED for value, target in codes.items()}
    return apply_mapping(actor, delivery, fields=fields, codes=codes, tell=tell)
