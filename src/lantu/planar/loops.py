"""Rings out of walks around a face: cut where a vertex comes back, turned to begin at the smallest vertex."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.tables import mixed, table_size


@kernel
def split_walk(xs: Any, ys: Any, tags: Any, count: Any, slot_at: Any, slot_stamp: Any, stamp: Any, ends: Any) -> Any:
    """Cut the closed walk ``xs[:count], ys[:count]`` into rings that visit no vertex twice, in place.

    Whenever the walk comes back to a vertex, what lies between the two visits is a ring of its own (walks around a face never cross
    themselves, so the cuts do not depend on the start). Rings are written back to back, ``ends[k]`` = end of ring k;
    ``tags`` travels with the vertices. Returns the number of rings. ``slot_at``/``slot_stamp``: hash table of ``table_size`` slots;
    ``stamp`` must be new for each call. ``ends`` needs room for ``count`` values.
    """
    mask = np.uint64(table_size(count) - 1)
    twice = False
    for i in range(count):
        slot: Any = np.int64(mixed(xs[i], ys[i]) & mask)
        while slot_stamp[slot] == stamp:
            j = slot_at[slot]
            if xs[j] == xs[i] and ys[j] == ys[i]:
                twice = True
                break
            slot = (slot + 1) & np.int64(mask)
        if twice:
            break
        slot_stamp[slot] = stamp
        slot_at[slot] = i
    if not twice:
        ends[0] = count
        return 1
    return _cut(xs, ys, tags, count, ends)


@kernel
def _cut(xs: Any, ys: Any, tags: Any, count: Any, ends: Any) -> Any:
    """The rare case: keep a stack of open vertices, close a ring whenever its first vertex comes back."""
    out_x, out_y, out_tag = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    stack = np.empty(count, np.int64)
    open_at = {(np.int64(0), np.int64(0)): np.int64(0)}
    open_at.clear()
    top: Any = 0
    filled, rings = 0, 0
    for i in range(count + 1):
        at: Any = i % count
        key = (np.int64(xs[at]), np.int64(ys[at]))
        if key in open_at:
            first = open_at[key]
            for k in range(first, top):
                v = stack[k]
                out_x[filled], out_y[filled], out_tag[filled] = xs[v], ys[v], tags[v]
                filled += 1
                del open_at[(np.int64(xs[v]), np.int64(ys[v]))]
            ends[rings] = filled
            rings += 1
            top = first
        if i < count:
            open_at[key] = top
            stack[top] = i
            top += 1
    for k in range(count):
        xs[k], ys[k], tags[k] = out_x[k], out_y[k], out_tag[k]
    return rings


@kernel
def smallest(xs: Any, ys: Any, start: Any, stop: Any) -> Any:
    """Index of the smallest vertex (x, then y) in ``start:stop``."""
    best = start
    for i in range(start + 1, stop):
        if xs[i] < xs[best] or (xs[i] == xs[best] and ys[i] < ys[best]):
            best = i
    return best


@kernel
def doubled_area(xs: Any, ys: Any, start: Any, stop: Any) -> Any:
    """Twice the signed area of the ring ``start:stop``: exact, since int64 wraps and the result fits."""
    total: Any = np.int64(0)
    x0, y0 = np.int64(xs[start]), np.int64(ys[start])
    px: Any = np.int64(0)
    py: Any = np.int64(0)
    for i in range(start + 1, stop):
        x, y = np.int64(xs[i]) - x0, np.int64(ys[i]) - y0
        total += px * y - x * py
        px, py = x, y
    return total
