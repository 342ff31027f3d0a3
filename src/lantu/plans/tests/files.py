"""Plan files as people send them, good and broken, made on the spot."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

GUIYANG = (106.07, 26.18, 107.3, 27.37)
NAMES = ["住宅用地", "商业服务业设施用地", "道路与交通设施用地"]


_OPTIONS = {"MapInfo File": {"ENCODING": "CP936"}, "FlatGeobuf": {"SPATIAL_INDEX": "NO"}}
"""GBK as Chinese MapInfo writes; rows in the order given."""


def squares(count: int = 3, at: tuple[float, float] = (363_000.0, 2_949_000.0), size: float = 100.0) -> list[BaseGeometry]:
    """Squares in a row, metres of EPSG:4545 by default."""
    return [shapely.box(at[0] + i * size, at[1], at[0] + (i + 1) * size, at[1] + size) for i in range(count)]


def write(
    path: Path,
    geometries: list[BaseGeometry | None],
    *,
    crs: str | None = "EPSG:4545",
    encoding: str = "UTF-8",
    names: list[str] | None = None,
    driver: str | None = None,
    layer: str | None = None,
    append: bool = False,
    geometry_type: str = "Polygon",
) -> Path:
    """A file of these geometries with the fields 地类, 面积 and 编号."""
    texts = names or [NAMES[i % len(NAMES)] for i in range(len(geometries))]
    raw.write(
        path,
        geometry=np.array([None if g is None else shapely.to_wkb(g) for g in geometries], dtype=object),
        field_data=[np.array(texts, dtype=object), np.arange(len(geometries)) * 1.5, np.arange(len(geometries), dtype=np.int64)],
        fields=["地类", "面积", "编号"],
        geometry_type=geometry_type,
        crs=crs,
        driver=driver or pyogrio.detect_write_driver(path),
        layer=layer,
        append=append,
        **({"encoding": encoding} if path.suffix == ".shp" else {}),
        **_OPTIONS.get(driver or "", {}),
    )
    return path


def shapefile(folder: Path, name: str = "tuban", **options: Any) -> Path:
    """A shapefile of three squares, UTF-8 with .cpg unless told otherwise."""
    return write(folder / f"{name}.shp", options.pop("geometries", squares()), **options)


def zipped(entries: dict[str, bytes], *, gbk_names: bool = False) -> bytes:
    """A zip; ``gbk_names`` as Chinese Windows writes them, without saying so."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(_GbkInfo(name) if gbk_names else name, content, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _GbkInfo(zipfile.ZipInfo):
    """The library's own hook for entry names, without the UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits


def parts(shp: Path) -> dict[str, bytes]:
    """The files of a shapefile by name."""
    return {path.name: path.read_bytes() for path in sorted(shp.parent.glob(f"{shp.stem}.*"))}


def geojson(features: list[dict[str, Any]], **members: Any) -> str:
    """A feature collection."""
    return json.dumps({"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False)


def feature(geometry: BaseGeometry | dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature."""
    member = shapely.geometry.mapping(geometry) if isinstance(geometry, BaseGeometry) else geometry
    return {"type": "Feature", "geometry": member, "properties": properties}
