"""From file to release by the API alone, by two persons; living layers; what is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core import jobs
from lantu.plans.models import LivingFeature, PlanRelease
from lantu.plans.tests import files as make

API = "/api/v1/plans/"


@pytest.fixture
def people(city: object) -> None:
    demo.load()


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=f"demo-{role}"))
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(API + path, json.dumps(body), content_type="application/json")


def give(client: Client, path: Path, **facts: Any) -> Any:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post(API + "deliveries", {"layer": "C0101", "name": "城规 2018", **facts, "files": [file]})


def test_a_plan_goes_from_file_to_release(people: None, tmp_path: Path) -> None:
    planner, checker = signed_in("planner"), signed_in("checker")
    shapes = [*make.squares(3), make.squares(1)[0]]  # the last lies on the first
    answer = give(planner, make.write(tmp_path / "plan.gpkg", shapes, names=["R2", "B1", "R2", "XX"]))
    assert answer.status_code == 202, answer.content
    started = answer.json()
    assert planner.get(f"/api/v1/jobs/{started['job']['id']}").json()["state"] == "queued"
    jobs.work_off()
    path = f"deliveries/{started['delivery']}"
    layer = planner.get(API + path).json()["detected"]["layers"][0]
    assert post(planner, f"{path}/mapping").status_code == 409
    read = post(planner, f"{path}/reading", layer=layer["name"], epsg=4545)
    assert (read.status_code, read.json()["reading"]["epsg"]) == (200, 4545)
    said = {"fields": {"id": "编号", "code": "地类"}}
    assert post(planner, f"{path}/mapping", **said, check=False).status_code == 202
    jobs.work_off()
    mapped = planner.get(API + path).json()
    assert (mapped["state"], mapped["account"]["pending"]) == ("mapped", 1)
    (pending,) = planner.get(API + f"{path}/features", {"status": "pending"}).json()["rows"]
    assert (pending["row"], pending["source_code"]) == (4, "XX")
    post(planner, f"{path}/mapping", **said, unclassified=True)
    jobs.work_off()
    checked = planner.get(API + path).json()
    blocking = [check["code"] for check in checked["checks"] if check["blocking"]]
    assert (checked["state"], checked["account"]["in"]) == ("checked", 4)
    assert blocking
    assert planner.get(API + f"{path}/quality", {"check": blocking[0]}).json()[0]["message"]
    assert post(planner, f"{path}/waivers", check=blocking[0], reason="照原样").status_code == 403
    for check in blocking:
        assert post(checker, f"{path}/waivers", check=check, reason="照原样").status_code == 200
    assert post(planner, f"{path}/release", document_no="筑府函〔2018〕1 号", valid_from="2018-06-01").status_code == 202
    jobs.work_off()
    (released,) = planner.get(API + "releases").json()
    assert (released["patch_count"], released["document_no"], released["valid_from"]) == (4, "筑府函〔2018〕1 号", "2018-06-01")
    assert PlanRelease.objects.get(pk=released["id"]).digest == released["digest"]
    assert planner.get(API + "releases", {"on": "2018-05-31"}).json() == []


def test_a_broken_file_leaves_nothing_and_its_job_says_why(people: None, tmp_path: Path) -> None:
    (tmp_path / "plan.gpkg").write_bytes(b"no database")
    planner = signed_in("planner")
    started = give(planner, tmp_path / "plan.gpkg").json()
    jobs.work_off()
    job = planner.get(f"/api/v1/jobs/{started['job']['id']}").json()
    assert job["state"] == "failed" and job["error"]["how"]
    assert planner.get(API + f"deliveries/{started['delivery']}").status_code == 404


def test_only_a_planner_brings_plans(people: None, tmp_path: Path) -> None:
    path = make.write(tmp_path / "plan.gpkg", make.squares(1), names=["R2"])
    assert give(signed_in("viewer"), path).status_code == 403
    assert give(Client(), path).status_code == 403
    assert signed_in("builder").get(API + "releases").status_code == 403
    assert give(signed_in("planner"), path, layer="none").json()["how"]


def test_a_table_of_targets_is_released(people: None) -> None:
    planner = signed_in("planner")
    text = "指标,单位,目标年,目标值\n森林覆盖率,%,2020,60\n"
    facts = {"layer": "C0101", "name": "指标"}
    answer = planner.post(API + "tables", {**facts, "file": SimpleUploadedFile("targets.csv", text.encode())})
    assert answer.status_code == 200, answer.content
    assert planner.post(API + "tables", {**facts, "file": SimpleUploadedFile("targets.doc", b"")}).status_code == 422


def test_living_features_by_the_api(people: None) -> None:
    planner = signed_in("planner")
    ground = shapely.geometry.mapping(shapely.box(106.60, 26.60, 106.61, 26.61))
    facts = {"layer": "D0101", "feature_id": "地字 1 号", "valid_from": "2018-06-01"}
    made = post(planner, "living", **facts, geometry=ground)
    assert made.status_code == 201, made.content
    assert post(planner, "living", **facts, geometry={"type": "Blob"}).status_code == 422
    assert post(signed_in("viewer"), "living", **facts, geometry=ground).status_code == 403
    wider = shapely.geometry.mapping(shapely.box(106.60, 26.60, 106.62, 26.61))
    new = post(planner, f"living/{made.json()['id']}/supersede", geometry=wider, valid_from="2018-09-01").json()
    shown = planner.get(API + "living", {"layer": "D0101"}).json()
    assert [row["id"] for row in shown] == [new["id"]]
    assert post(planner, f"living/{new['id']}/end", on="2018-10-01", reason="项目终止").status_code == 200
    assert planner.get(API + "living").json() == []
    assert LivingFeature.objects.get(pk=new["id"]).valid_to == date(2018, 10, 1)
    assert post(planner, "living/999/end", on="2018-10-01", reason="x").status_code == 404
