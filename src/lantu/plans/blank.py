"""Empty GeoPackages and file geodatabases of a catalogue layer (空库模板): fields, code domains, reference system, style.

Field domains are written by GDAL's own C interface, in the library that pyogrio brings along: pyogrio has no call for them. Raises
``BlankFailed`` when that library does not offer what is needed.
"""

from __future__ import annotations

import ctypes
import functools
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyogrio
import pyproj

POLYGON, LINE, POINT = 6, 5, 1  # multi polygon, multi line, point (OGRwkbGeometryType)
KINDS = {"polygon": POLYGON, "line": LINE, "point": POINT}
_TYPES = {"text": 4, "integer": 12, "real": 2, "date": 9, "moment": 11}  # OFTString, OFTInteger64, OFTReal, OFTDate, OFTDateTime
_VECTOR, _CREATE = 0x04, 0x01
DRIVERS = {"gpkg": "GPKG", "gdb": "OpenFileGDB"}


class BlankFailed(RuntimeError):
    """GDAL refused to write; the text is its own."""


@dataclass(frozen=True, slots=True)
class BlankField:
    """A field: ``kind`` text, integer, real or date; ``codes``: the values it may have, with their names."""

    name: str
    title: str = ""
    kind: str = "text"
    length: int = 0
    precision: int = 0
    required: bool = False
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BlankLayer:
    """A layer without features. ``colors``: code → fill (#RRGGBB) for the style; ``epsg`` of the working system."""

    name: str
    title: str
    geometry: str
    epsg: int
    fields: tuple[BlankField, ...]
    code_field: str = ""
    colors: tuple[tuple[str, str, str], ...] = ()
    """(code, name, fill)."""


def geopackage(layer: BlankLayer) -> bytes:
    """A GeoPackage with the layer, its domains, and its QGIS style as the default one."""
    with tempfile.TemporaryDirectory(prefix="lantu-blank-") as folder:
        path = Path(folder) / f"{layer.name}.gpkg"
        _write("gpkg", path, layer)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_STYLES_TABLE)
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD,"
                " useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, ?, 1, ?, '')",
                (layer.name, layer.name, qml(layer), sld(layer), layer.title),
            )
        return path.read_bytes()


def geodatabase_zip(layer: BlankLayer) -> bytes:
    """A zip of a file geodatabase with the layer and its domains; the styles (.qml, .sld) lie beside it."""
    with tempfile.TemporaryDirectory(prefix="lantu-blank-") as folder:
        root = Path(folder) / f"{layer.name}.gdb"
        _write("gdb", root, layer)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.iterdir()):
                archive.write(path, f"{root.name}/{path.name}")
            archive.writestr(f"{layer.name}.qml", qml(layer))
            archive.writestr(f"{layer.name}.sld", sld(layer))
        return buffer.getvalue()


def domains_of(path: Path, layer: str) -> dict[str, dict[str, str]]:
    """Field → coded values of a written file, read back by GDAL: for tests and for the curious."""
    gdal = _gdal()
    dataset = gdal.GDALOpenEx(str(path).encode(), _VECTOR, None, None, None)
    if not dataset:
        raise BlankFailed(_last(gdal))
    try:
        definition = gdal.OGR_L_GetLayerDefn(gdal.GDALDatasetGetLayerByName(dataset, layer.encode()))
        found: dict[str, dict[str, str]] = {}
        for i in range(gdal.OGR_FD_GetFieldCount(definition)):
            column = gdal.OGR_FD_GetFieldDefn(definition, i)
            name = gdal.OGR_Fld_GetDomainName(column)
            if name:
                values = gdal.OGR_CodedFldDomain_GetEnumeration(gdal.GDALDatasetGetFieldDomain(dataset, name))
                found[gdal.OGR_Fld_GetNameRef(column).decode()] = dict(_pairs(values))
        return found
    finally:
        gdal.GDALClose(dataset)


class _Coded(ctypes.Structure):
    """OGRCodedValue."""

    _fields_ = (("code", ctypes.c_char_p), ("value", ctypes.c_char_p))


def _pairs(values: Any) -> Iterable[tuple[str, str]]:
    i = 0
    while values[i].code:
        yield values[i].code.decode(), (values[i].value or b"").decode()
        i += 1


