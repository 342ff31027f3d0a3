"""Faces with the same key melted into regions: inner borders are dropped and the rest is traced again. No geometry is computed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lantu.planar.arcs import AFTER, OTHER, TWIN, Arcs, X, Y, find_arcs
from lantu.planar.components import part_of
from lantu.planar.convert import Grid, ranges, rings_to_shapely
from lantu.planar.jit import kernel
from lantu.planar.loops import split_walk
from lantu.planar.model import Faces, IntArray, LabelArray
from lantu.planar.tables import mixed, sorted_by, table_size
from lantu.planar.zones import sums_by, values_by

MOST_SEEN, SPREAD = 1024, 16
"""Arcs of a walk up to which a small table is asked first, and its places for each."""
BLOCK = 8
"""Vertices copied at once."""


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


def dissolve(faces: Faces, key: ArrayLike, *, arcs: Arcs | None = None, least_area2: int = 0, threads: int | None = None) -> Regions:
    """Melt faces that have the same ``key`` and a common edge; a negative key takes part in nothing.

    Regions are numbered as by ``components`` (by their smallest face). All vertices of the partition on the outlines are kept, so
    neighbouring regions still share every vertex. ``arcs`` of the faces, when at hand, spare reading all their edges. Regions whose doubled
    area is below ``least_area2`` are left out, as by ``zones``.
    """
    workers = threads or len(os.sched_getaffinity(0))
    arcs = arcs or find_arcs(faces, workers)
    keys = np.ascontiguousarray(key, dtype=np.int64)
    region = part_of(faces, keys, workers)
    count = int(region.max(initial=-1)) + 1
    if least_area2 > 0:
        large = sums_by(region, faces.area2, count) >= least_area2
        # the last entry serves the faces that take no part
        region = np.append(np.where(large, np.cumsum(large) - 1, -1), -1).astype(np.int32)[region]
        count = int(np.count_nonzero(large))
    following, opening = np.empty(len(arcs), np.int32), np.empty(len(faces) + 1, np.int32)
    opening[-1] = len(arcs)
    with ThreadPoolExecutor(workers) as pool:
        # what does not wait for anything else
        area2, region_key = pool.submit(sums_by, region, faces.area2, count), pool.submit(values_by, region, keys, count)
        of_face = pool.submit(region.astype, np.int64)
        cuts = np.linspace(0, len(arcs), 4 * workers + 1).astype(int).tolist()
        list(pool.map(lambda a, b: _follow(arcs.face, arcs.link, region, a, b, following, opening), cuts, cuts[1:]))
        # every walk belongs to one region, so regions are shared out among the threads
        cuts = np.linspace(0, count, 4 * workers + 1).astype(int).tolist()
        columns = (arcs.start, arcs.link, arcs.sum2, opening, region, following)
        reach = _reaches(region, np.array(cuts, dtype=np.int64))
        rings = _Rings.joined(list(pool.map(lambda a, b, lies: _walks(*columns, a, b, *lies), cuts, cuts[1:], reach.tolist())))
        order, region_start = _arranged(rings, arcs.start, faces.xy, count)
        ring_start = np.concatenate([[0], np.cumsum(rings.rows[order])]).astype(np.int64)
        xy = np.empty((ring_start[-1], 2), np.int64)
        cuts = np.searchsorted(ring_start, np.linspace(0, ring_start[-1], 8 * workers + 1)).tolist()
        cuts[-1] = len(order)
        flat = np.ascontiguousarray(faces.xy).reshape(-1)
        chains = (arcs.start, rings.arc, rings.start, order, ring_start)
        list(pool.map(lambda a, b: _write(flat, *chains, a, b, xy.reshape(-1)), cuts, cuts[1:]))
    return Regions(xy, ring_start, region_start, region_key.result(), area2.result(), of_face.result())


class _Rings(NamedTuple):
    """Rings as chains of arcs, from the smallest vertex on: those of ring k are ``arc[start[k]:start[k + 1]]``.

    ``region``, ``rows`` (how many vertices) and ``hole`` by ring.
    """

    arc: Any
    start: Any
    region: Any
    rows: Any
    hole: Any

    @classmethod
    def joined(cls, parts: Sequence[Any]) -> _Rings:
        """One after another."""
        arc, stop, *rest = (np.concatenate(column) for column in zip(*parts, strict=True))
        base = np.cumsum([0] + [len(part[0]) for part in parts])[:-1]
        return cls(arc, np.concatenate([[0], stop + np.repeat(base, [len(part[1]) for part in parts])]), *rest)


def _arranged(rings: _Rings, begin: LabelArray, xy: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """(order of the rings, offsets by region): a region has one shell; its holes follow by their smallest vertex, then the next one."""
    start, order = sorted_by(rings.region, count)
    several = np.flatnonzero(np.diff(start) > 1)
    if len(several):
        place = ranges(start[several], start[several + 1])
        some = order[place]
        first, last = rings.start[some], rings.start[some + 1] - 1
        low = begin[rings.arc[first]]
        # a ring of one arc has its next vertex in it
        second = np.where(low + 1 < begin[rings.arc[first] + 1], low + 1, begin[rings.arc[np.minimum(first + 1, last)]])
        columns = (xy[second, 1], xy[second, 0], xy[low, 1], xy[low, 0], rings.hole[some], rings.region[some])
        order[place] = some[np.lexsort(columns)]
    return order, start


@kernel
def _follow(face: Any, link: Any, region: Any, first: Any, stop: Any, following: Any, opening: Any) -> None:
    """For the arcs ``first:stop`` the next one on the outline of their region, -1 for those that bound none; the first arc of each face.

    Along an outline the region is on the left: at the end of an arc, turn over arcs within the region until one that bounds it.
    """
    for a in range(first, stop):
        if a == 0 or face[a - 1] != face[a]:
            opening[face[a]] = a
        here = region[face[a]]
        following[a] = -1
        if here < 0:
            continue
        other = link[a, OTHER]
        if other >= 0 and region[other] == here:
            continue
        at = link[a, AFTER]
        while link[at, OTHER] >= 0 and region[link[at, OTHER]] == here:
            at = link[link[at, TWIN], AFTER]
        following[a] = at


@kernel
def _reaches(region: Any, cuts: Any) -> Any:
    """(k, 2) the first face and the one after the last of the regions ``cuts[k]:cuts[k + 1]``."""
    reach = np.zeros((len(cuts) - 1, 2), np.int64)
    reach[:, 0] = len(region)
    k = 0
    for f in range(len(region)):
        if region[f] < 0:
            continue
        # mostly the share of the face before
        while region[f] < cuts[k]:
            k -= 1
        while region[f] >= cuts[k + 1]:
            k += 1
        reach[k, 0], reach[k, 1] = min(reach[k, 0], f), f + 1
    return reach


@kernel
def _walks(begin: Any, link: Any, sum2: Any, opening: Any, region: Any, following: Any, first: Any, stop: Any, f0: Any, f1: Any) -> Any:
    """The columns of ``_Rings`` (``start`` without its 0) of the regions ``first:stop``, whose faces are among ``f0:f1``; arcs that were
    walked do not follow any more."""
    left = 0
    for f in range(f0, f1):
        if first <= region[f] < stop:
            for a in range(opening[f], opening[f + 1]):
                left += following[a] >= 0
    arc, filled, rings = np.empty(left, np.int32), 0, 0
    end, of = np.empty(left, np.int64), np.empty(left, np.int32)
    rows, hole = np.empty(left, np.int32), np.empty(left, np.bool_)
    xs, ys, tags, ends = np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int64)
    seen = np.full(MOST_SEEN * SPREAD, -1, np.int32)
    slot_at, slot_stamp = np.empty(0, np.int64), np.empty(0, np.int64)
    for f in range(f0, f1):
        if region[f] < first or region[f] >= stop:
            continue
        for start in range(opening[f], opening[f + 1]):
            if following[start] < 0:
                continue
            at, length = start, 0
            while following[at] >= 0:
                xs[length], ys[length], tags[length] = link[at, X], link[at, Y], at
                length += 1
                after = following[at]
                following[at] = -1
                at = after
            cut, ends[0] = 1, length
            if length > MOST_SEEN or _perhaps_twice(xs, ys, length, seen, start):
                if len(slot_at) < table_size(length):
                    slot_at, slot_stamp = np.empty(table_size(length), np.int64), np.full(table_size(length), -1, np.int64)
                cut = split_walk(xs, ys, tags, length, slot_at, slot_stamp, start, ends)
            since = 0
            for k in range(cut):
                total, count, best = np.int64(0), 0, since
                for i in range(since, ends[k]):
                    a = tags[i]
                    total += sum2[a]
                    count += begin[a + 1] - begin[a]
                    # where a ring is smallest, a face on one of its sides begins: so does an arc
                    if xs[i] < xs[best] or (xs[i] == xs[best] and ys[i] < ys[best]):
                        best = i
                for i in range(best, ends[k]):
                    arc[filled] = tags[i]
                    filled += 1
                for i in range(since, best):
                    arc[filled] = tags[i]
                    filled += 1
                rows[rings], hole[rings], of[rings], end[rings] = count, total < 0, region[f], filled
                rings += 1
                since = ends[k]
    return arc, end[:rings].copy(), of[:rings].copy(), rows[:rings].copy(), hole[:rings].copy()


@kernel
def _perhaps_twice(xs: Any, ys: Any, count: Any, seen: Any, stamp: Any) -> Any:
    """Whether the walk may come back to a vertex: a table without collisions says no, and costs a fifth of one that tells for sure."""
    size = 64
    while size < SPREAD * count:
        size *= 2
    mask = np.uint64(size - 1)
    twice = False
    for i in range(count):
        slot = np.int64(mixed(xs[i], ys[i]) & mask)
        twice |= seen[slot] == stamp
        seen[slot] = stamp
    return twice


@kernel
def _write(xy: Any, begin: Any, arc: Any, start: Any, order: Any, ring_start: Any, first: Any, stop: Any, out: Any) -> None:
    """Write rings ``order[first:stop]``; ``xy`` and ``out`` flat: x, y, x, y."""
    last = 2 * ring_start[stop] - 2 * BLOCK
    room = len(xy) - 2 * BLOCK
    for n in range(first, stop):
        filled = 2 * ring_start[n]
        for i in range(start[order[n]], start[order[n] + 1]):
            v, w = 2 * np.int64(begin[arc[i]]), 2 * np.int64(begin[arc[i] + 1])
            if filled + w - v <= last and w <= room:
                # arcs are short: whole blocks take no counting; what is too much is written over by the next one
                after = filled + w - v
                while v < w:
                    for k in range(2 * BLOCK):
                        out[filled + k] = xy[v + k]
                    v += 2 * BLOCK
                    filled += 2 * BLOCK
                filled = after
            else:
                for k in range(v, w):
                    out[filled] = xy[k]
                    filled += 1
