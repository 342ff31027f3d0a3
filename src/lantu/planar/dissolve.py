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
from lantu.planar.components import components
from lantu.planar.convert import Grid, ranges, rings_to_shapely
from lantu.planar.jit import kernel
from lantu.planar.loops import split_walk
from lantu.planar.model import Faces, IntArray
from lantu.planar.tables import sorted_by, table_size
from lantu.planar.zones import sums_by, values_by


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


def dissolve(faces: Faces, key: ArrayLike, *, arcs: Arcs | None = None, threads: int | None = None) -> Regions:
    """Melt faces that have the same ``key`` and a common edge; a negative key takes part in nothing.

    Regions are numbered as by ``components`` (by their smallest face). All vertices of the partition on the outlines are kept, so
    neighbouring regions still share every vertex. ``arcs`` of the faces, when at hand, spare reading all their edges.
    """
    workers = threads or len(os.sched_getaffinity(0))
    arcs = arcs or find_arcs(faces, workers)
    keys = np.ascontiguousarray(key, dtype=np.int64)
    of_face = components(faces, keys)
    count = int(of_face.max(initial=-1)) + 1
    area2 = sums_by(of_face, faces.area2, count)
    region_key = values_by(of_face, keys, count)
    with ThreadPoolExecutor(workers) as pool:
        region = of_face.astype(np.int32)
        kept = np.empty(len(arcs), np.bool_)
        cuts = np.linspace(0, len(arcs), 4 * workers + 1).astype(int).tolist()
        list(pool.map(lambda a, b: _bounding(arcs.face, arcs.link, region, a, b, kept), cuts[:-1], cuts[1:]))
        columns = (arcs.start, arcs.link, arcs.face, arcs.low, arcs.sum2)
        # every walk belongs to one region, so regions are shared out among the threads
        cuts = np.linspace(0, count, workers + 1).astype(int).tolist()
        walks = list(pool.map(lambda a, b: _walks(faces.xy, *columns, region, kept, a, b), cuts[:-1], cuts[1:]))
        rings = _Rings.joined(walks)
        order, region_start = _arranged(rings, faces.xy, count)
        ring_start = np.concatenate([[0], np.cumsum(rings.rows[order])]).astype(np.int64)
        xy = np.empty((ring_start[-1], 2), np.int64)
        cuts = np.searchsorted(ring_start, np.linspace(0, ring_start[-1], 4 * workers + 1)).tolist()
        cuts[-1] = len(order)
        list(
            pool.map(
                lambda a, b: _write(faces.xy, arcs.start, rings.arc, rings.start, rings.first, rings.low, order, ring_start, a, b, xy),
                cuts,
                cuts[1:],
            )
        )
    return Regions(xy, ring_start, region_start, region_key, area2, of_face)


class _Rings(NamedTuple):
    """Rings as chains of arcs: those of ring k are ``arc[start[k]:start[k + 1]]``, the smallest vertex lies on ``arc[first[k]]``.

    ``region``, ``rows`` (how many vertices), ``hole`` and ``low``, ``second``: the rows of the smallest vertex and the one after it.
    """

    arc: Any
    start: Any
    first: Any
    region: Any
    rows: Any
    hole: Any
    low: Any
    second: Any

    @classmethod
    def joined(cls, parts: Sequence[Any]) -> _Rings:
        """One after another."""
        arc, stop, first, *rest = (np.concatenate(column) for column in zip(*parts, strict=True))
        base = np.cumsum([0] + [len(part[0]) for part in parts])[:-1]
        shift = np.repeat(base, [len(part[1]) for part in parts])
        return cls(arc, np.concatenate([[0], stop + shift]), first + shift, *rest)


