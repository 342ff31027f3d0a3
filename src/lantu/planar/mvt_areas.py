"""Thousands of areas written into a vector tile at once: clipped, rounded, checked and encoded without an object for each.

A shape that stays valid after rounding is written as it is; the few others go through GEOS, which mends them. Clipping follows
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
from lantu.planar.areas import Areas, Floats
from lantu.planar.jit import kernel

EMPTY, DRAWN, DOUBTFUL = 0, 1, 2
MOST_CHECKED = 150
"""Vertices up to which a shape is checked pair by pair; of longer ones GEOS judges faster."""
TABLE = 1024
"""Steps of the table of latitudes of a tile."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Properties of shapes that all have the same ``keys``: ``value`` (s, k) their values as numbers in ``pool``, encoded values one after
    another: number i is ``pool[pool_start[i]:pool_start[i + 1]]``."""

    keys: tuple[str, ...]
    value: NDArray[np.int32]
    pool: NDArray[np.uint8]
    pool_start: NDArray[np.int64]

    def rows(self, chosen: NDArray[np.int64]) -> list[dict[str, mvt.Value]]:
        """The properties of the chosen shapes."""
        numbers = self.value[chosen]
        known = {
            number: mvt.decoded(self.pool[self.pool_start[number] : self.pool_start[number + 1]].tobytes())
            for number in np.unique(numbers).tolist()
        }
        return [{key: known[number] for key, number in zip(self.keys, row, strict=True)} for row in numbers.tolist()]


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
class View:
    """How places in degrees come into the coordinates of a tile, y upwards: ``x = (lon - west) · east``; y alike, or along Mercator.

    ``level`` (k,) for a tile in Mercator: y at evenly spaced latitudes from ``south`` on, ``north`` of them a degree (a straight line
    between two is off by a tenth of a unit at zoom 0, far less below); ``scale``, ``base``: beyond them y is
    ``scale · arsinh(tan lat) - base``.
    """

    west: float
    east: float
    south: float
    north: float
    level: Floats
    scale: float
    base: float


def flat_view(west: float, south: float, per_degree: float) -> View:
    """A tile on a grid of degrees."""
    return View(west, per_degree, south, per_degree, np.empty(0), 0.0, 0.0)


def mercator_view(west: float, east: float, south: float, north: float, scale: float, base: float) -> View:
    """A tile in Web Mercator that holds latitudes from ``south`` to ``north``; ``east``: units a degree of longitude."""
    latitudes = np.linspace(south, north, TABLE + 1)
    return View(west, east, south, TABLE / (north - south), scale * np.arcsinh(np.tan(np.radians(latitudes))) - base, scale, base)


def encode_areas(
    name: str,
    areas: Areas,
    columns: Columns,
    chosen: NDArray[np.int64],
    view: View,
    mend: Callable[[NDArray[np.int64]], NDArray[np.object_]],
    extent: int,
    margin: int,
) -> bytes:
    """A tile with one layer of the ``chosen`` shapes, in their order.

    ``mend``: gives the doubtful ones among the shapes, by number: clipped, in whole tile coordinates and valid. ``margin``: how far beyond
    the tile areas reach.
    """
    placed = (view.west, view.east, view.south, view.north, view.level, view.scale, view.base)
    columns_of_areas = (areas.xy, areas.ring_start, areas.hole, areas.shape_start)
    commands, stop, state = _commands(*columns_of_areas, chosen, placed, extent, -margin, extent + margin)
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
def _up(view: Any, lat: float) -> Any:
    """y of a latitude."""
    _west, _east, south, north, level, scale, base = view
    step = (lat - south) * north
    if len(level) == 0:
        return step
    k = int(np.floor(step))
    if k < 0 or k + 1 >= len(level):
        return scale * np.arcsinh(np.tan(np.radians(lat))) - base
    return level[k] + (step - k) * (level[k + 1] - level[k])


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
def _sound(x: Any, y: Any, until: Any, hole: Any, rings: Any) -> Any:
    """Whether no two edges of the rings meet but at their common ends, and holes lie inside and parts outside of what the others enclose.

    Ring k has the vertices ``until[k]:until[k + 1]``; neighbouring edges may not fold back.
    """
    for k in range(rings):
        first, stop = until[k], until[k + 1]
        for i in range(first, stop):
            j = i + 1 if i + 1 < stop else first
            ax, ay, bx, by = x[i], y[i], x[j], y[j]
            low_x, high_x, low_y, high_y = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            c = j + 1 if j + 1 < stop else first
            if _turn(ax, ay, bx, by, x[c], y[c]) == 0 and (bx - ax) * (x[c] - bx) + (by - ay) * (y[c] - by) < 0:
                return False
            other = k
            for p in range(min(i + 2, stop), until[rings]):
                if p >= until[other + 1]:
                    other += 1
                if other == k and i == first and p + 1 == stop:
                    continue
                q = p + 1 if p + 1 < until[other + 1] else until[other]
                cx, cy, dx, dy = x[p], y[p], x[q], y[q]
                if max(cx, dx) < low_x or min(cx, dx) > high_x or max(cy, dy) < low_y or min(cy, dy) > high_y:
                    continue
                if _turn(ax, ay, bx, by, cx, cy) * _turn(ax, ay, bx, by, dx, dy) > 0:
                    continue
                if _turn(cx, cy, dx, dy, ax, ay) * _turn(cx, cy, dx, dy, bx, by) <= 0:
                    return False
    for k in range(rings if rings > 1 else 0):
        inside, px, py = False, x[until[k]], y[until[k]]
        for other in range(rings):
            for i in range(until[other], until[other + 1] if other != k else until[other]):
                j = i + 1 if i + 1 < until[other + 1] else until[other]
                if (y[i] > py) != (y[j] > py) and (_turn(x[i], y[i], x[j], y[j], px, py) > 0) == (y[j] > y[i]):
                    inside = not inside
        if inside != hole[k]:
            return False
    return True


@kernel
def _without_needles(x: Any, y: Any, n: Any) -> Any:
    """Take out of the ring ``x[:n]``, ``y[:n]`` the vertices where it turns back on itself: (vertices left, twice the area)."""
    i, quiet = 0, 0
    while n > 2 and quiet < n:
        i = i if i < n else 0
        p, q = i - 1 if i > 0 else n - 1, i + 1 if i + 1 < n else 0
        turn = _turn(x[p], y[p], x[i], y[i], x[q], y[q])
        # where it goes straight on it also goes, which leaves the ring as it is
        if turn != 0:
            i, quiet = i + 1, quiet + 1
            continue
        for k in range(i, n - 1):
            x[k], y[k] = x[k + 1], y[k + 1]
        n, quiet = n - 1, 0
        i = i - 1 if i > 0 else n - 1
    area = np.int64(0)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        area += x[i] * y[j] - x[j] * y[i]
    return n, area


@kernel
def _ring(line: Any, other: Any, n: Any, low: Any, high: Any, extent: Any, x: Any, y: Any, at: Any) -> Any:
    """Clip, round and tidy a ring into ``x``, ``y`` (y downwards) from ``at`` on: (vertices, twice its area); repeated vertices go."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(n):
        west, east = min(west, line[i, 0]), max(east, line[i, 0])
        south, north = min(south, line[i, 1]), max(north, line[i, 1])
    if east < low or west > high or north < low or south > high:
        return 0, np.int64(0)
    if west < low:
        n = _clipped(line, n, other, 0, low, True)
        line, other = other, line
    if east > high:
        n = _clipped(line, n, other, 0, high, False)
        line, other = other, line
    if south < low:
        n = _clipped(line, n, other, 1, low, True)
        line, other = other, line
    if north > high:
        n = _clipped(line, n, other, 1, high, False)
        line, other = other, line
    m = at
    for i in range(n):
        px, py = np.int64(np.rint(line[i, 0])), np.int64(extent - np.rint(line[i, 1]))
        if m == at or px != x[m - 1] or py != y[m - 1]:
            x[m], y[m] = px, py
            m += 1
    while m > at + 1 and x[at] == x[m - 1] and y[at] == y[m - 1]:
        m -= 1
    area = np.int64(0)
    for i in range(at, m):
        j = i + 1 if i + 1 < m else at
        area += x[i] * y[j] - x[j] * y[i]
    return m - at, area


