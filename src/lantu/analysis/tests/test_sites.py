"""Sites from what people have, and clear answers to what is no site."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from lantu.analysis.conformity.sites import Site, checked, from_text
from lantu.analysis.factories import box, make_city
from lantu.analysis.settings import settings_of
from lantu.core.errors import BadInput, TooLarge
from lantu.geodesy.area import polygon_area
from lantu.geodesy.transform import transform

SQUARE = box(100, 100, 300, 300)


@pytest.fixture
def pack(db):
    return make_city()[0]


def corners(epsg: int) -> np.ndarray:
    return transform(4490, epsg).points(shapely.get_coordinates(SQUARE)[:4])


def same(found: shapely.Geometry) -> bool:
    return bool(polygon_area(found.symmetric_difference(SQUARE)) < 0.5)


@pytest.mark.parametrize("form", ["J{n} {x:.3f} {y:.3f}", "{n},{y:.3f},{x:.3f}", "{y:.3f}\t{x:.3f}", "J{n}，{x:.3f}，{y:.3f}"])
def test_plane_coordinates_are_read_in_either_order_with_or_without_labels(pack, form) -> None:
    text = "\n".join(form.format(n=n, x=north, y=east) for n, (east, north) in enumerate(corners(4524), 1))
    assert same(from_text(text).geometry)


def test_degrees_are_read_in_either_order_and_as_degrees_minutes_seconds(pack) -> None:
    xy = shapely.get_coordinates(SQUARE)[:4]
    assert same(from_text("\n".join(f"{x:.9f}, {y:.9f}" for x, y in xy)).geometry)
    assert same(from_text("\n".join(f"{y:.9f} {x:.9f}" for x, y in xy)).geometry)

    def dms(value: float) -> str:
        minutes = value % 1 * 60
        return f"{int(value)}°{int(minutes)}′{minutes % 1 * 60:.5f}″"

    assert same(from_text("\n".join(f"{dms(x)} {dms(y)}" for x, y in xy)).geometry)


def test_geojson_wkt_and_boundary_text_are_read(pack) -> None:
    assert same(from_text(shapely.to_geojson(SQUARE)).geometry)
    assert same(from_text(SQUARE.wkt).geometry)
    rows = [f"J{n},1,{north:.4f},{east:.4f}" for n, (east, north) in enumerate([*corners(4524), corners(4524)[0]], 1)]
    head = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=36\n[地块坐标]\n5,4.0,1,学校地块,面,,,,@\n"
    found = from_text(head + "\n".join(rows))
    assert same(found.geometry) and found.name == "学校地块"


def test_an_empty_line_begins_a_hole(pack) -> None:
    xy, inner = shapely.get_coordinates(SQUARE)[:4], shapely.get_coordinates(box(150, 150, 200, 200))[:4]
    found = from_text("\n".join(f"{x} {y}" for x, y in xy) + "\n\n" + "\n".join(f"{x} {y}" for x, y in inner))
    assert len(found.geometry.interiors) == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "没有坐标"),
        ("106.63 26.65\nabc\n106.64 26.66", "第 2 行"),
        ("106.63 26.65\n106.64 26.66", "2 个点"),
        ("116.30 39.90\n116.31 39.90\n116.31 39.91", "不在本市范围内"),
        ("J1 2949581.591 39363594.529\nJ2 2949581.591 39363794.529\nJ3 2949381.591 39363794.529", "不在本市范围内"),
        ("{broken", "GeoJSON"),
        ("POLYGON ((1 2", "WKT"),
        ("[属性描述]\n[地块坐标]\nJ1,1,2,3", "界址点文本"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_the_way_out(pack, text, word) -> None:
    with pytest.raises(BadInput) as caught:
        from_text(text)
    assert word in str(caught.value) and caught.value.how


def test_a_wrong_zone_number_is_named(pack) -> None:
    with pytest.raises(BadInput) as caught:
        from_text("J1 2949581.591 39363594.529\nJ2 2949581.591 39363794.529\nJ3 2949381.591 39363794.529")
    assert "39" in caught.value.where


def refused(shape: shapely.Geometry, error: type[Exception] = BadInput) -> str:
    with pytest.raises(error) as caught:
        checked(Site(shape, "text"), settings_of())
    return str(caught.value)


def test_sites_that_cannot_be_checked_get_a_clear_answer(pack) -> None:
    west, south, east, north = SQUARE.bounds
    bow_tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    assert "自相交" in refused(bow_tie) and "约在" in refused(bow_tie)
    assert "小于下限" in refused(shapely.Polygon([(west, south), (east, south), (west, south)]))
    assert "平均宽" in refused(box(0, 0, 400, 1)) and "2 m" in refused(box(0, 0, 400, 1))
    assert "不在本市" in refused(shapely.box(116, 39, 116.1, 39.1))
    assert "须是面" in refused(shapely.Point(west, south)) and "须是面" in refused(shapely.Polygon())
    assert "超过上限 100,000 公顷" in refused(shapely.box(106.5, 26.4, 107.0, 26.9), TooLarge)


def many_cornered(corners: int) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    centre = SQUARE.centroid
    return shapely.Polygon(np.column_stack((centre.x + 0.001 * np.cos(turn), centre.y + 0.001 * np.sin(turn))))


def test_a_hundred_thousand_vertices_pass_and_more_than_the_limit_names_it(pack) -> None:
    round_site = many_cornered(100_001)
    assert checked(Site(round_site, "text"), settings_of()).geometry.equals(round_site)
    assert "120,000" in refused(many_cornered(150_000), TooLarge)


def test_old_datums_need_parameters(pack) -> None:
    xy = transform(4490, 4524).points(shapely.get_coordinates(SQUARE)[:4])
    with pytest.raises(BadInput, match="转换参数"):
        from_text("\n".join(f"{n:.3f} {e:.3f}" for e, n in xy), epsg=2360)
