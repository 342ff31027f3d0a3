"""What the checks of a delivery compare it with: other layers, targets, neighbours, and the pack's levels (domain 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.utils.translation import get_language
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.plans.models import Delivery, PlanPatch, PlanRelease, PlanTarget
from lantu.plans.quality.relations import CrossRule, EdgeRule, QuotaRule, covered_by
from lantu.plans.selectors import taken_in
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition

_UNITS = {"公顷": 1e4, "平方千米": 1e6, "平方公里": 1e6, "km²": 1e6, "亩": 2000 / 3, "万亩": 2e7 / 3, "平方米": 1.0, "㎡": 1.0, "ha": 1e4}
_BESIDE_DEGREES = 5e-4
"""How far around a delivery neighbours are looked for."""
ObjectArray = NDArray[np.object_]
Box = tuple[float, float, float, float]


def checks() -> dict[str, dict[str, Any]]:
    """Each check's settings in the pack."""
    return {str(key): dict(value) for key, value in (selectors.catalogue().tolerances.get("checks") or {}).items()}


def levels() -> dict[str, str]:
    """Checks that the pack has switched off or lowered. A check with an error limit of its own (``error_…``) keeps its two levels."""
    return {
        key: str(one["level"])
        for key, one in checks().items()
        if one.get("level") == "off" or (one.get("level") == "warning" and not any(name.startswith("error_") for name in one))
    }


def context_of(delivery: Delivery, definition: LayerDefinition) -> dict[str, Any]:
    """The part of a check's context that comes from elsewhere: rules of Q13–Q15 with their shapes, levels, the code column."""
    settings = checks()
    box = _box(delivery)
    return {
        "code_field": definition.code_field or None,
        "levels": levels(),
        "cross_rules": tuple(_cross(delivery, definition, settings.get("Q13", {}), box)),
        "quota_rules": tuple(_quotas(definition, settings.get("Q14", {}))),
        "edge_rules": tuple(_edges(delivery, definition, settings.get("Q15", {}), box)),
    }


def _box(delivery: Delivery) -> Box | None:
    """The box of all features that go in, in degrees, a little wider."""
    rows = taken_in(delivery).exclude(min_x=None)
    bounds = list(rows.values_list("min_x", "min_y", "max_x", "max_y"))
    if not bounds:
        return None
    west, south, east, north = np.array(bounds, dtype=np.float64).T
    around = _BESIDE_DEGREES
    return float(west.min()) - around, float(south.min()) - around, float(east.max()) + around, float(north.max()) + around


def _released(layer: str, *, but: int | None = None) -> Iterable[PlanRelease]:
    found = PlanRelease.objects.filter(layer_code=layer, state=PlanRelease.State.RELEASED).select_related("dataset").order_by("pk")
    return found.exclude(dataset_id=but) if but else found


def _patches(releases: Iterable[PlanRelease], box: Box | None) -> list[PlanPatch]:
    rows = PlanPatch.objects.filter(release__in=list(releases)).exclude(geometry=None)
    return list((rows.in_window(*box) if box else rows).order_by("release_id", "index").only("geometry", "codes", "code"))


def _shapes(geometries: Iterable[BaseGeometry]) -> ObjectArray:
    found = list(geometries)
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = found
    return shapes


def _cross(delivery: Delivery, definition: LayerDefinition, settings: Mapping[str, Any], box: Box | None) -> Iterable[CrossRule]:
    for rule in settings.get("rules", ()):
        if rule.get("layer") != definition.code:
            continue
        within = "within" in rule
        other = str(rule["within"] if within else rule["apart"])
        releases = list(_released(other, but=delivery.dataset_id))
        if other == definition.code:  # the same layer on a higher level: sheets of smaller scale (a village within its township)
            releases = [one for one in releases if one.scale > delivery.dataset.scale]
        wanted = tuple(str(code) for code in rule.get("other_codes", ()))
        patches = [row for row in _patches(releases, box) if not wanted or covered_by("/".join(str(c) for c, _s in row.codes), wanted)]
        yield CrossRule(
            title=_title(rule),
            layer=_layer_name(other),
            within=within,
            shapes=_shapes(row.geometry for row in patches) if releases else None,
            codes=tuple(str(code) for code in rule.get("codes", ())),
            area_m2=float(rule.get("area_m2", settings.get("area_m2", 1.0))),
        )


def _quotas(definition: LayerDefinition, settings: Mapping[str, Any]) -> Iterable[QuotaRule]:
    for rule in settings.get("rules", ()):
        if rule.get("layer") == definition.code:
            yield QuotaRule(
                title=_title(rule),
                target=str(rule["target"]),
                at_most=str(rule.get("compare", "max")) == "max",
                target_m2=_target(str(rule["target"])),
                codes=tuple(str(code) for code in rule.get("codes", ())),
                tolerance=float(rule.get("tolerance", settings.get("tolerance", 0.0))),
            )


def _target(name: str) -> float | None:
    """The target of that name in force, in m²; None when there is none or its unit is no area."""
    found = PlanTarget.objects.filter(name=name, release__state=PlanRelease.State.RELEASED).exclude(target_value=None)
    row = found.order_by("-release_id").first()
    if row is None or row.target_value is None or row.unit not in _UNITS:
        return None
    return float(row.target_value) * _UNITS[row.unit]


def _edges(delivery: Delivery, definition: LayerDefinition, settings: Mapping[str, Any], box: Box | None) -> Iterable[EdgeRule]:
    if not definition.is_coverage or box is None:
        return
    own = delivery.dataset
    noise = float((selectors.catalogue().tolerances.get("sliver") or {}).get("noise_m", 0.01))
    for release in _released(definition.code, but=own.pk):
        patches = _patches([release], box)
        if not patches:
            continue
        coarser = max(release.scale or definition.scale, own.scale or definition.scale)
        yield EdgeRule(
            title=release.dataset.name,
            shapes=_shapes(row.geometry for row in patches),
            tolerance_m=float(settings.get("tolerance_mm", 0.4)) * 1e-3 * coarser,
            codes=["/".join(str(code) for code, _share in row.codes) for row in patches] if definition.code_field else None,
            noise_m=noise,
            length_m=float(settings.get("length_m", 20.0)),
            finer=own.name if own.scale <= release.scale else release.dataset.name,
        )


def _title(rule: Mapping[str, Any]) -> str:
    """A rule's own words in the page's language (the finding keeps what it was called when it was found)."""
    english = str(rule.get("title_en") or "") if (get_language() or "").startswith("en") else ""
    return english or str(rule.get("title_zh") or rule.get("layer"))


def _layer_name(code: str) -> str:
    found = selectors.catalogue().layers.get(code)
    return str(found) if found else code
