"""Hot-pixel snap rounding of one tile.

A tile owns the pixels whose centres lie in it. It sees, whole, every segment whose box reaches it, so it finds every hot pixel that it owns
and every meeting of a segment with one of them. Nothing is cut at a tile's edge and nothing depends on how the tiles lie.

One pass is enough, and every loop runs over a finite list: the hot pixels are known before the first segment is bent, and chains bent
through all hot pixels that they meet share nothing but nodes (Hobby 1999, theorem 4.2; Guibas and Marimont 1998).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.exact import meets_pixel, rounded_share, side
from lantu.planar.jit import kernel
from lantu.planar.tables import grown, point_slot, segment_slot, sorted_by, starts, table_size


@kernel
def gather(
    xy: Any, mx: Any, my: Any, first: Any, stop: Any, wrap: Any, patch: Any, runs: Any, rect: Any, offset: Any, segs: Any, who: Any, k: Any
) -> Any:
    """Append the segments of one layer's runs that reach ``rect`` to ``segs`` (x0, y0, x1, y1 from the middle, smaller end first).

    ``who`` gets patch + ``offset``. A repeated vertex comes as a segment without length: it makes its pixel hot like any other.
    """
    west, south, east, north = rect[0], rect[1], rect[2], rect[3]
    span = max(east - west, north - south)
    for r in range(len(runs)):
        run = runs[r]
        number = patch[run] + offset
        px, py = xy[first[run], 0] - mx, xy[first[run], 1] - my
        for v in range(first[run] + 1, stop[run] + 1):
            at = v if v < stop[run] else wrap[run]
            qx, qy = xy[at, 0] - mx, xy[at, 1] - my
            ax, ay, bx, by = px, py, qx, qy
            px, py = qx, qy
            if ax > bx or (ax == bx and ay > by):
                ax, ay, bx, by = bx, by, ax, ay
            if ax > east or bx < west or min(ay, by) > north or max(ay, by) < south:
                continue
            if max(bx - ax, abs(by - ay)) > span and _passes_by(ax, ay, bx, by, west - 1, south - 1, east + 1, north + 1):
                continue
            segs[k, 0], segs[k, 1], segs[k, 2], segs[k, 3] = ax, ay, bx, by
            who[k] = number
            k += 1
    return k


@kernel
def _passes_by(ax: Any, ay: Any, bx: Any, by: Any, west: Any, south: Any, east: Any, north: Any) -> Any:
    """Whether all corners lie on one side of the line (floats: only clear cases count, the rest is looked at exactly later)."""
    dx, dy = float(bx - ax), float(by - ay)
    a = dx * (south - ay) - dy * (west - ax)
    b = dx * (south - ay) - dy * (east - ax)
    c = dx * (north - ay) - dy * (west - ax)
    d = dx * (north - ay) - dy * (east - ax)
    slack = 1e-3 * (abs(dx) + abs(dy))
    return min(a, b, c, d) > slack or max(a, b, c, d) < -slack


@kernel
def unique_segments(segs: Any, count: Any) -> Any:
    """(rows of the distinct segments (m, 4), which of them each given one is (count,))."""
    table = np.full(table_size(count), -1, np.int32)
    which = np.empty(count, np.int32)
    rows = np.empty((count, 4), np.int32)
    m = 0
    for i in range(count):
        slot = segment_slot(table, rows[:m], segs[i, 0], segs[i, 1], segs[i, 2], segs[i, 3])
        if table[slot] < 0:
            table[slot] = m
            for c in range(4):
                rows[m, c] = segs[i, c]
            m += 1
        which[i] = table[slot]
    return rows[:m].copy(), which


@kernel
def _spans(rows: Any, i: Any, west: Any, south: Any, shift: Any, across: Any, up: Any, out: Any) -> Any:
    """The cells that segment ``i`` may meet, one pixel of care taken: ``out`` gets (column, first row, last row) triples; their number."""
    x0, y0, x1, y1 = np.int64(rows[i, 0]), np.int64(rows[i, 1]), np.int64(rows[i, 2]), np.int64(rows[i, 3])
    c0, c1 = max((x0 - 1 - west) >> shift, 0), min((x1 + 1 - west) >> shift, across - 1)
    low, high = min(y0, y1) - 1, max(y0, y1) + 1
    r0, r1 = max((low - south) >> shift, 0), min((high - south) >> shift, up - 1)
    n = 0
    if c1 - c0 < 2 or r1 - r0 < 2 or x0 == x1:
        for c in range(c0, c1 + 1):
            out[n, 0], out[n, 1], out[n, 2] = c, r0, r1
            n += 1
        return n
    slope = float(y1 - y0) / float(x1 - x0)
    for c in range(c0, c1 + 1):
        # a strip of the column, a pixel wider on both sides; doubles err far less than the two pixels added
        left = max(float(x0), float(west + (c << shift) - 2))
        right = min(float(x1), float(west + ((c + 1) << shift) + 2))
        ya, yb = float(y0) + slope * (left - float(x0)), float(y0) + slope * (right - float(x0))
        a = max((np.int64(np.floor(min(ya, yb))) - 2 - south) >> shift, r0)
        b = min((np.int64(np.ceil(max(ya, yb))) + 2 - south) >> shift, r1)
        if a <= b:
            out[n, 0], out[n, 1], out[n, 2] = c, a, b
            n += 1
    return n


@kernel
def cells_of_segments(rows: Any, west: Any, south: Any, shift: Any, across: Any, up: Any) -> Any:
    """(offsets by cell, segments): each segment in every cell that it may meet; those without length in none."""
    start = np.zeros(across * up + 1, np.int64)
    spans = np.empty((across + 1, 3), np.int64)
    for i in range(len(rows)):
        if rows[i, 0] == rows[i, 2] and rows[i, 1] == rows[i, 3]:
            continue
        for k in range(_spans(rows, i, west, south, shift, across, up, spans)):
            for r in range(spans[k, 1], spans[k, 2] + 1):
                start[r * across + spans[k, 0] + 1] += 1
    for cell in range(across * up):
        start[cell + 1] += start[cell]
    at = start[:-1].copy()
    member = np.empty(start[-1], np.int32)
    for i in range(len(rows)):
        if rows[i, 0] == rows[i, 2] and rows[i, 1] == rows[i, 3]:
            continue
        for k in range(_spans(rows, i, west, south, shift, across, up, spans)):
            for r in range(spans[k, 1], spans[k, 2] + 1):
                cell = r * across + spans[k, 0]
                member[at[cell]] = i
                at[cell] += 1
    return start, member


@kernel
def crossings(rows: Any, start: Any, member: Any, west: Any, south: Any, shift: Any, across: Any) -> Any:
    """The pixels, among the cells, of proper crossings: (n, 2), some may repeat."""
    found, n = np.empty((256, 2), np.int64), 0
    for cell in range(len(start) - 1):
        cx, cy = cell % across, cell // across
        for i in range(start[cell], start[cell + 1]):
            a = member[i]
            ax0, ay0, ax1, ay1 = np.int64(rows[a, 0]), np.int64(rows[a, 1]), np.int64(rows[a, 2]), np.int64(rows[a, 3])
            alow, ahigh = min(ay0, ay1), max(ay0, ay1)
            for j in range(i + 1, start[cell + 1]):
                b = member[j]
                bx0, by0, bx1, by1 = np.int64(rows[b, 0]), np.int64(rows[b, 1]), np.int64(rows[b, 2]), np.int64(rows[b, 3])
                # a proper crossing lies strictly inside both boxes, but for the width of level and upright segments
                if bx0 >= ax1 or bx1 <= ax0 or min(by0, by1) >= ahigh or max(by0, by1) <= alow:
                    continue
                a_start = side(bx0, by0, bx1, by1, ax0, ay0)
                a_stop = side(bx0, by0, bx1, by1, ax1, ay1)
                if not ((a_start > 0 and a_stop < 0) or (a_start < 0 and a_stop > 0)):
                    continue
                b_start = side(ax0, ay0, ax1, ay1, bx0, by0)
                b_stop = side(ax0, ay0, ax1, ay1, bx1, by1)
                if not ((b_start > 0 and b_stop < 0) or (b_start < 0 and b_stop > 0)):
                    continue
                num, den = abs(a_start), abs(a_start - a_stop)
                x = ax0 + rounded_share(ax1 - ax0, num, den)
                y = ay0 + rounded_share(ay1 - ay0, num, den)
                # the two may share several cells: the one that holds the pixel reports it
                if (x - west) >> shift == cx and (y - south) >> shift == cy:
                    if n == len(found):
                        found = grown(found, n)
                    found[n, 0], found[n, 1] = x, y
                    n += 1
    return found[:n]


@kernel
def hot_pixels(rows: Any, crossed: Any, rect: Any) -> Any:
    """(x (h,), y (h,), node of the smaller end (m,), node of the larger end (m,)); -1 for ends that other tiles own."""
    most = 2 * len(rows) + len(crossed)
    table = np.full(table_size(most), -1, np.int32)
    xs, ys = np.empty(most, np.int32), np.empty(most, np.int32)
    ends = np.empty((2, len(rows)), np.int32)
    n = 0
    for i in range(len(rows)):
        for end in range(2):
            x, y = rows[i, 2 * end], rows[i, 2 * end + 1]
            if x < rect[0] or x > rect[2] or y < rect[1] or y > rect[3]:
                ends[end, i] = -1
                continue
            slot = point_slot(table, xs, ys, x, y)
            if table[slot] < 0:
                table[slot] = n
                xs[n], ys[n] = x, y
                n += 1
            ends[end, i] = table[slot]
    for k in range(len(crossed)):
        x, y = crossed[k, 0], crossed[k, 1]
        if x < rect[0] or x > rect[2] or y < rect[1] or y > rect[3]:
            continue
        slot = point_slot(table, xs, ys, x, y)
        if table[slot] < 0:
            table[slot] = n
            xs[n], ys[n] = x, y
            n += 1
    return xs[:n].copy(), ys[:n].copy(), ends[0], ends[1]


@kernel
def cells_of_nodes(xs: Any, ys: Any, west: Any, south: Any, shift: Any, across: Any, up: Any) -> Any:
    """(offsets by cell, nodes)."""
    cell = np.empty(len(xs), np.int32)
    for i in range(len(xs)):
        cell[i] = ((np.int64(ys[i]) - south) >> shift) * across + ((np.int64(xs[i]) - west) >> shift)
    return sorted_by(cell, across * up)


@kernel
def meetings(rows: Any, start: Any, member: Any, node_start: Any, node: Any, xs: Any, ys: Any) -> Any:
    """(segment, node) wherever a segment meets a hot pixel other than those of its own ends."""
    seg, hit, n = np.empty(256, np.int32), np.empty(256, np.int32), 0
    # nodes of a cell side by side: they are looked at once for each segment of the cell
    px, py = np.empty(len(node), np.int32), np.empty(len(node), np.int32)
    for k in range(len(node)):
        px[k], py[k] = xs[node[k]], ys[node[k]]
    for cell in range(len(start) - 1):
        first, stop = node_start[cell], node_start[cell + 1]
        if first == stop:
            continue
        for i in range(start[cell], start[cell + 1]):
            s = member[i]
            x0, y0, x1, y1 = rows[s, 0], rows[s, 1], rows[s, 2], rows[s, 3]
            low, high = min(y0, y1), max(y0, y1)
            for k in range(first, stop):
                x, y = px[k], py[k]
                # the four at once: mostly one of them fails, but no one can guess which
                if (x < x0) | (x > x1) | (y < low) | (y > high):
                    continue
                if (x == x0 and y == y0) or (x == x1 and y == y1):
                    continue
                if meets_pixel(x0, y0, x1, y1, x, y):
                    if n == len(seg):
                        seg, hit = grown(seg, n), grown(hit, n)
                    seg[n], hit[n] = s, node[k]
                    n += 1
    return seg[:n], hit[:n]


@kernel
def order_meetings(rows: Any, seg: Any, hit: Any, xs: Any, ys: Any) -> Any:
    """(offsets by segment, nodes along each segment from its smaller end): by x, then by y in the sense of the segment."""
    start = starts(seg, len(rows))
    at = start[:-1].copy()
    nodes = np.empty(len(hit), np.int32)
    for k in range(len(seg)):
        s = seg[k]
        falling = rows[s, 3] < rows[s, 1]
        p = hit[k]
        i = at[s]
        while i > start[s]:
            q = nodes[i - 1]
            if xs[q] < xs[p] or (xs[q] == xs[p] and (ys[q] > ys[p] if falling else ys[q] < ys[p])):
                break
            nodes[i] = q
            i -= 1
        nodes[i] = p
        at[s] += 1
    return start, nodes


@kernel
def inner_edges(low_end: Any, high_end: Any, start: Any, nodes: Any) -> Any:
    """Edges of the segments that lie in this tile with both ends: (from, to, segment)."""
    count = 0
    for s in range(len(low_end)):
        if low_end[s] >= 0 and high_end[s] >= 0 and low_end[s] != high_end[s]:
            count += start[s + 1] - start[s] + 1
    a, b, of = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    k = 0
    for s in range(len(low_end)):
        if low_end[s] < 0 or high_end[s] < 0 or low_end[s] == high_end[s]:
            continue
        here = low_end[s]
        for i in range(start[s], start[s + 1] + 1):
            there = nodes[i] if i < start[s + 1] else high_end[s]
            a[k], b[k], of[k] = here, there, s
            here = there
            k += 1
    return a, b, of


@kernel
def seam_rows(rows: Any, low_end: Any, high_end: Any, start: Any, nodes: Any, xs: Any, ys: Any) -> Any:
    """What other tiles must know: (segments (s, 5) that start here and end elsewhere: ends, number; meetings (k, 6): ends, pixel)."""
    own, n = np.empty((len(rows), 5), np.int32), 0
    count = 0
    for s in range(len(rows)):
        if low_end[s] < 0 or high_end[s] < 0:
            count += start[s + 1] - start[s]
            if low_end[s] >= 0:
                for c in range(4):
                    own[n, c] = rows[s, c]
                own[n, 4] = s
                n += 1
    met, k = np.empty((count, 6), np.int32), 0
    for s in range(len(rows)):
        if low_end[s] < 0 or high_end[s] < 0:
            for i in range(start[s], start[s + 1]):
                for c in range(4):
                    met[k, c] = rows[s, c]
                met[k, 4], met[k, 5] = xs[nodes[i]], ys[nodes[i]]
                k += 1
    return own[:n].copy(), met
