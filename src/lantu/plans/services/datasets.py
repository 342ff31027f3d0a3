"""Plan datasets and the saved reading of their sources."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.core.verbs import verb
from lantu.plans.models import Delivery, PlanDataset, SourceProfile
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.standards import selectors


@verb("plans.create_dataset", permission=may_bring, need=NEED_PLANNER)
def create_dataset(
    actor: Actor,
    layer_code: str,
    name: str,
    *,
    plan_name: str = "",
    owner: Department | None = None,
    scale: int | None = None,
    document_no: str = "",
    document_date: date | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    demo: bool = False,
) -> PlanDataset:
    """Open a dataset for a layer of the catalogue; scale and owner come from the layer when not given. ``BadInput`` for a taken name."""
    layer = selectors.layer(layer_code)
    if layer.is_living:
        raise BadInput(_("%(layer)s 是活图层，不作规划数据集。") % {"layer": layer}, how=_("请在「活图层」里登记它的要素。"))
    if not name.strip():
        raise BadInput(_("没有填名称。"), how=_("请填规划数据集的名称。"))
    if PlanDataset.objects.filter(layer_code=layer_code, name=name).exists():
        raise BadInput(
            _("%(layer)s 已有名为「%(name)s」的数据集。") % {"layer": layer, "name": name}, how=_("请换一个名称，或在已有数据集里入库。")
        )
    if valid_from and valid_to and valid_to <= valid_from:
        raise BadInput(_("规划期的止日须在起日之后。"), how=_("请改正日期。"))
    return PlanDataset.objects.create(
        layer_code=layer_code,
        name=name.strip(),
        plan_name=plan_name or layer.plan_name_zh,
        owner=owner or Department.objects.filter(code=layer.owner).first(),
        scale=scale or layer.scale,
        document_no=document_no,
        document_date=document_date,
        valid_from=valid_from,
        valid_to=valid_to,
        demo=demo,
    )


@verb("plans.save_profile", permission=may_bring, need=NEED_PLANNER)
def save_profile(actor: Actor, delivery: Delivery, name: str) -> SourceProfile:
    """Keep a delivery's reading and mapping, to be proposed at the dataset's next delivery."""
    profile, _created = SourceProfile.objects.update_or_create(
        dataset=delivery.dataset,
        name=name.strip() or str(_("上次方案")),
        defaults={"reading": delivery.reading, "fields": delivery.field_mapping, "codes": delivery.code_mapping},
    )
    return profile


def last_profile(dataset: PlanDataset) -> dict[str, Any] | None:
    """What was confirmed last for this dataset's source."""
    profile = dataset.profiles.order_by("-saved_at").first()
    return {"name": profile.name, "reading": profile.reading, "fields": profile.fields, "codes": profile.codes} if profile else None
