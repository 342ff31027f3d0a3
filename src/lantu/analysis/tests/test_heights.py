"""Rasters of heights: read, refused, placed; slopes of zones; profiles along lines."""

from __future__ import annotations

import io
import json
from datetime import date

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lantu.analysis.conformity.papers import facts as check_facts
from lantu.analysis.conformity.sites import Site
from lantu.analysis.conformity.wording import shown
from lantu.analysis.factories import actor, box
from lantu.analysis.models import HeightRaster, Profile
from lantu.analysis.partition import basis
from lantu.analysis.services import (
    draw_profile,
    load_raster,
    remove_raster,
    run_check,
    search_sites,
    start_raster,
    verify_check,
    verify_profile,
)
from lantu.analysis.services.rasters import About
from lantu.analysis.siting.why import why_not
from lantu.analysis.terrain.lines import line_from_text
from lantu.analysis.terrain.slopes import runs_of, slope_of, zone_slopes
from lantu.analysis.terrain.store import terrain_for
from lantu.analysis.terrain.warping import Lattice
from lantu.analysis.terrain.writing import MATRIX
from lantu.analysis.tests.heights import corner_of_city, geotiff, plane
from lantu.core import files, jobs
from lantu.core.errors import BadInput, Conflict, LantuError, NotFound, Refused, TooLarge

