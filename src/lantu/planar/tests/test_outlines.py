"""Regions cut by squares, polygons measured against faces: as GEOS has it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.cells import Lattice, cut
from lantu.planar.convert import faces_to_shapely, rings_to_shapely, take_parts
from lantu.planar.dissolve import dissolve
from lantu.planar.lookup import build_index
from lantu.planar.model import RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.outlines import nearest_distances, outlines_of, shared_areas
from lantu.planar.tests.cases import UNIT, layers


def largest(region: shapely.Polygon, lattice: Lattice) -> np.ndarray:
    """The area of the largest part of a region in every square of a lattice."""
    boxes = shapely.box(*np.array([lattice.box(cell) for cell in range(lattice.across * lattice.up)]).T)
    parts, cell = shapely.get_parts(shapely.intersection(region, boxes), return_index=True)
    area = np.zeros(len(boxes))
    np.maximum.at(area, cell, shapely.area(parts))
    return area


@settings(max_examples=40, deadline=None)
@given(layers(0, 12), st.integers(2, 5), st.integers(0, 4), st.integers(1, 3), st.floats(0.01, 4))
def test_the_largest_part_in_every_square_is_found(given: list[RingLayer], side: int, shift: int, keys: int, least: float) -> None:
    faces = ShapelyEngine().overlay(given)
    regions = dissolve(faces, (np.arange(len(faces)) * 7919) % (keys + 1) - 1)
    for number, region in enumerate(regions.to_shapely(UNIT)):
        xy, ring_start, _parts = take_parts(regions.xy, regions.ring_start, regions.region_start, np.array([number]))
        corner = xy.min(axis=0) - shift - 0.5
        across, up = np.ceil((xy.max(axis=0) - corner) / side).astype(int).tolist()
        lattice = Lattice(*corner.tolist(), float(side), across, up)
        found = cut(xy.astype(float), ring_start, lattice, least, np.inf)
        assert np.unique(found.cell).size == found.cell.size
        pieces = dict(zip(found.cell.tolist(), rings_to_shapely(found.xy, found.ring_start, found.piece_start, UNIT), strict=True))
        areas = largest(region, lattice)
        for cell in set(range(across * up)) - set(found.unclear.tolist()):
            wanted = areas[cell]
            if cell in pieces:
                piece = (
                    pieces[cell] if pieces[cell].is_valid else shapely.make_valid(pieces[cell], method="structure", keep_collapsed=False)
                )
                # where a border touches itself one ring may hold two parts that meet in a point
                assert wanted - 1e-9 <= piece.area and shapely.difference(piece, region).area < 1e-9
                assert abs(piece.area - wanted) < 1e-9 or not pieces[cell].is_valid
            else:
                assert wanted < least + 1e-9


@pytest.mark.parametrize("touching", [(0, 50), (50, 0), (100, 50), (50, 100), (40, 40)])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_hole_that_touches_its_shell_is_left_out_wherever_it_begins(touching: tuple[int, int], first: int) -> None:
    shell = [(0, 0), (50, 0), (100, 0), (100, 50), (100, 100), (50, 100), (0, 100), (0, 50)]
    hole = list(shapely.orient_polygons(shapely.Polygon([touching, (45, 60), (60, 45)])).exterior.coords)[:0:-1]
    hole = hole[first:] + hole[:first]
    xy, ring_start = np.array(shell + hole, float), np.array([0, 8, 11])
    found = cut(xy, ring_start, Lattice(-0.5, -0.5, 101.0, 1, 1), 1, np.inf)
    (piece,) = rings_to_shapely(found.xy, found.ring_start, found.piece_start, UNIT)
    assert piece.area == shapely.Polygon(shell, [hole]).area


@settings(max_examples=40, deadline=None)
@given(layers(0, 12), st.lists(st.tuples(*[st.floats(-4, 14)] * 6), min_size=1, max_size=6), st.integers(1, 3))
def test_shared_areas_and_distances_are_those_of_geos(given: list[RingLayer], corners: list[tuple[float, ...]], keys: int) -> None:
    faces = ShapelyEngine().overlay(given)
    chosen = (np.arange(len(faces)) * 7919) % (keys + 1) > 0
    shapes = np.array([shapely.Polygon([one[:2], one[2:4], one[4:]]) for one in corners], dtype=object)
    shapes = shapes[shapely.is_valid(shapes) & (shapely.area(shapes) > 0.1)]
    if not len(shapes):
        return
    index, outlines = build_index(faces), outlines_of(shapes, UNIT)
    targets = faces_to_shapely(faces, UNIT, np.flatnonzero(chosen))
    shared = shared_areas(faces, index, chosen, outlines, UNIT)
    apart = nearest_distances(faces, index, chosen, outlines, UNIT)
    for shape, area, distance in zip(shapes, shared, apart, strict=True):
        assert abs(area - shapely.area(shapely.intersection(targets, shape)).sum()) < 1e-6
        nearest = shapely.distance(targets, shape).min(initial=np.inf)
        assert distance == nearest or abs(distance - nearest) < 1e-9
