"""The statutory area: golden values of TD/T 1055's formula and exact distribution."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.geodesy.area import CGCS2000, distribute, polygon_area, polygon_areas


def test_coefficients_of_cgcs2000() -> None:
    expected = (1.0033640898341927, 0.001124189381927124, 1.699459473518905e-06, 2.7178578455775555e-09, 4.358419004834514e-12)
    assert CGCS2000.series() == pytest.approx(expected, rel=1e-12)


def test_golden_square_of_a_thousandth_degree() -> None:
    assert polygon_area(shapely.box(106.6, 26.5, 106.601, 26.501)) == pytest.approx(11045.187110, abs=1e-4)


def test_large_square_differs_from_geodesic_edges_as_known() -> None:
    square = shapely.box(106.6, 26.5, 106.7, 26.6)
    assert polygon_area(square) == pytest.approx(110405260.42, abs=0.05)
    assert abs(pyproj.Geod(ellps="GRS80").geometry_area_perimeter(square)[0]) == pytest.approx(110405271.77, abs=0.05)


def test_holes_are_subtracted_and_orientation_does_not_matter() -> None:
    shell, hole = shapely.box(106.6, 26.5, 106.61, 26.51), shapely.box(106.602, 26.502, 106.604, 26.504)
    ring = shell.difference(hole)
    assert polygon_area(ring) == pytest.approx(polygon_area(shell) - polygon_area(hole), rel=1e-12)
    assert polygon_area(shapely.reverse(ring)) == pytest.approx(polygon_area(ring), rel=1e-12)


def test_many_geometries_at_once_equal_one_by_one() -> None:
    shapes = np.array([shapely.box(106 + i / 10, 26, 106.05 + i / 10, 26.05).union(shapely.box(107, 27, 107.01, 27.01)) for i in range(5)])
    assert polygon_areas(shapes) == pytest.approx([polygon_area(shape) for shape in shapes], rel=1e-12)


def test_points_and_lines_have_no_area() -> None:
    assert list(polygon_areas(np.array([shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])], dtype=object))) == [0, 0]


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40), st.floats(0, 1e7))
def test_distributed_parts_sum_exactly_to_the_total(parts: list[float], total: float) -> None:
    shares = distribute(np.array(parts), total)
    assert sum(shares) == (Decimal(repr(total)) / Decimal("0.01")).to_integral_value() * Decimal("0.01")
    scale = total / sum(parts)
    assert all(abs(float(share) - part * scale) <= 0.01 + 1e-6 * max(total, 1) for share, part in zip(shares, parts, strict=True))


def test_a_total_without_parts_is_refused() -> None:
    assert distribute(np.array([]), 0.0) == []
    with pytest.raises(ValueError, match="no parts"):
        distribute(np.array([]), 5.0)
