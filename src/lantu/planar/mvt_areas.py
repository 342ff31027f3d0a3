"""Thousands of areas written into a vector tile at once: clipped, rounded, checked and encoded without an object for each.

A shape of one ring that stays simple after rounding is written as it is; the few others go through GEOS, which mends them. Clipping follows
Sutherland and Hodgman (1974): of a concave area that leaves the window twice the parts stay joined along the border.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar import mvt
from lantu.planar.jit import kernel

EMPTY, DRAWN, DOUBTFUL = 0, 1, 2
MOST_CHECKED = 100
"""Vertices up to which a ring is checked pair by pair; of longer ones GEOS judges faster."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Properties of shapes that all have the same ``keys``: ``value`` (s, k) their values as numbers in ``pool``, encoded values one after
    another: number i is ``pool[pool_start[i]:pool_start[i + 1]]``."""

    keys: tuple[str, ...]
    value: NDArray[np.int32]
    pool: NDArray[np.uint8]
    pool_start: NDArray[np.int64]


def columns_of(properties: Sequence[Mapping[str, mvt.Value]]) -> Columns | None:
    """The properties as columns; None when they have different keys."""
    keys = tuple(properties[0]) if len(properties) else ()
    if any(tuple(row) != keys for row in properties):
        return None
    known: dict[tuple[type, mvt.Value], int] = {}
    value = [[known.setdefault((type(one), one), len(known)) for one in row.values()] for row in properties]
    pool = [mvt.field(4, mvt.encoded(one)) for _kind, one in known]
    return Columns(
        keys,
        np.array(value, dtype=np.int32).reshape(len(properties), len(keys)),
        np.frombuffer(b"".join(pool), np.uint8),
        np.concatenate([[0], np.cumsum([len(one) for one in pool])]).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Areas:
    """Polygons and multipolygons as columns: ``xy`` (n, 2) vertices without the closing one; ``ring_start`` (r + 1,); ``hole`` (r,) whether
    a ring is a hole of the shell before it; ``shape_start`` (s + 1,) offsets into the rings."""

    xy: Floats
    ring_start: NDArray[np.int64]
    hole: NDArray[np.bool_]
    shape_start: NDArray[np.int64]


def areas_of(shapes: NDArray[np.object_]) -> Areas | None:
    """The columns of ``shapes``; None when some are no areas."""
    if not np.isin(shapely.get_type_id(shapes), (3, 6)).all():
        return None
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    closing = np.append(np.diff(ring_of) > 0, True)[: len(xy)]
    return Areas(
        np.ascontiguousarray(xy[~closing]),
        np.concatenate([[0], np.cumsum(np.maximum(np.bincount(ring_of, minlength=len(rings)) - 1, 0))]).astype(np.int64),
        np.diff(part_of, prepend=-1) == 0,
        np.concatenate([[0], np.cumsum(np.bincount(shape_of[part_of], minlength=len(shapes)))]).astype(np.int64),
    )


def encode_areas(
    name: str,
    areas: Areas,
    columns: Columns,
    chosen: NDArray[np.int64],
    local: Callable[[Floats], Floats],
    mend: Callable[[NDArray[np.int64]], NDArray[np.object_]],
    extent: int,
    margin: int,
) -> bytes:
    """A tile with one layer of the ``chosen`` shapes, in their order.

    ``local``: (n, 2) coordinates in the tile's own, y upwards, as doubles; ``mend``: gives the doubtful ones among the shapes, by number:
    clipped, in whole tile coordinates and valid. ``margin``: how far beyond the tile areas reach.
    """
    ring_from, ring_to = areas.shape_start[chosen], areas.shape_start[chosen + 1]
    row_from, row_to = areas.ring_start[ring_from], areas.ring_start[ring_to]
    xy = local(_taken(areas.xy, row_from, row_to))
    commands, stop, state = _commands(xy, areas.ring_start, areas.hole, ring_from, ring_to, row_from, extent, -margin, extent + margin)
    doubtful = np.flatnonzero(state == DOUBTFUL)
    if len(doubtful):
        mended = mend(chosen[doubtful])
        kinds = shapely.get_type_id(mended)
        more, more_start = mvt.commands(np.where(np.isin(kinds, (3, 6)), mended, shapely.Polygon()), mvt.AREA, extent)
        place = np.full(len(chosen), -1, np.int64)
        place[doubtful] = np.arange(len(doubtful))
    else:
        more, more_start, place = commands[:0], np.zeros(1, np.int64), np.full(len(chosen), -1, np.int64)
    features, values = _features(commands, stop, more, more_start, place, columns.value[chosen], columns.pool, columns.pool_start)
    if not len(features):
        return b""
    head = mvt.field(1, name.encode())
    keys = b"".join(mvt.field(3, key.encode()) for key in columns.keys)
    return mvt.field(3, b"".join((head, features.tobytes(), keys, values.tobytes(), b"\x28", mvt.varint(extent), b"\x78\x02")))


@kernel
def _taken(xy: Any, first: Any, stop: Any) -> Any:
    total = 0
    for i in range(len(first)):
        total += stop[i] - first[i]
    out, n = np.empty((total, 2), np.float64), 0
    for i in range(len(first)):
        for v in range(first[i], stop[i]):
            out[n, 0], out[n, 1] = xy[v, 0], xy[v, 1]
            n += 1
    return out


@kernel
def _clipped(line: Any, n: Any, other: Any, axis: Any, limit: Any, above: Any) -> Any:
    """Cut the ring ``line[:n]`` by one side of the window into ``other``; its new length."""
    m = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        a, b = line[i, axis], line[j, axis]
        a_in, b_in = (a >= limit, b >= limit) if above else (a <= limit, b <= limit)
        if a_in:
            other[m, 0], other[m, 1] = line[i, 0], line[i, 1]
            m += 1
        if a_in != b_in:
            t = (limit - a) / (b - a)
            other[m, axis] = limit
            other[m, 1 - axis] = line[i, 1 - axis] + t * (line[j, 1 - axis] - line[i, 1 - axis])
            m += 1
    return m


@kernel
def _turn(ax: Any, ay: Any, bx: Any, by: Any, cx: Any, cy: Any) -> Any:
    value = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return 1 if value > 0 else -1 if value < 0 else 0


@kernel
def _simple(x: Any, y: Any, n: Any) -> Any:
    """Whether no two edges of the ring meet but at their common ends; neighbours may not fold back."""
    for i in range(n):
        ax, ay, bx, by = x[i], y[i], x[(i + 1) % n], y[(i + 1) % n]
        low_x, high_x, low_y, high_y = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        cx, cy = x[(i + 2) % n], y[(i + 2) % n]
        if _turn(ax, ay, bx, by, cx, cy) == 0 and (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < 0:
            return False
        for j in range(i + 2, n - 1 if i == 0 else n):
            cx, cy = x[j], y[j]
            dx, dy = x[j + 1 if j + 1 < n else 0], y[j + 1 if j + 1 < n else 0]
            if max(cx, dx) < low_x or min(cx, dx) > high_x or max(cy, dy) < low_y or min(cy, dy) > high_y:
                continue
            one, two = _turn(ax, ay, bx, by, cx, cy), _turn(ax, ay, bx, by, dx, dy)
            if one * two > 0:
                continue
            if _turn(cx, cy, dx, dy, ax, ay) * _turn(cx, cy, dx, dy, bx, by) <= 0:
                return False
    return True


@kernel
def _ring(line: Any, other: Any, n: Any, low: Any, high: Any, extent: Any, x: Any, y: Any) -> Any:
    """Clip, round and tidy a ring into ``x``, ``y`` (y downwards): (vertices, twice its area); repeated vertices go."""
    inside = True
    for i in range(n):
        if line[i, 0] < low or line[i, 0] > high or line[i, 1] < low or line[i, 1] > high:
            inside = False
            break
    if not inside:
        n = _clipped(line, n, other, 0, low, True)
        n = _clipped(other, n, line, 0, high, False)
        n = _clipped(line, n, other, 1, low, True)
        n = _clipped(other, n, line, 1, high, False)
    m = 0
    for i in range(n):
        px, py = np.int64(np.rint(line[i, 0])), np.int64(extent - np.rint(line[i, 1]))
        if m == 0 or px != x[m - 1] or py != y[m - 1]:
            x[m], y[m] = px, py
            m += 1
    while m > 1 and x[0] == x[m - 1] and y[0] == y[m - 1]:
        m -= 1
    area = np.int64(0)
    for i in range(m):
        j = i + 1 if i + 1 < m else 0
        area += x[i] * y[j] - x[j] * y[i]
    return m, area


@kernel
def _commands(xy: Any, ring_start: Any, hole: Any, ring_from: Any, ring_to: Any, row_from: Any, extent: Any, low: Any, high: Any) -> Any:
    """(command integers as varints, offsets by shape, states) of shapes with rings ``ring_from[i]:ring_to[i]``; their rows follow on."""
    longest, rings = 0, 0
    for i in range(len(ring_from)):
        for r in range(ring_from[i], ring_to[i]):
            longest, rings = max(longest, ring_start[r + 1] - ring_start[r]), rings + 1
    # each cut of a ring adds at most as many vertices as it has
    line, other = np.empty((16 * longest + 16, 2), np.float64), np.empty((16 * longest + 16, 2), np.float64)
    x, y = np.empty(16 * longest + 16, np.int64), np.empty(16 * longest + 16, np.int64)
    out = np.empty(8 * len(xy) + 32 * rings + 64, np.uint8)
    stop, state = np.zeros(len(ring_from) + 1, np.int64), np.zeros(len(ring_from), np.int8)
    at, base = 0, 0
    for i in range(len(ring_from)):
        begin, px, py, shell = at, np.int64(0), np.int64(0), False
        for r in range(ring_from[i], ring_to[i]):
            n = ring_start[r + 1] - ring_start[r]
            since = base + ring_start[r] - row_from[i]
            for k in range(n):
                line[k, 0], line[k, 1] = xy[since + k, 0], xy[since + k, 1]
            m, area = _ring(line, other, n, low, high, extent, x, y)
            if not hole[r]:
                shell = m > 2 and abs(area) >= 2
            if m < 3 or area == 0 or not shell:
                continue
            # rings that are simple alone may still cross one another
            if hole[r] or state[i] == DRAWN or m > MOST_CHECKED or not _simple(x, y, m):
                state[i] = DOUBTFUL
                break
            if len(out) < at + 20 * m + 32:
                bigger = np.empty(2 * len(out) + 20 * m, np.uint8)
                bigger[:at] = out[:at]
                out = bigger
            for k in range(m):
                j = k if area > 0 else m - 1 - k
                if k < 2:
                    at = mvt.put(out, at, 9 if k == 0 else 2 | ((m - 1) << 3))
                dx, dy = x[j] - px, y[j] - py
                px, py = x[j], y[j]
                at = mvt.put(out, at, (dx << 1) ^ (dx >> 63))
                at = mvt.put(out, at, (dy << 1) ^ (dy >> 63))
            at = mvt.put(out, at, 15)
            state[i] = DRAWN
        if state[i] != DRAWN:
            at = begin
        stop[i + 1] = at
        if ring_to[i] > ring_from[i]:
            base += ring_start[ring_to[i]] - row_from[i]
    return out[:at], stop, state


@kernel
def _size(value: Any) -> Any:
    """Bytes of a varint."""
    n = 1
    while value > 0x7F:
        value >>= 7
        n += 1
    return n


@kernel
def _features(commands: Any, start: Any, more: Any, more_start: Any, place: Any, value: Any, pool: Any, pool_start: Any) -> Any:
    """(feature messages, value messages in the order of their first use) of the shapes that have something to draw."""
    count, width = len(value), value.shape[1]
    out = np.empty(len(commands) + len(more) + count * (24 + 12 * width) + 16, np.uint8)
    number = np.full(max(1, len(pool_start) - 1), -1, np.int32)
    used, n, at = np.empty(max(1, len(pool_start) - 1), np.int32), 0, 0
    for i in range(count):
        source, first, stop = commands, start[i], start[i + 1]
        if place[i] >= 0:
            source, first, stop = more, more_start[place[i]], more_start[place[i] + 1]
        if first == stop:
            continue
        tags = 0
        for k in range(width):
            v = value[i, k]
            if number[v] < 0:
                number[v], used[n] = n, v
                n += 1
            tags += _size(k) + _size(number[v])
        length = stop - first
        whole = 1 + _size(tags) + tags + 2 + 1 + _size(length) + length
        at = mvt.put(out, at, 2 << 3 | 2)
        at = mvt.put(out, at, whole)
        at = mvt.put(out, at, 2 << 3 | 2)
        at = mvt.put(out, at, tags)
        for k in range(width):
            at = mvt.put(out, mvt.put(out, at, k), number[value[i, k]])
        out[at], out[at + 1] = 0x18, mvt.AREA
        at = mvt.put(out, at + 2, 4 << 3 | 2)
        at = mvt.put(out, at, length)
        for k in range(first, stop):
            out[at] = source[k]
            at += 1
    total = 0
    for i in range(n):
        total += pool_start[used[i] + 1] - pool_start[used[i]]
    values, k = np.empty(total, np.uint8), 0
    for i in range(n):
        for b in range(pool_start[used[i]], pool_start[used[i] + 1]):
            values[k] = pool[b]
            k += 1
    return out[:at].copy(), values
