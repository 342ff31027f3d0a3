"""What the map page reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import mapbox_vector_tile
import pytest
import shapely
from django.test import Client

from lantu.blueprints import factories as make
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.tiles.grid import tile_at
from lantu.standards.models import LayerDefinition

pytestmark = pytest.mark.django_db

As = Callable[..., Client]
API = "/api/v1/map/"


@pytest.fixture
def run() -> FusionRun:
    return make.make_run(make.make_releases(make.make_pack()))


def at(x: float, y: float) -> dict[str, float]:
    """Query of a place in metres from the corner of the little city."""
    return {"lon": make.ORIGIN[0] + x * make.METRE[0], "lat": make.ORIGIN[1] + y * make.METRE[1]}


def test_context_names_run_districts_and_extent(client_as: As, run: FusionRun) -> None:
    data = client_as("planner").get(API + "context").json()
    assert data["run"]["id"] == run.pk
    assert data["release"] is None
    assert {row["name"] for row in data["districts"]} == {"云岩区", "南明区"}
    assert len(data["extent"]) == 4


def test_applicants_see_neither_runs_nor_findings(client_as: As, run: FusionRun) -> None:
    data = client_as("builder").get(API + "context").json()
    assert (data["run"], data["runs"]) == (None, [])
    assert client_as("builder").get(API + "findings", {"run": run.pk}).status_code == 403
    assert client_as("builder").get(f"/tiles/findings/{run.pk}/10/1/1.mvt").status_code == 403


def test_without_log_in_there_is_nothing(client_as: As, run: FusionRun) -> None:
    assert client_as("").get(API + "context").status_code == 403
    assert client_as("").get(API + "here", at(0, 0)).status_code == 403


def test_layer_tree_has_three_lists_districts_and_plans_with_their_legend(client_as: As, run: FusionRun) -> None:
    groups = client_as("planner").get(API + "layers", {"run": run.pk}).json()["groups"]
    codes = {group["key"]: [layer["code"] for layer in group["layers"]] for group in groups}
    assert codes["findings"] == ["findings-conflict", "findings-difference", "findings-gap"]
    assert codes["districts"] == ["districts"]
    urban = next(group for group in groups if group["key"] == "urban")["layers"][0]
    assert [entry["code"] for entry in urban["legend"]] == ["E2", "G1", "R2"]
    assert "{z}/{x}/{y}" in urban["tiles"]


def test_restricted_layers_are_left_out_for_others(client_as: As, run: FusionRun) -> None:
    LayerDefinition.objects.filter(code="C0404").update(security="restricted")
    release = run.releases.get(layer_code="C0404")

    def shown(role: str) -> bool:
        groups = client_as(role).get(API + "layers", {"run": run.pk}).json()["groups"]
        return any(layer["code"].startswith("C0404") for group in groups for layer in group["layers"])

    assert shown("planner") and not shown("window")
    said = client_as("window").get(API + "here", {**at(50, 350), "run": run.pk}).json()["rows"]
    assert not [row for row in said if row["layer"] == "C0404"]
    assert client_as("window").get(f"/tiles/plan/{release.pk}/12/1/1.mvt").status_code == 403


def test_findings_are_counted_by_severity_before_that_filter(client_as: As, run: FusionRun) -> None:
    data = client_as("planner").get(API + "findings", {"run": run.pk, "severity": "1"}).json()
    assert data["total"]["count"] == 1
    assert (data["by_severity"]["1"]["count"], data["by_severity"]["2"]["count"]) == (1, 1)
    (row,) = data["rows"]
    assert (row["type"], row["title"], row["place"], row["departments"]) == ("C01", "压占永久基本农田", "云岩区", ["市规划局", "市国土局"])
    assert data["cut"] is False


def test_window_filters_and_cut_says_so(client_as: As, run: FusionRun) -> None:
    planner = client_as("planner")
    nowhere = planner.get(API + "findings", {"run": run.pk, "bbox": "100,20,101,21"}).json()
    assert (nowhere["total"]["count"], nowhere["rows"]) == (0, [])
    assert planner.get(API + "findings", {"run": run.pk, "limit": 1}).json()["cut"] is True
    pages = [planner.get(API + "findings", {"run": run.pk, "limit": 1, "offset": n}).json() for n in (0, 1)]
    assert [page["cut"] for page in pages] == [True, False]
    assert len({row["id"] for page in pages for row in page["rows"]}) == 2


@pytest.mark.parametrize("query", [{"bbox": "a,b"}, {"bbox": "1,2,3"}, {"severity": "x"}])
def test_broken_filters_get_a_clear_message(client_as: As, run: FusionRun, query: dict[str, str]) -> None:
    answer = client_as("planner").get(API + "findings", {"run": run.pk, **query})
    assert answer.status_code == 422
    assert answer.json()["how"]


def test_finding_as_geojson(client_as: As, run: FusionRun) -> None:
    finding = run.findings.get(rule="C01")
    data = client_as("planner").get(f"{API}findings/{finding.pk}").json()
    assert shapely.geometry.shape(data["geometry"]).equals(finding.geometry)
    assert data["properties"]["number"] == str(finding.number)
    assert client_as("planner").get(f"{API}findings/999999").status_code == 404


def test_unfinished_run_shows_no_findings(client_as: As, run: FusionRun) -> None:
    finding = run.findings.first()
    assert finding is not None
    FusionRun.objects.filter(pk=run.pk).update(state=FusionRun.State.PENDING)
    planner = client_as("planner")
    assert planner.get(API + "findings", {"run": run.pk}).status_code == 404
    assert planner.get(f"{API}findings/{finding.pk}").status_code == 404
    assert planner.get(f"/tiles/findings/{run.pk}/10/1/1.mvt").status_code == 404


def test_every_plan_says_something_here(client_as: As, run: FusionRun) -> None:
    data = client_as("planner").get(API + "here", {**at(50, 350), "run": run.pk}).json()
    said = {row["layer"]: (row["state"], row["code"]) for row in data["rows"]}
    assert said == {"C0101": ("hit", "R2"), "C0401": ("hit", "010"), "C0404": ("hit", "")}
    assert data["place"] == "云岩区"
    assert [finding["title"] for finding in data["findings"]] == ["压占永久基本农田"]


def test_line_not_hit_says_how_far_away_it_is(client_as: As, run: FusionRun) -> None:
    data = client_as("planner").get(API + "here", {**at(300, 400), "run": run.pk}).json()
    row = next(row for row in data["rows"] if row["layer"] == "C0404")
    assert row["state"] == "clear"
    assert row["distance_m"] == pytest.approx(200, rel=0.01)


def test_coverage_without_a_patch_is_a_gap(client_as: As, run: FusionRun) -> None:
    LayerDefinition.objects.filter(code="C0401").update(is_coverage=True)
    rows = client_as("planner").get(API + "here", {**at(750, 100), "run": run.pk}).json()["rows"]
    assert next(row for row in rows if row["layer"] == "C0401")["state"] == "gap"


def test_new_red_line_shows_at_once_without_fusing(client_as: As, run: FusionRun) -> None:
    planner = client_as("planner")
    tile = tile_at(make.ORIGIN[0], make.ORIGIN[1], 12)
    url = f"/tiles/living/D0102/{tile.z}/{tile.x}/{tile.y}.mvt"
    assert planner.get(url).content == b""
    make.make_living("D0102", (0, 0, 100, 100), name="某地块供地")
    rows = planner.get(API + "here", {**at(50, 50), "run": run.pk}).json()["rows"]
    assert [row["text"] for row in rows if row["layer"] == "D0102"] == ["某地块供地"]
    answer = planner.get(url)
    assert answer["Cache-Control"] == "no-store"
    assert mapbox_vector_tile.decode(answer.content)["living"]["features"][0]["properties"]["name"] == "某地块供地"


def test_ended_red_line_is_silent(client_as: As, run: FusionRun) -> None:
    make.make_living("D0102", (0, 0, 100, 100), valid_to=date(2018, 6, 1))
    rows = client_as("planner").get(API + "here", {**at(50, 50), "run": run.pk}).json()["rows"]
    assert "D0102" not in {row["layer"] for row in rows}


def test_tiles_of_findings_by_list_are_kept_on_disk(client_as: As, run: FusionRun, settings: object) -> None:
    tile = tile_at(make.ORIGIN[0], make.ORIGIN[1], 11)
    url = f"/tiles/findings/{run.pk}/{tile.z}/{tile.x}/{tile.y}.mvt"
    planner = client_as("planner")
    first = planner.get(url, {"list": "conflict"})
    features = mapbox_vector_tile.decode(first.content)["findings"]["features"]
    assert {(f["properties"]["t"], f["properties"]["s"], f["properties"]["v"]) for f in features} == {("C01", 1, 0), ("C06", 2, 0)}
    assert list((settings.LANTU_STORE / "tiles").rglob("*.mvt"))  # type: ignore[attr-defined]
    Finding.objects.filter(run=run).update(severity=5, rule="C09")
    assert planner.get(url, {"list": "conflict"}).content == first.content
    assert planner.get(url, {"list": "nonsense"}).status_code == 422


def test_tiles_of_plans_and_districts(client_as: As, run: FusionRun) -> None:
    tile = tile_at(make.ORIGIN[0], make.ORIGIN[1], 11)
    path = f"{tile.z}/{tile.x}/{tile.y}.mvt"
    planner = client_as("planner")
    release = run.releases.get(layer_code="C0101")
    plan = mapbox_vector_tile.decode(planner.get(f"/tiles/plan/{release.pk}/{path}").content)["plan"]["features"]
    assert {(f["properties"]["i"], f["properties"]["c"]) for f in plan} == {(0, "R2"), (1, "G1"), (2, "E2")}
    districts = mapbox_vector_tile.decode(planner.get(f"/tiles/districts/{path}").content)["districts"]["features"]
    assert {f["properties"]["name"] for f in districts} == {"云岩区", "南明区"}
    assert planner.get("/tiles/districts/3/99/0.mvt").status_code == 422


@pytest.mark.parametrize(("text", "label"), [("云岩", "云岩区"), ("520102", "南明区")])
def test_regions_are_found_by_name_and_code(client_as: As, run: FusionRun, text: str, label: str) -> None:
    (place,) = client_as("planner").get(API + "places", {"q": text}).json()
    assert place["label"] == label
    assert len(place["bbox"]) == 4


@pytest.mark.parametrize("text", ["106.63, 26.65", "36363594.529, 2949581.591", "2949581.591 363594.529"])
def test_coordinates_are_found_in_degrees_and_metres(client_as: As, run: FusionRun, text: str) -> None:
    (place,) = client_as("planner").get(API + "places", {"q": text}).json()
    assert place["center"] == pytest.approx([106.63, 26.65], abs=1e-6)


def test_nothing_found_is_an_empty_list(client_as: As, run: FusionRun) -> None:
    assert client_as("planner").get(API + "places", {"q": "没有这个地方"}).json() == []
