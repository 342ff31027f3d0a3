from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.components import components, group
from lantu.planar.convert import faces_to_shapely
from lantu.planar.dissolve import dissolve
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.tests.cases import UNIT, layer, layers, square

CHESS = layer([square(0, 0, 10)], [square(10, 0, 10)], [square(0, 10, 10)], [square(10, 10, 10)], [square(4, 4, 2)])


def test_parts_are_joined_by_edges_and_not_by_single_points() -> None:
    faces = ShapelyEngine().overlay([CHESS])
    corners = [faces.patches(face, 0)[0] for face in range(len(faces))]
    key = [0 if patch in (0, 3) else 1 for patch in corners]
    assert len(set(components(faces, key)[np.array(key) == 0])) == 2
    assert components(faces, np.full(len(faces), -1)).tolist() == [-1] * len(faces)
    assert set(components(faces, np.zeros(len(faces), int)).tolist()) == {0}


def test_equal_rows_get_equal_keys() -> None:
    assert group([3, 1, 3], [5, 5, 5]).tolist() == [1, 0, 1]


def test_dissolving_everything_leaves_one_outline_with_its_hole() -> None:
    faces = ShapelyEngine().overlay([layer([square(0, 0, 10)], [square(10, 0, 10), square(12, 2, 3)])])
    regions = dissolve(faces, np.where(faces.label[:, 0] >= 0, 7, -1))
    assert (len(regions), regions.key.tolist(), regions.area2.tolist()) == (1, [7], [2 * (200 - 9)])
    assert np.diff(regions.ring_start).tolist() == [6, 4]


@settings(max_examples=100, deadline=None)
@given(layers(0, 12), st.integers(1, 4))
def test_dissolve_equals_the_union_of_the_faces_of_each_part(given: list[RingLayer], keys: int) -> None:
    faces = ShapelyEngine().overlay(given)
    key = (np.arange(len(faces)) * 7919) % (keys + 1) - 1
    regions = dissolve(faces, key)
    polygons, united = faces_to_shapely(faces, UNIT), regions.to_shapely(UNIT)
    assert shapely.is_valid(united).all()
    assert (regions.of_face == components(faces, key)).all()
    for number, region in enumerate(united):
        assert shapely.equals(region, shapely.union_all(polygons[regions.of_face == number]))
        assert region.area * 2 == regions.area2[number]
