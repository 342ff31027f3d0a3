"""Personal geodatabase: feature classes in an Access database (.mdb), as ArcGIS wrote them up to version 10."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lantu.plans.readers import features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.esrishape import ShapeError, shape
from lantu.plans.readers.jet import Column, Damaged, Database, Locked, Table
from lantu.plans.readers.messages import ReaderError

_MARKS = (b"Standard Jet DB", b"Standard ACE DB")
_CLASSES, _FRAMES, _IDENTITY = "GDB_GeomColumns", "GDB_SpatialRefs", "objectid"
_FAMILIES = {1: "point", 2: "multipoint", 3: "line", 4: "polygon"}
"""``ShapeType`` of the catalogue of feature classes."""


class PersonalGeodatabaseReader:
    """See the module. The row is OBJECTID."""

    key = "personal-gdb"
    title = "个人地理数据库"
    suffixes: tuple[str, ...] = (".mdb", ".accdb")
    companions: tuple[str, ...] = (".ldb", ".laccdb")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Any Access database: one that is no geodatabase is refused by name in ``layers``."""
        return head[4:19] in _MARKS

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """The feature classes of its catalogue with their declared reference systems."""
        with _opened(dataset.path, dataset.label) as database:
            if _CLASSES.lower() not in database.names:
                raise ReaderError("mdb-not-geo", dataset.label, tables="、".join(_shown(database)) or "—")
            classes = [row for row in database.rows(database.table(_CLASSES)) if str(row["TableName"]).lower() in database.names]
            frames = (
                {row["SRID"]: row["SRTEXT"] for row in database.rows(database.table(_FRAMES))} if _FRAMES.lower() in database.names else {}
            )
            return [self._layer(dataset, database, row, frames, alone=len(classes) == 1) for row in classes]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """All rows in the order of the pages."""
        with _opened(dataset.path, layer.file) as database:
            row = next(one for one in database.rows(database.table(_CLASSES)) if _key(layer, one["TableName"]))
            table, field = database.table(row["TableName"]), str(row["FieldName"])
            batch: list[dict[str, Any]] = []
            done = 0
            for values in database.rows(table):
                batch.append(values)
                if len(batch) == chunk:
                    yield _made(batch, field, table, done)
                    done, batch = done + len(batch), []
            if batch:
                yield _made(batch, field, table, done)

    def _layer(self, dataset: Dataset, database: Database, row: dict[str, Any], frames: dict[int, str], *, alone: bool) -> LayerInfo:
        table, field = database.table(row["TableName"]), row["FieldName"]
        fields = tuple(FieldInfo(one.name, one.kind, _length(one)) for one in table.columns if one.name != field)
        name = dataset.label if alone else f"{dataset.label}/{row['TableName']}"
        text = str(frames.get(row.get("SRID") or -1) or "")
        frame = text if text.upper().startswith(("GEOGCS", "PROJCS")) else None
        kind = _FAMILIES.get(row.get("ShapeType") or 0, "unknown")
        return LayerInfo(name, self.key, dataset.label, kind, table.rows, fields, frame, notices=dataset.notices)


def _key(layer: LayerInfo, table: str) -> bool:
    return layer.name in (layer.file, f"{layer.file}/{table}")


def _length(column: Column) -> int | None:
    """Letters of a text field."""
    return column.length // 2 if column.kind == "text" and column.length else None


def _shown(database: Database) -> list[str]:
    return [name for name in database.tables() if not name.lower().startswith("msys")][:8]


@contextmanager
def _opened(path: Path, label: str) -> Iterator[Database]:
    """The database, mapped and not read into memory. What does not hold together in it becomes a ``ReaderError``."""
    with path.open("rb") as stream:
        if stream.read(21)[20:] == b"\x00":
            raise ReaderError("mdb-old", label)
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                yield Database(data)
            except Locked as error:
                raise ReaderError("mdb-locked", label) from error
            except Damaged as error:
                raise ReaderError("mdb-damaged", label, reason=str(error)) from error
            except KeyError as error:
                raise ReaderError("mdb-damaged", label, reason=f"没有 {error}") from error


def _made(rows: list[dict[str, Any]], field: str, table: Table, done: int) -> list[SourceFeature]:
    kinds = {column.name: column.kind for column in table.columns}
    identity = next((column.name for column in table.columns if column.name.lower() == _IDENTITY), "")
    shapes = np.empty(len(rows), dtype=object)
    high, curved = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for i, row in enumerate(rows):
        try:
            shapes[i], high[i], curved[i] = shape(row[field]) if row[field] else (None, False, False)
        except ShapeError:
            shapes[i] = None
    given = np.array([bool(row[field]) and row[field][:1] != b"\x00" for row in rows], bool)
    numbers = [int(row.get(identity) or done + i + 1) for i, row in enumerate(rows)]
    attributes = [{name: features.plain(value, kinds[name]) for name, value in row.items() if name != field} for row in rows]
    return features.of_geometries(numbers, shapes, given, attributes, heights=high, curves=curved)
