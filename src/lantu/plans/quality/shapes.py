"""Q06, Q07, Q10, Q12: each geometry by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.geodesy.area import polygon_areas
from lantu.plans.quality.base import ERROR, INFO, WARNING, Context, Finding, FloatArray, Layer, check, mean_width
from lantu.plans.quality.messages import INVALID_WORDS

_REASON = re.compile(r"^(?P<kind>[^\[]+?)\s*(?:\[(?P<x>\S+) (?P<y>[^\]\s]+)\])?$")


@check("Q06")
def validity(layer: Layer, context: Context) -> Iterator[Finding]:
    """Self-crossing rings and the like are errors with their place; spikes too; repeated vertices vanish on the grid: warnings."""
    usable = np.flatnonzero(~shapely.is_missing(layer.metres) & ~shapely.is_empty(layer.metres))
    for i in usable[~shapely.is_valid(layer.metres[usable])]:
        found = _REASON.match(shapely.is_valid_reason(layer.metres[i]))
        kind = found["kind"] if found else ""
        place = shapely.Point(float(found["x"]), float(found["y"])) if found and found["x"] else layer.metres[i].representative_point()
        reason = INVALID_WORDS.get(kind, kind)
        yield Finding("Q06", ERROR, "invalid", layer.rows_at([i]), layer.to_degrees(place), {"reason": reason})
    yield from _vertices(layer, context)


def _vertices(layer: Layer, context: Context) -> Iterator[Finding]:
    rings, owner = _rings(layer)
    if not len(rings):
        return
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    counts = np.bincount(ring, minlength=len(rings))
    repeated = np.zeros(len(xy), bool)
    repeated[1:] = (ring[1:] == ring[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    number = np.bincount(owner[ring[repeated]], minlength=len(layer.rows))
    for i in np.flatnonzero(number):
        places = shapely.MultiPoint(xy[repeated & (owner[ring] == i)])
        yield Finding("Q06", WARNING, "repeated-vertex", layer.rows_at([i]), layer.to_degrees(places), {"count": int(number[i])})
    # without repeats and closing points, so that every vertex has two edges with a direction
    keep = ~repeated
    keep[np.cumsum(counts) - 1] = False
    xy, ring = xy[keep], ring[keep]
    angles = _angles(xy, ring)
    limit = context.thresholds.spike_degrees
    for v in np.flatnonzero(angles < limit):
        values = {"angle": float(angles[v]), "limit": limit}
        yield Finding("Q06", ERROR, "spike", layer.rows_at([owner[ring[v]]]), layer.to_degrees(shapely.Point(xy[v])), values)


def _rings(layer: Layer) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """All rings of the polygons and the position of the feature that owns each."""
    parts, part_of = shapely.get_parts(layer.metres, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    return rings, part_of[ring_part]


def _angles(xy: FloatArray, ring: NDArray[np.int64]) -> FloatArray:
    """(n,) degrees between the two edges at each vertex of rings stored one after another without closing points."""
    if not len(xy):
        return np.empty(0)
    first = np.concatenate(([True], ring[1:] != ring[:-1]))
    starts = np.flatnonzero(first)
    ends = np.concatenate((starts[1:], [len(xy)])) - 1
    before, after = np.arange(-1, len(xy) - 1), np.arange(1, len(xy) + 1)
    before[starts], after[ends] = ends, starts
    back, ahead = xy[before] - xy, xy[after] - xy
    cross = back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0]
    angles: FloatArray = np.degrees(np.abs(np.arctan2(cross, (back * ahead).sum(axis=1))))
    return angles


@check("Q07")
def single_parts(layer: Layer, context: Context) -> Iterator[Finding]:
    """A patch is one part, where the layer says so."""
    if not context.single_part:
        return
    parts = shapely.get_num_geometries(layer.geometries)
    for i in np.flatnonzero(parts > 1):
        yield Finding("Q07", ERROR, "multipart", layer.rows_at([i]), layer.geometries[i], {"parts": int(parts[i])})


@check("Q10")
def slivers(layer: Layer, context: Context) -> Iterator[Finding]:
    """Patches below the minimum area or width of the layer's scale (domain 2.3)."""
    if context.geometry_kind != "polygon":
        return
    if context.scale is None:
        yield Finding("Q10", INFO, "scale-unknown")
        return
    smallest, narrowest = context.thresholds.smallest_m2(context.scale), context.thresholds.narrowest_m(context.scale)
    shapes = layer.metres[layer.sound]
    areas = polygon_areas(layer.geometries[layer.sound], layer.grid.ellipsoid)
    widths = mean_width(shapely.area(shapes), shapely.length(shapes))
    for i, area, width in zip(layer.sound, areas, widths, strict=True):
        if area < smallest:
            values = {"area_m2": float(area), "scale": context.scale, "limit_m2": smallest}
            yield Finding("Q10", WARNING, "small", layer.rows_at([i]), layer.geometries[i], values)
        elif width < narrowest:
            values = {"width_m": float(width), "scale": context.scale, "limit_m": narrowest}
            yield Finding("Q10", WARNING, "narrow", layer.rows_at([i]), layer.geometries[i], values)


@check("Q12")
def stored_areas(layer: Layer, context: Context) -> Iterator[Finding]:
    """The area that the source stores against the statutory ellipsoidal area: more than max(1 m², 0.1 %) apart."""
    column = layer.columns.get(context.area_field or "")
    if column is None or context.geometry_kind != "polygon":
        return
    computed = polygon_areas(layer.geometries, layer.grid.ellipsoid)
    limits = context.thresholds
    for i, value in enumerate(column):
        if value is None or value == "" or shapely.is_missing(layer.geometries[i]):
            continue
        try:
            stored = float(value) * context.area_unit_m2
        except (TypeError, ValueError):
            yield Finding("Q12", ERROR, "area-unreadable", layer.rows_at([i]), layer.geometries[i], {"value": value})
            continue
        difference = stored - computed[i]
        if abs(difference) > max(limits.area_m2, limits.area_share * computed[i]):
            share = abs(difference) / computed[i] if computed[i] else 1.0
            values = {
                "stored_m2": stored,
                "computed_m2": float(computed[i]),
                "difference_m2": float(difference),
                "percent": float(share) * 100,
            }
            level = ERROR if share > limits.area_error_share else WARNING
            yield Finding("Q12", level, "area-differs", layer.rows_at([i]), layer.geometries[i], values)
