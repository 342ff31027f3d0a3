"""GeoParquet (1.x): a Parquet file with the ``geo`` key; geometry as WKB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lantu.plans.readers.arrowlayers import make, records
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.messages import ReaderError

_MAGIC = b"PAR1"


class GeoParquetReader:
    """See the module. Row groups are read one after another."""

    key = "geoparquet"
    title = "GeoParquet"
    suffixes: tuple[str, ...] = (".parquet", ".geoparquet")
    companions: tuple[str, ...] = ()

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its magic bytes."""
        return head.startswith(_MAGIC)

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer; without a word on the reference system the standard says longitude and latitude of WGS 84."""
        table, geo = _open(dataset)
        shape = geo["columns"][geo["primary_column"]]
        crs = shape.get("crs", "EPSG:4326")
        declared = json.dumps(crs) if isinstance(crs, dict) else crs
        fields = tuple(FieldInfo(field.name, _kind(field.type)) for field in table.schema_arrow if field.name not in geo["columns"])
        label = dataset.label
        return [LayerInfo(label, self.key, label, "unknown", table.metadata.num_rows, fields, declared, notices=dataset.notices)]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """In file order; other geometry columns are left out."""
        table, geo = _open(dataset)
        kinds = {field.name: field.kind for field in layer.fields}
        shape, row = geo["primary_column"], 0
        try:
            for batch in table.iter_batches(batch_size=chunk, columns=[shape, *kinds]):
                wkb = batch.column(shape).to_pylist()
                columns = {name: batch.column(name).to_pylist() for name in kinds}
                yield make(list(range(row + 1, row + 1 + len(wkb))), wkb, records(columns, kinds, len(wkb)))
                row += len(wkb)
        except (pa.ArrowException, OSError) as error:
            raise ReaderError("unreadable", layer.file, reason=str(error)[:300]) from error


def _open(dataset: Dataset) -> tuple[Any, dict[str, Any]]:
    path: Path = dataset.path
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - 4, 0))
        if stream.read() != _MAGIC:
            raise ReaderError("parquet-truncated", dataset.label)
    try:
        table = pq.ParquetFile(path)
        geo = json.loads((table.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        primary = geo.get("primary_column")
        if not primary or primary not in table.schema_arrow.names:
            raise ReaderError("parquet-not-geo", dataset.label)
        coding = str(geo["columns"][primary].get("encoding", ""))
    except (pa.ArrowException, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ReaderError("unreadable", dataset.label, reason=str(error)[:300]) from error
    if coding.upper() != "WKB":
        raise ReaderError("parquet-coding", dataset.label, coding=coding)
    return table, geo


def _kind(arrow: Any) -> str:
    tests = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_binary, "binary"),
        (pa.types.is_list, "list"),
    )
    return next((kind for test, kind in tests if test(arrow)), "text")
