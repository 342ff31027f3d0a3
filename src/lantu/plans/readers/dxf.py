"""DXF drawings: polygons (面), lines (线), points and texts (点), and the gaps of open line work (缺口), each a layer of its own.

The drawing layer's name is the attribute 图层; texts inside a polygon are its attribute 文字, so that either can serve as the code.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import shapely
from ezdxf import recover

from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.dxfshapes import Counts, Drawn, TooManyEntities, drawn
from lantu.plans.readers.encoding import BIG5, GB18030, UTF8, EncodingGuess
from lantu.plans.readers.linework import JOINED_M, polygonise
from lantu.plans.readers.messages import Notice, ReaderError

LIMIT = 300 << 20
"""Bytes: a drawing is held in memory whole, about twelve times its size."""
_START = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s*999[^\n]*\n[^\n]*\n)*\s*0\s*\r?\n\s*SECTION", re.IGNORECASE)
_MILLIMETRES_FROM = 5e7
_CODEPAGES = {"cp936": GB18030, "gbk": GB18030, "gb2312": GB18030, "cp950": BIG5, "big5": BIG5, "utf8": UTF8, "utf-8": UTF8}
_FIELDS = {
    "面": ("图层", "类型", "文字", "块", "句柄"),
    "线": ("图层", "类型", "块", "句柄"),
    "点": ("图层", "类型", "文字", "块", "句柄"),
    "缺口": ("图层", "宽度"),
}
_KINDS = {"面": "polygon", "线": "line", "点": "point", "缺口": "point"}
_SHOWN = 5


@dataclass(slots=True)
class _Drawing:
    """A drawing taken apart: features by part, notices."""

    parts: dict[str, list[SourceFeature]] = field(default_factory=lambda: {name: [] for name in _FIELDS})
    notices: list[Notice] = field(default_factory=list)
    encoding: EncodingGuess | None = None


class DxfReader:
    """See the module. The row is the position in its part."""

    key = "dxf"
    title = "DXF"
    suffixes: tuple[str, ...] = (".dxf",)
    companions: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._last: tuple[Path, _Drawing] | None = None

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its first group, or the mark of a binary one."""
        return head.startswith(b"AutoCAD Binary DXF") or bool(_START.match(head))

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """The parts that have anything in them, polygons first."""
        drawing = self._load(dataset)
        found: list[LayerInfo] = []
        for name, fields in _FIELDS.items():
            if rows := drawing.parts[name]:
                infos = tuple(FieldInfo(item, "number" if item == "宽度" else "text") for item in fields)
                notices = (*dataset.notices, *drawing.notices) if not found else ()
                key = f"{dataset.label}/{name}"
                found.append(
                    LayerInfo(key, self.key, dataset.label, _KINDS[name], len(rows), infos, None, drawing.encoding, notices=notices)
                )
        if not found:
            raise ReaderError("dxf-empty", dataset.label)
        return found

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """The features of one part."""
        rows = self._load(dataset).parts[layer.name.rpartition("/")[2]]
        for start in range(0, len(rows), chunk):
            yield rows[start : start + chunk]

    def _load(self, dataset: Dataset) -> _Drawing:
        """Read and take apart; the last drawing is kept, since its parts are asked for one after another."""
        if self._last is not None and self._last[0] == dataset.path:
            return self._last[1]
        size = dataset.path.stat().st_size
        if size > LIMIT:
            raise ReaderError("dxf-too-large", dataset.label, size_mb=size >> 20, limit_mb=LIMIT >> 20)
        drawing = _take_apart(_document(dataset), dataset.label)
        self._last = (dataset.path, drawing)
        return drawing


