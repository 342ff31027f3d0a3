"""Runs of edges between the same two faces: a partition has several times as many edges, so what drops or keeps borders works on runs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.model import Faces, IntArray, LabelArray
from lantu.planar.tables import grown

AFTER, TWIN, OTHER, X, Y = range(5)
"""Columns of ``Arcs.link``."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """Arc a is the edges that begin at the rows ``start[a]:start[a + 1]`` of ``Faces.xy``; arcs end where rings end.

    ``link`` (a, 5) int32, side by side because a walk needs them at once: ``AFTER`` the next arc of the ring; ``TWIN`` the same edges
    seen from the other side, run backwards, -1 beside the unbounded face; ``OTHER`` the face over there, -1 the unbounded one; ``X``, ``Y``
    where the arc begins, from the middle of the extent. ``face`` (a,) the face on this side; ``sum2`` (a,) what the arc adds to twice the
    area of a ring, modulo 2^64. Wherever a walk along borders of any union of faces can come back to a vertex, arcs begin and end; and
    wherever the outline of such a union has its smallest vertex, for there a face on one side begins.
    """

    start: LabelArray
    link: LabelArray
    face: LabelArray
    sum2: IntArray

    def __len__(self) -> int:
        return len(self.link)


def find_arcs(faces: Faces, threads: int | None = None) -> Arcs:
    """All arcs, in the order of the rows."""
    workers = threads or len(os.sched_getaffinity(0))
    opens = np.zeros(len(faces.xy), np.bool_)
    opens[faces.ring_start[:-1][faces.ring_start[1:] > faces.ring_start[:-1]]] = True
    columns = (faces.xy, faces.ring_start, faces.face_start, faces.twin, opens)
    cuts = np.linspace(0, len(faces), 4 * workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda first, stop: _cut(*columns, first, stop), cuts[:-1], cuts[1:]))
        base = np.cumsum([0] + [len(one[0]) for one in found]).tolist()
        start = np.concatenate([*(one[0] for one in found), np.array([len(faces.xy)], np.int32)])
        face, sum2 = (np.concatenate([one[column] for one in found]) for column in (2, 3))
        link = np.empty((len(face), 5), np.int32)
        block = _blocks(start)
        middle = (faces.xy.min(axis=0) + faces.xy.max(axis=0)) // 2 if len(faces) else np.zeros(2, np.int64)
        ends = (faces.xy, faces.twin, start, face, block, middle)
        list(pool.map(lambda one, first: _link(one[1], first, *ends, link), found, base[:-1]))
    return Arcs(start, link, face, sum2)


@kernel
def _cut(xy: Any, ring_start: Any, face_start: Any, twin: Any, opens: Any, first: Any, stop: Any) -> Any:
    """(start, after, face, sum2) of the arcs of faces ``first:stop``, numbered from 0; ``opens`` (n,) whether a ring begins here."""
    room = (ring_start[face_start[stop]] - ring_start[face_start[first]]) // 4 + 16
    start, after, face = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    sum2 = np.empty(room, np.int64)
    n = 0
    for f in range(first, stop):
        for r in range(face_start[f], face_start[f + 1]):
            begin, end = ring_start[r], ring_start[r + 1]
            opening = n
            total, back, fresh = np.int64(0), np.int32(-1), True
            if begin < end:
                px, py = xy[begin, 0], xy[begin, 1]
                x0, y0 = px, py
            for v in range(begin, end):
                there = twin[v]
                # a border ends where it does on either side; beside the unbounded face every edge is an arc: that has no rings which would
                # say where it comes back to a vertex
                if v > begin and (there < 0 or there != back - 1 or opens[back]):
                    sum2[n], after[n] = total, n + 1
                    total, fresh = np.int64(0), True
                    n += 1
                if fresh:
                    if n == len(start):
                        start, after, face, sum2 = grown(start, n), grown(after, n), grown(face, n), grown(sum2, n)
                    start[n], face[n], fresh = v, f, False
                if v + 1 < end:
                    qx, qy = xy[v + 1, 0], xy[v + 1, 1]
                else:
                    qx, qy = x0, y0
                total += px * qy - qx * py
                px, py, back = qx, qy, there
            if begin < end:
                sum2[n], after[n] = total, opening
                n += 1
    return start[:n], after[:n], face[:n], sum2[:n]


@kernel
def _blocks(start: Any) -> Any:
    """For each block of 64 rows the first arc that begins in it (anything where none does)."""
    block = np.zeros((start[-1] >> 6) + 1, np.int32)
    for a in range(len(start) - 2, -1, -1):
        block[start[a] >> 6] = a
    return block


@kernel
def _link(after: Any, first: Any, xy: Any, twin: Any, start: Any, face: Any, block: Any, middle: Any, link: Any) -> None:
    """Fill the rows of ``link`` from arc ``first`` on; ``after``: the next arcs, counted from there."""
    for i in range(len(after)):
        a = first + i
        link[a, AFTER] = first + after[i]
        link[a, X], link[a, Y] = xy[start[a], 0] - middle[0], xy[start[a], 1] - middle[1]
        row = twin[start[a + 1] - 1]
        if row < 0:
            link[a, TWIN] = link[a, OTHER] = -1
            continue
        # over there an arc begins where the last edge of this one ends
        k = block[row >> 6]
        while start[k] != row:
            k += 1
        link[a, TWIN], link[a, OTHER] = k, face[k]
