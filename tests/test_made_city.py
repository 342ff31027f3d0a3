"""What only shows on a whole city: levels and tiles whose neighbours keep the same edge, regions of many long outlines."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from benchmarks.made_city import made_city, made_layer, shapes_of
from benchmarks.rows_tiles import in_degrees
from lantu.blueprints.tiles.grid import EXTENT, AnyTile, MercatorTile, tile_at
from lantu.blueprints.tiles.pyramid import FULL, LEVEL_ZOOMS, Pyramid
from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.dissolve import dissolve
from lantu.planar.engine import PlanarEngine

CITY = in_degrees(shapes_of(made_layer(300, 0)))
WINDOW = (100.0, 20.0, 110.0, 30.0)
PYRAMID = Pyramid("plan", lambda: (CITY, [{"i": number} for number in range(len(CITY))]))


def test_neighbours_keep_the_same_edges_at_every_level() -> None:
    sizes = []
    for zoom in (*LEVEL_ZOOMS, FULL):
        shapes, rows = PYRAMID.within(WINDOW, zoom)
        assert shapely.coverage_is_valid(shapes)
        assert shapely.area(shapes).sum() == pytest.approx(shapely.area(CITY).sum(), rel=3e-3)
        assert all(CITY[row["i"]].distance(shape.centroid) < 0.05 for row, shape in zip(rows, shapes, strict=True))
        sizes.append(int(shapely.get_num_coordinates(shapes).sum()))
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1] / 3


@pytest.mark.parametrize(
    "tile", [tile_at(106.6, 26.6, 8), tile_at(106.65, 26.62, 11), MercatorTile(9, 407, 217), MercatorTile(11, 1631, 868)]
)
def test_areas_of_a_tile_leave_no_gap_and_overlap_nowhere(tile: AnyTile) -> None:
    found = mapbox_vector_tile.decode(PYRAMID.tile(tile))["plan"]["features"]
    shapes = np.array([shapely.geometry.shape(row["geometry"]) for row in found])
    assert shapely.is_valid(shapes).all() and len(shapes) > 1
    inner = shapely.transform(shapely.box(*tile.bounds), tile.local).intersection(
        shapely.transform(shapely.union_all(CITY), tile.local).buffer(-EXTENT / 100)
    )
    covered = shapely.intersection(shapes, inner)
    # rounding moves a vertex of one onto an edge of another here and there
    assert shapely.area(covered).sum() == pytest.approx(inner.area, rel=1e-4)
    assert shapely.union_all(covered).area == pytest.approx(inner.area, rel=1e-4)


def test_regions_of_a_city_are_the_unions_of_their_faces() -> None:
    faces = PlanarEngine(threads=2).overlay(made_city(200, 2))
    key = np.where(faces.label[:, 0] >= 0, faces.label[:, 0] % 3, -1)
    regions = dissolve(faces, key, threads=2)
    shapes, united = faces_to_shapely(faces, Grid()), regions.to_shapely(Grid())
    assert shapely.is_valid(united).all() and len(regions.xy) > 5000
    for number, shape in enumerate(united):
        assert shapely.equals(shape, shapely.union_all(shapes[regions.of_face == number]))
    for first, stop in zip(regions.ring_start[:-1], regions.ring_start[1:], strict=True):
        ring = regions.xy[first:stop].tolist()
        assert ring[0] == min(ring)
