"""Scale-derived tolerances."""

from __future__ import annotations

import numpy as np
import pytest

from lantu.blueprints.fusion.slivers import SliverLimits, measure


@pytest.mark.parametrize(("scale", "area"), [(10_000, 400.0), (5_000, 100.0), (2_000, 16.0), (1_000, 4.0)])
def test_minimum_area_is_four_square_millimetres_of_the_map(scale: int, area: float) -> None:
    assert SliverLimits().min_area_m2(scale) == pytest.approx(area)


def test_strip_below_two_metres_at_ten_thousand_is_a_sliver_and_a_compact_small_patch_too() -> None:
    # 1 000 × 1.9 m, 1 000 × 2.1 m, 19 × 19 m, 21 × 21 m
    width, length = np.array([1.9, 2.1, 19.0, 21.0]), np.array([1000.0, 1000.0, 19.0, 21.0])
    shape = measure(width * length, 2 * (width + length), np.full(4, 10_000.0), SliverLimits())
    assert shape.narrow.tolist() == [True, False, False, False]
    assert shape.small.tolist() == [False, False, True, False]
    assert shape.sliver.tolist() == [True, False, True, False]


def test_strip_below_a_centimetre_is_noise_and_no_sliver() -> None:
    shape = measure(np.array([0.009 * 1000]), np.array([2000.018]), np.array([500.0]), SliverLimits())
    assert shape.noise.tolist() == [True]
    assert shape.sliver.tolist() == [False]