def _write(kind: str, path: Path, layer: BlankLayer) -> None:
    gdal = _gdal()
    driver = gdal.GDALGetDriverByName(DRIVERS[kind].encode())
    if not driver:
        raise BlankFailed(f"no driver {DRIVERS[kind]}")
    dataset = gdal.GDALCreate(driver, str(path).encode(), 0, 0, 0, 0, None)
    if not dataset:
        raise BlankFailed(_last(gdal))
    reference = gdal.OSRNewSpatialReference(pyproj.CRS.from_epsg(layer.epsg).to_wkt("WKT2_2019").encode())
    try:
        options = _strings([f"LAYER_ALIAS={layer.title}"]) if kind == "gdb" else _strings([f"IDENTIFIER={layer.title}"])
        table = gdal.GDALDatasetCreateLayer(dataset, layer.name.encode(), reference, KINDS.get(layer.geometry, 0), options)
        if not table:
            raise BlankFailed(_last(gdal))
        for one in layer.fields:
            moment = kind == "gdb" and one.kind == "date"  # a geodatabase for older programs knows only moments
            _field(gdal, dataset, table, layer, replace(one, kind="moment") if moment else one)
    finally:
        gdal.OSRRelease(reference)
        gdal.GDALClose(dataset)


def _field(gdal: Any, dataset: Any, table: Any, layer: BlankLayer, one: BlankField) -> None:
    column = gdal.OGR_Fld_Create(one.name.encode(), _TYPES.get(one.kind, 4))
    if one.length and one.kind == "text":
        gdal.OGR_Fld_SetWidth(column, one.length)
    gdal.OGR_Fld_SetAlternativeName(column, one.title.encode())
    if one.required and not one.codes:
        gdal.OGR_Fld_SetNullable(column, 0)
    if one.codes:
        name = f"{layer.name}_{one.name}".encode()
        values = (_Coded * (len(one.codes) + 1))(*[_Coded(code.encode(), word.encode()) for code, word in one.codes], _Coded(None, None))
        domain = gdal.OGR_CodedFldDomain_Create(name, one.title.encode(), _TYPES.get(one.kind, 4), 0, values)
        reason = ctypes.c_char_p()
        if not gdal.GDALDatasetAddFieldDomain(dataset, domain, ctypes.byref(reason)):
            raise BlankFailed((reason.value or b"").decode())
        gdal.OGR_FldDomain_Destroy(domain)
        gdal.OGR_Fld_SetDomainName(column, name)
    failed = gdal.OGR_L_CreateField(table, column, 1)
    gdal.OGR_Fld_Destroy(column)
    if failed:
        raise BlankFailed(_last(gdal))


def _strings(values: Sequence[str]) -> Any:
    """A C list of strings that ends with NULL."""
    return (ctypes.c_char_p * (len(values) + 1))(*[value.encode() for value in values], None)


def _last(gdal: Any) -> str:
    return (gdal.CPLGetLastErrorMsg() or b"").decode("utf-8", "replace")


@functools.lru_cache(maxsize=1)
def _gdal() -> Any:
    """GDAL's C interface in the library that pyogrio has loaded already."""
    package = Path(pyogrio.__file__).parent
    places = (package.parent / "pyogrio.libs", package / ".dylibs", package)
    candidates = [
        path for place in places if place.is_dir() for path in sorted(place.iterdir()) if path.name.startswith(("libgdal", "gdal"))
    ]
    if not candidates:
        raise BlankFailed("pyogrio brings no GDAL library")
    library: Any = ctypes.CDLL(str(candidates[0]))
    pointer, text, whole = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("GDALGetDriverByName", pointer, [text]),
        ("GDALCreate", pointer, [pointer, text, whole, whole, whole, whole, pointer]),
        ("GDALOpenEx", pointer, [text, ctypes.c_uint, pointer, pointer, pointer]),
        ("GDALClose", whole, [pointer]),
        ("GDALDatasetCreateLayer", pointer, [pointer, text, pointer, whole, pointer]),
        ("GDALDatasetGetLayerByName", pointer, [pointer, text]),
        ("GDALDatasetAddFieldDomain", ctypes.c_bool, [pointer, pointer, pointer]),
        ("GDALDatasetGetFieldDomain", pointer, [pointer, text]),
        ("OSRNewSpatialReference", pointer, [text]),
        ("OSRRelease", None, [pointer]),
        ("OGR_L_GetLayerDefn", pointer, [pointer]),
        ("OGR_L_CreateField", whole, [pointer, pointer, whole]),
        ("OGR_FD_GetFieldCount", whole, [pointer]),
        ("OGR_FD_GetFieldDefn", pointer, [pointer, whole]),
        ("OGR_Fld_Create", pointer, [text, whole]),
        ("OGR_Fld_Destroy", None, [pointer]),
        ("OGR_Fld_SetWidth", None, [pointer, whole]),
        ("OGR_Fld_SetNullable", None, [pointer, whole]),
        ("OGR_Fld_SetAlternativeName", None, [pointer, text]),
        ("OGR_Fld_SetDomainName", None, [pointer, text]),
        ("OGR_Fld_GetDomainName", text, [pointer]),
        ("OGR_Fld_GetNameRef", text, [pointer]),
        ("OGR_CodedFldDomain_Create", pointer, [text, text, whole, whole, pointer]),
        ("OGR_CodedFldDomain_GetEnumeration", ctypes.POINTER(_Coded), [pointer]),
        ("OGR_FldDomain_Destroy", None, [pointer]),
        ("CPLGetLastErrorMsg", text, []),
    ):
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise BlankFailed(f"GDAL without {name}") from error
        function.restype, function.argtypes = result, arguments
    return library


