"""Sheets to scale, thematic maps, QGIS projects, buffers, bookmarks and notes."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pypdf
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lantu.analysis import sheets
from lantu.analysis.factories import actor, box, make_city
from lantu.analysis.mapwork.buffers import buffered
from lantu.analysis.mapwork.printing import PAPERS, sheet_of, wish_of
from lantu.analysis.mapwork.thematic import breaks, class_of
from lantu.analysis.models import Evaluation, MapMark
from lantu.analysis.partition import basis
from lantu.analysis.services import evaluate
from lantu.analysis.tests.clients import basic, make_person
from lantu.core.errors import BadInput, TooLarge
from lantu.standards import selectors as standards

MIDDLE = {"lon": "106.634", "lat": "26.654"}


def test_a_sheet_is_exactly_to_scale_and_names_what_it_rests_on(client_as, release) -> None:
    wish = wish_of({**MIDDLE, "scale": "2000", "layers": ["C0101", "C0404"], "title": "试图"})
    _sheet, legend = sheet_of(basis(), actor("planner"), wish)
    grid = standards.working_grid()
    _scale, window = sheets.window_of(grid, shapely.Point(wish.lon, wish.lat), PAPERS["a4"][1], 2000)
    west, south, east, north = window.bounds
    assert ((east - west) / 2, (north - south) / 2) == pytest.approx(PAPERS["a4"][1])
    assert {"R2", "G1", "E2"} <= {row["label"].split()[0] for row in legend}
    answer = client_as("planner").get("/analysis/print/", {**MIDDLE, "scale": "2000", "layers": ["C0101"], "title": "试图", "pdf": "1"})
    page = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0]
    words = page.extract_text()
    assert "1:2,000" in words and "0.1" in words and "试图" in words
    assert [round(float(value) * 25.4 / 72) for value in (page.mediabox.width, page.mediabox.height)] == [297, 210]


def test_sheets_refuse_what_cannot_be_printed(client_as, release) -> None:
    client = client_as("planner")
    assert client.get("/analysis/print/").status_code == 200
    for change in ({"lon": "x"}, {"lon": "10"}, {"scale": "1"}, {"paper": "a9"}, {"layers": ["NONE"]}):
        assert client.get("/analysis/print/", {**MIDDLE, "scale": "2000", "pdf": "1", **change}).status_code == 422
    secret = {**MIDDLE, "scale": "2000", "layers": ["C0404"], "pdf": "1"}
    assert client_as("window").get("/analysis/print/", secret).status_code == 422


def test_a_qgis_project_of_any_release_names_layers_that_the_service_gives(client_as, release) -> None:
    make_person("exchange")
    client = client_as("exchange")
    answer = client.get("/analysis/qgis/0.1.qgz")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        project = etree.fromstring(archive.read("lantu-0.1.qgs"))
    # without these two QGIS 3.22 takes neither the project's system nor the layers'
    assert project.findtext("properties/SpatialRefSys/ProjectionsEnabled") == "1" and project.findtext("projectCrs/spatialrefsys/srsid")
    layers = {node.findtext("id"): node for node in project.iter("maplayer")}
    leaves = {node.get("id") for node in project.iter("layer-tree-layer")}
    assert set(layers) == leaves and not any("C0404" in name for name in layers)
    source = layers["lantu_C0101_0_1"].findtext("datasource")
    assert "typename='C0101-0.1'" in source and "url='http://testserver/ogc/'" in source
    assert {node.get("value") for node in layers["lantu_C0101_0_1"].iter("category")} == {"R2", "G1", "E2"}
    assert client.get("/ogc/collections/C0101-0.1/items", headers=basic("exchange")).json()["numberMatched"] == 3
    assert client.get("/analysis/qgis/9.9.qgz").status_code == 404
    assert client_as("").get("/ogc/collections/C0101-0.1/items").status_code == 401


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_every_value_falls_into_one_class_and_classes_rise(values: list[float]) -> None:
    bounds = breaks(values)
    assert bounds == sorted(set(bounds)) and round(max(values), 6) == bounds[-1]
    for value in values:
        at = class_of(value, bounds)
        assert value <= bounds[at] + 1e-6 and (at == 0 or round(value, 6) > bounds[at - 1])


def test_a_thematic_map_shades_the_districts_of_an_indicator(client_as, release) -> None:
    row = evaluate(actor("planner"))
    code = next(one["code"] for one in row.result["indicators"] if one["districts"])
    client = client_as("planner")
    page = client.get(f"/analysis/evaluations/{row.pk}/map/{code}/")
    assert page.status_code == 200 and "<svg" in page.content.decode()
    assert client.get(f"/analysis/evaluations/{row.pk}/map/{code}/", {"pdf": "1"}).content[:4] == b"%PDF"
    assert client.get(f"/analysis/evaluations/{row.pk}/map/I04/").status_code == 404
    assert Evaluation.objects.count() == 1


def test_buffers_are_metres_on_the_ground(client_as, release) -> None:
    point = box(200, 200, 201, 201).centroid
    _shape, area = buffered(point, 100)
    assert area == pytest.approx(np.pi * 100**2, rel=0.01)
    line = shapely.LineString([box(0, 0, 1, 1).centroid, box(400, 0, 401, 1).centroid])
    assert buffered(line, 50)[1] == pytest.approx(400 * 100 + np.pi * 50**2, rel=0.02)
    with pytest.raises(BadInput, match="20,000"):
        buffered(point, 1e6)
    with pytest.raises(TooLarge, match="20,000"):
        buffered(shapely.LineString(np.random.default_rng(1).random((30_000, 2))), 5)
    answer = client_as("planner").post(
        "/api/v1/analysis/buffer", json.dumps({"geometry": point.__geo_interface__, "metres": 100}), content_type="application/json"
    )
    assert answer.json()["properties"]["area_m2"] == pytest.approx(area, abs=0.1)
    wrong = json.dumps({"geometry": {"type": "x"}, "metres": 1})
    bad = client_as("planner").post("/api/v1/analysis/buffer", wrong, content_type="application/json")
    assert bad.status_code == 422


def test_bookmarks_and_notes_are_ones_own_or_the_departments(client_as, release) -> None:
    client = client_as("planner")

    def keep(**more: object):
        given = {"kind": "note", "text": "看这里", "lon": 106.634, "lat": 26.654} | more
        return client.post("/api/v1/analysis/marks", json.dumps(given), content_type="application/json")

    assert keep().status_code == 201 and keep(kind="bookmark", text="城东", address="?at=1,2,3", shared=True).status_code == 201
    for change in ({"kind": "x"}, {"text": " "}, {"lon": 0.0}, {"address": "//elsewhere.example"}):
        assert keep(**change).status_code == 422
    line = {"type": "LineString", "coordinates": [[106.63, 26.65], [106.64, 26.65], [106.64, 26.66]]}
    drawn = keep(text="沿这条线", shape=line, lon=0.0, lat=0.0)
    assert drawn.status_code == 201 and drawn.json()["shape"] == line and 106.63 <= drawn.json()["lon"] <= 106.64
    many = [[106.6 + number * 1e-6, 26.6] for number in range(20_001)]
    for coordinates in ([[0, 0], [1, 1]], [], many):
        assert keep(shape={"type": "LineString", "coordinates": coordinates}).status_code in (413, 422)
    assert client.delete(f"/api/v1/analysis/marks/{drawn.json()['id']}").status_code == 204
    client = client_as("reviewer", 2)
    seen = client.get("/api/v1/analysis/marks").json()
    assert [one["text"] for one in seen] == ["城东"] and not seen[0]["own"]
    assert client.delete(f"/api/v1/analysis/marks/{seen[0]['id']}").status_code == 403
    client = client_as("planner")
    assert client.delete(f"/api/v1/analysis/marks/{seen[0]['id']}").status_code == 204 and MapMark.objects.count() == 1


def test_two_releases_stand_side_by_side(client_as, db) -> None:
    make_city()
    assert "map-left" in client_as("planner").get("/analysis/linked/").content.decode()
