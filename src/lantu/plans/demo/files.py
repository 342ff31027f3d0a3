"""Writes made layers as departments hand them in: several formats, encodings and reference systems, each with its metadata."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pyogrio
import pyproj
import shapely
import yaml

from lantu.plans.demo import datum
from lantu.plans.demo.frame import WORKING, convert
from lantu.plans.demo.layers import MadeLayer

STAMP = (2018, 9, 1, 0, 0, 0)
ZONE_EPSG_OFFSET = 4488  # EPSG 4513 … 4533 are the 3-degree zones 25 … 45 with prefix
POINTS_HEADER = """[属性描述]
数据产生单位=演示
数据产生日期=2018-05-20
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号={zone}
精度=0.001
转换参数=0,0,0,0,0,0,0
[地块坐标]
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How one layer is handed in. ``style``: shapefile (zipped), geopackage, geojson, points (boundary-point text) or dxf."""

    layer: str
    title: str
    file: str
    style: str
    epsg: int
    encoding: str
    owner: str
    number: int
    date: str
    scale: int
    code_field: str | None
    cpg: bool = True


def finish(layer: MadeLayer, number: int, names: dict[str, str], code_field: str | None, name_field: str | None) -> None:
    """Put the identity first, then the layer's own fields, the name of the code, and the area on the ellipsoid (m²)."""
    district = layer.fields.get("XZQDM", np.full(len(layer), "520100"))
    own = {"BSM": np.array([f"{code}{number:03d}{row:07d}" for row, code in enumerate(district, 1)]), **layer.fields}
    if code_field and name_field:
        own[name_field] = np.array([names.get(code, _mixed_name(code, names)) for code in own[code_field]])
    geod = pyproj.Geod(ellps="GRS80")
    degrees = convert(layer.shapes, WORKING, 4490)
    own["TBMJ"] = np.array([round(abs(geod.geometry_area_perimeter(shape)[0]), 2) for shape in degrees])
    layer.fields = own


def _mixed_name(code: str, names: dict[str, str]) -> str:
    parts = code.replace("+", "/").split("/") if "/" in code or "+" in code else [code[:2], code[2:]]
    return "、".join(names.get(part, "") for part in parts)


