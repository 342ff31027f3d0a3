"""GeoPackage, GeoJSON and boundary-point text, good and broken."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.plans.readers import NamedFile, ReaderError, inspect, read
from lantu.plans.tests.files import GUIYANG, NAMES, feature, geojson, squares, write

DEGREES = [shapely.box(106.6 + i / 1000, 26.5, 106.601 + i / 1000, 26.501) for i in range(3)]
TXT = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=36
[地块坐标]
5,1.0,DK-1,地块一,面,,住宅,0701,@
J1,1,2949581.591,36363594.529
J2,1,2949681.591,36363594.529
J3,1,2949681.591,36363694.529
J4,1,2949581.591,36363694.529
J1,1,2949581.591,36363594.529
J5,2,2949600.000,36363600.000
J6,2,2949610.000,36363600.000
J7,2,2949610.000,36363610.000
J5,2,2949600.000,36363600.000
"""


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what
    assert caught.value.how
    return caught.value


# GeoPackage


def test_layers_of_a_geopackage_are_read_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "规划.gpkg", DEGREES, crs="EPSG:4490", layer="用地")
    write(path, squares(2), layer="红线", append=False)
    layers = inspect(path, city=GUIYANG)
    assert [(layer.name, layer.count, layer.declared_crs) for layer in layers] == [
        ("规划.gpkg/用地", 3, "EPSG:4490"),
        ("规划.gpkg/红线", 2, "EPSG:4545"),
    ]
    assert all(layer.frame and layer.frame.certainty == "sure" for layer in layers)
    batches = list(read(path, "规划.gpkg/用地", chunk=2))
    assert [len(batch) for batch in batches] == [2, 1]
    assert [f.attributes["地类"] for batch in batches for f in batch] == NAMES
    assert [f.row for batch in batches for f in batch] == [1, 2, 3]
    with pytest.raises(ReaderError, match=r"规划.gpkg/用地、规划.gpkg/红线"):
        list(read(path, "没有"))


def test_gaps_in_the_primary_key_lose_no_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(9))
    with sqlite3.connect(path) as connection:
        for trigger in [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute("DELETE FROM a WHERE fid IN (1, 4, 5)")
    assert [[f.row for f in batch] for batch in read(path, chunk=4)] == [[2, 3, 6, 7], [8, 9]]


@pytest.mark.parametrize("keep", [0.95, 0.5, 0.0005])
def test_a_cut_geopackage_is_refused(tmp_path: Path, keep: float) -> None:
    path = write(tmp_path / "a.gpkg", squares(500))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert refusal(path).code == "gpkg-truncated"


def test_a_geopackage_overwritten_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(2000))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 3 * 4096] = b"\xff" * 3 * 4096
    path.write_bytes(data)
    assert refusal(path).code in {"gpkg-damaged", "short-read"}


def test_another_sqlite_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert refusal(path).code == "gpkg-not"


def test_a_stored_file_without_extension_is_read_under_its_uploaded_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares())
    stored = path.rename(tmp_path / "0a1b2c")
    (layer,) = inspect(NamedFile(stored, "控规.gpkg"))
    assert (layer.name, layer.notices) == ("控规.gpkg", ())


@pytest.mark.parametrize("suffix", [".shp", ".json", ""])
def test_a_wrong_extension_is_said_and_the_content_read(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / "a.gpkg", squares()).rename(tmp_path / f"a{suffix}")
    (layer,) = inspect(path)
    assert (layer.format, layer.count) == ("geopackage", 3)
    assert [n.code for n in layer.notices] == ["wrong-extension"]


def test_mixed_kinds_and_heights_are_said(tmp_path: Path) -> None:
    shapes = [squares()[0], shapely.Point(363_000, 2_949_000, 5.0), shapely.LineString([(363_000, 2_949_000), (363_100, 2_949_000)])]
    path = write(tmp_path / "a.gpkg", shapes, geometry_type="Unknown")
    (layer,) = inspect(path, city=GUIYANG)
    assert layer.kinds == {"Polygon": 1, "Point": 1, "LineString": 1}
    assert {n.code for n in layer.notices} == {"mixed-kinds", "has-height"}


# GeoJSON


def geojson_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.geojson") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_geojson_is_read_in_the_encoding_it_is_in(tmp_path: Path, encoding: str) -> None:
    features = [feature(square, 地类=name, 面积=i * 0.5) for i, (square, name) in enumerate(zip(DEGREES, NAMES, strict=True))]
    path = geojson_file(tmp_path, geojson(features), encoding)
    (layer,) = inspect(path, city=GUIYANG)
    assert [(f.name, f.kind) for f in layer.fields] == [("地类", "text"), ("面积", "number")]
    assert layer.declared_crs == "EPSG:4326"
    assert [f.attributes["地类"] for batch in read(path, chunk=2) for f in batch] == NAMES


@pytest.mark.parametrize("last", [True, False])
def test_the_crs_member_counts_wherever_it_stands(tmp_path: Path, last: bool) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4545"}}
    content = json.loads(geojson([feature(square) for square in squares()]))
    content = {**content, "crs": crs} if last else {"crs": crs, **content}
    (layer,) = inspect(geojson_file(tmp_path, json.dumps(content)), city=GUIYANG)
    assert layer.declared_crs == "EPSG:4545"
    assert layer.frame is not None
    assert layer.frame.certainty == "sure"


