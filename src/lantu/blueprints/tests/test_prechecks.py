"""A draft plan checked against the blueprint before it is adopted; layers past their update cycle."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from lantu.blueprints import factories as make
from lantu.blueprints.cli import blueprint
from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun, StaleLayer
from lantu.blueprints.selectors.freshness import after_cycle, freshness, stale
from lantu.blueprints.selectors.releases import runs, shown_run
from lantu.blueprints.services import publish_release, start_precheck
from lantu.blueprints.services.prechecks import outcome
from lantu.blueprints.services.staleness import report_stale
from lantu.blueprints.verification import verify_run
from lantu.casework.factories import make_calendar
from lantu.casework.models import Task
from lantu.core import events, jobs
from lantu.core.actor import system
from lantu.core.errors import Conflict, Refused
from lantu.plans.models import Delivery, DeliveryFeature, PlanDataset, PlanRelease
from lantu.standards.models import LayerDefinition

pytestmark = pytest.mark.django_db

As = Callable[..., Client]
Box = tuple[float, float, float, float]


@pytest.fixture
def base() -> BlueprintRelease:
    releases = make.make_releases(make.make_pack())
    return publish_release(make.actor("publisher", 2), make.make_run(releases), "0.1")


def draft(patches: Sequence[tuple[str, Box]], state: str = Delivery.State.CHECKED) -> Delivery:
    """A delivery of the urban plan that is not released."""
    dataset = PlanDataset.objects.get(layer_code="C0101")
    row = Delivery.objects.create(dataset=dataset, number=dataset.deliveries.count() + 1, state=state, current_run="r")
    for number, (code, extent) in enumerate(patches, start=1):
        DeliveryFeature.objects.create(
            delivery=row,
            run="r",
            file_name="a",
            row=number,
            status="in",
            feature_id=f"N-{number}",
            codes=[[code, 1.0]],
            geometry=make.box(*extent),
        )
    return row


WORSE = [("R2", (0, 0, 400, 500)), ("G1", (400, 0, 800, 400)), ("E2", (100, 500, 800, 800))]
BETTER = [("R2", (0, 0, 400, 300)), ("G1", (400, 0, 800, 400)), ("E2", (0, 300, 400, 800)), ("E2", (400, 400, 800, 800))]


def checked(delivery: Delivery) -> FusionRun:
    run, _job = start_precheck(make.actor("planner"), delivery)
    jobs.work_off()
    run.refresh_from_db()
    assert run.state == "done"
    return run


def test_draft_that_builds_over_more_farmland_is_shown_to_do_so(base: BlueprintRelease) -> None:
    before = Finding.objects.get(run=base.run, rule="C01")
    run = checked(draft(WORSE))
    after = Finding.objects.get(run=run, rule="C01")
    assert after.area_m2 > before.area_m2
    found = outcome(run)
    assert found.comparison is not None and found.comparison.before == base.run
    assert found.comparison.totals["layers"]["C0101"]["count"] > 0


def test_new_severe_conflict_fails_the_check(base: BlueprintRelease) -> None:
    moved = [("R2", (0, 0, 60, 500)), ("R2", (60, 0, 400, 400)), ("E2", (100, 500, 800, 800))]
    Finding.objects.filter(run=base.run, rule="C01").update(listing="gap")  # as if no conflict had been there
    found = outcome(checked(draft(moved)))
    assert found.new_by_severity.get(1) and not found.passed


def test_draft_that_keeps_off_brings_no_new_severe_conflict(base: BlueprintRelease) -> None:
    run = checked(draft(BETTER))
    assert not Finding.objects.filter(run=run, rule="C01").exists()
    assert outcome(run).passed


def test_check_has_the_digest_of_the_release_it_would_become_and_can_be_verified(base: BlueprintRelease) -> None:
    run = checked(draft(BETTER))
    assert run.layers[0]["releases"] == [] and len(run.layers[0]["digests"][0]) == 64
    assert verify_run(run, run.engine, expected=run.digest).agrees


def test_decisions_of_the_release_hold_in_the_check(base: BlueprintRelease) -> None:
    conflict = Finding.objects.get(run=base.run, rule="C01")
    make.make_override(conflict.geometry, ["C0101", "C0404"], {"classes": {"C0101": "E2"}})
    publish_release(make.actor("publisher", 2), make.make_run(list(base.run.releases.all())), "1.0")
    run = checked(draft([("R2", (0, 0, 400, 400)), ("G1", (400, 0, 800, 400)), ("E2", (0, 400, 800, 800))]))
    assert not Finding.objects.filter(run=run, rule="C01").exists()


def test_check_is_no_blueprint(base: BlueprintRelease) -> None:
    run = checked(draft(BETTER))
    assert run not in runs() and shown_run() == base.run
    with pytest.raises(Conflict, match="合规性预检"):
        publish_release(make.actor("publisher", 2), run, "0.2")
    following = make.make_run(list(base.run.releases.all()))
    assert following.previous == base.run


def test_what_cannot_be_checked_is_refused(base: BlueprintRelease) -> None:
    with pytest.raises(Conflict, match="已发布"):
        start_precheck(make.actor("planner"), draft(BETTER, Delivery.State.RELEASED))
    with pytest.raises(Conflict, match="没有可用的要素"):
        start_precheck(make.actor("planner"), draft([]))
    with pytest.raises(Refused):
        start_precheck(make.actor("builder"), draft(BETTER))
    base.state = BlueprintRelease.State.WITHDRAWN
    base.save()
    with pytest.raises(Conflict, match="还没有现行的蓝图版本"):
        start_precheck(make.actor("reviewer"), draft(BETTER))


def test_check_by_page_api_and_command_line(client_as: As, base: BlueprintRelease) -> None:
    delivery = draft(BETTER)
    client = client_as("planner")
    assert delivery.dataset.name in client.get("/blueprints/prechecks/").content.decode()
    answer = client.post("/blueprints/prechecks/start/", {"delivery": delivery.pk})
    assert answer["Location"].startswith("/jobs/")
    run = FusionRun.objects.get(purpose="precheck")
    jobs.work_off()
    page = client.get(f"/blueprints/runs/{run.pk}/").content.decode()
    assert "没有新的一级矛盾" in page and 'name="number"' not in page
    assert run.number in client.get("/blueprints/prechecks/").content.decode()
    assert run.number not in client.get("/blueprints/runs/").content.decode()
    started = client.post("/api/v1/blueprint/prechecks", json.dumps({"delivery": delivery.pk}), content_type="application/json")
    assert started.status_code == 202
    jobs.work_off()
    found: Any = client.get(f"/api/v1/blueprint/prechecks/{started.json()['id']}").json()
    assert (found["passed"], found["delivery"]) == (True, delivery.pk)
    assert client_as("window").post("/blueprints/prechecks/start/", {"delivery": delivery.pk}).status_code == 403
    done = CliRunner().invoke(blueprint, ["precheck", str(delivery.pk)], catch_exceptions=False)
    assert "没有新的一级矛盾" in done.output


@pytest.mark.parametrize(
    ("day", "cycle", "due"),
    [
        (date(2016, 2, 29), "P1Y", date(2017, 2, 28)),
        (date(2018, 11, 30), "P3M", date(2019, 2, 28)),
        (date(2018, 1, 1), "P2W", date(2018, 1, 15)),
        (date(2018, 1, 31), "P1Y1M", date(2019, 2, 28)),
        (date(2018, 1, 1), "", None),
        (date(2018, 1, 1), "P", None),
        (date(2018, 1, 1), "yearly", None),
    ],
)
def test_cycle_ends_on_the_calendar(day: date, cycle: str, due: date | None) -> None:
    assert after_cycle(day, cycle) == due


def test_layer_past_its_cycle_is_stale_told_once_and_written_into_the_run(client_as: As, base: BlueprintRelease) -> None:
    LayerDefinition.objects.filter(code="C0101").update(update_cycle="P1Y")
    make.standards.clear()
    PlanRelease.objects.filter(layer_code="C0101").update(document_date=date(2017, 3, 1), valid_from=None)
    assert [(row.layer, row.due, row.late_days) for row in freshness(date(2018, 3, 1))] == [("C0101", date(2018, 3, 1), 0)]
    (row,) = stale(date(2018, 3, 11))
    assert (row.late_days, row.owner) == (10, "GH")
    run = make.make_run(list(base.run.releases.all()))
    assert [one["layer"] for one in run.totals["stale"]] == ["C0101"]
    client = client_as("planner")
    assert "已过更新期限" in client.get(f"/blueprints/runs/{run.pk}/").content.decode()
    assert "C0101" in client.get("/blueprints/freshness/?only=stale").content.decode()
    book = load_workbook(BytesIO(client.get("/blueprints/freshness/?export=xlsx").content))
    assert any(cell.value == "C0101" for line in book.active.iter_rows() for cell in line)  # type: ignore[union-attr]
    assert client.get("/api/v1/blueprint/freshness", {"stale": "true"}).json()[0]["cycle"] == "P1Y"
    assert "C0101" in CliRunner().invoke(blueprint, ["freshness", "--stale"], catch_exceptions=False).output


def test_stale_layer_is_told_to_its_owner_once() -> None:
    from lantu.accounts.models import User
    from lantu.casework.models import Notification

    pack = make.make_pack()
    make.make_releases(pack)
    make_calendar()
    LayerDefinition.objects.filter(code="C0404").update(update_cycle="P1Y")
    make.standards.clear()
    PlanRelease.objects.filter(layer_code="C0404").update(document_date=date(2017, 3, 1))
    from lantu.accounts.models import Department, Post

    user = User.objects.create(username="gt")
    Post.objects.create(user=user, role="reviewer", department=Department.objects.get(code="GT"), valid_from=date(2018, 1, 1))
    rows = stale()
    assert report_stale(system("test"), rows) == 1
    assert report_stale(system("test"), rows) == 0
    assert "C0404" in Notification.objects.get(user=user).title
    finding = StaleLayer.objects.get()
    assert (finding.layer_code, finding.owner, finding.settled_at) == ("C0404", "GT", None)
    assert Task.objects.get(kind="blueprints.stale", is_open=True).department == "GT"


def test_stale_layer_is_a_finding_until_it_is_brought_up_to_date(client_as: As, base: BlueprintRelease) -> None:
    make_calendar()
    LayerDefinition.objects.filter(code="C0404").update(update_cycle="P1Y")
    make.standards.clear()
    rows = PlanRelease.objects.filter(layer_code="C0404")
    rows.update(document_date=date(2017, 3, 1), valid_from=None)
    report_stale(system("test"), stale())
    client = client_as("planner")
    page = client.get("/blueprints/freshness/findings/", {"state": "open"}).content.decode()
    assert "C0404" in page and "超期" in page
    assert client.get("/api/v1/blueprint/freshness/findings").json()[0]["due"] == "2018-03-01"
    rows.update(document_date=timezone.localdate())
    events.emit(system("test"), "plans.released", rows.first(), layer="C0404", digest="")
    assert StaleLayer.objects.get().settled_at is not None
    assert not Task.objects.filter(kind="blueprints.stale", is_open=True).exists()
    assert client.get("/api/v1/blueprint/freshness/findings").json() == []
    assert "已消除" in client.get("/blueprints/freshness/findings/").content.decode()
