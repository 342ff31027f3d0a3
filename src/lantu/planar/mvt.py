"""Mapbox Vector Tile 2.1: areas, lines and points in a tile's own coordinates as bytes of its protocol buffer.

Source: vector-tile-spec 2.1. Coordinates are integers with y upwards from the lower edge; they are turned round here. Repeated vertices and
rings without area are left out, outer rings and holes turned the way the specification says.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.jit import kernel

Value = str | int | float | bool
POINT, LINE, AREA = 1, 2, 3
_KIND = {0: POINT, 4: POINT, 1: LINE, 2: LINE, 5: LINE, 3: AREA, 6: AREA}
"""Geometry types of shapely: point, line, ring, polygon, and their multiples."""


def encode_layer(name: str, shapes: NDArray[np.object_], properties: Sequence[Mapping[str, Value]], extent: int) -> bytes:
    """A tile with one layer; ``shapes`` in tile coordinates; what has nothing left to draw is left out (all of it: empty bytes)."""
    kinds = np.array([_KIND.get(int(number), 0) for number in range(8)])[np.clip(shapely.get_type_id(shapes), 0, 7)]
    keys: dict[str, int] = {}
    values: dict[tuple[type, Value], int] = {}
    features: dict[int, bytes] = {}
    for kind in (POINT, LINE, AREA):
        chosen = np.flatnonzero((kinds == kind) & ~shapely.is_empty(shapes))
        if len(chosen):
            written, start = commands(shapes[chosen], kind, extent)
            data = written.tobytes()
            for number, a, b in zip(chosen.tolist(), start[:-1].tolist(), start[1:].tolist(), strict=True):
                if b > a:
                    features[number] = bytes((0x18, kind)) + field(4, data[a:b])
    if not features:
        return b""
    parts = [field(1, name.encode())]
    for number in sorted(features):
        tags = []
        for key, value in properties[number].items():
            tags += [keys.setdefault(key, len(keys)), values.setdefault((type(value), value), len(values))]
        parts.append(field(2, field(2, b"".join(map(varint, tags))) + features[number]))
    parts += [field(3, key.encode()) for key in keys]
    parts += [field(4, encoded(value)) for _kind, value in values]
    parts += [b"\x28" + varint(extent), b"\x78\x02"]
    return field(3, b"".join(parts))


def varint(value: int) -> bytes:
    """An unsigned integer of a protocol buffer."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def field(number: int, data: bytes) -> bytes:
    """A field of bytes with its number."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def encoded(value: Value) -> bytes:
    """A property value as its message."""
    if isinstance(value, str):
        return field(1, value.encode())
    if isinstance(value, bool):
        return bytes((0x38, int(value)))
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return b"\x30" + varint(value << 1 ^ value >> 63) if value < 0 else b"\x28" + varint(value)


def decoded(data: bytes) -> Value:
    """The value that ``field(4, encoded(value))`` wrote."""
    _head, at = _varint_at(data, 0)
    _length, at = _varint_at(data, at)
    tag = data[at]
    if tag == 0x0A:
        _length, at = _varint_at(data, at + 1)
        return data[at:].decode()
    if tag == 0x19:
        return float(struct.unpack("<d", data[at + 1 :])[0])
    number, _at = _varint_at(data, at + 1)
    if tag == 0x38:
        return bool(number)
    return (number >> 1) ^ -(number & 1) if tag == 0x30 else number


def _varint_at(data: bytes, at: int) -> tuple[int, int]:
    """(an unsigned integer that begins at ``at``, where it ends)."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def commands(shapes: NDArray[np.object_], kind: int, extent: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(commands of all shapes of a kind one after another, offsets by shape)."""
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    hole = np.zeros(len(parts), bool)
    if kind == AREA:
        rings, part_of = shapely.get_rings(parts, return_index=True)
        hole = np.diff(part_of, prepend=-1) == 0
        parts, shape_of = rings, shape_of[part_of]
    xy, ring_of = shapely.get_coordinates(parts, return_index=True)
    units = np.rint(xy).astype(np.int64)
    units[:, 1] = extent - units[:, 1]
    start = np.searchsorted(ring_of, np.arange(len(parts) + 1))
    out, stop = _write(units, start.astype(np.int64), hole, shape_of.astype(np.int64), len(shapes), kind)
    return out, stop


@kernel
def put(out: Any, at: Any, value: Any) -> Any:
    """Write a varint into ``out`` from ``at`` on; where the next one goes."""
    while value > 0x7F:
        out[at] = (value & 0x7F) | 0x80
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@kernel
def _write(xy: Any, start: Any, hole: Any, shape_of: Any, shapes: Any, kind: Any) -> Any:
    """Command integers as varints. ``start``: offsets of rings, lines or points; ``hole``: which rings are holes of the ring before."""
    out = np.empty(10 * len(xy) + 16 * len(start) + 16, np.uint8)
    stop = np.zeros(shapes + 1, np.int64)
    line = np.empty((len(xy) + 1, 2), np.int64)
    at, shape, x, y = 0, -1, np.int64(0), np.int64(0)
    shell = False
    for k in range(len(start) - 1):
        if shape_of[k] != shape:
            for one in range(shape + 1, shape_of[k] + 1):
                stop[one] = at
            shape, x, y = shape_of[k], np.int64(0), np.int64(0)
            if kind == 1:
                # the points of a shape are one command
                last = k
                while last < len(start) - 1 and shape_of[last] == shape:
                    last += 1
                at = put(out, at, 1 | ((start[last] - start[k]) << 3))
        n = 0
        for v in range(start[k], start[k + 1]):
            if kind == 1 or n == 0 or xy[v, 0] != line[n - 1, 0] or xy[v, 1] != line[n - 1, 1]:
                line[n, 0], line[n, 1] = xy[v, 0], xy[v, 1]
                n += 1
        if kind == 3:
            while n > 1 and line[0, 0] == line[n - 1, 0] and line[0, 1] == line[n - 1, 1]:
                n -= 1
            area = np.int64(0)
            for i in range(n):
                j = i + 1 if i + 1 < n else 0
                area += line[i, 0] * line[j, 1] - line[j, 0] * line[i, 1]
            if not hole[k]:
                shell = n > 2 and area != 0
            if n < 3 or area == 0 or not shell:
                continue
            if (area > 0) == hole[k]:
                for i in range(n // 2):
                    for axis in range(2):
                        line[i, axis], line[n - 1 - i, axis] = line[n - 1 - i, axis], line[i, axis]
        elif kind == 2 and n < 2:
            continue
        for i in range(n):
            if kind != 1 and i < 2:
                at = put(out, at, 9 if i == 0 else 2 | ((n - 1) << 3))
            dx, dy = line[i, 0] - x, line[i, 1] - y
            x, y = line[i, 0], line[i, 1]
            at = put(out, at, (dx << 1) ^ (dx >> 63))
            at = put(out, at, (dy << 1) ^ (dy >> 63))
        if kind == 3:
            at = put(out, at, 15)
    for one in range(shape + 1, shapes + 1):
        stop[one] = at
    return out[:at].copy(), stop
