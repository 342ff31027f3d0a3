"""The half-edge graph of one tile and the walks around its faces.

Half-edges of a tile: 2e and 2e + 1 of its inner edge e (from the smaller-numbered node and back), then for each end k of a cross edge that
lies here 2E + 2k (leaving) and 2E + 2k + 1 (arriving). The face of a half-edge is on its left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.loops import doubled_area, smallest, split_walk
from lantu.planar.merging import grouped, odd_members
from lantu.planar.tables import point_slot, sorted_by, table_size


@kernel
def merged_edges(
    xs: Any, ys: Any, a: Any, b: Any, of: Any, list_start: Any, listed: Any, extra: Any, extra_start: Any, extra_patch: Any
) -> Any:
    """All edges inside the tile, equal ones merged: (from, to, offsets, patches); ``extra`` (n, 4) are those of seam segments."""
    inner, more, lists = len(a), len(extra), len(list_start) - 1
    low, high, source = np.empty(inner + more, np.int32), np.empty(inner + more, np.int32), np.empty(inner + more, np.int32)
    for e in range(inner):
        low[e], high[e], source[e] = min(a[e], b[e]), max(a[e], b[e]), of[e]
    starts_of, patches = list_start, listed
    if more:
        table = node_table(xs, ys)
        for k in range(more):
            u = table[point_slot(table, xs, ys, extra[k, 0], extra[k, 1])]
            v = table[point_slot(table, xs, ys, extra[k, 2], extra[k, 3])]
            low[inner + k], high[inner + k], source[inner + k] = min(u, v), max(u, v), lists + k
        starts_of = np.concatenate((list_start, extra_start[1:] - extra_start[0] + list_start[-1]))
        patches = np.concatenate((listed, extra_patch[extra_start[0] : extra_start[-1]]))
    start, order = sorted_by(low, len(xs))
    group = grouped(start, order, high)
    odd_start, odd = odd_members(group, order, source, starts_of, patches)
    kept = 0
    for g in range(len(group) - 1):
        if odd_start[g + 1] > odd_start[g]:
            kept += 1
    out_a, out_b, out_start = np.empty(kept, np.int32), np.empty(kept, np.int32), np.zeros(kept + 1, np.int32)
    k = 0
    for g in range(len(group) - 1):
        if odd_start[g + 1] > odd_start[g]:
            e = order[group[g]]
            out_a[k], out_b[k], out_start[k + 1] = low[e], high[e], odd_start[g + 1]
            k += 1
    return out_a, out_b, out_start, odd


@kernel
def node_table(xs: Any, ys: Any) -> Any:
    """Hash table of the tile's nodes."""
    table = np.full(table_size(len(xs)), -1, np.int32)
    for i in range(len(xs)):
        table[point_slot(table, xs, ys, xs[i], ys[i])] = i
    return table


@kernel
def _upper(dx: Any, dy: Any) -> Any:
    return dy > 0 or (dy == 0 and dx > 0)


@kernel
def _before(dx: Any, dy: Any, ex: Any, ey: Any) -> Any:
    """Whether direction d comes before e counter-clockwise from the east."""
    if _upper(dx, dy) != _upper(ex, ey):
        return _upper(dx, dy)
    return dx * ey - dy * ex > 0


@kernel
def _sort_star(star: Any, a: Any, b: Any, dx: Any, dy: Any, spare: Any) -> None:
    """Sort half-edges ``star[a:b]`` by direction: insertion for the usual few, merging for hubs of many."""
    if b - a > 24:
        middle = (a + b) // 2
        _sort_star(star, a, middle, dx, dy, spare)
        _sort_star(star, middle, b, dx, dy, spare)
        i, j = a, middle
        for k in range(a, b):
            if j == b or (i < middle and not _before(dx[star[j]], dy[star[j]], dx[star[i]], dy[star[i]])):
                spare[k] = star[i]
                i += 1
            else:
                spare[k] = star[j]
                j += 1
        star[a:b] = spare[a:b]
        return
    for i in range(a + 1, b):
        h, j = star[i], i - 1
        while j >= a and _before(dx[h], dy[h], dx[star[j]], dy[star[j]]):
            star[j + 1] = star[j]
            j -= 1
        star[j + 1] = h


