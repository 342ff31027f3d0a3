"""Readers of plan files. No Django.

``inspect`` shows what is in an upload, ``read`` hands its features over in chunks; both raise ``ReaderError`` (what, where, how) for
what cannot be taken. A format is one ``Reader``, registered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lantu.geodesy.frames import Bounds
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, Limits, Reader, SourceFeature, Verifying, reader, readers, register
from lantu.plans.readers.boundary import BoundaryTextReader
from lantu.plans.readers.dxf import DxfReader
from lantu.plans.readers.encoding import REPAIRS, UTF8, EncodingGuess, canonical
from lantu.plans.readers.geojson import GeoJsonReader
from lantu.plans.readers.geopackage import GeoPackageReader
from lantu.plans.readers.messages import CATALOGUE, Notice, ReaderError
from lantu.plans.readers.parquet import GeoParquetReader
from lantu.plans.readers.personal import PersonalGeodatabaseReader
from lantu.plans.readers.shapefile import ShapefileReader
from lantu.plans.readers.staging import NamedFile, Source, staged
from lantu.plans.readers.survey import Place, put_right, survey
from lantu.plans.readers.tables import TableReader
from lantu.plans.readers.vct import VctReader
from lantu.plans.readers.vector import FileGdbReader, FlatGeobufReader, GmlReader, KmlReader, MapInfoReader

Tell = Callable[[str, int, int], None]

__all__ = [
    "CATALOGUE",
    "Dataset",
    "EncodingGuess",
    "FieldInfo",
    "LayerInfo",
    "Limits",
    "NamedFile",
    "Notice",
    "Reader",
    "ReaderError",
    "Source",
    "SourceFeature",
    "inspect",
    "read",
    "reader",
    "readers",
    "register",
]

for _reader in (
    ShapefileReader(),
    GeoPackageReader(),
    FileGdbReader(),
    PersonalGeodatabaseReader(),
    FlatGeobufReader(),
    GeoParquetReader(),
    GeoJsonReader(),
    KmlReader(),
    GmlReader(),
    MapInfoReader(),
    DxfReader(),
    VctReader(),
    BoundaryTextReader(),
    TableReader(),
):
    register(_reader)


def inspect(
    source: Source,
    *,
    city: Bounds | None = None,
    allowed: tuple[int, ...] = (),
    limits: Limits | None = None,
    tell: Tell = lambda layer, count, total: None,
) -> list[LayerInfo]:
    """Every layer of an upload with counts, fields, encoding and, given the ``city`` box (degrees, EPSG:4490), the guessed frame.

    All features are read once, so that what the preview says is so. ``allowed``: further EPSG codes of the city pack. ``tell`` is
    told the layer, how many of its features have been seen and how many there are (-1: not known). Raises ``ReaderError``, also when
    no layer has a single feature.
    """
    layers: list[LayerInfo] = []
    with staged(source, limits or Limits()) as found:
        for format_reader, dataset in found.datasets:
            if isinstance(format_reader, Verifying):
                format_reader.verify(dataset)
            place = Place(city, allowed)
            layers += [survey(format_reader, dataset, info, place, _telling(tell, info)) for info in format_reader.layers(dataset)]
    if not layers:
        raise ReaderError("no-data", files="没有带图形的图层")
    if not any(layer.count for layer in layers):
        raise ReaderError("no-features", "、".join(layer.name for layer in layers))
    return layers


def read(
    source: Source, layer: str | None = None, *, encoding: str | None = None, chunk: int = 1000, limits: Limits | None = None
) -> Iterator[list[SourceFeature]]:
    """The features of a layer (by ``LayerInfo.name``; None = the only one), at most ``chunk`` at a time, in bounded memory.

    ``encoding`` overrides the guess. Raises ``ReaderError``, also at the end when fewer features came than there should be.
    """
    with staged(source, limits or Limits()) as found:
        known = [(r, dataset, info) for r, dataset in found.datasets for info in r.layers(dataset)]
        chosen = [item for item in known if layer is None or item[2].name == layer]
        if len(chosen) != 1:
            raise ReaderError("no-layer", layer=layer or "（未指定）", layers="、".join(info.name for _r, _d, info in known))
        format_reader, dataset, info = chosen[0]
        name = canonical(encoding) if encoding else info.encoding.name if info.encoding else "UTF-8"
        if name is None:
            raise ReaderError("unknown-encoding", info.file, encoding=encoding)
        repair = name if name in REPAIRS else ""
        count = 0
        for batch in format_reader.features(dataset, info, UTF8 if repair else name, chunk):
            count += len(batch)
            yield [put_right(feature, repair) for feature in batch] if repair else batch
        if info.count >= 0 and count != info.count:
            raise ReaderError("short-read", info.file, expected=info.count, actual=count)


def _telling(tell: Tell, layer: LayerInfo) -> Callable[[int], None]:
    return lambda count: tell(layer.name, count, layer.count)
