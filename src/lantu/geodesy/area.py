"""Statutory ellipsoidal area (椭球面积) by the trapezoid formula of the third land survey (TD/T 1055-2019, domain 3.4).

Edges are straight in latitude and longitude. Input in degrees, longitude first; output in m². Coefficients are derived from the
ellipsoid, so that other cities' ellipsoids work the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid of revolution: semi-major axis in metres and inverse flattening."""

    name: str
    a: float
    inverse_flattening: float

    @property
    def b(self) -> float:
        """Semi-minor axis in metres."""
        return self.a * (1 - 1 / self.inverse_flattening)

    @property
    def e2(self) -> float:
        """First eccentricity squared."""
        return 1 - (self.b / self.a) ** 2

    def series(self) -> tuple[float, float, float, float, float]:
        """The coefficients A to E of the area series."""
        e2 = self.e2
        e4, e6, e8 = e2**2, e2**3, e2**4
        return (
            1 + 3 / 6 * e2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
            1 / 6 * e2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
            3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
            1 / 112 * e6 + 45 / 2304 * e8,
            5 / 2304 * e8,
        )


CGCS2000 = Ellipsoid("CGCS2000", 6378137.0, 298.257222101)
XIAN80 = Ellipsoid("Xi'an 1980 (IAG 75)", 6378140.0, 298.257)
BEIJING54 = Ellipsoid("Beijing 1954 (Krassovsky)", 6378245.0, 298.3)


def edge_areas(start: FloatArray, end: FloatArray, ellipsoid: Ellipsoid = CGCS2000, meridian: float | None = None) -> FloatArray:
    """(n,) m² between each edge and a fixed meridian, signed so that a counter-clockwise ring sums to a positive area.

    ``start``, ``end`` (n, 2) degrees (lon, lat). ``meridian`` in degrees; it cancels in a ring, near the data it keeps digits.
    """
    if meridian is None:
        meridian = float(start[0, 0]) if len(start) else 0.0
    lon = np.radians((start[:, 0] + end[:, 0]) / 2 - meridian)
    middle = np.radians((start[:, 1] + end[:, 1]) / 2)
    difference = np.radians(end[:, 1] - start[:, 1])
    total = np.zeros(len(start))
    for order, coefficient in enumerate(ellipsoid.series()):
        n = 2 * order + 1
        total += (-1) ** order * coefficient * np.sin(n * difference / 2) * np.cos(n * middle)
    return 2 * ellipsoid.b**2 * lon * total


def ring_areas(lonlat: FloatArray, ring_start: NDArray[np.int64], ellipsoid: Ellipsoid = CGCS2000) -> FloatArray:
    """(r,) signed m² of many rings stored one after another without their closing point: counter-clockwise positive."""
    count = len(ring_start) - 1
    if not count or not len(lonlat):
        return np.zeros(count)
    sizes = np.diff(ring_start)
    following = np.arange(1, len(lonlat) + 1)
    following[ring_start[1:][sizes > 0] - 1] = ring_start[:-1][sizes > 0]
    ring = np.repeat(np.arange(count), sizes)
    # each ring is measured from its own first vertex, so that no digits are lost far from one common meridian
    first = lonlat[ring_start[:-1].clip(max=len(lonlat) - 1), 0][ring]
    shifted = lonlat - np.column_stack((first, np.zeros(len(lonlat))))
    following_shifted = lonlat[following] - np.column_stack((first, np.zeros(len(lonlat))))
    weights = edge_areas(shifted, following_shifted, ellipsoid, meridian=0.0)
    return np.bincount(ring, weights=weights, minlength=count).astype(np.float64)


def polygon_areas(geometries: NDArray[np.object_], ellipsoid: Ellipsoid = CGCS2000) -> FloatArray:
    """(n,) m² of polygons and multipolygons in degrees (holes subtracted); other kinds have no area."""
    parts, part_of = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.zeros(len(geometries))
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    counts = np.bincount(ring_of, minlength=len(rings))
    ends = np.cumsum(counts)
    keep = np.ones(len(xy), bool)
    keep[ends - 1] = False  # closing points
    start = np.concatenate(([0], np.cumsum(counts - 1))).astype(np.int64)
    sizes = np.abs(ring_areas(xy[keep], start, ellipsoid))
    is_hole = np.concatenate(([False], ring_part[1:] == ring_part[:-1]))
    signed = np.where(is_hole, -sizes, sizes)
    return np.bincount(part_of[ring_part], weights=signed, minlength=len(geometries)).astype(np.float64)


def polygon_area(geometry: BaseGeometry, ellipsoid: Ellipsoid = CGCS2000) -> float:
    """m² of one polygon or multipolygon in degrees."""
    return float(polygon_areas(np.array([geometry], dtype=object), ellipsoid)[0])


def distribute(parts: FloatArray, total: float, unit: str = "0.01") -> list[Decimal]:
    """Round ``parts`` to ``unit`` so that they sum exactly to ``total`` rounded to ``unit`` (largest remainder, 最大余数法).

    Parts are scaled to the total first; ties go to the earlier part. Raises ``ValueError`` for no parts with a non-zero total.
    """
    step = Decimal(unit)
    goal = int((Decimal(repr(float(total))) / step).to_integral_value())
    if not len(parts):
        if goal:
            raise ValueError("no parts to distribute a total over")
        return []
    weight = float(np.sum(parts))
    scale = Decimal(repr(float(total))) / Decimal(repr(weight)) if weight else Decimal(0)
    exact = [Decimal(repr(float(part))) * scale / step for part in parts]
    floors = [int(value.to_integral_value(ROUND_FLOOR)) for value in exact]
    missing = goal - sum(floors)
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    whole, rest = divmod(missing, len(exact))
    for rank, index in enumerate(order):
        floors[index] += whole + (rank < rest)
    return [floor * step for floor in floors]
