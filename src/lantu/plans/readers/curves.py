"""Curved geometry (arcs of FileGDB and GML) from WKB, stroked to straight edges: shapely knows no curves.

ISO 13249-3 codes: 8 circular string, 9 compound curve, 10 curve polygon, 11 multi curve, 12 multi surface; +1000 Z, +2000 M, +3000 ZM.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

TOLERANCE_M = 0.01
TOLERANCE_DEGREES = 1e-7
"""Greatest distance of a stroked edge from its arc, by the size of the numbers (metres or degrees)."""
_FIRST_CURVE, _LAST_CURVE = 8, 12
Points = NDArray[np.float64]


def is_curved(wkb: bytes | None) -> bool:
    """Whether a WKB value is of a curved kind, or may hold one."""
    if wkb is None or len(wkb) < 5:
        return False
    code = struct.unpack("<I" if wkb[0] == 1 else ">I", wkb[1:5])[0] & 0x0FFFFFFF
    return _FIRST_CURVE <= code % 1000 <= _LAST_CURVE


def straightened(wkb: bytes) -> BaseGeometry | None:
    """The geometry with its arcs stroked, two-dimensional; None if the bytes make no sense."""
    try:
        return _Wkb(wkb).geometry()
    except (struct.error, ValueError, IndexError, shapely.errors.ShapelyError):
        return None


def stroke(start: Points, middle: Points, end: Points, tolerance: float | None = None) -> Points:
    """(n, 2) points of the arc through three points, first and last included. A full circle has ``start`` = ``end``."""
    if np.array_equal(start, end):
        centre = (start + middle) / 2
        turn = 2 * math.pi
    else:
        found = _centre(start, middle, end)
        if found is None:
            return np.array([start, middle, end])
        centre = found
        first, through, last = (math.atan2(p[1] - centre[1], p[0] - centre[0]) for p in (start, middle, end))
        turn = (last - first) % (2 * math.pi)
        if (through - first) % (2 * math.pi) > turn:
            turn -= 2 * math.pi
    radius = float(np.hypot(*(start - centre)))
    if not math.isfinite(radius) or radius <= 0:
        return np.array([start, middle, end])
    allowed = tolerance or (TOLERANCE_DEGREES if np.abs([start, end]).max() <= 360 else TOLERANCE_M)
    step = 2 * math.acos(max(-1.0, 1 - min(allowed / radius, 1.0)))
    count = min(max(2, math.ceil(abs(turn) / max(step, 1e-6))), 20_000)
    begin = math.atan2(start[1] - centre[1], start[0] - centre[0])
    angles = begin + turn * np.linspace(0, 1, count + 1)
    points = centre + radius * np.column_stack((np.cos(angles), np.sin(angles)))
    points[0], points[-1] = start, end
    return points


def _centre(a: Points, b: Points, c: Points) -> Points | None:
    """Centre of the circle through three points; None when they lie on a line."""
    u, v = b - a, c - a
    cross = 2 * (u[0] * v[1] - u[1] * v[0])
    if abs(cross) <= 1e-14 * max(float(u @ u), float(v @ v), 1e-300):
        return None
    uu, vv = float(u @ u), float(v @ v)
    return a + np.array([v[1] * uu - u[1] * vv, u[0] * vv - v[0] * uu]) / cross


class _Wkb:
    """Reads one WKB value from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def geometry(self) -> BaseGeometry:
        order = "<" if self.data[self.at] == 1 else ">"
        (code,) = struct.unpack_from(f"{order}I", self.data, self.at + 1)
        self.at += 5
        extra = int(bool(code & 0x80000000)) + int(bool(code & 0x40000000))
        code &= 0x0FFFFFFF
        width = 2 + (extra or (0, 1, 1, 2)[min(code // 1000, 3)])
        kind = code % 1000
        if kind == 1:
            return shapely.Point(self._points(order, 1, width)[0])
        count = self._count(order)
        if kind in (2, 8):
            points = self._points(order, count, width)
            return shapely.LineString(points if kind == 2 else _circular(points)) if len(points) else shapely.LineString()
        if kind == 3:
            rings = [self._points(order, self._count(order), width) for _ in range(count)]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        if kind in (4, 5, 6, 7, 9, 10, 11, 12):
            return _assembled(kind, [self.geometry() for _ in range(count)])
        raise ValueError(f"kind {kind}")

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(f"{order}I", self.data, self.at)
        self.at += 4
        if count > len(self.data):
            raise ValueError("count beyond the value")
        return int(count)

    def _points(self, order: str, count: int, width: int) -> Points:
        end = self.at + 8 * width * count
        if end > len(self.data):
            raise ValueError("cut short")
        points = np.frombuffer(self.data, dtype=f"{order}f8", count=count * width, offset=self.at).reshape(count, width)[:, :2]
        self.at = end
        return np.asarray(points, dtype=np.float64)


def _circular(points: Points) -> Points:
    if len(points) < 3 or len(points) % 2 == 0:
        raise ValueError("a circular string has an odd number of points")
    arcs = [stroke(points[i], points[i + 1], points[i + 2])[:-1] for i in range(0, len(points) - 2, 2)]
    return np.vstack([*arcs, points[-1:]])


def _assembled(kind: int, parts: list[Any]) -> BaseGeometry:
    if kind == 9:
        chain = [np.asarray(part.coords) for part in parts]
        return shapely.LineString(np.vstack([piece if i == 0 else piece[1:] for i, piece in enumerate(chain)]))
    if kind == 10:
        return shapely.Polygon(parts[0].coords, [part.coords for part in parts[1:]]) if parts else shapely.Polygon()
    maker = {
        4: shapely.MultiPoint,
        5: shapely.MultiLineString,
        6: shapely.MultiPolygon,
        7: shapely.GeometryCollection,
        11: shapely.MultiLineString,
        12: shapely.MultiPolygon,
    }[kind]
    made: BaseGeometry = maker(parts)
    return made
