from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.mvt import encode_layer
from lantu.planar.tests.cases import points


def decoded(shapes: list[object], properties: list[dict[str, object]]) -> list[dict[str, object]]:
    data = encode_layer("x", np.array(shapes, dtype=object), properties, 4096)  # type: ignore[arg-type]
    return mapbox_vector_tile.decode(data)["x"]["features"] if data else []  # type: ignore[no-any-return]


def test_areas_lines_and_points_come_back_with_their_values() -> None:
    ring = shapely.box(0, 0, 100, 50).difference(shapely.box(10, 10, 20, 20))
    shapes = [
        shapely.MultiPolygon([ring, shapely.box(-60, 200, -20, 260)]),
        shapely.LineString([(0, 0), (5, 5), (5, 5), (9, 4000)]),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        shapely.Point(7, 8),
        shapely.Polygon(),
        shapely.box(3, 3, 3.2, 3.2),
    ]
    values = [{"名": "林地", "n": -3, "f": 1.5, "b": True}, {"n": 1}, {"b": False}, {"n": 300}, {}, {}]
    found = decoded(shapes, values)
    assert [row["properties"] for row in found] == values[:4]
    back = [shapely.geometry.shape(row["geometry"]) for row in found]
    assert shapely.equals(back[0], shapes[0]) and back[0].is_valid
    assert back[1].equals(shapes[1]) and back[2].equals(shapes[2]) and back[3].equals(shapes[3])
    assert encode_layer("x", np.array(shapes[4:], dtype=object), [{}, {}], 4096) == b""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(points(-64, 4160), min_size=3, max_size=8), min_size=1, max_size=4))
def test_valid_areas_keep_their_area(given: list[list[tuple[int, int]]]) -> None:
    hulls = [shapely.make_valid(shapely.Polygon(ring)).buffer(0) for ring in given]
    shapes = [shapely.make_valid(shapely.transform(hull, np.rint)).buffer(0) for hull in hulls]
    whole = [shape for shape in shapes if (shapely.get_coordinates(shape) % 1 == 0).all() and shape.area > 0]
    found = decoded(whole, [{} for _ in whole])
    areas = [shapely.geometry.shape(row["geometry"]).area for row in found]
    assert areas == pytest.approx([shape.area for shape in whole])
