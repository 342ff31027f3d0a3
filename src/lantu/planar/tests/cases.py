"""Layers for the tests, made by hand and by hypothesis, and the invariants that every partition must keep."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from hypothesis import strategies as st

from lantu.planar.convert import Grid, rings_to_shapely
from lantu.planar.model import Faces, RingLayer, ring_successors

UNIT = Grid(size=1.0)

Rings = list[list[tuple[int, int]]]
"""One patch."""


def layer(*patches: Rings) -> RingLayer:
    rings = [ring for patch in patches for ring in patch]
    return RingLayer(
        np.array([point for ring in rings for point in ring], dtype=np.int64).reshape(-1, 2),
        np.cumsum([0] + [len(ring) for ring in rings], dtype=np.int64),
        np.cumsum([0] + [len(patch) for patch in patches], dtype=np.int64),
    )


def square(x: int, y: int, side: int) -> list[tuple[int, int]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def points(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


def rings(low: int, high: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Any closed chain: bow-ties, spikes, zero area, repeated vertices, squares."""
    squares = st.builds(square, st.integers(low, (low + high) // 2), st.integers(low, (low + high) // 2), st.integers(0, (high - low) // 2))
    return st.one_of(st.lists(points(low, high), min_size=1, max_size=7), squares)


@st.composite
def near_lines(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Needles along one long line, so that edges nearly or exactly coincide."""
    ends = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(-1, 2)), min_size=3, max_size=6))
    return [(25 * t, 7 * t + off) for t, off in ends]


def layers(low: int, high: int, most: int = 3) -> st.SearchStrategy[list[RingLayer]]:
    ring = st.one_of(rings(low, high), near_lines())
    patch = st.lists(ring, min_size=0, max_size=3)
    return st.lists(st.lists(patch, min_size=0, max_size=4).map(lambda patches: layer(*patches)), min_size=1, max_size=most)


ANY_LAYERS = st.one_of(layers(0, 9), layers(-60, 60), layers(-(2**30) + 2, 2**30 - 2, 2), layers(0, 1000))


def check_invariants(faces: Faces, given: Sequence[RingLayer]) -> None:
    """Everything a partition promises, checked by other means than it was made."""
    face_of, after, twin = faces.face_of_vertex(), faces.next_vertex(), faces.twin
    paired = np.flatnonzero(twin >= 0)
    assert (twin[twin[paired]] == paired).all()
    assert (faces.xy[twin[paired]] == faces.xy[after[paired]]).all()
    assert (faces.xy[after[twin[paired]]] == faces.xy[paired]).all()
    inside, outside = face_of[paired], face_of[twin[paired]]
    assert (faces.label[inside] != faces.label[outside]).any(axis=1).all(), "an edge that bounds nothing"
    assert (faces.label[face_of[twin < 0]] != -1).any(axis=1).all(), "an outer edge that bounds nothing"
    polygons = rings_to_shapely(faces.xy - _middle(faces), faces.ring_start, faces.face_start, UNIT)
    assert shapely.is_valid(polygons).all()
    assert (faces.area2 > 0).all()
    if len(faces):
        extent = np.ptp(faces.xy, axis=0).max()
        np.testing.assert_allclose(shapely.area(polygons) * 2, faces.area2, rtol=1e-9, atol=1e-9 * float(extent) ** 2)
    _check_order(faces)
    _check_neighbours(faces, face_of, twin, after)
    _check_labels(faces, polygons, given)


def _middle(faces: Faces) -> np.ndarray:
    return (faces.xy.min(axis=0) + faces.xy.max(axis=0)) // 2 if len(faces) else np.zeros(2, np.int64)


def _check_order(faces: Faces) -> None:
    heads = []
    for face in range(len(faces)):
        keys = []
        for ring in range(faces.face_start[face], faces.face_start[face + 1]):
            xy = [tuple(row) for row in faces.xy[faces.ring_start[ring] : faces.ring_start[ring + 1]].tolist()]
            assert xy[0] == min(xy) and len(set(xy)) == len(xy) >= 3
            keys.append(xy[:2])
        assert keys[1:] == sorted(keys[1:])
        heads.append(keys[0])
    assert heads == sorted(heads)
    assert list(faces.label_sets) == sorted(set(faces.label_sets))


def _check_neighbours(faces: Faces, face_of: np.ndarray, twin: np.ndarray, after: np.ndarray) -> None:
    length: dict[tuple[int, int], float] = {}
    for row in np.flatnonzero(twin >= 0).tolist():
        pair = (int(face_of[row]), int(face_of[twin[row]]))
        if pair[0] < pair[1]:
            length[pair] = length.get(pair, 0.0) + float(np.hypot(*(faces.xy[after[row]] - faces.xy[row]).astype(float)))
    assert [tuple(pair) for pair in faces.neighbour.tolist()] == sorted(length)
    np.testing.assert_allclose(faces.border, [length[pair] for pair in sorted(length)], rtol=1e-9)


def _check_labels(faces: Faces, polygons: np.ndarray, given: Sequence[RingLayer]) -> None:
    """A point of each face farther than a grid unit from every input edge lies in exactly the patches named (even-odd)."""
    edges = [np.hstack([one.xy, one.xy[ring_successors(one.ring_start)]]) for one in given]
    everything = shapely.STRtree(shapely.linestrings(np.concatenate([*edges, np.empty((0, 4), np.int64)]).reshape(-1, 2, 2).astype(float)))
    for face, polygon in enumerate(polygons):
        circle = shapely.maximum_inscribed_circle(polygon, tolerance=0.05)
        x, y = shapely.get_coordinates(circle)[0] + _middle(faces)
        if len(everything.query(shapely.Point(x, y), predicate="dwithin", distance=1.5)):
            continue
        for number, one in enumerate(given):
            found = tuple(patch for patch in range(len(one)) if _even_odd(edges[number][_rows(one, patch)], x, y))
            assert faces.patches(face, number) == found


def _rows(one: RingLayer, patch: int) -> slice:
    return slice(int(one.ring_start[one.patch_start[patch]]), int(one.ring_start[one.patch_start[patch + 1]]))


def _even_odd(edges: np.ndarray, x: float, y: float) -> bool:
    x0, y0, x1, y1 = edges.T.astype(float)
    spans = (y0 > y) != (y1 > y)
    return bool(np.count_nonzero(x < x0[spans] + (y - y0[spans]) * (x1[spans] - x0[spans]) / (y1[spans] - y0[spans])) % 2)


def same_faces(a: Faces, b: Faces) -> None:
    """Equal to the last integer; borders, which are sums of square roots, to rounding."""
    for name in ("xy", "ring_start", "face_start", "label", "area2", "neighbour", "twin"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert a.label_sets == b.label_sets
    np.testing.assert_allclose(a.border, b.border, rtol=1e-9)


def crooked(cells: int, seed: int) -> RingLayer:
    """A grid of crooked quadrilaterals with shared corners, one in ten left out."""
    random = np.random.default_rng(seed)
    node = np.stack(np.meshgrid(np.arange(cells + 1), np.arange(cells + 1), indexing="ij"), axis=-1) * 1000
    node = node + random.integers(-300, 301, node.shape)
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    cells_kept = [(i, j) for i in range(cells) for j in range(cells) if random.random() > 0.1]
    return layer(*[[[tuple(node[i + a, j + b].tolist()) for a, b in corners]] for i, j in cells_kept])
