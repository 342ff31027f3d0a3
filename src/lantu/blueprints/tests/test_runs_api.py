"""Fuse, count, publish, verify by the API; what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lantu.blueprints import factories as make
from lantu.blueprints.models import BlueprintRelease
from lantu.core import jobs

pytestmark = pytest.mark.django_db

As = Callable[..., Client]
API = "/api/v1/blueprint/"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(API + path, json.dumps(body), content_type="application/json")


def test_from_fusion_to_a_verified_release(client_as: As) -> None:
    releases = make.make_releases(make.make_pack())
    started = post(client_as("planner"), "runs")
    assert started.status_code == 202, started.content
    number = started.json()["run"]["id"]
    jobs.work_off()
    found = client_as("planner").get(f"{API}runs/{number}").json()
    assert (found["state"], sorted(found["releases"])) == ("done", sorted(row.pk for row in releases))
    table = client_as("viewer").get(f"{API}runs/{number}/statistics", {"by": "severity"}).json()
    assert (
        sum(line["findings"]["count"] for line in table["lines"])
        == table["total"]["findings"]["count"]
        == found["totals"]["conflict"]["count"]
    )
    assert post(client_as("planner"), "releases", run=number, number="0.1").status_code == 403
    published = post(client_as("publisher", 2), "releases", run=number, number="0.1")
    assert (published.status_code, published.json()["digest"]) == (201, found["digest"])
    assert post(client_as("publisher", 2), "releases/0.1/verify").status_code == 202
    jobs.work_off()
    shown = client_as("builder").get(f"{API}releases/0.1").json()
    assert shown["verified_report"]["agrees"] is True
    assert post(client_as("publisher", 2), "releases/0.1/withdraw", reason="更正").json()["state"] == "withdrawn"
    assert [row["number"] for row in client_as("planner").get(API + "releases").json()] == ["0.1"]


def test_what_is_not_there_or_not_allowed_is_said(client_as: As) -> None:
    run = make.make_run(make.make_releases(make.make_pack()))
    assert client_as("builder").get(API + "runs").status_code == 403
    assert post(client_as("viewer"), "runs").status_code == 403
    assert client_as("planner").get(API + "runs/999").status_code == 404
    assert client_as("planner").get(API + "releases/9.9").status_code == 404
    assert client_as("planner").get(f"{API}runs/{run.pk}/statistics", {"by": "colour"}).status_code == 422
    unknown = post(client_as("planner"), "runs", releases=[999])
    assert (unknown.status_code, unknown.json()["how"]) == (422, "/api/v1/plans/releases")
    assert not BlueprintRelease.objects.exists()