def _arranged(rings: _Rings, xy: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """(order of the rings, offsets by region): a region has one shell; its holes follow by their smallest vertex, then the next one."""
    start, order = sorted_by(rings.region, count)
    several = np.flatnonzero(np.diff(start) > 1)
    if len(several):
        place = ranges(start[several], start[several + 1])
        some = order[place]
        low, second = xy[rings.low[some]], xy[rings.second[some]]
        order[place] = some[np.lexsort((second[:, 1], second[:, 0], low[:, 1], low[:, 0], rings.hole[some], rings.region[some]))]
    return order, start


@kernel
def _bounding(face: Any, link: Any, region: Any, first: Any, stop: Any, kept: Any) -> None:
    """Whether arcs ``first:stop`` bound a region."""
    for a in range(first, stop):
        here = region[face[a]]
        other = link[a, OTHER]
        kept[a] = here >= 0 and (other < 0 or region[other] != here)


@kernel
def _walks(xy: Any, begin: Any, link: Any, face: Any, low: Any, sum2: Any, region: Any, kept: Any, first: Any, stop: Any) -> Any:
    """The columns of ``_Rings`` (``start`` without its 0) of the regions ``first:stop``."""
    left = 0
    for a in range(len(kept)):
        if kept[a] and first <= region[face[a]] < stop:
            left += 1
    arc, filled, rings = np.empty(left, np.int32), 0, 0
    end, head, of = np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int32)
    rows, hole = np.empty(left, np.int32), np.empty(left, np.bool_)
    smallest, second = np.empty(left, np.int32), np.empty(left, np.int32)
    xs, ys, tags, ends = np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int64), np.empty(left, np.int64)
    slot_at, slot_stamp = np.empty(table_size(left), np.int64), np.full(table_size(left), -1, np.int64)
    for opening in range(len(kept)):
        here = region[face[opening]]
        if not kept[opening] or here < first or here >= stop:
            continue
        # walk with the region on the left; at each vertex turn over dropped arcs until the next kept one
        at, length = opening, 0
        while True:
            xs[length], ys[length], tags[length] = link[at, X], link[at, Y], at
            length += 1
            kept[at] = False
            at = link[at, AFTER]
            while link[at, OTHER] >= 0 and region[link[at, OTHER]] == here:
                at = link[link[at, TWIN], AFTER]
            if at == opening:
                break
        cut = split_walk(xs, ys, tags, length, slot_at, slot_stamp, opening, ends)
        since = 0
        for k in range(cut):
            total, count, best = np.int64(0), 0, since
            for i in range(since, ends[k]):
                a = tags[i]
                arc[filled + i - since] = a
                total += sum2[a]
                count += begin[a + 1] - begin[a]
                p, q = low[a], low[tags[best]]
                if xy[p, 0] < xy[q, 0] or (xy[p, 0] == xy[q, 0] and xy[p, 1] < xy[q, 1]):
                    best = i
            a = tags[best]
            next_arc = tags[best + 1] if best + 1 < ends[k] else tags[since]
            smallest[rings] = low[a]
            second[rings] = low[a] + 1 if low[a] + 1 < begin[a + 1] else begin[next_arc]
            head[rings], rows[rings], hole[rings], of[rings] = filled + best - since, count, total < 0, here
            filled += ends[k] - since
            end[rings] = filled
            rings += 1
            since = ends[k]
    return (
        arc,
        end[:rings].copy(),
        head[:rings].copy(),
        of[:rings].copy(),
        rows[:rings].copy(),
        hole[:rings].copy(),
        smallest[:rings].copy(),
        second[:rings].copy(),
    )


@kernel
def _write(
    xy: Any, begin: Any, arc: Any, start: Any, head: Any, low: Any, order: Any, ring_start: Any, first: Any, stop: Any, out: Any
) -> None:
    """Write rings ``order[first:stop]``, each from its smallest vertex on."""
    for n in range(first, stop):
        k = order[n]
        filled = ring_start[n]
        turn = arc[head[k]]
        for v in range(low[k], begin[turn + 1]):
            out[filled, 0], out[filled, 1] = xy[v, 0], xy[v, 1]
            filled += 1
        for i in range(1, start[k + 1] - start[k]):
            j = head[k] + i
            a = arc[j if j < start[k + 1] else j - (start[k + 1] - start[k])]
            for v in range(begin[a], begin[a + 1]):
                out[filled, 0], out[filled, 1] = xy[v, 0], xy[v, 1]
                filled += 1
        for v in range(begin[turn], low[k]):
            out[filled, 0], out[filled, 1] = xy[v, 0], xy[v, 1]
            filled += 1
