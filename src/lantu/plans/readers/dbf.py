"""The dBASE table beside a shapefile, read only as far as needed to judge it: sizes, field names, raw text, deletion marks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lantu.plans.readers.messages import ReaderError

_SAMPLE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class DbfField:
    """A field: raw name, type letter, offset in the record, width and decimals."""

    name: bytes
    letter: str
    offset: int
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Table:
    """The header of a .dbf file."""

    path: Path
    label: str
    records: int
    header: int
    width: int
    ldid: int
    fields: tuple[DbfField, ...]

    def raw(self) -> NDArray[np.uint8]:
        """(records, width) bytes, memory-mapped."""
        if not self.records:
            return np.empty((0, self.width), np.uint8)
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=self.header, shape=(self.records, self.width))

    def deleted(self) -> NDArray[np.bool_]:
        """(records,) which rows bear the deletion mark."""
        marks: NDArray[np.bool_] = np.asarray(self.raw()[:, 0] == ord("*"))
        return marks

    def samples(self) -> Iterator[bytes]:
        """Field names and raw text values, rows spread over the whole table, some MB at most."""
        yield from (field.name for field in self.fields)
        text = [field for field in self.fields if field.letter == "C"]
        if not text or not self.records:
            return
        table = self.raw()
        take = min(self.records, max(200, _SAMPLE_BYTES // self.width))
        for row in np.unique(np.linspace(0, self.records - 1, take).astype(np.int64)):
            record = table[row].tobytes()
            yield from (record[field.offset : field.offset + field.width].rstrip(b" \x00") for field in text)


def open_table(path: Path, label: str) -> Table:
    """Judge a .dbf file. Raises ``ReaderError`` when it is cut short or makes no sense."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise ReaderError("dbf-truncated", label, expected=32, actual=size)
        records, header, width = struct.unpack("<IHH", head[4:12])
        if header < 33 or width < 1:
            raise ReaderError("dbf-damaged", label, reason="文件头里的长度不合理")
        descriptors = stream.read(header - 32)
    if size < header:
        raise ReaderError("dbf-truncated", label, expected=header + records * width, actual=size)
    fields, offset = [], 1
    for start in range(0, len(descriptors) - 31, 32):
        part = descriptors[start : start + 32]
        if part[0] == 0x0D:
            break
        letter, field_width = chr(part[11]), part[16]
        decimals = 0 if letter == "C" else part[17]
        if letter == "C" and part[17]:
            field_width += part[17] << 8  # text wider than 255, as Clipper and some GIS write it
        fields.append(DbfField(part[:11].split(b"\0")[0], letter, offset, field_width, decimals))
        offset += field_width
    if offset > width:
        raise ReaderError("dbf-damaged", label, reason="字段宽度之和超过记录宽度")
    if size < header + records * width:
        raise ReaderError("dbf-truncated", label, expected=header + records * width, actual=size)
    return Table(path, label, records, header, width, head[29], tuple(fields))
