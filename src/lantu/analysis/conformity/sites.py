"""A site from what people have: pasted coordinates, a drawing, a file, the number of a patch. Bad input is told, never mended silently."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from lantu.analysis.settings import Settings
from lantu.core.errors import BadInput, LantuError, TooLarge
from lantu.geodesy import boundary_text
from lantu.geodesy.area import polygon_area
from lantu.geodesy.errors import BoundaryTextError, DatumRefused
from lantu.geodesy.frames import Frame, detect_frame
from lantu.geodesy.transform import transform
from lantu.plans import readers
from lantu.plans.readers.boundary import polygon_of
from lantu.plans.services.intake import checked_transform
from lantu.plans.services.living_files import LivingFile, geometries
from lantu.standards import selectors as standards
from lantu.standards.models import PackVersion

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_LABEL = re.compile(r"^\s*[A-Za-z一-鿿]+[-_#]?\d*\s*[,，:：;；\t ]\s*")
_DMS = re.compile(r"(\d{1,3})\s*[°度]\s*(\d{1,2})\s*[′'分]\s*(\d{1,2}(?:\.\d+)?)\s*[″\"秒]?")


@dataclass(frozen=True, slots=True)
class Site:
    """A site in degrees, how it came (``source``, with what was recognised in ``evidence``), and its name."""

    geometry: BaseGeometry
    source: str
    name: str = ""
    evidence: tuple[str, ...] = ()


def from_text(text: str, epsg: int | None = None) -> Site:
    """A site from pasted text: a list of points, a boundary-point text, GeoJSON or WKT.

    Points are one to a line, in degrees (decimal or DMS) or plane metres, in either order, with or without a label; an empty line begins
    another ring (a hole when it lies inside). The frame is recognised by its figures unless ``epsg`` is given.
    """
    text = text.strip().lstrip("\ufeff")
    if not text:
        raise BadInput(_("没有坐标。"), how=_("请粘贴界址点坐标，一行一个点。"))
    if text[0] in "{[" and not text.startswith(("[属性描述]", "[地块坐标]")):
        return Site(_geojson(text), "text")
    if re.match(r"(?i)(multi)?polygon\s*\(", text):
        try:
            return Site(shapely.from_wkt(text), "text")
        except shapely.errors.GEOSException as error:
            raise BadInput(_("这不是能读的 WKT。"), where=str(error), how=_("请核对括号和坐标。")) from None
    if boundary_text.PARCELS in text:
        return _boundary(text, epsg)
    return _points(text, epsg)


def _geojson(text: str) -> BaseGeometry:
    try:
        value = json.loads(text)
        if value.get("type") == "FeatureCollection":
            shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in value["features"]]
            return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
        return shapely.from_geojson(json.dumps(value["geometry"] if value.get("type") == "Feature" else value))
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
        raise BadInput(
            _("这不是能读的 GeoJSON。"), where=str(error), how=_("请粘贴一个面（Polygon 或 MultiPolygon），经度在前。")
        ) from None


def _boundary(text: str, epsg: int | None) -> Site:
    try:
        content = boundary_text.parse(text)
    except BoundaryTextError as error:
        where = _("第 %(line)s 行") % {"line": error.line} if error.line else ""
        raise BadInput(_("界址点文本有误：%(reason)s") % {"reason": error.reason}, where=where, how=_("请改正后再粘贴。")) from None
    shapes = [polygon_of(parcel) for parcel in content.parcels]
    shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    found, evidence = _frame_of(shape.bounds, epsg)
    return Site(to_degrees(shape, found), "text", content.parcels[0].attributes.get("地块名称", ""), evidence)


def rings_of(text: str) -> list[list[tuple[float, float]]]:
    """The pairs of figures of a list of points, one to a line; an empty line begins another ring. Raises ``BadInput`` with the line."""
    rings: list[list[tuple[float, float]]] = [[]]
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            if rings[-1]:
                rings.append([])
            continue
        pair = _pair(line)
        if pair is None:
            raise BadInput(
                _("第 %(n)s 行读不出一对坐标。") % {"n": number},
                where=line[:80],
                how=_("每行写一个点，如「J1 2949581.591 36363594.529」或「106.63, 26.65」；空行开始另一圈。"),
            )
        rings[-1].append(pair)
    return [ring for ring in rings if ring]


def _points(text: str, epsg: int | None) -> Site:
    rings = rings_of(text)
    if rings and len(rings) == 1 and len(rings[0]) < 3:
        raise BadInput(_("只有 %(n)s 个点，围不成地块。") % {"n": len(rings[0])}, how=_("至少要三个界址点。"))
    short = [index for index, ring in enumerate(rings, start=1) if len(set(ring)) < 3]
    if short:
        raise BadInput(_("第 %(n)s 圈不足三个不同的点。") % {"n": short[0]}, how=_("请补全这一圈，或去掉多余的空行。"))
    found, swapped, evidence = frame_either_way(rings, epsg)
    turned = [[(y, x) for x, y in ring] for ring in rings] if swapped else rings
    shape = polygon_of(boundary_text.Parcel({}, [_open(ring) for ring in turned]))
    return Site(to_degrees(shape, found), "text", "", evidence)


def _open(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _pair(line: str) -> tuple[float, float] | None:
    """The last two figures of a line that has two to five (label, ring, coordinates, height are told apart by size)."""
    dms = [int(d) + int(m) / 60 + float(s) / 3600 for d, m, s in _DMS.findall(line)]
    if len(dms) == 2:
        return dms[0], dms[1]
    figures = [float(value) for value in _NUMBER.findall(_LABEL.sub("", line, count=1))]
    large = [value for value in figures if abs(value) >= 100_000]
    if len(large) == 2:
        return large[0], large[1]
    if len(figures) == 2:
        return figures[0], figures[1]
    degrees = [value for value in figures if not float(value).is_integer()]
    return (degrees[0], degrees[1]) if len(degrees) == 2 else None


def frame_either_way(rings: Sequence[Sequence[tuple[float, float]]], epsg: int | None) -> tuple[Frame, bool, tuple[str, ...]]:
    """The frame of the points and whether they are written north first, as surveyors do."""
    xy = np.array([point for ring in rings for point in ring])
    box = (*xy.min(axis=0).tolist(), *xy.max(axis=0).tolist())
    turned = (box[1], box[0], box[3], box[2])
    city, allowed = standards.city_extent(), standards.accepted_frames()
    for bounds, swapped in ((box, False), (turned, True)):
        guess = detect_frame(bounds, epsg, city, allowed)
        if guess.frame is not None and (epsg is None or guess.frame.epsg == epsg):
            order = (_("先纵（北）后横（东）"),) if swapped else ()
            return guess.frame, swapped, (*order, *guess.evidence)
    north_first = 1e6 <= box[0] < 1e7 and not 1e6 <= box[1] < 1e7  # a northing of China has seven digits, an easting six or eight
    guess = detect_frame(turned if north_first else box, epsg, city, allowed)
    raise BadInput(
        _("坐标不在本市范围内。"),
        where="；".join(guess.evidence),
        how=_("请核对带号、坐标系和 X、Y 的次序；确是外地坐标的，本平台不能检测。"),
        code="outside-city",
    )


def _frame_of(bounds: tuple[float, float, float, float], epsg: int | None) -> tuple[Frame, tuple[str, ...]]:
    guess = detect_frame(bounds, epsg, standards.city_extent(), standards.accepted_frames())
    if guess.frame is None:
        raise BadInput(_("坐标不在本市范围内。"), where="；".join(guess.evidence), how=_("请核对带号和坐标系。"), code="outside-city")
    return guess.frame, guess.evidence


def to_degrees(shape: BaseGeometry, found: Frame) -> BaseGeometry:
    """A shape in degrees. Raises ``BadInput`` where its frame cannot be left without parameters."""
    target = standards.working_grid().statutory_epsg
    try:
        return transform(found.epsg, target).geometries(np.array([shape], dtype=object))[0]
    except DatumRefused as error:
        raise BadInput(
            _("坐标是 %(frame)s，没有登记到 CGCS2000 的转换参数。") % {"frame": found.name}, where=str(error), how=_("请先转成 CGCS2000。")
        ) from None


def from_files(source: Sequence[readers.NamedFile], epsg: int | None = None, layer: str | None = None) -> list[Site]:
    """The sites of an uploaded file, one per feature, by any reader that the plans room has. Raises its ``BadInput``."""
    rows = geometries(LivingFile(source, layer, epsg))
    return [Site(shape, "file", name_of_row(row)) for row, shape in rows]


NAME_FIELDS = ("MC", "XMMC", "DKMC", "NAME", "name", "地块名称", "地块编号", "BSM")


def name_of_row(row: readers.SourceFeature) -> str:
    """What a feature is called in its source; without a name its number."""
    return next((str(row.attributes[key]) for key in NAME_FIELDS if row.attributes.get(key)), _("第 %(n)s 个") % {"n": row.row})


def checked(site: Site, settings: Settings, pack: PackVersion | None = None) -> Site:
    """The site fit for a check. ``pack``: of the city, by default the one in force.

    Raises ``BadInput`` or ``TooLarge`` with the place and the limit that is passed.
    """
    shape, limits = shapely.force_2d(site.geometry), settings.limits
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        kind = _("空图形") if shape is None or shape.is_empty else shape.geom_type
        raise BadInput(_("用地须是面，送来的是 %(kind)s。") % {"kind": kind}, how=_("请给出闭合的地块范围。"))
    vertices = int(shapely.get_num_coordinates(shape))
    if vertices > limits["max_vertices"]:
        raise TooLarge(
            _("用地有 %(n)s 个界址点，超过上限 %(limit)s 个。") % {"n": f"{vertices:,}", "limit": f"{int(limits['max_vertices']):,}"},
            how=_("请分块检测，或请管理员调整城市包 analysis.yaml 的 limits.max_vertices。"),
        )
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise BadInput(_("坐标里有不是数的值。"), how=_("请核对源数据。"))
    pack = pack or standards.pack()
    _within_city(shape, pack)
    if _area(shapely.convex_hull(shape)) < limits["min_area_m2"]:
        _too_small(0.0, limits)
    if not shape.is_valid:
        raise BadInput(
            _("用地边界自相交。"),
            where=_place(explain_validity(shape)),
            how=_("请在源数据中改正边界后再检测；平台不代为改动边界。"),
            code="self-crossing",
        )
    area = polygon_area(shape)
    if area < limits["min_area_m2"]:
        _too_small(area, limits)
    if area > limits["max_area_ha"] * 10_000:
        raise TooLarge(
            _("用地面积 %(area)s 公顷，超过上限 %(limit)s 公顷。")
            % {"area": f"{area / 10_000:,.4f}", "limit": f"{limits['max_area_ha']:,.0f}"},
            how=_("请分块检测。"),
        )
    width = mean_width(shape, pack)
    if width < limits["min_width_m"]:
        raise BadInput(
            _("用地平均宽 %(width)s m，小于下限 %(limit)s m。") % {"width": f"{width:.2f}", "limit": f"{limits['min_width_m']:g}"},
            how=_("线性工程请按用地红线的实际宽度给面；下限在城市包 analysis.yaml 的 limits.min_width_m。"),
            code="too-narrow",
        )
    return Site(shape, site.source, site.name, site.evidence)


def _area(shape: BaseGeometry) -> float:
    return polygon_area(shape) if shape.geom_type == "Polygon" else 0.0


def _too_small(area: float, limits: dict[str, float]) -> NoReturn:
    raise BadInput(
        _("用地面积 %(area)s ㎡，小于下限 %(limit)s ㎡。") % {"area": f"{area:,.2f}", "limit": f"{limits['min_area_m2']:,.2f}"},
        how=_("请核对界址点；点重合或在一条直线上时面积为零。"),
        code="too-small",
    )


def _within_city(shape: BaseGeometry, pack: PackVersion) -> None:
    west, south, east, north = standards.city_extent(pack)
    box = shape.bounds
    if box[2] < west or box[0] > east or box[3] < south or box[1] > north:
        middle = f"{(box[0] + box[2]) / 2:.6f}°E {(box[1] + box[3]) / 2:.6f}°N"
        raise BadInput(_("用地不在本市范围内。"), where=middle, how=_("请核对坐标系和带号。"), code="outside-city")


def _place(text: str) -> str:
    found = [float(value) for value in _NUMBER.findall(text)]
    return _("约在 %(lon)s°E，%(lat)s°N") % {"lon": f"{found[0]:.6f}", "lat": f"{found[1]:.6f}"} if len(found) >= 2 else text


def mean_width(degrees: BaseGeometry, pack: PackVersion | None = None) -> float:
    """Mean width 2·A/P in metres of a polygon in degrees (plane of its own latitude: good to a thousandth)."""
    grid = standards.working_grid(pack)
    plane = shapely.transform(degrees, lambda xy: grid.to_metres(grid.from_degrees(xy)))
    return float(2 * plane.area / plane.length) if plane.length else 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A feature of a batch that cannot be checked, with the reason in words."""

    row: int
    name: str
    why: str


