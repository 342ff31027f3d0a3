"""Sites searched, ranked, ranked anew, compared and explained."""

from __future__ import annotations

import itertools
import json
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.analysis.cli import analysis
from lantu.analysis.factories import actor, box, make_living
from lantu.analysis.models import Check, SitingSearch
from lantu.analysis.partition import basis
from lantu.analysis.ports import ProjectChoice, SavedSite, project_sites
from lantu.analysis.services import save_site, search_sites
from lantu.analysis.settings import settings_of
from lantu.analysis.siting import search
from lantu.analysis.siting.criteria import read
from lantu.analysis.siting.search import Search
from lantu.analysis.siting.stored import ranked
from lantu.analysis.siting.why import why_not
from lantu.core import jobs
from lantu.core.errors import BadInput, Conflict, Refused, TooLarge
from lantu.core.models import Job

PLANNER = actor("planner")
CLASS = {"kind": "class", "layer": "C0101", "codes": ["R"]}
NO_FARM = {"kind": "outside", "layers": ["C0404"]}
NEAR_GREEN = {"kind": "near", "layer": "C0101", "codes": ["G1"], "metres": 400, "weight": 2}


def ask(**more) -> dict:
    return {"area_ha": [1, 2], "must": [CLASS, NO_FARM], "wishes": [NEAR_GREEN, {"kind": "compact", "weight": 1}], **more}


def test_candidates_lie_on_allowed_ground_have_the_size_asked_for_and_do_not_overlap(release) -> None:
    search = search_sites(PLANNER, ask(), title="学校")
    found = list(search.candidates.all())
    assert found and [row.rank for row in found] == list(range(1, len(found) + 1))
    urban, farm = box(0, 0, 400, 400), box(0, 300, 100, 500)
    for row in found:
        assert 10_000 * 0.999 <= float(row.area_m2) <= 20_000 * 1.001
        assert row.geometry.difference(urban.buffer(1e-7)).is_empty
        assert row.geometry.intersection(farm).area < 1e-12
    for one, other in itertools.pairwise(found):
        assert one.score >= other.score
    shapes = shapely.from_wkb([shapely.to_wkb(row.geometry) for row in found])
    assert sum(shape.area for shape in shapes) <= shapely.union_all(shapes).area * 1.03


def test_the_nearest_to_what_is_wished_comes_first(release) -> None:
    best = search_sites(PLANNER, ask()).candidates.first()
    assert best.lon > box(250, 0, 400, 400).bounds[0] and best.values[0]["score"] > 0.8


def test_zones_of_the_right_size_are_not_cut_and_the_account_says_what_dropped_out(release) -> None:
    whole = search_sites(PLANNER, ask(area_ha=[10, 20]))
    account = whole.result["account"]
    assert account["zones"] == 1 and whole.candidates.count() == 1
    assert abs(account["allowed_m2"] - 150_000) < 800
    none = search_sites(PLANNER, ask(area_ha=[30, 40]))
    assert none.result["account"]["small"] == 1 and not none.candidates.exists()


def test_districts_and_living_layers_bound_the_search(release) -> None:
    south = search_sites(PLANNER, ask(must=[{"kind": "class", "layer": "C0101", "codes": ["G1"]}, {"kind": "zone", "codes": ["520102"]}]))
    assert {row.district for row in south.candidates.all()} == {"520102"}
    make_living("D0102", (0, 0, 400, 200))
    rest = search_sites(PLANNER, ask(must=[CLASS, {"kind": "outside", "layers": ["C0404", "D0102"]}]))
    assert all(row.geometry.intersection(box(0, 0, 400, 199)).area < 1e-12 for row in rest.candidates.all())


def test_a_required_wish_drops_what_is_too_far(release) -> None:
    near = search_sites(PLANNER, ask(wishes=[{**NEAR_GREEN, "metres": 50, "required": True}]))
    assert near.candidates.exists() and all(row.values[0]["value"] < 50 for row in near.candidates.all())
    assert near.result["account"]["dropped"]["required"] > 0


