"""Faces cut by a site in one kernel, where no vertex of one lies on the other's outline; all else is left to GEOS.

The outline of what face and site share is what of either outline lies within the other. Where the two cross properly it passes from one to
the other: so walk along the face from where it enters the site to where it leaves it, on along the site to where that leaves the face's
outside, and so on (Weiler and Atherton 1977). Rings that cross nothing belong to it whole or not at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.tables import grown

NEAR = 1e-9
"""Metres within which a point may lie on a line: doubles of coordinates up to 200 km are good to a thirtieth of that."""


@kernel
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 left of the line from a to b, -1 right of it, 0 too near to tell."""
    dx, dy = bx - ax, by - ay
    turn = dx * (py - ay) - dy * (px - ax)
    doubt = NEAR * (abs(dx) + abs(dy))
    return 1 if turn > doubt else -1 if turn < -doubt else 0


@kernel
def _along(ax: float, ay: float, bx: float, by: float, px: float, py: float, qx: float, qy: float) -> float:
    """At which part of the way from p to q, on either side of the line from a to b, that is crossed."""
    here = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    there = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
    return here / (here - there)


@kernel
def _order(cross: Any, column: Any, px: Any, py: Any) -> Any:
    """(the crossings in the order of an outline, the place of each, whether two are too near to tell which comes first)."""
    m = len(px)
    key = cross[:m, column] + cross[:m, column + 1] / 2
    order, place, doubt = np.argsort(key), np.empty(m, np.int64), False
    for c in range(m):
        here = order[c]
        place[here] = c
        if c + 1 < m and cross[here, column] == cross[order[c + 1], column]:
            there = order[c + 1]
            doubt |= key[there] - key[here] < NEAR or max(abs(px[here] - px[there]), abs(py[here] - py[there])) < 4 * NEAR
    return order, place, doubt


@kernel
def _holds(x: Any, y: Any, after: Any, first: Any, stop: Any, px: float, py: float) -> bool:
    """Whether the point, clear of all edges, lies within the rings of vertices ``first:stop`` (even-odd)."""
    inside = False
    for i in range(first, stop):
        j = after[i]
        if (y[i] <= py) != (y[j] <= py):
            turn = (x[j] - x[i]) * (py - y[i]) - (y[j] - y[i]) * (px - x[i])
            if (turn > 0) == (y[j] > y[i]):
                inside = not inside
    return inside


@kernel
def _doubled(out: Any, first: Any, stop: Any) -> float:
    """Twice the area of a ring, its vertices counted from the first one so that little is lost to rounding."""
    total = 0.0
    for i in range(first + 1, stop - 1):
        total += (out[i, 0] - out[first, 0]) * (out[i + 1, 1] - out[first, 1])
        total -= (out[i + 1, 0] - out[first, 0]) * (out[i, 1] - out[first, 1])
    return total


@kernel
def edges_of(ring_start: Any, face_start: Any, chosen: Any) -> int:
    """How many edges the chosen faces have."""
    count = 0
    for f in chosen:
        count += ring_start[face_start[f + 1]] - ring_start[face_start[f]]
    return count