def each_of_file(source: Sequence[readers.NamedFile], settings: Settings, epsg: int | None = None) -> Iterator[tuple[int, Site | Refusal]]:
    """(row, site fit for a check or why not) of every feature of a file, in order. Raises ``BadInput`` for a file that cannot be placed."""
    layers = readers.inspect(source, city=standards.city_extent(), allowed=standards.accepted_frames())
    if len(layers) != 1:
        raise BadInput(_("文件里有 %(n)s 个图层，要选一个。") % {"n": len(layers)}, where="、".join(layer.name for layer in layers))
    guess = layers[0].frame
    found = epsg or (guess.frame.epsg if guess and guess.frame else None)
    if found is None:
        raise BadInput(_("认不出坐标系。"), where="；".join(guess.evidence) if guess else "", how=_("请指明坐标系（EPSG 代码）。"))
    way = checked_transform(found)
    pack = standards.pack()
    for batch in readers.read(source, layers[0].name):
        for feature in batch:
            name = name_of_row(feature)
            if feature.problem or feature.geometry is None:
                yield feature.row, Refusal(feature.row, name, str(feature.problem or _("没有图形")))
                continue
            try:
                shape = way.geometries(np.array([feature.geometry], dtype=object))[0]
                yield feature.row, checked(Site(shape, "file", name), settings, pack)
            except LantuError as error:
                yield feature.row, Refusal(feature.row, name, str(error))
