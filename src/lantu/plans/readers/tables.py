"""Tables (.xlsx, .csv) with coordinates (points), or with parcel numbers or addresses (what the site's locator finds for them)."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from openpyxl import load_workbook
from shapely.geometry.base import BaseGeometry

from lantu.plans.readers import features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.encoding import UTF8, EncodingGuess, guess
from lantu.plans.readers.messages import Notice, ReaderError

_ZIP = b"PK\x03\x04"
_HEAD_ROWS = 10
_SAMPLE = 1 << 20
HEADS: dict[str, tuple[str, ...]] = {
    "lon": ("经度", "lon", "lng", "longitude"),
    "lat": ("纬度", "lat", "latitude"),
    "east": ("横坐标", "东坐标", "y坐标", "e", "east", "easting"),
    "north": ("纵坐标", "北坐标", "x坐标", "n", "north", "northing"),
    "x": ("x",),
    "y": ("y",),
    "parcel": ("地块编号", "地块号", "宗地号", "宗地编号", "宗地代码", "图斑编号", "图斑号", "标识码", "bsm", "parcel"),
    "address": ("地址", "项目地址", "详细地址", "坐落", "位置", "地点", "建设地点", "项目位置", "address"),
}
HOW, CONFIDENCE, BASIS = "定位方式", "定位置信度", "定位依据"


@dataclass(frozen=True, slots=True)
class Located:
    """What was found for a parcel number or an address: shape in degrees of the statutory system (None = not placed), how and how sure."""

    geometry: BaseGeometry | None
    how: str
    confidence: float
    basis: str


Locator = Callable[[Sequence[tuple[str, str]]], list[Located]]
"""(parcel number, address) pairs to what they are; either may be empty."""
_locator: list[Locator] = []


def set_locator(locator: Locator) -> None:
    """The site's way to place parcel numbers and addresses; readers themselves know no site."""
    _locator[:] = [locator]


