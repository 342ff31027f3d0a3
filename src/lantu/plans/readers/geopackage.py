"""GeoPackage: a SQLite file with one or more layers of features."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyogrio
from pyogrio import raw

from lantu.plans.readers import features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.messages import ReaderError

_MAGIC = b"SQLite format 3\x00"
_KINDS = {"point": "point", "linestring": "line", "polygon": "polygon", "multipoint": "multipoint"}


class GeoPackageReader:
    """See the module."""

    key = "geopackage"
    title = "GeoPackage"
    suffixes: tuple[str, ...] = (".gpkg",)
    companions: tuple[str, ...] = (".gpkg-wal", ".gpkg-shm", ".gpkg-journal")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Any SQLite file: one that is no GeoPackage is refused by name in ``layers``."""
        return head.startswith(_MAGIC)

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """The feature tables with their declared reference systems."""
        path, label = dataset.path, dataset.label
        _check_size(path, label)
        with _connect(path, label) as connection:
            names = _feature_tables(connection, label)
            _check_pages(connection, label)
            counts = {name: _one(connection, f"SELECT count(*) FROM {_quoted(name)}") for name in names}
        infos = []
        for name in names:
            try:
                info = pyogrio.read_info(path, layer=name)
            except RuntimeError as error:
                raise ReaderError("gpkg-damaged", label, reason=str(error)) from error
            fields = tuple(
                FieldInfo(str(field), features.KIND_OF_OGR.get(kind, "text"))
                for field, kind in zip(info["fields"], info["ogr_types"], strict=True)
            )
            kind = _KINDS.get(str(info["geometry_type"]).replace("2.5D ", "").split(" ")[0].removeprefix("Multi").lower(), "unknown")
            key = label if len(names) == 1 else f"{label}/{name}"
            infos.append(LayerInfo(key, self.key, label, kind, counts[name], fields, info["crs"], notices=dataset.notices))
        return infos

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """By ranges of the primary key, so that every chunk costs the same."""
        path = dataset.path
        with _connect(path, layer.file) as connection:
            names = _feature_tables(connection, layer.file)
            table = names[0] if layer.name == layer.file else layer.name.removeprefix(f"{layer.file}/")
            key = _primary_key(connection, table)
            starts = [
                row[0]
                for row in connection.execute(
                    f"SELECT k FROM (SELECT {key} AS k, row_number() OVER (ORDER BY {key}) AS n FROM {_quoted(table)}) WHERE n % ? = 1 % ?",
                    (chunk, chunk),
                )
            ]
        for i, start in enumerate(starts):
            where = f"{key} >= {start}" + (f" AND {key} < {starts[i + 1]}" if i + 1 < len(starts) else "")
            try:
                meta, fids, wkb, columns = raw.read(path, layer=table, where=where, return_fids=True)
            except (RuntimeError, ValueError) as error:
                raise ReaderError("gpkg-damaged", layer.file, reason=str(error)) from error
            yield features.make([int(fid) for fid in fids], wkb, _attributes(meta, columns, len(fids)))


def _attributes(meta: dict[str, Any], columns: list[Any], count: int) -> list[dict[str, Any]]:
    kinds = [features.KIND_OF_OGR.get(kind, "text") for kind in meta["ogr_types"]]
    names = [str(name) for name in meta["fields"]]
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, kind, column in zip(names, kinds, columns, strict=True):
        for i, value in enumerate(column):
            rows[i][name] = features.plain(value, kind)
    return rows


def _check_size(path: Path, label: str) -> None:
    """The header says how many pages there are; a shorter file is cut."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(100)
    if len(head) < 100:
        raise ReaderError("gpkg-truncated", label, expected=100, actual=size)
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    if head[24:28] == head[92:96] and size < page * pages:  # the page count counts only when both change counters agree
        raise ReaderError("gpkg-truncated", label, expected=page * pages, actual=size)


def _connect(path: Path, label: str) -> closing[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    except sqlite3.DatabaseError as error:
        raise ReaderError("gpkg-damaged", label, reason=str(error)) from error
    return closing(connection)


def _feature_tables(connection: sqlite3.Connection, label: str) -> list[str]:
    try:
        if not _one(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_contents'"):
            raise ReaderError("gpkg-not", label)
        rows = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid").fetchall()
    except sqlite3.DatabaseError as error:
        raise ReaderError("gpkg-damaged", label, reason=str(error)) from error
    return [row[0] for row in rows]


def _check_pages(connection: sqlite3.Connection, label: str) -> None:
    try:
        verdict = _one(connection, "PRAGMA quick_check(1)")
    except sqlite3.DatabaseError as error:
        raise ReaderError("gpkg-damaged", label, reason=str(error)) from error
    if verdict != "ok":
        raise ReaderError("gpkg-damaged", label, reason=str(verdict))


def _primary_key(connection: sqlite3.Connection, table: str) -> str:
    columns = connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
    return next((_quoted(column[1]) for column in columns if column[5] and column[2].upper() == "INTEGER"), "rowid")


def _one(connection: sqlite3.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
