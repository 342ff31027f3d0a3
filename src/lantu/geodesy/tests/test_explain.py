"""Why this area: the four numbers of one patch."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from lantu.geodesy.area import polygon_areas
from lantu.geodesy.explain import densify, why_this_area
from lantu.geodesy.transform import transform

SQUARE = shapely.box(106.6, 26.5, 106.601, 26.501)


def test_the_golden_square_in_every_measure() -> None:
    reason = why_this_area(SQUARE, 4524, stored_m2=11000.0)
    assert reason.ellipsoid_m2 == pytest.approx(11045.187110, abs=1e-4)
    assert reason.plane_m2 == pytest.approx(11050.5, abs=0.05)
    assert reason.geodesic_m2 == pytest.approx(11045.18711, abs=1e-3)
    assert reason.plane_difference_m2 == pytest.approx(5.3, abs=0.1)
    assert reason.stored_difference_m2 == pytest.approx(-45.187, abs=1e-3)


def test_a_patch_without_a_stored_value_has_no_difference_to_it() -> None:
    assert why_this_area(SQUARE, 4545).stored_difference_m2 is None


def test_densified_edges_are_short_and_keep_the_plane_shape() -> None:
    plane = transform(4490, 4545).geometries(np.array([shapely.box(106.6, 26.5, 106.7, 26.6)], dtype=object))
    dense = densify(plane)
    xy = shapely.get_coordinates(dense)
    assert np.hypot(*np.diff(xy, axis=0).T).max() <= 200.0
    assert shapely.area(dense)[0] == pytest.approx(shapely.area(plane)[0], rel=1e-12)


def test_one_more_node_on_a_long_grid_edge_matters_only_when_not_densified() -> None:
    """Why faces are densified: a node in the middle of 10 km of straight grid edge moves the statutory area by 0.49 ha."""
    corners = [(360_000, 2_940_000), (370_000, 2_940_000), (370_000, 2_950_000), (360_000, 2_950_000)]
    plain, noded = shapely.Polygon(corners), shapely.Polygon([corners[0], (365_000, 2_940_000), *corners[1:]])
    back = transform(4545, 4490)
    coarse = polygon_areas(back.geometries(np.array([plain, noded], dtype=object)))
    fine = polygon_areas(back.geometries(densify(np.array([plain, noded], dtype=object))))
    assert abs(coarse[0] - coarse[1]) == pytest.approx(4900, rel=0.02)
    assert abs(fine[0] - fine[1]) < 0.01