_STYLES_TABLE = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
 f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
 description TEXT, owner TEXT(30), ui TEXT, update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles');
"""


def _classes(layer: BlankLayer) -> tuple[tuple[str, str, str], ...]:
    return layer.colors or (("", layer.title, "#C9D6E2"),)


def qml(layer: BlankLayer) -> str:
    """The style for QGIS: a fill per class."""
    categories, symbols = [], []
    for number, (code, name, fill) in enumerate(_classes(layer)):
        red, green, blue = (int(fill[i : i + 2], 16) for i in (1, 3, 5))
        categories.append(f'<category value="{escape(code)}" label="{escape(f"{code} {name}".strip())}" symbol="{number}" render="true"/>')
        if layer.geometry == "polygon":
            symbol, kind = "fill", "SimpleFill"
            options = f'<Option name="color" type="QString" value="{red},{green},{blue},160"/>'
        elif layer.geometry == "line":
            symbol, kind, options = "line", "SimpleLine", f'<Option name="line_color" type="QString" value="{red},{green},{blue},255"/>'
        else:
            symbol, kind, options = "marker", "SimpleMarker", f'<Option name="color" type="QString" value="{red},{green},{blue},255"/>'
        inner = f'<layer class="{kind}" enabled="1"><Option type="Map">{options}</Option></layer>'
        symbols.append(f'<symbol name="{number}" type="{symbol}" alpha="1">{inner}</symbol>')
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'><qgis version=\"3.28\" styleCategories=\"Symbology\">"
        f'<renderer-v2 type="categorizedSymbol" attr="{escape(layer.code_field)}" enableorderby="0">'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols></renderer-v2></qgis>"
    )


def sld(layer: BlankLayer) -> str:
    """The same style as OGC SLD 1.0."""
    rules = []
    for code, name, fill in _classes(layer):
        match = (
            f"<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>{escape(layer.code_field)}</ogc:PropertyName>"
            f"<ogc:Literal>{escape(code)}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"
            if code
            else ""
        )
        fill_xml = f'<Fill><CssParameter name="fill">{fill}</CssParameter></Fill>'
        stroke_xml = f'<Stroke><CssParameter name="stroke">{fill if layer.geometry == "line" else "#5D6872"}</CssParameter></Stroke>'
        point = f"<PointSymbolizer><Graphic><Mark><WellKnownName>circle</WellKnownName>{fill_xml}</Mark></Graphic></PointSymbolizer>"
        shapes = {"polygon": f"<PolygonSymbolizer>{fill_xml}{stroke_xml}</PolygonSymbolizer>"}
        shapes["line"] = f"<LineSymbolizer>{stroke_xml}</LineSymbolizer>"
        paint = shapes.get(layer.geometry, point)
        rules.append(f"<Rule><Name>{escape(f'{code} {name}'.strip())}</Name>{match}{paint}</Rule>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" '
        'xmlns:ogc="http://www.opengis.net/ogc"><NamedLayer>'
        f"<Name>{escape(layer.name)}</Name><UserStyle><FeatureTypeStyle>{''.join(rules)}</FeatureTypeStyle></UserStyle>"
        "</NamedLayer></StyledLayerDescriptor>"
    )