@kernel
def _commands(xy: Any, ring_start: Any, hole: Any, shape_start: Any, chosen: Any, view: Any, extent: Any, low: Any, high: Any) -> Any:
    """(command integers as varints, offsets by chosen shape, states)."""
    longest, rows, rings, most = 0, 0, 0, 0
    for i in range(len(chosen)):
        first, last = shape_start[chosen[i]], shape_start[chosen[i] + 1]
        rows += ring_start[last] - ring_start[first]
        longest, most = max(longest, ring_start[last] - ring_start[first]), max(most, last - first)
        rings += last - first
    # each cut of a ring adds at most as many vertices as it has
    room = 16 * longest + 16
    line, other = np.empty((room, 2), np.float64), np.empty((room, 2), np.float64)
    x, y = np.empty(room, np.int64), np.empty(room, np.int64)
    until, inner, doubled = np.zeros(most + 1, np.int64), np.zeros(most, np.bool_), np.zeros(most, np.int64)
    out = np.empty(8 * rows + 32 * rings + 64, np.uint8)
    stop, state = np.zeros(len(chosen) + 1, np.int64), np.zeros(len(chosen), np.int8)
    west, east = view[0], view[1]
    at = 0
    for i in range(len(chosen)):
        count, shell = 0, False
        for r in range(shape_start[chosen[i]], shape_start[chosen[i] + 1]):
            n = ring_start[r + 1] - ring_start[r]
            for k in range(n):
                v = ring_start[r] + k
                line[k, 0], line[k, 1] = np.rint((xy[v, 0] - west) * east), np.rint(_up(view, xy[v, 1]))
            m, area = _ring(line, other, n, low, high, extent, x, y, until[count])
            if not hole[r]:
                shell = m > 2 and abs(area) >= 2
            if m < 3 or area == 0 or not shell:
                continue
            inner[count], doubled[count] = hole[r], area
            count += 1
            until[count] = until[count - 1] + m
        if count == 0:
            stop[i + 1] = at
            continue
        sound = until[count] <= MOST_CHECKED and _sound(x, y, until, inner, count)
        if not sound and count == 1 and until[1] <= MOST_CHECKED:
            # mostly a needle that rounding has closed
            until[1], doubled[0] = _without_needles(x, y, until[1])
            if until[1] < 3 or abs(doubled[0]) < 2:
                stop[i + 1] = at
                continue
            sound = _sound(x, y, until, inner, count)
        if not sound:
            state[i], stop[i + 1] = DOUBTFUL, at
            continue
        if len(out) < at + 20 * until[count] + 32 * count:
            bigger = np.empty(2 * len(out) + 20 * until[count] + 32 * count, np.uint8)
            bigger[:at] = out[:at]
            out = bigger
        px, py = np.int64(0), np.int64(0)
        for r in range(count):
            m = until[r + 1] - until[r]
            for k in range(m):
                # outer rings run one way, holes the other
                j = until[r] + (k if (doubled[r] > 0) != inner[r] else m - 1 - k)
                if k < 2:
                    at = mvt.put(out, at, 9 if k == 0 else 2 | ((m - 1) << 3))
                dx, dy = x[j] - px, y[j] - py
                px, py = x[j], y[j]
                at = mvt.put(out, at, (dx << 1) ^ (dx >> 63))
                at = mvt.put(out, at, (dy << 1) ^ (dy >> 63))
            at = mvt.put(out, at, 15)
        state[i], stop[i + 1] = DRAWN, at
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
