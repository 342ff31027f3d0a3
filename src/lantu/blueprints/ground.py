"""The ground of a decision: checked, snapped to the working grid, and refused with the place when it is wrong."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.selectors.regions import counties
from lantu.core.errors import BadInput, Conflict, LantuError
from lantu.geodesy.area import polygon_area
from lantu.geodesy.grid import WorkingGrid
from lantu.plans.models import PlanPatch, PlanRelease

PLACE = re.compile(r"\[([-\d.e]+) ([-\d.e]+)")
COMPLAINTS = 5
"""So many places are named in one refusal; the rest are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A piece of ground: ``units`` on the grid (integer coordinates, canonical form), ``degrees`` derived from it."""

    units: BaseGeometry
    degrees: BaseGeometry

    @property
    def wkb(self) -> bytes:
        return bytes(shapely.to_wkb(self.units, byte_order=1, include_srid=False))

    @property
    def area_m2(self) -> float:
        """Ellipsoidal area."""
        return polygon_area(self.degrees)

    @property
    def district(self) -> str:
        """Code of the county with the largest share, empty outside of all."""
        rows = counties().in_window(*self.degrees.bounds)
        shares = [(row.geometry.intersection(self.degrees).area, row.code) for row in rows if row.geometry is not None]
        return max(shares, default=(0.0, ""))[1]


def read_units(wkb: bytes | memoryview) -> BaseGeometry:
    """The ground of an override as it is stored."""
    return shapely.from_wkb(bytes(wkb))


def ground_digest(wkb: bytes, layers: Sequence[str], outcome: dict[str, Any]) -> str:
    """SHA-256 over integer coordinates, layers and outcome: what an override does to a run, nothing else."""
    total = hashlib.sha256(b"lantu override 1\n")
    total.update(wkb)
    total.update(json.dumps([list(layers), outcome], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    return total.hexdigest()


def snap_ground(geometry: BaseGeometry, grid: WorkingGrid, noise_m: float) -> Ground:
    """A polygon in degrees (EPSG:4490) on the grid. Raises ``BadInput`` with the place for what is no sound area.

    ``noise_m``: mean width in metres below which a part is no ground but a strip.
    """
    if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadInput(_("范围不是面。"), where=geometry.geom_type, how=_("请绘制或上传多边形。"))
    _check_valid(geometry)
    units = shapely.normalize(shapely.transform(geometry, lambda xy: grid.from_degrees(xy).astype(np.float64)))
    if not units.is_valid:
        at = _first_place(units)
        lonlat = grid.to_degrees(np.array([at])) if at else None
        raise _wrong(_("范围落到 0.1 毫米格网上后自相交。"), tuple(lonlat[0]) if lonlat is not None else None)
    for part in shapely.get_parts(units):
        if part.length == 0 or 2 * part.area / part.length * grid.unit_m < noise_m:
            raise _wrong(_("范围有一部分窄于 %(width)s 米。") % {"width": noise_m}, _inner(part, grid))
    return Ground(units, shapely.transform(units, grid.to_degrees))


def _check_valid(geometry: BaseGeometry) -> None:
    if geometry.is_valid:
        return
    raise _wrong(_("范围的边线自相交或环有错误。"), _first_place(geometry))


def _first_place(geometry: BaseGeometry) -> tuple[float, float] | None:
    found = PLACE.search(shapely.is_valid_reason(geometry))
    return (float(found[1]), float(found[2])) if found else None


def _inner(part: BaseGeometry, grid: WorkingGrid) -> tuple[float, float]:
    lon, lat = grid.to_degrees(np.array(part.centroid.coords))[0]
    return float(lon), float(lat)


def _wrong(what: str, place: tuple[float, float] | None, how: str = "", kind: type[LantuError] = BadInput) -> LantuError:
    """The refusal of a geometry; ``place`` (degrees) goes into the words and, for the map, into the values."""
    where = "" if place is None else said(place)
    how = how or _("请在该处改正后重新提交。")
    return kind(what, where=where, how=how, place=None if place is None else [round(place[0], 7), round(place[1], 7)])


def said(place: tuple[float, float]) -> str:
    """A place in words: longitude and latitude, about a centimetre fine."""
    return _("东经 %(lon).7f°，北纬 %(lat).7f°") % {"lon": place[0], "lat": place[1]}


def _at(geometry: BaseGeometry) -> tuple[float, float]:
    point = geometry.point_on_surface()
    return float(point.x), float(point.y)


def check_inside_city(ground: Ground, grid: WorkingGrid, noise_m: float) -> None:
    """Refuse ground outside of the administrative boundary (no boundary known: nothing to check)."""
    near = [row.geometry for row in counties().in_window(*ground.degrees.bounds) if row.geometry is not None]
    if not near and not counties().filter(geometry__isnull=False).exists():
        return
    outside = ground.degrees.difference(shapely.union_all(near)) if near else ground.degrees
    part = _wide(outside, grid, noise_m)
    if part is not None:
        raise _wrong(_("范围超出行政区界。"), _at(part), _("请把范围改到市界以内。"))


def _wide(geometry: BaseGeometry, grid: WorkingGrid, width_m: float) -> BaseGeometry | None:
    """The largest part (in degrees) that is at least so wide in the mean, None when there is none."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and mean_width_m(part, grid) >= width_m]
    return max(parts, key=lambda part: part.area, default=None)


