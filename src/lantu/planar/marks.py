"""A fine grid of marked cells: where something changed, and where the graph must be made again for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.model import IntArray
from lantu.planar.tables import grown

MOST_CELLS = 1 << 24
BLOCK = 3
"""Cells go by blocks of 2^3 x 2^3."""
CHANGED, AROUND, SEEN = 1, 2, 3
"""Marks of a cell: a changed segment runs by; an old edge that runs by one too; as CHANGED, and an edge of the old faces runs through."""

CHANGE_CARE, FACE_CARE, EDGE_CARE = 8, 6, 2
"""Pixels by which marks reach beyond a line: chains leave their segments by one pixel, edges made anew leave old ones by two."""


@dataclass(frozen=True, slots=True)
class Cells:
    """``across`` x ``up`` squares of 2^``shift`` grid units from (west, south), counted from the middle (mx, my) of everything."""

    mx: int
    my: int
    west: int
    south: int
    shift: int
    across: int
    up: int

    @property
    def frame(self) -> IntArray:
        """As the kernels take it."""
        return np.array([self.mx, self.my, self.west, self.south, self.shift, self.across, self.up], dtype=np.int64)

    def unmarked(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Marks of all cells, and whether any is marked in each block: blocks stay in the cache, most lines lie in empty ones.

        Pages of cells that nobody marks are never touched.
        """
        return np.zeros(self.across * self.up, np.uint8), np.zeros(((self.across >> BLOCK) + 1) * ((self.up >> BLOCK) + 1), np.bool_)


def make_cells(extent: tuple[int, int, int, int], segments: int) -> Cells:
    """About one cell a segment, at most ``MOST_CELLS``."""
    west, south, east, north = extent
    mx, my = (west + east) // 2, (south + north) // 2
    shift = 3
    while ((east - west >> shift) + 1) * ((north - south >> shift) + 1) > min(MOST_CELLS, 2 * segments + 64):
        shift += 1
    return Cells(mx, my, west - mx, south - my, shift, (east - west >> shift) + 1, (north - south >> shift) + 1)


@kernel
def spans(x0: Any, y0: Any, x1: Any, y1: Any, frame: Any, care: Any, out: Any) -> Any:
    """The cells within ``care`` pixels of a line (x0 <= x1, from the middle): ``out`` gets (column, first row, last row); their number."""
    west, south, shift, across, up = frame[2], frame[3], frame[4], frame[5], frame[6]
    c0, c1 = max((x0 - care - west) >> shift, 0), min((x1 + care - west) >> shift, across - 1)
    low, high = min(y0, y1) - care, max(y0, y1) + care
    r0, r1 = max((low - south) >> shift, 0), min((high - south) >> shift, up - 1)
    n = 0
    # more care never gives fewer cells: what was marked with more is found covered with less
    if c0 == c1 or r0 == r1 or x0 == x1:
        for c in range(c0, c1 + 1):
            out[n, 0], out[n, 1], out[n, 2] = c, r0, r1
            n += 1
        return n
    slope = float(y1 - y0) / float(x1 - x0)
    for c in range(c0, c1 + 1):
        # a strip of the column, a pixel wider than the care on both sides
        left = max(float(x0), float(west + (c << shift) - care - 1))
        right = min(float(x1), float(west + ((c + 1) << shift) + care + 1))
        a, b = y0 + slope * (left - x0), y0 + slope * (right - x0)
        s0 = max((np.int64(np.floor(min(a, b))) - care - 1 - south) >> shift, r0)
        s1 = min((np.int64(np.ceil(max(a, b))) + care + 1 - south) >> shift, r1)
        if s0 <= s1:
            out[n, 0], out[n, 1], out[n, 2] = c, s0, s1
            n += 1
    return n


@kernel
def _mark_line(mark: Any, block: Any, x0: Any, y0: Any, x1: Any, y1: Any, frame: Any, care: Any, value: Any, out: Any) -> None:
    """Mark the cells around a line (x0 <= x1, from the middle) and their blocks; marks that are there stay."""
    wide = (frame[5] >> BLOCK) + 1
    west, south, shift = frame[2], frame[3], frame[4]
    c0, r0 = (x0 - care - west) >> shift, (min(y0, y1) - care - south) >> shift
    c1, r1 = (x1 + care - west) >> shift, (max(y0, y1) + care - south) >> shift
    # most lie within two by two cells: to mark all of these costs less than to ask which they meet
    if c1 - c0 < 2 and r1 - r0 < 2 and c0 >= 0 and r0 >= 0 and c1 < frame[5] and r1 < frame[6]:
        for c, r in ((c0, r0), (c1, r0), (c0, r1), (c1, r1)):
            there = mark[r * frame[5] + c]
            mark[r * frame[5] + c] = there if there else value
            block[(r >> BLOCK) * wide + (c >> BLOCK)] = True
        return
    for k in range(spans(x0, y0, x1, y1, frame, care, out)):
        for r in range(out[k, 1], out[k, 2] + 1):
            cell = r * frame[5] + out[k, 0]
            if mark[cell] == 0:
                mark[cell] = value
                block[(r >> BLOCK) * wide + (out[k, 0] >> BLOCK)] = True


