"""Placing parcel numbers and addresses by what the platform knows: patches and living features in force, their names, regions."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from django.db.models import Max
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from lantu.accounts.models import Region
from lantu.plans.models import LivingFeature, PlanPatch, PlanRelease
from lantu.plans.readers.tables import Located
from lantu.standards import selectors

SURE, NAMED, NAMED_IN_REGION, CONTRADICTED, STREET, COUNTY = 1.0, 0.75, 0.9, 0.4, 0.3, 0.15
LEAST = 0.3
"""From this confidence on a row is placed, when the pack says nothing (``geocoding.least`` in tolerances.yaml)."""
_SHORTEST_NAME = 4
_MOST_NAMES = 100_000
_NAME_FIELDS = ("MC", "XMMC", "DKMC", "名称")
_LONLAT = re.compile(r"(1[0-4]\d(?:\.\d+)?|[7-9]\d(?:\.\d+)?)\s*[,，\s]\s*([1-5]\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class _Known:
    """Named places: name → shapes, and the regions that have a name."""

    names: dict[str, tuple[BaseGeometry, ...]]
    initials: dict[str, tuple[str, ...]]
    regions: tuple[tuple[str, str, BaseGeometry | None], ...]


def locate(asked: Sequence[tuple[str, str]]) -> list[Located]:
    """For each (parcel number, address) the best place there is; what is too vague is not placed, but its basis says how far one got."""
    parcels = _parcels({number for number, _address in asked if number})
    least = float(selectors.catalogue().tolerances.get("geocoding", {}).get("least", LEAST))
    known: _Known | None = None
    results = []
    for number, address in asked:
        found = _by_number(number, parcels) if number else None
        if (found is None or found.geometry is None) and address:
            known = known or _known()
            other = _by_address(address, known)
            found = other if found is None or other.geometry is not None else found
        found = found or Located(None, "", 0.0, "没有填地块编号或地址")
        if found.geometry is not None and found.confidence < least:
            found = Located(None, found.how, found.confidence, f"{found.basis}，太粗，没有定位")
        results.append(found)
    return results


def _parcels(numbers: set[str]) -> dict[str, list[tuple[BaseGeometry, str]]]:
    found: dict[str, list[tuple[BaseGeometry, str]]] = {}
    listed = sorted(numbers)
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        patches = PlanPatch.objects.filter(release__state=PlanRelease.State.RELEASED, feature_id__in=part).select_related(
            "release__dataset"
        )
        for patch in patches:
            found.setdefault(patch.feature_id, []).append((patch.geometry, f"{patch.release.dataset.name} 图斑 {patch.feature_id}"))
        for living in LivingFeature.objects.filter(feature_id__in=part, valid_to=None):
            found.setdefault(living.feature_id, []).append((living.geometry, f"{living.layer_code} {living.name or living.feature_id}"))
    return found


def _by_number(number: str, parcels: dict[str, list[tuple[BaseGeometry, str]]]) -> Located:
    found = parcels.get(number, [])
    if not found:
        return Located(None, "地块编号", 0.0, f"没有编号 {number} 的图斑")
    first, basis = found[0]
    if all(shape.equals(first) for shape, _basis in found[1:]):
        return Located(first, "地块编号", SURE, basis)
    return Located(None, "地块编号", 0.0, f"编号 {number} 有 {len(found)} 个不同的图斑：" + "、".join(one for _shape, one in found[:3]))


def _by_address(address: str, known: _Known) -> Located:
    if match := _LONLAT.search(address):
        return Located(shapely.Point(float(match.group(1)), float(match.group(2))), "地址里的经纬度", SURE, match.group(0))
    region = max((one for one in known.regions if one[0] in address), key=lambda one: (one[1] == "street", len(one[0])), default=None)
    county = next((one for one in known.regions if one[1] != "street" and one[2] is not None and one[0] in address), None)
    name = max((one for start in set(address) for one in known.initials.get(start, ()) if one in address), key=len, default="")
    if name:
        shapes = known.names[name]
        if len(shapes) > 1 and county is not None and county[2] is not None:
            shapes = tuple(shape for shape in shapes if county[2].intersects(shape)) or shapes
        if len(shapes) > 1:
            return Located(None, "地名", 0.0, f"“{name}”有 {len(shapes)} 处")
        confidence = NAMED
        if county is not None and county[2] is not None:
            confidence = NAMED_IN_REGION if county[2].intersects(shapes[0]) else CONTRADICTED
        return Located(shapes[0], "地名", confidence, name if county is None else f"{county[0]} {name}")
    if region is not None and region[2] is not None:
        return Located(region[2].representative_point(), "行政区", STREET if region[1] == "street" else COUNTY, f"只认出{region[0]}")
    return Located(None, "地址", 0.0, f"只认出{region[0]}" if region else "地址里没有认得的地名")


def _known() -> _Known:
    """The gazetteer of this moment; made anew when a release or a living feature is added."""
    latest = PlanRelease.objects.filter(state=PlanRelease.State.RELEASED).aggregate(newest=Max("pk"))["newest"] or 0
    living = LivingFeature.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return _gazetteer(latest, living, timezone.localdate(), selectors.pack().pk)


@functools.lru_cache(maxsize=2)
def _gazetteer(_release: int, _living: int, _day: date, _pack: int) -> _Known:
    names: dict[str, list[BaseGeometry]] = {}

    def add(name: object, shape: BaseGeometry | None) -> None:
        text = str(name or "").strip()
        if len(text) < _SHORTEST_NAME or shape is None or len(names) >= _MOST_NAMES:
            return
        if not any(other.equals(shape) for other in names.setdefault(text, [])):
            names[text].append(shape)

    for living in LivingFeature.objects.filter(valid_to=None).only("name", "geometry").iterator():
        add(living.name, living.geometry)
    for patch in PlanPatch.objects.filter(release__state=PlanRelease.State.RELEASED).only("attributes", "geometry").iterator():
        for field in _NAME_FIELDS:
            if patch.attributes.get(field):
                add(patch.attributes[field], patch.geometry)
    initials: dict[str, list[str]] = {}
    for name in names:
        initials.setdefault(name[0], []).append(name)
    kinds = (Region.Kind.COUNTY, Region.Kind.STREET, Region.Kind.FUNCTIONAL)
    regions = Region.objects.filter(kind__in=kinds, valid_to=None)
    return _Known(
        {name: tuple(shapes) for name, shapes in names.items()},
        {start: tuple(found) for start, found in initials.items()},
        tuple((one.name_zh, str(one.kind), one.geometry) for one in regions),
    )
