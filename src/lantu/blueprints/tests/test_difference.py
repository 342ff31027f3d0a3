"""Two partitions compared: exactly the ground on which a layer says something else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.blueprints.fusion.difference import NOTHING, Side, difference, face_hashes, region_areas, said_of
from lantu.blueprints.tests.plane import Box, PlaneFrame, rings, shapes
from lantu.planar.convert import Grid
from lantu.planar.oracle import ShapelyEngine

Layer = Sequence[tuple[int, Box]]
"""What each patch says, and its box."""


def side(layers: Sequence[Layer], overlaps: dict[frozenset[int], int]) -> Side:
    faces = ShapelyEngine().overlay([rings([box for _said, box in layer]) for layer in layers])
    said = np.stack([said_of(faces, n, [number for number, _box in layer], overlaps) for n, layer in enumerate(layers)], axis=1)
    return Side(faces, said, np.full(len(faces), NOTHING), np.full((len(faces), len(layers)), NOTHING))


def compared(before: Sequence[Layer], after: Sequence[Layer]) -> dict[tuple[int, int, int], float]:
    """(layer, before, after) → changed area."""
    overlaps: dict[frozenset[int], int] = {}
    found = difference(side(before, overlaps), side(after, overlaps), ShapelyEngine())
    result: dict[tuple[int, int, int], float] = {}
    for moved in found.moved:
        for at, area in enumerate(region_areas(moved.regions, PlaneFrame())):
            key = (moved.layer, int(moved.before[at]), int(moved.after[at]))
            result[key] = result.get(key, 0.0) + float(area)
    return result


BASE: Layer = [(1, (0, 0, 100, 100)), (2, (100, 0, 200, 100))]


def test_equal_partitions_have_no_difference_and_overlay_nothing() -> None:
    class Never(ShapelyEngine):
        def overlay(self, *_args: object, **_more: object) -> None:  # type: ignore[override]
            raise AssertionError

    one = side([BASE], {})
    found = difference(one, side([BASE], {}), Never())
    assert (found.same, found.gone, found.new, found.moved) == (2, 0, 0, [])


def test_class_changed_on_part_of_a_patch_is_that_part() -> None:
    after: Layer = [(1, (0, 0, 60, 100)), (2, (60, 0, 200, 100))]
    assert compared([BASE], [after]) == {(0, 1, 2): 4000.0}


def test_patch_that_goes_and_patch_that_comes() -> None:
    assert compared([BASE], [[BASE[0]]]) == {(0, 2, NOTHING): 10_000.0}
    assert compared([[BASE[0]]], [BASE]) == {(0, NOTHING, 2): 10_000.0}


def test_lines_of_another_layer_alone_change_nothing() -> None:
    cut: Layer = [(5, (0, 0, 200, 30)), (5, (0, 30, 200, 100))]
    whole: Layer = [(5, (0, 0, 200, 100))]
    assert compared([BASE, whole], [BASE, cut]) == {}


def test_only_faces_that_differ_are_overlaid() -> None:
    far: Layer = [(1, (k * 1000, 0, k * 1000 + 100, 100)) for k in range(50)]
    after = [*far[:-1], (2, far[-1][1])]
    found = difference(side([far], {}), side([after], {}), ShapelyEngine())
    assert (found.same, found.gone, found.new) == (49, 1, 1)


def test_overlapping_patches_say_all_they_say() -> None:
    overlaps: dict[frozenset[int], int] = {}
    both: Layer = [(1, (0, 0, 100, 100)), (2, (50, 0, 150, 100))]
    one = side([both], overlaps)
    assert overlaps == {frozenset((1, 2)): -2}
    assert sorted(one.said[:, 0].tolist()) == [-2, 1, 2]
    same_class: Layer = [(1, (0, 0, 100, 100)), (1, (50, 0, 150, 100))]
    assert set(side([same_class], {}).said[:, 0].tolist()) == {1}


def test_hash_tells_ring_order_labels_and_holes_apart() -> None:
    shells = [side([[(1, (0, 0, 100, 100))]], {}), side([[(2, (0, 0, 100, 100))]], {}), side([[(1, (0, 0, 100, 101))]], {})]
    assert len({int(face_hashes(one)[0]) for one in shells}) == 3


boxes = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)).map(
    lambda b: (b[0] * 10, b[1] * 10, (b[0] + b[2]) * 10, (b[1] + b[3]) * 10)
)
layers = st.lists(st.tuples(st.integers(0, 2), boxes), max_size=4)


def spoken(layer: Layer, x: float, y: float) -> frozenset[int]:
    point = shapely.Point(x, y)
    return frozenset(said for (said, _box), shape in zip(layer, shapes([box for _s, box in layer]), strict=True) if shape.contains(point))


@settings(max_examples=40, deadline=None)
@given(st.lists(layers, min_size=2, max_size=2), st.lists(layers, min_size=2, max_size=2))
def test_difference_is_what_counting_cells_gives(before: list[Layer], after: list[Layer]) -> None:
    expected: dict[tuple[int, frozenset[int], frozenset[int]], float] = {}
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        for x in range(5, 110, 10):
            for y in range(5, 110, 10):
                said = spoken(old, x, y), spoken(new, x, y)
                if said[0] != said[1]:
                    expected[number, *said] = expected.get((number, *said), 0.0) + 100.0
    overlaps: dict[frozenset[int], int] = {}
    sides = [side(before, overlaps), side(after, overlaps)]
    found = difference(sides[0], sides[1], ShapelyEngine())
    sets = {number: told for told, number in overlaps.items()} | {NOTHING: frozenset()}
    result: dict[tuple[int, frozenset[int], frozenset[int]], float] = {}
    for moved in found.moved:
        outlines = moved.regions.to_shapely(Grid(size=1.0))
        for at, shape in enumerate(outlines):
            told = [sets.get(int(one), frozenset((int(one),))) for one in (moved.before[at], moved.after[at])]
            key = (moved.layer, told[0], told[1])
            result[key] = result.get(key, 0.0) + shape.area
    assert result == expected
