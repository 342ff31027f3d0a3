"""Open line work made into polygons: ends that nearly meet are joined, wider gaps are reported with their place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

JOINED_M = 0.05
"""Ends nearer than this are drawn to one point: drawing inaccuracy, not a gap."""
REPORTED_M = 10.0
"""A loose end with other line work within this distance is a gap; farther ones are simply open lines."""
_LEAST_M2 = 0.01


@dataclass(frozen=True, slots=True)
class Gap:
    """A loose end: where, and how far the nearest other line is (metres)."""

    point: shapely.Point
    width: float


@dataclass(frozen=True, slots=True)
class Polygonised:
    """What line work came to: polygons, lines that bound nothing, gaps, and how many ends were joined."""

    polygons: list[BaseGeometry]
    loose: list[BaseGeometry]
    gaps: list[Gap]
    joined: int


def polygonise(lines: list[BaseGeometry]) -> Polygonised:
    """Polygons from open lines of one drawing layer. Lines in metres."""
    whole = [line for line in lines if line.geom_type == "LineString" and line.length > 0]
    if not whole:
        return Polygonised([], [], [], 0)
    drawn, joined = _join_ends(whole)
    noded = shapely.get_parts(shapely.line_merge(shapely.union_all(np.array(drawn, dtype=object))))
    made = shapely.polygonize_full([shapely.union_all(noded)])
    polygons = [part for part in shapely.get_parts(made[0]) if part.area > _LEAST_M2]
    loose = [part for group in made[1:3] for part in shapely.get_parts(group)]
    return Polygonised(polygons, loose, _gaps(np.array(loose, dtype=object), noded), joined)


def _join_ends(lines: list[BaseGeometry]) -> tuple[list[BaseGeometry], int]:
    """Ends within ``JOINED_M`` of another end moved to one common point."""
    ends = np.array([point for line in lines for point in (line.coords[0][:2], line.coords[-1][:2])])
    points = shapely.points(ends)
    tree = shapely.STRtree(points)
    left, right = tree.query(points, predicate="dwithin", distance=JOINED_M)
    target = np.arange(len(ends))
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if j < i:
            target[i] = target[j]
    moved = ends[target]
    joined = int((np.abs(moved - ends).max(axis=1) > 0).sum())
    done = []
    for number, line in enumerate(lines):
        xy = shapely.get_coordinates(line)
        xy[0], xy[-1] = moved[2 * number], moved[2 * number + 1]
        done.append(shapely.LineString(xy))
    return done, joined


def _gaps(loose: NDArray[np.object_], noded: NDArray[np.object_]) -> list[Gap]:
    """Loose ends with other line work near by."""
    if not len(loose):
        return []
    ends = Counter((round(x, 6), round(y, 6)) for line in noded for x, y in (line.coords[0][:2], line.coords[-1][:2]))
    tree = shapely.STRtree(noded)
    found: list[Gap] = []
    for line in loose:
        for x, y in (line.coords[0][:2], line.coords[-1][:2]):
            if ends[(round(x, 6), round(y, 6))] != 1:
                continue
            point = shapely.Point(x, y)
            near = tree.query(point, predicate="dwithin", distance=REPORTED_M)
            widths = [point.distance(_without_end(noded[i], point)) for i in near]
            width = min((value for value in widths if value > 0), default=np.inf)
            if width <= REPORTED_M:
                found.append(Gap(point, float(width)))
    return found


def _without_end(line: BaseGeometry, end: BaseGeometry) -> BaseGeometry:
    """The line itself, or, where ``end`` is its own end, only its other end: what the gap could be closed to."""
    first, last = shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])
    if end.equals(first):
        return last
    return first if end.equals(last) else line
