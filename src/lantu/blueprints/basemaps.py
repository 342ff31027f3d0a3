"""Base maps (底图): services named in ``LANTU_BASEMAPS`` and files laid into ``LANTU_VAR/basemaps`` (docs/basemaps.md).

Files are judged by what they hold, not by their names. One that cannot be shown is named with its reason by ``problems`` and left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproj
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lantu.core.doctor import Condition

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
_GEO_KEYS = 34735
"""TIFF tag GeoKeyDirectoryTag (OGC GeoTIFF 1.1, 7.1.2): rows of key, location, count, value after a head of four numbers."""
_PROJECTED, _GEOGRAPHIC = 3072, 2048
"""GeoKeys that hold the EPSG code of a projected, a geographic system."""


@dataclass(frozen=True, slots=True)
class BaseMap:
    """A background of the map page. ``kind``: wms, wmts, xyz, tianditu, mbtiles or geotiff; ``params`` as that kind needs them."""

    id: str
    title: str
    kind: str
    url: str
    params: dict[str, Any] = field(default_factory=dict)
    attribution: str = ""


class Unusable(Exception):
    """A file that cannot be shown, with the reason in words."""


def all_base_maps() -> list[BaseMap]:
    """Services first, as they are configured, then the files in order of name."""
    return [BaseMap(**row) for row in settings.LANTU_BASEMAPS] + _looked_at()[0]


def problems() -> list[tuple[str, str]]:
    """(file name, reason) of each file that cannot be shown."""
    return _looked_at()[1]


def conditions() -> Iterator[Condition]:
    """For ``lantu doctor``: each file that cannot be shown."""
    for name, reason in problems():
        yield Condition(False, _("底图 %(name)s：%(reason)s") % {"name": name, "reason": reason}, "docs/basemaps.md")


def file_of(name: str, suffix: str) -> Path | None:
    """The file of that name in the folder; None for any other, so that no path leads outside."""
    return next((path for path in _files() if path.stem == name and path.suffix.lower() in _KINDS[suffix]), None)


def read_tile(path: Path, z: int, x: int, y: int) -> tuple[bytes, str] | None:
    """A tile of an MBTiles file and its media type. ``y`` counts from the north, the file's own rows from the south (MBTiles 1.3)."""
    with closing(_open(path)) as database:
        row = database.execute(
            "select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?", (z, x, 2**z - 1 - y)
        ).fetchone()
        return (row[0], MEDIA_TYPES[_metadata(database)["format"]]) if row else None


def _files() -> list[Path]:
    folder = Path(settings.VAR) / "basemaps"
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _looked_at() -> tuple[list[BaseMap], list[tuple[str, str]]]:
    found, bad = [], []
    for path in _files():
        look = next((look for suffixes, look in _LOOKS if path.suffix.lower() in suffixes), None)
        if look is None:
            continue
        try:
            found.append(look(path))
        except Unusable as error:
            bad.append((path.name, str(error)))
    return found, bad


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _metadata(database: sqlite3.Connection) -> dict[str, str]:
    return {str(name): str(value) for name, value in database.execute("select name, value from metadata")}


def _mbtiles(path: Path) -> BaseMap:
    try:
        with closing(_open(path)) as database:
            facts = _metadata(database)
            database.execute("select zoom_level, tile_column, tile_row, tile_data from tiles limit 1").fetchone()
    except sqlite3.Error as error:
        raise Unusable(_("不是 MBTiles：%(error)s") % {"error": error}) from error
    if facts.get("format") not in MEDIA_TYPES:
        raise Unusable(_("瓦片格式是 %(format)s，底图只用图片瓦片（png、jpg、webp）。") % {"format": facts.get("format", "?")})
    zooms = {key: facts[name] for key, name in (("minZoom", "minzoom"), ("maxZoom", "maxzoom")) if facts.get(name, "").isdigit()}
    url = f"/tiles/base/{path.stem}/{{z}}/{{x}}/{{y}}"
    return BaseMap(f"file-{path.name}", facts.get("name") or path.stem, "mbtiles", url, zooms, facts.get("attribution", ""))


def _geotiff(path: Path) -> BaseMap:
    try:
        with Image.open(path, formats=["TIFF"]) as picture:
            keys = picture.tag_v2.get(_GEO_KEYS)  # type: ignore[attr-defined]
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Unusable(_("不是 TIFF：%(error)s") % {"error": error}) from error
    if not keys:
        raise Unusable(_("没有坐标信息，不是 GeoTIFF。"))
    values = {keys[at]: keys[at + 3] for at in range(4, len(keys) - 3, 4)}
    epsg = values.get(_PROJECTED) or values.get(_GEOGRAPHIC) or 0
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError as error:
        raise Unusable(_("认不出坐标系（EPSG:%(epsg)s）。请转换到 EPSG:4490 或 EPSG:3857。") % {"epsg": epsg}) from error
    params = {"crs": f"EPSG:{epsg}", "definition": crs.to_wkt("WKT1_GDAL")}
    return BaseMap(f"file-{path.name}", path.stem, "geotiff", f"/tiles/base/{path.stem}.tif", params)


_KINDS = {"mbtiles": (".mbtiles",), "tif": (".tif", ".tiff")}
_LOOKS = ((_KINDS["mbtiles"], _mbtiles), (_KINDS["tif"], _geotiff))