def _document(dataset: Dataset) -> Any:
    try:
        document, _auditor = recover.readfile(dataset.path)
    except (ezdxf.DXFError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ReaderError("dxf-damaged", dataset.label, reason=f"{type(error).__name__} {error}"[:200]) from error
    if not _ends(dataset.path):
        raise ReaderError("dxf-cut", dataset.label)
    return document


def _ends(path: Path) -> bool:
    """Whether the file has its last group: a drawing that was cut is read as far as it goes."""
    with path.open("rb") as stream:
        binary = stream.read(18) == b"AutoCAD Binary DXF"
        size = stream.seek(0, 2)
        stream.seek(max(size - 200, 0))
        tail = stream.read()
    return b"EOF" in tail if binary else bool(re.search(rb"0\s*\n\s*EOF\s*\Z", tail.replace(b"\r", b"").rstrip(b"\x1a\x00") + b"\n"))


def _take_apart(document: Any, label: str) -> _Drawing:
    counts = Counts()
    try:
        entities = list(drawn(document, counts))
    except TooManyEntities:
        raise ReaderError("dxf-blocks", label) from None
    drawing = _Drawing(encoding=_encoding(document))
    scale = _scale(entities)
    if scale != 1.0:
        drawing.notices.append(Notice("dxf-millimetres", label))
    polygons = [one for one in entities if one.shape is not None and one.shape.geom_type in ("Polygon", "MultiPolygon")]
    lines = [one for one in entities if one.shape is not None and one.shape.geom_type == "LineString"]
    points = [one for one in entities if one.shape is not None and one.shape.geom_type == "Point"]
    made, loose, gaps, joined = _polygonised(lines, scale)
    areas = [*((one, _scaled(one.shape, scale)) for one in polygons), *made]
    texts = [(_scaled(one.shape, scale), one.text) for one in points if one.text]
    labels = _labels([shape for _one, shape in areas], texts)
    drawing.parts["面"] = [_feature(row, one, shape, 文字=labels[row - 1]) for row, (one, shape) in enumerate(areas, 1)]
    drawing.parts["线"] = [_feature(row, one, shape) for row, (one, shape) in enumerate(loose, 1)]
    drawing.parts["点"] = [_feature(row, one, _scaled(one.shape, scale), 文字=one.text) for row, one in enumerate(points, 1)]
    drawing.parts["缺口"] = [
        SourceFeature(row, gap.point, {"图层": layer, "宽度": round(gap.width, 3)}) for row, (layer, gap) in enumerate(gaps, 1)
    ]
    drawing.notices += _notices(label, counts, made, gaps, joined)
    return drawing


def _polygonised(lines: list[Drawn], scale: float) -> tuple[list[Any], list[Any], list[Any], int]:
    """Polygons that open lines of one drawing layer bound, lines that bound nothing, gaps with their layer, joined ends."""
    by_layer: dict[str, list[Drawn]] = defaultdict(list)
    for line in lines:
        by_layer[line.layer].append(line)
    made, loose, gaps, joined = [], [], [], 0
    for layer, members in by_layer.items():
        result = polygonise([_scaled(one.shape, scale) for one in members])
        first = Drawn(layer, "线围成", "", "", None, curved=any(one.curved for one in members), height=any(one.height for one in members))
        made += [(first, shape) for shape in result.polygons]
        open_line = Drawn(layer, "开放线", "", "", None)
        loose += [(open_line, shape) for shape in result.loose]
        gaps += [(layer, gap) for gap in result.gaps]
        joined += result.joined
    return made, loose, gaps, joined


def _notices(label: str, counts: Counts, made: list[Any], gaps: list[Any], joined: int) -> list[Notice]:
    notes = []
    if made or joined:
        notes.append(Notice("dxf-linework", label, {"polygons": len(made), "joined": joined, "tolerance_cm": round(JOINED_M * 100)}))
    if gaps:
        worst = sorted(gaps, key=lambda pair: pair[1].width)[:_SHOWN]
        places = "；".join(f"{layer}：{gap.point.x:.2f}, {gap.point.y:.2f} 宽 {gap.width:.2f} 米" for layer, gap in worst)
        notes.append(Notice("dxf-gaps", label, {"count": len(gaps), "places": places}))
    if counts.skipped:
        kinds = "、".join(f"{kind} {number}" for kind, number in sorted(counts.skipped.items()))
        notes.append(Notice("dxf-skipped", label, {"count": sum(counts.skipped.values()), "kinds": kinds}))
    return notes


def _labels(shapes: list[Any], texts: list[tuple[Any, str]]) -> list[str]:
    """The texts that stand in each polygon, each given to the smallest polygon around it."""
    found: list[list[str]] = [[] for _ in shapes]
    if shapes and texts:
        valid = np.array([shape if shapely.is_valid(shape) else shapely.make_valid(shape) for shape in shapes], dtype=object)
        tree = shapely.STRtree(valid)
        area = shapely.area(valid)
        inside: dict[int, list[int]] = defaultdict(list)
        for text, shape in zip(*tree.query([point for point, _text in texts], predicate="within"), strict=True):
            inside[int(text)].append(int(shape))
        for text, around in inside.items():
            found[min(around, key=lambda i: float(area[i]))].append(texts[text][1])
    return ["；".join(dict.fromkeys(words))[:200] for words in found]


def _feature(row: int, one: Drawn, shape: Any, **more: str) -> SourceFeature:
    attributes = {"图层": one.layer, "类型": one.kind, **more, "块": one.block, "句柄": one.handle}
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return SourceFeature(row, None, attributes, Notice("not-finite"))
    return SourceFeature(row, shape, attributes, had_height=one.height, had_curves=one.curved)


def _scale(entities: list[Drawn]) -> float:
    """0.001 for a drawing in millimetres: told by the size of the numbers, since the header's unit is often left at its default."""
    shapes = np.array([one.shape for one in entities if one.shape is not None], dtype=object)
    if not len(shapes):
        return 1.0
    bounds = shapely.bounds(shapes)
    middle = np.nanmedian(np.abs(bounds), axis=0) if len(bounds) else np.zeros(4)
    return 0.001 if float(middle.max()) > _MILLIMETRES_FROM else 1.0


def _scaled(shape: Any, scale: float) -> Any:
    return shape if scale == 1.0 else shapely.transform(shape, lambda xy: xy * scale)


def _encoding(document: Any) -> EncodingGuess:
    found = _CODEPAGES.get(str(document.encoding).lower(), UTF8)
    if str(document.dxfversion) >= "AC1021":
        return EncodingGuess(UTF8, "sure", ("2007 版以后的 DXF 规定 UTF-8",), UTF8)
    return EncodingGuess(UTF8, "likely", (f"图纸声明的代码页是 {document.encoding}（{found}），已按它读取",), found)
