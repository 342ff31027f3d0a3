"""OGC API Features as its abstract tests and a real client (GDAL) see it."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
import shapely
from django.test import Client

from lantu.accounts.models import User
from lantu.analysis.factories import box, make_city, make_living
from lantu.analysis.ogc.cql2 import parse
from lantu.analysis.ogc.crs import CRS84, uri
from lantu.analysis.tests.clients import basic, make_person, run
from lantu.core.errors import BadInput
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition

ITEMS = "/ogc/collections/C0101/items"


def test_landing_conformance_and_collections_link_to_each_other(client_as, release) -> None:
    client = client_as("planner")
    links = {link["rel"]: link["href"] for link in client.get("/ogc/").json()["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= links.keys()
    classes = client.get(links["conformance"]).json()["conformsTo"]
    assert any(one.endswith("features-2/1.0/conf/crs") for one in classes) and any(one.endswith("basic-cql2") for one in classes)
    assert client.get(links["service-desc"]).json()["openapi"].startswith("3.0")
    found = client.get(links["data"]).json()["collections"]
    assert {one["id"] for one in found} == {"C0101", "C0401", "D0102", "catalogue"}
    assert found[0]["storageCrs"] == uri(4490) and CRS84 in found[0]["crs"]
    assert client.get("/ogc/collections/C0101/queryables").json()["properties"]["code"]


def test_restricted_layers_never_leave_and_others_only_to_those_who_may(client_as, release) -> None:
    for role in ("planner", "supervisor", "exchange"):
        assert client_as(role).get("/ogc/collections/C0404/items").status_code == 404
    assert [one["id"] for one in client_as("").get("/ogc/collections").json()["collections"]] == ["catalogue"]
    LayerDefinition.objects.filter(code="C0101").update(security="internal")
    standards.clear()
    assert client_as("builder").get(ITEMS).status_code == 404
    LayerDefinition.objects.filter(code="C0101").update(sharing="none")
    standards.clear()
    assert client_as("planner").get(ITEMS).status_code == 404


AXES = (4490, 4545, 4326, 3857)


def test_coordinates_come_in_the_axis_order_of_their_system(client_as, release) -> None:
    for epsg in AXES:
        client = client_as("planner")
        degrees = client.get(ITEMS).json()["features"][0]["geometry"]["coordinates"][0]
        answer = client.get(ITEMS, {"crs": uri(epsg)})
        assert answer["Content-Crs"] == f"<{uri(epsg)}>"
        found = np.array(answer.json()["features"][0]["geometry"]["coordinates"][0])
        wanted = transform(4490, epsg).points(np.array(degrees))
        north_first = epsg != 3857
        assert np.allclose(found, wanted[:, ::-1] if north_first else wanted, atol=1e-6)


def test_pages_windows_and_properties_select(client_as, release) -> None:
    client = client_as("planner")
    whole = client.get(ITEMS).json()
    assert whole["numberMatched"] == whole["numberReturned"] == 3
    first = client.get(ITEMS, {"limit": 2}).json()
    nexts = [link["href"] for link in first["links"] if link["rel"] == "next"]
    assert len(first["features"]) == 2 and len(client.get(nexts[0]).json()["features"]) == 1
    window = ",".join(map(str, box(10, 10, 20, 20).bounds))
    assert [f["properties"]["code"] for f in client.get(ITEMS, {"bbox": window}).json()["features"]] == ["R2"]
    west, south, east, north = box(10, 10, 20, 20).bounds
    turned = {"bbox": f"{south},{west},{north},{east}", "bbox-crs": uri(4490)}
    assert client.get(ITEMS, turned).json()["numberMatched"] == 1
    assert client.get(ITEMS, {"code": "G1"}).json()["numberMatched"] == 1
    one = whole["features"][0]
    assert client.get(f"{ITEMS}/{one['id']}").json()["geometry"] == one["geometry"]
    assert client.get(f"{ITEMS}/999999").status_code == 404


FILTERS = [
    ("code = 'R2'", ["R2"]),
    ("code <> 'R2' AND area_m2 > 1000", ["G1", "E2"]),
    ("code LIKE 'g%' OR code IN ('E2')", ["G1", "E2"]),
    ("NOT (code = 'R2')", ["G1", "E2"]),
    ("area_m2 BETWEEN 300000 AND 400000", ["E2"]),
    ("S_INTERSECTS(geometry, {shape}) AND code IS NOT NULL", ["R2"]),
]


def test_cql2_filters(client_as, release) -> None:
    for text, codes in FILTERS:
        asked = text.replace("{shape}", box(10, 10, 20, 20).wkt)
        found = client_as("planner").get(ITEMS, {"filter": asked}).json()
        assert [feature["properties"]["code"] for feature in found["features"]] == codes


BAD_PARAMETERS = [
    {"filter": "code = "},
    {"filter": "nothing = 1"},
    {"bbox": "1,2"},
    {"limit": "x"},
    {"crs": "EPSG:1"},
    {"unknown": "1"},
    {"filter": "code = 'a' OR S_INTERSECTS(geometry, POINT(1 2))"},
]


def test_bad_parameters_are_refused_with_400(client_as, release) -> None:
    for query in BAD_PARAMETERS:
        answer = client_as("planner").get(ITEMS, query)
        assert answer.status_code == 400 and answer.json()["description"]


def test_a_filter_that_is_no_filter_names_the_place() -> None:
    with pytest.raises(BadInput, match="第 7 个字符"):
        parse("code = ;", {"code": "code"})


def test_living_layers_are_served_as_of_a_day(client_as, release) -> None:
    make_living("D0102", (0, 0, 50, 100), name="某供地")
    path = "/ogc/collections/D0102/items"
    client = client_as("planner")
    assert client.get(path).json()["features"][0]["properties"]["name"] == "某供地"
    assert client.get(path, {"datetime": "2017-01-01"}).json()["numberMatched"] == 0


def test_other_systems_sign_in_by_basic_and_a_wrong_password_asks_again(db, release) -> None:
    user = make_person("exchange")
    client = Client()
    assert client.get(ITEMS, headers=basic("exchange")).json()["numberMatched"] == 3
    with patch("lantu.analysis.ogc.rights.authenticate") as looking:  # a right password is looked at once
        assert client.get(ITEMS, headers=basic("exchange")).status_code == 200 and not looking.called
    wrong = client.get(ITEMS, headers=basic("exchange", "no"))
    assert wrong.status_code == 401 and "Basic" in wrong["WWW-Authenticate"]
    user.set_password("another-lantu-2026")
    user.save()
    assert client.get(ITEMS, headers=basic("exchange")).status_code == 401
    assert client.get(ITEMS, headers=basic("exchange", "another-lantu-2026")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(ITEMS, headers=basic("exchange", "another-lantu-2026")).status_code == 401


GDAL = """
import json, sys, pyogrio, shapely
source, window = sys.argv[1], json.loads(sys.argv[2])
layers = pyogrio.list_layers(source)[:, 0].tolist()
meta, _index, geometry, fields = pyogrio.raw.read(source, layer="C0101")
codes = fields[list(meta["fields"]).index("code")].tolist()
_meta, _index, found, _fields = pyogrio.raw.read(source, layer="C0101", bbox=tuple(window))
shape = shapely.from_wkb(geometry[codes.index("R2")])
print(json.dumps({"layers": layers, "codes": sorted(codes), "near": len(found), "shape": shape.wkt}))
"""


@pytest.mark.django_db(transaction=True)
def test_gdal_reads_the_published_layers(live_server) -> None:
    make_city()
    make_person("exchange")
    read = run(GDAL, f"OAPIF:{live_server.url}/ogc/", list(box(10, 10, 20, 20).bounds))
    assert {"C0101", "C0401"} <= set(read["layers"]) and "C0404" not in read["layers"]
    assert read["codes"] == ["E2", "G1", "R2"] and read["near"] == 1
    assert shapely.from_wkt(read["shape"]).symmetric_difference(box(0, 0, 400, 400)).area < 1e-12
