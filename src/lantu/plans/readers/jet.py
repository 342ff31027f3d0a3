"""Tables of a Jet 4 or ACE database (Access 2000 to today: .mdb, .accdb), read page by page. Only reading, only what plans need.

The layout of pages is not published by its maker; this follows what the mdbtools project found out and wrote down (its file HACKING).
A file is a row of pages of 4 KB. A table is a chain of definition pages, and data pages which its usage map lists; long values lie on pages
of their own. Numbers are little-endian.
"""

from __future__ import annotations

import datetime
import mmap
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PAGE = 4096
SYSTEM_TABLE = 2
"""Page of the definition of MSysObjects, the catalogue."""
_DATA, _DEFINITION, _MAP = 1, 2, 5
_DELETED, _ELSEWHERE, _OFFSET = 0x8000, 0x4000, 0x1FFF
_INLINE, _ONE_PAGE, _LENGTH = 0x80000000, 0x40000000, 0x3FFFFFFF
_FIXED = {2: "<B", 3: "<h", 4: "<i", 5: "<q", 6: "<f", 7: "<d", 8: "<d", 19: "<q"}
BOOLEAN, MONEY, MOMENT, BINARY, TEXT, OBJECT, MEMO, IDENTITY, DECIMAL = 1, 5, 8, 9, 10, 11, 12, 15, 16
KINDS = {1: "boolean", 2: "integer", 3: "integer", 4: "integer", 5: "number", 6: "number", 7: "number", 8: "datetime", 9: "binary",
         10: "text", 11: "binary", 12: "text", 15: "text", 16: "number", 19: "integer"}  # fmt: skip
"""Type of a column → the kind of a ``FieldInfo``."""
_EPOCH = datetime.datetime(1899, 12, 30)
_HEADER_KEY = bytes.fromhex("c7da396b")
_PAGES_LIMIT = 1 << 20


class Damaged(Exception):
    """The file does not hold together: what and on which page."""


class Locked(Exception):
    """The pages are enciphered with a password."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the definition has it. ``place``: its offset in the fixed part, or its number among the columns of varying length."""

    name: str
    type: int
    number: int
    fixed: bool
    place: int
    length: int
    scale: int

    @property
    def kind(self) -> str:
        """text, integer, number …"""
        return KINDS.get(self.type, "binary")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's definition. ``rows``: how many it says it has."""

    page: int
    rows: int
    columns: tuple[Column, ...]
    varying: int
    usage: int


