from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lantu.planar.engine import PlanarEngine
from lantu.planar.errors import PlanarError
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.tests.cases import ANY_LAYERS, check_invariants, layer, same_faces, square

NESTED = [layer([square(0, 0, 100), square(10, 10, 80), square(20, 20, 60)], [square(30, 30, 40), square(40, 40, 20)])]


@settings(max_examples=120, deadline=None)
@given(ANY_LAYERS, st.sampled_from([100_000, 9, 2]))
@example(NESTED, 2)
def test_the_kernel_equals_the_oracle_to_the_last_integer(given: list[RingLayer], tile_vertices: int) -> None:
    faces = PlanarEngine(threads=1, tile_vertices=tile_vertices).overlay(given)
    same_faces(faces, ShapelyEngine().overlay(given))
    check_invariants(faces, given)


@settings(max_examples=30, deadline=None)
@given(ANY_LAYERS, st.randoms(use_true_random=False))
def test_tiles_threads_and_the_order_of_patches_do_not_change_the_faces(given: list[RingLayer], random: object) -> None:
    first = PlanarEngine(threads=1).overlay(given)
    for threads, tile_vertices in ((1, 3), (2, 7), (3, 50)):
        same_faces(first, PlanarEngine(threads, tile_vertices).overlay(given))
    same_faces(first, PlanarEngine(2, 7, shelve_above=-1).overlay(given))
    back = PlanarEngine(threads=1, tile_vertices=5).overlay([_reversed(one) for one in reversed(given)])
    np.testing.assert_array_equal(first.xy, back.xy)
    for face in range(len(first)):
        for number, one in enumerate(given):
            turned = {len(one) - 1 - patch for patch in back.patches(face, len(given) - 1 - number)}
            assert set(first.patches(face, number)) == turned


def _reversed(one: RingLayer) -> RingLayer:
    """Patches, rings and vertices in the opposite order."""
    rings = [one.xy[a:b][::-1] for a, b in zip(one.ring_start[:-1], one.ring_start[1:], strict=True)][::-1]
    count, per_patch = [len(ring) for ring in rings], np.diff(one.patch_start)[::-1]
    return RingLayer(
        np.ascontiguousarray(np.concatenate([*rings, np.empty((0, 2), np.int64)])),
        np.cumsum([0, *count], dtype=np.int64),
        np.cumsum([0, *per_patch], dtype=np.int64),
    )


def _random_coverage(cells: int, seed: int, size: int) -> RingLayer:
    """A grid of crooked quadrilaterals with shared arcs, some thrown out, some shifted over their neighbours, some turned inside out."""
    random = np.random.default_rng(seed)
    step = size // cells
    node = np.stack(np.meshgrid(np.arange(cells + 1), np.arange(cells + 1), indexing="ij"), axis=-1) * step
    node = node + random.integers(-step // 3, step // 3 + 1, node.shape)
    patches = []
    for i in range(cells):
        for j in range(cells):
            ring = [tuple(node[i + a, j + b].tolist()) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
            kind = random.random()
            if kind < 0.05:
                continue
            if kind < 0.1:
                ring = [(x + step // 5, y) for x, y in ring]
            elif kind < 0.15:
                ring[1], ring[2] = ring[2], ring[1]
            x, y = (int(v) for v in node[i, j] + step // 2)
            patches.append([ring, square(x, y, 2)] if kind > 0.9 else [ring])
    return layer(*patches)


@pytest.mark.parametrize(("cells", "size"), [(6, 60), (12, 12_000), (12, 2**31 - 2**28), (25, 100_000)])
@pytest.mark.parametrize("seed", range(3))
def test_coverages_with_faults_equal_the_oracle(cells: int, size: int, seed: int) -> None:
    given = [_random_coverage(cells, seed * 10 + k, size) for k in range(3)]
    faces = PlanarEngine(threads=2, tile_vertices=200).overlay(given)
    same_faces(faces, ShapelyEngine().overlay(given))


def test_a_polygon_of_many_vertices_runs_through_many_tiles() -> None:
    angle = np.linspace(0, 40 * np.pi, 30_000, endpoint=False)
    radius = 200_000 + 1000 * angle
    out = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    ring = np.concatenate([out, (out * 0.999)[::-1]]).round().astype(np.int64)
    given = [RingLayer(ring, np.array([0, len(ring)]), np.array([0, 1])), layer([square(-300_000, -300_000, 500_000)])]
    faces = PlanarEngine(threads=2, tile_vertices=500).overlay(given)
    same_faces(faces, ShapelyEngine().overlay(given))


def test_a_hub_of_hundreds_of_edges_is_sorted_exactly() -> None:
    far = 2**30 - 3
    spokes = [[(0, 0), (far, k * 1000), (far, k * 1000 + 500)] for k in range(-150, 150)]
    given = [layer(*[[ring] for ring in spokes])]
    same_faces(PlanarEngine(threads=1, tile_vertices=50).overlay(given), ShapelyEngine().overlay(given))


def test_nothing_in_gives_nothing_out() -> None:
    engine = PlanarEngine(threads=1)
    given: Sequence[Sequence[RingLayer]] = ([], [layer()], [layer([]), layer([[(3, 3)], [(1, 1), (5, 5)]])])
    for layers in given:
        faces = engine.overlay(layers)
        assert (len(faces), faces.label.shape) == (0, (0, len(layers)))


def test_a_run_can_be_cancelled_between_tiles() -> None:
    class Stop(Exception):
        pass

    def tell(share: float, step: str) -> None:
        if step == "faces":
            raise Stop

    with pytest.raises(Stop):
        PlanarEngine(threads=2).overlay(NESTED, tell)


def test_progress_rises_to_the_end() -> None:
    shares: list[float] = []
    PlanarEngine(threads=2, tile_vertices=4).overlay(NESTED, lambda share, step: shares.append(share))
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_layers_too_far_apart_are_refused_with_the_patch_that_strays() -> None:
    with pytest.raises(PlanarError, match="layer 1, patch 0"):
        PlanarEngine(threads=1).overlay([layer([square(0, 0, 5)], [square(9, 9, 5)]), layer([square(2**33, 0, 5)])])
