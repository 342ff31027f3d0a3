"""Writing a layer as GeoPackage, Shapefile, FileGDB, GeoParquet or DXF, with its watermark. East stands first in all of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

NOTE_NAME = "说明.txt"
DRIVERS = {"gpkg": "GPKG", "shp": "ESRI Shapefile", "gdb": "OpenFileGDB"}


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into the file: the layer's code and title, areas in the units of ``epsg`` (east first), columns, and the watermark."""

    code: str
    title: str
    epsg: int
    shapes: NDArray[np.object_]
    columns: Mapping[str, Sequence[Any]]
    watermark: str


def write(form: str, content: Content, folder: Path) -> Path:
    """Write it below ``folder``; the one file that is given out."""
    if form == "parquet":
        return _parquet(content, folder / f"{content.code}.parquet")
    if form == "dxf":
        return _dxf(content, folder / f"{content.code}.dxf")
    inside = folder / "content"
    inside.mkdir()
    path = inside / f"{content.code}.{form}"
    _through_gdal(form, content, path)
    return path if form == "gpkg" else _zipped(content, inside, folder / f"{content.code}-{form}.zip")


def _through_gdal(form: str, content: Content, path: Path) -> None:
    options: dict[str, Any] = {}
    if form == "shp":
        options["encoding"] = "UTF-8"
    if form == "gpkg":
        options["layer_metadata"] = {"WATERMARK": content.watermark}
        options["layer_options"] = {"IDENTIFIER": content.title, "DESCRIPTION": content.watermark}
    if form == "gdb":
        options["layer_options"] = {"LAYER_ALIAS": content.title}
    parts = [shapely.get_parts(shape) for shape in content.shapes]
    multi = [shapely.MultiPolygon([part for part in found if part.geom_type == "Polygon"]) for found in parts]
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(multi, dtype=object)),
        [_array(values) for values in content.columns.values()],
        [name[:10] if form == "shp" else name for name in content.columns],
        layer=content.code,
        driver=DRIVERS[form],
        geometry_type="MultiPolygon",
        crs=f"EPSG:{content.epsg}",
        **options,
    )


def _array(values: Sequence[Any]) -> NDArray[Any]:
    figures = bool(values) and all(isinstance(value, int | float) for value in values)
    return np.array(values, dtype=np.float64) if figures else np.array([str(value) for value in values], dtype=object)


def _zipped(content: Content, inside: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(inside.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(inside).as_posix())
        archive.writestr(NOTE_NAME, content.watermark + "\n")
    return target


def _parquet(content: Content, path: Path) -> Path:
    """GeoParquet 1.1 with WKB; the watermark among the file's metadata."""
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in content.shapes}),
        "crs": pyproj.CRS.from_epsg(content.epsg).to_json_dict(),
    }
    if len(content.shapes):
        column["bbox"] = shapely.total_bounds(content.shapes).tolist()
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    columns = {name: pa.array(_array(values).tolist()) for name, values in content.columns.items()}
    table = pa.table({**columns, "geometry": pa.array(shapely.to_wkb(content.shapes).tolist(), pa.binary())})
    metadata = {"geo": json.dumps(geo), "watermark": content.watermark, "title": content.title}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")
    return path


def _dxf(content: Content, path: Path) -> Path:
    """Closed polylines, a drawing layer per class; the identity of each feature as extended data, the watermark as text and property."""
    document = ezdxf.new("R2010", setup=False)
    document.appids.add("LANTU")
    document.header.custom_vars.append("WATERMARK", content.watermark)
    space = document.modelspace()
    codes = content.columns.get("code") or [""] * len(content.shapes)
    names = content.columns.get("feature_id") or [""] * len(content.shapes)
    for shape, code, name in zip(content.shapes, codes, names, strict=True):
        layer = f"{content.code}_{code}" if code else content.code
        if layer not in document.layers:
            document.layers.add(layer)
        for part in shapely.get_parts(shape):
            for ring in (part.exterior, *part.interiors) if part.geom_type == "Polygon" else ():
                line = space.add_lwpolyline(shapely.get_coordinates(ring)[:-1].tolist(), close=True, dxfattribs={"layer": layer})
                line.set_xdata("LANTU", [(1000, str(name)[:250]), (1000, str(code)[:250])])
    if len(content.shapes):
        west, south, _east, _north = shapely.total_bounds(content.shapes).tolist()
        document.layers.add("水印")
        space.add_text(content.watermark, height=20, dxfattribs={"layer": "水印", "insert": (west, south - 40)})
    document.saveas(path)
    return path