@kernel
def cut_faces(
    xy: Any, ring_start: Any, face_start: Any, area2: Any, chosen: Any, unit: float, least: float, site: Any, site_ring: Any
) -> Any:
    """What a site shares with ``chosen`` faces: (faces, areas, whether whole, polygons of each, faces in doubt, xy, ring of each vertex,
    polygon of each ring).

    ``unit``: grid units in a metre. ``least``: square metres that count. ``site`` (n, 2): metres from the origin of the grid, rings one
    after another (offsets ``site_ring``) without their first vertex repeated, the interior on the left. Returned ``xy`` are closed rings in
    metres from the origin, face by face, the shell of a polygon first.
    """
    count = len(site)
    sx, sy, safter, sring = np.empty(count), np.empty(count), np.empty(count, np.int64), np.empty(count, np.int64)
    for r in range(len(site_ring) - 1):
        for i in range(site_ring[r], site_ring[r + 1]):
            sx[i], sy[i], sring[i] = site[i, 0], site[i, 1], r
            safter[i] = i + 1 if i + 1 < site_ring[r + 1] else site_ring[r]
    west, east, south, north = sx.min() - NEAR, sx.max() + NEAR, sy.min() - NEAR, sy.max() + NEAR
    longest = 0
    for k in range(len(chosen)):
        longest = max(longest, ring_start[face_start[chosen[k] + 1]] - ring_start[face_start[chosen[k]]])
    x, y = np.empty(longest), np.empty(longest)
    after, ring_of = np.empty(longest, np.int64), np.empty(longest, np.int64)
    faces, unclear, known, left_over = np.empty(len(chosen), np.int64), np.empty(len(chosen), np.int64), 0, 0
    area, whole, polygons = np.empty(len(chosen)), np.empty(len(chosen), np.bool_), np.empty(len(chosen), np.int64)
    out, out_ring, n = np.empty((1024, 2)), np.empty(1024, np.int64), 0
    polygon, rings, parts = np.empty(64, np.int64), 0, 0
    # crossings: edge of the face, how far along it, edge of the site, how far along that, whether the face enters the site
    cross, m = np.empty((64, 4)), 0
    enters = np.empty(64, np.bool_)
    for k in range(len(chosen)):
        first_ring, last_ring = face_start[chosen[k]], face_start[chosen[k] + 1]
        base, size = ring_start[first_ring], ring_start[last_ring] - ring_start[first_ring]
        for r in range(first_ring, last_ring):
            for v in range(ring_start[r], ring_start[r + 1]):
                x[v - base], y[v - base], ring_of[v - base] = xy[v, 0] / unit, xy[v, 1] / unit, r - first_ring
                after[v - base] = v + 1 - base if v + 1 < ring_start[r + 1] else ring_start[r] - base
        doubt, m = False, 0
        for i in range(size):
            j = after[i]
            ax, ay, bx, by = x[i], y[i], x[j], y[j]
            left, right, low, high = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            if left > east or right < west or low > north or high < south:
                continue
            left, right, low, high = left - NEAR, right + NEAR, low - NEAR, high + NEAR
            for a in range(count):
                b = safter[a]
                if max(sx[a], sx[b]) < left or min(sx[a], sx[b]) > right or max(sy[a], sy[b]) < low or min(sy[a], sy[b]) > high:
                    continue
                one, two = _side(sx[a], sy[a], sx[b], sy[b], ax, ay), _side(sx[a], sy[a], sx[b], sy[b], bx, by)
                if one * two > 0:
                    continue
                three, four = _side(ax, ay, bx, by, sx[a], sy[a]), _side(ax, ay, bx, by, sx[b], sy[b])
                if three * four > 0:
                    continue
                if one * two * three * four == 0:
                    doubt = True
                    break
                if m == len(cross):
                    cross, enters = grown(cross, m), grown(enters, m)
                cross[m, 0], cross[m, 1] = i, _along(sx[a], sy[a], sx[b], sy[b], ax, ay, bx, by)
                cross[m, 2], cross[m, 3] = a, _along(ax, ay, bx, by, sx[a], sy[a], sx[b], sy[b])
                enters[m] = two > 0
                m += 1
            if doubt:
                break
        first_out, first_parts, first_rings = n, parts, rings
        held, total = False, 0.0
        if not doubt:
            doubt, held, n, rings, parts, out, out_ring, polygon = _trace(
                x, y, after, ring_of, size, last_ring - first_ring, sx, sy, safter, sring, site_ring, cross, enters, m, n, rings, parts,
                out, out_ring, polygon,
            )  # fmt: skip
        if doubt:
            unclear[left_over] = chosen[k]
            left_over += 1
        elif held:
            total = area2[chosen[k]] / unit / unit / 2
        else:
            total = _areas(out, out_ring, first_out, n) / 2
        if total <= least:
            n, parts, rings = first_out, first_parts, first_rings
            continue
        faces[known], area[known], whole[known], polygons[known] = chosen[k], total, held, parts - first_parts
        known += 1
    return (
        faces[:known], area[:known], whole[:known], polygons[:known], unclear[:left_over], out[:n].copy(), out_ring[:n].copy(),
        polygon[:rings].copy(),
    )  # fmt: skip


@kernel
def _areas(out: Any, out_ring: Any, since: Any, n: Any) -> float:
    """Twice the area of the rings from vertex ``since`` on."""
    total = 0.0
    while since < n:
        stop = since
        while stop < n and out_ring[stop] == out_ring[since]:
            stop += 1
        total += _doubled(out, since, stop)
        since = stop
    return total


