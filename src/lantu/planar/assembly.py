"""Traced tiles put together into one partition: cycles over several tiles, islands, labels, rings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lantu.planar import graph, islands, labelling, output
from lantu.planar.errors import PlanarError
from lantu.planar.memory import drop_pages, give_back
from lantu.planar.model import Faces, IntArray, Progress, RingLayer
from lantu.planar.runs import Tiling
from lantu.planar.seams import Seams, tiling_of
from lantu.planar.shelf import Columns, Room
from lantu.planar.tiles import Traced

AT_A_TIME = 64
"""Tiles written before the memory of what was written is dropped, where it is a file."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the pass began with: layers, tiling (from the middle ``mx``, ``my``), number of the first patch of each layer, threads."""

    layers: Sequence[RingLayer]
    tiling: Tiling
    mx: int
    my: int
    first_patch: IntArray
    pool: ThreadPoolExecutor
    tell: Progress
    room: Room


class Assembly:
    """Tiles put together. Half-edges are numbered: those of cross edges first, then tile by tile."""

    def __init__(self, given: Given, traced: Sequence[Columns], seams: Seams) -> None:
        self.given, self.tiles, self.seams = given, traced, seams
        edges, self.tile_cycles, self.chains = (list(column) for column in zip(*(tile.take(*Traced.light) for tile in traced), strict=True))
        self.base = 2 * len(seams.cross) + np.concatenate([[0], 2 * np.cumsum(edges)]).astype(np.int64)
        if self.base[-1] >= 2**31:
            raise PlanarError("too_large", "more than 2^30 edges in one partition")
        self.link_chains()

    def link_chains(self) -> None:
        """Cycles over several tiles become those of one more tile, the last."""
        seams, count = self.seams, 2 * len(self.seams.cross)
        parts, self.chains = self.chains, []
        for tile in self.tiles:
            tile.forget("chain")
        rows = np.concatenate([[0], np.cumsum([len(part[0]) for part in parts])]).astype(np.int64)
        # local half-edges get their global numbers, those of cross edges (-1 - half-edge) have them
        shift = zip(parts, self.base.tolist(), strict=False)
        tag = np.concatenate([np.where(part[2] >= 0, part[2] + np.int32(base), -1 - part[2]) for part, base in shift])
        # the chain after the k-th end of a tile belongs to the half-edge that arrives there
        arriving = (seams.end ^ 1).astype(np.int64)
        first = np.concatenate([part[3][:-1] + row for part, row in zip(parts, rows, strict=False)])
        length = np.concatenate([np.diff(part[3]) for part in parts])
        out = np.concatenate([part[4] for part in parts])
        by_half, into = np.empty(count, np.int64), np.empty(count, np.int64)
        by_half[arriving], into[arriving] = np.arange(count), out
        order = _ranges(first[by_half], length[by_half])
        start = np.concatenate([[0], np.cumsum(length[by_half])]).astype(np.int64)
        x, y = np.concatenate([part[0] for part in parts])[order], np.concatenate([part[1] for part in parts])[order]
        tag = tag[order]
        del order, parts
        self.over = graph.join_chains(x, y, tag, start, into)
        self.cycle_base = np.concatenate([[0], np.cumsum([len(cycles) for cycles in self.tile_cycles])]).astype(np.int64)
        self.cycles = np.concatenate([*self.tile_cycles, self.over[4]])
        self.tile_cycles = []
        for tile in self.tiles:
            tile.forget("cycles")
        self.cross_cycle = self.over[5].astype(np.int64) + self.cycle_base[-1]

    def cycles_of(self, tile: int) -> IntArray:
        """(2E,) the global cycle of each inner half-edge of a tile."""
        ends = self.seams.end[self.seams.end_tile[tile] : self.seams.end_tile[tile + 1]]
        chain_cycle = self.cross_cycle[ends ^ 1]
        member = self.tiles[tile].take("member")[0].astype(np.int64)
        if len(chain_cycle) == 0:
            return member + self.cycle_base[tile]
        return np.where(member >= 0, member + self.cycle_base[tile], chain_cycle[np.where(member < 0, -2 - member, 0)])

    def run(self) -> Faces:
        tell = self.given.tell
        shells = np.flatnonzero(self.cycles[:, 0] > 0)
        shells = shells[np.lexsort([self.cycles[shells, column] for column in (4, 3, 2, 1)])]
        self.face = np.full(len(self.cycles), -1, np.int32)
        self.face[shells] = np.arange(len(shells), dtype=np.int32)
        tell(0.68, "islands")
        self.place_islands()
        area2 = np.zeros(len(shells), np.int64)
        inside = np.flatnonzero(self.face >= 0)
        np.add.at(area2, self.face[inside], self.cycles[inside, 0])
        tell(0.7, "neighbours")
        neighbour, border, label, label_sets = self.label(len(shells))
        give_back()
        tell(0.85, "rings")
        xy, ring_start, face_start, twin = self.rings(len(shells))
        tell(1.0, "done")
        return Faces(xy, ring_start, face_start, label, label_sets, area2, neighbour, border, twin)

    def place_islands(self) -> None:
        """Cycles around the outside of something belong to the face west of them."""
        tiling, seams = self.given.tiling, self.seams
        outer = np.flatnonzero(self.cycles[:, 0] < 0)
        outer = outer[np.lexsort((self.cycles[outer, 2], self.cycles[outer, 1]))]
        px, py = self.cycles[outer, 1], self.cycles[outer, 2]
        best, half = np.zeros((len(outer), 4), np.int64), np.full(len(outer), -1, np.int64)
        at = tiling_of(self.cycles[outer, 1:3], tiling)
        pending = np.arange(len(outer))
        while len(pending):
            order = pending[np.argsort(at[pending], kind="stable")]
            done = np.zeros(len(outer), bool)
            for here in np.split(order, np.flatnonzero(np.diff(at[order])) + 1):
                number = int(at[here[0]])
                xs, ys, a, b = self.tiles[number].take("xs", "ys", "a", "b")
                edges = np.column_stack([xs[a], ys[a], xs[b], ys[b]])
                near = seams.near[seams.near_tile[number] : seams.near_tile[number + 1]]
                mine, mine_half = best[here], half[here]
                islands.look_west(px[here], py[here], edges, mine, mine_half, int(self.base[number]), np.empty(0, np.int64))
                islands.look_west(px[here], py[here], seams.cross[near], mine, mine_half, 0, 2 * near.astype(np.int64))
                best[here], half[here] = mine, mine_half
                done[here] = islands.within(mine, mine_half, py[here], tiling.rect(number)[0])
            pending = pending[~done[pending] & (at[pending] % tiling.across > 0)]
            at[pending] -= 1
        # from west to east, so that a cycle met on the way has its face already
        for cycle, found in zip(outer.tolist(), self.cycles_of_halves(half).tolist(), strict=True):
            if found >= 0:
                self.face[cycle] = self.face[found]

    def cycles_of_halves(self, half: IntArray) -> IntArray:
        """The global cycle of each global half-edge, -1 of -1."""
        found = np.full(len(half), -1, np.int64)
        cross = (half >= 0) & (half < 2 * len(self.seams.cross))
        found[cross] = self.cross_cycle[half[cross]]
        tile = np.where(half >= self.base[0], np.searchsorted(self.base, half, side="right") - 1, -1)
        order = np.argsort(tile, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1):
            if len(some) and tile[some[0]] >= 0:
                number = int(tile[some[0]])
                found[some] = self.cycles_of(number)[half[some] - self.base[number]]
        return found

    def label(self, count: int) -> tuple[Any, Any, Any, Any]:
        seams = self.seams

        def pairs(tile: int) -> Any:
            if tile == len(self.tiles):
                ends = np.arange(2 * len(seams.cross), dtype=np.int32)
                faces = self.face[self.cross_cycle]
                xs, ys = seams.cross[:, [0, 2]].reshape(-1), seams.cross[:, [1, 3]].reshape(-1)
                return labelling.face_pairs(xs, ys, ends[::2], ends[1::2], faces[::2], faces[1::2], seams.cross_start, seams.cross_patch)
            faces = self.face[self.cycles_of(tile)]
            xs, ys, a, b, list_start, listed = self.tiles[tile].take("xs", "ys", "a", "b", "list_start", "listed")
            self.tiles[tile].forget("list_start", "listed", "member")
            return labelling.face_pairs(xs, ys, a, b, faces[::2], faces[1::2], list_start, listed)

        columns = list(zip(*self.given.pool.map(pairs, range(len(self.tiles) + 1)), strict=True))
        listed, offsets = np.concatenate(columns.pop()), columns.pop()
        start = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part) for part in offsets]))]).astype(np.int64)
        length, high, low = (np.concatenate(columns.pop()) for _ in range(3))
        low, high, length, row = labelling.sort_pairs(low, high, length, count)
        sizes = [len(layer) for layer in self.given.layers]
        layer_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        label, set_start, sets, reached = labelling.spread_labels(
            low, high, row, start, listed, self.given.first_patch[:-1], layer_of, count
        )
        if reached != count:
            raise AssertionError(f"{count - reached} faces hang together with nothing")
        label, label_sets = labelling.canonical_sets(label, set_start, sets)
        inner = low >= 0
        return np.column_stack([low[inner], high[inner]]), length[inner], label, label_sets

    def rings(self, count: int) -> tuple[Any, Any, Any, Any]:
        # of each ring, tile by tile, last those over several tiles: its face, size, whether it is a hole, and where its tile's begin
        parts = [*(tile.take("rings")[0] for tile in self.tiles), self.over[3]]
        first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        ring_face = np.concatenate([self.face[part[:, 1] + base] for part, base in zip(parts, self.cycle_base.tolist(), strict=True)])
        size = np.concatenate([np.diff(part[:, 0], prepend=0) for part in parts])
        hole = np.concatenate([part[:, 2] < 0 for part in parts])
        del parts
        used = ring_face >= 0
        shell = np.flatnonzero(used & ~hole)
        holes = np.flatnonzero(used & hole)
        holes = holes[self._hole_order(first, holes, ring_face)]
        per_face = np.bincount(ring_face[holes], minlength=count) + 1
        face_start = np.concatenate([[0], np.cumsum(per_face)]).astype(np.int64)
        order = np.empty(face_start[-1], np.int64)
        order[face_start[:-1][ring_face[shell]]] = shell
        within = np.arange(len(holes)) - np.repeat(np.cumsum(per_face - 1) - (per_face - 1), per_face - 1)
        order[face_start[:-1][ring_face[holes]] + 1 + within] = holes
        ring_start = np.concatenate([[0], np.cumsum(size[order])]).astype(np.int64)
        target = np.full(len(ring_face), -1, np.int64)
        target[order] = ring_start[:-1]
        del order, size, hole, used, ring_face, per_face, within
        xy, twin = self.given.room((int(ring_start[-1]), 2), np.int64), self.given.room((int(ring_start[-1]),), np.int32)
        self.write(first, target, xy, twin)
        return xy, ring_start, face_start, twin

    def write(self, first: IntArray, target: IntArray, xy: Any, twin: Any) -> None:
        """Write rows and twins of all rings; ``first``: the first ring of each tile in ``target``, the rows where they begin."""
        given, across = self.given, self.given.tiling.across
        place = np.full(self.base[-1], -1, np.int32)

        def write(k: int) -> None:
            tile, base = self.tiles[k], int(self.base[k])
            xs, ys, a, b, tag, rings = tile.take("xs", "ys", "a", "b", "tag", "rings")
            # the rows written take the memory that those read leave
            tile.forget("xs", "ys", "a", "b", "tag", "rings")
            mine = target[first[k] : first[k + 1]]
            output.write_tile_rings(xs, ys, a, b, tag, rings, mine, given.mx, given.my, base, xy, place)

        # from west to east, as the faces are in order: the same part of the memory is written for some time
        eastward = np.argsort(np.arange(len(self.tiles)) % across, kind="stable").tolist()
        for portion, some in enumerate(_portions(eastward, AT_A_TIME)):
            _all(given.pool.map(write, some))
            drop_pages(xy)
            if portion % 8 == 7:
                give_back()
        x, y, tag, rings = self.over[:4]
        mine = target[first[-2] : first[-1]]
        which = np.argsort(mine, kind="stable")[np.count_nonzero(mine < 0) :]
        bounds = np.linspace(0, len(which), 33).astype(int).tolist()

        def write_over(k: int) -> None:
            output.write_rings(x, y, tag, rings, which[bounds[k] : bounds[k + 1]], mine, given.mx, given.my, xy, place)
            drop_pages(xy)

        _all(given.pool.map(write_over, range(32)))
        halves = [2 * int(h) for h in np.linspace(0, len(place) // 2, 33)]
        _all(given.pool.map(lambda k: output.write_twins(place, halves[k], halves[k + 1], twin), range(32)))

    def _hole_order(self, first: IntArray, holes: IntArray, ring_face: Any) -> IntArray:
        """Holes by face, then by their smallest vertex, then by the next one; ``first``: the first ring of each tile."""
        if len(holes) == 0:
            return np.empty(0, np.int64)
        part_of = np.searchsorted(first, holes, side="right") - 1
        head = np.empty((len(holes), 4), np.int64)
        for some in np.split(np.arange(len(holes)), np.flatnonzero(np.diff(part_of)) + 1):
            number = int(part_of[some[0]])
            ring = holes[some] - first[number]
            rings = self.over[3] if number == len(self.tiles) else self.tiles[number].take("rings")[0]
            at = np.where(ring > 0, rings[ring - 1, 0], 0)
            if number == len(self.tiles):
                x, y = self.over[:2]
                head[some] = np.column_stack([x[at], y[at], x[at + 1], y[at + 1]])
                continue
            xs, ys, a, b, tag = self.tiles[number].take("xs", "ys", "a", "b", "tag")
            for column, half in ((0, tag[at]), (2, tag[at + 1])):
                node = np.where(half % 2, b[half // 2], a[half // 2])
                head[some, column], head[some, column + 1] = xs[node], ys[node]
        return np.lexsort((head[:, 3], head[:, 2], head[:, 1], head[:, 0], ring_face[holes]))


def _ranges(first: IntArray, length: IntArray) -> IntArray:
    total = np.concatenate([[0], np.cumsum(length)])
    return np.arange(total[-1], dtype=np.int64) + np.repeat(first - total[:-1], length)


def _portions(items: list[int], size: int) -> Iterator[list[int]]:
    return (items[k : k + size] for k in range(0, len(items), size))


def _all(results: Iterable[Any]) -> None:
    """Wait for all, raising the first error."""
    for _ in results:
        pass