class Database:
    """An open file. Raises ``Damaged`` for what does not hold together, ``Locked`` for an enciphered one."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        if len(data) < 3 * PAGE or len(data) % PAGE:
            raise Damaged(f"{len(data)} 字节，不是整页")
        if any(_rc4(_HEADER_KEY, bytes(data[0x18:0x98]))[0x26:0x2A]):
            raise Locked
        self.names = self._catalogue()

    def table(self, name: str) -> Table:
        """A table by its name in any case. Raises ``KeyError``."""
        return self._defined(self.names[name.lower()][1])

    def tables(self) -> list[str]:
        """The names as written."""
        return [name for name, _page in self.names.values()]

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """All rows in the order of their pages; values by column. Raises ``Damaged``."""
        for page in self._pages_of(table):
            for number in range(self._short(page * PAGE + 12)):
                row = self._row(page, number)
                if row is not None:
                    yield self._values(table, row, page)

    def _catalogue(self) -> dict[str, tuple[str, int]]:
        found = {}
        for row in self.rows(self._defined(SYSTEM_TABLE)):
            if row.get("Type") == 1 and row.get("Name"):
                found[row["Name"].lower()] = (row["Name"], row["Id"] & 0x00FFFFFF)
        return found

    def _page(self, page: int, kind: int) -> int:
        """Where a page of that kind begins."""
        at = page * PAGE
        if not 0 < at <= len(self.data) - PAGE or self.data[at] != kind:
            raise Damaged(f"第 {page} 页不是应有的内容")
        return at

    def _short(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 2], "little")

    def _long(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 4], "little")

    def _defined(self, page: int) -> Table:
        text = self._definition(page)
        try:
            rows, varying, count, indexes = *struct.unpack_from("<I", text, 16), *struct.unpack_from("<HH", text, 43), _u32(text, 51)
            usage, at = _u32(text, 55), 63 + 12 * indexes
            entries = [text[at + 25 * i : at + 25 * (i + 1)] for i in range(count)]
            at += 25 * count
            columns = []
            for entry in entries:
                size = struct.unpack_from("<H", text, at)[0]
                name = text[at + 2 : at + 2 + size].decode("utf-16-le")
                at += 2 + size
                fixed = bool(entry[15] & 1)
                place = struct.unpack_from("<H", entry, 21 if fixed else 7)[0]
                number, length = struct.unpack_from("<H", entry, 5)[0], struct.unpack_from("<H", entry, 23)[0]
                columns.append(Column(name, entry[0], number, fixed, place, length, entry[12]))
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise Damaged(f"第 {page} 页的表结构读不出来") from error
        return Table(page, rows, tuple(columns), varying, usage)

    def _definition(self, page: int) -> bytes:
        parts: list[bytes] = []
        seen: set[int] = set()
        while page:
            if page in seen:
                raise Damaged(f"第 {page} 页的表结构首尾相接")
            seen.add(page)
            at = self._page(page, _DEFINITION)
            parts.append(bytes(self.data[at if not parts else at + 8 : at + PAGE]))
            page = self._long(at + 4)
        return b"".join(parts)

    def _pages_of(self, table: Table) -> Iterator[int]:
        """The data pages that the table's usage map lists, in order."""
        usage = self._record(table.usage)
        if usage[:1] == b"\x00":
            yield from self._owned(table, _u32(usage, 1), usage[5:])
        elif usage[:1] == b"\x01":
            each = (PAGE - 4) * 8
            for number in range((len(usage) - 1) // 4):
                page = _u32(usage, 1 + 4 * number)
                if page:
                    at = self._page(page, _MAP)
                    yield from self._owned(table, number * each, bytes(self.data[at + 4 : at + PAGE]))
        else:
            raise Damaged(f"第 {table.usage >> 8} 页的使用图读不出来")

    def _owned(self, table: Table, first: int, bits: bytes) -> Iterator[int]:
        for byte, value in enumerate(bits):
            for bit in range(8) if value else ():
                if value >> bit & 1:
                    page = first + 8 * byte + bit
                    at = self._page(page, _DATA)
                    if self._long(at + 4) != table.page:
                        raise Damaged(f"第 {page} 页不属于这张表")
                    yield page

    def _row(self, page: int, number: int) -> bytes | None:
        """The bytes of a row; None for a deleted one."""
        at = page * PAGE
        start = self._short(at + 14 + 2 * number)
        if start & _DELETED:
            return None
        if start & _ELSEWHERE:
            return self._record(self._long(at + (start & _OFFSET)))
        return self._cut(page, number)

    def _cut(self, page: int, number: int) -> bytes:
        at = self._page(page, _DATA)
        if number >= self._short(at + 12):
            raise Damaged(f"第 {page} 页没有第 {number} 条")
        start = self._short(at + 14 + 2 * number) & _OFFSET
        end = self._short(at + 12 + 2 * number) & _OFFSET if number else PAGE
        if not 14 <= start <= end <= PAGE:
            raise Damaged(f"第 {page} 页第 {number} 条的位置不对")
        return bytes(self.data[at + start : at + end])

    def _record(self, pointer: int) -> bytes:
        """What a pointer leads to: the low byte is the row, the rest the page."""
        return self._cut(pointer >> 8, pointer & 0xFF)

    def _values(self, table: Table, row: bytes, page: int) -> dict[str, Any]:
        try:
            count = struct.unpack_from("<H", row)[0]
            mask_at = len(row) - (count + 7) // 8
            held = struct.unpack_from("<H", row, mask_at - 2)[0] if table.varying else 0
            ends = [struct.unpack_from("<H", row, mask_at - 4 - 2 * i)[0] for i in range(held + 1)] if held else []
            values: dict[str, Any] = {}
            for column in table.columns:
                there = column.number < count and bool(row[mask_at + column.number // 8] >> column.number % 8 & 1)
                if column.type == BOOLEAN:
                    values[column.name] = there
                elif not there or (not column.fixed and column.place >= held):
                    values[column.name] = None
                elif column.fixed:
                    values[column.name] = self._value(column, row[2 + column.place : 2 + column.place + column.length])
                else:
                    values[column.name] = self._value(column, row[ends[column.place] : ends[column.place + 1]])
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise Damaged(f"第 {page} 页有一行读不出来") from error
        return values

    def _value(self, column: Column, raw: bytes) -> Any:
        if column.type in (OBJECT, MEMO):
            long = self._long_value(raw)
            return _text(long) if column.type == MEMO else long
        if column.type == TEXT:
            return _text(raw)
        if column.type == IDENTITY:
            return "{" + str(uuid.UUID(bytes_le=raw)).upper() + "}"
        if column.type == DECIMAL:
            return _decimal(raw) / 10**column.scale
        form = _FIXED.get(column.type)
        if form is None:
            return raw
        value = struct.unpack(form, raw)[0]
        if column.type == MONEY:
            return value / 10_000
        return _moment(value) if column.type == MOMENT else value

    def _long_value(self, raw: bytes) -> bytes:
        """A memo or an object: in the row, on a page of its own, or along a chain of pages."""
        size, pointer = struct.unpack_from("<II", raw)
        length = size & _LENGTH
        if size & _INLINE:
            value = raw[12 : 12 + length]
        elif size & _ONE_PAGE:
            value = self._record(pointer)[:length]
        else:
            parts, got = [], 0
            while pointer and got < length:
                part = self._record(pointer)
                parts.append(part[4:])
                got += len(part) - 4
                pointer = _u32(part, 0)
                if len(parts) > _PAGES_LIMIT:
                    raise Damaged("一个长字段首尾相接")
            value = b"".join(parts)[:length]
        if len(value) != length:
            raise Damaged(f"一个长字段应有 {length} 字节，只有 {len(value)} 字节")
        return value


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _moment(days: float) -> str:
    """The moment to the nearest second, as ISO text."""
    return (_EPOCH + datetime.timedelta(seconds=round(days * 86_400))).isoformat()


def _decimal(raw: bytes) -> int:
    """A number of 17 bytes: sign, then four words of 32 bits, the highest first."""
    value = 0
    for word in struct.unpack_from("<IIII", raw, 1):
        value = value << 32 | word
    return -value if raw[0] & 0x80 else value


def _text(raw: bytes) -> str:
    """UTF-16; with the mark FF FE compressed: stretches of one byte a letter, a zero switches to two bytes and back."""
    if raw[:2] != b"\xff\xfe":
        return raw.decode("utf-16-le", errors="replace")
    out, at, narrow = [], 2, True
    while at < len(raw):
        if narrow:
            end = raw.find(0, at)
            end = len(raw) if end < 0 else end
            out.append(raw[at:end].decode("latin-1"))
            at, narrow = end + 1, False
        else:
            end = at
            while end + 1 < len(raw) and raw[end] != 0:
                end += 2
            out.append(raw[at:end].decode("utf-16-le", errors="replace"))
            at, narrow = end + 1, True
    return "".join(out)


def _rc4(key: bytes, data: bytes) -> bytes:
    """The cipher under which the header keeps what concerns passwords; its key is the same in all files."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