@kernel
def _trace(
    x: Any, y: Any, after: Any, ring_of: Any, size: Any, face_rings: Any, sx: Any, sy: Any, safter: Any, sring: Any, site_ring: Any,
    cross: Any, enters: Any, m: Any, n: Any, rings: Any, parts: Any, out: Any, out_ring: Any, polygon: Any,
) -> Any:  # fmt: skip
    """Append the rings of one face: (doubt, whole, and the last six again)."""
    first_rings, first_out = rings, n
    crossed, site_crossed = np.zeros(face_rings, np.bool_), np.zeros(len(site_ring) - 1, np.bool_)
    for c in range(m):
        crossed[ring_of[np.int64(cross[c, 0])]] = True
        site_crossed[sring[np.int64(cross[c, 2])]] = True
    # two rings may meet in a vertex, and a walk over both would come back there
    doubt: Any = np.count_nonzero(crossed) > 1 or np.count_nonzero(site_crossed) > 1
    px, py = np.empty(m), np.empty(m)
    for c in range(m):
        edge, t = np.int64(cross[c, 0]), cross[c, 1]
        px[c], py[c] = x[edge] + t * (x[after[edge]] - x[edge]), y[edge] + t * (y[after[edge]] - y[edge])
    along, place, near = _order(cross, 0, px, py)
    at, site_place, near_too = _order(cross, 2, px, py)
    doubt = doubt or near or near_too
    used = np.zeros(m, np.bool_)
    for c in range(m):
        if doubt or used[c] or not enters[c]:
            continue
        here: Any = c
        begin = n
        while not used[here] and not doubt:
            used[here] = True
            # the face from where it enters the site to where it leaves it
            there = along[place[here] + 1 if place[here] + 1 < m else 0]
            doubt = enters[there]
            n, out, out_ring = _stretch(
                x, y, after, here, there, np.int64(cross[here, 0]), np.int64(cross[there, 0]), cross[here, 1], cross[there, 1], px, py,
                rings, n, out, out_ring,
            )  # fmt: skip
            # the site from there to where the face enters again
            here = at[site_place[there] + 1 if site_place[there] + 1 < m else 0]
            doubt = doubt or not enters[here]
            n, out, out_ring = _stretch(
                sx, sy, safter, there, here, np.int64(cross[there, 2]), np.int64(cross[here, 2]), cross[there, 3], cross[here, 3], px, py,
                rings, n, out, out_ring,
            )  # fmt: skip
        n, rings, out, out_ring, polygon = _closed(begin, n, rings, out, out_ring, polygon)
        doubt = doubt or here != c
    for r in range(face_rings if not doubt else 0):
        i = 0
        while i < size and ring_of[i] != r:
            i += 1
        if i < size and not crossed[r] and _holds(sx, sy, safter, 0, len(sx), x[i], y[i]):
            begin = n
            while i < size and ring_of[i] == r:
                n, out, out_ring = _point(x[i], y[i], rings, n, out, out_ring)
                i += 1
            n, rings, out, out_ring, polygon = _closed(begin, n, rings, out, out_ring, polygon)
    own = rings
    for r in range(len(site_ring) - 1 if not doubt else 0):
        first = site_ring[r]
        if not site_crossed[r] and _holds(x, y, after, 0, size, sx[first], sy[first]):
            begin = n
            for i in range(first, site_ring[r + 1]):
                n, out, out_ring = _point(sx[i], sy[i], rings, n, out, out_ring)
            n, rings, out, out_ring, polygon = _closed(begin, n, rings, out, out_ring, polygon)
    # shells first; where there are several, holes would have to be told apart
    shells, holes, turned, since = 0, 0, -1, first_out
    for ring in range(first_rings, rings):
        stop = since
        while stop < n and out_ring[stop] == ring:
            stop += 1
        if _doubled(out, since, stop) > 0:
            polygon[ring] = parts + shells
            if shells == 0:
                turned = ring
            shells += 1
        else:
            polygon[ring] = parts
            holes += 1
        since = stop
    doubt = doubt or (holes > 0 and (shells != 1 or turned != first_rings))
    return doubt, m == 0 and own == rings and rings > first_rings, n, rings, parts + shells, out, out_ring, polygon


@kernel
def _point(px: float, py: float, ring: Any, n: Any, out: Any, out_ring: Any) -> Any:
    if n == len(out):
        out, out_ring = grown(out, n), grown(out_ring, n)
    out[n, 0], out[n, 1], out_ring[n] = px, py, ring
    return n + 1, out, out_ring


@kernel
def _closed(begin: Any, n: Any, rings: Any, out: Any, out_ring: Any, polygon: Any) -> Any:
    """End a ring with its first vertex."""
    n, out, out_ring = _point(out[begin, 0], out[begin, 1], rings, n, out, out_ring)
    if rings == len(polygon):
        polygon = grown(polygon, rings)
    return n, rings + 1, out, out_ring, polygon


@kernel
def _stretch(
    x: Any, y: Any, after: Any, here: Any, there: Any, edge: Any, last: Any, since: float, until: float, px: Any, py: Any, ring: Any,
    n: Any, out: Any, out_ring: Any,
) -> Any:  # fmt: skip
    """Append a crossing and the vertices from it to the next one, which is not appended: (n, out, out_ring)."""
    n, out, out_ring = _point(px[here], py[here], ring, n, out, out_ring)
    if edge == last and since < until:
        return n, out, out_ring
    while True:
        edge = after[edge]
        n, out, out_ring = _point(x[edge], y[edge], ring, n, out, out_ring)
        if edge == last:
            return n, out, out_ring