def test_other_weights_rank_anew_without_searching(release, django_assert_max_num_queries) -> None:
    search = search_sites(PLANNER, ask())
    with django_assert_max_num_queries(2):
        again = ranked(search, [0, 1])
    assert [rank for rank, _score, _row in again] == list(range(1, len(again) + 1))
    assert again[0][2].compactness >= max(row.compactness for _rank, _score, row in again) - 1e-3
    assert ranked(search, [2, 1])[0][2].rank == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(least=st.floats(0.2, 3), more=st.floats(0.1, 4), layer=st.sampled_from(["R2", "G1", "E2"]))
def test_pieces_never_leave_the_ground_and_keep_the_size(release, least, more, layer) -> None:
    on = basis()
    data = {"area_ha": [least, least + more], "must": [{"kind": "class", "layer": "C0101", "codes": [layer]}], "wishes": []}
    criteria = read(data, on, PLANNER)
    for one in Search(on.partition, criteria, 50).run():
        assert one.geometry.is_valid
        assert criteria.least_m2 * 0.998 <= one.area_m2 <= criteria.most_m2 * 1.002


def test_why_not_here_names_every_condition(release) -> None:
    search = search_sites(PLANNER, ask())
    farm = box(0, 300, 100, 400).centroid
    answer = why_not(search, farm.x, farm.y)
    assert [one.holds for one in answer.answers] == [True, False] and "不在" in answer.conclusion
    best = search.candidates.first()
    assert why_not(search, best.lon, best.lat).rank == 1
    assert "没有任何规划" in why_not(search, 106.5, 26.5).conclusion
    small = search_sites(PLANNER, ask(area_ha=[30, 40]))
    middle = box(200, 100, 201, 101).centroid
    assert "连片只有" in why_not(small, middle.x, middle.y).conclusion


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"area_ha": [0, 2]}, "面积范围"),
        ({"area_ha": None}, "面积范围"),
        ({"must": []}, "必须满足的用途"),
        ({"must": [{"kind": "nonsense"}]}, "nonsense"),
        ({"must": [{"kind": "class", "layer": "C0999", "codes": ["R"]}]}, "C0999"),
        ({"wishes": [{"kind": "near", "layer": "C0101", "weight": 1}]}, "距离"),
        ({"wishes": [{"kind": "compact", "weight": -1}]}, "负数"),
    ],
)
def test_what_makes_no_sense_is_told(release, change, word) -> None:
    with pytest.raises(BadInput, match=word):
        search_sites(PLANNER, ask(**change))


def test_layers_that_a_post_may_not_see_are_no_condition(release) -> None:
    with pytest.raises(Refused, match="永久基本农田"):
        search_sites(actor("window", 5), ask())


def test_a_candidate_is_saved_to_a_project_by_the_port(release) -> None:
    one = search_sites(PLANNER, ask()).candidates.first()
    kept = project_sites._implementations.copy()
    project_sites._implementations.clear()
    try:
        with pytest.raises(Conflict):
            save_site(PLANNER, one, "P1")

        class Room:
            def choices(self, actor) -> list[ProjectChoice]:
                return [ProjectChoice("P1", "学校项目")]

            def save(self, actor, project, geometry, *, title, source) -> SavedSite:
                return SavedSite(f"{project} {title}", "/projects/1/")

        project_sites.register("test", Room())
        assert save_site(PLANNER, one, "P1").url == "/projects/1/"
    finally:
        project_sites._implementations.clear()
        project_sites._implementations.update(kept)


