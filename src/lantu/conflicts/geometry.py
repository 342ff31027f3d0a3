"""Geometries that people give: read from files, checked, refused with the place."""

from __future__ import annotations

import re

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from lantu.core.errors import BadInput
from lantu.geodesy import boundary_text
from lantu.geodesy.area import polygon_area
from lantu.geodesy.errors import BoundaryTextError
from lantu.geodesy.grid import WorkingGrid
from lantu.plans.readers.boundary import polygon_of
from lantu.standards import selectors as standards
from lantu.ui import formats

OUTSIDE_SHARE = 1e-6
"""Share of a geometry that may lie outside of the patch: what is lost by writing coordinates with few digits."""

_PLACE = re.compile(r"\[([-\d.eE]+) ([-\d.eE]+)")


def check_geometry(geometry: BaseGeometry, patch: BaseGeometry) -> BaseGeometry:
    """The geometry clipped to the patch it is for. Raises ``BadInput`` with the place when it is no clean area or leaves the patch."""
    polygon = clean_area(geometry)
    outside = polygon.difference(patch)
    if outside.area > OUTSIDE_SHARE * polygon.area:
        point = outside.representative_point()
        raise BadInput(
            _("图形超出本案图斑 %(area)s ㎡。") % {"area": formats.square_metres(polygon_area(outside))},
            where=f"{point.x:.6f}, {point.y:.6f}",
            how=_("请把图形改到图斑以内；图斑以外的问题另行立案。"),
            code="geometry-outside",
            lon=point.x,
            lat=point.y,
            place=[point.x, point.y],
        )
    inside = polygon.intersection(patch)
    parts = [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon" and part.area > OUTSIDE_SHARE * polygon.area]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def clean_area(geometry: BaseGeometry) -> BaseGeometry:
    """A polygon or multipolygon in degrees as it is. Raises ``BadInput`` with the place when it crosses itself or is something else."""
    if geometry is None or geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        kind = geometry.geom_type if geometry is not None else "—"
        raise BadInput(_("图形不是面，是 %(kind)s。") % {"kind": kind}, how=_("请给一个或多个闭合的面。"), code="geometry-kind")
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadInput(
            _("图形坐标不是经纬度：%(x)s, %(y)s。") % {"x": west, "y": south}, how=_("请用 CGCS2000 经纬度。"), code="geometry-frame"
        )
    if not geometry.is_valid:
        why = explain_validity(geometry)
        found = _PLACE.search(why)
        lon, lat = (float(found[1]), float(found[2])) if found else geometry.centroid.coords[0]
        raise BadInput(
            _("图形自相交或有重复的边。"),
            where=f"{lon:.6f}, {lat:.6f}",
            how=_("请在这一处改正后再提交。"),
            code="geometry-invalid",
            lon=lon,
            lat=lat,
            place=[lon, lat],
        )
    return geometry


def read_geometry(data: bytes) -> BaseGeometry:
    """A geometry from the bytes of a file: boundary-point text (界址点 TXT), GeoJSON or WKT. Result in EPSG:4490. Raises ``BadInput``."""
    head = data.lstrip()[:1]
    if head == b"{" or data.lstrip()[:8].upper().startswith((b"POLYGON", b"MULTIPOL")):
        return _read_text(data.decode("utf-8", "replace"))
    try:
        text, _codec = boundary_text.decode(data)
        content = boundary_text.parse(text)
    except BoundaryTextError as error:
        where = _("第 %(line)s 行") % {"line": error.line} if error.line else ""
        raise BadInput(
            _("界址点文件读不出来：%(reason)s") % {"reason": error.reason}, where=where, how=_("请给界址点 TXT、GeoJSON 或 WKT。")
        ) from None
    shapes = [polygon_of(parcel) for parcel in content.parcels]
    return _to_degrees(shapely.union_all(np.array(shapes, dtype=object)) if len(shapes) > 1 else shapes[0])


def _read_text(text: str) -> BaseGeometry:
    try:
        if not text.lstrip().startswith("{"):
            return shapely.from_wkt(text)
        found = shapely.from_geojson(text)
    except (shapely.errors.GEOSException, ValueError) as error:
        raise BadInput(_("图形读不出来。"), where=str(error)[:200], how=_("请给 GeoJSON、WKT 或界址点 TXT，经纬度用 CGCS2000。")) from None
    areas = [part for part in shapely.get_parts(found) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(np.array(areas, dtype=object)) if found.geom_type == "GeometryCollection" and areas else found


def _to_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Boundary points are in a projected system; the working CRS of the city with or without zone prefix is understood."""
    west = shape.bounds[0]
    if abs(west) <= 180:
        return shape
    epsg = int(standards.pack().settings["crs"]["working"])
    prefixed = west >= 1e7
    frame = next((f for f in _frames(epsg) if (f[1] is prefixed)), None)
    if frame is None:
        raise BadInput(_("界址点的坐标系认不出来。"), how=_("请用城市工作坐标系（EPSG:%(epsg)s）或带号坐标。") % {"epsg": epsg})
    grid = WorkingGrid(frame[0], (0.0, 0.0), 1e-4, int(standards.pack().settings["crs"]["statutory"]))
    return shapely.transform(shape, lambda xy: grid.to_degrees(xy / 1e-4))


def _frames(epsg: int) -> list[tuple[int, bool]]:
    from lantu.geodesy.frames import KNOWN

    own = KNOWN.get(epsg)
    if own is None:
        return [(epsg, False)]
    return [(f.epsg, f.prefixed) for f in KNOWN.values() if f.datum == own.datum and f.zone == own.zone and f.degrees == own.degrees]