@kernel
def mark_segments(mark: Any, block: Any, rows: Any, frame: Any, care: Any, value: Any) -> None:
    """Mark the cells around segments (s, 4), smaller end first, given in grid units."""
    out = np.empty((frame[5] + 1, 3), np.int64)
    mx, my = frame[0], frame[1]
    for i in range(len(rows)):
        _mark_line(mark, block, rows[i, 0] - mx, rows[i, 1] - my, rows[i, 2] - mx, rows[i, 3] - my, frame, care, value, out)


@kernel
def far_off(c0: Any, r0: Any, c1: Any, r1: Any, block: Any, across: Any, up: Any) -> Any:
    """Whether no marked cell lies in the blocks around these cells (clamped to the grid)."""
    wide = (across >> BLOCK) + 1
    for r in range(max(min(r0, r1), 0) >> BLOCK, (min(max(r0, r1), up - 1) >> BLOCK) + 1):
        for c in range(max(min(c0, c1), 0) >> BLOCK, (min(max(c0, c1), across - 1) >> BLOCK) + 1):
            if block[r * wide + c]:
                return False
    return True


@kernel
def faces_near(block: Any, frame: Any, index_frame: Any, cell_start: Any, cell_face: Any, faces: Any) -> Any:
    """Those of ``faces`` faces whose boxes may reach a block with a marked cell, each once, by the cells of a ``FaceIndex``."""
    seen, looked = np.zeros(faces, np.bool_), np.zeros(len(cell_start) - 1, np.bool_)
    found, n = np.empty(1024, np.int64), 0
    wide, high = (frame[5] >> BLOCK) + 1, (frame[6] >> BLOCK) + 1
    left, bottom, size = frame[0] + frame[2] - index_frame[0], frame[1] + frame[3] - index_frame[1], index_frame[2]
    step = np.int64(1) << frame[4] + BLOCK
    for r in range(high):
        for c in range(wide):
            if not block[r * wide + c]:
                continue
            r0, r1 = max((bottom + r * step) // size, 0), min((bottom + (r + 1) * step - 1) // size, index_frame[4] - 1)
            c0, c1 = max((left + c * step) // size, 0), min((left + (c + 1) * step - 1) // size, index_frame[3] - 1)
            for row in range(r0, r1 + 1):
                for cell in range(row * index_frame[3] + c0, row * index_frame[3] + c1 + 1):
                    if looked[cell]:
                        continue
                    looked[cell] = True
                    for k in range(cell_start[cell], cell_start[cell + 1]):
                        face = cell_face[k]
                        if seen[face]:
                            continue
                        seen[face] = True
                        if n == len(found):
                            found = grown(found, n)
                        found[n] = face
                        n += 1
    return found[:n].copy()


@kernel
def dirty_faces(
    mark: Any, block: Any, xy: Any, ring_start: Any, face_start: Any, twin: Any, box: Any, faces: Any, frame: Any, dirty: Any
) -> Any:
    """Those of ``faces`` with an edge through a changed cell become dirty, the cell seen. ``box`` (f, 4) those of all faces.

    Returns these edges by the rows of their first vertices, and whether one of them bounds the unbounded face.
    """
    outside, up, wide = False, frame[6], (frame[5] >> BLOCK) + 1
    mx, my, west, south, shift, across = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    out, found, n = np.empty((across + 1, 3), np.int64), np.empty(1024, np.int64), 0
    for f in faces:
        c0, r0 = (box[f, 0] - mx - west) >> shift, (box[f, 1] - my - south) >> shift
        if far_off(c0, r0, (box[f, 2] - mx - west) >> shift, (box[f, 3] - my - south) >> shift, block, across, up):
            continue
        for r in range(face_start[f], face_start[f + 1]):
            before = ring_start[r + 1] - 1
            px, py = xy[before, 0] - mx, xy[before, 1] - my
            pc, pr = (px - west) >> shift, (py - south) >> shift
            for v in range(ring_start[r], ring_start[r + 1]):
                qx, qy = xy[v, 0] - mx, xy[v, 1] - my
                qc, qr = (qx - west) >> shift, (qy - south) >> shift
                one, hit = pc >> BLOCK == qc >> BLOCK and pr >> BLOCK == qr >> BLOCK, False
                if (one and not block[(qr >> BLOCK) * wide + (qc >> BLOCK)]) or far_off(pc, pr, qc, qr, block, across, up):
                    pass
                elif qc == pc and qr == pr:
                    if mark[qr * across + qc]:
                        hit, mark[qr * across + qc] = True, SEEN
                else:
                    ax, ay, bx, by = (px, py, qx, qy) if px <= qx else (qx, qy, px, py)
                    for k in range(spans(ax, ay, bx, by, frame, 0, out)):
                        for row in range(out[k, 1], out[k, 2] + 1):
                            if mark[row * across + out[k, 0]]:
                                hit, mark[row * across + out[k, 0]] = True, SEEN
                if hit:
                    if n == len(found):
                        found = grown(found, n)
                    found[n], dirty[f] = before, True
                    outside |= twin[before] < 0
                    n += 1
                px, py, pc, pr, before = qx, qy, qc, qr, v
    return found[:n].copy(), outside


@kernel
def lonely_cells(mark: Any, rows: Any, frame: Any) -> Any:
    """A changed cell of every cluster that no edge of the old faces runs through or beside: (n, 2) its middle, in grid units."""
    across, up = frame[5], frame[6]
    # the cells to begin with: those of the ends of changed segments
    stack, found, n = np.empty(64, np.int64), np.empty((16, 2), np.int64), 0
    done = {np.int64(0)}
    done.clear()
    for i in range(len(rows)):
        first = ((rows[i, 1] - frame[1] - frame[3]) >> frame[4]) * across + ((rows[i, 0] - frame[0] - frame[2]) >> frame[4])
        if mark[first] != CHANGED or first in done:
            continue
        top, lonely = 1, True
        stack[0] = first
        done.add(first)
        while top:
            top -= 1
            cell = stack[top]
            c, r = cell % across, cell // across
            for side in range(4):
                cc = c + (1 if side == 0 else -1 if side == 1 else 0)
                rr = r + (1 if side == 2 else -1 if side == 3 else 0)
                if cc < 0 or rr < 0 or cc >= across or rr >= up:
                    continue
                other = rr * across + cc
                if mark[other] == SEEN:
                    lonely = False
                elif mark[other] == CHANGED and other not in done:
                    done.add(other)
                    if top == len(stack):
                        stack = grown(stack, top)
                    stack[top] = other
                    top += 1
        if lonely:
            if n == len(found):
                found = grown(found, n)
            found[n, 0] = rows[i, 0]
            found[n, 1] = rows[i, 1]
            n += 1
    return found[:n].copy()


@kernel
def patch_boxes(xy: Any, ring_start: Any, patch_start: Any, first: Any, stop: Any, box: Any) -> None:
    """The boxes of patches ``first:stop`` (x, y, x, y) into ``box`` (p, 4); of those without a vertex zeros."""
    for p in range(first, stop):
        a, b = ring_start[patch_start[p]], ring_start[patch_start[p + 1]]
        x0 = y0 = x1 = y1 = np.int64(0)
        if a < b:
            x0, y0 = xy[a, 0], xy[a, 1]
            x1, y1 = x0, y0
        for v in range(a, b):
            x0, x1 = min(x0, xy[v, 0]), max(x1, xy[v, 0])
            y0, y1 = min(y0, xy[v, 1]), max(y1, xy[v, 1])
        box[p, 0], box[p, 1], box[p, 2], box[p, 3] = x0, y0, x1, y1


@kernel
def mark_hit(
    mark: Any, block: Any, xy: Any, ring_start: Any, face_start: Any, twin: Any, again: Any, hit: Any, frame: Any, care: Any
) -> None:
    """Mark the cells around those edges of the faces ``again`` that begin at the rows ``hit``, seen from both sides once; both rise."""
    out, k = np.empty((frame[5] + 1, 3), np.int64), 0
    for i in range(len(again)):
        for r in range(face_start[again[i]], face_start[again[i] + 1]):
            stop = ring_start[r + 1]
            while k < len(hit) and hit[k] < stop:
                v = hit[k]
                k += 1
                if twin[v] >= 0 and twin[v] < v:
                    continue
                w = v + 1 if v + 1 < stop else ring_start[r]
                px, py, qx, qy = xy[v, 0] - frame[0], xy[v, 1] - frame[1], xy[w, 0] - frame[0], xy[w, 1] - frame[1]
                ax, ay, bx, by = (px, py, qx, qy) if px <= qx else (qx, qy, px, py)
                _mark_line(mark, block, ax, ay, bx, by, frame, care, AROUND, out)
