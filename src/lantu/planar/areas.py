"""Polygons and multipolygons as columns of doubles, and which of them lie in a window: what tiles are made of."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.convert import ranges
from lantu.planar.jit import kernel

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""

BRANCH = 16
"""Children of a node."""


@dataclass(frozen=True, slots=True)
class Areas:
    """``xy`` (n, 2) vertices without the closing one; ``ring_start`` (r + 1,); ``hole`` (r,) whether a ring is a hole of the shell before
    it; ``shape_start`` (s + 1,) offsets into the rings. A shape without rings is empty."""

    xy: Floats
    ring_start: NDArray[np.int64]
    hole: NDArray[np.bool_]
    shape_start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.shape_start) - 1


def areas_of(shapes: NDArray[np.object_]) -> Areas | None:
    """The columns of ``shapes``; None when some are no areas."""
    if not np.isin(shapely.get_type_id(shapes), (3, 6)).all():
        return None
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    closing = np.append(np.diff(ring_of) > 0, True)[: len(xy)]
    return Areas(
        np.ascontiguousarray(xy[~closing]),
        np.concatenate([[0], np.cumsum(np.maximum(np.bincount(ring_of, minlength=len(rings)) - 1, 0))]).astype(np.int64),
        np.diff(part_of, prepend=-1) == 0,
        np.concatenate([[0], np.cumsum(np.bincount(shape_of[part_of], minlength=len(shapes)))]).astype(np.int64),
    )


def shapes_of(areas: Areas, chosen: NDArray[np.int64]) -> NDArray[np.object_]:
    """The chosen ones as shapely polygons and, where they have several shells, multipolygons."""
    shapes = np.full(len(chosen), shapely.Polygon(), dtype=object)
    ring = ranges(areas.shape_start[chosen], areas.shape_start[chosen + 1])
    if not len(ring):
        return shapes
    count = areas.ring_start[ring + 1] - areas.ring_start[ring]
    row = ranges(areas.ring_start[ring], areas.ring_start[ring + 1])
    drawn = shapely.linearrings(areas.xy[row], indices=np.repeat(np.arange(len(ring)), count))
    shell = ~areas.hole[ring]
    polygons = shapely.polygons(drawn, indices=np.cumsum(shell) - 1)
    of = np.repeat(np.arange(len(chosen)), areas.shape_start[chosen + 1] - areas.shape_start[chosen])[shell]
    parts = np.bincount(of, minlength=len(chosen))
    single = parts[of] == 1
    shapes[of[single]] = polygons[single]
    if not single.all():
        numbers, which = np.unique(of[~single], return_inverse=True)
        shapes[numbers] = shapely.multipolygons(polygons[~single], indices=which)
    return shapes


def boxes_of(areas: Areas) -> Floats:
    """(s, 4) west, south, east, north of each shape; of an empty one nothing that meets any window."""
    return np.asarray(_boxes(areas.xy, areas.ring_start, areas.shape_start))


@dataclass(frozen=True, slots=True)
class BoxTree:
    """Boxes packed into a tree (Leutenegger, Lopez and Edgington 1997: sort-tile-recursive).

    ``box`` (b, 4) float64: all boxes in the order of the leaves, then the nodes above them, level by level up to one; ``number`` (s,)
    int32 of the leaves; ``level_start`` where each level begins. Node k of a level holds the children ``16 k`` to ``16 k + 15`` of the
    level below.
    """

    box: Floats
    number: NDArray[np.int32]
    level_start: NDArray[np.int64]

    def within(self, window: Box) -> NDArray[np.int64]:
        """The numbers of the boxes that meet the closed window, rising."""
        found = _within(self.box, self.level_start, *window)
        return np.sort(self.number[found]).astype(np.int64)


def box_tree(box: Floats) -> BoxTree:
    """Pack (s, 4) boxes."""
    middle = np.where(np.isfinite(box), box, 0.0)
    order, _start = in_strips(middle[:, 0] + middle[:, 2], middle[:, 1] + middle[:, 3], max(BRANCH, int(np.sqrt(len(box) * BRANCH))))
    levels = [box[order]]
    while len(levels[-1]) > 1:
        first = np.arange(0, len(levels[-1]), BRANCH)
        low, high = np.minimum.reduceat(levels[-1][:, :2], first), np.maximum.reduceat(levels[-1][:, 2:], first)
        levels.append(np.concatenate([low, high], axis=1))
    start = np.concatenate([[0], np.cumsum([len(level) for level in levels])]).astype(np.int64)
    return BoxTree(np.ascontiguousarray(np.concatenate(levels)), order.astype(np.int32), start)


def in_strips(x: Floats, y: Floats, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order, offsets of strips): points cut by their x into strips of about ``size``, each sorted by y, then x; equal x are not parted.

    Fits any spread of the points, so that a window meets few of them besides its own.
    """
    order = np.argsort(x)
    across = x[order]
    cut = np.searchsorted(across, across[np.arange(0, len(x), size)], side="left")
    start = np.unique(np.append(cut, len(x))).astype(np.int64)

    def upwards(a: int, b: int) -> None:
        strip = order[a:b]
        order[a:b] = strip[np.lexsort((across[a:b], y[strip]))]

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(upwards, start[:-1].tolist(), start[1:].tolist()))
    return order, start


@kernel
def _boxes(xy: Any, ring_start: Any, shape_start: Any) -> Any:
    box = np.empty((len(shape_start) - 1, 4))
    for s in range(len(box)):
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for v in range(ring_start[shape_start[s]], ring_start[shape_start[s + 1]]):
            west, east = min(west, xy[v, 0]), max(east, xy[v, 0])
            south, north = min(south, xy[v, 1]), max(north, xy[v, 1])
        box[s, 0], box[s, 1], box[s, 2], box[s, 3] = west, south, east, north
    return box


@kernel
def _within(box: Any, level_start: Any, west: float, south: float, east: float, north: float) -> Any:
    """Places of the leaves that meet the window: level by level from the top."""
    levels = len(level_start) - 1
    here, count = np.zeros(1, np.int64), min(1, len(box))
    for level in range(levels - 1, -1, -1):
        base, size = level_start[level], level_start[level + 1] - level_start[level]
        found, n = np.empty(count * (BRANCH if level < levels - 1 else 1), np.int64), 0
        for i in range(count):
            first, stop = (here[i] * BRANCH, min(size, (here[i] + 1) * BRANCH)) if level < levels - 1 else (0, 1)
            for k in range(first, stop):
                b = base + k
                if box[b, 0] <= east and box[b, 2] >= west and box[b, 1] <= north and box[b, 3] >= south:
                    found[n] = k
                    n += 1
        here, count = found, n
    return here[:count]
