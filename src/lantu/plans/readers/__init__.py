"""Readers of plan files. No Django.

``inspect`` shows what is in an upload, ``read`` hands its features over in chunks; both raise ``ReaderError`` (what, where, how) for
what cannot be taken. A format is one ``Reader``, registered here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lantu.geodesy.frames import Bounds
from lantu.plans.readers.base import Dataset, FieldInfo, LayerInfo, Limits, Reader, SourceFeature, reader, readers, register
from lantu.plans.readers.boundary import BoundaryTextReader
from lantu.plans.readers.encoding import EncodingGuess, canonical
from lantu.plans.readers.geojson import GeoJsonReader
from lantu.plans.readers.geopackage import GeoPackageReader
from lantu.plans.readers.messages import CATALOGUE, Notice, ReaderError
from lantu.plans.readers.shapefile import ShapefileReader
from lantu.plans.readers.staging import NamedFile, Source, staged
from lantu.plans.readers.survey import survey

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

for _reader in (ShapefileReader(), GeoPackageReader(), GeoJsonReader(), BoundaryTextReader()):
    register(_reader)


def inspect(source: Source, *, city: Bounds | None = None, allowed: tuple[int, ...] = (), limits: Limits | None = None) -> list[LayerInfo]:
    """Every layer of an upload with counts, fields, encoding and, given the ``city`` box (degrees, EPSG:4490), the guessed frame.

    All features are read once, so that what the preview says is so. ``allowed``: further EPSG codes of the city pack. Raises
    ``ReaderError``, also when no layer has a single feature.
    """
    layers: list[LayerInfo] = []
    with staged(source, limits or Limits()) as found:
        for format_reader, dataset in found.datasets:
            layers += [survey(format_reader, dataset, layer, city, allowed) for layer in format_reader.layers(dataset)]
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
        count = 0
        for batch in format_reader.features(dataset, info, name, chunk):
            count += len(batch)
            yield batch
        if count != info.count:
            raise ReaderError("short-read", info.file, expected=info.count, actual=count)
