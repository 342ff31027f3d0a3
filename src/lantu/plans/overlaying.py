"""Plan files laid over each other into one file: what ``lantu overlay`` does. No Django, no database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from lantu.planar.convert import Grid, faces_to_shapely, layer_from_shapely
from lantu.planar.errors import PlanarError
from lantu.planar.interop import first_patch, row_names
from lantu.planar.model import Faces, IntArray, OverlayEngine
from lantu.plans.readers import FieldInfo, NamedFile, ReaderError, inspect, read

Tell = Callable[[float, str], None]

DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".parquet": "GeoParquet", ".geoparquet": "GeoParquet"}
"""Suffixes that can be written."""

SHAPEFILE_NAME = 10
ZONES = range(25, 46)
FIRST_ZONE_EPSG = 4513
"""EPSG:4513 … 4533: CGCS2000 / 3-degree Gauss-Krueger zones 25 … 45, with the number of the zone in the eastings."""


@dataclass(frozen=True, slots=True)
class Given:
    """One input: areas in the working CRS, the numbers of their rows, attributes, and how many rows had no area."""

    title: str
    shapes: NDArray[np.object_]
    rows: IntArray
    fields: tuple[FieldInfo, ...]
    attributes: list[dict[str, Any]]
    left_out: int


@dataclass(frozen=True, slots=True)
class Result:
    """What was written: faces, their area in m² (plane), gaps and overlaps by layer, rows left out by layer, the CRS."""

    faces: int
    area_m2: float
    without: tuple[int, ...]
    overlapping: tuple[int, ...]
    left_out: tuple[int, ...]
    crs: str


def overlay_files(
    files: Sequence[Path], out: Path, engine: OverlayEngine, crs: str | None = None, tell: Tell = lambda share, step: None
) -> Result:
    """Lay the areas of ``files`` over each other and write every face with the attributes of all layers.

    ``crs``: the projected CRS to work and write in; default that of the first file, or the 3-degree CGCS2000 zone it lies in when that
    counts in degrees. Raises ``ReaderError`` for what cannot be read, ``ValueError`` for CRS that do not fit, ``PlanarError`` for
    coordinates out of range.
    """
    driver = DRIVERS.get(out.suffix.lower())
    if driver is None:
        raise ValueError(f"{out.suffix or out.name}: {', '.join(DRIVERS)}")
    given: list[Given] = []
    work = pyproj.CRS.from_user_input(crs) if crs else None
    for number, file in enumerate(files):
        tell(0.3 * number / len(files), file.name)
        one, work = _load(file, work)
        given.append(one)
    if work is None:
        raise ValueError("no CRS")
    grid = Grid()
    layers = []
    for number, one in enumerate(given):
        try:
            layers.append(layer_from_shapely(one.shapes, grid, number))
        except PlanarError as error:
            row = int(one.rows[error.patch]) if error.patch is not None else None
            raise PlanarError(error.what, f"{one.title}, row {row}: {error}", number, error.patch) from error
    faces = engine.overlay(layers, lambda share, step: tell(0.3 + 0.5 * share, step))
    tell(0.8, "writing")
    _write(out, driver, faces_to_shapely(faces, grid), _columns(faces, given), work)
    tell(1.0, "done")
    label = faces.label
    return Result(
        len(faces),
        float(faces.area2.sum(dtype=np.float64)) / 2 * grid.size**2,
        tuple(int((label[:, k] == -1).sum()) for k in range(len(given))),
        tuple(int((label[:, k] < -1).sum()) for k in range(len(given))),
        tuple(one.left_out for one in given),
        _name(work),
    )


def _source(file: Path) -> list[NamedFile]:
    """A file with its side files."""
    near = [other for other in sorted(file.parent.glob(f"{file.stem}.*")) if other != file and file.suffix.lower() == ".shp"]
    return [NamedFile(one, one.name) for one in [file, *near]]


def _load(file: Path, work: pyproj.CRS | None) -> tuple[Given, pyproj.CRS]:
    if not file.is_file():
        raise ReaderError("no-data", files=str(file))
    source = _source(file)
    areas = [info for info in inspect(source) if any("olygon" in kind for kind in info.kinds)]
    if len(areas) != 1:
        raise ValueError(f"{file.name}: {len(areas)} layers of areas, one is needed")
    info = areas[0]
    features = [feature for batch in read(source, info.name) for feature in batch]
    kept = [f for f in features if f.geometry is not None and f.problem is None and f.geometry.geom_type in ("Polygon", "MultiPolygon")]
    shapes: NDArray[np.object_] = np.empty(len(kept), dtype=object)
    shapes[:] = [feature.geometry for feature in kept]
    declared = pyproj.CRS.from_user_input(info.declared_crs) if info.declared_crs else None
    work = work or _working(declared, shapes, file.name)
    if declared is not None and not declared.equals(work, ignore_axis_order=True):
        shapes = _projected(shapes, declared, work)
    elif declared is None and kept and np.abs(shapely.total_bounds(shapes)).max() <= 360:
        raise ValueError(f"{file.name}: degrees without a CRS; write it into the file")
    rows = np.array([feature.row for feature in kept], dtype=np.int64)
    return Given(file.stem, shapes, rows, info.fields, [f.attributes for f in kept], len(features) - len(kept)), work


def _working(declared: pyproj.CRS | None, shapes: NDArray[np.object_], name: str) -> pyproj.CRS:
    if declared is None:
        raise ValueError(f"{name}: CRS unknown; say it by --crs EPSG:…")
    if not declared.is_geographic:
        return declared
    west, _south, east, _north = shapely.total_bounds(shapes)
    zone = round((west + east) / 2 / 3)
    if zone not in ZONES:
        raise ValueError(f"{name}: degrees; say the projected CRS to work in by --crs EPSG:…")
    return pyproj.CRS.from_epsg(FIRST_ZONE_EPSG + zone - ZONES.start)


def _projected(shapes: NDArray[np.object_], source: pyproj.CRS, target: pyproj.CRS) -> NDArray[np.object_]:
    way = pyproj.Transformer.from_crs(source, target, always_xy=True)
    moved: NDArray[np.object_] = shapely.transform(shapes, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    return moved


def _name(crs: pyproj.CRS) -> str:
    """The code of a CRS where it has one, else its WKT."""
    found = crs.to_authority(min_confidence=70)
    return ":".join(found) if found else str(crs.to_wkt())


Columns = dict[str, tuple[NDArray[Any], NDArray[np.bool_]]]
"""Values and where they are missing, by name."""


def _columns(faces: Faces, given: Sequence[Given]) -> Columns:
    columns: Columns = {"area_m2": (faces.area2 / 2 * Grid().size ** 2, np.zeros(len(faces), bool))}
    for number, one in enumerate(given):
        prefix = f"{chr(ord('A') + number)}_" if number < 26 else f"L{number}_"
        columns[f"{prefix}rows"] = (row_names(faces, number, one.rows), np.zeros(len(faces), bool))
        patch = first_patch(faces, number)
        for info in one.fields:
            values = _values(one, info)
            nothing = [value is None for value in values.tolist()] + [True]
            missing = np.array(nothing)[patch]
            kind: Any = "" if values.dtype == object else values.dtype.type(0)
            # the last entry serves the faces without a patch
            filled = np.empty(len(values) + 1, values.dtype)
            filled[:-1], filled[-1] = values, kind
            filled[nothing] = kind
            columns[f"{prefix}{info.name}"] = (filled[patch], missing)
    return columns


def _values(one: Given, info: FieldInfo) -> NDArray[Any]:
    """The values of a field by patch, None where missing: numbers as they are, all else as text."""
    raw = [attributes.get(info.name) for attributes in one.attributes]
    values: NDArray[Any] = np.empty(len(raw), dtype=object)
    if info.kind in ("integer", "number") and all(isinstance(v, int | float) for v in raw if v is not None):
        exact = info.kind == "integer" and all(v is not None for v in raw)
        return np.array([np.nan if v is None else v for v in raw], dtype=np.int64 if exact else np.float64)
    values[:] = [None if v is None else v.isoformat() if hasattr(v, "isoformat") else str(v) for v in raw]
    return values


def _write(out: Path, driver: str, shapes: NDArray[np.object_], columns: Columns, crs: pyproj.CRS) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if driver == "GeoParquet":
        _write_parquet(out, shapes, columns, crs)
        return
    names = _short_names(list(columns)) if driver == "ESRI Shapefile" else list(columns)
    pyogrio.raw.write(
        out,
        shapely.to_wkb(shapes),
        [values for values, _missing in columns.values()],
        names,
        field_mask=[missing for _values, missing in columns.values()],
        geometry_type="Polygon",
        crs=_name(crs),
        driver=driver,
        **({"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {"layer": "overlay"}),
    )


def _short_names(names: Sequence[str]) -> list[str]:
    """Names of at most ten bytes, all different."""
    found: list[str] = []
    for name in names:
        short, number = name.encode()[:SHAPEFILE_NAME].decode(errors="ignore"), 0
        while short.upper() in {one.upper() for one in found}:
            number += 1
            tail = str(number)
            short = name.encode()[: SHAPEFILE_NAME - len(tail)].decode(errors="ignore") + tail
        found.append(short)
    return found


def _write_parquet(out: Path, shapes: NDArray[np.object_], columns: Columns, crs: pyproj.CRS) -> None:
    """GeoParquet 1.1 by pyarrow (extra ``interop``)."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ValueError("GeoParquet: pip install lantu[interop]") from error
    table = {name: pyarrow.array(values, mask=missing) for name, (values, missing) in columns.items()}
    table["geometry"] = pyarrow.array(shapely.to_wkb(shapes).tolist(), pyarrow.binary())
    column = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": json.loads(crs.to_json()),
        "bbox": list(shapely.total_bounds(shapes)),
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pyarrow.parquet.write_table(pyarrow.table(table).replace_schema_metadata({"geo": json.dumps(geo)}), out)
