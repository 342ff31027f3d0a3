"""The small map on which something is drawn (island ``frontend/src/analysis``): its settings, the patches that an outline is snapped to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import BadInput, LantuError
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.ui.sketch import bounds_around

MOST = 300
"""Neighbouring patches shown; an outline is checked against all of them when it is handed in."""


def map_settings(**more: Any) -> dict[str, Any]:
    """What the island reads: addresses and its sentences in the page's language."""
    return {
        "api": "/api/v1/map/",
        "texts": {
            "hint": _("点「画面」后逐点单击，双击结束；也可以拖动顶点修改。"),
            "areaIs": _("已画 %(ha)s 公顷（椭球面积），周长 %(perimeter)s"),
            "failed": _("没有读到地图数据：%(what)s"),
            "metres": _("%(n)s m"),
            "kilometres": _("%(n)s km"),
            "candidate": _("第 %(rank)s 名　%(score)s 分"),
            "why": _("已选中此处，正在查原因。"),
        },
        **more,
    }


def shapes_around(own: BaseGeometry | None, layers: Sequence[str], title: str = "") -> dict[str, Any]:
    """A ground and the patches of ``layers`` in force beside it, as GeoJSON for the island (``around``: only to snap to)."""
    features = [] if own is None else [_feature(own, "own", title)]
    if own is not None:
        releases = PlanRelease.objects.filter(layer_code__in=layers, state=PlanRelease.State.RELEASED)
        near = PlanPatch.objects.filter(release__in=releases).in_window(*bounds_around(own, 0.2)).defer("attributes")[:MOST]
        features += [_feature(patch.geometry, f"patch-{patch.pk}", "", around=True) for patch in near]
    return {"type": "FeatureCollection", "features": features}


def _feature(geometry: BaseGeometry | None, shape: str, label: str, **more: Any) -> dict[str, Any]:
    outline = json.loads(shapely.to_geojson(geometry)) if geometry is not None else None
    return {"type": "Feature", "geometry": outline, "properties": {"shape": shape, "label": label, **more}}


def read_drawn(text: str) -> BaseGeometry:
    """What the island writes into its field: a GeoJSON geometry in degrees. Raises ``BadInput``."""
    try:
        return shapely.from_geojson(text)
    except (shapely.errors.GEOSException, ValueError) as error:
        raise BadInput(_("图上画的范围读不出来。"), where=str(error)[:200], how=_("请清除后重新画。")) from None


def places_of(error: LantuError | None) -> list[list[float]]:
    """The places (lon, lat) that a refused geometry names, for the island to mark."""
    if error is None:
        return []
    found: Iterable[Any] = error.values.get("places") or [error.values.get("place")]
    return [list(place) for place in found if place]
