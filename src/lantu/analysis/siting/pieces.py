"""Zones of allowed ground cut into pieces of the size asked for, by squares on lattices shifted against each other."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.planar.cells import Lattice, cut
from lantu.planar.convert import Grid, ranges
from lantu.planar.model import IntArray

FloatArray = NDArray[np.float64]
BETWEEN = 0.5
"""Lattice lines run between the lines of the grid, so that they meet no vertex."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Connected zones as rings in grid units, interior on the left: ``xy``, ``ring_start``, ``zone_start`` as in ``Faces``; ``area_m2``."""

    xy: FloatArray
    ring_start: IntArray
    zone_start: IntArray
    area_m2: FloatArray
    grid: Grid

    def __len__(self) -> int:
        return len(self.area_m2)

    def rings(self, zone: int) -> tuple[FloatArray, IntArray]:
        """Vertices and offsets of one zone."""
        starts = self.ring_start[self.zone_start[zone] : self.zone_start[zone + 1] + 1]
        return self.xy[starts[0] : starts[-1]], starts - starts[0]

    def shapes(self, chosen: IntArray) -> NDArray[np.object_]:
        """Zones as polygons in metres."""
        rings = ranges(self.zone_start[chosen], self.zone_start[chosen + 1])
        rows = ranges(self.ring_start[rings], self.ring_start[rings + 1])
        count = (self.ring_start[rings + 1] - self.ring_start[rings], self.zone_start[chosen + 1] - self.zone_start[chosen])
        return _polygons(self.xy[rows], *count, self.grid)


def zones_of(shapes: NDArray[np.object_], grid: Grid) -> Zones:
    """Polygons in metres as zones."""
    rings, zone_of = shapely.get_rings(shapely.orient_polygons(shapes), return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    stays = np.append(ring_of[1:] == ring_of[:-1], False)[: len(xy)]  # without the closing vertex
    return Zones(
        (xy[stays] - np.asarray(grid.origin)) / grid.size,
        np.concatenate([[0], np.cumsum(np.bincount(ring_of[stays], minlength=len(rings)))]),
        np.concatenate([[0], np.cumsum(np.bincount(zone_of, minlength=len(shapes)))]),
        shapely.area(shapes),
        grid,
    )


def side_of(least_m2: float, most_m2: float) -> float:
    """Metres: squares a little larger than the least area asked for, so that a border may take a bite."""
    return math.sqrt(min((least_m2 * 1.15 + most_m2) / 2, most_m2))


def pieces(zones: Zones, chosen: IntArray, least_m2: float, most_m2: float, shifts: int = 4) -> NDArray[np.object_]:
    """The pieces of the chosen zones as polygons in metres, zone by zone.

    Of every square the largest connected part counts. ``shifts``: lattices for each zone, 4 = also moved by half a square east, north,
    and both.
    """
    side = max(2.0, np.floor(side_of(least_m2, most_m2) / zones.grid.size))
    moves = [(dx * side / 2, dy * side / 2) for dx in (0, 1) for dy in (0, 1)][:shifts]
    unit2 = zones.grid.size**2

    def of_zone(zone: int) -> list[NDArray[np.object_]]:
        xy, starts = zones.rings(zone)
        low, high = xy.min(axis=0), xy.max(axis=0)
        found = []
        for move in moves:
            west, south = (np.floor(low) - np.floor(move) - BETWEEN).tolist()
            lattice = Lattice(west, south, side, math.ceil((high[0] - west) / side), math.ceil((high[1] - south) / side))
            made = cut(xy, starts, lattice, least_m2 / unit2, most_m2 * (1 + 1e-9) / unit2)
            shapes = _polygons(made.xy, np.diff(made.ring_start), np.diff(made.piece_start), zones.grid)
            found.append(_mended(shapes, least_m2))
            if len(made.unclear):
                boxes = [lattice.box(cell) for cell in made.unclear.tolist()]
                found.append(
                    np.array(list(_clipped(zones.shapes(np.array([zone]))[0], boxes, zones.grid, least_m2, most_m2)), dtype=object)
                )
        return found

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        parts = [part for found in pool.map(of_zone, chosen.tolist()) for part in found]
    return np.concatenate([np.empty(0, dtype=object), *parts])


def _polygons(xy: FloatArray, vertices: IntArray, rings: IntArray, grid: Grid) -> NDArray[np.object_]:
    """Polygons in metres from grid units, given how many vertices each ring and how many rings each polygon has."""
    if not len(rings):
        return np.empty(0, dtype=object)
    closed = shapely.linearrings(xy * grid.size + np.asarray(grid.origin), indices=np.repeat(np.arange(len(vertices)), vertices))
    return np.asarray(shapely.polygons(closed, indices=np.repeat(np.arange(len(rings)), rings)))


def _mended(shapes: NDArray[np.object_], least_m2: float) -> NDArray[np.object_]:
    """The pieces, those made valid whose border touches itself."""
    for k in np.flatnonzero(~shapely.is_valid(shapes)).tolist():
        shapes[k] = largest_part(areal(shapes[k]))
    return shapes[shapely.area(shapes) >= least_m2]


def _clipped(
    zone: BaseGeometry, boxes: list[tuple[float, float, float, float]], grid: Grid, least_m2: float, most_m2: float
) -> Iterator[BaseGeometry]:
    """The pieces in squares (grid units), by GEOS."""
    for box in boxes:
        west, south, east, north = (np.array(box).reshape(2, 2) * grid.size + np.asarray(grid.origin)).reshape(-1).tolist()
        piece = largest_part(areal(shapely.clip_by_rect(zone, west, south, east, north)))
        if least_m2 <= piece.area <= most_m2 * (1 + 1e-9):
            yield piece


def largest_part(shape: BaseGeometry) -> BaseGeometry:
    """The largest polygon of a shape, an empty one where it has none."""
    return max(shapely.get_parts(shape).tolist(), key=lambda part: part.area, default=shapely.Polygon())


def areal(shape: BaseGeometry) -> BaseGeometry:
    """A clipped shape without lines and points, made valid where the clip touched itself."""
    if not shape.is_valid:
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon"])
