"""Two releases compared, by page, API and command line; what was in force on a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from django.test import Client
from openpyxl import load_workbook

from lantu.blueprints import factories as make
from lantu.blueprints.cli import blueprint
from lantu.blueprints.models import BlueprintRelease, Change, Comparison, Finding, FusionRun
from lantu.blueprints.selectors.here import here_on
from lantu.blueprints.selectors.releases import in_force_on
from lantu.blueprints.services import compare, publish_release
from lantu.core import jobs
from lantu.core.errors import BadInput, Conflict, Refused

pytestmark = pytest.mark.django_db

As = Callable[..., Client]
API = "/api/v1/blueprint/"


@pytest.fixture
def pair() -> tuple[BlueprintRelease, BlueprintRelease]:
    """0.1, and 1.0 with one decision on farmland that was built over."""
    releases = make.make_releases(make.make_pack())
    first = publish_release(make.actor("publisher", 2), make.make_run(releases), "0.1")
    conflict = Finding.objects.get(run=first.run, rule="C01")
    make.make_override(conflict.geometry, ["C0101", "C0404"], {"classes": {"C0101": "E2"}})
    return first, publish_release(make.actor("publisher", 2), make.make_run(releases), "1.0")


def made(before: FusionRun, after: FusionRun) -> Comparison:
    row, _job = compare(make.actor("planner"), before, after)
    jobs.work_off()
    row.refresh_from_db()
    assert row.state == "done"
    return row


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_decision_shows_as_changed_ground_that_names_it(pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    first, second = pair
    row = made(first.run, second.run)
    (change,) = Change.objects.filter(comparison=row)
    decision = second.run.overrides.get()
    assert (change.layer_code, change.before, change.after, change.decision) == ("C0101", "R2", "E2", decision.number)
    assert float(change.area_m2) == pytest.approx(float(decision.area_m2), abs=0.1)
    assert change.district == "520103"
    assert change.geometry.symmetric_difference(decision.geometry).area < 1e-12
    assert row.totals["findings"]["conflict"] == {"new": 0, "gone": 1, "changed": 0, "same": 1}
    assert row.totals["layers"] == {"C0101": {"count": 1, "area_m2": str(change.area_m2)}}
    deltas = {(one["layer"], one["code"], one["district"]): one["after_m2"] - one["before_m2"] for one in row.areas}
    assert deltas.keys() == {("C0101", "R2", "520103"), ("C0101", "E2", "520103")}
    assert sum(deltas.values()) == pytest.approx(0, abs=0.05)


def test_amended_plan_shows_what_it_amends() -> None:
    pack = make.make_pack()
    releases = make.make_releases(pack)
    before = make.make_run(releases)
    amended = make.make_release(pack, "C0101", [("R2", (0, 0, 300, 400)), ("G1", (300, 0, 800, 400)), ("E2", (0, 400, 800, 800))], number=2)
    row = made(before, make.make_run([amended, *releases[1:]]))
    changes = Change.objects.filter(comparison=row, layer_code="C0101")
    assert {(one.before, one.after) for one in changes} == {("R2", "G1")}
    assert sum(float(one.area_m2) for one in changes) == pytest.approx(100 * 400, rel=0.01)


def test_runs_without_difference_say_so(pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    first, _second = pair
    again = make.make_run(list(first.run.releases.all()))
    again.overrides.clear()
    row = made(again, again.previous)  # type: ignore[arg-type]
    assert (row.totals["faces"]["gone"], row.totals["layers"], row.areas) != (None, None, None)
    with pytest.raises(BadInput, match="同一次融合"):
        compare(make.actor("planner"), again, again)


def test_comparison_is_made_once_and_not_by_applicants(pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    first, second = pair
    row, job = compare(make.actor("planner"), first.run, second.run)
    again, same = compare(make.actor("viewer"), first.run, second.run)
    assert (row, job) == (again, same)
    jobs.work_off()
    assert compare(make.actor("viewer"), first.run, second.run)[1] is None
    with pytest.raises(Refused):
        compare(make.actor("builder"), first.run, second.run)
    second.run.state = FusionRun.State.PENDING
    with pytest.raises(Conflict, match="还没有完成"):
        compare(make.actor("planner"), first.run, second.run)


def test_comparison_whose_work_fails_leaves_nothing_and_can_be_asked_again(
    pair: tuple[BlueprintRelease, BlueprintRelease], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair

    def broken(row: Comparison, tell: Any) -> None:
        Change.objects.create(comparison=row, number=1, layer_code="C0101", area_m2=1)
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr("lantu.blueprints.services.comparisons.compare_runs", broken)
        row, _job = compare(make.actor("planner"), first.run, second.run)
        jobs.work_off()
    row.refresh_from_db()
    assert row.state != "done"
    assert not Change.objects.exists() or row.state == "pending"
    assert made(first.run, second.run).pk == row.pk


def test_pages_lead_from_the_choice_to_the_rows(client_as: As, pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    first, second = pair
    client = client_as("reviewer")
    assert "0.1" in text(client.get("/blueprints/compare/"))
    answer = client.get("/blueprints/compare/", {"before": first.pk, "after": second.pk})
    assert answer["Location"].startswith("/jobs/")
    jobs.work_off()
    answer = client.get("/blueprints/compare/", {"before": first.pk, "after": second.pk})
    page = text(client.get(answer["Location"]))
    assert "0.1 → 1.0" in page and "R2" in page and "E2" in page
    row = Comparison.objects.get()
    gone = text(client.get(f"{row.get_absolute_url()}findings/conflict/gone/"))
    assert Finding.objects.get(run=first.run, rule="C01").get_absolute_url() in gone
    assert client.get(f"{row.get_absolute_url()}findings/conflict/odd/").status_code == 404
    assert "520103" in text(client.get(f"{row.get_absolute_url()}areas/")) or "云岩区" in text(
        client.get(f"{row.get_absolute_url()}areas/")
    )
    book = load_workbook(BytesIO(client.get(f"{row.get_absolute_url()}areas/?export=xlsx").content))
    assert any(cell.value == "E2" for line in book.active.iter_rows() for cell in line)  # type: ignore[union-attr]
    found = json.loads(client.get(f"{row.get_absolute_url()}changes.geojson").content)
    assert found["features"][0]["properties"]["after"] == "E2"
    assert "map-settings" in text(client.get(f"{row.get_absolute_url()}map/?at=106.63,26.65,17"))
    assert client_as("builder").get(row.get_absolute_url()).status_code == 403


def test_api_compares_by_numbers(client_as: As, pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    client = client_as("planner")

    def ask() -> Any:
        return client.post(API + "comparisons", json.dumps({"before": "0.1", "after": "1.0"}), content_type="application/json")

    assert ask().status_code == 202
    jobs.work_off()
    done = ask()
    assert (done.status_code, done.json()["comparison"]["totals"]["findings"]["conflict"]["gone"]) == (200, 1)
    number = done.json()["comparison"]["id"]
    changes = client.get(f"{API}comparisons/{number}/changes", {"bbox": "106,26,107,27"}).json()
    assert (changes["total"], changes["features"][0]["properties"]["before"]) == (1, "R2")
    assert client.get(f"{API}comparisons/{number}/changes", {"bbox": "0,0,1,1"}).json()["total"] == 0
    assert client.get(f"{API}comparisons/{number}/changes", {"bbox": "x"}).status_code == 422
    missing = client.post(API + "comparisons", json.dumps({"before": "0.1", "after": "9.9"}), content_type="application/json")
    assert missing.status_code == 404


def test_command_line_says_what_differs(pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    out = CliRunner().invoke(blueprint, ["diff", "0.1", "1.0"], catch_exceptions=False).output
    assert "C0101  1" in out and "矛盾图斑: +0 -1 ~0 =1" in out


def moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_what_was_in_force_follows_publication_and_withdrawal(client_as: As, pair: tuple[BlueprintRelease, BlueprintRelease]) -> None:
    first, second = pair
    day = date(2018, 10, 1)
    BlueprintRelease.objects.filter(pk=first.pk).update(published_at=moment(day, 23))
    BlueprintRelease.objects.filter(pk=second.pk).update(
        published_at=moment(day + timedelta(days=10), 0), withdrawn_at=moment(day + timedelta(days=20), 12), state="withdrawn"
    )
    expected = {-1: None, 0: "0.1", 9: "0.1", 10: "1.0", 19: "1.0", 20: "0.1"}
    for offset, number in expected.items():
        release = in_force_on(day + timedelta(days=offset))
        assert (release.number if release else None) == number, offset
    lon, lat = make.box(50, 350, 51, 351).bounds[:2]
    release, here = here_on(lon, lat, day + timedelta(days=12), actor=make.actor("planner"))
    said = {one.layer: one.text for one in here.statements}
    assert release == second and "改为 E2" in said["E0103"] and said["C0101"].startswith("R2")
    assert "E0103" not in {one.layer for one in here_on(lon, lat, day, actor=make.actor("planner"))[1].statements}
    client = client_as("window")
    page = text(client.get("/blueprints/in-force/", {"date": "2018-10-13", "at": f"{lon}, {lat}"}))
    assert "蓝图 1.0" in page and "改为 E2" in page
    assert client.get("/blueprints/in-force/", {"date": "某日"}).status_code == 422
    answer = client.get(API + "in-force", {"date": "2018-10-13", "lon": lon, "lat": lat}).json()
    assert answer["release"]["number"] == "1.0" and "E0103" in {row["layer"] for row in answer["rows"]}
    assert client.get(API + "in-force", {"date": "2018-09-01"}).json()["release"] is None
    out = CliRunner().invoke(blueprint, ["in-force", "2018-10-13", "--at", str(lon), str(lat)], catch_exceptions=False).output
    assert out.startswith("1.0  ") and "E0103" in out
