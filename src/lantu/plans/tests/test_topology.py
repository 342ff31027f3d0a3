"""Changes of patches: nothing is lost, nothing overlaps, borders stay common."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.plans import topology

points = st.tuples(st.integers(0, 4000), st.integers(0, 4000))
triangles = st.tuples(points, points, points).map(shapely.Polygon).filter(lambda one: one.is_valid and one.area > 1000)
SQUARE = shapely.box(0, 0, 4000, 4000)


@given(shapes=st.lists(triangles, min_size=2, max_size=5))
@settings(max_examples=60)
def test_what_is_cut_away_overlaps_nothing_and_loses_nothing(shapes: list[shapely.Polygon]) -> None:
    new, *others = shapes
    left = topology.cut_away(new, others)
    for piece in left:
        assert (shapely.get_coordinates(piece) % 1 == 0).all()
        for other in others:
            assert shapely.intersection(piece, other).area <= 2 * (piece.length + other.length)  # rounding, 0.1 mm wide
    rest = shapely.difference(new, shapely.union_all(others)).area
    assert abs(sum(piece.area for piece in left) - rest) <= 2 * new.length + 10


@given(a=st.integers(1, 3999), b=st.integers(1, 3999))
@settings(max_examples=60)
def test_split_and_merge_undo_one_another(a: int, b: int) -> None:
    pieces = topology.split(SQUARE, shapely.LineString([(a, -50), (b, 4050)]))
    assert len(pieces) == 2
    assert abs(sum(piece.area for piece in pieces) - SQUARE.area) < 1e-6
    first, second = (topology.with_nodes_of(one, [other]) for one, other in (pieces, pieces[::-1]))
    assert shapely.coverage_is_valid([first, second])
    merged = topology.merge([first, second])
    assert shapely.symmetric_difference(merged, SQUARE).area < 4000


def test_a_line_that_does_not_go_through_and_patches_that_do_not_touch_are_refused() -> None:
    with pytest.raises(topology.CannotBe, match="not-crossing"):
        topology.split(SQUARE, shapely.LineString([(100, 100), (200, 200)]))
    with pytest.raises(topology.CannotBe, match="not-touching"):
        topology.merge([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    with pytest.raises(topology.CannotBe, match="not-touching"):
        topology.merge([shapely.box(0, 0, 10, 10), shapely.box(10, 10, 30, 30)])  # by a corner only


def test_a_node_on_a_neighbours_border_is_put_into_it() -> None:
    wide = shapely.Polygon([(0, 0), (1000, 0), (1003, 1000), (0, 1000)])
    beside = shapely.Polygon([(1000, 0), (2000, 0), (2000, 500), (1002, 500)])  # 0.5 units off the straight line
    noded = topology.with_nodes_of(wide, [beside])
    assert (1002.0, 500.0) in shapely.get_coordinates(noded).tolist() or [1002.0, 500.0] in shapely.get_coordinates(noded).tolist()
    assert shapely.coverage_is_valid([noded, beside])


def test_the_neighbour_with_the_longest_common_border_is_chosen() -> None:
    piece = shapely.box(0, 0, 100, 10)
    around = [shapely.box(100, 0, 200, 10), shapely.box(0, 10, 60, 50), shapely.box(0, -50, 100, 0), shapely.box(500, 0, 600, 10)]
    assert topology.longest_neighbour(piece, around) == 2
    assert topology.longest_neighbour(piece, [around[3], shapely.box(100, 10, 150, 20)]) is None


def test_spikes_go_and_the_rest_stays() -> None:
    spiked = shapely.Polygon([(0, 0), (1000, 0), (1000, 500), (5000, 502), (1000, 504), (1000, 1000), (0, 1000)])
    mended = topology.without_spikes(spiked, 1.0)
    assert abs(mended.area - 1_000_000) < 1
    assert topology.without_spikes(SQUARE, 1.0).equals(SQUARE)
    needle = shapely.Polygon([(0, 0), (5000, 1), (5000, 2)])
    with pytest.raises(topology.CannotBe, match="nothing-left"):
        topology.without_spikes(needle, 1.0)
    assert np.isfinite(mended.bounds).all()
