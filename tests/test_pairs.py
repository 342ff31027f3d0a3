"""Every pair of patches that only the kernel or only GEOS finds has a reason."""

from __future__ import annotations

from benchmarks.made_city import made_city
from benchmarks.pairs import BELOW, INVALID, UNEXPLAINED, differences
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import Faces, RingLayer
from lantu.planar.tests.cases import layer, square

ENGINE = PlanarEngine(threads=1)


def told(left: RingLayer, right: RingLayer, faces: Faces | None = None) -> set[tuple[str, int, int, str]]:
    _counts, found = differences([left, right], faces or ENGINE.overlay([left, right]))
    return {(one.kind, one.first, one.second, one.reason) for one in found}


def test_the_pairs_of_a_small_city_are_those_of_geos_but_for_what_is_explained() -> None:
    layers = made_city(1500, 2)
    counts, found = differences(layers, ENGINE.overlay(layers))
    assert counts["both"] > 5000
    assert [one for one in found if one.reason == UNEXPLAINED] == []


def test_a_part_thinner_than_the_grid_is_missing_below_the_grid() -> None:
    # the hypotenuse runs past the corner of the other patch by a third of a grid unit
    left, right = layer([[(0, 0), (3000, 0), (0, 1000)]]), layer([[(1501, 500), (4000, 500), (4000, 4000), (1501, 4000)]])
    thin = layer([[(1499, 500), (4000, 500), (4000, 4000), (1499, 4000)]])
    assert told(left, right) == set()
    assert told(left, thin) <= {("missing", 0, 0, BELOW)}


def test_a_ring_that_crosses_itself_explains_another_area() -> None:
    # even-odd leaves out what is wound around twice
    star = layer([[(0, 0), (100_000, 80_000), (0, 80_000), (100_000, 0), (50_000, 120_000)]])
    assert told(star, layer([square(-10_000, -10_000, 300_000)])) <= {("area", 0, 0, INVALID)}


def test_what_the_kernel_would_lose_or_invent_is_not_explained() -> None:
    left, right = layer([square(0, 0, 100_000)]), layer([square(50_000, 50_000, 100_000)])
    elsewhere = layer([square(200_000, 0, 1000)])
    lost, whole = ENGINE.overlay([left, elsewhere]), ENGINE.overlay([left, right])
    assert told(left, right, lost) == {("missing", 0, 0, UNEXPLAINED)}
    assert told(left, elsewhere, whole) == {("extra", 0, 0, UNEXPLAINED)}
    assert told(left, layer([square(50_000, 50_000, 60_000)]), whole) == set()
    assert told(left, layer([square(40_000, 50_000, 60_000)]), whole) == {("area", 0, 0, UNEXPLAINED)}
