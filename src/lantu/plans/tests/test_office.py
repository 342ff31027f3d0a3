"""Collection, mending and codes by API and command line: the same verbs as the pages, the same refusals."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.spreadsheets import write_xlsx
from lantu.plans.cli import plans
from lantu.plans.models import CollectionRequest, CollectionRound, CollectionSubmission, Delivery
from lantu.plans.services import create_dataset
from lantu.plans.tests import files as make
from lantu.plans.tests.test_crosswalks import CODES, NAMES
from lantu.plans.tests.test_crosswalks import brought as brought_codes
from lantu.plans.tests.test_mending import FAULTY
from lantu.plans.tests.test_mending import brought as brought_faults

API = "/api/v1/plans/"


@pytest.fixture(autouse=True)
def people(city: object) -> None:
    demo.load()


def at_desk(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=f"demo-{role}"))
    return client


def call(client: Client, path: str, body: Any = None, status: int = 200) -> Any:
    """GET, or POST of a JSON body; the answer, whose status is as expected."""
    answer = client.get(API + path) if body is None else client.post(API + path, json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def run(*arguments: object, fails: type[Exception] | None = None) -> str:
    result = CliRunner().invoke(plans, [str(one) for one in arguments])
    if fails is not None:
        assert isinstance(result.exception, fails), result.output
    elif isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_round_by_the_api_from_the_request_to_the_verdict(tmp_path: Path) -> None:
    planner, reviewer = at_desk("planner"), at_desk("reviewer")
    assert call(reviewer, "collections/requests") == []
    due = (timezone.localdate() + timedelta(days=9)).isoformat()
    asked = {"title": "2018 年汇交", "due": due, "layers": ["WWJ:C0701", "STW:C0501"]}
    call(reviewer, "collections", asked, 403)
    call(planner, "collections", {**asked, "layers": ["XXX:C0501"]}, 422)
    made = call(planner, "collections", asked, 201)
    assert made["counts"]["asked"] == 2
    (mine,) = call(reviewer, "collections/requests")  # only the own department's
    other = next(one for one in call(planner, f"collections/requests?round={made['id']}") if one["id"] != mine["id"])
    call(reviewer, f"collections/requests/{other['id']}", status=404)
    content = make.write(tmp_path / "plan.gpkg", make.squares(2)).read_bytes()

    def hand_in(request: int) -> Any:
        given = {"files": [SimpleUploadedFile("plan.gpkg", content)], "note": "第一稿"}
        return reviewer.post(f"{API}collections/requests/{request}/submissions", given)

    assert hand_in(other["id"]).status_code == 404
    first = hand_in(mine["id"])
    assert first.status_code == 202 and first.json()["receipt_no"].startswith("HJ")
    jobs.work_off()
    (given,) = call(planner, f"collections/requests/{mine['id']}")["submissions"]
    assert given["checked"] and given["files"][0]["name"] == "plan.gpkg"
    call(planner, f"collections/{made['id']}/close", {}, 409)
    call(planner, f"collections/submissions/{given['id']}/verdict", {"accept": False}, 422)
    returned = call(planner, f"collections/submissions/{given['id']}/verdict", {"accept": False, "reasons": "缺字段"})
    assert returned["verdict"] == "returned"
    assert call(planner, f"collections/requests/{mine['id']}/remind", {})["told"] >= 1
    call(planner, f"collections/requests/{mine['id']}/remind", {}, 409)
    assert call(planner, f"collections/requests/{other['id']}/withdraw", {})["state"] == "withdrawn"
    assert call(planner, f"collections/{made['id']}/close", {})["state"] == "closed"


def test_a_round_by_the_command_line(tmp_path: Path) -> None:
    due = timezone.localdate() + timedelta(days=9)
    run("collect", "open", "2018 年汇交", "STW:C0501", "--due", due, "--as", "demo-planner")
    run("collect", "open", "空", "XXX:C0501", "--due", due, fails=BadInput)
    found, request = CollectionRound.objects.get(), CollectionRequest.objects.get()
    assert "2018 年汇交" in run("collect", "list") and "C0501" in run("collect", "list", "--round", found.pk)
    path = make.write(tmp_path / "C0501.gpkg", make.squares(2))
    run("collect", "submit", 999, path, fails=NotFound)
    assert "HJ" in run("collect", "submit", request.pk, path)
    receipt = CollectionSubmission.objects.get().receipt_no
    run("collect", "close", found.pk, fails=Conflict)
    assert "接收" in run("collect", "decide", receipt, "--accept", "--as", "demo-planner")
    run("collect", "close", found.pk)
    found.refresh_from_db()
    assert found.state == CollectionRound.State.CLOSED


@pytest.fixture
def faulty(planner: Actor, tmp_path: Path) -> Delivery:
    return brought_faults(
        planner, create_dataset(planner, "C0101", "有错的城规", scale=10_000), tmp_path, FAULTY, ["R2", "B1"] * 3 + ["R2"]
    )


def test_faults_are_offered_mended_and_mended_by_rule_by_the_api(faulty: Delivery) -> None:
    planner, viewer, path = at_desk("planner"), at_desk("viewer"), f"deliveries/{faulty.pk}/mending"
    rules = call(viewer, path)
    assert rules["fill-gap"] >= 1 and rules["cut-smaller"] >= 1
    seen = call(viewer, f"{path}/rules/cut-smaller")
    assert seen["good"] >= 1 and seen["moved_m2"] > 0 and seen["offers"][0]["changes"]
    finding = seen["offers"][0]["finding"]
    offers = call(viewer, f"{path}/findings/{finding}")
    assert {one["method"] for one in offers} == {"cut-first", "cut-second"}
    call(viewer, f"{path}/findings", {"finding": finding, "method": "cut-first"}, 403)
    call(planner, f"{path}/findings", {"finding": finding, "method": "fill-gap"}, 422)
    logs = call(planner, f"{path}/findings", {"finding": finding, "method": "cut-second"})
    assert logs[0]["area_after_m2"] != logs[0]["area_before_m2"]
    call(planner, f"{path}/findings", {"finding": finding, "method": "cut-second"}, 404)
    call(planner, f"{path}/rules", {"rule": "nothing"}, 422)
    old = call(planner, f"{path}/rules", {"rule": "fill-gap", "version": seen["version"]}, 202)
    now = call(viewer, f"{path}/rules/fill-gap")["version"]
    new = call(planner, f"{path}/rules", {"rule": "fill-gap", "version": now}, 202)
    jobs.work_off()
    states = [at_desk("planner").get(f"/api/v1/jobs/{one['job']['id']}").json()["state"] for one in (old, new)]
    assert states == ["failed", "done"]  # the first was ordered on what was there before
    assert call(viewer, path)["fill-gap"] == 0


def test_faults_are_mended_by_the_command_line(faulty: Delivery) -> None:
    assert "fill-gap" in run("mend", faulty.pk)
    assert "㎡" in run("mend", faulty.pk, "fill-gap")
    assert not faulty.repairs.exists()
    run("mend", faulty.pk, "fill-gap", "--apply", "--as", "demo-planner")
    assert faulty.repairs.filter(method="fill-gap").exists()
    run("mend", faulty.pk, "fill-gap", "--apply", fails=BadInput)
    run("mend", faulty.pk, "nothing", fails=BadInput)


@pytest.fixture
def coded(planner: Actor, tmp_path: Path) -> Delivery:
    return brought_codes(planner, create_dataset(planner, "C0101", "别人的代码", scale=10_000), tmp_path, CODES, NAMES)


def test_codes_are_proposed_and_decided_by_the_api_also_by_a_table(coded: Delivery) -> None:
    planner, viewer, path = at_desk("planner"), at_desk("viewer"), f"deliveries/{coded.pk}/codes"
    rows = {one["value"]: one for one in call(viewer, f"{path}?name_field=YDMC")}
    assert rows["LA-07"]["candidates"][0]["code"] == "G1" and rows["XX"]["target"] == ""
    call(viewer, path, {"targets": {"XX": "-"}}, 403)
    call(planner, path, {"targets": {"XX": "NIX"}}, 422)
    done = {one["value"]: one["target"] for one in call(planner, path, {"targets": {"XX": "-", "LA-07": "G1"}, "version": "一"})}
    assert (done["XX"], done["LA-07"], done["商住"]) == ("-", "G1", "")
    sheet = load_workbook(io.BytesIO(viewer.get(f"{API}{path}.xlsx").content)).active
    cells = [[cell.value for cell in row][:4] for row in sheet.iter_rows()]
    filled = [cells[0], *([*row[:3], "B1/R2" if row[0] == "商住" else row[3]] for row in cells[1:])]
    table = SimpleUploadedFile("codes.xlsx", write_xlsx(filled[0], filled[1:], title="对照"))
    answer = planner.post(f"{API}{path}.xlsx", {"file": table, "version": "二"})
    assert answer.status_code == 200, answer.content
    coded.refresh_from_db()
    assert (coded.account["pending"], coded.account["rejected"]) == (0, 1)
    assert sorted(coded.dataset.crosswalks.values_list("version", flat=True)) == ["一", "二"]


def test_codes_by_the_command_line(coded: Delivery, tmp_path: Path) -> None:
    assert "LA-07" in run("codes", coded.pk, "--name-field", "YDMC")
    run("codes", coded.pk, "--out", tmp_path / "codes.xlsx")
    run("codes", coded.pk, "--code", "XX=NIX", fails=BadInput)
    run("codes", coded.pk, "--code", "XX=-", "--code", "LA-07=G1", "--code", "商住=B1/R2", "--version", "定稿", "--as", "demo-planner")
    coded.refresh_from_db()
    assert (coded.account["pending"], coded.account["rejected"]) == (0, 1)
    run("codes", coded.pk, "--in", tmp_path / "codes.xlsx")
    run("codes", 999, fails=NotFound)
