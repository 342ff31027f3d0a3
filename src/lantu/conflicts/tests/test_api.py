"""The API does what the pages do, and says when a case has changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lantu.conflicts import factories as make
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.states import State
from lantu.conflicts.tests.test_order import PLANNER, to_consultation
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db
As = Callable[[Actor | None], Client]
BASE = "/api/v1/conflicts/"


@pytest.fixture(autouse=True)
def no_forgery_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lantu.web.api.check_csrf", lambda request: None)


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(BASE + path, body, content_type="application/json")


def test_from_triage_to_a_proposal(client_as: As) -> None:
    case = make.make_cases()[0]
    client = client_as(PLANNER)
    listed = client.get(BASE + "cases", {"severity": 1}).json()
    assert (listed["total"], listed["rows"][0]["number"]) == (1, case.number)
    url = f"cases/{case.number}/"
    done = post(client, url + "triage", version=1)
    assert done.json()["state"] == "triaged"
    late = post(client, url + "triage", version=1)
    assert (late.status_code, late.json()["code"], late.json()["values"]["since"][0]["act"]) == (409, "changed", "triaged")
    batch = post(client, "batches", title="第一批", deadline=(timezone.localdate() + timedelta(days=5)).isoformat()).json()
    post(client, url + "list", batch=batch["id"])
    sent = post(client, f"batches/{batch['id']}/send").json()
    assert (sent["done"], sent["finished"]) == (1, True)
    said = post(client_as(make.person("reviewer", "GT")), url + "position", stance="object", reason="须保护")
    assert said.status_code == 422
    post(client_as(make.person("reviewer", "GT")), url + "position", stance="agree_a")
    client_as(PLANNER)
    full = client.get(BASE + f"cases/{case.number}").json()
    assert full["options"][0]["letter"] == "A"
    assert full["positions"][0]["stance"] == "agree_a"
    assert "propose" in full["acts"]
    assert post(client, url + "propose", option="A").json()["state"] == "proposed"
    assert post(client, url + "no-such-act").status_code == 404


def test_bulk_by_filter_and_who_may(client_as: As) -> None:
    cases = make.make_cases()
    assert post(client_as(make.person("viewer")), "bulk", act="triage", query="group=triage").status_code == 403
    done = post(client_as(PLANNER), "bulk", act="triage", query="group=triage").json()
    assert done["done"] == len(cases)
    assert not ConflictCase.objects.filter(state=State.DETECTED).exists()


def test_a_wrong_geometry_is_answered_with_its_place(client_as: As) -> None:
    case = make.make_cases()[0]
    to_consultation(case)
    west, south, east, north = case.finding.geometry.bounds
    ring = [[west, south], [east, north], [east, south], [west, north], [west, south]]
    answer = post(client_as(PLANNER), f"cases/{case.number}/propose", option="A", geometry={"type": "Polygon", "coordinates": [ring]})
    assert answer.status_code == 422
    assert answer.json()["values"]["lon"] == pytest.approx((west + east) / 2, abs=1e-5)