@kernel
def links(xs: Any, ys: Any, a: Any, b: Any, cross: Any) -> Any:
    """(origin (h,), next (h,)): where each leaving half-edge starts, and which follows each arriving one around the face on its left.

    ``cross`` (k, 4): for each end of a cross edge in this tile, that end and the far one. Unknown places hold -1.
    """
    inner, half = 2 * len(a), 2 * (len(a) + len(cross))
    origin, after = np.full(half, -1, np.int32), np.full(half, -1, np.int32)
    dx, dy = np.zeros(half, np.int64), np.zeros(half, np.int64)
    for e in range(len(a)):
        origin[2 * e], origin[2 * e + 1] = a[e], b[e]
        dx[2 * e], dy[2 * e] = np.int64(xs[b[e]]) - xs[a[e]], np.int64(ys[b[e]]) - ys[a[e]]
        dx[2 * e + 1], dy[2 * e + 1] = -dx[2 * e], -dy[2 * e]
    leaving = np.empty(inner + len(cross), np.int32)
    for h in range(inner):
        leaving[h] = h
    if len(cross):
        table = node_table(xs, ys)
        for k in range(len(cross)):
            h = inner + 2 * k
            origin[h] = table[point_slot(table, xs, ys, cross[k, 0], cross[k, 1])]
            dx[h], dy[h] = np.int64(cross[k, 2]) - cross[k, 0], np.int64(cross[k, 3]) - cross[k, 1]
            leaving[inner + k] = h
    start, order = sorted_by(origin[leaving], len(xs))
    star, spare = leaving[order], np.empty(len(order), np.int32)
    for node in range(len(xs)):
        p, q = start[node], start[node + 1]
        if q - p > 2:
            _sort_star(star, p, q, dx, dy, spare)
        for i in range(p, q):
            # arriving against star[i], the face on the left goes on along the next half-edge clockwise
            after[star[i] ^ 1] = star[i - 1] if i > p else star[q - 1]
    return origin, after


