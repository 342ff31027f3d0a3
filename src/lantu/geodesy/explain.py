"""Why this area (为什么是这个面积): the same patch measured in every way that people measure it, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.geodesy import area
from lantu.geodesy.transform import transform

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AreaReason:
    """One patch's areas in m². ``ellipsoid_m2`` is the statutory one; the others say why another program shows another number."""

    ellipsoid: str
    ellipsoid_m2: float
    plane_epsg: int
    plane_m2: float
    geodesic_m2: float
    stored_m2: float | None = None

    @property
    def plane_difference_m2(self) -> float:
        """Plane minus statutory: the projection's inflation."""
        return self.plane_m2 - self.ellipsoid_m2

    @property
    def stored_difference_m2(self) -> float | None:
        """Stored value minus statutory; None when the source stores none."""
        return None if self.stored_m2 is None else self.stored_m2 - self.ellipsoid_m2


def why_this_area(
    geometry: BaseGeometry,
    working_epsg: int,
    *,
    stored_m2: float | None = None,
    ellipsoid: area.Ellipsoid = area.CGCS2000,
    degrees_epsg: int = 4490,
) -> AreaReason:
    """The areas of a polygon in degrees: statutory, plane in the working CRS, geodesic edges (Karney), and the source's own value."""
    plane = transform(degrees_epsg, working_epsg).geometries(np.array([geometry], dtype=object))[0]
    geod = pyproj.Geod(a=ellipsoid.a, b=ellipsoid.b)
    oriented = shapely.orient_polygons(geometry)
    return AreaReason(
        ellipsoid=ellipsoid.name,
        ellipsoid_m2=area.polygon_area(geometry, ellipsoid),
        plane_epsg=working_epsg,
        plane_m2=float(plane.area),
        geodesic_m2=float(geod.geometry_area_perimeter(oriented)[0]),
        stored_m2=stored_m2,
    )


def densify(metres: NDArray[np.object_], longest_m: float = 200.0) -> NDArray[np.object_]:
    """Geometries in a metric CRS with no edge longer than ``longest_m``: a straight grid edge is bent in degrees (architecture 3)."""
    result: NDArray[np.object_] = shapely.segmentize(metres, longest_m)
    return result
