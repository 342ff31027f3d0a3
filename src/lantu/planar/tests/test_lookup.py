from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar import clip as clipping
from lantu.planar.clip import clip, shares
from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.engine import PlanarEngine
from lantu.planar.lookup import build_index
from lantu.planar.model import RingLayer
from lantu.planar.store import read_faces, read_index, write_faces
from lantu.planar.tests.cases import UNIT, layer, layers, points, square

ENGINE = PlanarEngine(threads=1)
NESTED = layer([square(0, 0, 100), square(10, 10, 80)], [square(30, 30, 40)])


@settings(max_examples=60, deadline=None)
@given(layers(0, 12), points(-1, 13))
def test_every_point_has_one_face_at_most_and_boundaries_go_to_one_side(given: list[RingLayer], point: tuple[int, int]) -> None:
    faces = ENGINE.overlay(given)
    found = build_index(faces).at(faces, *point)
    # the same as a point a little to the east and even less up
    nearby = shapely.Point(point[0] + 1e-4, point[1] + 1e-7)
    holding = np.flatnonzero(shapely.contains(faces_to_shapely(faces, UNIT), nearby))
    assert [found] == (holding.tolist() or [-1])


@settings(max_examples=40, deadline=None)
@given(layers(0, 30), points(-2, 32), st.integers(0, 20))
def test_a_window_gives_the_faces_whose_boxes_it_meets(given: list[RingLayer], corner: tuple[int, int], side: int) -> None:
    faces = ENGINE.overlay(given)
    window = (*corner, corner[0] + side, corner[1] + side)
    boxes = shapely.box(*shapely.bounds(faces_to_shapely(faces, UNIT)).T) if len(faces) else np.empty(0, object)
    assert build_index(faces).window(*window).tolist() == np.flatnonzero(shapely.intersects(boxes, shapely.box(*window))).tolist()


def test_the_stored_index_answers_like_the_one_in_memory(tmp_path: Path) -> None:
    faces = ENGINE.overlay([NESTED])
    write_faces(tmp_path / "city", faces)
    mapped, index = read_faces(tmp_path / "city"), read_index(tmp_path / "city")
    where = [index.at(mapped, *point) for point in ((5, 5), (20, 20), (50, 50), (100, 100), (-1, 0))]
    assert [mapped.patches(face, 0) if face >= 0 else None for face in where] == [(0,), (), (1,), None, None]


def test_an_empty_partition_finds_nothing() -> None:
    faces = ENGINE.overlay([layer()])
    index = build_index(faces)
    assert (index.at(faces, 0, 0), index.window(-5, -5, 5, 5).tolist()) == (-1, [])


def test_a_site_takes_its_share_of_every_face() -> None:
    grid = Grid(origin=(1000.0, 2000.0), size=0.5)
    faces = ENGINE.overlay([NESTED])
    found = clip(faces, build_index(faces), shapely.box(1000, 2000, 1025, 2050), grid)
    area = {faces.patches(int(face), 0): value for face, value in zip(found.face, found.area, strict=True)}
    assert area == pytest.approx({(0,): 25 * 50 - 20 * 40, (): 20 * 40 - 10 * 20, (1,): 10 * 20})
    assert found.area == pytest.approx(shapely.area(found.shape))


def test_many_sites_are_asked_of_a_mapped_partition(tmp_path: Path) -> None:
    faces = ENGINE.overlay([NESTED])
    write_faces(tmp_path / "city", faces)
    mapped, index = read_faces(tmp_path / "city"), read_index(tmp_path / "city")
    for east in range(1, 30):
        site = shapely.box(0, 0, east, 100)
        assert shares(mapped, index, site, UNIT)[1].sum() == pytest.approx(100 * east)
        assert clip(mapped, index, site, UNIT).area.sum() == pytest.approx(100 * east)


@settings(max_examples=40, deadline=None)
@given(layers(0, 30), st.lists(points(-3, 33), min_size=3, max_size=6), st.sampled_from([0, 10**9]))
def test_the_parts_of_a_site_add_up_to_what_the_layers_cover(given: list[RingLayer], corners: list[tuple[int, int]], pairs: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        # small sites and large ones go different ways
        patched.setattr(clipping, "MOST_PAIRS", pairs)
        _check_parts(given, corners)


def _check_parts(given: list[RingLayer], corners: list[tuple[int, int]]) -> None:
    site = shapely.convex_hull(shapely.multipoints(corners)).buffer(0.5)
    faces = ENGINE.overlay(given)
    found = clip(faces, build_index(faces), site, UNIT)
    covered = shapely.union_all(faces_to_shapely(faces, UNIT))
    assert found.area.sum() == pytest.approx(shapely.intersection(covered, site).area, abs=1e-6)
    assert (shapely.area(found.shape[found.whole]) * 2 == faces.area2[found.face[found.whole]]).all()


@settings(max_examples=60, deadline=None)
@given(layers(0, 30), st.lists(points(-3, 33), min_size=3, max_size=6), st.booleans())
def test_shares_are_the_areas_of_a_clip(given: list[RingLayer], corners: list[tuple[int, int]], ring: bool) -> None:
    site = shapely.convex_hull(shapely.multipoints(corners)).buffer(2.5)
    if ring:
        site = site.difference(site.centroid.buffer(1.0)).union(shapely.box(40, 40, 41, 41))
    grid = Grid(origin=(5.0, -7.0), size=0.5)
    faces = ENGINE.overlay(given)
    index = build_index(faces)
    slow = clip(faces, index, site, grid)
    face, area = shares(faces, index, site, grid)
    expected = dict(zip(slow.face.tolist(), slow.area.tolist(), strict=True))
    assert dict(zip(face.tolist(), area.tolist(), strict=True)) == pytest.approx({k: v for k, v in expected.items() if v > 1e-6}, abs=2e-6)
