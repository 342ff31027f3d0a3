"""OGC API Processes: the same verbs as the pages, in-line or as a job."""

from __future__ import annotations

import json

import shapely

from lantu.analysis.factories import box
from lantu.analysis.models import Check, SitingSearch, Statistic
from lantu.core import jobs
from lantu.standards.models import PackPart

SITE = shapely.geometry.mapping(box(10, 10, 100, 100))


def execute(client, name: str, inputs: object, **headers: str):
    return client.post(f"/ogc/processes/{name}/execution", json.dumps({"inputs": inputs}), content_type="application/json", headers=headers)


def test_every_process_is_described_with_its_inputs(client_as, release) -> None:
    client = client_as("exchange")
    found = client.get("/ogc/processes").json()["processes"]
    assert {"conformity-check", "conformity-batch", "siting", "statistics"} <= {one["id"] for one in found}
    for one in found:
        described = client.get(one["links"][0]["href"]).json()
        assert described["inputs"] and described["outputs"] and described["jobControlOptions"]
    missing = client.get("/ogc/processes/nothing")
    assert missing.status_code == 404 and missing.json()["type"].endswith("no-such-process")


def test_a_small_check_is_answered_in_line_and_kept(client_as, release) -> None:
    answer = execute(client_as("exchange"), "conformity-check", {"site": SITE, "title": "接口用地"})
    assert answer.status_code == 200
    said = answer.json()
    row = Check.objects.get(number=said["record"])
    assert said["verdict"] == row.verdict and said["digest"] == row.digest and said["release"] == "0.1" and row.title == "接口用地"
    assert {one["layer"] for one in said["composition"]} >= {"C0101"}


def test_asked_for_or_too_large_it_becomes_a_job_with_results(client_as, release) -> None:
    client = client_as("exchange")
    asked = execute(client, "conformity-check", {"site": SITE}, Prefer="respond-async")
    assert asked.status_code == 201 and asked.json()["status"] == "accepted"
    job = asked["Location"]
    early = client.get(f"{job}/results")
    assert early.status_code == 404 and early.json()["type"].endswith("result-not-ready")
    assert client.delete(job).json()["status"] == "dismissed"
    part = PackPart.objects.get(name="analysis")
    part.content = {**part.content, "limits": {**part.content["limits"], "inline_vertices": 3}}
    part.save()
    large = execute(client, "conformity-check", {"site": SITE})
    assert large.status_code == 201
    jobs.work_off()
    assert client.get(large["Location"]).json()["status"] == "successful"
    assert Check.objects.get(number=client.get(f"{large['Location']}/results").json()["record"])
    assert len(client.get("/ogc/jobs").json()["jobs"]) == 2
    assert client_as("planner", 77).get(large["Location"]).status_code == 404


def test_many_sites_siting_and_statistics_by_process(client_as, release) -> None:
    client = client_as("exchange")
    sites = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": SITE}] * 3}
    batch = execute(client, "conformity-batch", {"sites": sites})
    assert batch.status_code == 201
    jobs.work_off()
    assert len(client.get(f"{batch['Location']}/results").json()["checks"]) == 3
    found = execute(client, "statistics", {"kind": "balance", "parameters": {"layer": "C0101"}}).json()
    assert found["tables"][0]["total"] and Statistic.objects.get(number=found["record"])
    criteria = {
        "area_ha": [1, 100],
        "must": [{"kind": "class", "layer": "C0101", "codes": ["R2"]}],
        "wishes": [{"kind": "compact", "weight": 1}],
    }
    sited = execute(client, "siting", {"criteria": criteria}).json()
    assert sited["candidates"]["features"] and SitingSearch.objects.get(number=sited["record"])


BAD_INPUTS = [
    ("conformity-check", {}),
    ("conformity-check", {"site": SITE, "text": "1,2"}),
    ("conformity-check", {"where": SITE}),
    ("conformity-check", [1]),
    ("conformity-check", {"site": shapely.geometry.mapping(box(1e7, 0, 1e7 + 9, 9))}),
    ("statistics", {"kind": "nothing"}),
    ("siting", {"criteria": "x"}),
    ("conformity-batch", {"sites": {"type": "Point"}}),
]


def test_bad_inputs_are_problems_that_say_how(client_as, release) -> None:
    for name, inputs in BAD_INPUTS:
        answer = execute(client_as("exchange"), name, inputs)
        assert answer.status_code == 400 and answer.json()["type"].endswith("invalid-input") and answer.json()["detail"]


def test_who_may_not_ask_executes_nothing(client_as, release) -> None:
    for role in ("", "builder", "sysadmin"):
        assert execute(client_as(role), "conformity-check", {"site": SITE}).status_code == 401
    assert not Check.objects.exists()
