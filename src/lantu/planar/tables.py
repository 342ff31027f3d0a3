"""Hash tables of points and segments in plain arrays: open addressing, a power of two of slots, at most half full."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel


@kernel
def table_size(items: Any) -> Any:
    """Slots for up to ``items`` entries."""
    size = 16
    while size < 2 * items:
        size *= 2
    return size


@kernel
def mixed(x: Any, y: Any) -> Any:
    """A point as a well spread 64-bit number (Fibonacci hashing, golden ratio and a splitmix constant)."""
    key = np.uint64(x) * np.uint64(0x9E3779B97F4A7C15) ^ (np.uint64(y) + np.uint64(0x7F4A7C15)) * np.uint64(0xC2B2AE3D27D4EB4F)
    return key ^ (key >> np.uint64(29))


@kernel
def point_slot(table: Any, xs: Any, ys: Any, x: Any, y: Any) -> Any:
    """The slot where point (x, y) is, or the free one (-1) where it belongs; ``table`` holds indexes into ``xs``, ``ys``."""
    mask = np.uint64(len(table) - 1)
    slot = np.int64(mixed(x, y) & mask)
    while True:
        at = table[slot]
        if at < 0 or (xs[at] == x and ys[at] == y):
            return slot
        slot = (slot + 1) & np.int64(mask)


@kernel
def segment_slot(table: Any, rows: Any, x0: Any, y0: Any, x1: Any, y1: Any) -> Any:
    """As ``point_slot`` for segments; ``table`` holds indexes into ``rows`` (n, 4)."""
    mask = np.uint64(len(table) - 1)
    key = mixed(x0, y0) * np.uint64(0xD6E8FEB86659FD93) ^ mixed(x1, y1)
    slot = np.int64((key ^ (key >> np.uint64(32))) & mask)
    while True:
        at = table[slot]
        if at < 0 or (rows[at, 0] == x0 and rows[at, 1] == y0 and rows[at, 2] == x1 and rows[at, 3] == y1):
            return slot
        slot = (slot + 1) & np.int64(mask)


@kernel
def grown(array: Any, used: Any) -> Any:
    """A copy with twice the room (rows)."""
    bigger = np.empty((max(16, 2 * len(array)), *array.shape[1:]), array.dtype)
    bigger[:used] = array[:used]
    return bigger


@kernel
def starts(key: Any, count: Any) -> Any:
    """(count + 1,) offsets of a counting sort by ``key``."""
    start = np.zeros(count + 1, np.int64)
    for i in range(len(key)):
        start[key[i] + 1] += 1
    for k in range(count):
        start[k + 1] += start[k]
    return start


@kernel
def sorted_by(key: Any, count: Any) -> Any:
    """(offsets, order) of a counting sort by ``key`` in ``range(count)``; equal keys keep their order."""
    start = starts(key, count)
    at = start[:-1].copy()
    order = np.empty(len(key), np.int32)
    for i in range(len(key)):
        order[at[key[i]]] = i
        at[key[i]] += 1
    return start, order
