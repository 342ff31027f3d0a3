"""Segments that reach over the edge of a tile: their chains are put together from what each tile found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.merging import odd_members, take_lists
from lantu.planar.noding import order_meetings
from lantu.planar.runs import Tiling
from lantu.planar.tables import segment_slot, sorted_by, table_size

Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Seams:
    """``cross`` (c, 4): merged edges whose ends lie in different tiles, with their patches; ``extra`` (e, 4): edges of seam segments
    that lie in one tile, with their segment's patches; both with offsets by tile. ``end_*``: for each tile the ends of cross edges that
    lie in it (half-edge 2c leaves the smaller end, 2c + 1 the larger one); ``near_*``: the cross edges whose box touches it."""

    cross: Int32
    cross_start: Int32
    cross_patch: Int32
    extra: Int32
    extra_start: Int32
    extra_patch: Int32
    extra_tile: NDArray[np.int64]
    end_tile: NDArray[np.int64]
    end: Int32
    near_tile: NDArray[np.int64]
    near: Int32


def join_seams(own: Int32, own_start: Int32, own_patch: Int32, met: Int32, tiling: Tiling) -> Seams:
    """``own`` (s, 4) seam segments and their patches; ``met`` (k, 6) their meetings: ends, pixel; ``tiling`` from the middle."""
    which = _which(own, met)
    xs, ys = np.ascontiguousarray(met[:, 4]), np.ascontiguousarray(met[:, 5])
    start, nodes = order_meetings(own, which, np.arange(len(met), dtype=np.int32), xs, ys)
    edge, source, tile = _edges(own, start, nodes, xs, ys, tiling.west, tiling.south, tiling.size, tiling.across)
    inside = np.flatnonzero(tile >= 0)
    extra_tile, order = sorted_by(tile[inside], len(tiling))
    inside = inside[order]
    extra_start, extra_patch = take_lists(source[inside], own_start, own_patch)
    over = np.flatnonzero(tile < 0)
    group, member = _equal_rows(edge[over])
    cross_start, cross_patch = odd_members(group, member, source[over], own_start, own_patch)
    cross = edge[over][member[group[:-1]]]
    # edges that bound nothing go; their lists are empty, so the offsets of the others stay right
    real = np.flatnonzero(np.diff(cross_start) > 0)
    cross, cross_start = cross[real], np.concatenate([cross_start[real], cross_start[-1:]]).astype(np.int32)
    ends = tiling_of(cross.reshape(-1, 2), tiling)
    end_tile, end = sorted_by(ends, len(tiling))
    near_tile, near = _near(cross, tiling.west, tiling.south, tiling.size, tiling.across, tiling.up)
    return Seams(cross, cross_start, cross_patch, edge[inside], extra_start, extra_patch, extra_tile, end_tile, end, near_tile, near)


def tiling_of(points: NDArray[Any], tiling: Tiling) -> NDArray[np.int64]:
    """The tile of each point (n, 2)."""
    at = (points.astype(np.int64) - (tiling.west, tiling.south)) // tiling.size
    return at[:, 1] * tiling.across + at[:, 0]


@kernel
def _which(own: Any, met: Any) -> Any:
    table = np.full(table_size(len(own)), -1, np.int32)
    for s in range(len(own)):
        table[segment_slot(table, own, own[s, 0], own[s, 1], own[s, 2], own[s, 3])] = s
    which = np.empty(len(met), np.int32)
    for k in range(len(met)):
        which[k] = table[segment_slot(table, own, met[k, 0], met[k, 1], met[k, 2], met[k, 3])]
    return which


@kernel
def _edges(own: Any, start: Any, nodes: Any, xs: Any, ys: Any, west: int, south: int, size: int, across: int) -> Any:
    count = len(nodes) + len(own)
    edge, source, tile = np.empty((count, 4), np.int32), np.empty(count, np.int32), np.empty(count, np.int64)
    k = 0
    for s in range(len(own)):
        x, y = own[s, 0], own[s, 1]
        for i in range(start[s], start[s + 1] + 1):
            if i < start[s + 1]:
                u, v = xs[nodes[i]], ys[nodes[i]]
            else:
                u, v = own[s, 2], own[s, 3]
            # snapping may turn an edge round: the smaller end first again
            if x < u or (x == u and y < v):
                edge[k, 0], edge[k, 1], edge[k, 2], edge[k, 3] = x, y, u, v
            else:
                edge[k, 0], edge[k, 1], edge[k, 2], edge[k, 3] = u, v, x, y
            t = (np.int64(y) - south) // size * across + (np.int64(x) - west) // size
            w = (np.int64(v) - south) // size * across + (np.int64(u) - west) // size
            source[k], tile[k] = s, t if t == w else -1
            x, y = u, v
            k += 1
    return edge, source, tile


@kernel
def _equal_rows(rows: Any) -> Any:
    """(offsets of groups, members): rows with the same four numbers, groups in order of first appearance."""
    table = np.full(table_size(len(rows)), -1, np.int32)
    number = np.empty(len(rows), np.int32)
    groups = 0
    for i in range(len(rows)):
        slot = segment_slot(table, rows, rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3])
        if table[slot] < 0:
            table[slot] = i
            number[i] = groups
            groups += 1
        else:
            number[i] = number[table[slot]]
    return sorted_by(number, groups)


@kernel
def _near(cross: Any, west: int, south: int, size: int, across: int, up: int) -> Any:
    start = np.zeros(across * up + 1, np.int64)
    near = np.empty(0, np.int32)
    at = start
    for fill in range(2):
        if fill:
            for tile in range(across * up):
                start[tile + 1] += start[tile]
            at = start[:-1].copy()
            near = np.empty(start[-1], np.int32)
        for c in range(len(cross)):
            c0, c1 = (np.int64(cross[c, 0]) - west) // size, (np.int64(cross[c, 2]) - west) // size
            r0 = (np.int64(min(cross[c, 1], cross[c, 3])) - south) // size
            r1 = (np.int64(max(cross[c, 1], cross[c, 3])) - south) // size
            for row in range(r0, r1 + 1):
                for column in range(c0, c1 + 1):
                    tile = row * across + column
                    if fill:
                        near[at[tile]] = c
                        at[tile] += 1
                    else:
                        start[tile + 1] += 1
    return start, near
