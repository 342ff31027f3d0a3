from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.areas import Areas, areas_of, box_tree, boxes_of, shapes_of
from lantu.planar.convert import faces_to_shapely
from lantu.planar.engine import PlanarEngine
from lantu.planar.levels import thinned
from lantu.planar.model import RingLayer
from lantu.planar.tests.cases import UNIT, layers

ENGINE = PlanarEngine(threads=1)


def columns(shapes: np.ndarray) -> Areas:
    found = areas_of(shapes)
    assert found is not None
    return found


def everything(areas: Areas) -> np.ndarray:
    return shapes_of(areas, np.arange(len(areas)))


def no_new_meetings(before: np.ndarray, after: np.ndarray) -> None:
    """Areas are valid, none covers another, and nothing is where nothing was near."""
    assert shapely.is_valid(after).all()
    a, b = shapely.STRtree(after).query(after, predicate="intersects")
    pairs = a < b
    assert (shapely.area(shapely.intersection(after[a[pairs]], after[b[pairs]])) == 0).all()


@settings(max_examples=80, deadline=None)
@given(layers(0, 40), st.sampled_from([0.0, 1.0, 3.0, 8.0, 30.0]), st.sampled_from([0.0, 2.0, 10.0]), st.integers(0, 5))
def test_thinned_areas_stay_valid_and_apart(given: list[RingLayer], tolerance: float, least: float, turn: int) -> None:
    shapes = faces_to_shapely(ENGINE.overlay(given), UNIT)
    areas = columns(shapes)
    thin = thinned(areas, tolerance, least, threads=1)
    after = everything(thin)
    no_new_meetings(shapes, after)
    assert len(after) == len(shapes)
    if tolerance == least == 0:
        assert shapely.equals(after, shapes).all()
    # neither the order of the shapes nor threads change what becomes of a shape
    order = np.roll(np.arange(len(shapes)), turn)
    again = everything(thinned(columns(shapes[order]), tolerance, least, threads=3))
    assert shapely.equals(again, after[order]).all()


def test_an_island_goes_together_with_its_hole() -> None:
    island = shapely.Point(50, 50).buffer(3)
    lake = shapely.box(0, 0, 100, 100).difference(island)
    thin = thinned(columns(np.array([lake, island])), 10.0, 0.0)
    assert shapely.equals(everything(thin)[0], shapely.box(0, 0, 100, 100)) and np.diff(thin.shape_start).tolist() == [1, 0]
    kept = thinned(columns(np.array([lake, island])), 3.0, 0.0)
    assert shapely.coverage_is_valid(everything(kept)) and np.diff(kept.shape_start).tolist() == [2, 1]


def test_what_lies_between_two_arcs_that_become_one_vanishes() -> None:
    sliver = shapely.Polygon([(0, 50), (50, 50.5), (100, 50), (50, 49.5)])
    north = shapely.Polygon([(0, 50), (50, 50.5), (100, 50), (100, 100), (0, 100)])
    south = shapely.Polygon([(0, 50), (50, 49.5), (100, 50), (100, 0), (0, 0)])
    after = everything(thinned(columns(np.array([north, sliver, south])), 10.0, 0.0))
    assert shapely.equals(after[0], shapely.box(0, 50, 100, 100)) and shapely.equals(after[2], shapely.box(0, 0, 100, 50))
    assert after[1].is_empty


def test_a_point_in_the_way_keeps_a_bend() -> None:
    bend = shapely.Polygon([(0, 0), (10, 0), (10, 10), (5, 4), (0, 10)])
    speck = shapely.box(4.9, 5, 5.1, 5.2)
    assert shapely.get_num_coordinates(everything(thinned(columns(np.array([bend])), 6.0, 0.0)))[0] < 6
    after = everything(thinned(columns(np.array([bend, speck])), 6.0, 0.0))
    assert not shapely.intersects(after[0], after[1]) or after[1].is_empty


def test_far_outliers_and_columns_of_equal_x_cost_no_more() -> None:
    near = [shapely.box(0, i, 1, i + 1) for i in range(9000)]
    shapes = np.array([*near, shapely.box(1e9, 1e9, 1e9 + 5, 1e9 + 5)])
    after = everything(thinned(columns(shapes), 0.1, 0.0))
    assert shapely.equals(after, shapes).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 4), max_size=40), st.tuples(*[st.integers(-2, 32)] * 4))
def test_a_tree_gives_the_boxes_that_meet_a_window(given: list[tuple[int, ...]], window: tuple[int, ...]) -> None:
    box = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in given], dtype=float).reshape(-1, 4)
    west, south, east, north = min(window[::2]), min(window[1::2]), max(window[::2]), max(window[1::2])
    meets = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
    assert box_tree(box).within((west, south, east, north)).tolist() == np.flatnonzero(meets).tolist()


@settings(max_examples=60, deadline=None)
@given(layers(0, 30))
def test_columns_become_the_shapes_again(given: list[RingLayer]) -> None:
    shapes = faces_to_shapely(ENGINE.overlay(given), UNIT)
    several = np.array([shapely.MultiPolygon(list(shapes[k::3])) for k in range(3)] + [shapely.Polygon(), *shapes], dtype=object)
    areas = columns(several)
    assert shapely.equals_exact(everything(areas), several).all() or shapely.equals(everything(areas), several).all()
    box = boxes_of(areas)
    filled = ~shapely.is_empty(several)
    assert (box[filled] == shapely.bounds(several[filled])).all() and (box[~filled, 0] > box[~filled, 2]).all()
    assert len(box_tree(box).within((-2000.0, -2000.0, 2000.0, 2000.0))) == filled.sum()


@pytest.mark.parametrize("turn", [0, 3])
def test_a_lone_ring_is_thinned_alike_wherever_it_begins(turn: int) -> None:
    ring = np.array([(np.cos(t) * 10, np.sin(t) * 7) for t in np.linspace(0, 6, 40)])
    one = everything(thinned(columns(np.array([shapely.Polygon(ring)])), 2.0, 0.0))[0]
    other = everything(thinned(columns(np.array([shapely.Polygon(np.roll(ring, turn, axis=0)[::-1])])), 2.0, 0.0))[0]
    assert one.equals(other) and 3 < shapely.get_num_coordinates(one) < 30
