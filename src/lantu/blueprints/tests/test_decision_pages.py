"""Decisions by page, API and command line; the balance sheet; amendments followed up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import shapely
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from lantu.blueprints import factories as make
from lantu.blueprints.cli import blueprint
from lantu.blueprints.models import Amendment, Finding, Override
from lantu.blueprints.selectors.balance import Proposed, balance
from lantu.blueprints.services import AmendmentOrder
from lantu.blueprints.services.amendments import overdue
from lantu.core import events
from lantu.core.actor import system
from lantu.core.models import AuditEvent
from lantu.plans.models import PlanRelease
from lantu.standards.models import PackVersion

pytestmark = pytest.mark.django_db

As = Callable[..., Client]
API = "/api/v1/blueprint/"
FORM = {"title": "农田避让", "document_no": "筑府函〔2018〕9号", "document_date": "2018-09-20"}


@pytest.fixture
def pack() -> PackVersion:
    return make.make_pack()


@pytest.fixture
def releases(pack: PackVersion) -> list[PlanRelease]:
    return make.make_releases(pack)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_planner_records_a_decision_from_a_finding_and_sees_it_in_force(client_as: As, releases: list[PlanRelease]) -> None:
    run = make.make_run(releases)
    finding = Finding.objects.get(run=run, rule="C01")
    client = client_as("planner")
    page = text(client.get(f"/blueprints/decisions/new/?finding={finding.pk}"))
    assert 'name="class-C0101"' in page and "此处命中 C01" in page
    form = {**FORM, "finding": finding.pk, "class-C0101": "E2", "amend-layer": "C0101", "amend-department": "GH", "amend-due": "2018-12-31"}
    answer = client.post("/blueprints/decisions/new/", form)
    row = Override.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    assert (row.identity, row.layers, row.outcome["classes"]) == (finding.identity, ["C0101", "C0404"], {"C0101": "E2"})
    page = text(client.get(row.get_absolute_url()))
    assert "还没有计入融合" in page and "改为 E2" in page and "超期" in page
    assert "有 1 项有效的协调结果还没有计入融合" in text(client.get("/blueprints/decisions/"))
    after = make.make_run(releases)
    assert after.number in text(client.get(row.get_absolute_url()))
    assert "还没有计入融合" not in text(client.get("/blueprints/decisions/"))


def test_planner_draws_the_ground_of_a_decision_and_is_shown_where_it_is_wrong(client_as: As, releases: list[PlanRelease]) -> None:
    finding = Finding.objects.get(run=make.make_run(releases), rule="C01")
    url, client = "/blueprints/decisions/new/", client_as("planner")
    page = text(client.get(url, {"finding": finding.pk}))
    assert 'id="amap"' in page and '"around": true' in page
    west, south, east, north = finding.geometry.bounds
    crossed = {"type": "Polygon", "coordinates": [[[west, south], [east, north], [east, south], [west, north], [west, south]]]}
    form = {**FORM, "finding": finding.pk, "class-C0101": "E2"}
    answer = client.post(url, {**form, "drawn": json.dumps(crossed)})
    assert answer.status_code == 422
    assert answer.context["places"][0] == pytest.approx([(west + east) / 2, (south + north) / 2], abs=1e-5)
    half = shapely.box(west, south, (west + east) / 2, north).intersection(finding.geometry)
    assert client.post(url, {**form, "drawn": shapely.to_geojson(half)}).status_code == 302
    assert Override.objects.get().origin == Override.Origin.DRAWN


def test_faulty_form_comes_back_with_what_was_typed_and_the_place(client_as: As, releases: list[PlanRelease]) -> None:
    outside = shapely.to_geojson(make.box(1900, 0, 2100, 100)).encode()
    form = {**FORM, "class-C0101": "E2", "outline": SimpleUploadedFile("范围.geojson", outside)}
    answer = client_as("planner").post("/blueprints/decisions/new/", form)
    assert answer.status_code == 422
    assert "超出行政区界" in text(answer) and "?at=106.6" in text(answer) and 'value="E2"' in text(answer)
    assert not Override.objects.exists()


def test_outline_is_taken_from_a_file(client_as: As, releases: list[PlanRelease]) -> None:
    inside = shapely.to_geojson(make.box(0, 0, 100, 100)).encode()
    form = {**FORM, "class-C0101": "-", "outline": SimpleUploadedFile("范围.geojson", inside), "document": BytesIO(b"%PDF-1.4 x")}
    assert client_as("planner").post("/blueprints/decisions/new/", form).status_code == 302
    row = Override.objects.get()
    assert (row.origin, row.outcome["classes"]) == ("uploaded", {"C0101": ""})
    assert row.geometry.symmetric_difference(make.box(0, 0, 100, 100)).area < 1e-12
    paper = client_as("reviewer").get(f"/blueprints/decisions/{row.pk}/document")
    assert b"".join(paper.streaming_content) == b"%PDF-1.4 x"  # type: ignore[attr-defined]


def test_withdrawn_on_the_page(client_as: As, releases: list[PlanRelease]) -> None:
    row = make.make_override(make.box(0, 0, 50, 50), ["C0101"], {"classes": {"C0101": "E2"}})
    assert client_as("checker").post(f"/blueprints/decisions/{row.pk}/withdraw/", {"reason": "x"}).status_code == 403
    client_as("planner").post(f"/blueprints/decisions/{row.pk}/withdraw/", {"reason": "批复已撤回"})
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert "批复已撤回" in text(client_as("planner").get(row.get_absolute_url()))


def test_applicants_see_no_decisions(client_as: As, releases: list[PlanRelease]) -> None:
    assert client_as("builder").get("/blueprints/decisions/").status_code == 403
    assert client_as("builder").get(API + "decisions").status_code == 403


def test_balance_counts_what_is_added_and_withdrawn_per_plan(releases: list[PlanRelease]) -> None:
    back = Proposed("甲", ["C0101"], {"classes": {"C0101": "E2"}}, make.box(0, 0, 100, 100))
    more = Proposed("乙", ["C0101"], {"classes": {"C0101": "R2"}}, make.box(0, 500, 100, 550))
    kept = Proposed("丙", ["C0101"], {"accepts": ["C06"]}, make.box(0, 0, 10, 10))
    sheet = balance([back, more, kept])
    (urban,) = sheet.sums
    assert urban.withdrawn_m2 == pytest.approx(10_000, rel=0.01)
    assert urban.added_m2 == pytest.approx(5_000, rel=0.01)
    assert (sheet.balanced, sheet.accepted) == (True, ["丙"])
    assert not balance([more]).balanced
    assert [(line.change, line.before, line.after) for line in sheet.lines] == [("甲", "R2", "E2"), ("乙", "E2", "R2")]


def test_balance_page_and_workbook_name_the_decision(client_as: As, releases: list[PlanRelease]) -> None:
    row = make.make_override(make.box(0, 500, 100, 550), ["C0101"], {"classes": {"C0101": "R2"}})
    client = client_as("decider")
    page = text(client.get("/blueprints/decisions/balance/"))
    assert "增加，须平衡" in page and row.get_absolute_url() in page
    book = load_workbook(BytesIO(client.get("/blueprints/decisions/balance/?export=xlsx").content))
    assert any(row.number in str(cell.value) for line in book.active.iter_rows() for cell in line)  # type: ignore[union-attr]
    assert client.get(API + "balance").json()["balanced"] is False
    assert client.get(API + "balance", {"document": "别的"}).json()["moves"] == []


def amended(pack: PackVersion, code: str) -> PlanRelease:
    """The urban plan anew, with this class where the decision lies."""
    release = make.make_release(pack, "C0101", [(code, (0, 0, 100, 100)), ("R2", (100, 0, 400, 400))], number=2)
    events.emit(system("test"), "plans.released", release, layer="C0101", digest=release.digest)
    return release


def test_new_plan_release_is_measured_against_the_decision(pack: PackVersion, releases: list[PlanRelease]) -> None:
    day = timezone.localdate()
    order = AmendmentOrder("C0101", "GH", day - timedelta(days=3))
    row = make.make_override(make.box(0, 0, 100, 100), ["C0101"], {"classes": {"C0101": "E2"}}, amendments=[order])
    amendment = Amendment.objects.get(override=row)
    assert list(overdue()) == [amendment]
    amended(pack, "R2")
    amendment.refresh_from_db()
    assert (amendment.state, amendment.share) == ("short", 0.0)
    release = make.make_release(pack, "C0101", [("E2", (0, 0, 100, 100))], number=3)
    events.emit(system("test"), "plans.released", release, layer="C0101", digest=release.digest)
    amendment.refresh_from_db()
    assert (amendment.state, amendment.release) == ("done", release)
    assert not overdue().exists()
    assert AuditEvent.objects.filter(verb="blueprints.measure_amendment").count() == 2


def test_amendment_is_closed_by_hand_with_a_reason(client_as: As, releases: list[PlanRelease]) -> None:
    make.make_override(
        make.box(0, 0, 50, 50), ["C0101"], {"classes": {"C0101": "E2"}}, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))]
    )
    row = Amendment.objects.get()
    assert "超期" in text(client_as("reviewer").get("/blueprints/amendments/?late=1"))
    client = client_as("checker")
    client.post(f"/blueprints/amendments/{row.pk}/close/", {"state": "done", "note": ""})
    row.refresh_from_db()
    assert row.is_open
    client.post(f"/blueprints/amendments/{row.pk}/close/", {"state": "done", "note": "控规已改"})
    row.refresh_from_db()
    assert (row.state, row.note) == ("done", "控规已改")
    answer = client.post(f"{API}amendments/{row.pk}/close", json.dumps({"state": "done", "note": "再"}), content_type="application/json")
    assert answer.status_code == 409


def test_decision_by_api_says_the_place_of_a_wrong_geometry(client_as: As, releases: list[PlanRelease]) -> None:
    client = client_as("planner")
    body = {**FORM, "layers": ["C0101"], "outcome": {"classes": {"C0101": "E2"}}}
    wrong = shapely.geometry.mapping(make.box(1900, 0, 2100, 100))
    answer = client.post(API + "decisions", json.dumps({**body, "geometry": wrong}), content_type="application/json")
    assert (answer.status_code, len(answer.json()["values"]["place"])) == (422, 2)
    right = shapely.geometry.mapping(make.box(0, 0, 100, 100))
    answer = client.post(API + "decisions", json.dumps({**body, "geometry": right}), content_type="application/json")
    assert answer.status_code == 201, answer.content
    number = answer.json()["number"]
    assert client.get(API + "decisions", {"state": "active"}).json()[0]["number"] == number
    assert client.get(f"{API}decisions/{number}").json()["geometry"]["type"] == "Polygon"
    answer = client.post(f"{API}decisions/{number}/withdraw", json.dumps({"reason": "批复已撤回"}), content_type="application/json")
    assert answer.json()["state"] == "withdrawn"
    assert (
        client.post(API + "decisions", json.dumps({**body, "geometry": {"type": "Odd"}}), content_type="application/json").status_code
        == 422
    )


def test_decision_by_command_line(releases: list[PlanRelease], tmp_path: Path) -> None:
    path = tmp_path / "outline.geojson"
    path.write_text(shapely.to_geojson(make.box(0, 0, 100, 100)))
    asked = [
        "decide",
        "农田避让",
        "--outline",
        str(path),
        "--class",
        "C0101=E2",
        "--document-no",
        "筑府函〔2018〕9号",
        "--document-date",
        "2018-09-20",
    ]
    done = CliRunner().invoke(blueprint, asked, catch_exceptions=False)
    row = Override.objects.get()
    assert row.number in done.output
    assert "改为 E2" in CliRunner().invoke(blueprint, ["decisions"], catch_exceptions=False).output
    assert "C0101\tR2\tE2" in CliRunner().invoke(blueprint, ["balance"], catch_exceptions=False).output
    CliRunner().invoke(blueprint, ["undecide", row.number, "--reason", "批复已撤回"], catch_exceptions=False)
    row.refresh_from_db()
    assert row.state == "withdrawn"
