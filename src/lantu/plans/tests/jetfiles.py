"""Access databases and personal geodatabases as their maker's programs write them, made on the spot: pages, rows, long values, usage maps.

Checked by hand against mdbtools 1.0 (mdb-tables, mdb-export), which reads the same values. It takes the marks of deleted rows and of rows
that lie elsewhere for each other, a known fault; Jackcess has them as here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lantu.plans.readers.jet import _rc4

PAGE = 4096
LONG, DOUBLE, MOMENT, TEXT, OBJECT, MEMO, BOOLEAN = 4, 7, 8, 10, 11, 12, 1
SIZES = {BOOLEAN: 1, LONG: 4, DOUBLE: 8, MOMENT: 8, TEXT: 510, OBJECT: 0, MEMO: 0}
FORMS = {LONG: "<i", DOUBLE: "<d", MOMENT: "<d"}
Columns = Sequence[tuple[str, int]]


class JetFile:
    """Pages being filled. Table definitions and usage maps first, rows after them, long values wherever they come."""

    def __init__(self, key: bytes = bytes(4)) -> None:
        plain = bytearray(128)
        plain[0x24:0x26], plain[0x26:0x2A] = struct.pack("<H", 936), key
        head = bytearray(PAGE)
        head[:4], head[4:20], head[0x14] = b"\x00\x01\x00\x00", b"Standard Jet DB\x00", 1
        head[0x18:0x98] = _rc4(bytes.fromhex("c7da396b"), bytes(plain))
        self.pages: list[bytearray] = [head, bytearray(PAGE)]
        self.pending: list[tuple[str, int, list[dict[str, Any]], Columns]] = []
        catalogue = (("Id", LONG), ("Name", TEXT), ("Type", LONG), ("Flags", LONG), ("LvProp", OBJECT))
        self._define(catalogue, 0x53)
        self.catalogue = catalogue
        self.rows: list[dict[str, Any]] = [{"Id": 2, "Name": "MSysObjects", "Type": 1, "Flags": -0x80000000}]

    def table(self, name: str, columns: Columns, rows: list[dict[str, Any]]) -> None:
        """A table with its rows; a row may hold ``_how``: deleted or elsewhere."""
        page = self._define(columns, 0x4E)
        self.rows.append({"Id": page, "Name": name, "Type": 1, "Flags": 0})
        self._fill(page, columns, rows)

    def bytes(self) -> bytes:
        self._fill(2, self.catalogue, self.rows)
        return b"".join(bytes(page) for page in self.pages)

    def _new(self, kind: int) -> int:
        page = bytearray(PAGE)
        page[:2] = bytes((kind, 1))
        self.pages.append(page)
        return len(self.pages) - 1

    def _define(self, columns: Columns, kind: int) -> int:
        number = self._new(2)
        varying = [name for name, type_ in columns if type_ in (TEXT, OBJECT, MEMO)]
        head = bytearray(63)
        head[:2], head[40] = b"\x02\x01", kind
        struct.pack_into("<HHH", head, 41, len(columns), len(varying), len(columns))
        entries, names, offset = b"", b"", 0
        for i, (name, type_) in enumerate(columns):
            entry = bytearray(25)
            entry[0], entry[15], entry[16] = type_, 3 if name not in varying else 2, 1
            struct.pack_into("<HHH", entry, 5, i, varying.index(name) if name in varying else 0, i)
            struct.pack_into("<HH", entry, 21, 0 if name in varying or type_ == BOOLEAN else offset, SIZES[type_])
            offset += SIZES[type_] if type_ in FORMS else 0
            entries += bytes(entry)
            text = name.encode("utf-16-le")
            names += struct.pack("<H", len(text)) + text
        body = bytes(head) + entries + names
        struct.pack_into("<I", self.pages[number], 0, 0x0102)
        pieces = [body[:PAGE], *(body[at : at + PAGE - 8] for at in range(PAGE, len(body), PAGE - 8))]
        page = number
        for i, piece in enumerate(pieces):
            if i:
                struct.pack_into("<I", self.pages[page], 4, following := self._new(2))
                page = following
            at = 8 if i else 0
            self.pages[page][at : at + len(piece)] = piece if i else piece[:4] + self.pages[page][4:8] + piece[8:]
        struct.pack_into("<I", self.pages[number], 8, len(body))
        return number

    def _fill(self, page: int, columns: Columns, rows: list[dict[str, Any]]) -> None:
        used: list[int] = []
        for row in rows:
            body = self._row(columns, row)
            if row.get("_how") == "elsewhere":
                there = self._put(page, body, [], mark=0)
                self._put(page, struct.pack("<I", there), used, mark=0x4000)
            else:
                self._put(page, body, used, mark=0x8000 if row.get("_how") == "deleted" else 0)
        struct.pack_into("<I", self.pages[page], 16, sum(row.get("_how") != "deleted" for row in rows))
        first = min(used, default=0)
        bits = bytearray(64)
        for number in used:
            bits[(number - first) // 8] |= 1 << (number - first) % 8
        usage = self._put(1, b"\x00" + struct.pack("<I", first) + bytes(bits), [], mark=0)
        struct.pack_into("<II", self.pages[page], 55, usage, usage)

    def _put(self, owner: int, body: bytes, used: list[int], *, mark: int) -> int:
        """The pointer to a record put on the last page of ``used``, or on a new one."""
        if not used or self._room(used[-1]) < len(body) + 2:
            number = self._new(1)
            struct.pack_into("<HIIH", self.pages[number], 2, 0, owner, 0, 0)
            used.append(number)
        number, page = used[-1], self.pages[used[-1]]
        (count,) = struct.unpack_from("<H", page, 12)
        end = self._low(number)
        page[end - len(body) : end] = body
        struct.pack_into("<H", page, 14 + 2 * count, end - len(body) | mark)
        struct.pack_into("<H", page, 12, count + 1)
        return number << 8 | count

    def _low(self, number: int) -> int:
        page = self.pages[number]
        (count,) = struct.unpack_from("<H", page, 12)
        return struct.unpack_from("<H", page, 12 + 2 * count)[0] & 0x1FFF if count else PAGE

    def _room(self, number: int) -> int:
        return self._low(number) - 14 - 2 * struct.unpack_from("<H", self.pages[number], 12)[0]

    def _row(self, columns: Columns, row: dict[str, Any]) -> bytes:
        fixed, varying, mask = b"", [], bytearray((len(columns) + 7) // 8)
        for i, (name, type_) in enumerate(columns):
            value = row.get(name)
            if value is not None and value is not False:
                mask[i // 8] |= 1 << i % 8
            if type_ in FORMS:
                fixed += struct.pack(FORMS[type_], value or 0)
            elif type_ != BOOLEAN:
                varying.append(b"" if value is None else text_bytes(value) if type_ == TEXT else self._long(value))
        at, ends = 2 + len(fixed), []
        for value in varying:
            ends.append(at)
            at += len(value)
        tail = struct.pack("<H", at) + b"".join(struct.pack("<H", end) for end in reversed(ends)) + struct.pack("<H", len(varying))
        return struct.pack("<H", len(columns)) + fixed + b"".join(varying) + tail + bytes(mask)

    def _long(self, value: str | bytes) -> bytes:
        raw = text_bytes(value) if isinstance(value, str) else value
        if len(raw) <= 64:
            return struct.pack("<III", len(raw) | 0x80000000, 0, 0) + raw
        if len(raw) <= 3000:
            return struct.pack("<III", len(raw) | 0x40000000, self._put(0x4C41564C, raw, [], mark=0), 0)
        pointer = 0
        for at in reversed(range(0, len(raw), 3000)):
            pointer = self._put(0x4C41564C, struct.pack("<I", pointer) + raw[at : at + 3000], [], mark=0)
        return struct.pack("<III", len(raw), pointer, 0)


def text_bytes(text: str) -> bytes:
    """Letters of one byte are compressed, as Access does."""
    if text.isascii() and len(text) > 2:
        return b"\xff\xfe" + text.encode("latin-1")
    head = text[: next((i for i, letter in enumerate(text) if not letter.isascii()), 0)]
    if len(head) > 2:
        return b"\xff\xfe" + head.encode("latin-1") + b"\x00" + text[len(head) :].encode("utf-16-le")
    return text.encode("utf-16-le")


def area(*rings: Sequence[tuple[float, float]], extra: bytes = b"", kind: int = 5) -> bytes:
    """The field of an area: shells clockwise, holes the other way round; ``extra``: what follows the points."""
    points = [point for ring in rings for point in ring]
    starts, at = [], 0
    for ring in rings:
        starts.append(at)
        at += len(ring)
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    head = struct.pack("<I4dii", kind, min(xs), min(ys), max(xs), max(ys), len(rings), len(points))
    return head + struct.pack(f"<{len(starts)}i", *starts) + b"".join(struct.pack("<2d", *point) for point in points) + extra


def personal(
    path: Path, classes: dict[str, tuple[Columns, list[dict[str, Any]]]], *, frame: str = "", kind: int = 4, **options: Any
) -> Path:
    """A personal geodatabase of feature classes, whose shapes stand in the field SHAPE."""
    made = JetFile(**options)
    catalogue = (("TableName", TEXT), ("FieldName", TEXT), ("ShapeType", LONG), ("ExtentLeft", DOUBLE), ("SRID", LONG), ("HasZ", BOOLEAN))
    made.table(
        "GDB_GeomColumns",
        catalogue,
        [{"TableName": name, "FieldName": "SHAPE", "ShapeType": kind, "ExtentLeft": 0.0, "SRID": 1} for name in classes],
    )
    made.table("GDB_SpatialRefs", (("SRID", LONG), ("SRTEXT", MEMO)), [{"SRID": 1, "SRTEXT": frame}])
    for name, (columns, rows) in classes.items():
        made.table(name, (("OBJECTID", LONG), ("SHAPE", OBJECT), *columns), rows)
    path.write_bytes(made.bytes())
    return path