def test_metres_without_a_word_are_not_taken_for_degrees(tmp_path: Path) -> None:
    (layer,) = inspect(geojson_file(tmp_path, geojson([feature(square) for square in squares()])), city=GUIYANG)
    assert layer.declared_crs is None
    assert layer.frame is not None
    assert layer.frame.certainty == "likely"


def test_topojson_and_other_json_are_refused_by_name(tmp_path: Path) -> None:
    assert refusal(geojson_file(tmp_path, '{"type": "Topology", "objects": {}, "arcs": []}')).code == "topojson"
    assert refusal(geojson_file(tmp_path, '{"a": [1, 2]}')).code == "json-not-geo"
    assert refusal(geojson_file(tmp_path, "{}")).code == "json-not-geo"
    assert refusal(geojson_file(tmp_path, geojson([]))).code == "no-features"


def test_cut_geojson_names_the_feature(tmp_path: Path) -> None:
    text = geojson([feature(square) for square in DEGREES])
    error = refusal(geojson_file(tmp_path, text[: int(len(text) * 0.6)]))
    assert (error.code, error.values["row"]) == ("json-damaged", 2)


def test_unusable_features_keep_their_row_and_reason(tmp_path: Path) -> None:
    nan = {"type": "Polygon", "coordinates": [[[106.6, 26.5], [float("nan"), 26.5], [106.7, 26.6], [106.6, 26.5]]]}
    short = {"type": "Polygon", "coordinates": [[[106.6, 26.5], [106.7, 26.5]]]}
    empty = {"type": "Polygon", "coordinates": []}
    odd = {"type": "Polygon", "coordinates": "x"}
    path = geojson_file(tmp_path, geojson([feature(g, n=1) for g in (DEGREES[0], nan, short, empty, odd, None)] + [3]))  # type: ignore[list-item]
    (batch,) = read(path)
    assert [(f.row, f.problem.code if f.problem else None) for f in batch] == [
        (1, None),
        (2, "not-finite"),
        (3, "unreadable-geometry"),
        (4, "empty-geometry"),
        (5, "unreadable-geometry"),
        (6, "null-geometry"),
        (7, "not-a-feature"),
    ]
    (layer,) = inspect(path)
    assert layer.count == 7


@pytest.mark.parametrize("member", [feature(DEGREES[0], 地类="住宅"), feature(DEGREES[0])["geometry"]])
def test_a_single_feature_or_bare_geometry_is_one_row(tmp_path: Path, member: dict[str, object]) -> None:
    path = geojson_file(tmp_path, json.dumps(member))
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.count, layer.kinds) == (1, {"Polygon": 1})


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = geojson_file(tmp_path, '{"type": "FeatureCollection", "features": [' + "[" * 200_000)
    assert refusal(path).code == "json-damaged"


def test_large_features_cross_the_pieces_in_which_the_text_is_read(tmp_path: Path) -> None:
    ring = shapely.Point(106.6, 26.6).buffer(0.1, quad_segs=10_000)
    path = geojson_file(tmp_path, geojson([feature(ring, i=i) for i in range(4)]))
    assert path.stat().st_size > 4 << 20
    shapes = [f.geometry for batch in read(path, chunk=3) for f in batch]
    assert all(shape.equals_exact(ring) for shape in shapes if shape is not None)
    assert len(shapes) == 4


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 500), st.integers(0, 127))
def test_any_broken_geojson_is_read_or_refused(tmp_path: Path, at: int, byte: int) -> None:
    data = bytearray(geojson([feature(square, n="住宅") for square in DEGREES]).encode())
    data[at % len(data)] = byte
    path = tmp_path / "a.geojson"
    path.write_bytes(data)
    try:
        (layer,) = inspect(path, city=GUIYANG)
        assert sum(len(batch) for batch in read(path)) == layer.count
    except ReaderError as error:
        assert error.what


# boundary-point text


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_boundary_text_is_a_layer_with_holes_and_its_frame(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "地块.txt"
    path.write_bytes(TXT.encode(encoding))
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.format, layer.count, layer.declared_crs) == ("boundary-text", 1, "EPSG:4524")
    assert layer.frame is not None
    assert layer.frame.certainty == "sure"
    ((parcel,),) = read(path)
    assert parcel.attributes["地块编号"] == "DK-1"
    assert parcel.geometry is not None
    assert parcel.geometry.area == pytest.approx(10_000 - 50)


def test_a_second_ring_beside_the_first_is_a_further_part(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TXT.replace("363636", "363646").replace("36364694", "36363694"))
    ((parcel,),) = read(path)
    assert parcel.geometry is not None
    assert parcel.geometry.geom_type == "MultiPolygon"
    assert parcel.geometry.area == pytest.approx(10_000 + 50)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TXT.replace("J3,1,2949681.591", "J3,1,二百"))
    error = refusal(path)
    assert (error.code, error.values["line"]) == ("text-damaged", 11)


def test_declared_zone_and_eastings_of_another_zone_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TXT.replace("带号=36", "带号=35"))
    (layer,) = inspect(path, city=GUIYANG)
    assert "wrong-frame-declared" in [n.code for n in layer.notices]


def test_two_zones_in_one_file_are_said(tmp_path: Path) -> None:
    wide = np.array([shapely.box(35_662_296, 2_949_885, 35_662_396, 2_949_985), shapely.box(36_363_594, 2_949_581, 36_363_694, 2_949_681)])
    (layer,) = inspect(write(tmp_path / "a.gpkg", list(wide), crs=None), city=GUIYANG)
    assert "two-zones" in [n.code for n in layer.notices]
