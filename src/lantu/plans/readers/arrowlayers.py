"""Formats that GDAL reads, taken one Arrow batch after another: one pass, whatever the size of the file."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

from lantu.plans.readers import curves, features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.encoding import EncodingGuess
from lantu.plans.readers.messages import ReaderError

_FAMILIES = {
    "point": "point",
    "multipoint": "point",
    "linestring": "line",
    "multilinestring": "line",
    "polygon": "polygon",
    "multipolygon": "polygon",
}
UNKNOWN_COUNT = -1


class ArrowReader:
    """A format of GDAL. A subclass says how it is recognised and what is to be done to its files before GDAL sees them."""

    key = ""
    title = ""
    suffixes: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    keeps_fid = False
    """Whether the row number is the identifier of the file itself (OBJECTID); else rows are counted from 1."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is of this format."""
        raise NotImplementedError

    def prepared(self, dataset: Dataset, encoding: str | None) -> Path:
        """What GDAL opens: the file itself, or a mended copy beside it."""
        return dataset.path

    def encoding_of(self, dataset: Dataset) -> EncodingGuess | None:
        """The guess at the text's encoding where the format leaves it open."""
        return None

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """Every layer that has geometry. Raises ``ReaderError`` for what GDAL cannot open."""
        guess = self.encoding_of(dataset)
        path = self.prepared(dataset, guess.name if guess else None)
        try:
            listed = pyogrio.list_layers(path)
            names = [str(name) for name, kind in listed if kind is not None]
            return [self._layer(dataset, path, name, guess, alone=len(names) == 1) for name in names]
        except (RuntimeError, ValueError) as error:
            raise ReaderError("unreadable", dataset.label, reason=_short(error, path)) from error

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """All features in file order."""
        path = self.prepared(dataset, encoding)
        table = str(pyogrio.list_layers(path)[0][0]) if layer.name == layer.file else layer.name.removeprefix(f"{layer.file}/")
        kinds = {field.name: field.kind for field in layer.fields}
        row = 0
        try:
            with raw.open_arrow(path, layer=table, batch_size=chunk, use_pyarrow=True, return_fids=True) as (meta, batches):
                shape = meta.get("geometry_name") or "wkb_geometry"
                for batch in batches:
                    columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
                    wkb = columns.pop(shape)
                    fids = columns.pop(batch.schema.names[0])
                    rows = [int(fid) for fid in fids] if self.keeps_fid else list(range(row + 1, row + 1 + len(wkb)))
                    row += len(wkb)
                    yield make(rows, wkb, records(columns, kinds, len(wkb)))
        except (RuntimeError, ValueError, OSError) as error:
            raise ReaderError("unreadable", layer.file, reason=_short(error, path)) from error

    def _layer(self, dataset: Dataset, path: Path, name: str, guess: EncodingGuess | None, *, alone: bool) -> LayerInfo:
        info = pyogrio.read_info(path, layer=name)
        fields = tuple(
            FieldInfo(str(field), features.KIND_OF_OGR.get(kind, "text"))
            for field, kind in zip(info["fields"], info["ogr_types"], strict=True)
        )
        kind = _FAMILIES.get(str(info["geometry_type"]).replace("2.5D ", "").split(" ")[0].lower(), "unknown")
        key = dataset.label if alone else f"{dataset.label}/{name}"
        return LayerInfo(key, self.key, dataset.label, kind, UNKNOWN_COUNT, fields, info["crs"] or None, guess, notices=dataset.notices)


def records(columns: dict[str, list[Any]], kinds: dict[str, str], count: int) -> list[dict[str, Any]]:
    """Attributes by feature, as plain values."""
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, values in columns.items():
        kind = kinds.get(name, "text")
        for i, value in enumerate(values):
            rows[i][name] = _plain(value, kind)
    return rows


def _plain(value: Any, kind: str) -> Any:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if kind == "date" else value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item, kind) for item in value]
    return float(value) if isinstance(value, decimal.Decimal) else features.plain(value, kind)


def make(rows: list[int], wkb: list[bytes | None], attributes: list[dict[str, Any]]) -> list[SourceFeature]:
    """Source features of one batch; arcs are stroked."""
    given = np.array([item is not None for item in wkb], bool)
    shapes: NDArray[np.object_] = np.empty(len(wkb), dtype=object)
    curved = [i for i, item in enumerate(wkb) if curves.is_curved(item)]
    straight = sorted(set(range(len(wkb))) - set(curved))
    with np.errstate(invalid="ignore"):
        shapes[straight] = _from_wkb([wkb[i] for i in straight])
    for i in curved:
        shapes[i] = curves.straightened(wkb[i] or b"")
    made = features.of_geometries(rows, shapes, given, attributes)
    for i in curved:
        if made[i].problem is None:
            made[i] = replace(made[i], had_curves=True)
    return made


def _from_wkb(values: list[bytes | None]) -> list[BaseGeometry | None]:
    try:
        return list(shapely.from_wkb(np.array(values, dtype=object), on_invalid="ignore"))
    except NotImplementedError:  # a curve inside of a collection
        return [curves.straightened(value) if value is not None else None for value in values]


def _short(error: Exception, path: Path) -> str:
    """GDAL's words without the paths of the staging folder."""
    return str(error).replace(str(path), path.name).replace(str(path.parent), "")[:300]
