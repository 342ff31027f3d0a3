"""FileGDB, GML, KML, MapInfo TAB and MIF, FlatGeobuf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyogrio

from lantu.plans.readers import dbf, encoding, xmlcheck
from lantu.plans.readers.arrowlayers import ArrowReader
from lantu.plans.readers.base import Dataset, LayerInfo
from lantu.plans.readers.encoding import EncodingGuess
from lantu.plans.readers.messages import Notice, ReaderError

_SAMPLE = 4 << 20


class FileGdbReader(ArrowReader):
    """Esri file geodatabase: a folder, or that folder in a zip. The row is OBJECTID."""

    key = "filegdb"
    title = "FileGDB"
    suffixes: tuple[str, ...] = (".gdb",)
    catalogue = "a00000001.gdbtable"
    suffix = ".gdb"
    keeps_fid = True

    def recognises(self, path: Path, head: bytes) -> bool:
        """Never a single file: staging finds the folder by its catalogue table."""
        return False

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """As for every format of GDAL; a geodatabase whose tables are cut is told apart from one with no layers."""
        found = super().layers(dataset)
        if not found:
            raise ReaderError("gdb-empty", dataset.label)
        return found


class _XmlReader(ArrowReader):
    """GDAL reads a cut XML file as far as it goes, and knows few Chinese encodings."""

    def prepared(self, dataset: Dataset, encoding: str | None) -> Path:
        """The file, or a copy in UTF-8 of one in GBK or Big5."""
        return _utf8(dataset)

    def verify(self, dataset: Dataset) -> None:
        """Read as XML from end to end."""
        xmlcheck.check(_utf8(dataset), dataset.label)


class GmlReader(_XmlReader):
    """GML 2 to 3.2. Schemas are not fetched from the net."""

    key = "gml"
    title = "GML"
    suffixes: tuple[str, ...] = (".gml", ".xml")
    companions: tuple[str, ...] = (".xsd",)
    _mark = re.compile(rb"opengis\.net/gml|<gml:|<gml[ >]", re.IGNORECASE)

    def recognises(self, path: Path, head: bytes) -> bool:
        """XML that names the GML namespace, but is neither KML nor a schema."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        other = re.search(rb"<(?:\w+:)?(?:kml|schema)[ >]", head)
        return start.startswith(b"<") and other is None and bool(self._mark.search(head))

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """With GDAL kept from the net."""
        pyogrio.set_gdal_config_options({"GML_DOWNLOAD_SCHEMA": False, "GML_SKIP_RESOLVE_ELEMS": "ALL"})
        return super().layers(dataset)


