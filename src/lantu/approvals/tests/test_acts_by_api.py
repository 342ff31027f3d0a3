"""What pages do, the API does by the same verbs: acts of branches and stages with their sealed papers, results, units, the catalogue."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lantu.accounts.models import User
from lantu.approvals import factories as make
from lantu.approvals import services
from lantu.approvals.models import Draft, LeadOpinion, Material, Rating, StageApplication
from lantu.approvals.services.issuing import plan_results, record_results
from lantu.approvals.tests.ways import BASE, PACK, Api, page_of
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor, system
from lantu.core.models import OutboxEvent
from lantu.documents.factories import make_seal, person, small_city
from lantu.documents.models import Paper
from lantu.documents.services import grant_seal, is_sealed
from lantu.standards.services import load_pack

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


def file_another(builder: Actor) -> StageApplication:
    project = make.make_project()
    make.make_applicant(builder, project)
    return services.file_stage(builder, project, "2", "gov_building", make.SCHOOL)


def test_a_special_procedure_and_an_extension_go_out_on_the_same_sealed_paper_by_page_and_by_api(who: Who) -> None:
    small_city()
    with make.at("2018-09-20"):
        seal = make_seal("GH")
        for role, items in (("reviewer", ["suspension"]), ("decider", [])):
            grant_seal(person("secadmin"), seal, User.objects.get(pk=who[f"GH.{role}"].user_id or 0), items=items)
    found = []
    for way in ("page", "api"):
        with make.at("2018-09-20"):
            stage = make.make_stage(who["builder"]) if way == "page" else file_another(who["builder"])
            row = make.branch(stage, "scheme")
            services.accept(who["window"], row)
            services.start_work(who["GH.reviewer"], row)
            if way == "page":
                assert (
                    page_of(who["GH.reviewer"]).post(row.get_absolute_url(), {"act": "special", "special-kind": "expert"}).status_code
                    == 302
                )
                assert page_of(who["GH.decider"]).post(
                    row.get_absolute_url(),
                    {"act": "extend", "extend-days": "5", "extend-approver": "局长", "extend-reason": "情况复杂"},
                ).status_code in (302, 200)
            else:
                assert Api(who["GH.reviewer"]).post(f"branches/{row.pk}/special", {"kind": "expert"})["pause"]
                acts = {one["key"]: one for one in Api(who["GH.decider"]).get(f"branches/{row.pk}/acts")}
                assert [one["name"] for one in acts["extend"]["fields"]] == ["days", "approver", "reason"]
                given = {"days": 5, "approver": "局长", "reason": "情况复杂"}
                assert Api(who["GH.decider"]).post(f"branches/{row.pk}/acts/extend", given)["clock"]["limit"] == 10
        papers = Paper.objects.filter(subject_id=str(stage.pk), template__in=("suspension", "extension")).order_by("template")
        facts = [{k: v for k, v in one.current.data.items() if k != "due"} for one in papers]
        found.append((make.codes(row), [(one.template, is_sealed(one), one.department) for one in papers], facts))
    assert found[0] == found[1]
    assert found[1][1] == [("extension", True, "GH"), ("suspension", True, "GH")]


def test_acts_say_what_they_ask_what_is_wrong_and_what_is_possible_instead(stage: StageApplication, who: Who) -> None:
    row = make.branch(stage, "scheme")
    with make.at("2018-09-21"):
        lead, window, builder = Api(who["GH.reviewer"]), Api(who["window"]), Api(who["builder"])
        services.accept(who["window"], row)
        assert {one["key"] for one in lead.get(f"cases/{stage.number}/acts")} == {"precheck", "meeting"}
        lead.post(f"cases/{stage.number}/acts/precheck", {"text": "请注意高度"})
        told = lead.post(f"cases/{stage.number}/acts/precheck", {"text": "再来"}, 409)
        assert told["code"] == "not-offered" and "meeting" in told["how"]
        lead.post(f"cases/{stage.number}/acts/meeting", {"title": "联合评审会", "at": "2018-09-25T10:00"})
        wrong = lead.post(f"branches/{row.pk}/acts/transfer", {"department": "NONE"}, 422)
        assert set(wrong["values"]["problems"]) == {"department", "reason"}
        assert window.post(f"branches/{row.pk}/acts/start", {}, 409)["code"] == "not-offered"
        Api(make_actor("reviewer", "CGJ")).post(f"branches/{row.pk}/acts/start", {}, 404)
        lead.post(f"branches/{row.pk}/acts/start")
        asked = {"departments": ["WWJ"], "question": "高度是否影响文物"}
        lead.post(f"branches/{row.pk}/acts/co_handle", asked)
        moved = lead.post(f"branches/{make.branch(stage, 'defence').pk}/acts/transfer", {"department": "WWJ", "reason": "职责"})
        assert moved["department"] == "WWJ"
        make.approve(who, stage, "scheme")
        builder.post(f"branches/{row.pk}/acts/object", {"text": "条件过严"})
        other = Api(make_actor("decider", "GH"))
        other.post(f"branches/{row.pk}/acts/answer", {"upheld": "0", "answer": "不成立"})
        assert Api(who["GH.decider"]).post(f"branches/{row.pk}/acts/revoke", {"reason": "材料虚假"})["state"] == 15
        lines = lead.get(f"branches/{row.pk}/lines")
        assert {"容积率", "建筑密度", "绿地率"} <= {one["title"] for one in lines}
        lead.post(f"branches/{row.pk}/lines", {"key": "nothing", "verdict": "ok", "evidence": "x"}, 404)
        preliminary = make.branch(stage, "preliminary")
        services.accept(who["window"], preliminary)
        services.start_work(who["FGW.reviewer"], preliminary)
        ticked = Api(who["FGW.reviewer"]).post(
            f"branches/{preliminary.pk}/lines", {"key": lines[0]["key"], "verdict": "ok", "evidence": "第 3 页"}
        )
        assert ticked[0]["evidence"] == "第 3 页"


def test_papers_at_the_counter_and_what_the_applicant_does_later(stage: StageApplication, who: Who) -> None:
    window, builder = Api(who["window"]), Api(who["builder"])
    with make.at("2018-09-21"):
        small_city()
        path = f"cases/{stage.number}/papers"
        scan = {"code": "scheme_text", "title": "方案文本", "brought_by": "王工", "file": SimpleUploadedFile("方案.pdf", make.pdf())}
        taken = window.client.post(BASE + path, scan)
        assert taken.status_code == 201 and taken.json()["compared_at"] is None
        pk = taken.json()["id"]
        window.post(f"{path}/{pk}/return", {"text": "王工"}, 409)
        assert window.post(f"{path}/{pk}/compare")["compared_at"]
        assert window.post(f"{path}/{pk}/return", {"text": "王工"})["returned_to"] == "王工"
        window.post(f"{path}/99999/return", {"text": "王工"}, 404)
        builder.post(f"cases/{stage.number}/papers/{pk}/compare", {}, 403)
        handed = builder.client.post(
            f"{BASE}cases/{stage.number}/materials?code=scheme_text", {"file": SimpleUploadedFile("x.pdf", make.pdf("2"))}
        )
        assert handed.status_code == 201 and handed.json()["version"] == 2
        begun = builder.post(
            f"cases/{stage.number}/uploads", {"code": "scheme_text", "filename": "大.pdf", "size": len(make.pdf("3"))}, 201
        )
        for first in (0, 100):
            piece = make.pdf("3")[first : first + 100] if first == 0 else make.pdf("3")[100:]
            url = f"{BASE}uploads/{begun['token']}?offset={first}"
            answer = builder.client.put(url, piece, content_type="application/octet-stream")
            assert answer.status_code == 200, answer.content
        assert answer.json()["material"]["version"] == 3
        assert Api(make_actor("builder")).client.put(url, b"x", content_type="application/octet-stream").status_code == 404
        assert builder.post(f"cases/{stage.number}/form", {"answers": {"far": 1}}, 409, method="PATCH")["how"]  # filed without a form
        builder.post(f"cases/{stage.number}/rating", {"score": 5}, 409)
        builder.post(f"cases/{stage.number}/withdraw", {"text": "不办了"})
        assert builder.post(f"cases/{stage.number}/rating", {"score": 5}, 201) == {"score": 5, "text": ""} and Rating.objects.exists()
        assert window.post(f"cases/{stage.number}/seal")["sealed"] == []


def test_units_and_drafts_by_the_api(db: None) -> None:
    make_calendar()
    make.make_definition()
    owner, agent = make_actor("builder"), make_actor("builder")
    draft = make.make_draft(owner)
    uscc, api = draft.applicant.uscc, Api(owner)
    named = {"username": User.objects.get(pk=agent.user_id or 0).username, "full_name": "李工", "phone": "13800000000"}
    wrong = api.post(f"units/{uscc}/agents", {**named, "identity": "1"}, 422)
    assert "身份证件" in wrong["what"]
    made = api.post(f"units/{uscc}/agents", {**named, "identity": "11010519491231002X", "project": draft.project.code}, 201)
    assert made["project"] == draft.project.code and Api(agent).get(f"drafts/{draft.pk}")["id"] == draft.pk
    Api(agent).post(f"units/{uscc}/agents", {**named, "username": "x"}, 403)
    api.post(f"units/{uscc}/agents/{made['id']}/end")
    assert [one["kind"] for one in api.get("units")[0]["members"]] == ["owner"]
    Api(agent).get(f"drafts/{draft.pk}", 404)
    Api(agent).post(f"units/{uscc}/agents", named, 404)
    assert api.post(f"drafts/{draft.pk}/sign", {}, 409)["values"]["gaps"]
    services.answer_situation(owner, draft, {"basement": True})
    later = api.post(f"drafts/{draft.pk}/materials/defence_form/later", {}, 201)
    assert later["source"] == "committed" and api.client.delete(f"{BASE}drafts/{draft.pk}/materials/{later['id']}").status_code == 204
    assert Material.objects.get(pk=later["id"]).withdrawn
    assert api.client.post(f"{BASE}drafts/{draft.pk}/discard").status_code == 204
    draft.refresh_from_db()
    assert draft.state == Draft.State.DISCARDED


def test_the_catalogue_is_edited_tried_out_and_published_by_the_api(db: None) -> None:
    load_pack(system(), PACK)
    services.publish_definition(system())
    editor, publisher = Api(make_actor("planner", "GH")), Api(make_actor("sysadmin"))
    editor.get("catalogue/draft", 404)
    begun = editor.post("catalogue/draft", {}, 201)
    change = {"changes": [{"place": ["items", "scheme", "days"], "value": 9}], "version": begun["version"]}
    assert editor.post("catalogue/draft", change, method="PATCH")["errors"] == 0
    assert editor.post("catalogue/draft", change, 409, method="PATCH")["code"] == "changed"
    made = {"project_class": "social", "facts": {"floor_area_m2": 3000, "basement": False}}
    days = [editor.post(f"catalogue/{key}/try", made)["stages"][1]["items"][0]["days"] for key in ("current", "draft")]
    assert days == [10, 9]
    editor.post("catalogue/current/try", {**made, "facts": {"nothing": 1}}, 422)
    Api(make_actor("viewer")).post("catalogue/draft/try", made, 404)
    text = editor.get("catalogue/draft")["text"]
    spoilt = editor.post("catalogue/draft", {"text": text.replace("department: RFB", "department: XX", 1)}, method="PUT")
    assert spoilt["errors"] == 1 and spoilt["findings"][0]["line"] > 0
    assert {one["level"] for one in editor.post("catalogue/check", {"text": text})} == {"warning"}
    editor.post("catalogue/draft/submit", {"release_version": "2019-1"}, 422)
    editor.post("catalogue/draft", {"text": text}, method="PUT")
    editor.post("catalogue/draft/submit", {"release_version": "2019-1"})
    publisher.post("catalogue/draft/return", {"text": "先别"})
    editor.post("catalogue/draft/submit", {"release_version": "2019-1"})
    editor.post("catalogue/draft/publish", {}, 403)
    assert publisher.post("catalogue/draft/publish")["version"] == "2019-1"
    editor.post("catalogue/draft", {}, 201)
    assert editor.post("catalogue/draft/discard")["state"] == "discarded"


def test_results_are_written_down_as_made_by_page_and_by_api_and_the_last_lets_all_go_out(stage: StageApplication, who: Who) -> None:
    small_city()
    with make.at("2018-09-21"):
        deciders = {code: who[f"{code}.decider"] for code in ("GH", "RFB")}
        for (code, decider), item in zip(deciders.items(), ("scheme", "defence"), strict=True):
            grant_seal(person("secadmin"), make_seal(code), User.objects.get(pk=decider.user_id or 0))
            make.approve(who, stage, item)
        plan_results(system(), stage)
        LeadOpinion.objects.create(application=stage, kind="conclusion", text="同意")
        first, second = (make.branch(stage, item).result for item in ("scheme", "defence"))
        page = page_of(deciders["GH"])
        assert page.post(f"/approvals/cases/{stage.pk}/results/", {"act": "make"}).status_code == 302
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, first.made_by_name, second.state, second.made_by_name) == ("ready", deciders["GH"].name, "due", "")
        (made,) = Api(deciders["RFB"]).post(f"cases/{stage.number}/results/make")
        rows = list(stage.results.select_related("paper").order_by("pk"))
        assert made["id"] == second.pk and made["state"] == "out"
        assert [row.made_by_name for row in rows] == [deciders[code].name for code in ("GH", "RFB")]
        for row in rows:
            assert row.paper is not None and is_sealed(row.paper) and row.number == row.paper.number != "" and row.made_at is not None
        assert {row.state for row in rows} == {"out"} and len({row.out_at for row in rows}) == 1
        assert OutboxEvent.objects.filter(name="approvals.results_out").count() == 1
        again = record_results(deciders["RFB"], stage, [row.pk for row in rows])  # nothing waits: it stays as it is
        assert [row.out_at for row in again] == [row.out_at for row in rows]
