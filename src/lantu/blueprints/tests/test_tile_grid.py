"""The degree grid and what is drawn in a tile."""

from __future__ import annotations

from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.blueprints.tiles.grid import Tile, tile_at
from lantu.blueprints.tiles.pyramid import FULL, Pyramid, level_for

CITY = np.array([shapely.box(106.6, 26.6, 106.65, 26.65), shapely.box(106.65, 26.6, 106.7, 26.65)], dtype=object)


@given(st.floats(-179.99, 179.99), st.floats(-89.99, 89.99), st.integers(0, 18))
def test_tile_at_a_place_contains_it(lon: float, lat: float, z: int) -> None:
    tile = tile_at(lon, lat, z)
    west, south, east, north = tile.bounds
    assert tile.exists
    assert west - 1e-9 <= lon <= east + 1e-9 and south - 1e-9 <= lat <= north + 1e-9


def test_zoom_zero_is_two_tiles_of_180_degrees() -> None:
    assert Tile(0, 0, 0).bounds == (-180.0, -90.0, 0.0, 90.0)
    assert Tile(0, 1, 0).exists and not Tile(0, 2, 0).exists and not Tile(0, 0, 1).exists


def test_tile_without_anything_is_empty() -> None:
    assert Pyramid("plan", lambda: (CITY, [{"i": 0}, {"i": 1}])).tile(tile_at(100.0, 20.0, 10)) == b""


def test_tile_keeps_properties_and_place() -> None:
    tile = tile_at(106.62, 26.62, 14)
    data = mapbox_vector_tile.decode(Pyramid("plan", lambda: (CITY, [{"i": 0, "c": "R2"}, {"i": 1, "c": "M1"}])).tile(tile))
    features = data["plan"]["features"]
    assert [feature["properties"] for feature in features] == [{"i": 0, "c": "R2"}]
    west, south, _east, _north = tile.bounds
    xy = np.array(features[0]["geometry"]["coordinates"][0]) * (tile.size / 4096) + (west, south)
    assert shapely.Polygon(xy).covered_by(CITY[0].buffer(1e-4))


def test_shared_edges_stay_shared_when_generalised() -> None:
    wave = [(106.65 + 0.0004 * (i % 2), 26.6 + i * 0.001) for i in range(51)]
    left = shapely.Polygon([(106.6, 26.6), *wave, (106.6, 26.65)])
    right = shapely.Polygon([(106.7, 26.6), *wave, (106.7, 26.65)])
    pyramid = Pyramid("plan", lambda: ([left, right], [{}, {}]))
    coarse, _properties = pyramid.within((106.0, 26.0, 107.0, 27.0), 7)
    assert shapely.coverage_is_valid(coarse) and shapely.area(coarse).sum() == pytest.approx(0.005, rel=1e-3)
    assert shapely.get_num_coordinates(coarse).sum() < shapely.get_num_coordinates(left) / 2


def test_lines_and_mixed_layers_are_generalised_one_by_one() -> None:
    mixed = [shapely.Point(106.6, 26.6).buffer(0.05), shapely.LineString([(106.62, 26.6), (106.621, 26.6001), (106.63, 26.6)])]
    found, _properties = Pyramid("plan", lambda: (mixed, [{}, {}])).within((106.0, 26.0, 107.0, 27.0), 7)
    assert shapely.is_valid(found).all()
    assert 0 < shapely.get_num_coordinates(found).sum() < shapely.get_num_coordinates(mixed).sum()


@pytest.mark.parametrize(("zoom", "level"), [(0, 7), (7, 7), (8, 9), (13, 13), (14, FULL)])
def test_level_is_never_coarser_than_the_zoom_needs(zoom: int, level: int) -> None:
    assert level_for(zoom) == level


def test_levels_are_read_back_from_disk_without_loading_the_layer_again(tmp_path: Path) -> None:
    properties = [{"n": -3, "名": "林地", "on": True, "f": 1.5}, {"n": 700, "名": "", "on": False, "f": -0.25}]

    def refused() -> tuple[list[object], list[dict[str, object]]]:
        raise AssertionError("loaded again")

    first = Pyramid("plan", lambda: (CITY, properties), tmp_path)
    tile, window = tile_at(106.62, 26.62, 9), (106.0, 26.0, 107.0, 27.0)
    assert first.tile(tile) != b""
    again = Pyramid("plan", refused, tmp_path)
    assert again.tile(tile) == first.tile(tile)
    assert again.within(window, 20)[1] == properties
    assert shapely.equals(again.within(window, 20)[0], CITY).all()
