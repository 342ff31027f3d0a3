"""Shapefile: .shp with .shx, .dbf, .prj, .cpg; any of the side files may be missing or wrong."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyogrio import raw

from lantu.plans.readers import dbf, encoding, features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.messages import Notice, ReaderError

_MAGIC = b"\x00\x00\x27\x0a"
_KINDS = {0: "null", 1: "point", 3: "line", 5: "polygon", 8: "multipoint"}
_MULTIPATCH = 31
_HEADER = 100
_LETTERS = {"C": "text", "N": "number", "F": "number", "D": "date", "L": "boolean"}


class ShapefileReader:
    """See the module."""

    key = "shapefile"
    title = "Shapefile"
    suffixes: tuple[str, ...] = (".shp",)
    companions: tuple[str, ...] = (
        ".shx",
        ".dbf",
        ".prj",
        ".cpg",
        ".sbn",
        ".sbx",
        ".qix",
        ".qpj",
        ".qmd",
        ".fbn",
        ".fbx",
        ".ain",
        ".aih",
        ".fix",
        ".shp.xml",
    )

    def recognises(self, path: Path, head: bytes) -> bool:
        """The main file begins like its index; the first record number tells them apart."""
        if not head.startswith(_MAGIC) or path.suffix.lower() == ".shx":
            return False
        return len(head) < _HEADER + 4 or head[_HEADER : _HEADER + 4] == b"\0\0\0\1"

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer; judges all side files, rebuilds the index where it is missing or wrong."""
        path, label = dataset.path, dataset.label
        notices = list(dataset.notices)
        shape_type = _check_main(path, label)
        lengths = _index(path, label, notices)
        declared = _declared(path)
        if not declared:
            notices.append(Notice("missing-prj", label))
        table = dbf.open_table(path.with_suffix(".dbf"), _beside(label, ".dbf")) if path.with_suffix(".dbf").exists() else None
        guess, count = None, lengths
        fields: tuple[FieldInfo, ...] = ()
        if table is None:
            notices.append(Notice("missing-dbf", label))
        else:
            if table.records != lengths:
                raise ReaderError("rows-differ", label, shapes=lengths, records=table.records)
            deleted = int(table.deleted().sum())
            if deleted:
                notices.append(Notice("deleted-rows", label, {"count": deleted}))
            count -= deleted
            guess = encoding.guess(table.samples(), _text(path.with_suffix(".cpg")), table.ldid)
            fields = tuple(_field(field, guess.name) for field in table.fields)
            if guess.contradicts:
                notices.append(Notice("wrong-cpg", label, {"declared": guess.declared, "found": guess.name}))
            elif guess.certainty != "sure":
                notices.append(Notice("encoding-doubt", label, {"found": guess.name}))
        kind = _KINDS.get(shape_type % 10, "unknown")
        return [LayerInfo(label, self.key, label, kind, count, fields, declared or None, guess, notices=tuple(notices))]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding_name: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """Read by record number. Text is taken as bytes and decoded here, so that a wrong encoding shows instead of becoming mojibake."""
        path = dataset.path
        table = dbf.open_table(path.with_suffix(".dbf"), layer.file) if path.with_suffix(".dbf").exists() else None
        total = table.records if table else layer.count
        live = np.flatnonzero(~table.deleted()) if table else np.arange(total)
        names = [_decode_name(field.name, encoding_name) for field in table.fields] if table else []
        for start in range(0, len(live), chunk):
            fids = live[start : start + chunk]
            try:
                meta, got, wkb, columns = raw.read(path, fids=fids, return_fids=True, encoding="ISO-8859-1")
            except (RuntimeError, ValueError) as error:
                raise ReaderError("unreadable", layer.file, reason=str(error)) from error
            kinds = [features.KIND_OF_OGR.get(kind, "text") for kind in meta["ogr_types"]]
            attributes, problems = _attributes(names or list(meta["fields"]), kinds, columns, len(got), encoding_name)
            yield features.make([int(fid) + 1 for fid in got], wkb, attributes if table else [{} for _ in got], problems)


