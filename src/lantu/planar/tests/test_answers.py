from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.arcs import find_arcs
from lantu.planar.components import components, group
from lantu.planar.convert import faces_to_shapely
from lantu.planar.dissolve import dissolve
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.quality import perimeters, quality
from lantu.planar.tests.cases import UNIT, layer, layers, square
from lantu.planar.zones import covered_by, zones

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
    some, large = dissolve(faces, np.minimum(key, 0), least_area2=20), zones(faces, key >= 0, 20)
    assert (some.of_face == large.of_face).all() and (some.area2 == large.area2).all()
    assert shapely.equals(some.to_shapely(UNIT), dissolve(faces, large.of_face).to_shapely(UNIT)).all()


@settings(max_examples=100, deadline=None)
@given(layers(0, 12), st.integers(1, 4))
def test_arcs_are_what_two_faces_have_in_common(given: list[RingLayer], keys: int) -> None:
    faces = ShapelyEngine().overlay(given)
    arcs, face_of = find_arcs(faces, 1), faces.face_of_vertex()
    assert arcs.start[0] == 0 and arcs.start[-1] == len(faces.xy) and (np.diff(arcs.start) > 0).all()
    for arc, (after, twin, other, _x, _y) in enumerate(arcs.link.tolist()):
        rows = np.arange(arcs.start[arc], arcs.start[arc + 1])
        assert set(face_of[rows].tolist()) == {arcs.face[arc]}
        assert faces.next_vertex()[rows[-1]] == arcs.start[after]
        if twin < 0:
            assert (faces.twin[rows] < 0).all() and other == -1
        else:
            assert faces.twin[rows].tolist() == list(range(arcs.start[twin + 1] - 1, arcs.start[twin] - 1, -1))
            assert arcs.link[twin, 1] == arc and other == arcs.face[twin]
    key = (np.arange(len(faces)) * 7919) % (keys + 1) - 1
    for threads in (1, 3):
        one, other_way = dissolve(faces, key, arcs=arcs, threads=threads), dissolve(faces, key)
        assert all((getattr(one, name) == getattr(other_way, name)).all() for name in ("xy", "ring_start", "region_start", "key", "area2"))


def test_zones_are_parts_of_a_mask_that_are_large_enough() -> None:
    faces = ShapelyEngine().overlay([CHESS])
    black = covered_by(faces, 0, [True, False, False, True, False])
    found = zones(faces, black)
    # the small square lies on the first one: where they overlap, one chosen patch is enough
    assert sorted(found.area2.tolist()) == [200, 200]
    assert zones(faces, black, 201).area2.tolist() == [] and set(zones(faces, black, 201).of_face.tolist()) == {-1}
    assert zones(faces, np.ones(len(faces))).area2.tolist() == [800]


def test_gaps_overlaps_and_slivers_of_a_layer_are_read_from_its_faces() -> None:
    ring = [square(0, 0, 100), square(40, 40, 20)]
    faces = ShapelyEngine().overlay([layer(ring, [square(90, 0, 50)], [[(0, 100), (100, 100), (100, 101), (0, 101)]])])
    found = quality(faces, 0, narrow=5.0)
    assert (found.gaps.area2.tolist(), found.gaps.perimeter.tolist(), found.gaps.width.tolist()) == ([800], [80.0], [10.0])
    assert (found.overlaps.area2.tolist(), found.overlaps.perimeter.tolist()) == ([1000], [120.0])
    assert [faces.patches(face, 0) for face in found.slivers.tolist()] == [(2,)]
    assert len(quality(faces, 0, 5.0, within=np.zeros(len(faces))).gaps) == 0


@settings(max_examples=40, deadline=None)
@given(layers(0, 12))
def test_perimeters_are_those_of_the_polygons(given: list[RingLayer]) -> None:
    faces = ShapelyEngine().overlay(given)
    np.testing.assert_allclose(perimeters(faces), shapely.length(faces_to_shapely(faces, UNIT)), rtol=1e-12)
    found = quality(faces, 0, 1.0)
    for parts in (found.gaps, found.overlaps):
        united = [shapely.union_all(faces_to_shapely(faces, UNIT, np.flatnonzero(parts.of_face == k))) for k in range(len(parts))]
        np.testing.assert_allclose(parts.perimeter, shapely.length(united), rtol=1e-9)
