"""Inputs that break overlay programs: the kernel must equal the oracle on each of them, and end."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lantu.planar.engine import PlanarEngine
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.tests.cases import check_invariants, layer, same_faces, square

Ring = list[tuple[int, int]]
LATTICES = st.sampled_from(
    [((1, 0), (0, 1)), ((97, 31), (-29, 83)), ((10_007, 3), (5, 9_999)), ((2**26, 2**25 + 1), (-(2**25), 2**26 - 3))]
)


@st.composite
def boxes_on_a_lattice(draw: st.DrawFn) -> list[RingLayer]:
    """Parallelograms along the same few oblique lines: collinear overlaps, T-junctions, doubles, patches within patches."""
    (ux, uy), (vx, vy) = draw(LATTICES)

    def ring() -> Ring:
        a, b = draw(st.integers(0, 5)), draw(st.integers(0, 5))
        c, d = draw(st.integers(a, 6)), draw(st.integers(b, 6))
        corners = [(a, b), (c, b), (c, d), (a, d)]
        if draw(st.booleans()):
            corners.reverse()
        return [(i * ux + j * vx, i * uy + j * vy) for i, j in corners]

    count = st.integers(1, 4)
    return [layer(*[[ring() for _ in range(draw(count))] for _ in range(draw(count))]) for _ in range(draw(st.integers(1, 3)))]


@st.composite
def needles(draw: st.DrawFn) -> list[RingLayer]:
    """Triangles of almost no width that start at a few common points, so that their sides nearly coincide over their whole length."""
    far = draw(st.sampled_from([40, 5_000, 2**29]))
    hubs = draw(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=3))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        rings = []
        for _ in range(draw(st.integers(1, 5))):
            x, y = draw(st.sampled_from(hubs))
            rise, width = draw(st.integers(-2, 2)), draw(st.integers(0, 2))
            rings.append([[(x, y), (x + far, y + rise), (x + far - draw(st.integers(0, 2)), y + rise + width)]])
        made.append(layer(*rings))
    return made


@st.composite
def nested(draw: st.DrawFn) -> list[RingLayer]:
    """Islands in holes in islands: squares within squares, spread over patches and layers, some touching the one around them."""
    rings: list[Ring] = []
    low, size = 0, 64
    while size > 2 and len(rings) < 9:
        rings.append(square(low, low, size))
        step = draw(st.integers(0, 3))
        low, size = low + step, size - step - draw(st.integers(0 if step else 1, 5))
    patches: list[list[list[Ring]]] = [[[] for _ in range(3)] for _ in range(2)]
    for ring in rings:
        patches[draw(st.integers(0, 1))][draw(st.integers(0, 2))].append(ring)
    return [layer(*one) for one in patches]


@settings(max_examples=60, deadline=None)
@given(st.one_of(boxes_on_a_lattice(), needles(), nested()), st.sampled_from([100_000, 12, 3]))
@example([layer([square(0, 0, 1)], [[(0, 0), (2, 1), (2, 2), (0, 5)]]), layer(*[[square(0, 0, k)] for k in range(1, 6)])], 12)
@example([layer([[(1, 0), (1, 9), (2, 9), (2, 0)]], *[[square(k, k, 1)] for k in range(9)])], 3)
def test_collinear_overlaps_needles_and_nested_islands_equal_the_oracle(given: list[RingLayer], tile_vertices: int) -> None:
    faces = PlanarEngine(threads=1, tile_vertices=tile_vertices).overlay(given)
    same_faces(faces, ShapelyEngine().overlay(given))
    check_invariants(faces, given)


@settings(max_examples=40, deadline=None)
@given(boxes_on_a_lattice())
def test_a_layer_given_twice_changes_no_face(given: list[RingLayer]) -> None:
    once, twice = PlanarEngine(threads=1).overlay(given), PlanarEngine(threads=1).overlay([*given, *given])
    np.testing.assert_array_equal(once.xy, twice.xy)
    np.testing.assert_array_equal(once.face_start, twice.face_start)
    for face in range(len(once)):
        for number in range(len(given)):
            assert twice.patches(face, number) == twice.patches(face, number + len(given)) == once.patches(face, number)


@settings(max_examples=40, deadline=None)
@given(boxes_on_a_lattice())
def test_what_was_fused_once_is_not_changed_by_fusing_it_again(given: list[RingLayer]) -> None:
    """Snapped chains meet only in nodes: the faces as patches of one layer come back vertex by vertex."""
    faces = PlanarEngine(threads=1).overlay(given)
    again = PlanarEngine(threads=1, tile_vertices=5).overlay([RingLayer(faces.xy, faces.ring_start, faces.face_start)])
    for name in ("xy", "ring_start", "face_start", "area2", "twin"):
        np.testing.assert_array_equal(getattr(faces, name), getattr(again, name))
    np.testing.assert_array_equal(again.label[:, 0], np.arange(len(faces)))


def test_a_polygon_of_a_million_vertices_keeps_its_area_to_the_last_unit() -> None:
    turn = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    radius = 900_000_000 + 20_000_000 * np.sin(5_000 * turn)
    xy = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]).round().astype(np.int64)
    after = np.roll(xy, -1, axis=0)
    # relative to a vertex the exact sum fits int64 at the end, whatever wraps on the way
    doubled = int(((xy[:, 0] - xy[0, 0]) * (after[:, 1] - xy[0, 1]) - (after[:, 0] - xy[0, 0]) * (xy[:, 1] - xy[0, 1])).sum())
    island = layer([square(-1000, -1000, 2000)])
    faces = PlanarEngine(threads=2).overlay([RingLayer(xy, np.array([0, len(xy)]), np.array([0, 1])), island])
    assert len(faces) == 2
    assert int(faces.area2.sum()) == doubled
    assert sorted(map(tuple, faces.label.tolist())) == [(0, -1), (0, 0)]