class KmlReader(_XmlReader):
    """KML, and KMZ (a zip). Longitude and latitude of WGS 84 by its standard."""

    key = "kml"
    title = "KML"
    suffixes: tuple[str, ...] = (".kml",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """XML with the root element kml."""
        return bool(
            re.match(rb"(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*<(?:\w+:)?kml[ >]", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE | re.DOTALL)
        )


class MapInfoReader(ArrowReader):
    """MapInfo: .tab with .dat, .map, .id, or .mif with .mid. The charset in the header is often wrong and is judged by the content."""

    key = "mapinfo"
    title = "MapInfo"
    suffixes: tuple[str, ...] = (".tab", ".mif")
    companions: tuple[str, ...] = (".dat", ".map", ".id", ".ind", ".mid")
    _charset = re.compile(rb"(charset\s+\"?)([\w.-]+)(\"?)", re.IGNORECASE)
    _names = {encoding.GB18030: b"WindowsSimpChinese", encoding.BIG5: b"WindowsTradChinese", encoding.UTF8: b"UTF-8"}
    _codecs = {"windowssimpchinese": "gb18030", "windowstradchinese": "big5", "utf-8": "utf-8", "utf8": "utf-8"}

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the first words of the header."""
        start = head[:2000].lstrip().lower()
        return start.startswith(b"!table") or (start.startswith(b"version") and b"columns" in head.lower() and b"charset" in head.lower())

    def encoding_of(self, dataset: Dataset) -> EncodingGuess:
        """By the content, checked against the charset of the header."""
        head = _head(dataset.path, 4000)
        found = self._charset.search(head)
        said = found.group(2).decode("latin-1") if found else ""
        return encoding.guess(self._samples(dataset.path, head), self._codecs.get(said.lower(), said) or None)

    def prepared(self, dataset: Dataset, encoding: str | None) -> Path:
        """The file, or a copy whose header says the encoding that is meant."""
        path, head = dataset.path, _head(dataset.path, 4000)
        found = self._charset.search(head)
        wanted = self._names.get(encoding or "")
        if found is None or wanted is None or found.group(2).lower() == wanted.lower():
            return path
        return _with_header(path, found.start(2), found.end(2), wanted, self.companions)

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """One layer; a missing side file is refused by name, a wrong charset is said."""
        native = _head(dataset.path, 20).lstrip().lower().startswith(b"!table")
        for suffix in (".dat", ".map", ".id") if native else (".mid",):
            if not dataset.path.with_suffix(suffix).exists():
                raise ReaderError("mapinfo-part", dataset.label, suffix=suffix)
        guess = self.encoding_of(dataset)
        notes = []
        if guess.contradicts:
            notes.append(Notice("wrong-cpg", dataset.label, {"declared": guess.declared, "found": guess.name}))
        elif guess.certainty != "sure":
            notes.append(Notice("encoding-doubt", dataset.label, {"found": guess.name}))
        return [layer.noting(*notes) for layer in super().layers(dataset)]

    def _samples(self, path: Path, head: bytes) -> Iterator[bytes]:
        yield from head[: head.lower().find(b"\ndata") if b"\ndata" in head.lower() else len(head)].splitlines()
        if (table := path.with_suffix(".dat")).exists():
            yield from dbf.open_table(table, table.name).samples()
        if (texts := path.with_suffix(".mid")).exists():
            for line in _head(texts, _SAMPLE).splitlines()[:-1] or _head(texts, _SAMPLE).splitlines():
                yield from (cell.strip(b'"') for cell in re.split(rb"[,\t;]", line))


class FlatGeobufReader(ArrowReader):
    """FlatGeobuf."""

    key = "flatgeobuf"
    title = "FlatGeobuf"
    suffixes: tuple[str, ...] = (".fgb",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """By its magic bytes."""
        return head.startswith(b"fgb\x03")

    def layers(self, dataset: Dataset) -> list[LayerInfo]:
        """With the count its header promises, so that a cut file is found out."""
        found = super().layers(dataset)
        if not found:
            return []  # the magic bytes and nothing behind them that GDAL takes for a layer
        try:
            count = int(pyogrio.read_info(dataset.path)["features"])
        except (RuntimeError, ValueError) as error:
            raise ReaderError("unreadable", dataset.label, reason=str(error)[:200]) from error
        return [replace(one, count=count) for one in found]


def _utf8(dataset: Dataset) -> Path:
    said = xmlcheck.declared_encoding(dataset.path)
    codec = xmlcheck.CHINESE.get(said)
    if codec is None:
        return dataset.path
    out = dataset.path.with_name(f"utf8-{dataset.path.name}")
    return out if out.exists() else xmlcheck.as_utf8(dataset.path, dataset.label, out, codec)


def _with_header(path: Path, start: int, end: int, wanted: bytes, companions: tuple[str, ...]) -> Path:
    """A copy of a header file with some bytes replaced, its side files linked beside it."""
    out = path.with_name(f"{path.stem}-{wanted.decode().lower()}{path.suffix}")
    if out.exists():
        return out
    with path.open("rb") as source, out.open("wb") as sink:
        sink.write(source.read(start) + wanted)
        source.seek(end)
        while piece := source.read(1 << 20):
            sink.write(piece)
    for suffix in companions:
        side = path.with_suffix(suffix)
        if side.exists():
            out.with_suffix(suffix).symlink_to(side.resolve())
    return out


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)