def _attributes(
    names: list[str], kinds: list[str], columns: list[NDArray[Any]], count: int, encoding_name: str
) -> tuple[list[dict[str, Any]], dict[int, Notice]]:
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    problems: dict[int, Notice] = {}
    for name, kind, column in zip(names, kinds, columns, strict=True):
        for i, value in enumerate(column):
            value = features.plain(value, kind)
            if isinstance(value, str) and not value.isascii():
                try:
                    value = encoding.decode(value.encode("latin-1"), encoding_name)
                except UnicodeDecodeError:
                    problems.setdefault(i, Notice("undecodable-text", values={"field": name, "encoding": encoding_name}))
            rows[i][name] = value
    return rows, problems


def _check_main(path: Path, label: str) -> int:
    """The shape type. Raises ``ReaderError`` for a main file cut short."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEADER)
    if len(head) < _HEADER:
        raise ReaderError("shp-truncated", label, expected=_HEADER, actual=size)
    expected = struct.unpack(">I", head[24:28])[0] * 2
    if size < expected:
        raise ReaderError("shp-truncated", label, expected=expected, actual=size)
    shape_type: int = struct.unpack("<I", head[32:36])[0]
    if shape_type == _MULTIPATCH:
        raise ReaderError("shp-multipatch", label)
    if shape_type % 10 not in _KINDS:
        raise ReaderError("shp-damaged", label, reason=f"几何类型 {shape_type} 没有定义")
    return shape_type


def _index(path: Path, label: str, notices: list[Notice]) -> int:
    """Number of records; writes a new .shx when there is none or it does not fit the main file."""
    index = path.with_suffix(".shx")
    if index.exists():
        content = np.fromfile(index, dtype=np.uint8)
        pairs = content[_HEADER : len(content) - (len(content) - _HEADER) % 8].view(">i4").reshape(-1, 2).astype(np.int64) * 2
        whole = len(content) >= _HEADER and int.from_bytes(content[24:28].tobytes(), "big") * 2 == len(content)
        if whole and (pairs >= 0).all() and (not len(pairs) or (pairs.sum(axis=1) + 8).max() <= path.stat().st_size):
            return len(pairs)
        notices.append(Notice("broken-shx", label))
        index.unlink()
    else:
        notices.append(Notice("missing-shx", label))
    return _rebuild(path, index, label)


def _rebuild(path: Path, index: Path, label: str) -> int:
    """Write the index by walking the records of the main file."""
    with path.open("rb") as stream:
        header = bytearray(stream.read(_HEADER))
        end = int.from_bytes(header[24:28], "big") * 2
        position, entries = _HEADER, bytearray()
        while position < end:
            stream.seek(position)
            head = stream.read(8)
            number, words = struct.unpack(">ii", head) if len(head) == 8 else (0, -1)
            if words < 2 or position + 8 + words * 2 > end:
                raise ReaderError("shp-damaged", label, reason=f"第 {len(entries) // 8 + 1} 条记录的长度不合理（编号 {number}）")
            entries += struct.pack(">ii", position // 2, words)
            position += 8 + words * 2
    header[24:28] = struct.pack(">i", (_HEADER + len(entries)) // 2)
    index.write_bytes(bytes(header) + bytes(entries))
    return len(entries) // 8


def _field(field: dbf.DbfField, encoding_name: str) -> FieldInfo:
    kind = _LETTERS.get(field.letter, "text")
    if kind == "number" and not field.decimals and field.letter == "N":
        kind = "integer"
    return FieldInfo(_decode_name(field.name, encoding_name), kind, field.width, field.decimals or None)


def _decode_name(name: bytes, encoding_name: str) -> str:
    """A field name; ten bytes may cut a character in two. What cannot be decoded is shown as such."""
    try:
        return encoding.decode(name, encoding_name)
    except UnicodeDecodeError:
        return name.decode(encoding_name, errors="replace")


def _declared(path: Path) -> str:
    """The text of the .prj, taken out of the library's sight: it needs none, and breaks on one whose text is not UTF-8."""
    shown, hidden = path.with_suffix(".prj"), path.with_suffix(".declared")
    if shown.exists():
        shown.rename(hidden)
    return _text(hidden)


def _text(path: Path) -> str:
    return path.read_bytes()[:65536].decode("utf-8", errors="replace").strip("\ufeff\0 \r\n\t") if path.exists() else ""


def _beside(label: str, suffix: str) -> str:
    return label.rsplit(".", 1)[0] + suffix
