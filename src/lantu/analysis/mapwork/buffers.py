"""Buffers (缓冲区): the ground within so many metres of a place, a line or an area, in the working plane of the city."""

from __future__ import annotations

from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import BadInput, TooLarge
from lantu.geodesy.area import polygon_area
from lantu.geodesy.transform import transform
from lantu.plans.services.living import check_geometry
from lantu.standards import selectors as standards

MOST_M = 20_000
MOST_VERTICES = 20_000


def buffered(shape: BaseGeometry, metres: float) -> tuple[BaseGeometry, float]:
    """The buffer of a shape in degrees, and its ellipsoidal area in m². Raises ``BadInput``, ``TooLarge``; the limits are named."""
    if not 0 < metres <= MOST_M:
        raise BadInput(_("缓冲距离应大于 0、不超过 %(most)s 米。") % {"most": f"{MOST_M:,}"}, where=f"{metres:g}")
    if shapely.get_num_coordinates(shape) > MOST_VERTICES:
        raise TooLarge(_("图形超过 %(most)s 个顶点。") % {"most": f"{MOST_VERTICES:,}"}, how=_("请先简化图形。"))
    check_geometry(shape)
    grid = standards.working_grid()
    plane = shapely.transform(shape, transform(grid.statutory_epsg, grid.epsg).points)
    found = shapely.transform(plane.buffer(metres, quad_segs=16), transform(grid.epsg, grid.statutory_epsg).points)
    return found, polygon_area(found, grid.ellipsoid)


def shape_of(geometry: Any) -> BaseGeometry:
    """A GeoJSON geometry. Raises ``BadInput``."""
    try:
        return shapely.geometry.shape(geometry)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BadInput(_("图形不是 GeoJSON。"), where=str(error)) from None
