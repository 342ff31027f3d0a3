"""Shapes as Esri's geodatabases keep them in a field: the record of a shapefile, extended by general kinds with curves.

Kinds: points (1, 9, 11, 21, 52), lines (3, 10, 13, 23, 50), areas (5, 15, 19, 25, 51), sets of points (8, 18, 20, 28, 53); Z and M are
passed over. Source: "Extended Shapefile Record Format" of the maker. Little-endian.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.plans.readers import curves

_POINT, _LINE, _AREA, _POINTS = {1, 9, 11, 21, 52}, {3, 10, 13, 23, 50}, {5, 15, 19, 25, 51}, {8, 18, 20, 28, 53}
_WITH_Z, _WITH_M = {9, 10, 11, 13, 15, 18, 19, 20}, {11, 13, 15, 18, 21, 23, 25, 28}
HAS_Z, HAS_M, HAS_CURVES = 0x80000000, 0x40000000, 0x20000000
ARC, BEZIER, ELLIPSE = 1, 4, 5
_COUNTER_CLOCKWISE, _LINE_BIT, _POINT_BIT, _THROUGH = 0x08, 0x20, 0x40, 0x80
_STEPS = 20_000
Points = NDArray[np.float64]


class ShapeError(ValueError):
    """Bytes that are no shape, or one that is not supported (areas in space, elliptic arcs)."""


def shape(raw: bytes) -> tuple[BaseGeometry | None, bool, bool]:
    """The flat geometry (None for a null shape), whether it had heights or measures, whether it had curves. Raises ``ShapeError``."""
    try:
        return _shape(raw)
    except (struct.error, IndexError, ValueError, shapely.errors.ShapelyError) as error:
        raise ShapeError(str(error)) from error


def _shape(raw: bytes) -> tuple[BaseGeometry | None, bool, bool]:
    (word,) = struct.unpack_from("<I", raw)
    kind = word & 0xFF
    high = bool(word & (HAS_Z | HAS_M)) or kind in _WITH_Z | _WITH_M
    if kind == 0:
        return None, False, False
    if kind in _POINT:
        return shapely.Point(struct.unpack_from("<2d", raw, 4)), high, False
    if kind in _POINTS:
        (count,) = struct.unpack_from("<i", raw, 36)
        return shapely.MultiPoint(_points(raw, 40, count)), high, False
    if kind not in _LINE | _AREA:
        raise ShapeError(f"kind {kind}")
    count, size = struct.unpack_from("<ii", raw, 36)
    starts = [*struct.unpack_from(f"<{count}i", raw, 44), size]
    points = _points(raw, 44 + 4 * count, size)
    if any(not 0 <= a <= b for a, b in itertools.pairwise(starts)):
        raise ShapeError("parts out of order")
    curved = dict(_curves(raw, 44 + 4 * count + 16 * size, size, kind, word)) if word & HAS_CURVES else {}
    parts = [_stroked(points, a, b, curved) for a, b in itertools.pairwise(starts) if b > a]
    return _assembled(parts, area=kind in _AREA), high, bool(curved)


def _points(raw: bytes, at: int, count: int) -> Points:
    if count < 0 or at + 16 * count > len(raw):
        raise ShapeError("cut short")
    return np.frombuffer(raw, "<f8", count * 2, at).reshape(count, 2).astype(np.float64)


def _assembled(parts: list[Points], *, area: bool) -> BaseGeometry:
    if area:
        return _area(parts) if parts else shapely.Polygon()
    return shapely.LineString(parts[0]) if len(parts) == 1 else shapely.MultiLineString(parts)


def _area(parts: list[Points]) -> BaseGeometry:
    """Shells run clockwise, holes the other way round, and a hole belongs to the smallest shell around it. Where all rings run alike,
    or a hole has no shell, rings are shells."""
    rings = shapely.polygons([shapely.linearrings(part) for part in parts])
    reverse = shapely.is_ccw(shapely.get_exterior_ring(rings))
    if reverse.all():
        reverse[:] = False
    shells, holes = rings[~reverse], rings[reverse]
    order = np.argsort(shapely.area(shells), kind="stable")
    tree = shapely.STRtree(shells[order])
    inside: dict[int, list[Any]] = {i: [] for i in range(len(shells))}
    loose: list[BaseGeometry] = []
    for hole in holes:
        found = tree.query(shapely.point_on_surface(hole), predicate="within")
        (inside[int(order[found.min()])] if len(found) else loose).append(hole)
    made = [shapely.Polygon(shell.exterior, [hole.exterior for hole in inside[i]]) for i, shell in enumerate(shells)] + loose
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _curves(raw: bytes, at: int, size: int, kind: int, word: int) -> Iterator[tuple[int, tuple[int, Any]]]:
    """First point of a curved segment → its kind and values. They follow the heights and measures."""
    for there in (bool(word & HAS_Z) or kind in _WITH_Z, bool(word & HAS_M) or kind in _WITH_M):
        at += 16 + 8 * size if there else 0
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _number in range(count):
        start, what = struct.unpack_from("<ii", raw, at)
        form = {ARC: "<2di", BEZIER: "<4d"}.get(what)
        if form is None:
            raise ShapeError(f"segment {what}")
        yield start, (what, struct.unpack_from(form, raw, at + 8))
        at += 8 + struct.calcsize(form)


def _stroked(points: Points, first: int, last: int, curved: dict[int, tuple[int, Any]]) -> Points:
    """The points of one part, its curved segments drawn as short edges."""
    if not any(first <= start < last - 1 for start in curved):
        return points[first:last]
    pieces = []
    for i in range(first, last - 1):
        start, end = points[i], points[i + 1]
        what, values = curved.get(i, (0, ()))
        if what == ARC:
            pieces.append(_arc(start, end, values)[:-1])
        elif what == BEZIER:
            pieces.append(_bezier(start, np.array(values[:2]), np.array(values[2:]), end)[:-1])
        else:
            pieces.append(start[None])
    return np.vstack([*pieces, points[last - 1 : last]])


def _arc(start: Points, end: Points, values: tuple[float, float, int]) -> Points:
    """A circular arc: given by a point that it passes through, or by its centre and the way round."""
    given, bits = np.array(values[:2]), values[2]
    if bits & (_LINE_BIT | _POINT_BIT):
        return np.array([start, end])
    if bits & _THROUGH:
        return curves.stroke(start, given, end)
    from_, to = (math.atan2(*(p - given)[::-1]) for p in (start, end))
    turn = (to - from_) % (2 * math.pi) or 2 * math.pi
    turn = turn if bits & _COUNTER_CLOCKWISE else turn - 2 * math.pi or -2 * math.pi
    radius, middle = float(np.hypot(*(start - given))), from_ + turn / 2
    return curves.stroke(start, given + radius * np.array([math.cos(middle), math.sin(middle)]), end)


def _bezier(start: Points, one: Points, two: Points, end: Points) -> Points:
    bend = max(float(np.hypot(*(start - 2 * one + two))), float(np.hypot(*(one - 2 * two + end))))
    allowed = curves.TOLERANCE_DEGREES if np.abs([start, end]).max() <= 360 else curves.TOLERANCE_M
    count = min(max(2, math.ceil(math.sqrt(0.75 * bend / allowed))), _STEPS) if math.isfinite(bend) else 2
    t = np.linspace(0, 1, count + 1)[:, None]
    return np.asarray((1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * one + 3 * (1 - t) * t**2 * two + t**3 * end)
