"""Levels of detail for maps: every arc between two junctions is thinned once, so that neighbours keep the same edge.

Vertices go in the order of the area that they make with their neighbours (Visvalingam and Whyatt 1993) as long as it is below the square of
the tolerance, and only if the triangle that goes with them holds no other vertex. So no two edges come to cross that did not before, and
islands stay in their holes. The test looks at all vertices of the level before, whatever becomes of them meanwhile: so arcs do not depend
on one another, and neither the order of the shapes nor threads change the result.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from lantu.planar.areas import Areas, in_strips
from lantu.planar.jit import kernel
from lantu.planar.tables import grown

STRIP = 4096
"""Vertices of a strip, about."""
BLUR = 4e-16
"""What rounding may do to a product of two differences, relative, with some to spare."""


def thinned(areas: Areas, tolerance: float, least: float, threads: int | None = None) -> Areas:
    """The same shapes with less detail: ``tolerance`` in the unit of the coordinates; rings whose box is smaller than ``least`` both
    ways vanish, an island with its hole. Shapes keep their numbers; vertices that stay keep their places.

    What two shapes share must have the same vertices in both; where a vertex of one lies on an edge of the other, each is thinned for
    itself.
    """
    workers = threads or len(os.sched_getaffinity(0))
    if not len(areas.xy):
        return areas
    order, start = in_strips(areas.xy[:, 0], areas.xy[:, 1], STRIP)
    place, point, x, y, first = _places(areas.xy, order, start)
    end, begin = _junctions(place, areas.ring_start, len(x))
    kept, arc_of = np.ones(len(x), np.bool_), np.full(len(x), -1, np.int64)
    columns = (place, areas.ring_start, end, begin, (x, y, point, first, kept, arc_of, tolerance * tolerance))
    cuts = np.searchsorted(areas.ring_start, np.linspace(0, len(areas.xy), 8 * workers + 1)).tolist()
    cuts[-1] = len(areas.ring_start) - 1
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda a, b: _thin(*columns, a, b), cuts[:-1], cuts[1:]))
    return Areas(*_written(areas.xy, place, areas.ring_start, areas.hole, areas.shape_start, kept, least))


@kernel
def _places(xy: Any, order: Any, start: Any) -> Any:
    """(number of the place of each row, offsets of the places of each strip, x, y of the places, least x of the strips)."""
    place = np.empty(len(xy), np.int32)
    x, y = np.empty(len(xy)), np.empty(len(xy))
    point, first = np.empty(len(start), np.int64), np.empty(len(start) - 1)
    n = 0
    for s in range(len(start) - 1):
        point[s], first[s] = n, np.inf
        for i in range(start[s], start[s + 1]):
            px, py = xy[order[i], 0], xy[order[i], 1]
            if n == point[s] or x[n - 1] != px or y[n - 1] != py:
                x[n], y[n] = px, py
                first[s] = min(first[s], px)
                n += 1
            place[order[i]] = n - 1
    point[len(start) - 1] = n
    return place, point, x[:n].copy(), y[:n].copy(), first


@kernel
def _junctions(place: Any, ring_start: Any, count: int) -> Any:
    """(whether arcs end at a place, the first row that is there). Arcs end wherever rings come from or go to different neighbours."""
    end, begin = np.zeros(count, np.bool_), np.full(count, -1, np.int64)
    low, high = np.empty(count, np.int32), np.empty(count, np.int32)
    for r in range(len(ring_start) - 1):
        a, b = ring_start[r], ring_start[r + 1]
        for v in range(a, b):
            p, here, q = place[v - 1 if v > a else b - 1], place[v], place[v + 1 if v + 1 < b else a]
            if begin[here] < 0:
                begin[here], low[here], high[here] = v, min(p, q), max(p, q)
            elif low[here] != min(p, q) or high[here] != max(p, q):
                end[here] = True
            if here in (p, q) or p == q:
                end[here] = True
    return end, begin


@kernel
def _thin(place: Any, ring_start: Any, end: Any, begin: Any, level: Any, r0: Any, r1: Any) -> None:
    """Thin the arcs that the rings ``r0:r1`` are the first to use.

    ``level``: x, y of the places, offsets of the places of each strip, least x of the strips; ``kept`` by place; ``arc_of``: by place the
    row where its arc was taken up; the least area of a corner that stays.
    """
    x, y, _point, _first, _kept, _arc_of, _limit = level
    room = 64
    line, area = np.empty(room, np.int32), np.empty(room)
    before, after = np.empty(room, np.int64), np.empty(room, np.int64)
    heap_area, heap_at = np.empty(3 * room), np.empty(3 * room, np.int64)
    for r in range(r0, r1):
        a, b = ring_start[r], ring_start[r + 1]
        if b - a < 3:
            continue
        if room < b - a + 1:
            room = 2 * (b - a + 1)
            line, area = np.empty(room, np.int32), np.empty(room)
            before, after = np.empty(room, np.int64), np.empty(room, np.int64)
            heap_area, heap_at = np.empty(3 * room), np.empty(3 * room, np.int64)
        opening = a
        while opening < b and not end[place[opening]]:
            opening += 1
        if opening == b:
            # a ring that meets nothing: from its smallest vertex on
            opening = a
            for v in range(a + 1, b):
                p, q = place[v], place[opening]
                if x[p] < x[q] or (x[p] == x[q] and y[p] < y[q]):
                    opening = v
        since = 0
        while since < b - a:
            m = 0
            line[0] = place[opening + since if opening + since < b else opening + since - (b - a)]
            while True:
                m += 1
                v = opening + since + m
                v = v if v < b else v - (b - a)
                line[m] = place[v]
                if m == 1:
                    row = v
                if end[line[m]] or since + m == b - a:
                    break
            since += m
            if m > 1 and begin[line[1]] == row:
                _thin_arc(level, line, m, row, (area, before, after, heap_area, heap_at), end)


@kernel
def _thin_arc(level: Any, line: Any, m: Any, mark: Any, scratch: Any, end: Any) -> None:
    """Thin the arc ``line[:m + 1]``: its ends stay, but for a closed one that vanishes as a whole."""
    x, y, point, first, kept, arc_of, limit = level
    area, before, after, heap_area, heap_at = scratch
    closed = line[0] == line[m]
    # the same way round whoever took it up
    p, q = (line[1], line[m - 1]) if closed else (line[0], line[m])
    if x[q] < x[p] or (x[q] == x[p] and y[q] < y[p]):
        for i in range((m + 1) // 2):
            line[i], line[m - i] = line[m - i], line[i]
    size = 0
    for i in range(1, m):
        arc_of[line[i]] = mark
        before[i], after[i] = i - 1, i + 1
        area[i] = _triangle(x, y, line[i - 1], line[i], line[i + 1])
        if area[i] < limit:
            size = _push(heap_area, heap_at, size, area[i], i)
    left, least = m - 1, 2 if closed else 0
    while size > 0 and left > least:
        value, i = heap_area[0], heap_at[0]
        size = _pop(heap_area, heap_at, size)
        if not kept[line[i]] or area[i] != value:
            continue
        a, c = before[i], after[i]
        if not _clear(x, y, point, first, line[a], line[i], line[c], kept, arc_of, mark):
            continue
        kept[line[i]] = False
        left -= 1
        if c < m:
            before[c] = a
        if a > 0:
            after[a] = c
        for k in (a, c):
            if 0 < k < m:
                area[k] = _triangle(x, y, line[before[k]], line[k], line[after[k]])
                if area[k] < limit:
                    # a vertex is pushed again at most twice for each that goes, so the room is enough
                    size = _push(heap_area, heap_at, size, area[k], k)
    if closed and left == 2:
        i = 1
        while not kept[line[i]]:
            i += 1
        k = after[i]
        if _triangle(x, y, line[0], line[i], line[k]) < limit and _clear(x, y, point, first, line[0], line[i], line[k], kept, arc_of, mark):
            kept[line[i]] = kept[line[k]] = False
            if not end[line[0]]:
                kept[line[0]] = False


@kernel
def _triangle(x: Any, y: Any, a: Any, b: Any, c: Any) -> Any:
    return abs((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])) / 2


@kernel
def _push(value: Any, at: Any, size: Any, new: Any, index: Any) -> Any:
    """Put into a heap, smallest first, equal ones by their index; its new size."""
    k = size
    while k > 0:
        up = (k - 1) >> 1
        if value[up] < new or (value[up] == new and at[up] <= index):
            break
        value[k], at[k] = value[up], at[up]
        k = up
    value[k], at[k] = new, index
    return size + 1


@kernel
def _pop(value: Any, at: Any, size: Any) -> Any:
    """Take the first out of a heap; its new size."""
    size -= 1
    new, index, k = value[size], at[size], 0
    while True:
        down = 2 * k + 1
        if down >= size:
            break
        if down + 1 < size and (value[down + 1] < value[down] or (value[down + 1] == value[down] and at[down + 1] < at[down])):
            down += 1
        if new < value[down] or (new == value[down] and index <= at[down]):
            break
        value[k], at[k] = value[down], at[down]
        k = down
    value[k], at[k] = new, index
    return size


@kernel
def _clear(x: Any, y: Any, point: Any, first: Any, a: Any, b: Any, c: Any, kept: Any, arc_of: Any, mark: Any) -> Any:
    """Whether the closed triangle a, b, c holds no other place, but for those that went from the same arc. In doubt: no."""
    ax, ay, bx, by, cx, cy = x[a], y[a], x[b], y[b], x[c], y[c]
    west, east = min(ax, bx, cx), max(ax, bx, cx)
    south, north = min(ay, by, cy), max(ay, by, cy)
    # the last strip that begins at or before the west
    s, high = 0, len(first)
    while s + 1 < high:
        middle = (s + high) >> 1
        if first[middle] <= west:
            s = middle
        else:
            high = middle
    while s < len(first) and first[s] <= east:
        low, high = point[s], point[s + 1]
        while low < high:
            middle = (low + high) >> 1
            if y[middle] < south:
                low = middle + 1
            else:
                high = middle
        for k in range(low, point[s + 1]):
            if y[k] > north:
                break
            if x[k] < west or x[k] > east or k in (a, b, c) or (arc_of[k] == mark and not kept[k]):
                continue
            one, two, three = _side(ax, ay, bx, by, x[k], y[k]), _side(bx, by, cx, cy, x[k], y[k]), _side(cx, cy, ax, ay, x[k], y[k])
            if min(one, two, three) >= 0 or max(one, two, three) <= 0:
                return False
        s += 1
    return True


@kernel
def _side(ax: Any, ay: Any, bx: Any, by: Any, px: Any, py: Any) -> Any:
    """1 left of the line from a to b, -1 right of it, 0 on it or too near to tell."""
    one, two = (bx - ax) * (py - ay), (by - ay) * (px - ax)
    doubt = BLUR * (abs(one) + abs(two))
    return 1 if one - two > doubt else -1 if one - two < -doubt else 0


@kernel
def _written(xy: Any, place: Any, ring_start: Any, hole: Any, shape_start: Any, kept: Any, least: float) -> Any:
    """The columns of what is left."""
    out, rows = np.empty((1024, 2)), 0
    start, holes, rings = np.zeros(1024, np.int64), np.empty(1024, np.bool_), 0
    shapes = np.zeros(len(shape_start), np.int64)
    longest = 0
    for r in range(len(ring_start) - 1):
        longest = max(longest, ring_start[r + 1] - ring_start[r])
    line = np.empty(longest, np.int64)
    for s in range(len(shape_start) - 1):
        shell = False
        for r in range(shape_start[s], shape_start[s + 1]):
            if hole[r] and not shell:
                continue
            m = 0
            for v in range(ring_start[r], ring_start[r + 1]):
                if not kept[place[v]] or (m > 0 and place[line[m - 1]] == place[v]):
                    continue
                if m > 1 and place[line[m - 2]] == place[v]:
                    # there and back again: two arcs that became one
                    m -= 1
                    continue
                line[m] = v
                m += 1
            skip = 0
            while m - skip > 2:
                if place[line[skip]] == place[line[m - 1]] or place[line[skip]] == place[line[m - 2]]:
                    m -= 1
                elif place[line[skip + 1]] == place[line[m - 1]]:
                    skip += 1
                else:
                    break
            west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
            for i in range(skip, m):
                west, east = min(west, xy[line[i], 0]), max(east, xy[line[i], 0])
                south, north = min(south, xy[line[i], 1]), max(north, xy[line[i], 1])
            drawn = m - skip > 2 and max(east - west, north - south) >= least
            if not hole[r]:
                shell = drawn
            if not drawn:
                continue
            while rows + m - skip > len(out):
                out = grown(out, rows)
            if rings + 2 > len(start):
                start, holes = grown(start, rings + 1), grown(holes, rings)
            for i in range(skip, m):
                out[rows, 0], out[rows, 1] = xy[line[i], 0], xy[line[i], 1]
                rows += 1
            holes[rings] = hole[r]
            rings += 1
            start[rings] = rows
        shapes[s + 1] = rings
    return out[:rows].copy(), start[: rings + 1].copy(), holes[:rings].copy(), shapes