def test_pages_search_rank_compare_explain_and_check(client_as, release) -> None:
    client = client_as("planner")
    assert client.get("/analysis/sites/new/").status_code == 200
    form = {
        "title": "学校", "least": "1", "most": "2", "class_layer": ["C0101", ""], "class_codes": ["R2、G1", ""], "outside": ["C0404"],
        "compactness": "0.3", "wish_kind": ["near", "compact"], "wish_layer": ["C0101", ""], "wish_codes": ["G1", ""],
        "wish_metres": ["400", ""], "wish_weight": ["2", "1"],
    }  # fmt: skip
    answer = client.post("/analysis/sites/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    search = SitingSearch.objects.get()
    page = client.get(search.get_absolute_url()).content.decode()
    assert "靠近 城规用地 G1" in page and "candidate-shapes" in page
    part = client.get(search.get_absolute_url() + "?w=0&w=5", headers={"HX-Target": "candidates"}).content.decode()
    assert "按新权重排" in part and "<html" not in part
    chosen = [row.pk for row in search.candidates.all()[:4]]
    compared = client.get(f"{search.get_absolute_url()}compare/", {"c": chosen}).content.decode()
    assert compared.count("合规性检测</button>") == len(chosen)
    assert client.get(f"{search.get_absolute_url()}compare/", {"c": chosen[:1]}).status_code == 422
    assert "✓ 城规用地" in client.get(f"{search.get_absolute_url()}why/", {"lon": 106.63, "lat": 26.65}).content.decode()
    assert client.get(search.get_absolute_url() + "?export=xlsx").content.startswith(b"PK")
    done = client.post(f"{search.get_absolute_url()}{chosen[0]}/", {"act": "check"})
    assert done["Location"] == Check.objects.get().get_absolute_url() and Check.objects.get().source == "siting"
    again = client.get(f"/analysis/sites/new/?from={search.pk}").content.decode()
    assert "R2 G1" in again
    assert client.post("/analysis/sites/new/", {**form, "least": "x"}).status_code == 422


def test_over_a_large_partition_the_page_starts_a_job_that_leads_to_the_result(client_as, release, monkeypatch) -> None:
    monkeypatch.setitem(settings_of().limits, "siting_faces", 0)
    client = client_as("planner")
    form = {"title": "学校", "least": "1", "most": "2", "class_layer": ["C0101"], "class_codes": ["R2"]}
    assert client.post("/analysis/sites/new/", {**form, "class_codes": [""], "class_layer": [""]}).status_code == 422
    began = client.post("/analysis/sites/new/", form)
    job = Job.objects.get(kind="analysis.process")
    following = parse_qs(urlsplit(began["Location"]).query)["next"][0]
    assert began["Location"].startswith(f"/jobs/{job.pk}/") and not SitingSearch.objects.exists()
    steps: list[str] = []
    jobs.work_off(tell=lambda share, step: steps.append(step))
    assert {"连片", "切成地块"} <= set(steps)
    assert client.get(following)["Location"] == SitingSearch.objects.get().get_absolute_url()


def test_more_squares_than_the_limit_are_refused_with_the_limit(release, monkeypatch) -> None:
    monkeypatch.setattr(search, "MOST_PIECES", 40)
    assert search_sites(PLANNER, ask(area_ha=[0.5, 1])).result["account"]["cut_short"]
    monkeypatch.setattr(search, "MOST_PIECES", 4)
    with pytest.raises(TooLarge, match="上限 4 块"):
        search_sites(PLANNER, ask(area_ha=[0.5, 1]))


def test_the_command_line_searches_and_writes_the_candidates(release, tmp_path) -> None:
    asked, out = tmp_path / "criteria.json", tmp_path / "found.geojson"
    asked.write_text(json.dumps(ask()), encoding="utf-8")
    done = CliRunner().invoke(analysis, ["sites", str(asked), "--title", "学校", "--out", str(out)], catch_exceptions=False)
    found = SitingSearch.objects.get()
    assert found.number in done.output and len(json.loads(out.read_text())["features"]) == found.candidates.count() > 0
    asked.write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="JSON"):
        CliRunner().invoke(analysis, ["sites", str(asked)], catch_exceptions=False)


def test_the_api_searches_and_ranks(client_as, release) -> None:
    client = client_as("planner")
    answer = client.post("/api/v1/analysis/sites", json.dumps({"title": "学校", "criteria": ask()}), content_type="application/json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["candidates"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon") and body["account"]["found"] == len(body["candidates"])
    again = client.get(f"/api/v1/analysis/sites/{body['id']}", {"weights": "0,1"}).json()
    assert again["candidates"][0]["score"] >= again["candidates"][-1]["score"]
