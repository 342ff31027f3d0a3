"""What the kernel cuts out of faces is what GEOS cuts out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar import clip as clipping
from lantu.planar.clip import clip, shapes_of
from lantu.planar.convert import Grid
from lantu.planar.cutting import cut_faces
from lantu.planar.engine import PlanarEngine
from lantu.planar.lookup import build_index
from lantu.planar.model import Faces, RingLayer
from lantu.planar.tests.cases import UNIT, layer, layers, square

ENGINE = PlanarEngine(threads=1)


@st.composite
def sites(draw: st.DrawFn) -> shapely.Geometry:
    """Stars with crooked outlines, some with a hole, some of two parts; or boxes that run along the edges of faces."""

    def star(x: float, y: float, reach: float) -> shapely.Polygon:
        far = draw(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=12))
        turn = np.linspace(0, 2 * np.pi, len(far), endpoint=False) + draw(st.floats(0.01, 1))
        return shapely.Polygon(np.column_stack([x + reach * np.cos(turn) * far, y + reach * np.sin(turn) * far]))

    if draw(st.integers(0, 4)) == 0:
        x, y = draw(st.integers(0, 20)), draw(st.integers(0, 20))
        return shapely.box(x, y, x + draw(st.integers(1, 12)), y + draw(st.integers(1, 12)))
    x, y = draw(st.floats(0, 30)), draw(st.floats(0, 30))
    site = star(x, y, draw(st.floats(2, 30)))
    if draw(st.booleans()):
        site = site.difference(star(x, y, draw(st.floats(0.1, 5))))
    if draw(st.booleans()):
        site = site.union(star(draw(st.floats(0, 30)), draw(st.floats(0, 30)), 4.0))
    return shapely.MultiPolygon([part for part in shapely.get_parts(site) if part.area > 1e-3])


def by_geos(faces: Faces, site: shapely.Geometry, grid: Grid) -> clipping.Clip:
    return clipping._by_geos(faces, np.arange(len(faces)), site, grid, meets=False)


@settings(max_examples=60, deadline=None)
@given(layers(0, 30), sites(), st.sampled_from([UNIT, Grid(origin=(2.0, -1.0), size=0.5)]))
def test_the_kernel_cuts_what_geos_cuts(given: list[RingLayer], site: shapely.Geometry, grid: Grid) -> None:
    if site.is_empty or not site.is_valid:
        return
    faces = ENGINE.overlay(given)
    found, expected = clip(faces, build_index(faces), site, grid), by_geos(faces, site, grid)
    # what is hardly there may count for one and not for the other
    left, right = found.face[found.area > 1e-5].tolist(), expected.face[expected.area > 1e-5].tolist()
    assert set(left) <= set(expected.face.tolist()) and set(right) <= set(found.face.tolist())
    assert found.face.tolist() == sorted(found.face.tolist())
    place = {face: k for k, face in enumerate(expected.face.tolist())}
    for k, face in enumerate(found.face.tolist()):
        if face not in place:
            continue
        shape, other = found.shape[k], expected.shape[place[face]]
        assert shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon")
        assert found.area[k] == pytest.approx(expected.area[place[face]], abs=1e-6) == pytest.approx(shape.area, abs=1e-6)
        assert shape.symmetric_difference(other).area == pytest.approx(0, abs=1e-6)
        assert found.whole[k] == expected.whole[place[face]]
    # of several clips made at once
    again, other = shapes_of([found.outline, expected.outline])
    assert shapely.equals_exact(again, found.shape).all() and shapely.equals_exact(other, expected.shape).all()


def test_only_outlines_that_touch_are_left_to_geos() -> None:
    faces = ENGINE.overlay([layer([square(0, 0, 100), square(40, 40, 20)], [square(100, 0, 100)], [square(200, 0, 100)])])
    chosen = np.arange(len(faces))

    def what(site: shapely.Geometry) -> tuple[int, int, int]:
        """Faces cut, held, in doubt."""
        edges = clipping._edges(site, (0.0, 0.0))
        columns = (faces.xy, faces.ring_start, faces.face_start, faces.area2)
        found = cut_faces(*columns, chosen, 1.0, 1e-6, edges.start, edges.ring_start)
        return len(found[0]) - int(found[2].sum()), int(found[2].sum()), len(found[4])

    assert len(faces) == 4
    # two are cut, the one within is held, one is not met
    assert what(shapely.box(10.5, 10.5, 150.5, 89.5)) == (2, 1, 0)
    # along the border of two
    assert what(shapely.box(10.5, 10.5, 100, 89.5)) == (0, 1, 2)
    # one face in two parts
    fork = [shapely.box(190.5, 10.5, 250.5, 20.5), shapely.box(190.5, 30.5, 250.5, 40.5), shapely.box(180.5, 10.5, 190.5, 40.5)]
    assert what(shapely.union_all(fork)) == (2, 0, 0)
    # in the middle of one
    assert what(shapely.box(5.5, 5.5, 9.5, 9.5)) == (1, 0, 0)
