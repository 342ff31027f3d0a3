"""Boundary-point text (界址点坐标 TXT) as a layer of polygons."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from lantu.geodesy import boundary_text
from lantu.geodesy.boundary_text import BoundaryText, Parcel
from lantu.geodesy.errors import BoundaryTextError
from lantu.geodesy.frames import BEIJING54, CGCS2000, KNOWN, XIAN80
from lantu.plans.readers import features
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, SourceFeature
from lantu.plans.readers.encoding import GB18030, UTF8, EncodingGuess
from lantu.plans.readers.messages import ReaderError

_MARKS = tuple(mark.encode(codec) for mark in (boundary_text.ATTRIBUTES, boundary_text.PARCELS) for codec in ("utf-8", "gb18030"))
_DATUMS = ((("2000",), CGCS2000), (("80", "西安"), XIAN80), (("54", "北京"), BEIJING54))
_LIMIT = 200 << 20  # the text is read whole


class BoundaryTextReader:
    """See the module. The row is the number of the parcel."""

    key = "boundary-text"
    title = "界址点 TXT"
    suffixes: tuple[str, ...] = (".txt",)
    companions: tuple[str, ...] = ()

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its section marks."""
        return any(mark in head for mark in _MARKS)

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer; the reference system is put together from datum, zone width and zone of the header."""
        content, encoding = _load(dataset)
        guess = EncodingGuess(encoding, "sure", (f"内容按 {encoding} 解得通",))
        fields = tuple(FieldInfo(name, "text") for name in boundary_text.PARCEL_FIELDS)
        declared = _declared(content)
        return [
            LayerInfo(
                dataset.label, self.key, dataset.label, "polygon", len(content.parcels), fields, declared, guess, notices=dataset.notices
            )
        ]

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """Parcels in file order."""
        content, _encoding = _load(dataset)
        numbered = enumerate(content.parcels, start=1)
        while batch := list(itertools.islice(numbered, chunk)):
            shapes = np.array([polygon_of(parcel) for _row, parcel in batch], dtype=object)
            attributes = [dict(parcel.attributes) for _row, parcel in batch]
            yield features.of_geometries([row for row, _parcel in batch], shapes, np.ones(len(batch), bool), attributes)


def polygon_of(parcel: Parcel) -> BaseGeometry:
    """The parcel's rings as a polygon."""
    return polygon_of_rings(parcel.rings)


def polygon_of_rings(rings: list[list[tuple[float, float]]]) -> BaseGeometry:
    """A ring inside an earlier one is a hole of it, one beside them a further part."""
    shells: list[tuple[Polygon, list[list[tuple[float, float]]]]] = []
    for ring in rings:
        inside = shapely.Polygon(ring).representative_point() if len(set(ring)) >= 3 else None
        owner = next((holes for shell, holes in shells if inside is not None and shell.is_valid and shell.contains(inside)), None)
        if owner is None:
            shells.append((Polygon(ring), []))
        else:
            owner.append(ring)
    parts = [Polygon(shell.exterior, holes) for shell, holes in shells]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _load(dataset: Dataset) -> tuple[BoundaryText, str]:
    size = dataset.path.stat().st_size
    if size > _LIMIT:
        raise ReaderError("too-large", dataset.label, size_mb=size >> 20, limit_mb=_LIMIT >> 20)
    try:
        text, codec = boundary_text.decode(dataset.path.read_bytes())
        return boundary_text.parse(text), UTF8 if codec.startswith("utf-8") else GB18030
    except BoundaryTextError as error:
        if error.line:
            raise ReaderError("text-damaged", dataset.label, line=error.line, reason=error.reason) from error
        raise ReaderError("text-file-damaged", dataset.label, reason=error.reason) from error


def _declared(content: BoundaryText) -> str | None:
    """EPSG code of the header's datum, zone width and zone; eastings with eight digits bear the zone."""
    header = content.header
    system = header.get("坐标系", "")
    datum = next((datum for words, datum in _DATUMS if any(word in system for word in words)), None)
    width, zone = (re.search(r"\d+", header.get(key, "")) for key in ("几度分带", "带号"))
    if datum is None or width is None or zone is None:
        return None
    prefixed = content.parcels[0].rings[0][0][0] >= 1e7
    wanted = (datum, int(zone.group()), int(width.group()), prefixed)
    return next((f"EPSG:{f.epsg}" for f in KNOWN.values() if (f.datum, f.zone, f.degrees, f.prefixed) == wanted), None)
