from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.planar.areas import areas_of
from lantu.planar.mvt import encode_layer
from lantu.planar.mvt_areas import columns_of, encode_areas, flat_view
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


EXTENT, MARGIN = 256, 16


@st.composite
def drawings(draw: st.DrawFn) -> list[object]:
    """Valid areas in and around a tile: concave ones, with holes, of several parts, long rings, dust."""
    shapes = []
    for ring in draw(st.lists(st.lists(points(-80, 340), min_size=3, max_size=9), min_size=1, max_size=5)):
        shape = shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)
        shape = shapely.segmentize(shape, draw(st.sampled_from([2.0, 500.0])))
        scale = draw(st.sampled_from([1.0, 0.37, 0.01]))
        shapes.append(shapely.transform(shape, lambda xy, scale=scale: xy * scale))
    return shapes


@settings(max_examples=60, deadline=None)
@given(drawings())
def test_areas_written_at_once_cover_what_each_covers_alone(given: list[object]) -> None:
    shapes = np.array(given, dtype=object)
    properties = [{"i": number, "c": f"c{number % 2}"} for number in range(len(shapes))]

    def mend(chosen: np.ndarray) -> np.ndarray:
        cut = shapely.transform(shapely.clip_by_rect(shapes[chosen], -MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN), np.rint)
        return shapely.make_valid(cut, method="structure", keep_collapsed=False)

    areas, columns = areas_of(shapes), columns_of(properties)
    assert areas is not None and columns is not None
    data = encode_areas("x", areas, columns, np.arange(len(shapes)), flat_view(0.0, 0.0, 1.0), mend, EXTENT, MARGIN)
    found = {row["properties"]["i"]: row for row in mapbox_vector_tile.decode(data)["x"]["features"]} if data else {}
    alone = mend(np.arange(len(shapes)))
    for number, shape in enumerate(alone):
        if number not in found:
            # parts of less than a unit of area are dust
            assert shape.area <= 2 * max(1, len(shapely.get_parts(shapes[number])))
            continue
        back = shapely.geometry.shape(found[number]["geometry"])
        assert found[number]["properties"] == properties[number] and back.is_valid
        # rounding before or after clipping moves the cut by a unit at most, and dust may go
        assert back.symmetric_difference(shape).area <= 1.5 * shape.length + 4
        if shapely.box(-MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN).contains_properly(shapes[number]):
            assert back.symmetric_difference(shape).area < 1 + len(shapely.get_rings(shapely.get_parts(shape)))


def test_other_kinds_and_other_properties_are_left_to_the_general_encoder() -> None:
    assert areas_of(np.array([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)], dtype=object)) is None
    assert columns_of([{"a": 1}, {"b": 1}]) is None
    empty = areas_of(np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1)], dtype=object))
    assert empty is not None and empty.shape_start[-1] == len(empty.ring_start) - 1
