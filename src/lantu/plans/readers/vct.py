"""VCT exchange files (GB/T 17798-2007 version 2.0, and 3.0 as the land and planning databases use it): a layer per attribute table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.frames import BEIJING54, CGCS2000, KNOWN, XIAN80
from lantu.plans.readers import encoding as encodings
from lantu.plans.readers import features, vctfile
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.boundary import polygon_of_rings
from lantu.plans.readers.messages import Notice, ReaderError
from lantu.plans.readers.vctfile import FeatureCode, Index, Lines, VctError

_DATUMS = ((("2000", "cgcs"), CGCS2000), (("80", "西安", "iag", "75"), XIAN80), (("54", "北京", "krass", "克拉索夫"), BEIJING54))
_KINDS = {"Point": "point", "Line": "line", "Polygon": "polygon"}
CODE, CODE_NAME = "要素代码", "要素名称"


class VctReader:
    """See the module. The row is the position in the layer."""

    key = "vct"
    title = "VCT 交换文件"
    suffixes: tuple[str, ...] = (".vct",)
    companions: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._last: tuple[Path, Index] | None = None

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its first line."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].lower() == b"headbegin"

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer for each attribute table whose features there are."""
        index = self._load(dataset)
        guess = encodings.guess(index.samples)
        notices = (Notice("encoding-doubt", dataset.label, {"found": guess.name}),) if guess.certainty != "sure" else ()
        declared = _declared(index)
        groups = _groups(index)
        found = []
        for (table, geometry), codes in groups.items():
            count = sum(index.counts[one.code] for one in codes)
            fields = (FieldInfo(CODE, "text"), FieldInfo(CODE_NAME, "text"), *_fields(index, table))
            name = dataset.label if len(groups) == 1 else f"{dataset.label}/{table or codes[0].code}"
            kind = _KINDS[geometry]
            found.append(
                LayerInfo(name, self.key, dataset.label, kind, count, fields, declared, guess, notices=(*dataset.notices, *notices))
            )
        if not found:
            raise ReaderError("vct-empty", dataset.label)
        return found

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """Object by object from the geometry section, each with its row of the attribute table."""
        index = self._load(dataset)
        groups = _groups(index)
        table, geometry = next(
            key for key, codes in groups.items() if len(groups) == 1 or layer.name == f"{layer.file}/{key[0] or codes[0].code}"
        )
        names = {one.code: one.name for one in groups[(table, geometry)]}
        place, line = index.sections[geometry]
        batch: list[SourceFeature] = []
        row = 0
        try:
            with dataset.path.open("rb") as stream, dataset.path.open("rb") as rows:
                stream.seek(place)
                for one in vctfile.objects(index, Lines(stream, line), geometry):
                    if one.code not in names:
                        continue
                    row += 1
                    values, problem = _values(index, rows, table, one.identity, encoding)
                    attributes = {CODE: one.code, CODE_NAME: names[one.code], **values}
                    batch.append(_feature(row, one, geometry, attributes, problem))
                    if len(batch) >= chunk:
                        yield batch
                        batch = []
        except VctError as error:
            raise _refusal(error, layer.file) from error
        if batch:
            yield batch

    def _load(self, dataset: Dataset) -> Index:
        if self._last is not None and self._last[0] == dataset.path:
            return self._last[1]
        try:
            index = vctfile.index(dataset.path)
        except VctError as error:
            raise _refusal(error, dataset.label) from error
        self._last = (dataset.path, index)
        return index


def _groups(index: Index) -> dict[tuple[str, str], list[FeatureCode]]:
    """Feature codes that there are objects of, by table and geometry; lines without a table only bound polygons."""
    found: dict[tuple[str, str], list[FeatureCode]] = {}
    for code in index.counts:
        one = index.codes.get(code)
        if one is not None and one.geometry in _KINDS and one.geometry in index.sections:
            found.setdefault((one.table, one.geometry), []).append(one)
    return dict(sorted(found.items(), key=lambda item: (item[0][1] != "Polygon", item[0])))


def _fields(index: Index, table: str) -> list[FieldInfo]:
    return [FieldInfo(one.name, one.kind, one.length, one.precision) for one in index.tables.get(table, ())]


def _values(index: Index, rows: IO[bytes], table: str, identity: str, encoding: str) -> tuple[dict[str, Any], Notice | None]:
    place = index.rows.get(table, {}).get(identity)
    columns = index.tables.get(table, ())
    if place is None:
        return {one.name: None for one in columns}, Notice("vct-no-row") if columns else None
    rows.seek(place)
    raw = rows.readline().strip(b"\r\n").split(index.separator)
    if len(raw) == len(columns) + 1:
        raw = raw[1:]  # the object's own identity before the fields
    values: dict[str, Any] = {}
    problem = None
    for number, column in enumerate(columns):
        data = raw[number].strip() if number < len(raw) else b""
        try:
            values[column.name] = _value(encodings.decode(data, encoding), column.kind)
        except UnicodeDecodeError:
            values[column.name] = data.decode("latin-1")
            problem = problem or Notice("undecodable-text", values={"field": column.name, "encoding": encoding})
    return values, problem


def _value(text: str, kind: str) -> Any:
    if not text:
        return None
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return features.plain(float(text), kind)
    except ValueError:
        return text
    return text


def _feature(row: int, one: vctfile.VctObject, geometry: str, attributes: dict[str, Any], problem: Notice | None) -> SourceFeature:
    if one.problem:
        return SourceFeature(row, None, attributes, Notice("vct-shape", values={"identity": one.identity, "reason": one.problem}))
    shape = _shape(one, geometry)
    made = features.of_geometries([row], np.array([shape], dtype=object), np.array([True]), [attributes], {0: problem} if problem else None)
    return made[0]


def _shape(one: vctfile.VctObject, geometry: str) -> BaseGeometry | None:
    try:
        if geometry == "Point":
            return shapely.Point(one.parts[0][0])
        if geometry == "Line":
            return shapely.LineString(one.parts[0])
        return polygon_of_rings([[(float(x), float(y)) for x, y in ring] for ring in one.parts])
    except (ValueError, IndexError, shapely.errors.ShapelyError):
        return None


def _declared(index: Index) -> str | None:
    """The EPSG code that spheroid, central meridian and the size of the eastings name."""
    words = " ".join(index.head.get(key, "") for key in ("spheroid", "coordinatesystem", "projection")).lower()
    datum = next((datum for marks, datum in _DATUMS if any(mark in words for mark in marks)), None)
    if datum is None or index.first is None:
        return None
    east = index.first[0]
    if abs(east) <= 360:
        return {CGCS2000: "EPSG:4490", XIAN80: "EPSG:4610", BEIJING54: "EPSG:4214"}[datum]
    values = [_number(part) for part in index.head.get("parameters", "").split(",")]
    values += [_number(index.head.get(key, "")) for key in ("meridian", "meridinan", "centralmeridian")]
    meridian = next((value for value in values if value is not None and 70 <= value <= 140), None)
    prefixed = east >= 1e7
    for known in KNOWN.values():
        if known.datum == datum and known.prefixed == prefixed and known.central_meridian == meridian:
            return f"EPSG:{known.epsg}"
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _refusal(error: VctError, label: str) -> ReaderError:
    if error.line:
        return ReaderError("vct-damaged", label, line=error.line, reason=error.reason)
    return ReaderError("vct-file-damaged", label, reason=error.reason)
