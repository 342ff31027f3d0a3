"""WMS 1.3.0 (and 1.1.1 for older desktops): GetCapabilities, GetMap, GetFeatureInfo, GetLegendGraphic (OGC 06-042)."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from lantu.analysis.ogc import crs
from lantu.analysis.ogc.answers import kept, keywords, operation, root, run_of, service, tag_of, whole_number
from lantu.analysis.ogc.features import properties_of
from lantu.analysis.ogc.paint import Canvas, paint, pen_of
from lantu.analysis.ogc.rights import Collection, collection, collections
from lantu.core import audit
from lantu.core.errors import BadInput, LantuError, TooLarge
from lantu.standards import selectors as standards

MOST_PIXELS = 4096
"""Width and height of a picture at most; told in the capabilities."""
PNG, XML = "image/png", "text/xml"
INFO = ("application/json", "text/plain")
NEAR_PX = 3
_NAMES = {"CRS:84": crs.CRS84} | {f"EPSG:{epsg}": crs.uri(epsg) for epsg in crs.OFFERED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A GetMap request, read."""

    layers: list[Collection]
    box: tuple[float, float, float, float]
    north_first: bool
    crs: str
    canvas: Canvas


@service()
def wms(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/wms``"""
    query = keywords(request)
    try:
        answers = {
            "GETCAPABILITIES": _capabilities,
            "GETMAP": _map,
            "MAP": _map,
            "GETFEATUREINFO": _info,
            "FEATURE_INFO": _info,
            "GETLEGENDGRAPHIC": _legend,
        }
        return operation(query, "WMS", answers)(request, actor, query)
    except (BadInput, TooLarge) as error:
        return report(error)
    except LantuError as error:
        if error.status == 404:
            return report(error, "LayerNotDefined")
        raise


def report(error: LantuError, code: str = "") -> HttpResponse:
    """A service exception (06-042, table E.1)."""
    name = code or (error.code if error.code[:1].isupper() else "InvalidParameterValue")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc">'
        f'<ServiceException code="{escape(name)}">{escape(str(error))}</ServiceException></ServiceExceptionReport>'
    )
    return HttpResponse(body, content_type=XML, status=400)


def _layers(actor: Any, text: str) -> list[Collection]:
    names = [name for name in text.split(",") if name]
    if not names:
        raise BadInput(_("没有写 LAYERS。"), code="LayerNotDefined")
    return [collection(actor, name) for name in names]


def _size(query: dict[str, str], name: str) -> int:
    value = whole_number(query, name)
    if not 1 <= value <= MOST_PIXELS:
        raise TooLarge(_("%(name)s 应在 1 到 %(most)s 之间。") % {"name": name, "most": MOST_PIXELS}, code="InvalidParameterValue")
    return value


def _wanted(actor: Any, query: dict[str, str]) -> Wanted:
    old = query.get("VERSION", "1.3.0").startswith("1.1")
    name = query.get("SRS" if old else "CRS", "").upper()
    if old and name == "EPSG:4326":
        name = "CRS:84"
    if name not in _NAMES:
        raise BadInput(_("不提供坐标系 %(crs)s。") % {"crs": name}, how="、".join(_NAMES), code="InvalidSRS" if old else "InvalidCRS")
    target = _NAMES[name]
    north_first = crs.URIS[target][1] and not old
    try:
        values = [float(part) for part in query.get("BBOX", "").split(",")]
    except ValueError:
        values = []
    if len(values) != 4 or values[0] >= values[2] or values[1] >= values[3]:
        raise BadInput(_("BBOX 应为四个数，前两个小于后两个。"), where=query.get("BBOX", ""))
    x0, y0, x1, y1 = (values[1], values[0], values[3], values[2]) if north_first else values
    width, height = _size(query, "WIDTH"), _size(query, "HEIGHT")
    edges = np.linspace(0, 1, 9)
    rim = np.array([(x0 + (x1 - x0) * a, y0 + (y1 - y0) * b) for a in edges for b in edges])
    degrees = crs.degrees(rim, target)
    window = (*degrees.min(axis=0).tolist(), *degrees.max(axis=0).tolist())

    def place(xy: np.ndarray) -> np.ndarray:
        found = crs.eastings(xy, target)
        return np.column_stack(((found[:, 0] - x0) / (x1 - x0) * width, (y1 - found[:, 1]) / (y1 - y0) * height))

    colour = query.get("BGCOLOR", "0xFFFFFF").replace("0x", "#")
    canvas = Canvas(width, height, window, place, query.get("TRANSPARENT", "").upper() == "TRUE", colour)
    return Wanted(_layers(actor, query.get("LAYERS", "")), (x0, y0, x1, y1), north_first, target, canvas)


def _map(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    if query.get("FORMAT", PNG).split(";")[0] != PNG:
        raise BadInput(_("只提供 %(format)s。") % {"format": PNG}, code="InvalidFormat")
    wanted = _wanted(actor, query)
    run = run_of(wanted.layers)
    if actor.user_id is not None:
        audit.record(actor, "analysis.ogc_map", None, detail={"layers": query["LAYERS"], "bbox": query["BBOX"]})
    data = lambda: HttpResponse(paint(wanted.layers, wanted.canvas, tag_of(request, run, actor)), content_type=PNG)  # noqa: E731
    return kept(request, actor, run, data)


def _info(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    wanted = _wanted(actor, query)
    i, j = whole_number(query, "I", query.get("X", "")), whole_number(query, "J", query.get("Y", ""))
    if i >= wanted.canvas.width or j >= wanted.canvas.height:
        raise BadInput(_("I、J 在图幅之外。"), code="InvalidPoint")
    x0, y0, x1, y1 = wanted.box
    step_x, step_y = (x1 - x0) / wanted.canvas.width, (y1 - y0) / wanted.canvas.height
    at = np.array([[x0 + (i + 0.5) * step_x, y1 - (j + 0.5) * step_y]])
    lon, lat = crs.degrees(at, wanted.crs)[0]
    point = shapely.Point(lon, lat)
    most = whole_number(query, "FEATURE_COUNT", "1")
    found = []
    for code in (query.get("QUERY_LAYERS") or query["LAYERS"]).split(","):
        one = next((layer for layer in wanted.layers if layer.id == code), None)
        if one is None:
            raise BadInput(_("QUERY_LAYERS 里的 %(layer)s 不在 LAYERS 里。") % {"layer": code}, code="LayerNotDefined")
        rows: Any = one.rows()
        found += [(one, row) for row in rows.intersecting(point)[:most]]
    kind = query.get("INFO_FORMAT", INFO[0])
    if kind not in INFO:
        raise BadInput(_("只提供 %(format)s。") % {"format": "、".join(INFO)}, code="InvalidFormat")
    if kind == "text/plain":
        lines = [
            f"{one.title}\n" + "\n".join(f"  {name} = {value}" for name, value in properties_of(one, row).items()) for one, row in found
        ]
        return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    features = [
        {
            "type": "Feature",
            "id": f"{one.id}.{row.pk}",
            "geometry": json.loads(shapely.to_geojson(row.geometry)),
            "properties": {"layer": one.id, "title": one.title, **properties_of(one, row)},
        }
        for one, row in found
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _legend(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    one = collection(actor, query.get("LAYER", ""))
    pen = pen_of(one)
    codes = legend_codes(one)
    image = Image.new("RGBA", (46, 8 + 20 * max(1, len(codes))), "#FFFFFF")
    draw = ImageDraw.Draw(image)
    for number, code in enumerate(codes or [""]):
        draw.rectangle((6, 6 + 20 * number, 40, 20 + 20 * number), fill=pen.fill(code) or None, outline=pen.stroke, width=round(pen.width))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return HttpResponse(stream.getvalue(), content_type=PNG)


def legend_codes(one: Collection) -> list[str]:
    """The codes that occur in a plan layer, in order."""
    if one.is_living or one.layer.code_system_id is None:
        return []
    return sorted(one.rows().order_by().exclude(code="").values_list("code", flat=True).distinct())[:60]


def _capabilities(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    west, south, east, north = standards.city_extent()
    address = escape(f"{root(request)}/wms")
    here = f'<DCPType><HTTP><Get><OnlineResource xlink:type="simple" xlink:href="{address}?"/></Get></HTTP></DCPType>'
    title = escape(str(_("%(city)s蓝图服务") % {"city": standards.pack().name_zh}))
    boxes = "".join(_box(name, uri, (west, south, east, north)) for name, uri in _NAMES.items())
    degrees = (
        f"<EX_GeographicBoundingBox><westBoundLongitude>{west}</westBoundLongitude><eastBoundLongitude>{east}</eastBoundLongitude>"
        f"<southBoundLatitude>{south}</southBoundLatitude><northBoundLatitude>{north}</northBoundLatitude></EX_GeographicBoundingBox>"
    )
    names = "".join(f"<CRS>{name}</CRS>" for name in _NAMES)
    layers = "".join(
        f'<Layer queryable="1" opaque="0"><Name>{one.id}</Name><Title>{escape(one.title)}</Title>{degrees}{boxes}'
        f'<Style><Name>default</Name><Title>default</Title><LegendURL width="46" height="28"><Format>{PNG}</Format>'
        f'<OnlineResource xlink:type="simple" xlink:href="{address}?SERVICE=WMS&amp;REQUEST=GetLegendGraphic&amp;LAYER={one.id}"/>'
        "</LegendURL></Style></Layer>"
        for one in collections(actor)
    )
    info = "".join(f"<Format>{kind}</Format>" for kind in INFO)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<Service><Name>WMS</Name><Title>{title}</Title>"
        f'<OnlineResource xlink:type="simple" xlink:href="{address}"/>'
        f"<MaxWidth>{MOST_PIXELS}</MaxWidth><MaxHeight>{MOST_PIXELS}</MaxHeight>"
        f"</Service><Capability><Request><GetCapabilities><Format>{XML}</Format>{here}</GetCapabilities>"
        f"<GetMap><Format>{PNG}</Format>{here}</GetMap><GetFeatureInfo>{info}{here}</GetFeatureInfo></Request>"
        f"<Exception><Format>XML</Format></Exception><Layer><Title>{title}</Title>{names}{degrees}{boxes}{layers}</Layer>"
        "</Capability></WMS_Capabilities>"
    )
    return HttpResponse(body, content_type=XML)


def _box(name: str, uri: str, window: tuple[float, float, float, float]) -> str:
    x0, y0, x1, y1 = (round(value, 7) for value in crs.out(np.array([shapely.box(*window)], dtype=object), uri)[0].bounds)
    return f'<BoundingBox CRS="{name}" minx="{x0}" miny="{y0}" maxx="{x1}" maxy="{y1}"/>'