def mean_width_m(part: BaseGeometry, grid: WorkingGrid) -> float:
    """2·A/P of a polygon in degrees, in metres of the working CRS."""
    units = shapely.transform(part, lambda xy: grid.from_degrees(xy).astype(np.float64))
    return float(2 * units.area / units.length * grid.unit_m) if units.length else 0.0


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip that a drawn outline leaves beside a patch of a plan: how wide, where, beside which patch."""

    layer: str
    feature_id: str
    width_m: float
    area_m2: float
    place: tuple[float, float]


def strips_left(ground: Ground, layers: Sequence[str], grid: WorkingGrid, width_mm: float) -> list[Strip]:
    """Strips narrower than ``width_mm`` on the map that the outline cuts off or leaves of the patches of ``layers`` in force.

    A drawn outline that nearly follows a boundary makes such strips; they would come back as slivers in the next run.
    """
    releases = {row.pk: row for row in PlanRelease.objects.filter(layer_code__in=layers, state=PlanRelease.State.RELEASED)}
    found: list[Strip] = []
    for patch in PlanPatch.objects.filter(release__in=releases).in_window(*ground.degrees.bounds):
        if patch.geometry is None or not patch.geometry.intersects(ground.degrees):
            continue
        release = releases[patch.release_id]
        limit = width_mm * 1e-3 * release.scale
        whole = shapely.make_valid(patch.geometry)
        for piece in (whole.intersection(ground.degrees), whole.difference(ground.degrees)):
            found += _strips(piece, release.layer_code, patch.feature_id, grid, limit)
    return sorted(found, key=lambda strip: -strip.area_m2)


def _strips(piece: BaseGeometry, layer: str, feature: str, grid: WorkingGrid, limit: float) -> list[Strip]:
    strips = []
    for part in shapely.get_parts(piece):
        if part.geom_type != "Polygon":
            continue
        width = mean_width_m(part, grid)
        if 1e-3 <= width < limit:
            strips.append(Strip(layer, feature, width, polygon_area(part), _at(part)))
    return strips


def check_neighbours(ground: Ground, layers: Sequence[str], grid: WorkingGrid, width_mm: float) -> None:
    """Refuse a drawn or uploaded outline that leaves strips beside the patches of its layers, naming the places."""
    strips = strips_left(ground, layers, grid, width_mm)
    if not strips:
        return
    lines = [
        _("%(layer)s 图斑 %(feature)s 旁宽 %(width).3f 米、%(area).2f 平方米（%(place)s）")
        % {"layer": s.layer, "feature": s.feature_id, "width": s.width_m, "area": s.area_m2, "place": said(s.place)}
        for s in strips[:COMPLAINTS]
    ]
    raise BadInput(
        _("范围与相邻图斑的边界没有对齐，会留下 %(n)s 条窄缝。") % {"n": len(strips)},
        where="；".join(lines),
        how=_("请沿图斑边界捕捉后重新提交。"),
        place=[round(value, 7) for value in strips[0].place],
        places=[[round(value, 7) for value in strip.place] for strip in strips],
    )


def shared_part(ground: Ground, geometry: BaseGeometry, grid: WorkingGrid, noise_m: float) -> BaseGeometry | None:
    """The largest part of the ground that another one (in degrees) shares, None when there is none wider than the noise."""
    return _wide(geometry.intersection(ground.degrees), grid, noise_m)


def rest_of(units: BaseGeometry, taken: Ground, grid: WorkingGrid, noise_m: float) -> Ground | None:
    """What is left of ``units`` (on the grid) outside of ``taken``; None when it is all taken but for noise."""
    left = shapely.set_precision(units.difference(taken.units), 1.0)
    parts = [
        part
        for part in shapely.get_parts(left)
        if part.geom_type == "Polygon" and part.length and 2 * part.area / part.length * grid.unit_m >= noise_m
    ]
    if not parts:
        return None
    rest = shapely.normalize(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
    return Ground(rest, shapely.transform(rest, grid.to_degrees))


def check_others(ground: Ground, others: Sequence[tuple[str, BaseGeometry]], grid: WorkingGrid, noise_m: float) -> None:
    """Refuse ground on which another active decision speaks of the same layer; ``others`` = (number, ground in degrees)."""
    for number, geometry in others:
        part = shared_part(ground, geometry, grid, noise_m)
        if part is not None:
            raise _wrong(
                _("与有效的协调结果 %(number)s 重叠 %(area).2f 平方米。") % {"number": number, "area": polygon_area(part)},
                _at(part),
                _("请改范围，或写明由本决定代替 %(number)s。") % {"number": number},
                Conflict,
            )
