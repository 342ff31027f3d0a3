from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from lantu.planar.errors import PlanarError
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.tests.cases import ANY_LAYERS, check_invariants, layer, same_faces, square


def areas(*given: RingLayer) -> dict[tuple[tuple[int, ...], ...], int]:
    """Twice the area by label sets."""
    faces = ShapelyEngine().overlay(given)
    found: dict[tuple[tuple[int, ...], ...], int] = {}
    for face in range(len(faces)):
        key = tuple(faces.patches(face, number) for number in range(len(given)))
        found[key] = found.get(key, 0) + int(faces.area2[face])
    return found


@settings(max_examples=80, deadline=None)
@given(ANY_LAYERS)
def test_every_partition_keeps_the_invariants(given: list[RingLayer]) -> None:
    check_invariants(ShapelyEngine().overlay(given), given)


def test_two_squares_make_three_faces_with_the_labels_of_both_layers() -> None:
    assert areas(layer([square(0, 0, 10)]), layer([square(5, 5, 10)])) == {((0,), ()): 150, ((0,), (0,)): 50, ((), (0,)): 150}


def test_a_patch_over_another_of_its_layer_gives_a_set_of_labels() -> None:
    assert areas(layer([square(0, 0, 10)], [square(5, 0, 10)])) == {((0,),): 100, ((0, 1),): 100, ((1,),): 100}


def test_islands_in_holes_in_islands_keep_their_own_labels() -> None:
    nested = layer([square(0, 0, 100), square(10, 10, 80), square(20, 20, 60)], [square(30, 30, 40), square(40, 40, 20)])
    faces = ShapelyEngine().overlay([nested])
    assert areas(nested) == {((0,),): 2 * (10000 - 6400 + 3600 - 1600 + 400), ((),): 2 * (6400 - 3600), ((0, 1),): 2 * (1600 - 400)}
    assert len(faces) == 5


def test_an_enclosed_gap_is_a_face_without_a_patch() -> None:
    assert areas(layer([square(0, 0, 30), square(10, 10, 10)])) == {((0,),): 1600, ((),): 200}


def test_a_bow_tie_is_filled_by_the_even_odd_rule() -> None:
    assert areas(layer([[(0, 0), (10, 10), (10, 0), (0, 10)]])) == {((0,),): 100}


def test_zero_area_rings_and_doubled_patches_leave_no_edge() -> None:
    assert areas(layer([[(0, 0), (10, 0)]], [square(0, 0, 9), square(0, 0, 9)], [[(3, 3)]])) == {}


def test_needle_thinner_than_a_pixel_collapses_without_a_trace() -> None:
    assert areas(layer([square(0, 0, 10)], [[(0, 20), (100, 21), (50, 20)]])) == {((0,),): 200}


def test_the_order_of_patches_rings_and_layers_changes_labels_only() -> None:
    first, second = layer([square(0, 0, 10)], [square(7, 3, 9)]), layer([[(1, 1), (30, 4), (2, 25)]])
    turned = layer([list(reversed(square(7, 3, 9)))], [square(0, 0, 10)[2:] + square(0, 0, 10)[:2]])
    a, b = ShapelyEngine().overlay([first, second]), ShapelyEngine().overlay([second, turned])
    np.testing.assert_array_equal(a.xy, b.xy)
    np.testing.assert_array_equal(a.label[:, 1], b.label[:, 0])


def test_shifting_the_layers_shifts_the_faces_and_nothing_else() -> None:
    base = layer([[(0, 0), (97, 31), (12, 88)]], [[(5, 50), (90, 7), (60, 90)]])
    far = RingLayer(base.xy + 2**51, base.ring_start, base.patch_start)
    a, b = ShapelyEngine().overlay([base]), ShapelyEngine().overlay([far])
    same_faces(a, type(a)(b.xy - 2**51, *(getattr(b, name) for name in a.__dataclass_fields__ if name != "xy")))


def test_nothing_in_gives_nothing_out() -> None:
    assert len(ShapelyEngine().overlay([])) == 0
    assert ShapelyEngine().overlay([layer(), layer([])]).label.shape == (0, 2)


@pytest.mark.parametrize(
    ("wrong", "what", "place"),
    [
        (layer([square(0, 0, 5)], [square(2**52, 0, 5)]), "out_of_range", (1, 1)),
        (layer([square(0, 0, 5)], [square(3, 3, 5)], [square(2**31, 0, 5)]), "extent", (1, 2)),
        (RingLayer(np.zeros((3, 2)), np.array([0, 3]), np.array([0, 1])), "dtype", (1, None)),  # type: ignore[arg-type]
        (RingLayer(np.zeros((3, 2), np.int64), np.array([0, 4]), np.array([0, 1])), "offsets", (1, None)),
    ],
)
def test_input_that_cannot_be_overlaid_is_refused_with_its_place(wrong: RingLayer, what: str, place: tuple[int, int | None]) -> None:
    with pytest.raises(PlanarError) as caught:
        ShapelyEngine().overlay([layer([square(0, 0, 5)]), wrong])
    assert (caught.value.what, caught.value.layer, caught.value.patch) == (what, *place)