PLANNER = actor("planner")
ABOUT = About("演示高程", "测试", "CC0", "1985 国家高程基准", "2018-05-01")
RISE = 0.12
TURNED = (9.0, 4.0, 0.0, 0.0, 4.0, -9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""A matrix of cells that lie askew."""


@pytest.fixture
def city(release):
    """The corner of the little city in metres."""
    return corner_of_city()


@pytest.fixture
def hill(city, tmp_path):
    """A plane over the city that rises 12 % to the east, cells of 10 m."""
    x, y = city
    path = geotiff(tmp_path / "hill.tif", plane(140, 140, 10, RISE, 0), x - 300, y + 1100, 10)
    return load_raster(PLANNER, [("hill.tif", path)], ABOUT)


def test_a_raster_on_the_citys_plane_is_kept_cell_for_cell(hill, city) -> None:
    assert (hill.rows, hill.columns, hill.cell_m) == (140, 140, 10.0) and hill.void_share == 0
    terrain = terrain_for(basis().partition.grid)
    assert terrain is not None and np.array_equal(terrain.heights, plane(140, 140, 10, RISE, 0))
    assert hill.surveyed_on == date(2018, 5, 1) and hill.files[0]["epsg"] == basis().partition.grid.epsg
    assert np.isclose(terrain.heights_at(city[None] + [[400, 400]])[0], 1000 + RISE * 700, atol=1e-3)


def test_degrees_are_brought_to_the_plane_and_tiles_become_one_raster(city, tmp_path, release) -> None:
    west, south, east, north = box(-200, -200, 1000, 1000).bounds
    lon, lat = np.linspace(west, east, 201), np.linspace(north, south, 201)
    heights = (1000 + (lon[None, :-1] - west) * 10_000 + (lat[:-1, None] - south) * 5_000).astype(np.float32)
    cell = ((east - west) / 200, (north - south) / 200)
    parts = [
        ("a.tif", geotiff(tmp_path / "a.tif", heights[:, :101], west, north, cell, epsg=4326, nodata=-9999, compression="tiff_lzw")),
        ("b.tif", geotiff(tmp_path / "b.tif", heights[:, 100:], lon[100], north, cell, epsg=4490, compression="tiff_adobe_deflate")),
    ]
    row = load_raster(PLANNER, parts, ABOUT)
    terrain = terrain_for(basis().partition.grid)
    assert 5 < row.cell_m < 7 and terrain is not None
    place = box(400, 400, 401, 401).centroid
    grid = basis().partition.grid
    at = grid.to_metres(grid.from_degrees(np.array([[place.x, place.y]])))
    # cells hold the height of their upper left corner as drawn above: half a cell east and south of it
    expected = 1000 + (place.x - west - cell[0] / 2) * 10_000 + (place.y - south + cell[1] / 2) * 5_000
    assert abs(terrain.heights_at(at)[0] - expected) < 0.05
    assert 0 < row.void_share < 0.05  # slivers at the rim: degrees are not parallel to the plane


@pytest.mark.parametrize(
    ("make", "word", "error"),
    [
        (lambda p, x, y: p.write_text("no picture") and p, "TIFF", BadInput),
        (lambda p, x, y: geotiff(p, plane(9, 9, 10, 0, 0), x, y, 10, epsg=None), "没有写明坐标系", BadInput),
        (lambda p, x, y: geotiff(p, plane(9, 9, 10, 0, 0), x, y, 10, tags={}), "坐标信息", BadInput),
        (
            lambda p, x, y: geotiff(p, plane(9, 9, 10, 0, 0), x, y, 10, tags={MATRIX: TURNED}),
            "旋转",
            BadInput,
        ),
        (lambda p, x, y: geotiff(p, plane(9, 9, 10, 0, 0), x + 2e6, y, 10), "不在本市范围", BadInput),
        (lambda p, x, y: geotiff(p, np.full((9, 9), -9999, np.float32), x, y, 10, nodata=-9999), "全是无值", BadInput),
        (lambda p, x, y: geotiff(p, np.full((9, 9), np.nan, np.float32), x, y, 10), "全是无值", BadInput),
        (lambda p, x, y: geotiff(p, np.full((9, 9), -32768, np.float32), x, y, 10), "以米计", BadInput),
        (lambda p, x, y: geotiff(p, np.zeros((9, 9, 3), np.uint8), x, y, 10), "图片", BadInput),
        (lambda p, x, y: geotiff(p, plane(9, 9, 10, 0, 0), x, y, 10, epsg=2363), "不能可靠地转换", BadInput),
        (lambda p, x, y: geotiff(p, plane(80, 80, 10, 0, 0), x, y, 10), "上限 5,000", TooLarge),
    ],
)
def test_what_is_no_raster_of_this_city_is_refused_with_the_reason(city, tmp_path, make, word, error, release) -> None:  # noqa: PLR0917
    part = release.run.pack.parts.get(name="analysis")
    part.content["limits"]["raster_cells"] = 5_000
    part.save()
    with pytest.raises(error, match=word):
        load_raster(PLANNER, [("x.tif", make(tmp_path / "x.tif", *city))], ABOUT)
    assert not HeightRaster.objects.exists()


def test_only_loaders_load_and_remove_and_what_is_removed_is_not_used(hill, tmp_path) -> None:
    for refused in ("window", "reviewer", "viewer"):
        with pytest.raises(Refused):
            load_raster(actor(refused, 5), [], ABOUT)
        with pytest.raises(Refused):
            remove_raster(actor(refused, 5), hill, "旧了")
    with pytest.raises(Conflict, match="已经载入"):
        load_raster(PLANNER, [("hill.tif", tmp_path / "hill.tif")], ABOUT)
    with pytest.raises(BadInput, match="原因"):
        remove_raster(actor("sysadmin", 9), hill, "")
    remove_raster(actor("sysadmin", 9), hill, "已有更新的数据")
    assert terrain_for(basis().partition.grid) is None
    with pytest.raises(Conflict, match="已经停用"):
        remove_raster(PLANNER, hill, "再停用")
    with pytest.raises(NotFound):
        draw_profile(PLANNER, line((50, 200), (750, 200)), raster=hill.number)
    for data in ({}, {"title": "x", "source": "y"}, {"title": "x", "source": "y", "licence": "z", "surveyed_on": "去年"}):
        with pytest.raises(BadInput):
            About.read(data)


def test_large_files_are_loaded_by_a_job_and_refused_there_alike(city, tmp_path) -> None:
    x, y = city
    good = geotiff(tmp_path / "good.tif", plane(20, 20, 10, 0, 0), x, y + 200, 10)
    bad = geotiff(tmp_path / "bad.tif", plane(20, 20, 10, 0, 0), x, y + 200, 10, epsg=None)
    done = start_raster(PLANNER, [("good.tif", files.store_path(good))], ABOUT)
    failed = start_raster(PLANNER, [("bad.tif", files.store_path(bad))], ABOUT)
    jobs.work_off()
    done.refresh_from_db()
    failed.refresh_from_db()
    assert done.state == "done" and done.result["raster"] == HeightRaster.objects.get().number
    assert failed.state == "failed" and "坐标系" in failed.error["what"]


LATTICE = Lattice(4524, 0.0, 1000.0, 10.0, 100, 100)


@settings(max_examples=40, deadline=None)
@given(points=st.lists(st.tuples(st.floats(-60, 1060), st.floats(-60, 1060)), min_size=3, max_size=9), hole=st.booleans())
def test_zones_hold_exactly_the_cells_whose_centres_lie_within(points, hole) -> None:
    zone = shapely.MultiPoint(points).convex_hull
    if zone.geom_type != "Polygon":
        return
    if hole:
        zone = zone.difference(zone.centroid.buffer(70.3))
    runs = runs_of(np.array([zone], dtype=object), LATTICE)
    found = {(int(r), c) for r, a, b in zip(runs.row, runs.first, runs.stop, strict=True) for c in range(int(a), int(b))}
    rows, columns = np.mgrid[-8:108, -8:108]
    x, y = (columns + 0.5) * 10.0, 1000.0 - (rows + 0.5) * 10.0
    near = shapely.distance(zone.boundary, shapely.points(x, y)) < 1e-6
    inside = shapely.contains_xy(zone, x, y)
    assert {(int(r), int(c)) for r, c in zip(rows[inside & ~near], columns[inside & ~near], strict=True)} <= found
    assert found <= {(int(r), int(c)) for r, c in zip(rows[inside | near], columns[inside | near], strict=True)}


@settings(max_examples=15, deadline=None)
@given(east=st.floats(-0.6, 0.6), north=st.floats(-0.6, 0.6))
def test_the_slope_of_a_plane_is_exact_for_every_zone(east, north) -> None:
    slope = slope_of(plane(100, 100, 10, east, north).astype(np.float64), 10)
    true = float(np.hypot(east, north) * 100)
    zones = np.array([shapely.box(103, 204, 380, 391), shapely.Point(500, 500).buffer(160), shapely.box(501, 501, 503, 504)], dtype=object)
    found = zone_slopes(zones, LATTICE, slope, 25.0)
    assert np.allclose(found.mean, true, atol=1e-3) and np.allclose(found.most, true, atol=1e-3)
    assert found.cells.tolist()[2] == 0 and found.known.tolist()[2] == 1  # a yard has the slope of its cell
    if abs(true - 25) > 0.01:
        assert (found.steep == (true > 25)).all()


def test_zones_off_the_raster_have_no_slope() -> None:
    slope = slope_of(plane(100, 100, 10, 0.1, 0), 10)
    found = zone_slopes(np.array([shapely.box(2000, 0, 2100, 100), shapely.box(900, 900, 1100, 1100)], dtype=object), LATTICE, slope, 25)
    assert found.known.tolist()[0] == 0 and np.isnan(found.mean[0])
    assert 0 < found.known[1] < found.cells[1] and abs(found.mean[1] - 10) < 1e-3


def line(*points: tuple[float, float]) -> shapely.LineString:
    """A line through points in metres from the corner of the city."""
    return shapely.LineString([box(x, y, x + 0.02, y + 0.02).centroid.coords[0] for x, y in points])


def test_a_profile_tells_heights_climb_and_the_classes_beneath(hill) -> None:
    row = draw_profile(PLANNER, line((50, 200), (750, 200)), title="东西向")
    result = row.result
    assert abs(result["length_m"] - 700) < 1.5 and abs(result["climb_m"] - RISE * 700) < 0.2 and result["descent_m"] == 0
    assert abs(result["mean_slope"] - RISE * 100) < 0.1 and abs(result["most_slope"] - RISE * 100) < 0.3
    assert result["lowest_at"] == 0 and abs(result["highest_at"] - result["length_m"]) < 0.02
    bands = {
        band["layer"]: [(run["code"], round(run["from"] / 10), round(run["to"] / 10)) for run in band["runs"]] for band in result["bands"]
    }
    assert bands["C0101"] == [("R2", 0, 35), ("G1", 35, 70)]
    assert [code for code, _from, _to in bands["C0401"]] == ["010", "030", "010"]
    assert row.asked["raster"]["digest"] == hill.digest and row.release is not None and len(row.digest) == 64
    there_and_back = draw_profile(PLANNER, line((50, 200), (350, 200), (50, 200))).result
    assert abs(there_and_back["climb_m"] - there_and_back["descent_m"]) < 0.1
    report = verify_profile(PLANNER, row)
    assert report["intact"] and report["same"]
    Profile.objects.filter(pk=row.pk).update(result=result | {"climb_m": 1.0})
    assert not verify_profile(PLANNER, Profile.objects.get(pk=row.pk))["intact"]


def test_layers_a_post_may_not_see_are_not_under_its_profile(hill) -> None:
    course = line((50, 350), (50, 600))
    assert "C0404" in [band["layer"] for band in draw_profile(PLANNER, course).result["bands"]]
    assert "C0404" not in [band["layer"] for band in draw_profile(actor("window", 5), course).result["bands"]]


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        (box(0, 0, 100, 100), "一条线"),
        (shapely.LineString(), "一条线"),
        (shapely.LineString([(106.6, 26.6), (106.6, 26.6)]), "图形|线长"),
        (shapely.LineString([(120, 30), (121, 31)]), "本市范围"),
        (shapely.LineString([(106.7, 26.7), (106.71, 26.7)]), "没有高程|没有可用"),
    ],
)
def test_lines_that_make_no_profile_are_told(hill, shape, word) -> None:
    with pytest.raises(LantuError, match=word):
        draw_profile(PLANNER, shape)


def test_lines_come_as_points_geojson_and_wkt(release) -> None:
    expected = shapely.LineString([(106.63, 26.65), (106.64, 26.66)])
    for text in ("106.63, 26.65\n106.64, 26.66", json.dumps(shapely.geometry.mapping(expected)), expected.wkt):
        assert line_from_text(text).equals_exact(expected, 1e-9)
    for text in ("", "106.63, 26.65", "{}", "LINESTRING (1", "106.63, 26.65\n\n106.64, 26.66"):
        with pytest.raises(BadInput):
            line_from_text(text)


CRITERIA = {"area_ha": [1, 2], "must": [{"kind": "class", "layer": "C0101", "codes": ["R2", "G1"]}], "wishes": []}


def test_siting_keeps_to_the_slope_ranks_by_it_and_tells_why(city, tmp_path, release) -> None:
    with pytest.raises(BadInput, match="没有高程栅格"):
        search_sites(PLANNER, CRITERIA | {"must": [*CRITERIA["must"], {"kind": "slope", "max": 15}]})
    plain = search_sites(PLANNER, CRITERIA)
    assert "raster" not in plain.asked and all(row.slope == {} for row in plain.candidates.all())
    x, y = city
    heights = plane(140, 140, 10, 0, 0)
    heights[:, 70:] += ((np.arange(70) + 0.5) * 10 * 0.3).astype(np.float32)[None, :]  # level to x = 400, then 30 %
    load_raster(PLANNER, [("bend.tif", geotiff(tmp_path / "bend.tif", heights, x - 300, y + 1100, 10))], ABOUT)
    search = search_sites(PLANNER, CRITERIA | {"must": [*CRITERIA["must"], {"kind": "slope", "max": 15}]})
    rows = list(search.candidates.all())
    assert rows and all(row.slope["mean"] <= 15 and row.lon < box(500, 0, 501, 1).bounds[0] for row in rows)
    assert search.result["account"]["dropped"]["slope"] > 0 and search.result["candidates"][0]["slope"]["steep"] <= 1
    steep = box(700, 200, 701, 201).centroid
    answer = why_not(search, steep.x, steep.y).answers[-1]
    assert not answer.holds and "30.0%" in answer.text and "15%" in answer.text
    ranked = list(search_sites(PLANNER, CRITERIA | {"wishes": [{"kind": "flat", "percent": 20, "weight": 1}]}).candidates.all())
    assert ranked[0].values[0]["score"] > 0.99 and ranked[-1].values[0]["score"] == 0 and ranked[-1].slope["steep"] > 0.9


def test_a_check_tells_the_slope_and_is_verified_with_the_same_raster(hill) -> None:
    check = run_check(PLANNER, Site(box(100, 100, 300, 300), "text"))
    told = check.result["site"]["terrain"]
    assert abs(told["mean"] - 12) < 0.01 and abs(told["most"] - 12) < 0.01 and told["steep"] == 0 and told["known"] == told["cells"]
    assert dict(check_facts(check, shown(check)))["坡度"].startswith("平均 12.0%（6.8°）")
    remove_raster(PLANNER, hill, "已有更新的数据")
    assert verify_check(PLANNER, check)["same"]
    without = run_check(PLANNER, Site(box(100, 100, 300, 300), "text"))
    assert "terrain" not in without.result["site"] and "坡度" not in dict(check_facts(without, shown(without)))
    assert verify_check(PLANNER, without)["same"]


def test_pages_api_and_process_load_draw_export_and_verify(client_as, city, tmp_path, release) -> None:
    client = client_as("planner")
    x, y = city
    body = geotiff(tmp_path / "hill.tif", plane(140, 140, 10, RISE, 0), x - 300, y + 1100, 10).read_bytes()
    form = {"title": "坡", "source": "测试", "licence": "CC0"}
    assert client.get("/analysis/heights/").status_code == 200
    assert client.post("/analysis/heights/", form | {"upload": SimpleUploadedFile("x.tif", b"no")}).status_code == 422
    assert client.post("/analysis/heights/", form | {"upload": SimpleUploadedFile("hill.tif", body)}).status_code == 302
    raster = HeightRaster.objects.get()
    assert "坡" in client.get("/analysis/heights/").content.decode()
    assert client.get("/api/v1/analysis/rasters").json()[0]["number"] == raster.number
    course = shapely.geometry.mapping(line((50, 200), (750, 200)))
    made = client.post("/analysis/profiles/new/", {"title": "剖一刀", "geojson": json.dumps(course), "raster": raster.number})
    row = Profile.objects.get()
    assert made["Location"] == row.get_absolute_url()
    page = client.get(row.get_absolute_url()).content.decode()
    assert "<svg" in page and "平均坡度" in page and "R2" in page and "style=" not in page.split("<main")[1].split("</main>")[0]
    assert client.get("/analysis/profiles/new/").status_code == 200 and "剖一刀" in client.get("/analysis/profiles/").content.decode()
    assert client.post("/analysis/profiles/new/", {"text": "106.63 26.65"}).status_code == 422
    address = row.get_absolute_url()
    assert (
        client.get(address + "?export=csv").content.startswith("\ufeff".encode()) and client.get(address + "?export=pdf").status_code == 404
    )
    assert Image.open(io.BytesIO(client.get(address + "?export=png").content)).width > 1000
    assert client.get(address + "?export=xlsx").content.startswith(b"PK")
    assert client.post(address + "verify/").status_code == 302
    answer = client.post("/api/v1/analysis/profiles", json.dumps({"line": course}), content_type="application/json")
    assert (
        answer.status_code == 201
        and answer.json()["result"]["bands"]
        and client.post(f"/api/v1/analysis/profiles/{answer.json()['id']}/verify").json()["same"]
    )
    both = {"line": course, "text": "106.63, 26.65"}
    assert client.post("/api/v1/analysis/profiles", json.dumps(both), content_type="application/json").status_code == 422
    run = client.post(
        "/ogc/processes/elevation-profile/execution", json.dumps({"inputs": {"line": course}}), content_type="application/json"
    )
    assert run.status_code == 200 and run.json()["raster"]["number"] == raster.number, run.content
    assert client.post("/analysis/heights/remove/", {"number": raster.number, "reason": "演示结束"}).status_code == 302
    assert "停用" in client.get("/analysis/heights/").content.decode()
    assert client.post("/analysis/profiles/new/", {"geojson": json.dumps(course)}).status_code == 409
