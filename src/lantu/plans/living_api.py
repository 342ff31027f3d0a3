"""``/api/v1/plans/living``: living layers. What is registered here shows on the map at once."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from shapely.geometry.base import BaseGeometry

from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import LivingFeature
from lantu.plans.permissions import READERS
from lantu.plans.schemas import EndIn, LivingIn, LivingOut, SupersedeIn
from lantu.plans.selectors import living_in_force
from lantu.plans.services import end_living, register_living, supersede_living

router = Router(tags=["living layers"])


def _out(row: LivingFeature) -> LivingOut:
    names = [name for name in LivingOut.model_fields if name != "geometry"]
    return LivingOut(**{name: getattr(row, name) for name in names}, geometry=dict(shapely.geometry.mapping(row.geometry)))


def _find(pk: int) -> LivingFeature:
    found = LivingFeature.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号活图层要素。") % {"id": pk}, how="/api/v1/plans/living")
    return found


def _shape(geometry: dict[str, Any]) -> BaseGeometry:
    try:
        return shapely.geometry.shape(geometry)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BadInput(_("图形不是 GeoJSON。"), where=str(error), how=_("请给出 EPSG:4490 的 GeoJSON 图形。")) from error


@router.get("", response=list[LivingOut], url_name="plans-living")
@access(*READERS)
def living(request: HttpRequest, layer: str = "", on: date | None = None) -> list[LivingOut]:
    """The living features in force today, or on a day."""
    rows = living_in_force(on).order_by("layer_code", "feature_id")
    return [_out(row) for row in (rows.filter(layer_code=layer) if layer else rows)]


@router.post("", response={201: LivingOut}, url_name="plans-living-register")
@access("planner")
def register(request: HttpRequest, given: LivingIn) -> Any:
    """Register a feature."""
    facts = given.dict(exclude={"layer", "feature_id", "geometry"})
    row = register_living(request.actor, given.layer, given.feature_id, _shape(given.geometry), **facts)  # type: ignore[attr-defined]
    return Status(201, _out(row))


@router.post("{feature}/supersede", response={201: LivingOut}, url_name="plans-living-supersede")
@access("planner")
def supersede(request: HttpRequest, feature: int, given: SupersedeIn) -> Any:
    """Put another shape in a feature's place; the old one stays in the history."""
    facts = given.dict(exclude={"geometry"})
    return Status(201, _out(supersede_living(request.actor, _find(feature), _shape(given.geometry), **facts)))  # type: ignore[attr-defined]


@router.post("{feature}/end", response=LivingOut, url_name="plans-living-end")
@access("planner")
def end(request: HttpRequest, feature: int, given: EndIn) -> LivingOut:
    """End a feature."""
    return _out(end_living(request.actor, _find(feature), on=given.on, reason=given.reason))  # type: ignore[attr-defined]
