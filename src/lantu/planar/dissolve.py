"""Faces with the same key melted into regions: inner edges are dropped and the rest is traced again. No geometry is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lantu.planar.components import components
from lantu.planar.convert import Grid, ranges, rings_to_shapely
from lantu.planar.jit import kernel
from lantu.planar.loops import doubled_area, smallest, split_walk
from lantu.planar.model import Faces, IntArray
from lantu.planar.tables import table_size


@dataclass(frozen=True, slots=True)
class Regions:
    """Connected unions of faces.

    ``xy``, ``ring_start``, ``region_start`` as in ``Faces``: first ring the shell (counter-clockwise), then holes (clockwise).
    ``key`` (r,) the common key; ``area2`` (r,) twice the area in grid units squared; ``of_face`` (f,) the region of each face, -1 for
    faces that took no part.
    """

    xy: IntArray
    ring_start: IntArray
    region_start: IntArray
    key: IntArray
    area2: IntArray
    of_face: IntArray

    def __len__(self) -> int:
        return len(self.region_start) - 1

    def to_shapely(self, grid: Grid) -> NDArray[np.object_]:
        """The regions as polygons in metres."""
        return rings_to_shapely(self.xy, self.ring_start, self.region_start, grid)


def dissolve(faces: Faces, key: ArrayLike) -> Regions:
    """Melt faces that have the same ``key`` and a common edge; a negative key takes part in nothing.

    Regions are numbered as by ``components`` (by their smallest face). All vertices of the partition on the outlines are kept, so
    neighbouring regions still share every vertex.
    """
    keys = np.ascontiguousarray(key, dtype=np.int64)
    of_face = components(faces, keys)
    count = int(of_face.max(initial=-1)) + 1
    xy, ring_end, region, area2 = _trace(faces.xy, faces.next_vertex(), faces.face_of_vertex(), faces.twin, of_face)
    start = np.concatenate([[0], ring_end[:-1]]).astype(np.int64) if len(ring_end) else np.empty(0, np.int64)
    second = xy[start + 1]
    # a region has one shell; its holes follow by their smallest vertex
    order = np.lexsort((second[:, 1], second[:, 0], xy[start, 1], xy[start, 0], area2 < 0, region))
    rows = ranges(start[order], ring_end[order])
    region_key = np.empty(count, np.int64)
    region_key[of_face[of_face >= 0]] = keys[of_face >= 0]
    total = np.zeros(count, np.int64)
    np.add.at(total, region, area2)
    return Regions(
        xy[rows],
        np.concatenate([[0], np.cumsum((ring_end - start)[order])]).astype(np.int64),
        np.concatenate([[0], np.cumsum(np.bincount(region, minlength=count))]).astype(np.int64),
        region_key,
        total,
        of_face,
    )


@kernel
def _trace(xy: Any, after: Any, face_of: Any, twin: Any, region: Any) -> Any:
    count = len(twin)
    kept = np.zeros(count, np.bool_)
    left = 0
    for i in range(count):
        here = region[face_of[i]]
        if here >= 0 and (twin[i] < 0 or region[face_of[twin[i]]] != here):
            kept[i] = True
            left += 1
    out = np.empty((left, 2), np.int64)
    ring_end, ring_region, ring_area = np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int64)
    xs, ys = np.empty(left, np.int64), np.empty(left, np.int64)
    ends, tags = np.empty(left, np.int64), np.empty(left, np.int64)
    slot_at, slot_stamp = np.empty(table_size(left), np.int64), np.full(table_size(left), -1, np.int64)
    filled, rings = 0, 0
    for first in range(count):
        if not kept[first]:
            continue
        # walk with the region on the left; at each vertex turn over dropped edges until the next kept one
        at, length = first, 0
        while True:
            xs[length], ys[length] = xy[at, 0], xy[at, 1]
            length += 1
            kept[at] = False
            at = after[at]
            while region[face_of[at]] >= 0 and twin[at] >= 0 and region[face_of[twin[at]]] == region[face_of[at]]:
                at = after[twin[at]]
            if at == first:
                break
        cut = split_walk(xs, ys, tags, length, slot_at, slot_stamp, first, ends)
        start = 0
        for k in range(cut):
            stop = ends[k]
            turn = smallest(xs, ys, start, stop)
            for i in range(stop - start):
                j = turn + i
                if j >= stop:
                    j -= stop - start
                out[filled, 0], out[filled, 1] = xs[j], ys[j]
                filled += 1
            ring_end[rings], ring_region[rings] = filled, region[face_of[first]]
            ring_area[rings] = doubled_area(xs, ys, start, stop)
            rings += 1
            start = stop
    return out, ring_end[:rings].copy(), ring_region[:rings].copy(), ring_area[:rings].copy()
