"""Why this area: the four numbers of one patch."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from lantu.geodesy.area import polygon_area
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


def test_a_straight_grid_edge_needs_nodes_for_its_area_in_degrees() -> None:
    """Why faces are densified: the straight grid edges of a 10 km triangle are not straight in degrees."""
    triangle = np.array([shapely.Polygon([(360_000, 2_940_000), (370_000, 2_940_000), (365_000, 2_945_000)])], dtype=object)
    coarse, fine = (polygon_area(transform(4545, 4490).geometries(shapes)[0]) for shapes in (triangle, densify(triangle)))
    assert 100 < abs(coarse - fine) < 10_000
