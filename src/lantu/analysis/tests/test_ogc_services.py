"""Tiles, catalogue, WMS, WFS and writes as their specifications and real clients (GDAL, OWSLib) see them."""

from __future__ import annotations

import io
import json

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from django.test import Client
from lxml import etree
from PIL import Image

from lantu.analysis.factories import box, make_city, make_living
from lantu.analysis.ogc.crs import uri
from lantu.analysis.tests.clients import PASSWORD, basic, make_person, run
from lantu.blueprints.tiles.grid import EXTENT, MercatorTile, tile_at
from lantu.geodesy.transform import transform
from lantu.plans.models import DatasetMetadata, LivingFeature
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition

TILES = "/ogc/collections/C0101/tiles"
MIDDLE = (106.632, 26.652)


def mercator_at(lon: float, lat: float, z: int) -> MercatorTile:
    x, y = transform(4490, 3857).points(np.array([[lon, lat]]))[0]
    half = 20037508.3427892
    count = 1 << z
    return MercatorTile(z, int((x + half) / (2 * half) * count), int((half - y) / (2 * half) * count))


def read(answer) -> dict[str, shapely.Geometry]:
    """Code → shape, in the tile's own coordinates, y upwards."""
    found = mapbox_vector_tile.decode(answer.content)["C0101"]["features"]
    return {one["properties"]["code"]: shapely.geometry.shape(one["geometry"]) for one in found}


def test_tiles_of_both_grids_hold_the_layer_where_it_lies(client_as, release) -> None:
    client = client_as("planner")
    degree, mercator = tile_at(*MIDDLE, 14), mercator_at(*MIDDLE, 15)
    for name, tile in (("WorldCRS84Quad", degree), ("CGCS2000Quad", degree), ("WebMercatorQuad", mercator)):
        shapes = read(client.get(f"{TILES}/{name}/{tile.z}/{tile.y}/{tile.x}"))
        west, south, east, north = tile.bounds
        assert west < MIDDLE[0] < east and south < MIDDLE[1] < north
        assert shapely.Point(tile.local(np.array([MIDDLE]))[0]).within(shapes["R2"].buffer(2))
        corner = tile.local(np.array([box(0, 0, 1, 1).bounds[:2]]))[0]
        assert shapes["R2"].intersects(shapely.Point(np.clip(corner, 0, EXTENT)).buffer(70))


