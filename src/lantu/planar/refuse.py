"""Fusing again after a few patches changed: only faces that a change touches are made again, the result is that of a whole run.

Snap rounding is local: a hot pixel comes or goes only on a segment that came or went, a chain bends otherwise only there. So faces whose
edges stay clear of all changed segments stay as they are. The others are made again from the segments around them by the same kernels that
make a tile, and written between those that stay.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar import labelling, marks, splice
from lantu.planar.changes import Change, altered, changes
from lantu.planar.checks import EXTENT_LIMIT, box_bounds, check_layers
from lantu.planar.clusters import clusters, reaching
from lantu.planar.components import components
from lantu.planar.convert import ranges
from lantu.planar.engine import PlanarEngine
from lantu.planar.kept import STAYS, Kept, kept_edges, outer_edges, outer_rows, patches_between
from lantu.planar.lookup import FaceIndex, build_index
from lantu.planar.memory import recycled
from lantu.planar.model import Faces, IntArray, LabelArray, Progress, RingLayer
from lantu.planar.rework import Graph, Made, joined, rework

TOO_MUCH = 0.3
"""Share of the vertices to be made again above which a whole run is quicker."""

ROUNDS = 8
"""How often the marks may grow before a whole run is made."""


def refuse(
    faces: Faces,
    before: Sequence[RingLayer],
    after: Sequence[RingLayer],
    *,
    index: FaceIndex | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Faces:
    """The faces of ``after``, given ``faces`` of ``before`` made by this kernel: equal to ``PlanarEngine().overlay(after)``.

    Layers are compared patch by patch (the same arrays: not at all), so whatever changed is found here. ``index`` of ``faces`` spares
    making one when a patch appears in the middle of a face. Costs grow with the change and, for copying, with the whole.
    """
    workers = threads or len(os.sched_getaffinity(0))
    tell = progress or (lambda share, step: None)
    tell(0.0, "changes")
    with ThreadPoolExecutor(workers) as pool:
        result = _Again(faces, before, after, index or build_index(faces), pool, workers, tell).run()
    return result if result is not None else PlanarEngine(workers).overlay(after, progress)


class _Again:
    """One such run."""

    def __init__(
        self,
        faces: Faces,
        before: Sequence[RingLayer],
        layers: Sequence[RingLayer],
        index: FaceIndex,
        pool: ThreadPoolExecutor,
        workers: int,
        tell: Progress,
    ) -> None:
        self.faces, self.layers, self.index = faces, layers, index
        self.pool, self.workers, self.tell = pool, workers, tell
        self.found: Sequence[Change] = changes(before, layers, self.each)
        found = self.found
        self.changed = np.concatenate([np.empty((0, 4), np.int64), *(change.segment for change in found)])
        self.first_patch = np.concatenate([[0], np.cumsum([len(layer) for layer in layers])]).astype(np.int64)

    def run(self) -> Faces | None:
        """None where a whole run is called for."""
        extent = self.extent()
        if extent is None or len(self.faces) == 0 or len(self.changed) > TOO_MUCH * len(self.faces.xy):
            return None
        self.cells = marks.make_cells(extent, sum(len(layer.xy) for layer in self.layers))
        self.frame = self.cells.frame
        self.tell(0.1, "touched")
        if not self.mark():
            return None
        for _ in range(ROUNDS):
            self.tell(0.3, "noding")
            missing = self.make()
            if len(missing) == 0:
                break
            marks.mark_segments(self.marks, self.block, missing, self.frame, marks.FACE_CARE, marks.AROUND)
        else:
            return None
        self.tell(0.7, "faces")
        self.number()
        neighbour, border, label, label_sets = self.label()
        self.tell(0.85, "rings")
        xy, ring_start, face_start, twin = self.write()
        self.tell(1.0, "done")
        return Faces(xy, ring_start, face_start, label, label_sets, self.area2, neighbour, border, twin)

    def extent(self) -> tuple[int, int, int, int] | None:
        """Of all that is and was."""
        self.boxes = [np.empty((len(one), 4), np.int64) if one.facts is None else one.facts.box for one in self.layers]
        boxes = [check_layers(self.layers, self.bounds)]
        if len(self.changed):
            x, y = self.changed[:, ::2], self.changed[:, 1::2]
            boxes.append((int(x.min()), int(y.min()), int(x.max()), int(y.max())))
        low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
        if (high - low).max() > EXTENT_LIMIT:
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def bounds(self, number: int) -> tuple[IntArray, IntArray]:
        """Of one layer; the boxes of its patches are kept on the way."""
        layer, box = self.layers[number], self.boxes[number]
        columns = (layer.xy, layer.ring_start, layer.patch_start)
        if layer.facts is None:
            self.each(lambda first, stop: marks.patch_boxes(*columns, first, stop, box), len(layer))
        return box_bounds(layer, box)

    def each(self, work: Callable[[int, int], Any], count: int) -> list[Any]:
        """``work(first, stop)`` over all of ``range(count)``, in threads."""
        cuts = np.linspace(0, count, 4 * self.workers + 1).astype(int).tolist()
        return list(self.pool.map(work, cuts[:-1], cuts[1:]))

    def mark(self) -> bool:
        """Find the faces to be made again, their edges that stay and the cells of the others; False when they are too many."""
        faces, frame = self.faces, self.frame
        self.marks, self.block = self.cells.unmarked()
        marks.mark_segments(self.marks, self.block, self.changed, frame, marks.CHANGE_CARE, marks.CHANGED)
        self.dirty = np.zeros(len(faces), np.bool_)
        columns = (faces.xy, faces.ring_start, faces.face_start, faces.twin)
        index = (self.index.frame, self.index.cell_start, self.index.cell_face)
        # in the order of the memory
        near = np.sort(marks.faces_near(self.block, frame, *index, len(faces)))

        def look(first: int, stop: int) -> Any:
            return marks.dirty_faces(self.marks, self.block, *columns, self.index.box, near[first:stop], frame, self.dirty)

        found, open_side = zip(*self.each(look, len(near)), strict=True)
        hit, outside = np.sort(np.concatenate(found)), any(open_side)
        lonely = marks.lonely_cells(self.marks, self.changed, frame)
        if len(lonely):
            around = np.array([self.index.at(faces, x, y) for x, y in lonely.tolist()])
            outside |= bool((around < 0).any())
            self.dirty[around[around >= 0]] = True
        if not self.keep(hit, outside):
            return False
        beside = np.unique(self.kept.side[self.kept.member == STAYS])
        if self.altered(beside[beside >= 0]).any():
            self.add_altered()
            if not self.keep(hit, outside):
                return False
        marks.mark_hit(self.marks, self.block, *columns, self.again, hit, frame, marks.FACE_CARE)
        return True

    def keep(self, hit: IntArray, outside: bool) -> bool:
        """Take the edges that stay from the faces to be made again, the unbounded one among them if it changed (``outside``)."""
        faces = self.faces
        self.again = np.flatnonzero(self.dirty)
        rows = int((faces.ring_start[faces.face_start[self.again + 1]] - faces.ring_start[faces.face_start[self.again]]).sum())
        if rows > TOO_MUCH * len(faces.xy):
            return False
        columns, middle = (faces.xy, faces.ring_start, faces.face_start), (self.cells.mx, self.cells.my)
        self.kept = Kept(*kept_edges(self.again, self.dirty, hit, outside, *columns, faces.twin, *middle))
        if outside:
            outer = outer_edges(outer_rows(faces.twin), self.dirty, *columns, *middle)
            self.kept = Kept(*(np.concatenate(pair) for pair in zip(self.kept, outer, strict=True)))
        return True

    def add_altered(self) -> None:
        """Faces that no changed segment touches but that lie in other patches now are made again too.

        Faces that hang together by edges that stay lie in other patches all or none, and all that do not hang together with one beside
        a face made again, or the unbounded one if that is, stay as they are: so mostly it is enough to ask those beside before.
        """
        part = components(self.faces, np.where(self.dirty, -1, 0))
        highest = np.maximum.accumulate(part)
        moved = self.altered(np.flatnonzero(np.diff(highest, prepend=-1) > 0))
        self.dirty |= (part >= 0) & moved[part]

    def altered(self, chosen: IntArray) -> NDArray[np.bool_]:
        """Whether each of these faces, which no changed segment touches, lies in other patches now."""
        points = self.faces.xy[self.faces.ring_start[self.faces.face_start[chosen]]]
        patch = np.concatenate([change.patch for change in self.found])
        layer = np.repeat(np.arange(len(self.found)), [len(change.patch) for change in self.found])
        found: NDArray[np.bool_] = altered(points, self.changed, patch, layer, np.concatenate([change.odd for change in self.found]))
        return found

    def make(self) -> IntArray:
        """Make the changed edges of every cluster of marked cells again; returns what the marks lack."""
        frame = self.frame
        slot, of, box = clusters(self.marks, self.block, frame)
        pieces = []
        for layer, boxes, offset in zip(self.layers, self.boxes, self.first_patch[:-1].tolist(), strict=True):

            def some(first: int, stop: int, layer: RingLayer = layer, boxes: IntArray = boxes, offset: int = offset) -> Any:
                columns = (layer.xy, layer.ring_start, layer.patch_start, boxes)
                return reaching(*columns, first, stop, offset, slot, of, self.block, len(box), frame, marks.EDGE_CARE)

            pieces += self.each(some, len(layer))
        segs, who, where = (np.concatenate(column) for column in zip(*pieces, strict=True))
        start = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=len(box)))])
        order = np.argsort(where, kind="stable")
        segs, who = segs[order], who[order]

        def one(k: int) -> Made:
            mine = slice(start[k], start[k + 1])
            return Made(*rework(segs[mine], who[mine], box[k], self.marks, slot, of, k + 1, frame))

        # the largest first
        size = np.diff(start)
        largest = np.argsort(-size).tolist()
        made = dict(zip(largest, self.pool.map(one, largest), strict=True))
        self.made = [made[k] for k in range(len(box))]
        return self.put_together("missing", np.int64, 4)

    def put_together(self, column: str, kind: Any, width: int = 0) -> Any:
        """A column of all clusters, one after another."""
        return np.concatenate([np.empty((0, width) if width else 0, kind), *(getattr(one, column) for one in self.made)])

    def number(self) -> None:
        """Walk around the faces made again, place islands, number the new faces."""
        nodes = np.concatenate([[0], np.cumsum([len(one.xs) for one in self.made])]).astype(np.int32)
        shifted = np.repeat(nodes[:-1], [len(one.a) for one in self.made])
        a, b = self.put_together("a", np.int32) + shifted, self.put_together("b", np.int32) + shifted
        xs, ys = self.put_together("xs", np.int32), self.put_together("ys", np.int32)
        self.graph = Graph(*joined(xs, ys, a, b, self.kept.edge, self.kept.member))
        cycles = self.graph.cycles
        shell = np.flatnonzero(cycles[:, 0] > 0)
        keys = cycles[shell, 1:]
        order = np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0]))
        shell, keys = shell[order], keys[order] + np.array([self.cells.mx, self.cells.my] * 2)
        place = splice.before_faces(self.faces.xy, self.faces.ring_start, self.faces.face_start, keys)
        self.runs, self.of_old, self.of_new, self.count = splice.arranged(self.again, place, len(self.faces))
        # of cycles: the number among the faces made again, -1 the unbounded one
        self.fresh = np.full(len(cycles), -1, np.int32)
        self.fresh[shell] = np.arange(len(shell), dtype=np.int32)
        self.place_islands()
        self.new_area = np.zeros(len(shell), np.int64)
        inside = np.flatnonzero(self.fresh >= 0)
        np.add.at(self.new_area, self.fresh[inside], cycles[inside, 0])

    def place_islands(self) -> None:
        graph, cells = self.graph, self.cells
        outer = np.flatnonzero(graph.cycles[:, 0] < 0)
        outer = outer[np.lexsort((graph.cycles[outer, 2], graph.cycles[outer, 1]))]
        px, py = graph.cycles[outer, 1].copy(), graph.cycles[outer, 2].copy()
        half = splice.nearest_west(px, py, graph.xs, graph.ys, graph.a, graph.b, cells.south, cells.shift, cells.up)
        # from west to east, so that a cycle met on the way has its face already
        for which, found in zip(outer.tolist(), half.tolist(), strict=True):
            if found >= 0 and graph.member[found] >= 0:
                self.fresh[which] = self.fresh[graph.member[found]]

    def label(self) -> tuple[Any, Any, Any, Any]:
        """(neighbours, borders, labels, label sets) of all faces."""
        graph = self.graph
        cycle_face = np.full(len(self.fresh), -1, np.int32)
        cycle_face[self.fresh >= 0] = self.of_new[self.fresh[self.fresh >= 0]]
        side, beyond = np.full(len(graph.member), -1, np.int32), self.kept.side
        walked = graph.member >= 0
        side[walked] = cycle_face[graph.member[walked]]
        stays = np.flatnonzero((self.kept.member == STAYS) & (beyond >= 0))
        side[len(side) - len(beyond) + stays] = self.of_old[beyond[stays]]
        start, listed = self.patches()

        def pairs(first: int, stop: int) -> Any:
            ends, both = (graph.a[first:stop], graph.b[first:stop]), side[2 * first : 2 * stop]
            return labelling.face_pairs(graph.xs, graph.ys, *ends, both[::2], both[1::2], start[first : stop + 1], listed)

        *columns, offsets, parts = zip(*self.each(pairs, len(graph.a)), strict=True)
        low, high, length, listed = (np.concatenate(column) for column in (*columns, parts))
        start = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part) for part in offsets]))])
        label, set_start, sets = self.known_labels()
        # only faces made again and those beside take part; their numbers among these rise alike
        part = np.zeros(self.count + 1, np.bool_)
        part[low] = part[high] = part[self.of_new] = True
        named = np.flatnonzero(part[:-1]).astype(np.int32)
        place = np.empty(self.count + 1, np.int32)
        place[named], place[-1] = np.arange(len(named)), -1
        low, high, length, row = labelling.sort_pairs(place[low], place[high], length, len(named))
        seen = np.ones(len(named) + 1, np.bool_)
        seen[place[self.of_new]] = False
        begin = np.flatnonzero(seen).astype(np.int32)
        sizes = [len(layer) for layer in self.layers]
        layer_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        beside = label[np.append(named, self.count)]
        found, set_start, sets, reached = labelling.spread_further(
            low, high, row, start.astype(np.int64), listed, self.first_patch[:-1], layer_of, beside, seen, begin, set_start, sets
        )
        if reached != len(self.of_new):
            raise AssertionError(f"{len(self.of_new) - reached} faces hang together with nothing")
        label[named] = found
        label, label_sets = labelling.canonical_sets(label[: self.count], set_start, sets)
        inner = low >= 0
        most = len(self.faces.neighbour) + len(low)
        neighbour, border = recycled((most, 2), np.int32), recycled((most,), np.float64)
        known = (self.faces.neighbour, self.faces.border, self.of_old)
        pairs_in_all = splice.merged_pairs(*known, named[low[inner]], named[high[inner]], length[inner], neighbour, border)
        return neighbour[:pairs_in_all], border[:pairs_in_all], label, label_sets

    def patches(self) -> tuple[Any, Any]:
        """(offsets, patches among those of all layers) that each edge of the graph bounds."""
        renumber = np.concatenate([change.renumber for change in self.found])
        first = np.concatenate([[0], np.cumsum([len(change.renumber) for change in self.found])])[:-1]
        numbers = (renumber, first, self.first_patch[:-1])
        start, listed = patches_between(self.kept.side, self.faces.label, *_columns(self.faces.label_sets), *numbers)
        made = np.concatenate([np.empty(0, np.int64), *(np.diff(one.patch_start) for one in self.made)])
        offsets = np.concatenate([[0], np.cumsum(np.concatenate([made, np.diff(start)]))]).astype(np.int32)
        return offsets, np.concatenate([self.put_together("patch", np.int32), listed])

    def known_labels(self) -> tuple[Any, Any, Any]:
        """Labels of the faces that stay, in the new numbers of patches, with a row for the unbounded face; their sets."""
        old = self.faces.label
        if any(change.renumbers for change in self.found):
            old, sets = self.renumbered()
        else:
            sets = list(self.faces.label_sets)
        label = recycled((self.count + 1, len(self.layers)), np.int32)
        label[-1], self.area2 = -1, recycled((self.count,), np.int64)
        splice.carry(self.runs, self.of_new, old, self.faces.area2, self.new_area, label, self.area2)
        return label, *_columns(sets)

    def renumbered(self) -> tuple[NDArray[np.int32], list[tuple[int, ...]]]:
        """Old labels in new numbers; a set is one of its layer, so sets are copied for each layer that names them."""
        old = self.faces.label.copy()
        sets: list[tuple[int, ...]] = []
        for layer, change in enumerate(self.found):
            column = old[:, layer]
            single = column >= 0
            column[single] = change.renumber[column[single]]
            several = np.flatnonzero(column < -1)
            for number in np.unique(column[several]).tolist():
                members = self.faces.label_sets[-2 - number]
                chosen = several[column[several] == number]
                column[chosen] = -2 - (1 << 20) - len(sets)
                sets.append(tuple(sorted(int(change.renumber[patch]) for patch in members)))
            column[several] += 1 << 20
        return old, sets

    def write(self) -> tuple[Any, Any, Any, Any]:
        """(xy, offsets of rings, offsets of faces, twins) of all faces."""
        faces = self.faces
        fresh_xy, fresh_ring, fresh_face, half = self.fresh_rings()
        # long runs are cut, so that all threads have something to copy
        most = max(1024, self.count // (8 * self.workers))
        face_start, new = recycled((self.count + 1,), np.int64), (fresh_face, fresh_ring, most)
        fresh_row, piece, rows = splice.layout(self.runs, self.of_new, faces.face_start, faces.ring_start, *new, face_start)
        xy, twin = recycled((rows, 2), np.int64), recycled((rows,), np.int32)
        ring_start = recycled((int(face_start[-1]) + 1,), np.int64)
        ring_start[-1] = rows
        block, moves = splice.piece_blocks(piece, len(faces.xy))

        def copy(first: int, stop: int) -> None:
            large = piece[first:stop][piece[first:stop, 5] >= splice.LARGE]
            for row, move, count in large[:, [1, 3, 5]].tolist():
                xy[row + move : row + move + count] = faces.xy[row : row + count]
            columns = (faces.xy.reshape(-1), faces.ring_start, faces.twin, xy.reshape(-1), ring_start, twin)
            splice.write_pieces(first, stop, piece, block, moves, *columns)

        self.each(copy, len(piece))
        splice.write_fresh(self.of_new, face_start, fresh_row, fresh_xy, fresh_ring, fresh_face, xy, ring_start)
        count = fresh_ring[fresh_face[1:]] - fresh_ring[fresh_face[:-1]]
        row = ranges(fresh_row, fresh_row + count)
        member = self.graph.member
        other, place = np.full(len(member), -1, np.int64), np.full(len(member), -1, np.int64)
        other[len(other) - len(self.kept.other) :], place[half] = self.kept.other, row
        splice.fresh_twins(row, half, place, other, member, piece, block, twin)
        return xy, ring_start, face_start, twin

    def fresh_rings(self) -> tuple[Any, Any, Any, Any]:
        """(xy, offsets of rings, offsets of faces, half-edges) of the faces made again."""
        graph = self.graph
        x, y, stop = graph.x, graph.y, graph.rings[:, 0]
        begin = np.concatenate([[0], stop])[:-1]
        face = self.fresh[graph.rings[:, 1]] if len(stop) else np.empty(0, np.int32)
        second = np.minimum(begin + 1, max(len(x) - 1, 0))
        # a face has one shell; its holes follow by their smallest vertex, then by the next one
        order = np.lexsort((y[second], x[second], y[begin], x[begin], graph.rings[:, 2] < 0, face))
        order = order[face[order] >= 0]
        rows = ranges(begin[order], stop[order])
        xy = np.column_stack([x[rows], y[rows]]).astype(np.int64) + np.array([self.cells.mx, self.cells.my])
        ring_start = np.concatenate([[0], np.cumsum((stop - begin)[order])]).astype(np.int64)
        face_start = np.concatenate([[0], np.cumsum(np.bincount(face[order], minlength=len(self.of_new)))]).astype(np.int64)
        return xy, ring_start, face_start, graph.tag[rows]


def _columns(sets: Sequence[Sequence[int]]) -> tuple[IntArray, LabelArray]:
    """Offsets and members of sets of patches."""
    start = np.concatenate([[0], np.cumsum([len(members) for members in sets])]).astype(np.int64)
    return start, np.array([patch for members in sets for patch in members], dtype=np.int32)
