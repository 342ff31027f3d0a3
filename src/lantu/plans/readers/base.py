"""What every reader of plan files offers, and where readers are registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from shapely.geometry.base import BaseGeometry

from lantu.geodesy.frames import FrameGuess
from lantu.plans.readers.encoding import EncodingGuess
from lantu.plans.readers.messages import Notice

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be brought in, in bytes and counts; settings of the site."""

    total_bytes: int = 2 << 30
    unpacked_bytes: int = 4 << 30
    unpack_ratio: float = 200.0
    """Unpacked to packed size of one entry, judged from 1 MB on."""
    entries: int = 5000


@dataclass(frozen=True, slots=True)
class SourceFeature:
    """One feature as the file has it. ``row``: its number in the source (1-based; the fid in a GeoPackage).

    ``geometry`` is two-dimensional in the file's own coordinates, (east, north) or (lon, lat). A feature with a ``problem`` cannot go
    into a layer, but is handed over all the same, so that it can be accounted for.
    """

    row: int
    geometry: BaseGeometry | None
    attributes: dict[str, Any]
    problem: Notice | None = None
    had_height: bool = False
    had_curves: bool = False


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of a layer: ``kind`` is text, integer, number, date, datetime, boolean, binary or list; sizes where the format has them."""

    name: str
    kind: str
    length: int | None = None
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """A layer as the preview shows it. ``name`` is unique in the source and given to ``read``.

    ``count`` is -1 while unknown (formats that say it nowhere); ``survey`` counts. ``kinds`` counts the geometry kinds really there,
    ``bounds`` are the real ones in the file's own coordinates, ``sample`` its first rows.
    """

    name: str
    format: str
    file: str
    geometry_kind: str
    count: int
    fields: tuple[FieldInfo, ...]
    declared_crs: str | None = None
    encoding: EncodingGuess | None = None
    bounds: Bounds | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    sample: tuple[SourceFeature, ...] = ()
    notices: tuple[Notice, ...] = ()
    frame: FrameGuess | None = None

    def noting(self, *notices: Notice) -> LayerInfo:
        """The same with further notices."""
        return replace(self, notices=(*self.notices, *notices))


@dataclass(frozen=True, slots=True)
class Dataset:
    """One file (with its companions) in the staging folder: ``path`` bears the right extension, ``label`` is the name people know."""

    path: Path
    label: str
    notices: tuple[Notice, ...] = ()


class Reader(Protocol):
    """A format. ``suffixes``: extensions it goes by, the first is given to misnamed files; ``companions``: extensions of its side files."""

    key: str
    title: str
    suffixes: tuple[str, ...]
    companions: tuple[str, ...]

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content (first 64 KB in ``head``) is of this format, whatever the name says."""
        ...

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """What the file itself says of its layers; raises ``ReaderError`` for a broken one."""
        ...

    def features(self, dataset: Dataset, layer: LayerInfo, encoding: str, chunk: int) -> Iterator[list[SourceFeature]]:
        """All features in source order, at most ``chunk`` at a time, in bounded memory."""
        ...


@runtime_checkable
class Verifying(Protocol):
    """A reader whose library would read a damaged file as far as it goes: it is read through once before."""

    def verify(self, dataset: Dataset) -> None:
        """Raises ``ReaderError`` with the place of the damage."""
        ...


@runtime_checkable
class FolderReader(Protocol):
    """A format that is a folder: recognised by the name of one file in it."""

    catalogue: str
    suffix: str


_readers: dict[str, Reader] = {}


def register(reader: Reader) -> None:
    """Add a format; the same key again replaces."""
    _readers[reader.key] = reader


def readers() -> list[Reader]:
    """All formats in order of registration."""
    return list(_readers.values())


def reader(key: str) -> Reader:
    """The format's reader."""
    return _readers[key]
