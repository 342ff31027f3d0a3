"""One tile of a pass: its segments noded, its faces traced. Nothing here knows of other tiles, so it can run anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lantu.planar import graph, noding
from lantu.planar.merging import lists_of, take_lists
from lantu.planar.model import IntArray
from lantu.planar.seams import Seams
from lantu.planar.shelf import Columns, Held

Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Part:
    """What of one layer reaches a tile: its runs (see ``runs``) into ``xy``, given as it is or as the ``.npy`` file that holds it.

    ``offset``: what is added to the numbers of its patches.
    """

    xy: IntArray | Path
    first: IntArray
    stop: IntArray
    wrap: IntArray
    patch: Int32
    offset: int

    def vertices(self) -> IntArray:
        if not isinstance(self.xy, Path):
            return self.xy
        mapped: IntArray = np.load(self.xy, mmap_mode="r", allow_pickle=False)
        return mapped.view(np.ndarray)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile to be noded: smallest and largest coordinates of its pixels from (``mx``, ``my``), its size, the parts of all layers."""

    rect: tuple[int, int, int, int]
    size: int
    mx: int
    my: int
    parts: tuple[Part, ...]


@dataclass(slots=True)
class Noded(Held):
    """A tile after noding: nodes, edges with the segment each comes from, patches of each segment, what reaches over its edge."""

    light: ClassVar[tuple[str, ...]] = ("own", "own_start", "own_patch", "met")

    xs: Int32
    ys: Int32
    a: Int32
    b: Int32
    of: Int32
    list_start: Int32
    listed: Int32
    own: Int32
    own_start: Int32
    own_patch: Int32
    met: Int32


@dataclass(frozen=True, slots=True)
class SeamSlice:
    """What the seams say of one tile: extra edges inside it with their patches; the cross edges that end in it, by their ends."""

    extra: Int32
    extra_start: Int32
    extra_patch: Int32
    ends: Int32
    cross: Int32


@dataclass(slots=True)
class Traced(Held):
    """A tile after tracing: merged edges with their patches, rings as half-edges one after another, cycles and chains (see ``graph``)."""

    light: ClassVar[tuple[str, ...]] = ("edges", "cycles", "chain")

    edges: int
    cycles: IntArray
    chain: tuple[Int32, Int32, Int32, IntArray, Int32]
    list_start: Int32
    listed: Int32
    member: Int32
    xs: Int32
    ys: Int32
    a: Int32
    b: Int32
    tag: Int32
    rings: IntArray


def node_tile(tile: Tile) -> Noded:
    """Snap rounding of the segments that reach the tile (see ``noding``)."""
    rect = tile.rect
    room = sum(int((part.stop - part.first).sum()) for part in tile.parts)
    segs, who, count = np.empty((room, 4), np.int32), np.empty(room, np.int32), 0
    for part in tile.parts:
        take = np.arange(len(part.first), dtype=np.int32)
        xy = part.vertices()
        count = noding.gather(xy, tile.mx, tile.my, part.first, part.stop, part.wrap, part.patch, take, rect, part.offset, segs, who, count)
    rows, which = noding.unique_segments(segs, count)
    list_start, listed = lists_of(which, who[:count], len(rows))
    # about one cell for each two segments
    shift = max(0, int(np.ceil(np.log2(tile.size / max(1.0, np.sqrt(len(rows) / 2))))))
    side = ((tile.size - 1) >> shift) + 1
    cells = (rect[0], rect[1], shift, side)
    start, member = noding.cells_of_segments(rows, *cells, side)
    crossed = noding.crossings(rows, start, member, *cells)
    xs, ys, low, high = noding.hot_pixels(rows, crossed, rect)
    node_start, node = noding.cells_of_nodes(xs, ys, *cells, side)
    seg, hit = noding.meetings(rows, start, member, node_start, node, xs, ys)
    along, nodes = noding.order_meetings(rows, seg, hit, xs, ys)
    a, b, of = noding.inner_edges(low, high, along, nodes)
    own, met = noding.seam_rows(rows, low, high, along, nodes, xs, ys)
    own_start, own_patch = take_lists(own[:, 4], list_start, listed)
    return Noded(xs, ys, a, b, of, list_start, listed, np.ascontiguousarray(own[:, :4]), own_start, own_patch, met)


def seam_part(noded: Columns) -> tuple[Int32, Int32, Int32, Int32]:
    """What of a tile its neighbours need."""
    own, start, patch, met = noded.take(*Noded.light)
    return own, start, patch, met


def slice_seams(seams: Seams, tile: int) -> SeamSlice:
    """What of the seams a tile needs."""
    p, q = seams.extra_tile[tile], seams.extra_tile[tile + 1]
    start = seams.extra_start[p : q + 1]
    ends = seams.end[seams.end_tile[tile] : seams.end_tile[tile + 1]]
    patch = seams.extra_patch[start[0] : start[-1]] if len(start) else seams.extra_patch[:0]
    return SeamSlice(seams.extra[p:q], start - start[:1], patch, ends, seams.cross[ends // 2])


def trace_tile(n: Noded, s: SeamSlice) -> Traced:
    """Faces of a tile as cycles, and the chains that leave it."""
    a, b, list_start, listed = graph.merged_edges(n.xs, n.ys, n.a, n.b, n.of, n.list_start, n.listed, s.extra, s.extra_start, s.extra_patch)
    # end 2c is the smaller end of cross edge c; seen from the larger one the edge runs back
    cross = np.where((s.ends % 2 == 0)[:, None], s.cross, s.cross[:, [2, 3, 0, 1]])
    origin, after = graph.links(n.xs, n.ys, a, b, cross)
    member = np.full(2 * len(a), -1, np.int32)
    chain = graph.walk_chains(n.xs, n.ys, 2 * len(a), origin, after, s.ends, member)
    _x, _y, tag, rings, cycles = graph.walk_cycles(n.xs, n.ys, 2 * len(a), origin, after, member)
    return Traced(len(a), cycles, chain, list_start, listed, member, n.xs, n.ys, a, b, tag, rings)
