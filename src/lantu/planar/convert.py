"""Between shapely geometries in metres and integer rings on the working grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.checks import COORDINATE_LIMIT
from lantu.planar.errors import PlanarError
from lantu.planar.model import Faces, IntArray, RingLayer

TENTH_OF_MILLIMETRE = 0.0001
"""Default grid size in metres."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The working grid: ``size`` metres per unit, unit (0, 0) at ``origin`` (east, north) metres of the working CRS."""

    origin: tuple[float, float] = (0.0, 0.0)
    size: float = TENTH_OF_MILLIMETRE

    def snap(self, metres: NDArray[np.float64]) -> IntArray:
        """(n, 2) metres to the nearest grid units, half away from minus infinity (floor(v + 1/2)); finite input only."""
        # dividing by a size like 0.0001 is a rounding more than multiplying by 10000, which is exact as a double
        per_metre = round(1 / self.size)
        scaled = (metres - np.asarray(self.origin)) * (per_metre if abs(per_metre * self.size - 1.0) <= 1e-8 else 1 / self.size)
        return np.floor(scaled + 0.5).astype(np.int64)

    def metres(self, units: IntArray) -> NDArray[np.float64]:
        """(n, 2) grid units to metres of the working CRS."""
        per_metre = round(1 / self.size)
        if abs(per_metre * self.size - 1.0) <= 1e-8:
            return units / float(per_metre) + np.asarray(self.origin)
        return units * self.size + np.asarray(self.origin)


def layer_from_shapely(polygons: Sequence[Any] | NDArray[np.object_], grid: Grid, layer: int = 0) -> RingLayer:
    """Snap polygons and multipolygons (metres) to rings on ``grid``; patch i is geometry i.

    Empty or missing geometries become patches without rings. Points and lines are refused, as are NaN, infinities and coordinates
    out of range, with ``layer`` and the patch index in the ``PlanarError``.
    """
    shapes = np.asarray(polygons, dtype=object)
    kinds = shapely.get_type_id(shapes)
    # -1 missing, 3 polygon, 6 multipolygon
    wrong = np.flatnonzero(~np.isin(kinds, (-1, 3, 6)) & ~shapely.is_empty(shapes))
    if len(wrong):
        raise PlanarError("dtype", f"{shapes[wrong[0]].geom_type} is no area", layer, int(wrong[0]))
    parts, part_patch = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    ring_patch = part_patch[ring_part]
    bad = ~np.isfinite(xy).all(axis=1)
    if bad.any():
        vertex = int(np.flatnonzero(bad)[0])
        raise PlanarError("not_finite", f"coordinate {xy[vertex].tolist()}", layer, int(ring_patch[ring_of[vertex]]))
    far = np.abs(xy - np.asarray(grid.origin)).max(axis=1, initial=0.0) / grid.size > COORDINATE_LIMIT
    if far.any():
        vertex = int(np.flatnonzero(far)[0])
        raise PlanarError("out_of_range", f"coordinate {xy[vertex].tolist()}", layer, int(ring_patch[ring_of[vertex]]))
    count = np.bincount(ring_of, minlength=len(rings)) - 1
    closing = np.cumsum(count + 1) - 1
    keep = np.ones(len(xy), bool)
    keep[closing] = False
    return RingLayer(
        np.ascontiguousarray(grid.snap(xy[keep])),
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        np.concatenate([[0], np.cumsum(np.bincount(ring_patch, minlength=len(shapes)))]).astype(np.int64),
    )


def rings_to_shapely(xy: IntArray, ring_start: IntArray, part_start: IntArray, grid: Grid) -> NDArray[np.object_]:
    """Polygons (metres) from rings; the first ring of each part is its shell, the others holes."""
    if len(part_start) == 1:
        return np.empty(0, dtype=object)
    count = np.diff(ring_start)
    closed = np.concatenate([[0], np.cumsum(count + 1)]).astype(np.int64)
    rows = np.arange(closed[-1]) - np.repeat(np.arange(len(count)), count + 1)
    rows[closed[1:] - 1] = ring_start[:-1]
    ring = np.repeat(np.arange(len(count)), count + 1)
    rings = shapely.linearrings(grid.metres(xy[rows]), indices=ring)
    part = np.repeat(np.arange(len(part_start) - 1), np.diff(part_start))
    return np.asarray(shapely.polygons(rings, indices=part))


def faces_to_shapely(faces: Faces, grid: Grid, select: Sequence[int] | IntArray | None = None) -> NDArray[np.object_]:
    """Faces (all, or the chosen ones in the order given) as shapely polygons in metres."""
    if select is None:
        return rings_to_shapely(faces.xy, faces.ring_start, faces.face_start, grid)
    xy, ring_start, part_start = take_parts(faces.xy, faces.ring_start, faces.face_start, np.asarray(select, dtype=np.int64))
    return rings_to_shapely(xy, ring_start, part_start, grid)


def take_parts(xy: IntArray, ring_start: IntArray, part_start: IntArray, select: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """The rings of the chosen parts, packed again: (xy, ring_start, part_start)."""
    rings = ranges(part_start[select], part_start[select + 1])
    rows = ranges(ring_start[rings], ring_start[rings + 1])
    new_ring = np.concatenate([[0], np.cumsum(ring_start[rings + 1] - ring_start[rings])]).astype(np.int64)
    new_part = np.concatenate([[0], np.cumsum(part_start[select + 1] - part_start[select])]).astype(np.int64)
    return xy[rows], new_ring, new_part


def ranges(start: IntArray, stop: IntArray) -> IntArray:
    """The integers of all ranges ``start[i]:stop[i]`` one after another."""
    length = stop - start
    total = int(length.sum())
    first = np.concatenate([[0], np.cumsum(length)])[:-1]
    return np.arange(total, dtype=np.int64) - np.repeat(first - start, length)
