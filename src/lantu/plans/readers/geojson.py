"""GeoJSON: FeatureCollection, single feature or bare geometry. TopoJSON is told apart and refused."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from lantu.plans.readers import features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.encoding import GB18030, UTF8, EncodingGuess
from lantu.plans.readers.jsonstream import JsonStream
from lantu.plans.readers.messages import Notice, ReaderError

_GEOMETRIES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"})


class GeoJsonReader:
    """See the module."""

    key = "geojson"
    title = "GeoJSON"
    suffixes: tuple[str, ...] = (".geojson", ".json")
    companions: tuple[str, ...] = ()

    def recognises(self, path: Path, head: bytes) -> bool:
        """Any JSON object: one that is no GeoJSON is refused by name in ``layers``."""
        return bool(re.match(rb'\s*\{\s*("|\})', head.removeprefix(codecs.BOM_UTF8)))

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One pass over the file: fields, count and the reference system, wherever they stand."""
        guess = _encoding(dataset.path)
        with dataset.path.open(encoding=_codec(guess.name), newline="") as text:
            stream = JsonStream(text, dataset.label)
            fields, count, local = _fields_and_count(stream)
            members = stream.members
        kind = members.get("type")
        if kind == "Topology":
            raise ReaderError("topojson", dataset.label)
        if kind not in {"FeatureCollection", "Feature", *_GEOMETRIES}:
            raise ReaderError("json-not-geo", dataset.label)
        if kind != "FeatureCollection":
            count = 1
            properties = members.get("properties") if kind == "Feature" else None
            fields = {name: _kind(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
        infos = tuple(FieldInfo(name, field_kind) for name, field_kind in fields.items())
        declared = _declared(members.get("crs"))
        if declared is None and "crs" not in members and not local:
            declared = "EPSG:4326"  # RFC 7946: without a word it is WGS 84
        return [LayerInfo(dataset.label, self.key, dataset.label, "unknown", count, infos, declared, guess, notices=dataset.notices)]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """Feature by feature from the text; the row is the position in the list."""
        with dataset.path.open(encoding=_codec(encoding), newline="") as text:
            stream = JsonStream(text, dataset.label)
            numbered = enumerate(_items(stream), start=1)
            while batch := list(itertools.islice(numbered, chunk)):
                yield _make(batch)


def _items(stream: JsonStream) -> Iterator[Any]:
    yield from stream.features()
    if stream.members.get("type") == "Feature":
        yield stream.members
    elif stream.members.get("type") in _GEOMETRIES:
        yield {"type": "Feature", "geometry": stream.members, "properties": {}}


def _make(batch: list[tuple[int, Any]]) -> list[SourceFeature]:
    rows = [row for row, _item in batch]
    geometries: np.ndarray[Any, np.dtype[np.object_]] = np.empty(len(batch), dtype=object)
    given = np.zeros(len(batch), bool)
    attributes: list[dict[str, Any]] = []
    odd: dict[int, Notice] = {}
    for i, (_row, item) in enumerate(batch):
        if not isinstance(item, dict) or item.get("type") != "Feature":
            odd[i] = Notice("not-a-feature")
            attributes.append({})
            continue
        properties = item.get("properties")
        attributes.append(properties if isinstance(properties, dict) else {})
        given[i] = item.get("geometry") is not None
        geometries[i] = _geometry(item.get("geometry"))
    made = features.of_geometries(rows, geometries, given, attributes)
    return [SourceFeature(f.row, None, f.attributes, odd[i]) if i in odd else f for i, f in enumerate(made)]


def _geometry(member: Any) -> BaseGeometry | None:
    """None for what is no geometry; the caller says so."""
    if not isinstance(member, dict):
        return None
    try:
        if not member.get("coordinates") and "geometries" not in member:
            return shapely.from_wkt(f"{member['type']} EMPTY".upper())
        with np.errstate(invalid="ignore"):  # NaN coordinates are looked for afterwards, by feature
            return shape(member)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        return None


def _fields_and_count(stream: JsonStream) -> tuple[dict[str, str], int, bool]:
    """Fields with their kinds, number of features, and whether some coordinate is too large for degrees."""
    fields: dict[str, str] = {}
    count, local = 0, False
    for item in stream.features():
        count += 1
        if not isinstance(item, dict):
            continue
        properties = item.get("properties")
        for name, value in properties.items() if isinstance(properties, dict) else ():
            kind = _kind(value)
            if fields.get(name) != kind:
                fields[name] = _wider(fields.get(name), kind)
        first = _first_position(item.get("geometry"))
        local = local or (first is not None and (abs(first[0]) > 360 or abs(first[1]) > 360))
    return {name: "text" if kind == "null" else kind for name, kind in fields.items()}, count, local


def _first_position(geometry: Any) -> tuple[float, float] | None:
    node = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(node, list) and node and isinstance(node[0], list):
        node = node[0]
    if isinstance(node, list) and len(node) >= 2 and all(isinstance(value, int | float) for value in node[:2]):
        return float(node[0]), float(node[1])
    return None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "list" if isinstance(value, list | dict) else "text"


def _wider(known: str | None, kind: str) -> str:
    """The kind that holds both."""
    if known in (None, "null"):
        return kind
    if kind == "null":
        return str(known)
    pair = {known, kind}
    return "number" if pair == {"integer", "number"} else "text"


def _declared(member: Any) -> str | None:
    """The old ``crs`` member, as most programs still write it."""
    if not isinstance(member, dict):
        return None
    properties = member.get("properties")
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if "CRS84" in name:
        return "EPSG:4326"
    found = re.search(r"EPSG:+(?:[\d.]+:)?(\d+)$", name, re.IGNORECASE)
    return f"EPSG:{found.group(1)}" if found else name or None


def _encoding(path: Path) -> EncodingGuess:
    """UTF-8 as the standard says; GB18030 where the bytes are no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while piece := stream.read(1 << 20):
                decoder.decode(piece)
        except UnicodeDecodeError:
            return EncodingGuess(GB18030, "likely", ("内容不是 UTF-8，按 GB18030 读取",), UTF8, contradicts=True)
    return EncodingGuess(UTF8, "sure", ("GeoJSON 标准规定 UTF-8，内容相符",), UTF8)


def _codec(name: str) -> str:
    return "utf-8-sig" if name == UTF8 else name
