"""The room for other systems and for the command line: the same verbs, the same refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile

from lantu.approvals import factories as make
from lantu.approvals import services
from lantu.approvals.cli import approvals
from lantu.approvals.models import Material, StageApplication, StageResult
from lantu.approvals.tests.ways import BASE, PACK, Api, name_of, run
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import system
from lantu.core.errors import Conflict, NotFound
from lantu.documents.factories import small_city
from lantu.standards.services import load_pack

pytestmark = pytest.mark.django_db


def test_anybody_asks_for_the_guide_by_facts() -> None:
    make.make_definition()
    found = Api().get("guide", project_class="social", facts=json.dumps({"floor_area_m2": 3000, "basement": False}))
    second = found["stages"][1]
    needed = {one["code"] for one in second["items"] if one["applies"]}
    assert needed == {"scheme", "defence", "works_permit"} and second["days"] == 17 and second["limit"] == 25
    why = {one["code"]: one["why"] for one in second["items"]}
    assert "不小于 3,000" not in why["defence"] and "建筑面积不小于 2,000 ㎡" in why["defence"]
    assert "heritage" in found["open"] and "far" in second["form"]["properties"]
    assert {one["code"] for one in second["materials"] if one["held"]} >= {"unified_form", "land_permit"}
    assert [one["stage"] for one in Api().get("guide", project_class="social", stage="3")["stages"]] == ["3"]
    for wrong in (
        {"project_class": "x"},
        {"project_class": "social", "facts": "["},
        {"project_class": "social", "facts": '{"basement": 3}'},
    ):
        assert "how" in Api().get("guide", 422, **wrong)
    Api().get("guide", 404, project_class="social", stage="9")


def test_a_builder_fills_in_and_files_by_the_api() -> None:
    make_calendar()
    make.make_definition()
    builder = make_actor("builder")
    project = make.make_project()
    make.make_applicant(builder, project)
    api = Api(builder)
    draft = api.post("drafts", {"project": project.code, "stage": "2", "project_class": "gov_building"}, 201)
    path = f"drafts/{draft['id']}"
    changed = api.post(path, {"situation": {"basement": True, "heritage": False, "floor_area_m2": 50294.0}}, method="PATCH")
    asked = {code: value for code, value in make.ANSWERS.items() if code in changed["derived"] or code not in ("place", "land_area_m2")}
    changed = api.post(path, {"answers": {**asked, "far": 99}}, method="PATCH")
    assert any(one["code"] == "far" and "不得大于" in one["message"] for one in changed["gaps"])
    refused = api.post(f"{path}/file", {}, 409)
    assert refused["values"]["gaps"]
    api.post(path, {"answers": {"far": 0.8}}, method="PATCH")
    pdf = make.pdf
    for code, name, data in (
        ("scheme_text", "方案.pdf", pdf()),
        ("scheme_drawing", "图.dwg", make.DWG),
        ("land_permit", "证.pdf", pdf("2")),
        ("defence_form", "表.pdf", pdf("3")),
    ):
        answer = api.client.post(f"{BASE}{path}/materials?code={code}", {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 201 and answer.json()["facts"]["kind"] in ("pdf", "dwg")
    wrong = api.client.post(f"{BASE}{path}/materials?code=scheme_text", {"file": SimpleUploadedFile("方案.pdf", b"plain text")})
    assert wrong.status_code == 422
    case = api.post(f"{path}/file", {}, 201)
    assert case["state"] == "open" and {one["item"] for one in case["branches"]} >= {"scheme", "defence"}
    assert case["form"]["far"] == 0.8 and Material.objects.filter(application__number=case["number"]).exists()
    public = Api().get(f"track/{case['number']}")
    assert public["items"] and "王工" not in json.dumps(public, ensure_ascii=False)
    Api(make_actor("builder")).get(f"cases/{case['number']}", 404)
    Api(make_actor("builder")).get(path, 404)
    withdrawn = api.post(f"cases/{case['number']}/withdraw", {"text": "改设计"})
    assert withdrawn["state"] == "withdrawn"


def test_window_departments_and_lead_handle_a_case_by_the_api() -> None:
    who = make.people()
    small_city()
    application = make.make_stage(who["builder"])
    number, window = application.number, Api(who["window"])
    waiting = [one for one in window.get(f"cases/{number}")["branches"] if one["state"] == 1]
    answered = window.post(f"cases/{number}/answers", {"answers": [{"branch": one["id"], "kind": "accept"} for one in waiting]})
    assert {one["word"] for one in answered["branches"]} == {"已受理", "待前置事项"}
    reviewer, decider = Api(who["RFB.reviewer"]), Api(who["RFB.decider"])
    work = reviewer.get("branches")
    assert work["total"] == 1 and work["rows"][0]["item"] == "defence" and work["rows"][0]["clock"]["limit"] == 5
    pk = work["rows"][0]["id"]
    assert Api(who["GH.reviewer"]).post(f"branches/{pk}/start", {}, 403)["code"] == "refused"
    window.post(f"branches/{pk}/start", {}, 403)
    reviewer.post(f"branches/{pk}/start")
    pause = reviewer.post(f"branches/{pk}/special", {"kind": "expert", "notice": "专家评审"})["pause"]
    assert reviewer.get(f"branches/{pk}")["clock"]["light"] == "p"
    reviewer.post(f"branches/{pk}/special/end", {"pause": pause, "result": "通过"})
    decider.post(f"branches/{pk}/decide", {"code": 11}, 409)
    reviewed = {"proposal": 11, "opinion": "符合", "basis": "人民防空法第二十二条", "conditions": [{"text": "按图施工"}]}
    assert reviewer.post(f"branches/{pk}/review", reviewed)["conditions"][0]["text"] == "按图施工"
    decider.post(f"branches/{pk}/return", {"text": "补面积"})
    reviewer.post(f"branches/{pk}/review", reviewed)
    done = decider.post(f"branches/{pk}/decide", {"code": 11, "opinion": "同意"})
    assert done["state"] == 11 and [one["code"] for one in done["events"]] == [1, 3, 8, 9, 10, 8, 11]
    Api(who["GH.reviewer"]).post(f"cases/{number}/precheck", {"text": "齐全"})
    assert Api(who["GH.decider"]).post(f"cases/{number}/conclude", {"text": "同意"}, 409)["how"] is not None
    case = Api(who["GH.reviewer"]).get(f"cases/{number}")
    assert case["state"] == "open" and any("设计方案审查" in one for one in case["reasons"])
    assert Api(who["GH.reviewer"]).get("cases", stage="2")["total"] == 1 and window.get("cases", stage="1")["total"] == 0
    assert window.get("cases", light="g")["total"] == 1
    assert window.get(f"cases/{number}/results") == []


def test_a_service_client_files_once_and_sees_only_its_own() -> None:
    make_calendar()
    make.make_definition()
    project, client = make.make_project(), Api(make_actor("exchange"))
    given = {"project": project.code, "stage": "2", "project_class": "gov_building", "facts": {"basement": True}}
    first = client.post("filings", given, 201)
    assert client.post("filings", given, 201)["number"] == first["number"] and StageApplication.objects.count() == 1
    assert client.post("filings", {**given, "facts": {}}, 409)["code"] == "conflict"
    other = Api(make_actor("exchange"))
    assert other.post("filings", given, 409)["code"] == "conflict"
    assert client.get("cases")["total"] == 1 and other.get("cases")["total"] == 0
    other.get(f"cases/{first['number']}", 404)
    assert client.get(f"cases/{first['number']}/results") == []
    Api(make_actor("viewer")).post("filings", given, 403)
    client.post("filings", {**given, "project": "nothing"}, 404)


def test_releases_are_told_and_compared() -> None:
    load_pack(system(), PACK)
    first = services.publish_definition(system())
    editor = make_actor("planner", "GH")
    draft = services.start_catalogue(editor)
    services.change_catalogue(editor, draft, [(("items", "scheme", "days"), 9)])
    services.submit_catalogue(editor, draft, "2019-1")
    services.publish_catalogue(make_actor("sysadmin"), draft)
    api = Api(editor)
    assert [(one["number"], one["state"]) for one in api.get("catalogue")] == [(first.number + 1, "published"), (first.number, "outdated")]
    assert api.get("catalogue/current")["content"]["items"]["scheme"]["days"] == 9
    found = {(one["code"], one["key"]): (one["old"], one["new"]) for one in api.get(f"catalogue/current/compare/{first.number}")}
    assert found == {("", ""): (first.version, "2019-1"), ("scheme", "days"): (10, 9)}
    api.get("catalogue/99", 404)
    api.get("catalogue/draft", 404)
    Api().get("catalogue", 403)


def test_the_catalogue_by_the_command_line(tmp_path: Path) -> None:
    load_pack(system(), PACK)
    assert "在用" in run("definitions", "publish") and "在用" in run("definitions", "list")
    run("definitions", "export", str(tmp_path / "out.yaml"))
    text = (PACK / "approvals.yaml").read_text(encoding="utf-8")
    assert (tmp_path / "out.yaml").read_text(encoding="utf-8") == text
    assert "错误 0" in run("definitions", "check", str(tmp_path / "out.yaml"))
    (tmp_path / "spoilt.yaml").write_text(text.replace("department: RFB", "department: XX", 1), encoding="utf-8")
    line = text[: text.index("department: RFB")].count("\n") + 1
    said = run("definitions", "check", str(tmp_path / "spoilt.yaml"), code=1)
    assert "没有部门 XX" in said and str(line - 4) in said
    assert run("definitions", "diff", "current", str(tmp_path / "spoilt.yaml")).startswith("changed\titems/defence/department")
    assert "+ 人防工程设计方案审查" in run("definitions", "try", "social", "--facts", '{"basement": true}')
    run("definitions", "try", "nothing", code=2)


def test_cases_by_the_command_line() -> None:
    make_calendar()
    make.make_definition()
    project = make.make_project()
    given = {"project": project.code, "stage": "2", "project_class": "gov_building", "facts": {"basement": True}}
    number = run("file", given=json.dumps(given)).split()[-1]
    said = run("file", given=json.dumps([given]), code=1)
    assert number in said
    assert number in run("cases", "--stage", "2") and number not in run("cases", "--state", "approved")
    assert "人防工程设计方案审查" in run("show", number) and json.loads(run("show", number, "--json"))["number"] == number
    run("file", given="{", code=2)
    services.accept(make_actor("window", "ZWZX"), make.branch(StageApplication.objects.get(), "defence"))
    assert number in run("cases", "--light", "g")
    assert "提醒" in run("tick")


def test_a_draft_is_nobody_elses(db: None) -> None:
    make_calendar()
    make.make_definition()
    draft = make.make_draft(make_actor("builder"))
    stranger = Api(make_actor("builder"))
    stranger.post(f"drafts/{draft.pk}", {"answers": {"far": 1}}, 404, method="PATCH")
    stranger.post(f"drafts/{draft.pk}/file", {}, 404)
    Api(make_actor("window", "ZWZX")).get("drafts", 403)


def test_results_are_received_by_the_api_against_a_name(db: None) -> None:
    small_city()
    who = make.people()
    stage = make.make_stage(who["builder"])
    result = StageResult.objects.create(
        application=stage, branch=make.branch(stage, "scheme"), kind="decision", title="审查意见", state="ready"
    )
    path, builder = f"cases/{stage.number}/results/receive", Api(who["builder"])
    Api(make_actor("builder")).post(path, {"text": "路人"}, 404)
    Api(who["window"]).post(path, {"text": "窗口"}, 403)
    builder.post(path, {"text": "王工"}, 409)  # nothing is out yet
    StageResult.objects.filter(pk=result.pk).update(state="out")
    builder.post(path, {"text": " "}, 422)
    told = builder.get(f"results/{result.pk}/file", 409)
    assert told["how"].endswith("/results/receive")
    (taken,) = builder.post(path, {"text": "王工"})
    assert (taken["state"], taken["manner"], taken["receiver"]) == ("delivered", "download", "王工")
    builder.post(path, {"text": "王工"}, 409)


def test_questions_before_filing_by_the_command_line(db: None) -> None:
    make_calendar()
    make.make_definition()
    made = services.open_inquiry(make_actor("window", "ZWZX"), "2", "gov_building", "问", {}, asker="张三")
    assert made.number in run("inquiries") and made.number not in run("inquiries", "--state", "answered")


def test_a_case_is_handled_from_the_command_line_by_people_in_their_posts(db: None) -> None:
    small_city()
    who = make.people()
    stage = make.make_stage(who["builder"])
    number, window, reviewer, decider = stage.number, *(name_of(who[one]) for one in ("window", "RFB.reviewer", "RFB.decider"))
    run("answer", number, "--as", window, given=None)
    assert "start" in run("acts", number, "defence", "--as", reviewer) and "text" in run(
        "acts", number, "--as", name_of(who["GH.reviewer"])
    )
    run("act", number, "start", "--item", "defence", "--as", reviewer, "--role", "reviewer", "--in", "RFB")
    run("act", number, "review", "--item", "defence", "--as", reviewer, "--set", "proposal=11", "--set", "opinion=同意")
    assert run("act", number, "decide", "--item", "defence", "--as", decider, "--set", "code=11").split()[-1] == "11"
    with pytest.raises(Conflict):
        CliRunner().invoke(approvals, ["act", number, "start", "--item", "defence", "--as", reviewer], catch_exceptions=False)
    with pytest.raises(NotFound):
        CliRunner().invoke(approvals, ["acts", number, "--as", reviewer, "--role", "decider"], catch_exceptions=False)
    with pytest.raises(Conflict):  # nothing is to be made yet
        CliRunner().invoke(approvals, ["make-results", number, "--as", decider], catch_exceptions=False)
    run("act", number, "start", "--item", "nothing", "--as", reviewer, code=1)


def test_questions_are_asked_routed_and_answered_from_the_command_line(db: None) -> None:
    make_calendar()
    make.make_definition()
    who = make.people()
    window = name_of(who["window"])
    number = run("inquiry", "ask", "2", "gov_building", "能建地下室吗？", "--asker", "张三", "--as", window).strip()
    assert "GH" in run("inquiry", "route", number, "GH", "--as", window)
    from lantu.casework.models import Request
    from lantu.casework.services import reply

    reply(who["GH.reviewer"], Request.objects.get(), "agree", reason="可以建")
    assert "可以建" in run("inquiry", "answer", number, "--as", window)


def test_the_catalogue_is_drafted_and_published_from_the_command_line(tmp_path: Path) -> None:
    load_pack(system(), PACK)
    run("definitions", "publish")
    editor, publisher = make_actor("planner", "GH"), make_actor("sysadmin", "GH")
    changed = tmp_path / "approvals.yaml"
    changed.write_text((PACK / "approvals.yaml").read_text(encoding="utf-8") + "# 2019\n", encoding="utf-8")
    assert "2019-9" in run("definitions", "draft", str(changed), "--submit", "2019-9", "--as", name_of(editor))
    assert "2019-9" in run("definitions", "publish-draft", "--as", name_of(publisher))
    run("definitions", "publish-draft", "--as", name_of(publisher), code=2)