class TableReader:
    """See the module. The row is the row of the sheet."""

    key = "table"
    title = "表格"
    suffixes: tuple[str, ...] = (".csv", ".xlsx", ".tsv")
    companions: tuple[str, ...] = ()

    def recognises(self, path: Path, head: bytes) -> bool:
        """A spreadsheet, or text whose first rows have a head that places things."""
        if head.startswith(_ZIP):
            return path.suffix.lower() in (".xlsx", ".xlsm")
        if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
            return False
        text = head.decode("utf-8-sig", "ignore") if _is_utf8(head) else head.decode("gb18030", "ignore")
        return any(places(re.split(r"[,\t;]", line)) for line in text.splitlines()[:_HEAD_ROWS])

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer: the first sheet."""
        encoding = _encoding(dataset.path)
        heads, rows = _table(dataset, encoding.name if encoding else "")
        columns = places(heads)
        if not columns:
            raise ReaderError("table-heads", dataset.label, heads="、".join(head for head in heads if head)[:100])
        located = not _has_coordinates(columns)
        extra = (FieldInfo(HOW, "text"), FieldInfo(CONFIDENCE, "number"), FieldInfo(BASIS, "text")) if located else ()
        fields = (*(FieldInfo(head, "text") for head in heads if head), *extra)
        notices = dataset.notices
        if not located and "x" in columns:
            north = _x_is_north(rows, columns)
            notices = (*notices, Notice("table-axes", dataset.label, {"meaning": "X 为北、Y 为东" if north else "X 为东、Y 为北"}))
        declared = "EPSG:4490" if located else None
        kind = "unknown" if located else "point"
        return [LayerInfo(dataset.label, self.key, dataset.label, kind, len(rows), fields, declared, encoding, notices=notices)]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """Row by row of the sheet."""
        heads, rows = _table(dataset, encoding if layer.encoding else "")
        columns = places(heads)
        place = _by_coordinates(rows, columns) if _has_coordinates(columns) else _by_locator(columns)
        names = [head for head in heads if head]
        numbered = iter(rows)
        while batch := list(itertools.islice(numbered, chunk)):
            yield place([(row, {name: values.get(name) for name in names}) for row, values in batch])


def places(heads: Sequence[Any]) -> dict[str, str]:
    """Which columns say where: use → head. Empty when none does."""
    found: dict[str, str] = {}
    for head in heads:
        plain = re.sub(r"[\s（(].*$", "", str(head or "").strip().strip('"')).lower()
        use = next((use for use, words in HEADS.items() if plain in words), None)
        if use:
            found.setdefault(use, str(head).strip())
    pairs = (("lon", "lat"), ("east", "north"), ("x", "y"))
    complete = [pair for pair in pairs if pair[0] in found and pair[1] in found]
    kept = {use: head for use, head in found.items() if use in ("parcel", "address") or any(use in pair for pair in complete)}
    if len(complete) > 1:  # degrees before metres, named axes before bare letters
        kept = {use: head for use, head in kept.items() if use in ("parcel", "address", *complete[0])}
    return kept


def _has_coordinates(columns: dict[str, str]) -> bool:
    return any(use in columns for use in ("lon", "east", "x"))


_Row = tuple[int, dict[str, Any]]
_Place = Callable[[list[_Row]], list[SourceFeature]]


def _by_coordinates(rows: Sequence[_Row], columns: dict[str, str]) -> _Place:
    first, second = next((a, b) for a, b in (("lon", "lat"), ("east", "north"), ("x", "y")) if a in columns)
    swap = first == "x" and _x_is_north(rows, columns)

    def place(batch: list[_Row]) -> list[SourceFeature]:
        xy = np.array([[_number(values[columns[first]]), _number(values[columns[second]])] for _row, values in batch], dtype=np.float64)
        good = np.asarray(np.isfinite(xy).all(axis=1), dtype=bool)
        shapes = np.full(len(batch), None, dtype=object)
        shapes[good] = shapely.points(xy[good][:, ::-1] if swap else xy[good])
        problems = {int(i): Notice("no-coordinates") for i in np.flatnonzero(~good)}
        made = features.of_geometries([row for row, _values in batch], shapes, good, [values for _row, values in batch])
        return [SourceFeature(one.row, None, one.attributes, problems[i]) if i in problems else one for i, one in enumerate(made)]

    return place


def _x_is_north(rows: Sequence[_Row], columns: dict[str, str]) -> bool:
    """Surveyors write X = north: told by the size of the numbers (a northing in China has seven digits, an easting six or eight)."""
    sample = [(_number(values.get(columns["x"])), _number(values.get(columns["y"]))) for _row, values in itertools.islice(iter(rows), 200)]
    pairs = np.array([pair for pair in sample if np.isfinite(pair).all()])
    if not len(pairs):
        return False
    x, y = np.median(np.abs(pairs), axis=0)
    return bool(1.5e6 <= x <= 6.5e6 and not 1.5e6 <= y <= 6.5e6) or bool(x <= 60 < y <= 180)


def _by_locator(columns: dict[str, str]) -> _Place:
    def place(batch: list[_Row]) -> list[SourceFeature]:
        asked = [(_text(values, columns.get("parcel")), _text(values, columns.get("address"))) for _row, values in batch]
        found = _locator[0](asked) if _locator else [Located(None, "", 0.0, "本机没有可用的地名库") for _ in asked]
        made = []
        for (row, values), one in zip(batch, found, strict=True):
            attributes = {**values, HOW: one.how, CONFIDENCE: round(one.confidence, 2), BASIS: one.basis}
            problem = None if one.geometry is not None else Notice("not-placed", values={"basis": one.basis})
            made.append(SourceFeature(row, one.geometry, attributes, problem))
        return made

    return place


def _text(values: dict[str, Any], head: str | None) -> str:
    value = values.get(head) if head else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value if value is not None else "").strip()


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value or "").strip()
    if degrees := re.fullmatch(r"(\d{1,3})[°度]\s*(\d{1,2})[′'分]\s*([\d.]+)[″\"秒]?", text):
        whole, minutes, seconds = (float(part) for part in degrees.groups())
        return whole + minutes / 60 + seconds / 3600
    try:
        return float(text.rstrip("°度米m"))
    except ValueError:
        return float("nan")


# -- rows


class _Rows(Sequence[_Row]):
    """The rows of a table, read anew each time they are gone through, so that a large one is never held whole."""

    def __init__(self, make: Callable[[], Iterator[_Row]]) -> None:
        self.make = make
        self._count = -1

    def __iter__(self) -> Iterator[_Row]:
        return self.make()

    def __len__(self) -> int:
        if self._count < 0:
            self._count = sum(1 for _ in self.make())
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return next(itertools.islice(self.make(), index, None))


def _table(dataset: Dataset, encoding: str) -> tuple[list[str], _Rows]:
    """Heads, and rows with their number in the sheet. Title rows above the head are passed over."""

    def cells() -> Iterator[list[Any]]:
        return _csv(dataset, encoding) if encoding else _xlsx(dataset)

    top = list(itertools.islice(cells(), _HEAD_ROWS))
    head = next((i for i, row in enumerate(top) if places(row)), None)
    if head is None:
        head = next((i for i, row in enumerate(top) if sum(bool(str(cell or "").strip()) for cell in row) > 1), 0)
    heads = _unique([str(cell if cell is not None else "").strip() for cell in top[head]] if top else [])

    def rows() -> Iterator[_Row]:
        for number, row in enumerate(cells(), start=1):
            if number > head + 1 and any(str(cell if cell is not None else "").strip() for cell in row):
                yield number, {name: _cell(value) for name, value in zip(heads, row, strict=False) if name}

    return heads, _Rows(rows)


def _unique(heads: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for head in heads:
        seen[head] = seen.get(head, 0) + 1
        result.append(head if not head or seen[head] == 1 else f"{head}_{seen[head]}")
    return result


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, int | float | bool):
        return features.plain(value, "number") if isinstance(value, float) else value
    return str(value)


def _xlsx(dataset: Dataset) -> Iterator[list[Any]]:
    try:
        book = load_workbook(dataset.path, read_only=True, data_only=True)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True):
                yield list(row)
        finally:
            book.close()
    except Exception as error:  # openpyxl raises many kinds for a broken archive
        raise ReaderError("unreadable", dataset.label, reason=f"{type(error).__name__} {error}"[:200]) from error


def _csv(dataset: Dataset, encoding: str) -> Iterator[list[Any]]:
    codec = "utf-8-sig" if encoding == UTF8 else encoding
    with dataset.path.open(encoding=codec, errors="replace", newline="") as stream:
        first = stream.read(4096)
        stream.seek(0)
        line = max(first.splitlines()[:_HEAD_ROWS], key=len, default="")
        separator = max(",\t;", key=line.count)
        try:
            yield from csv.reader(stream, delimiter=separator)
        except csv.Error as error:
            raise ReaderError("unreadable", dataset.label, reason=str(error)) from error


def _encoding(path: Path) -> EncodingGuess | None:
    """None for a spreadsheet, whose text is Unicode."""
    with path.open("rb") as stream:
        data = stream.read(_SAMPLE)
    if data.startswith(_ZIP):
        return None
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    return guess(re.split(rb"[,\t;]", b",".join(lines[:-1] if len(data) == _SAMPLE else lines)))


def _is_utf8(head: bytes) -> bool:
    try:
        head[: len(head) - 4 if len(head) > 4 else None].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 8
    return True
