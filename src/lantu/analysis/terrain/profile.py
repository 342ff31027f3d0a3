"""The elevation profile (剖面) along a line: heights, climb, slopes, and the plans' classes beneath, as plain values for a record."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Basis
from lantu.analysis.terrain.along import Course, FloatArray, band_of, course_of, crossed
from lantu.analysis.terrain.store import Terrain
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, TooLarge
from lantu.plans.services.living import check_geometry

MOST_POINTS = 800
"""Points beside the line's own vertices; nearer than half a cell they would say nothing new."""


def checked_line(shape: BaseGeometry, limits: dict[str, float]) -> BaseGeometry:
    """The line fit for a profile. Raises ``BadInput``, ``TooLarge``; limits are named."""
    line = shapely.force_2d(shape)
    if line is None or line.is_empty or line.geom_type != "LineString":
        raise BadInput(_("剖面要一条线。"), how=_("请在图上画线，或粘贴两个以上的点。"))
    if not np.isfinite(shapely.get_coordinates(line)).all():
        raise BadInput(_("坐标里有不是数的值。"), how=_("请核对源数据。"))
    vertices = int(shapely.get_num_coordinates(line))
    if vertices > limits["profile_vertices"]:
        raise TooLarge(
            _("线有 %(n)s 个点，超过上限 %(most)s 个。") % {"n": f"{vertices:,}", "most": f"{int(limits['profile_vertices']):,}"},
            how=_("请先简化；上限在城市包 analysis.yaml 的 limits.profile_vertices。"),
        )
    check_geometry(line)
    return line


def profile(basis: Basis, terrain: Terrain, line: BaseGeometry, actor: Actor, limits: dict[str, float]) -> dict[str, Any]:
    """Heights and classes along a line in degrees, as JSON values: metres, slopes in percent, points as [along, lon, lat, height].

    Raises ``BadInput`` for a line without length or off the raster, ``TooLarge``.
    """
    course = course_of(basis.partition, line)
    if course.length_m < 1:
        raise BadInput(_("线长不足 1 m。"), how=_("请至少给出两个不同的点。"))
    if course.length_m > limits["profile_km"] * 1000:
        raise TooLarge(
            _("线长 %(km)s km，超过上限 %(most)s km。") % {"km": f"{course.length_m / 1000:.1f}", "most": f"{limits['profile_km']:g}"},
            how=_("请分段画；上限在城市包 analysis.yaml 的 limits.profile_km。"),
        )
    along = _stations(course, max(terrain.lattice.cell / 2, course.length_m / MOST_POINTS))
    metres = course.at(along)
    height = terrain.heights_at(metres)
    if np.isnan(height).all():
        raise BadInput(
            _("这条线上没有高程：不在栅格「%(title)s」的范围内。") % {"title": terrain.title},
            where=terrain.number,
            how=_("请换一条线，或载入覆盖此处的高程栅格。"),
            code="off-raster",
        )
    lonlat = basis.partition.grid.to_degrees((metres - np.asarray(basis.partition.grid.origin)) / basis.partition.grid.unit_m)
    points = [
        [round(float(s), 2), round(float(x), 8), round(float(y), 8), None if np.isnan(z) else round(float(z), 2)]
        for s, (x, y), z in zip(along, lonlat, height, strict=True)
    ]
    return {"length_m": round(course.length_m, 2), **_figures(along, height), "points": points, "bands": _bands(basis, course, actor)}


def _stations(course: Course, step: float) -> FloatArray:
    """How far along the points are: every vertex, and between them steps of at most ``step`` metres."""
    marks = [course.along[:1]]
    for a, b in zip(course.along[:-1], course.along[1:], strict=True):
        marks.append(np.linspace(a, b, int(np.ceil((b - a) / step)) + 1)[1:] if b > a else np.empty(0))
    return np.concatenate(marks)


def _figures(along: FloatArray, height: FloatArray) -> dict[str, Any]:
    """Lowest, highest, climb, descent, slopes; where a height is missing on either side nothing is counted."""
    step, rise = np.diff(along), np.diff(height)
    some = ~np.isnan(rise) & (step > 0)
    step, rise = step[some], rise[some]
    slopes = np.abs(rise) / step * 100
    low, high = int(np.nanargmin(height)), int(np.nanargmax(height))
    return {
        "lowest_m": round(float(height[low]), 2),
        "lowest_at": round(float(along[low]), 2),
        "highest_m": round(float(height[high]), 2),
        "highest_at": round(float(along[high]), 2),
        "climb_m": round(float(rise[rise > 0].sum()), 2),
        "descent_m": round(float(-rise[rise < 0].sum()), 2),
        "mean_slope": round(float(np.abs(rise).sum() / step.sum() * 100), 2) if len(step) else None,
        "most_slope": round(float(slopes.max()), 2) if len(step) else None,
        "known_m": round(float(step.sum()), 2),
    }


def _bands(basis: Basis, course: Course, actor: Actor) -> list[dict[str, Any]]:
    """Per layer that the actor may see and that the line meets: the runs of its classes; coverages first."""
    part = basis.partition
    found = crossed(part, course)
    known = [part.catalogue.layers[code] for code in part.layers if code in part.catalogue.layers]
    rows = []
    for layer in sorted(known, key=lambda row: (not row.is_coverage, row.order)):
        if may_see(actor, layer) and (runs := band_of(part, part.layers[layer.code], found)):
            rows.append({"layer": layer.code, "name_zh": layer.name_zh, "name_en": layer.name_en, "runs": runs})
    return rows
