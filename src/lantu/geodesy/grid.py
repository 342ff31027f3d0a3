"""The working grid: integer coordinates of the city's working CRS, 0.1 mm by default (architecture 3).

Rings are snapped once, at plan release; the integers are the truth from then on, degrees are derived from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.geodesy import area
from lantu.geodesy.transform import transform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WorkingGrid:
    """A working CRS (EPSG), the origin of the grid in its metres (east, north) and the unit in metres.

    ``statutory_epsg`` is the geographic system in which degrees are given (4490; a foreign pack may use 4326 or its own).
    """

    epsg: int
    origin: tuple[float, float]
    unit_m: float = 1e-4
    statutory_epsg: int = 4490
    ellipsoid: area.Ellipsoid = area.CGCS2000

    def snap(self, metres: FloatArray) -> IntArray:
        """(n, 2) metres of the working CRS to grid units; halves go up, everywhere the same."""
        scaled = (np.asarray(metres, dtype=np.float64) - np.asarray(self.origin)) / self.unit_m
        units: IntArray = np.floor(scaled + 0.5).astype(np.int64)
        return units

    def to_metres(self, units: IntArray | FloatArray) -> FloatArray:
        """(n, 2) grid units to metres of the working CRS."""
        metres: FloatArray = np.asarray(units, dtype=np.float64) * self.unit_m + np.asarray(self.origin)
        return metres

    def from_degrees(self, lonlat: FloatArray) -> IntArray:
        """(n, 2) degrees (lon, lat) to grid units."""
        if not len(lonlat):
            return np.empty((0, 2), dtype=np.int64)
        return self.snap(transform(self.statutory_epsg, self.epsg).points(lonlat))

    def to_degrees(self, units: IntArray | FloatArray) -> FloatArray:
        """(n, 2) grid units to degrees (lon, lat)."""
        if not len(units):
            return np.empty((0, 2))
        return transform(self.epsg, self.statutory_epsg).points(self.to_metres(units))

    def units_of(self, geometries: Any) -> Any:
        """A geometry in degrees, or an array of them, as whole grid units; empty ones stay empty."""
        return shapely.transform(geometries, lambda lonlat: self.from_degrees(lonlat).astype(np.float64))

    def degrees_of(self, geometries: Any) -> Any:
        """A geometry in grid units, or an array of them, in degrees."""
        return shapely.transform(geometries, self.to_degrees)

    def area_of(self, geometry: BaseGeometry) -> float:
        """m² of a polygon or multipolygon in grid units, on the ellipsoid."""
        return area.polygon_area(self.degrees_of(geometry), self.ellipsoid)

    def edge_areas(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """(n,) m² between each edge (degrees) and one fixed meridian, counter-clockwise rings positive."""
        return area.edge_areas(start, end, self.ellipsoid, meridian=0.0 if not len(start) else self._meridian())

    def _meridian(self) -> float:
        """The grid origin's own meridian: the same for every call, so that sums of edges from several calls cancel."""
        return float(self.to_degrees(np.zeros((1, 2)))[0, 0])
