"""A delivery against what was there before: which patches came, went or changed, and how the classes' areas moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_areas
from lantu.plans.models import Delivery, DeliveryFeature, PlanPatch, PlanRelease
from lantu.plans.selectors import taken_in
from lantu.standards import selectors

ObjectArray = NDArray[np.object_]
NOTHING = ""
"""Class of ground that one of the two does not cover."""


@dataclass(frozen=True, slots=True)
class Part:
    """A patch as it is compared: identity, class, shape in grid units."""

    identity: str
    code: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Moved:
    """Ground whose class changed: from, to (empty = not covered), m² (ellipsoidal) and the largest piece for the map (degrees)."""

    before: str
    after: str
    area_m2: float
    place: BaseGeometry | None


@dataclass(slots=True)
class Comparison:
    """Counts of patches and areas by class, m²."""

    same: int = 0
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    before_m2: dict[str, float] = field(default_factory=dict)
    after_m2: dict[str, float] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)

    @property
    def classes(self) -> list[dict[str, Any]]:
        """Each class: before, after, difference."""
        codes = sorted({*self.before_m2, *self.after_m2})
        return [
            {"code": code, "before_m2": before, "after_m2": after, "difference_m2": after - before}
            for code in codes
            for before, after in [(self.before_m2.get(code, 0.0), self.after_m2.get(code, 0.0))]
        ]


def previous_of(delivery: Delivery) -> PlanRelease | None:
    """The release that a delivery follows: the one in force, or for a released delivery the one before it."""
    releases = PlanRelease.objects.filter(dataset=delivery.dataset, patches__isnull=False).exclude(state=PlanRelease.State.WRITING)
    own = PlanRelease.objects.filter(delivery=delivery).first()
    if own is not None:
        releases = releases.filter(number__lt=own.number)
    return releases.distinct().order_by("-number").first()


def compare(delivery: Delivery, release: PlanRelease) -> Comparison:
    """What a delivery changes against a release. Patches that are the same to the grid cell are passed over."""
    wanted = ("feature_id", "codes", "geometry")
    before, after = _parts(release.patches.only(*wanted)), _parts(taken_in(delivery).only(*wanted))
    result = Comparison()
    result.before_m2, result.after_m2 = _by_class(before), _by_class(after)
    olds, news = {_key(one): one for one in before}, {_key(one): one for one in after}
    old_rest = [one for key, one in olds.items() if key not in news]
    new_rest = [one for key, one in news.items() if key not in olds]
    result.same = len(olds) - len(old_rest)
    gone, come = {one.identity for one in old_rest}, {one.identity for one in new_rest}
    result.changed, result.added, result.removed = sorted(gone & come), sorted(come - gone), sorted(gone - come)
    result.moved = _moved(old_rest, new_rest)
    return result


def _parts(rows: Iterable[PlanPatch | DeliveryFeature]) -> list[Part]:
    """The rows that have a shape, all brought onto the grid at once."""
    found = [row for row in rows if row.geometry is not None]
    shapes = selectors.working_grid().units_of(np.array([row.geometry for row in found], dtype=object))
    return [
        Part(row.feature_id, "/".join(str(code) for code, _share in row.codes), shape) for row, shape in zip(found, shapes, strict=True)
    ]


def _key(part: Part) -> tuple[str, str, bytes]:
    return part.identity, part.code, shapely.to_wkb(shapely.normalize(part.shape))


def _by_class(parts: list[Part]) -> dict[str, float]:
    areas: dict[str, float] = defaultdict(float)
    if parts:
        grid = selectors.working_grid()
        shapes = np.array([one.shape for one in parts], dtype=object)
        for part, area in zip(parts, polygon_areas(grid.degrees_of(shapes), grid.ellipsoid), strict=True):
            areas[part.code] += float(area)
    return dict(areas)


def _moved(old: list[Part], new: list[Part]) -> list[Moved]:
    """Pieces of ground by (class before, class after) where the two differ."""
    ours, theirs = (np.array([shapely.make_valid(one.shape) for one in parts], dtype=object) for parts in (old, new))
    pieces: dict[tuple[str, str], list[BaseGeometry]] = defaultdict(list)
    if len(ours) and len(theirs):
        i, j = shapely.STRtree(theirs).query(ours, predicate="intersects")
        for a, b, shape in zip(i, j, shapely.intersection(ours[i], theirs[j]), strict=True):
            if old[a].code != new[b].code:
                pieces[old[a].code, new[b].code].append(shape)
    for parts, shapes, others, gone in ((old, ours, theirs, True), (new, theirs, ours, False)):
        tree = shapely.STRtree(others)
        for part, shape in zip(parts, shapes, strict=True):
            near = others[tree.query(shape, predicate="intersects")]
            rest = shapely.difference(shape, shapely.union_all(near)) if len(near) else shape
            pieces[(part.code, NOTHING) if gone else (NOTHING, part.code)].append(rest)
    found = [_sum(key, shapes) for key, shapes in pieces.items()]
    return sorted((one for one in found if one.area_m2 >= 0.01), key=lambda one: -one.area_m2)


def _sum(key: tuple[str, str], shapes: list[BaseGeometry]) -> Moved:
    parts = shapely.get_parts(shapely.get_parts(np.array(shapes, dtype=object)))
    areal = parts[shapely.get_dimensions(parts) == 2]
    if not len(areal):
        return Moved(*key, 0.0, None)
    grid = selectors.working_grid()
    degrees = grid.degrees_of(areal)
    areas = polygon_areas(degrees, grid.ellipsoid)
    return Moved(*key, float(areas.sum()), degrees[int(areas.argmax())])
