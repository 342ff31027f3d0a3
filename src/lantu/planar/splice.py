"""A partition written anew: faces that stay copied, faces made again put in between, in canonical order."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.exact import side
from lantu.planar.islands import east_of
from lantu.planar.jit import kernel
from lantu.planar.kept import STAYS
from lantu.planar.tables import grown


@kernel
def before_faces(xy: Any, ring_start: Any, face_start: Any, keys: Any) -> Any:
    """(r,) for each key (x, y of the first vertex, x, y of the second), rising: the first face that does not come before it."""
    count = len(face_start) - 1
    place = np.empty(len(keys), np.int64)
    known: Any = np.int64(0)
    for k in range(len(keys)):
        # from the place before in growing steps: most lie near, and near in memory
        low, step = known, 1
        while low + step <= count and _comes_before(xy, ring_start[face_start[low + step - 1]], keys, k):
            low += step
            step *= 2
        high = min(low + step - 1, count)
        while low < high:
            middle = (low + high) // 2
            if _comes_before(xy, ring_start[face_start[middle]], keys, k):
                low = middle + 1
            else:
                high = middle
        place[k] = known = low
    return place


@kernel
def _comes_before(xy: Any, v: Any, keys: Any, k: Any) -> Any:
    """Whether the edge from row ``v`` to the next comes before key ``k``."""
    for c in range(4):
        value = xy[v + c // 2, c % 2]
        if value != keys[k, c]:
            return value < keys[k, c]
    return False


@kernel
def arranged(again: Any, place: Any, faces: Any) -> Any:
    """(runs (k, 3) of faces that stay side by side: first old and new number, how many; new number of each of ``faces`` old faces, -1 made
    again; number of each that was made; how many there are then).

    ``again``: old faces made again, ``place`` (r,): those before which the faces that were made stand, both rising.
    """
    found, m = np.empty((len(again) + len(place) + 1, 3), np.int64), 0
    of_old, of_new = np.empty(faces, np.int32), np.empty(len(place), np.int32)
    f, n, i, k = np.int64(0), np.int64(0), 0, 0
    while True:
        stop: Any = again[i] if i < len(again) else faces
        if k < len(place) and place[k] < stop:
            stop = place[k]
        if stop > f:
            found[m, 0], found[m, 1], found[m, 2] = f, n, stop - f
            m += 1
            # a slice needs no question whether its indexes are below zero: the compiler writes many at once
            run = of_old[f:stop]
            for j in range(len(run)):
                run[j] = n + j
            n += stop - f
            f = stop
        if k < len(place) and place[k] == f:
            of_new[k] = n
            n += 1
            k += 1
        elif i < len(again):
            of_old[f] = -1
            f += 1
            i += 1
        else:
            return found[:m].copy(), of_old, of_new, n


@kernel
def layout(runs: Any, of_new: Any, face_start: Any, ring_start: Any, fresh_face: Any, fresh_ring: Any, most: Any, rings: Any) -> Any:
    """(first row of each face made again, pieces (k, 8), rows in all); ``rings`` gets the offsets of rings by new face.

    A piece is at most ``most`` faces of a run: first old ring and row, how far both move, how many of both, first old row of the run and
    the one after its last.
    """
    count, fresh_row = len(rings) - 1, np.empty(len(of_new), np.int64)
    rings[0] = 0
    piece, p = np.empty((1024, 8), np.int64), 0
    n, j, k, row = np.int64(0), 0, 0, np.int64(0)
    while n < count:
        if k < len(of_new) and of_new[k] == n:
            a, b = fresh_face[k], fresh_face[k + 1]
            rings[n + 1], fresh_row[k] = rings[n] + b - a, row
            row += fresh_ring[b] - fresh_ring[a]
            n += 1
            k += 1
            continue
        first, stop = runs[j, 0], runs[j, 0] + runs[j, 2]
        move = rings[n] - face_start[first]
        theirs, ours = face_start[first + 1 : stop + 1], rings[n + 1 : n + 1 + stop - first]
        for i in range(len(theirs)):
            ours[i] = theirs[i] + move
        since, far = ring_start[face_start[first]], ring_start[face_start[stop]]
        f = first
        while f < stop:
            g = min(f + most, stop)
            if p == len(piece):
                piece = grown(piece, p)
            ring, end = face_start[f], face_start[g]
            piece[p, 0], piece[p, 1], piece[p, 2], piece[p, 3] = ring, ring_start[ring], move, row - since
            piece[p, 4], piece[p, 5], piece[p, 6], piece[p, 7] = end - ring, ring_start[end] - ring_start[ring], since, far
            f = g
            p += 1
        row += far - since
        n += stop - first
        j += 1
    return fresh_row, piece[:p].copy(), row


BLOCK = 8
"""Rows are looked up among the pieces by blocks of 2^8."""
MIXED = -(1 << 31)
"""In a block whose rows do not all move alike."""
LARGE = 4096
"""Rows from which numpy copies the vertices of a piece faster."""
TOGETHER = 128
"""Twins that are looked at in one go."""


@kernel
def piece_blocks(piece: Any, count: Any) -> Any:
    """For each block of ``count`` rows (the last piece that begins before it or with it, 0 where none does; how far its rows move)."""
    first, moves = np.zeros((count >> BLOCK) + 1, np.int32), np.zeros((count >> BLOCK) + 1, np.int32)
    k = 0
    for b in range(len(first)):
        while k + 1 < len(piece) and piece[k + 1, 1] <= b << BLOCK:
            k += 1
        first[b] = k
        known, at = False, k
        # what no piece holds is made again, and told by others
        while at < len(piece) and piece[at, 1] < (b + 1) << BLOCK:
            if piece[at, 1] + piece[at, 5] > b << BLOCK:
                if known and moves[b] != piece[at, 3]:
                    moves[b] = MIXED
                    break
                moves[b], known = piece[at, 3], True
            at += 1
    return first, moves


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
    moves: Any,
    old_xy: Any,
    old_ring: Any,
    old_twin: Any,
    xy: Any,
    ring_start: Any,
    twin: Any,
) -> None:
    """Write vertices (``old_xy``, ``xy`` flat; not those of large pieces), offsets of rings and twins of pieces ``first:stop``.

    Twins in faces made again come later (``fresh_twins``).
    """
    for k in range(first, stop):
        ring, row, ring_move, move = piece[k, 0], piece[k, 1], piece[k, 2], piece[k, 3]
        theirs, ours = old_ring[ring : ring + piece[k, 4]], ring_start[ring + ring_move : ring + ring_move + piece[k, 4]]
        for r in range(len(theirs)):
            ours[r] = theirs[r] + move
        end, v = row + piece[k, 5], row
        if piece[k, 5] < LARGE:
            theirs, ours = old_xy[2 * row : 2 * end], xy[2 * (row + move) : 2 * (end + move)]
            for i in range(len(theirs)):
                ours[i] = theirs[i]
        since, far = piece[k, 6], piece[k, 7]
        while v < end:
            upto = min(v + TOGETHER, end)
            here, there = old_twin[v:upto], twin[v + move : upto + move]
            v = upto
            low = high = here[0]
            for i in range(len(here)):
                low, high = min(low, here[i]), max(high, here[i])
            if low >= since and high < far:
                # in the same run
                for i in range(len(here)):
                    there[i] = here[i] + move
                continue
            for i in range(len(here)):
                if here[i] < 0:
                    there[i] = -1
                    continue
                t = np.uint32(here[i])
                further = np.int64(moves[t >> np.uint32(BLOCK)])
                if further == MIXED:
                    further = piece[_piece_of(np.int64(t), piece, block), 3]
                there[i] = np.int64(t) + further


@kernel
def write_fresh(of_new: Any, rings: Any, rows: Any, fresh_xy: Any, fresh_ring: Any, fresh_face: Any, xy: Any, ring_start: Any) -> None:
    """Write the faces made again, which became faces ``of_new`` and begin at ``rows``."""
    for k in range(len(of_new)):
        n = of_new[k]
        a, b = fresh_face[k], fresh_face[k + 1]
        move = rows[k] - fresh_ring[a]
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
        if member[back] == STAYS:
            t = other[back]
            if t >= 0:
                there = t + piece[_piece_of(t, piece, block), 3]
                twin[row[i]], twin[there] = there, row[i]
            else:
                twin[row[i]] = -1
        else:
            twin[row[i]] = place[back]


@kernel
def carry(runs: Any, of_new: Any, old_label: Any, old_area: Any, new_area: Any, label: Any, area: Any) -> None:
    """Write labels and areas of faces that stay; of faces made again no labels (-1) and ``new_area``."""
    for j in range(len(runs)):
        f, n, count = runs[j, 0], runs[j, 1], runs[j, 2]
        theirs, ours, old_areas, areas = old_label[f : f + count], label[n : n + count], old_area[f : f + count], area[n : n + count]
        for i in range(len(ours)):
            for layer in range(old_label.shape[1]):
                ours[i, layer] = theirs[i, layer]
            areas[i] = old_areas[i]
    for k in range(len(of_new)):
        label[of_new[k]], area[of_new[k]] = -1, new_area[k]


@kernel
def merged_pairs(neighbour: Any, border: Any, of_old: Any, low: Any, high: Any, length: Any, pairs: Any, run: Any) -> Any:
    """Write ``pairs`` (e, 2) and borders ``run`` (e,) of the new faces: those of faces that stay and, sorted, those of faces made again.

    Returns how many. (Who calls makes the arrays: numpy asks the system for large pages, which cost a quarter of small ones.)
    """
    n, k = np.uint64(0), 0
    # no index below zero among these: to say so saves the compiler a question for each
    one, most = np.uint64(1), np.int32(0x7FFFFFFF)
    following = low[0] if len(low) else most
    for i in range(len(neighbour)):
        a, b = of_old[np.uint32(neighbour[i, 0])], of_old[np.uint32(neighbour[i, 1])]
        if a < 0 or b < 0:
            continue
        while following < a or (following == a and high[k] < b):
            pairs[n, 0], pairs[n, 1], run[n] = low[k], high[k], length[k]
            n += one
            k += 1
            following = low[k] if k < len(low) else most
        pairs[n, 0], pairs[n, 1], run[n] = a, b, border[i]
        n += one
    for i in range(k, len(low)):
        pairs[n, 0], pairs[n, 1], run[n] = low[i], high[i], length[i]
        n += one
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
