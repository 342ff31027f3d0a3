"""A partition written anew: faces that stay copied, faces made again put in between, in canonical order."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.exact import side
from lantu.planar.islands import east_of
from lantu.planar.jit import kernel
from lantu.planar.tables import grown


@kernel
def before_faces(xy: Any, ring_start: Any, face_start: Any, keys: Any) -> Any:
    """(r,) for each key (x, y of the first vertex, x, y of the second): the first face that does not come before it."""
    count = len(face_start) - 1
    place = np.empty(len(keys), np.int64)
    for k in range(len(keys)):
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            v = ring_start[face_start[middle]]
            less = False
            for c in range(4):
                value = xy[v + c // 2, c % 2]
                if value != keys[k, c]:
                    less = value < keys[k, c]
                    break
            if less:
                low = middle + 1
            else:
                high = middle
        place[k] = low
    return place


@kernel
def arranged(dirty: Any, place: Any) -> Any:
    """(source of each face: old face, or -1 - r for the r-th made again; number of each old face, -1 dirty; number of each made again)."""
    count = 0
    for f in range(len(dirty)):
        if not dirty[f]:
            count += 1
    source, of_old, of_new = np.empty(count + len(place), np.int32), np.full(len(dirty), -1, np.int32), np.empty(len(place), np.int32)
    n, k = 0, 0
    for f in range(len(dirty) + 1):
        while k < len(place) and place[k] == f:
            source[n], of_new[k] = -1 - k, n
            n += 1
            k += 1
        if f < len(dirty) and not dirty[f]:
            source[n], of_old[f] = f, n
            n += 1
    return source, of_old, of_new


@kernel
def layout(source: Any, face_start: Any, ring_start: Any, fresh_face: Any, fresh_ring: Any) -> Any:
    """(offsets of rings, offsets of rows) of the new faces."""
    rings, rows = np.zeros(len(source) + 1, np.int64), np.zeros(len(source) + 1, np.int64)
    for n in range(len(source)):
        f = source[n]
        if f >= 0:
            a, b = face_start[f], face_start[f + 1]
            rings[n + 1], rows[n + 1] = rings[n] + b - a, rows[n] + ring_start[b] - ring_start[a]
        else:
            a, b = fresh_face[-1 - f], fresh_face[-f]
            rings[n + 1], rows[n + 1] = rings[n] + b - a, rows[n] + fresh_ring[b] - fresh_ring[a]
    return rings, rows


@kernel
def pieces(source: Any, rings: Any, rows: Any, ring_start: Any, face_start: Any, most: Any) -> Any:
    """(k, 6) runs of at most ``most`` faces that stay side by side: first old ring and row, how far both move, how many of both."""
    found, n = np.empty((1024, 6), np.int64), 0
    last, count = -2, 0
    for new in range(len(source)):
        f = source[new]
        if f < 0:
            last = -2
            continue
        ring, end = face_start[f], face_start[f + 1]
        if f != last + 1 or count == most:
            if n == len(found):
                found = grown(found, n)
            found[n, 0], found[n, 1] = ring, ring_start[ring]
            found[n, 2], found[n, 3] = rings[new] - ring, rows[new] - ring_start[ring]
            n += 1
            count = 0
        found[n - 1, 4], found[n - 1, 5] = end - found[n - 1, 0], ring_start[end] - found[n - 1, 1]
        last = f
        count += 1
    return found[:n].copy()


BLOCK = 8
"""Rows are looked up among the pieces by blocks of 2^8."""


@kernel
def piece_blocks(piece: Any, count: Any) -> Any:
    """For each block of ``count`` rows the last piece that begins before it or with it (0 where none does)."""
    first = np.zeros((count >> BLOCK) + 1, np.int32)
    k = 0
    for b in range(len(first)):
        while k + 1 < len(piece) and piece[k + 1, 1] <= b << BLOCK:
            k += 1
        first[b] = k
    return first


@kernel
def _piece_of(row: Any, piece: Any, block: Any) -> Any:
    """The piece to which an old row of a face that stays belongs."""
    k = block[row >> BLOCK]
    while k + 1 < len(piece) and piece[k + 1, 1] <= row:
        k += 1
    return k


@kernel
def write_pieces(
    first: Any,
    stop: Any,
    piece: Any,
    block: Any,
    old_ring: Any,
    old_twin: Any,
    ring_start: Any,
    twin: Any,
) -> None:
    """Write offsets of rings and twins of pieces ``first:stop``; twins in faces made again come later (``fresh_twins``)."""
    for k in range(first, stop):
        ring, row, ring_move, move = piece[k, 0], piece[k, 1], piece[k, 2], piece[k, 3]
        for r in range(ring, ring + piece[k, 4]):
            ring_start[r + ring_move] = old_ring[r] + move
        stop = row + piece[k, 5]
        since, far, further = np.int64(0), np.int64(-1), move
        for v in range(row, stop):
            t = np.int64(old_twin[v])
            # most twins lie among the same rows as those before them
            if t < since or t >= far:
                if t < 0:
                    twin[v + move] = -1
                    continue
                at = _piece_of(t, piece, block)
                since, far, further = piece[at, 1], piece[at, 1] + piece[at, 5], piece[at, 3]
                if t >= far:
                    # its face is made again: another tells it
                    far = since
            twin[v + move] = t + further


@kernel
def write_fresh(of_new: Any, rings: Any, rows: Any, fresh_xy: Any, fresh_ring: Any, fresh_face: Any, xy: Any, ring_start: Any) -> None:
    """Write the faces made again, which became faces ``of_new``."""
    for k in range(len(of_new)):
        n = of_new[k]
        a, b = fresh_face[k], fresh_face[k + 1]
        move = rows[n] - fresh_ring[a]
        for r in range(a, b):
            ring_start[rings[n] + r - a] = fresh_ring[r] + move
        for v in range(fresh_ring[a], fresh_ring[b]):
            xy[v + move, 0], xy[v + move, 1] = fresh_xy[v, 0], fresh_xy[v, 1]


@kernel
def fresh_twins(row: Any, half: Any, place: Any, other: Any, member: Any, piece: Any, block: Any, twin: Any) -> None:
    """Twins of rows made again: ``row`` (n,) where each stands, ``half`` its half-edge; ``place`` (half-edges,) their rows, -1 none.

    Faces that stay know their own twins, which move with them; those beside faces made again are told here.
    """
    for i in range(len(row)):
        back = half[i] ^ 1
        if member[back] == -3:
            t = other[back]
            if t >= 0:
                there = t + piece[_piece_of(t, piece, block), 3]
                twin[row[i]], twin[there] = there, row[i]
            else:
                twin[row[i]] = -1
        else:
            twin[row[i]] = place[back]


@kernel
def beside_dirty(neighbour: Any, dirty: Any) -> Any:
    """(n,) faces that stay beside faces that are made again."""
    found, n = np.empty(1024, np.int64), 0
    seen = dirty.copy()
    for i in range(len(neighbour)):
        a, b = neighbour[i, 0], neighbour[i, 1]
        if dirty[a] != dirty[b] and not (seen[a] and seen[b]):
            seen[a] = seen[b] = True
            if n == len(found):
                found = grown(found, n)
            found[n] = b if dirty[a] else a
            n += 1
    return found[:n].copy()


@kernel
def carry(source: Any, old_label: Any, old_area: Any, new_area: Any, label: Any, area: Any) -> None:
    """Write labels and areas of faces that stay; of faces made again no labels (-1) and ``new_area``."""
    for n in range(len(source)):
        f = source[n]
        for layer in range(old_label.shape[1]):
            label[n, layer] = old_label[f, layer] if f >= 0 else -1
        area[n] = old_area[f] if f >= 0 else new_area[-1 - f]


@kernel
def merged_pairs(neighbour: Any, border: Any, of_old: Any, low: Any, high: Any, length: Any, pairs: Any, run: Any) -> Any:
    """Write ``pairs`` (e, 2) and borders ``run`` (e,) of the new faces: those of faces that stay and, sorted, those of faces made again.

    Returns how many. (Who calls makes the arrays: numpy asks the system for large pages, which cost a quarter of small ones.)
    """
    n, k = 0, 0
    for i in range(len(neighbour) + 1):
        a = b = np.int32(-1)
        if i < len(neighbour):
            a, b = of_old[neighbour[i, 0]], of_old[neighbour[i, 1]]
            if a < 0 or b < 0:
                continue
        while k < len(low) and (i == len(neighbour) or low[k] < a or (low[k] == a and high[k] < b)):
            pairs[n, 0], pairs[n, 1], run[n] = low[k], high[k], length[k]
            n += 1
            k += 1
        if i < len(neighbour):
            pairs[n, 0], pairs[n, 1], run[n] = a, b, border[i]
            n += 1
    return n


@kernel
def nearest_west(px: Any, py: Any, xs: Any, ys: Any, a: Any, b: Any, south: Any, shift: Any, up: Any) -> Any:
    """(p,) half-edge that a ray to the west, a little above each point, meets first, its face on the side of the point; -1 none.

    ``a``, ``b``: ends of the edges among ``xs``, ``ys``; half-edge 2e runs from a to b. Edges are looked up by strips of 2^shift rows.
    """
    start = np.zeros(up + 1, np.int64)
    edges = np.empty(0, np.int32)
    at = start
    for fill in range(2):
        if fill:
            for r in range(up):
                start[r + 1] += start[r]
            at = start[:-1].copy()
            edges = np.empty(start[-1], np.int32)
        for e in range(len(a)):
            y0, y1 = min(ys[a[e]], ys[b[e]]), max(ys[a[e]], ys[b[e]])
            for r in range((np.int64(y0) - south) >> shift, ((np.int64(y1) - south) >> shift) + 1):
                if fill:
                    edges[at[r]] = e
                    at[r] += 1
                else:
                    start[r + 1] += 1
    found = np.full(len(px), -1, np.int64)
    for p in range(len(px)):
        r = (py[p] - south) >> shift
        # the nearest is the one that no other candidate lies east of: compare by cross products, as ``islands`` does
        bx0, by0, bx1, by1 = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for i in range(start[r], start[r + 1]):
            e = edges[i]
            x0, y0, x1, y1 = np.int64(xs[a[e]]), np.int64(ys[a[e]]), np.int64(xs[b[e]]), np.int64(ys[b[e]])
            half = 2 * np.int64(e)
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            else:
                half ^= 1
            if py[p] < y0 or py[p] >= y1 or side(x0, y0, x1, y1, px[p], py[p]) >= 0:
                continue
            if found[p] < 0 or east_of(x0, y0, x1, y1, bx0, by0, bx1, by1):
                bx0, by0, bx1, by1 = x0, y0, x1, y1
                found[p] = half
    return found