def test_tile_metadata_leads_from_the_layer_to_a_tile_and_to_the_grid(client_as, release) -> None:
    client = client_as("planner")
    found = client.get(TILES).json()["tilesets"]
    assert [one["crs"] for one in found] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", uri(4490), uri(3857)]
    links = {link["rel"].rpartition("/")[2]: link["href"] for link in found[0]["links"]}
    grid = client.get(links["tiling-scheme"]).json()
    assert [(one["matrixWidth"], one["matrixHeight"]) for one in grid["tileMatrices"][:2]] == [(2, 1), (4, 2)]
    assert grid["tileMatrices"][0]["scaleDenominator"] == pytest.approx(279541132.0143589)  # OGC 17-083r4, D.2
    web = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    assert web["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.0287178)  # OGC 17-083r4, D.1
    assert client.get(links["self"]).json()["layers"] == [{"id": "C0101", "dataType": "vector", "geometryDimension": 2}]
    tile = tile_at(*MIDDLE, 12)
    address = links["item"].format(tileMatrix=tile.z, tileRow=tile.y, tileCol=tile.x)
    assert client.get(address)["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert client.get(f"{TILES}/WorldCRS84Quad/3/0/0").status_code == 204
    assert client.get(f"{TILES}/WorldCRS84Quad/0/7/7").status_code == client.get(f"{TILES}/Other/0/0/0").status_code == 404
    assert client.get("/ogc/collections/C0404/tiles/WorldCRS84Quad/0/0/0").status_code == 404


def test_what_follows_from_the_release_is_known_again_by_its_tag_and_living_layers_never(client_as, release) -> None:
    client = client_as("planner")
    make_living("D0102", (0, 0, 50, 100))
    first = client.get("/ogc/collections/C0101/items")
    again = client.get("/ogc/collections/C0101/items", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content and "private" in first["Cache-Control"]
    other = client_as("exchange").get("/ogc/collections/C0101/items", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    living = client.get("/ogc/collections/D0102/items")
    assert living["Cache-Control"] == "no-store" and not living.has_header("ETag")


def test_a_dataset_whose_metadata_say_secret_never_leaves(client_as, release) -> None:
    plan = release.run.releases.get(layer_code="C0401")
    DatasetMetadata.objects.create(dataset=plan.dataset, security="secret")
    for path in ("items", "tiles/WorldCRS84Quad/0/0/0", "queryables"):
        assert client_as("planner").get(f"/ogc/collections/C0401/{path}").status_code == 404
    assert "C0401" not in client_as("planner").get("/ogc/wms", {"SERVICE": "WMS", "REQUEST": "GetCapabilities"}).content.decode()
    assert client_as("planner").get("/ogc/wfs", {"REQUEST": "GetFeature", "TYPENAMES": "C0401"}).status_code == 404


def test_the_catalogue_has_a_record_for_each_layer_and_release(client_as, release) -> None:
    client = client_as("planner")
    found = client.get("/ogc/collections/catalogue/items").json()
    assert {one["id"] for one in found["features"]} == {"C0101", "C0401", "D0102", "release-0.1"}
    assert client.get("/ogc/collections/catalogue/items", {"type": "release"}).json()["numberMatched"] == 1
    assert client.get("/ogc/collections/catalogue/items", {"q": "C0401"}).json()["features"][0]["id"] == "C0401"
    assert client.get("/ogc/collections/catalogue/items", {"bbox": "0,0,1,1"}).json()["features"] == []
    assert client.get("/ogc/collections/catalogue/items/release-0.1").json()["properties"]["digest"] == release.digest
    assert client.get("/ogc/collections/catalogue/items/C0404").status_code == 404
    assert client_as("").get("/ogc/collections/catalogue/items").json()["features"] == []


MAP = {"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": "C0101", "STYLES": "", "FORMAT": "image/png"}
SIZE = {"WIDTH": 80, "HEIGHT": 80, "TRANSPARENT": "TRUE"}


def window(epsg: int, north_first: bool) -> str:
    """The box (0,0)-(400,400), which is R2, in a CRS."""
    x0, y0, x1, y1 = box(0, 0, 400, 400).bounds
    corners = transform(4490, epsg).points(np.array([[x0, y0], [x1, y1]])) if epsg != 4490 else np.array([[x0, y0], [x1, y1]])
    return ",".join(map(str, (corners[:, ::-1] if north_first else corners).ravel()))


WINDOWS = [
    ("EPSG:4490", (4490, True)),
    ("EPSG:4326", (4490, True)),
    ("CRS:84", (4490, False)),
    ("EPSG:3857", (3857, False)),
    ("EPSG:4545", (4545, True)),
]


def test_wms_pictures_show_the_place_in_every_axis_order(client_as, release) -> None:
    for crs, bbox in WINDOWS:
        answer = client_as("planner").get("/ogc/wms", {**MAP, **SIZE, "CRS": crs, "BBOX": window(*bbox)})
        picture = np.asarray(Image.open(io.BytesIO(answer.content)))
        assert picture.shape == (80, 80, 4) and (picture[5:-5, 5:-5, 3] > 0).all()
        assert len({tuple(one) for one in picture[20:60, 20:60].reshape(-1, 4).tolist()}) == 1
        info = {"REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "C0101", "INFO_FORMAT": "application/json", "I": 40, "J": 40}
        found = client_as("planner").get("/ogc/wms", {**MAP, **SIZE, "CRS": crs, "BBOX": window(*bbox), **info}).json()
        assert [one["properties"]["code"] for one in found["features"]] == ["R2"]


def test_wms_1_1_1_takes_longitude_first_and_refusals_are_service_exceptions(client_as, release) -> None:
    client = client_as("planner")
    old = {**MAP, **SIZE, "VERSION": "1.1.1", "SRS": "EPSG:4326", "BBOX": window(4490, False)}
    assert np.asarray(Image.open(io.BytesIO(client.get("/ogc/wms", old).content)))[40, 40, 3] > 0
    for change, code in (
        ({"LAYERS": "C0404"}, "LayerNotDefined"),
        ({"SRS": "EPSG:1"}, "InvalidSRS"),
        ({"FORMAT": "image/tiff"}, "InvalidFormat"),
        ({"WIDTH": 50_000}, "InvalidParameterValue"),
        ({"BBOX": "1,2"}, "InvalidParameterValue"),
        ({"REQUEST": "Nothing"}, "OperationNotSupported"),
    ):
        answer = client.get("/ogc/wms", {**old, **change})
        assert answer.status_code == 400 and f'code="{code}"' in answer.content.decode()
    assert "4096" in client.get("/ogc/wms", {**old, "WIDTH": 50_000}).content.decode()


FES = '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">{}</fes:Filter>'
EQUAL = "<fes:PropertyIsEqualTo><fes:ValueReference>code</fes:ValueReference><fes:Literal>{}</fes:Literal></fes:PropertyIsEqualTo>"


def wfs(client: Client, **query: str):
    return client.get("/ogc/wfs", {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": "lantu:C0101", **query})


def codes(answer) -> list[str]:
    return [node.text for node in etree.fromstring(answer.content).iter("{http://lantu.wfs}code")]


def test_wfs_filters_pages_and_writes_coordinates_latitude_first(client_as, release) -> None:
    client = client_as("planner")
    whole = etree.fromstring(wfs(client).content)
    assert whole.get("numberMatched") == "3"
    south, west = [float(value) for value in whole.find(".//{*}posList").text.split()[:2]]
    assert 26 < south < 27 and 106 < west < 107
    x0, y0, x1, y1 = box(10, 10, 20, 20).bounds
    assert codes(wfs(client, BBOX=f"{y0},{x0},{y1},{x1},urn:ogc:def:crs:EPSG::4490")) == ["R2"]
    assert codes(wfs(client, FILTER=FES.format(EQUAL.format("G1")))) == ["G1"]
    both = f"<fes:Or>{EQUAL.format('G1')}<fes:Not>{EQUAL.format('E2')}</fes:Not></fes:Or>"
    assert codes(wfs(client, FILTER=FES.format(both))) == ["R2", "G1"]
    corners = f"<gml:lowerCorner>{y0} {x0}</gml:lowerCorner><gml:upperCorner>{y1} {x1}</gml:upperCorner>"
    near = f"<fes:BBOX><fes:ValueReference>geometry</fes:ValueReference><gml:Envelope>{corners}</gml:Envelope></fes:BBOX>"
    assert codes(wfs(client, FILTER=FES.format(near))) == ["R2"]
    assert etree.fromstring(wfs(client, RESULTTYPE="hits").content).get("numberReturned") == "0"
    first = etree.fromstring(wfs(client, COUNT="2").content)
    assert len(codes(client.get(first.get("next")))) == 1
    one = whole.find(".//{*}C0101").get("{http://www.opengis.net/gml/3.2}id")
    assert codes(wfs(client, STOREDQUERY_ID="urn:ogc:def:query:OGC-WFS::GetFeatureById", ID=one)) == codes(wfs(client))[:1]


BAD_QUERIES = [
    {"TYPENAMES": "C0404"},
    {"FILTER": "<broken"},
    {"FILTER": FES.format("<fes:Beyond/>")},
    {"FILTER": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + FES.format(EQUAL.format("&e;"))},
    {"BBOX": "1,2,3"},
    {"SRSNAME": "EPSG:1"},
    {"COUNT": "x"},
]


def test_wfs_refuses_what_it_cannot_read_and_reads_no_files(client_as, release) -> None:
    for query in BAD_QUERIES:
        answer = wfs(client_as("planner"), **query)
        if "ENTITY" in str(query):
            assert codes(answer) == []
        else:
            assert answer.status_code in (400, 404) and b"ExceptionReport" in answer.content


GDAL_WFS = """
import json, sys, pyogrio, shapely
source, window = sys.argv[1], json.loads(sys.argv[2])
layers = pyogrio.list_layers(source)[:, 0].tolist()
meta, _i, geometry, fields = pyogrio.raw.read(source, layer="lantu:C0101")
codes = fields[list(meta["fields"]).index("code")].tolist()
_m, _i, near, _f = pyogrio.raw.read(source, layer="lantu:C0101", bbox=tuple(window))
_m, _i, only, _f = pyogrio.raw.read(source, layer="lantu:C0101", where="code = 'G1'")
print(json.dumps({"layers": layers, "codes": codes, "near": len(near), "only": len(only), "crs": meta["crs"],
                  "shape": shapely.from_wkb(geometry[codes.index("R2")]).wkt}))
"""

OWS = """
import json, sys
from owslib.ogcapi.features import Features
from owslib.ogcapi.records import Records
from owslib.util import Authentication
from owslib.wfs import WebFeatureService
from owslib.wms import WebMapService
base, bbox, password = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
auth = Authentication(username="svc-exchange", password=password)
wms = WebMapService(base + "wms", version="1.3.0", auth=auth)
south, west, north, east = bbox
asked = {"layers": ["C0101"], "srs": "EPSG:4326", "bbox": (west, south, east, north), "size": (64, 64)}
image = wms.getmap(**asked, format="image/png", transparent=True)
info = wms.getfeatureinfo(**asked, xy=(30, 30), query_layers=["C0101"], info_format="application/json")
wfs = WebFeatureService(base + "wfs", version="2.0.0", auth=auth)
rows = json.loads(wfs.getfeature(typename=["lantu:C0101"], outputFormat="application/json").read())
features = Features(base, auth=auth)
records = Records(base, auth=auth)
print(json.dumps({
    "wms": sorted(wms.contents), "png": image.read()[:4].hex(), "info": json.loads(info.read())["features"][0]["properties"]["code"],
    "wfs": sorted(wfs.contents), "rows": len(rows["features"]),
    "layers": sorted(features.feature_collections()), "items": features.collection_items("C0101")["numberMatched"],
    "records": records.collection_items("catalogue")["numberMatched"],
}))
"""


@pytest.mark.django_db(transaction=True)
def test_gdal_and_owslib_read_wfs_wms_features_and_records(live_server) -> None:
    make_city()
    make_person("exchange")
    read = run(GDAL_WFS, f"WFS:{live_server.url}/ogc/wfs", list(box(10, 10, 20, 20).bounds))
    assert set(read["layers"]) == {"lantu:C0101", "lantu:C0401", "lantu:D0102"}
    assert sorted(read["codes"]) == ["E2", "G1", "R2"] and read["near"] == read["only"] == 1 and "4490" in read["crs"]
    assert shapely.from_wkt(read["shape"]).symmetric_difference(box(0, 0, 400, 400)).area < 1e-12
    west, south, east, north = box(0, 0, 400, 400).bounds
    seen = run(OWS, f"{live_server.url}/ogc/", [south, west, north, east], PASSWORD)
    assert seen["wms"] == ["C0101", "C0401", "D0102"] and seen["png"] == "89504e47" and seen["info"] == "R2"
    assert seen["wfs"] == ["lantu:C0101", "lantu:C0401", "lantu:D0102"] and seen["rows"] == 3
    assert seen["layers"] == ["C0101", "C0401", "D0102"] and seen["items"] == 3 and seen["records"] == 4


def feature(name: str, shape: shapely.Geometry) -> str:
    given = {"feature_id": name, "name": name, "valid_from": "2018-06-01", "sector": "A"}
    return json.dumps({"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": given})


def test_living_layers_are_written_by_part_4_and_keep_their_history(db, release) -> None:
    make_person("planner")
    client, path = Client(enforce_csrf_checks=True), "/ogc/collections/D0102/items"
    send = {"content_type": "application/geo+json", "headers": basic("planner")}
    made = client.post(path, feature("供地-1", box(0, 0, 50, 50)), **send)
    assert made.status_code == 201
    one = made["Location"]
    assert client.get(one, headers=basic("planner")).json()["properties"]["name"] == "供地-1"
    put = client.put(one, feature("供地-1", box(0, 0, 90, 50)), **send)
    assert put.status_code == 204 and put["Location"] != one
    assert client.get(one, headers=basic("planner")).status_code == 404
    assert client.delete(put["Location"], headers=basic("planner")).status_code == 204
    assert list(LivingFeature.objects.values_list("feature_id", "attributes")) == [("供地-1", {"sector": "A"})] * 2
    assert "POST" in client.options(path, headers=basic("planner"))["Allow"]
    assert client.post(path, "{}", **send).status_code == 400


def test_part_4_writes_no_plan_and_only_for_who_may_and_no_session_without_its_token(db, release, client_as) -> None:
    make_person("planner")
    make_person("exchange")
    body, kind = feature("a", box(0, 0, 9, 9)), "application/geo+json"
    client = Client(enforce_csrf_checks=True)
    assert client.post("/ogc/collections/C0101/items", body, content_type=kind, headers=basic("planner")).status_code == 409
    assert client.post("/ogc/collections/D0102/items", body, content_type=kind, headers=basic("exchange")).status_code == 401
    assert client.post("/ogc/collections/D0102/items", body, content_type=kind).status_code == 401
    session = client_as("planner")
    session.handler.enforce_csrf_checks = True
    assert session.post("/ogc/collections/D0102/items", body, content_type=kind).status_code == 401
    LayerDefinition.objects.filter(code="D0102").update(sharing="none")
    standards.clear()
    assert client.post("/ogc/collections/D0102/items", body, content_type=kind, headers=basic("planner")).status_code == 404
    assert not LivingFeature.objects.exists()