def write(folder: Path, sheet: Sheet, layer: MadeLayer, faults: int) -> None:
    """Write the layer's file and ``metadata.yaml`` into ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes = datum.to_xian80(layer.shapes) if sheet.epsg == datum.XIAN80 else convert(layer.shapes, WORKING, sheet.epsg)
    styles = {"shapefile": _shapefile, "geopackage": _geopackage, "geojson": _geojson, "points": _points, "dxf": _drawing}
    styles[sheet.style](folder, sheet, shapes, layer)
    facts = {
        "name": f"演示 贵阳市{sheet.title}",
        "demo": True,
        "mark": "演示数据",
        "layer": sheet.layer,
        "owner": sheet.owner,
        "document_no": f"演示〔2018〕{sheet.number}号",
        "document_date": sheet.date,
        "scale": sheet.scale,
        "valid_from": sheet.date,
        "files": [sheet.file],
        "format": sheet.style,
        "encoding": sheet.encoding,
        "epsg": sheet.epsg,
        "fields": {"id": "BSM", "code": sheet.code_field, "area": "TBMJ"} if sheet.style != "dxf" else {"id": "句柄", "code": "图层"},
        "features": len(layer),
        "faults": faults,
    }
    if sheet.style == "dxf":
        facts["source_layer"] = f"{sheet.file}/面"
    if sheet.epsg == datum.XIAN80:
        facts["datum"] = datum.NAME
    (folder / "metadata.yaml").write_text(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _dump(path: Path, shapes: Any, made: MadeLayer, epsg: int, driver: str, **options: Any) -> None:
    # the dates that drivers put into files are fixed, so that the same seed gives the same bytes
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2018-09-01T00:00:00.000Z"})
    values = [column.astype(object) if column.dtype.kind == "U" else column for column in made.fields.values()]
    pyogrio.raw.write(
        str(path), shapely.to_wkb(shapes), values, list(made.fields), geometry_type="Polygon", crs=f"EPSG:{epsg}", driver=driver, **options
    )


def _shapefile(folder: Path, sheet: Sheet, shapes: Any, layer: MadeLayer) -> None:
    work = folder / "_work"
    work.mkdir()
    stem = Path(sheet.file).stem
    _dump(
        work / f"{stem}.shp",
        shapes,
        layer,
        sheet.epsg,
        "ESRI Shapefile",
        encoding=sheet.encoding,
        layer_options={"DBF_DATE_LAST_UPDATE": "2018-09-01"},
    )
    (work / f"{stem}.cpg").unlink(missing_ok=True)
    if sheet.cpg:
        (work / f"{stem}.cpg").write_text(sheet.encoding, encoding="ascii")
    with zipfile.ZipFile(folder / sheet.file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(work.iterdir()):
            archive.writestr(zipfile.ZipInfo(part.name, STAMP), part.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(work)


def _drawing(folder: Path, sheet: Sheet, shapes: Any, layer: MadeLayer) -> None:
    """A CAD drawing: the code is the drawing layer, the name a text inside; rings with holes are hatches."""
    ezdxf.options.write_fixed_meta_data_for_testing = True  # the same seed gives the same bytes
    document = ezdxf.new("R2000")
    document.encoding = "gbk"
    space = document.modelspace()
    for row, shape in enumerate(shapes):
        look = {"layer": str(layer.fields[sheet.code_field][row]) if sheet.code_field else "0"}
        rings = [list(ring.coords)[:-1] for ring in (shape.exterior, *shape.interiors)]
        if len(rings) == 1:
            space.add_lwpolyline(rings[0], close=True, dxfattribs=look)
        else:
            hatch = space.add_hatch(dxfattribs=look)
            for ring in rings:
                hatch.paths.add_polyline_path(ring, is_closed=True)
        place = shape.representative_point()
        space.add_text(str(layer.fields["MC"][row]), height=5, dxfattribs={"layer": "注记", "insert": (place.x, place.y)})
    document.saveas(folder / sheet.file)


def _geopackage(folder: Path, sheet: Sheet, shapes: Any, layer: MadeLayer) -> None:
    (folder / sheet.file).unlink(missing_ok=True)
    _dump(folder / sheet.file, shapes, layer, sheet.epsg, "GPKG", layer=sheet.layer)


def _geojson(folder: Path, sheet: Sheet, shapes: Any, layer: MadeLayer) -> None:
    (folder / sheet.file).unlink(missing_ok=True)
    _dump(folder / sheet.file, shapes, layer, sheet.epsg, "GeoJSON", layer_options={"COORDINATE_PRECISION": "10"})


def _points(folder: Path, sheet: Sheet, shapes: Any, layer: MadeLayer) -> None:
    """Boundary-point text: X is north, Y is east with the zone prefix; rings closed; parcel header ends in @."""
    lines = POINTS_HEADER.format(zone=sheet.epsg - ZONE_EPSG_OFFSET).splitlines()
    for row, shape in enumerate(shapes):
        rings = [shape.exterior, *shape.interiors]
        hectares = layer.fields["TBMJ"][row] / 10_000
        count = sum(len(ring.coords) for ring in rings)
        kind = layer.fields[sheet.code_field][row] if sheet.code_field else ""
        lines.append(f"{count},{hectares:.4f},{layer.fields['BSM'][row]},{layer.fields['MC'][row]},面,,,{kind},@")
        for ring_no, ring in enumerate(rings, 1):
            last = len(ring.coords) - 1
            for number, (east, north) in enumerate(ring.coords):
                lines.append(f"J{1 if number == last else number + 1},{ring_no},{north:.3f},{east:.3f}")
    (folder / sheet.file).write_text("\r\n".join(lines) + "\r\n", encoding=sheet.encoding, newline="")