@kernel
def walk_chains(xs: Any, ys: Any, inner: Any, origin: Any, after: Any, cross_half: Any, member: Any) -> Any:
    """Walks that come over a cross edge and leave over one: (x, y, tag, offsets, half-edge that leaves).

    ``cross_half`` (k,): global half-edge that leaves at cross end k. Tags: local half-edges, or -1 - global half-edge for the last
    one of a chain. ``member`` of local half-edges walked gets -2 - chain.
    """
    room = len(after)
    x, y, tag = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    start, out = np.zeros(len(cross_half) + 1, np.int64), np.empty(len(cross_half), np.int32)
    n = 0
    for k in range(len(cross_half)):
        h = after[inner + 2 * k + 1]
        while h < inner:
            x[n], y[n], tag[n] = xs[origin[h]], ys[origin[h]], h
            member[h] = -2 - k
            n += 1
            h = after[h]
        out[k] = cross_half[(h - inner) // 2]
        x[n], y[n], tag[n] = xs[origin[h]], ys[origin[h]], -1 - out[k]
        n += 1
        start[k + 1] = n
    return x[:n].copy(), y[:n].copy(), tag[:n].copy(), start, out


@kernel
def add_cycle(
    x: Any, y: Any, tag: Any, count: Any, slots: Any, ends: Any, out: Any, filled: Any, rings: Any, ring: Any, cycles: Any, cycle: Any
) -> Any:
    """Cut the walk ``x[:count], y[:count]`` into rings, append them turned to their smallest vertices; return (filled, ring).

    ``out`` (x, y, tag) of rings; ``rings`` (r, 3): end, cycle, doubled area; ``cycles`` (c, 5): doubled area, first vertex
    x and y, second vertex x and y, of the shell or, for a walk around the outside of something, of its smallest vertex.
    """
    cut = split_walk(x, y, tag, count, slots[0], slots[1], cycle, ends)
    start: Any = 0
    total: Any = np.int64(0)
    best = -1
    for k in range(cut):
        stop: Any = np.int64(ends[k])
        area = doubled_area(x, y, start, stop)
        total += area
        turn = smallest(x, y, start, stop)
        first = filled
        for i in range(stop - start):
            j = turn + i
            if j >= stop:
                j -= stop - start
            out[0][filled], out[1][filled], out[2][filled] = x[j], y[j], tag[j]
            filled += 1
        rings[ring, 0], rings[ring, 1], rings[ring, 2] = filled, cycle, area
        if area > 0 or best < 0 or (cycles[cycle, 0] <= 0 and _less(out, first, best)):
            best = first
            cycles[cycle, 0] = area
        ring += 1
        start = stop
    cycles[cycle, 0] = total
    cycles[cycle, 1], cycles[cycle, 2] = out[0][best], out[1][best]
    cycles[cycle, 3], cycles[cycle, 4] = out[0][best + 1], out[1][best + 1]
    return filled, ring


@kernel
def _less(out: Any, i: Any, j: Any) -> Any:
    return out[0][i] < out[0][j] or (out[0][i] == out[0][j] and out[1][i] < out[1][j])


@kernel
def walk_cycles(xs: Any, ys: Any, inner: Any, origin: Any, after: Any, member: Any) -> Any:
    """Closed walks within the tile: (x, y, tag of all rings, rings (r, 3), cycles (c, 5)), see ``add_cycle``; ``member`` gets the cycle."""
    left = 0
    for h in range(inner):
        if member[h] == -1:
            left += 1
    out = (np.empty(left, np.int32), np.empty(left, np.int32), np.empty(left, np.int32))
    x, y, tag, ends = np.empty(left, np.int32), np.empty(left, np.int32), np.empty(left, np.int32), np.empty(left, np.int32)
    slots = (np.empty(table_size(left), np.int32), np.full(table_size(left), -1, np.int32))
    rings, cycles = np.empty((left // 3 + 1, 3), np.int64), np.empty((left // 3 + 1, 5), np.int64)
    filled, ring, cycle = 0, 0, 0
    for first in range(inner):
        if member[first] != -1:
            continue
        h, n = first, 0
        while True:
            x[n], y[n], tag[n] = xs[origin[h]], ys[origin[h]], h
            n += 1
            member[h] = cycle
            h = after[h]
            if h == first:
                break
        cycles[cycle, 0] = 0
        filled, ring = add_cycle(x, y, tag, n, slots, ends, out, filled, rings, ring, cycles, cycle)
        cycle += 1
    return out[0], out[1], out[2], rings[:ring].copy(), cycles[:cycle].copy()


@kernel
def join_chains(x: Any, y: Any, tag: Any, start: Any, into: Any) -> Any:
    """Closed walks over several tiles: chains put end to end.

    Chain of the arriving global half-edge c: rows ``start[c]:start[c + 1]``, leaving over half-edge ``into[c]``. Returns
    as ``walk_cycles``, and the cycle of each chain (c,).
    """
    count, longest = len(x), 0
    of_chain = np.full(len(into), -1, np.int32)
    for first in range(len(into)):
        c, n = first, 0
        while of_chain[c] == -1:
            of_chain[c] = -2
            n += start[c + 1] - start[c]
            c = into[c]
        longest = max(longest, n)
    out = (np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int32))
    u, v, t, ends = (np.empty(longest, np.int32), np.empty(longest, np.int32), np.empty(longest, np.int32), np.empty(longest, np.int32))
    slots = (np.empty(table_size(longest), np.int32), np.full(table_size(longest), -1, np.int32))
    rings, cycles = np.empty((count // 3 + 1, 3), np.int64), np.empty((count // 3 + 1, 5), np.int64)
    filled, ring, cycle = 0, 0, 0
    for first in range(len(into)):
        if of_chain[first] >= 0:
            continue
        c, n = first, 0
        while True:
            of_chain[c] = cycle
            for i in range(start[c], start[c + 1]):
                u[n], v[n], t[n] = x[i], y[i], tag[i]
                n += 1
            c = into[c]
            if c == first:
                break
        cycles[cycle, 0] = 0
        filled, ring = add_cycle(u, v, t, n, slots, ends, out, filled, rings, ring, cycles, cycle)
        cycle += 1
    return out[0], out[1], out[2], rings[:ring].copy(), cycles[:cycle].copy(), of_chain
