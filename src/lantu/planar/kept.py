"""Edges of faces made again that no change comes near: they stay, so they are taken from the old faces and never noded.

Within a few pixels of such an edge no segment came or went, so no hot pixel did: the segments whose chains hold it are the same, and so are
the patches that it bounds. These are told by the labels of the old faces on its sides.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.merging import odd_members
from lantu.planar.tables import grown

WALKED, STAYS = -1, -3
"""Half-edges to be walked (see ``graph.walk_cycles``), and those of faces that stay."""

LOOKED_AT = 256
"""Twins that are looked at in one go."""


class Kept(NamedTuple):
    """``edge`` (e, 4) int32: first and second end, from the middle. Of its half-edges, the way back last, (2e,): ``member`` ``WALKED`` or
    ``STAYS``; ``other`` the old row of one that stays (-1: of the unbounded face); ``side`` the old face, -1 the unbounded one."""

    edge: Any
    member: Any
    other: Any
    side: Any


@kernel
def _face_of(row: Any, guess: Any, ring_start: Any, face_start: Any) -> Any:
    """The face to which a row of vertices belongs."""
    if ring_start[face_start[guess]] <= row < ring_start[face_start[guess + 1]]:
        return guess
    low, high = np.int64(0), np.int64(len(face_start) - 1)
    while high - low > 1:
        middle = (low + high) >> 1
        if ring_start[face_start[middle]] <= row:
            low = middle
        else:
            high = middle
    return low


@kernel
def kept_edges(
    again: Any, dirty: Any, hit: Any, outside: Any, xy: Any, ring_start: Any, face_start: Any, twin: Any, mx: Any, my: Any
) -> Any:
    """The columns of ``Kept`` for the faces ``again``, which are ``dirty`` (f,), but for the rows that a change ``hit``, rising.

    ``outside``: the unbounded face is made again too; see ``outer_edges``.
    """
    count = 0
    for i in range(len(again)):
        count += ring_start[face_start[again[i] + 1]] - ring_start[face_start[again[i]]]
    edge, n = np.empty((count, 4), np.int32), 0
    member, other, side = np.full(2 * count, WALKED, np.int32), np.full(2 * count, -1, np.int64), np.full(2 * count, -1, np.int32)
    beyond, k = np.int64(0), 0
    for i in range(len(again)):
        for r in range(face_start[again[i]], face_start[again[i] + 1]):
            stop = ring_start[r + 1]
            for v in range(ring_start[r], stop):
                if k < len(hit) and hit[k] == v:
                    k += 1
                    continue
                t = np.int64(twin[v])
                side[2 * n], side[2 * n + 1] = again[i], -1
                if t >= 0:
                    beyond = _face_of(t, beyond, ring_start, face_start)
                    if dirty[beyond] and t < v:
                        # taken from there
                        continue
                    side[2 * n + 1] = beyond
                if not (dirty[beyond] if t >= 0 else outside):
                    member[2 * n + 1], other[2 * n + 1] = STAYS, t
                w = v + 1 if v + 1 < stop else ring_start[r]
                edge[n, 0], edge[n, 1], edge[n, 2], edge[n, 3] = xy[v, 0] - mx, xy[v, 1] - my, xy[w, 0] - mx, xy[w, 1] - my
                n += 1
    return edge[:n], member[: 2 * n], other[: 2 * n], side[: 2 * n]


@kernel
def outer_rows(twin: Any) -> Any:
    """The rows, rising, of edges whose other side is the unbounded face."""
    found, n = np.empty(1024, np.int64), 0
    for first in range(0, len(twin), LOOKED_AT):
        # most have none: without a way out in the middle the compiler compares many at once
        some = twin[first : first + LOOKED_AT]
        low = some[0]
        for i in range(len(some)):
            low = min(low, some[i])
        for i in range(len(some) if low < 0 else 0):
            if some[i] < 0:
                if n == len(found):
                    found = grown(found, n)
                found[n] = first + i
                n += 1
    return found[:n].copy()


@kernel
def outer_edges(rows: Any, dirty: Any, xy: Any, ring_start: Any, face_start: Any, mx: Any, my: Any) -> Any:
    """As ``kept_edges``, where the unbounded face is made again: those ``rows`` of ``outer_rows`` that belong to faces that stay."""
    edge, n = np.empty((len(rows), 4), np.int32), 0
    member, other = np.full(2 * len(rows), WALKED, np.int32), np.full(2 * len(rows), -1, np.int64)
    side, face = np.full(2 * len(rows), -1, np.int32), np.int64(0)
    for v in rows:
        face = _face_of(v, face, ring_start, face_start)
        if dirty[face]:
            continue
        r = face_start[face]
        while ring_start[r + 1] <= v:
            r += 1
        w = v + 1 if v + 1 < ring_start[r + 1] else ring_start[r]
        edge[n, 0], edge[n, 1], edge[n, 2], edge[n, 3] = xy[v, 0] - mx, xy[v, 1] - my, xy[w, 0] - mx, xy[w, 1] - my
        member[2 * n], other[2 * n], side[2 * n] = STAYS, v, face
        n += 1
    return edge[:n], member[: 2 * n], other[: 2 * n], side[: 2 * n]


@kernel
def patches_between(side: Any, label: Any, set_start: Any, sets: Any, renumber: Any, old_patch: Any, new_patch: Any) -> Any:
    """(offsets (e + 1,), patches): the patches, among all of all layers and in new numbers, that lie on one side only of each edge.

    ``side`` (2e,): the old faces on both sides; ``label`` (f, l), ``set_start``, ``sets``: their labels; ``renumber``: for the old patches
    of all layers, which begin at ``old_patch`` (l,), the new number within the layer; the new ones begin at ``new_patch``.
    """
    count = len(side) // 2
    start, listed = np.zeros(count + 1, np.int32), np.empty(4 * count + 16, np.int32)
    # the patches on both sides; those that are on both cancel out
    found = np.empty(64, np.int32)
    group, source, offsets = np.array([0, 1], np.int32), np.zeros(1, np.int32), np.zeros(2, np.int32)
    k = 0
    for e in range(count):
        f, g = side[2 * e], side[2 * e + 1]
        if e > 0 and side[2 * e - 2] == f and side[2 * e - 1] == g:
            first, size = start[e - 1], start[e] - start[e - 1]
            while k + size > len(listed):
                listed = grown(listed, k)
            for i in range(size):
                listed[k + i] = listed[first + i]
            k += size
            start[e + 1] = k
            continue
        n = 0
        for layer in range(label.shape[1]):
            here, there = label[f, layer] if f >= 0 else -1, label[g, layer] if g >= 0 else -1
            if here == there:
                continue
            for value in (here, there):
                if value == -1:
                    continue
                since, stop = (set_start[-2 - value], set_start[-1 - value]) if value < -1 else (np.int64(0), np.int64(1))
                for m in range(since, stop):
                    if n == len(found):
                        found = grown(found, n)
                    patch = sets[m] if value < -1 else value
                    found[n] = renumber[old_patch[layer] + patch] + new_patch[layer]
                    n += 1
        offsets[1] = n
        _, odd = odd_members(group, source, source, offsets, found)
        while k + len(odd) > len(listed):
            listed = grown(listed, k)
        for patch in odd:
            listed[k] = patch
            k += 1
        start[e + 1] = k
    return start, listed[:k].copy()
