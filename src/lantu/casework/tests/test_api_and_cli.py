"""Programs and the command line do what the pages do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from lantu.accounts.models import Region, User
from lantu.casework import factories
from lantu.casework.cli import work
from lantu.casework.models import Consultation, Request, Task
from lantu.casework.services import open_task, start_clock
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_asking_and_answering_by_program(subject: Region, planner: Actor, reviewer: Actor) -> None:
    at = f"/api/v1/work/on/accounts.region/{subject.pk}"
    given = {"matter": "position", "title": "选址", "departments": ["JW"]}
    made = client_of(planner).post(f"{at}/consultations", given, content_type="application/json")
    assert made.status_code == 201, made.content
    client = client_of(reviewer)
    (waiting,) = client.get("/api/v1/work/requests").json()
    wrong = client.post(f"/api/v1/work/requests/{waiting['id']}/reply", {"verdict": "disagree"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad-input")
    right = {"verdict": "conditions", "conditions": ["保留古树", {"item": "建筑高度", "op": "≤", "value": 24, "unit": "m"}]}
    assert client.post(f"/api/v1/work/requests/{waiting['id']}/reply", right, content_type="application/json").status_code == 200
    found = client_of(planner).get(f"/api/v1/work/consultations/{made.json()['id']}").json()
    assert (found["state"], found["requests"][0]["reply"]["verdict"]) == ("complete", "conditions")
    assert client_of(planner).get(f"{at}/timeline").json()[0]["kind"] == "reply"
    stranger = client_of(factories.make_actor("reviewer", "WW"))
    again = stranger.post(f"/api/v1/work/requests/{waiting['id']}/reply", {"verdict": "agree"}, content_type="application/json")
    assert again.status_code == 403
    assert Request.objects.get().replies.count() == Consultation.objects.count() == 1


def test_the_worklist_and_a_clock_by_program(subject: Region, planner: Actor, reviewer: Actor) -> None:
    clock = start_clock(planner, subject, "item", 7, on=date(2018, 9, 20))
    task = open_task(planner, subject, "review", "审查", role="reviewer", department="JW", clock=clock)
    client = client_of(reviewer)
    answer = client.get("/api/v1/work/tasks?light=r").json()
    assert (answer["total"], answer["rows"][0]["light"]) == (1, "r")
    assert client.get("/api/v1/work/tasks?light=z").status_code == 422
    assert client.post(f"/api/v1/work/tasks/{task.pk}/take", {}, content_type="application/json").json()["person"] == reviewer.name
    assert client.post(f"/api/v1/work/tasks/{task.pk}/return", {"note": ""}, content_type="application/json").status_code == 422
    client.post(f"/api/v1/work/tasks/{task.pk}/close", {"note": "办结"}, content_type="application/json")
    assert Task.objects.get().state == "done"
    found = client.get(f"/api/v1/work/clocks/{clock.pk}").json()
    assert (found["due_on"], found["ledger"][0]["kind"], found["why"][0]["kind"]) == ("2018-09-30", "started", "started")
    client.post(f"/api/v1/work/on/accounts.region/{subject.pk}/comments", {"text": "好"}, content_type="application/json")
    assert client.get(f"/api/v1/work/on/accounts.region/{subject.pk}/comments").json()[0]["text"] == "好"
    assert client.post("/api/v1/work/notices/read").json() == 1
    assert client.get("/api/v1/work/notices?unread=true").json() == []


def test_the_command_line_says_why_and_what_is_late(subject: Region, planner: Actor) -> None:
    clock = start_clock(planner, subject, "item", 7, on=date(2018, 9, 20), title="方案审查")
    open_task(planner, subject, "review", "审查方案", role="reviewer", department="JW", clock=clock)
    said = CliRunner().invoke(work, ["clock", str(clock.pk)]).output
    assert "2018-09-30" in said and "国庆节放假" in said
    assert "审查方案" in CliRunner().invoke(work, ["due", "--department", "JW"]).output
    factories.make_calendar(off={}, work={})
    assert "moved" in CliRunner().invoke(work, ["recalculate"]).output


def test_a_clock_is_stopped_resumed_and_extended_by_program(subject: Region, planner: Actor, decider: Actor) -> None:
    clock = start_clock(planner, subject, "item", 7, on=timezone.localdate())
    url, client = f"/api/v1/work/clocks/{clock.pk}", client_of(planner)

    def post(act: str, **given: object) -> dict[str, Any]:
        return client.post(f"{url}/{act}", given, content_type="application/json").json()

    stopped = post("stop", kind="expert", notice="告知书 4 号")
    assert stopped["ledger"][1]["pause"]
    assert post("stop", kind="expert", notice="告知书 5 号", maximum=999)["what"].startswith("停计")
    assert post("resume", pause=stopped["ledger"][1]["pause"])["due_on"] == clock.due_on.isoformat()
    assert client.post(f"{url}/extend", {"days": 3, "reason": "复杂"}, content_type="application/json").status_code == 403
    client = client_of(decider)
    assert post("extend", days=3, reason="复杂")["total"] == 10
