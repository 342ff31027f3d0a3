"""Areas of faces and parts of patches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.blueprints.fusion.areas import STEP_M, adjust, edge_integrals, face_areas
from lantu.blueprints.fusion.view import FaceView
from lantu.blueprints.tests.plane import PlaneFrame, rings
from lantu.blueprints.tests.test_fuse import box_layer
from lantu.planar.oracle import ShapelyEngine

Boxes = list[tuple[int, int, int, int]]


@settings(max_examples=30, deadline=None)
@given(box_layer(), box_layer())
def test_face_areas_are_those_of_the_faces(one: Boxes, two: Boxes) -> None:
    faces = ShapelyEngine().overlay([rings(one), rings(two)])
    assert face_areas(faces, PlaneFrame()) == pytest.approx(faces.area2 / 2)


@settings(max_examples=30, deadline=None)
@given(box_layer(), box_layer(), st.floats(0.9, 1.1))
def test_parts_of_a_patch_add_up_to_its_control_area_to_the_cent(one: Boxes, two: Boxes, factor: float) -> None:
    faces = ShapelyEngine().overlay([rings(one), rings(two)])
    view = FaceView(faces)
    raw = face_areas(faces, PlaneFrame()) * 1.000123
    control = np.array([(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in one]) * factor
    parts = adjust(view, 0, raw, control)
    for patch in range(len(one)):
        mine = np.array([patch in faces.patches(face, 0) for face in range(len(faces))])
        alone = mine & (faces.label[:, 0] >= 0)
        assert parts.difference[patch] == pytest.approx(control[patch] - raw[mine].sum(), abs=1e-6)
        if alone.any():
            assert parts.cents[mine].sum() == round(control[patch] * 100)
    uncovered = faces.label[:, 0] == -1
    assert parts.cents[uncovered].tolist() == np.rint(raw[uncovered] * 100).astype(int).tolist()


def test_largest_remainders_take_what_rounding_leaves() -> None:
    faces = ShapelyEngine().overlay([rings([(0, 0, 3, 1)]), rings([(0, 0, 1, 1), (1, 0, 2, 1)])])
    parts = adjust(FaceView(faces), 0, face_areas(faces, PlaneFrame()), np.array([1.0]))
    assert sorted(parts.cents.tolist()) == [33, 33, 34]


class CountingFrame(PlaneFrame):
    """Notes how long the pieces are that it is asked for."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.pieces = 0

    def edge_areas(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        self.longest = max(self.longest, float(np.hypot(*(end - start).T).max()))
        self.pieces += len(start)
        return super().edge_areas(start, end)


def test_long_edges_are_cut_to_two_hundred_metres() -> None:
    frame = CountingFrame()
    start, end = np.array([[0, 0], [0, 0], [5, 5]]), np.array([[1000, 0], [150, 200], [5, 205]])
    total = edge_integrals(start, end, frame)
    assert frame.longest <= STEP_M
    assert frame.pieces == 5 + 2 + 1
    assert total == pytest.approx(PlaneFrame().edge_areas(start, end))


def test_each_edge_is_integrated_once() -> None:
    frame = CountingFrame()
    faces = ShapelyEngine().overlay([rings([(0, 0, 10, 10), (10, 0, 20, 10)])])
    face_areas(faces, frame)
    assert len(faces.xy) == 8
    assert frame.pieces == 7
