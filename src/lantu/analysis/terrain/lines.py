"""A line from what people have: pasted points, GeoJSON, WKT."""

from __future__ import annotations

import json
import re

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis.conformity.sites import frame_either_way, rings_of, to_degrees
from lantu.core.errors import BadInput


def line_from_text(text: str, epsg: int | None = None) -> BaseGeometry:
    """A line string in degrees from points (one to a line, as for sites), GeoJSON or WKT. Raises ``BadInput``."""
    text = text.strip().lstrip("\ufeff")
    if not text:
        raise BadInput(_("没有线。"), how=_("请在图上画线，或粘贴两个以上的点，一行一个。"))
    if text[0] == "{":
        try:
            value = json.loads(text)
            return shapely.from_geojson(json.dumps(value["geometry"] if value.get("type") == "Feature" else value))
        except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
            raise BadInput(_("这不是能读的 GeoJSON。"), where=str(error), how=_("请给一条线（LineString），经度在前。")) from None
    if re.match(r"(?i)linestring\s*\(", text):
        try:
            return shapely.from_wkt(text)
        except shapely.errors.GEOSException as error:
            raise BadInput(_("这不是能读的 WKT。"), where=str(error), how=_("请核对括号和坐标。")) from None
    rings = rings_of(text)
    if len(rings) != 1 or len(set(rings[0])) < 2:
        raise BadInput(_("剖面要一条线：至少两个不同的点，中间不空行。"), how=_("每行写一个点，如「106.63, 26.65」。"))
    found, swapped, _evidence = frame_either_way(rings, epsg)
    return to_degrees(shapely.LineString([(y, x) for x, y in rings[0]] if swapped else rings[0]), found)
