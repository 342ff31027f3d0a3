"""Living layers (活图层): registered, superseded, ended, with valid time; seen at once without fusing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.standards import selectors


@verb("plans.register_living", permission=may_bring, need=NEED_PLANNER)
def register_living(
    actor: Actor,
    layer_code: str,
    feature_id: str,
    geometry: BaseGeometry,
    *,
    name: str = "",
    valid_from: date,
    document_no: str = "",
    attributes: dict[str, Any] | None = None,
    demo: bool = False,
) -> LivingFeature:
    """Register a feature of a living layer, ``geometry`` in EPSG:4490. ``BadInput``; ``Conflict`` when one in force has this identity."""
    layer = selectors.layer(layer_code)
    if not layer.is_living:
        raise BadInput(_("%(layer)s 不是活图层。") % {"layer": layer}, how=_("规划图层请走「规划入库」。"))
    check_geometry(geometry)
    if not feature_id.strip():
        raise BadInput(_("没有填要素标识。"), how=_("请填文号、项目编号等能认出它的标识。"))
    if LivingFeature.objects.filter(layer_code=layer_code, feature_id=feature_id, valid_to=None).exists():
        raise Conflict(
            _("%(layer)s 已有有效的「%(id)s」。") % {"layer": layer, "id": feature_id},
            how=_("要改动它，请用「替代」；不再有效，请用「终止」。"),
        )
    feature = LivingFeature.objects.create(
        layer_code=layer_code,
        feature_id=feature_id.strip(),
        name=name,
        attributes=attributes or {},
        document_no=document_no,
        valid_from=valid_from,
        area_m2=_area(geometry),
        demo=demo,
        registered_by_name=actor.name,
        geometry=geometry,
    )
    emit(actor, "plans.living_changed", feature, layer=layer_code)
    return feature


@verb("plans.supersede_living", permission=may_bring, need=NEED_PLANNER, subject="feature")
def supersede_living(
    actor: Actor, feature: LivingFeature, geometry: BaseGeometry, *, valid_from: date, document_no: str = "", name: str = ""
) -> LivingFeature:
    """Replace a feature from a day on; the old one ends that day and stays in the history. Returns the new one."""
    check_geometry(geometry)
    old = _in_force(feature)
    if valid_from < old.valid_from:
        raise BadInput(_("替代日期早于原要素的生效日 %(day)s。") % {"day": old.valid_from}, how=_("请改正日期。"))
    old.valid_to = valid_from
    old.save(update_fields=["valid_to"])
    new = LivingFeature.objects.create(
        layer_code=old.layer_code,
        feature_id=old.feature_id,
        name=name or old.name,
        attributes=old.attributes,
        document_no=document_no or old.document_no,
        valid_from=valid_from,
        supersedes=old,
        area_m2=_area(geometry),
        demo=old.demo,
        registered_by_name=actor.name,
        geometry=geometry,
    )
    remark(new=new.pk)
    emit(actor, "plans.living_changed", new, layer=new.layer_code)
    return new


@verb("plans.end_living", permission=may_bring, need=NEED_PLANNER, subject="feature")
def end_living(actor: Actor, feature: LivingFeature, *, on: date, reason: str) -> LivingFeature:
    """End a feature from a day on, with the reason."""
    old = _in_force(feature)
    if on < old.valid_from:
        raise BadInput(_("终止日期早于生效日 %(day)s。") % {"day": old.valid_from}, how=_("请改正日期。"))
    old.valid_to = on
    old.save(update_fields=["valid_to"])
    remark(reason=reason)
    emit(actor, "plans.living_changed", old, layer=old.layer_code)
    return old


def _in_force(feature: LivingFeature) -> LivingFeature:
    current = LivingFeature.objects.select_for_update().get(pk=feature.pk)
    if current.valid_to is not None:
        raise Conflict(
            _("「%(id)s」已于 %(day)s 失效。") % {"id": current.feature_id, "day": current.valid_to}, how=_("请刷新页面看现行的要素。")
        )
    return current


def _area(geometry: BaseGeometry) -> Decimal:
    return Decimal(f"{polygon_area(geometry, selectors.working_grid().ellipsoid):.2f}")


def check_geometry(geometry: BaseGeometry | None) -> None:
    """Raise ``BadInput`` for no geometry, one that crosses itself, or one outside of the city (degrees of the statutory system)."""
    if geometry is None or geometry.is_empty:
        raise BadInput(_("没有图形。"), how=_("请画出或粘贴图形。"))
    if not geometry.is_valid:
        raise BadInput(_("图形自相交或没有闭合。"), how=_("请改正图形后再登记。"))
    west, south, east, north = selectors.city_extent()
    x0, y0, x1, y1 = geometry.bounds
    if x1 < west or x0 > east or y1 < south or y0 > north:
        raise BadInput(_("图形不在本市范围内。"), where=f"{x0:.6f}, {y0:.6f}", how=_("请核对坐标系和坐标顺序（经度在前）。"))
