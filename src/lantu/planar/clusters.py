"""Clusters of marked cells, and the segments that reach each of them.

The cluster of a cell is kept only for blocks with a marked one, so that it stays in the cache however large the city is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.components import root_of
from lantu.planar.jit import kernel
from lantu.planar.marks import BLOCK, far_off, spans
from lantu.planar.tables import grown

WITHIN = (1 << BLOCK) - 1
"""Bits of a column or row within its block."""


@kernel
def _place(slot: Any, c: Any, r: Any, across: Any) -> Any:
    """Where the cluster of a cell is kept, -1 nowhere; ``slot`` (blocks,): the numbers of blocks with a marked cell, -1 of the others."""
    at = np.int64(slot[(r >> BLOCK) * ((across >> BLOCK) + 1) + (c >> BLOCK)])
    return (at << 2 * BLOCK) + ((r & WITHIN) << BLOCK) + (c & WITHIN) if at >= 0 else np.int64(-1)


@kernel
def cluster_at(slot: Any, of: Any, c: Any, r: Any, across: Any) -> Any:
    """1 + the cluster of the cell in column ``c``, row ``r``, 0 where nothing is marked; see ``clusters``."""
    at = _place(slot, c, r, across)
    return of[at] if at >= 0 else np.int32(0)


@kernel
def _marked(mark: Any, block: Any, frame: Any) -> Any:
    """The marked cells, row by row: 2^32 times the row and the column."""
    across, up = frame[5], frame[6]
    wide = (across >> BLOCK) + 1
    found, n = np.empty(1024, np.int64), 0
    some = np.empty(wide, np.int64)
    for high in range((up >> BLOCK) + 1):
        count = 0
        for b in range(wide):
            if block[high * wide + b]:
                some[count] = b
                count += 1
        for r in range(high << BLOCK, min((high + 1) << BLOCK, up)) if count else range(0):
            while n + (count << BLOCK) > len(found):
                found = grown(found, n)
            for k in range(count):
                for c in range(some[k] << BLOCK, min((some[k] + 1) << BLOCK, across)):
                    if mark[r * across + c]:
                        found[n] = r << 32 | c
                        n += 1
    return found[:n]


@kernel
def clusters(mark: Any, block: Any, frame: Any) -> Any:
    """(slot, of, boxes (n, 4)): what ``cluster_at`` asks, and first column and row, last ones of each cluster.

    Clusters touch nowhere, not by corners.
    """
    across = frame[5]
    cells = _marked(mark, block, frame)
    slot, blocks = np.full(len(block), -1, np.int32), 0
    for b in range(len(block)):
        if block[b]:
            slot[b] = blocks
            blocks += 1
    of = np.zeros(blocks << 2 * BLOCK, np.int32)
    parent, n = np.empty(len(cells), np.int32), 0
    for i in range(len(cells)):
        r, c = cells[i] >> 32, cells[i] & 0xFFFFFFFF
        best = -1
        for k in range(4):
            cc, rr = (c - 1, r) if k == 0 else (c + k - 2, r - 1)
            if cc < 0 or cc >= across or rr < 0:
                continue
            other = cluster_at(slot, of, cc, rr, across) - 1
            if other < 0:
                continue
            root = root_of(parent, other)
            if best < 0:
                best = root
            elif root < best:
                parent[best] = root
                best = root
            else:
                parent[root] = best
        if best < 0:
            best = n
            parent[n] = n
            n += 1
        of[_place(slot, c, r, across)] = best + 1
    number, m = np.empty(n, np.int32), 0
    for i in range(n):
        root = root_of(parent, i)
        if root == i:
            number[i] = m
            m += 1
        else:
            number[i] = number[root]
    box = np.empty((m, 4), np.int64)
    box[:, 0], box[:, 1], box[:, 2], box[:, 3] = across, frame[6], -1, -1
    for i in range(len(cells)):
        r, c = cells[i] >> 32, cells[i] & 0xFFFFFFFF
        at = _place(slot, c, r, across)
        k = number[of[at] - 1]
        of[at] = k + 1
        box[k, 0], box[k, 1] = min(box[k, 0], c), min(box[k, 1], r)
        box[k, 2], box[k, 3] = max(box[k, 2], c), max(box[k, 3], r)
    return slot, of, box


@kernel
def reaching(
    xy: Any,
    ring_start: Any,
    patch_start: Any,
    box: Any,
    first: Any,
    stop: Any,
    offset: Any,
    slot: Any,
    of: Any,
    block: Any,
    count: Any,
    frame: Any,
    care: Any,
) -> Any:
    """(segments (n, 4) int32 from the middle, patches + ``offset``, clusters): those of patches ``first:stop`` that reach each cluster.

    A segment comes once for each cluster that it reaches. ``box`` (p, 4): those of all patches.
    """
    mx, my, west, south, shift, across = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    segs, who, where, n = np.empty((1024, 4), np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32), 0
    stamp, out = np.full(count, -1, np.int64), np.empty((across + 2, 3), np.int64)
    wide = (across >> BLOCK) + 1
    for p in range(first, stop):
        c, r = (box[p, 0] - mx - care - west) >> shift, (box[p, 1] - my - care - south) >> shift
        if far_off(c, r, (box[p, 2] - mx + care - west) >> shift, (box[p, 3] - my + care - south) >> shift, block, across, frame[6]):
            continue
        for ring in range(patch_start[p], patch_start[p + 1]):
            last = ring_start[ring + 1] - 1
            if last < ring_start[ring]:
                continue
            px, py = xy[last, 0] - mx, xy[last, 1] - my
            for v in range(ring_start[ring], ring_start[ring + 1]):
                qx, qy = xy[v, 0] - mx, xy[v, 1] - my
                ax, ay, bx, by = (px, py, qx, qy) if px < qx or (px == qx and py <= qy) else (qx, qy, px, py)
                px, py = qx, qy
                c, r = (ax - care - west) >> shift, (min(ay, by) - care - south) >> shift
                last, top = (bx + care - west) >> shift, (max(ay, by) + care - south) >> shift
                # most lie in one block
                one = c >> BLOCK == last >> BLOCK and r >> BLOCK == top >> BLOCK
                if one and c >= 0 and r >= 0 and not block[(r >> BLOCK) * wide + (c >> BLOCK)]:
                    continue
                if not one and far_off(c, r, last, top, block, across, frame[6]):
                    continue
                if last - c < 2 and top - r < 2 and c >= 0 and r >= 0 and last < across and top < frame[6]:
                    # most lie within two by two cells: rather one segment too many than to ask which of them it reaches
                    cells = last - c + 1
                    out[0, 0], out[0, 1], out[0, 2] = c, r, top
                    out[cells - 1, 0], out[cells - 1, 1], out[cells - 1, 2] = last, r, top
                else:
                    cells = spans(ax, ay, bx, by, frame, care, out)
                for k in range(cells):
                    for row in range(out[k, 1], out[k, 2] + 1):
                        cluster = cluster_at(slot, of, out[k, 0], row, across) - 1
                        if cluster < 0 or stamp[cluster] == v:
                            continue
                        stamp[cluster] = v
                        if n == len(who):
                            segs, who, where = grown(segs, n), grown(who, n), grown(where, n)
                        segs[n, 0], segs[n, 1], segs[n, 2], segs[n, 3] = ax, ay, bx, by
                        who[n], where[n] = p + offset, cluster
                        n += 1
    return segs[:n], who[:n], where[:n]
