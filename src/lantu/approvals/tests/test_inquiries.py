"""Questions before filing: asked, routed to those whose items the facts call for, answered once, and the draft that begins from them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import duties, services
from lantu.approvals.factories import at, make_applicant, make_definition, make_project, people
from lantu.approvals.models import Inquiry
from lantu.approvals.selectors import inquiries as reads
from lantu.casework.factories import make_actor, make_calendar
from lantu.casework.models import Request, Task
from lantu.casework.services import reply
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.projects.models import Project

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]
FACTS = {"basement": True, "heritage": False, "floor_area_m2": 12_000.0}


@pytest.fixture
def who() -> Who:
    make_calendar()
    make_definition()
    return people()


@pytest.fixture
def project(who: Who) -> Project:
    found = make_project()
    make_applicant(who["builder"], found)
    return found


def ask(actor: Actor, project: Project | None = None, **more: Any) -> Inquiry:
    with at("2018-09-20"):
        return services.open_inquiry(actor, "2", "gov_building", "能不能建地下车库？", more.pop("facts", FACTS), project=project, **more)


def answer_all(who: Who, inquiry: Inquiry) -> None:
    for one in Request.objects.filter(consultation__subject_id=str(inquiry.pk)).select_related("department"):
        reply(who[f"{one.department.code}.reviewer"], one, "conditions", reason="可以", conditions=[f"{one.department.code}的要求"])


def asked(inquiry: Inquiry) -> set[str]:
    return set(Request.objects.filter(consultation__subject_id=str(inquiry.pk)).values_list("department__code", flat=True))


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id or 0))
    return client


def test_from_the_question_to_the_draft(who: Who, project: Project) -> None:
    inquiry = ask(who["builder"], project)
    assert inquiry.channel == "portal" and inquiry.due_on.isoformat() == "2018-09-30"  # 1 + 5 + 1 working days, with a day made up for
    assert Task.objects.get(kind="approvals.inquiry_route", is_open=True).role == "window"
    with at("2018-09-21"):
        services.route_inquiry(who["window"], inquiry)
        assert asked(inquiry) == {"GH", "RFB", "FGW"} and inquiry.state == "consulting"  # no heritage, no WWJ
        assert not Task.objects.filter(kind="approvals.inquiry_route", is_open=True).exists()
        with pytest.raises(Conflict, match="还没有答复"):
            services.answer_inquiry(who["window"], inquiry, "可以")
        answer_all(who, inquiry)
        assert Task.objects.filter(kind="approvals.inquiry_answer", is_open=True).count() == 1
        services.answer_inquiry(who["window"], inquiry, reads.merged(reads.lines(inquiry)))
        assert "RFB的要求" in inquiry.answer and {one["verdict"] for one in inquiry.lines} == {"有条件同意"}
        draft = services.draft_from_inquiry(who["builder"], inquiry)
    assert (draft.project, draft.stage, draft.situation["basement"]) == (project, "2", True)
    services.answer_situation(who["builder"], draft, {"basement": False})
    assert services.draft_from_inquiry(who["builder"], inquiry).pk == draft.pk
    draft.refresh_from_db()
    assert draft.situation["basement"] is False  # what people answered since stays


def test_who_does_not_answer_in_time_is_left_out_and_named(who: Who) -> None:
    inquiry = ask(who["window"], asker="张三", phone="13800000000")
    with at("2018-09-21"):
        services.route_inquiry(who["window"], inquiry, ["RFB", "GH"])
        first = Request.objects.get(department__code="RFB")
        reply(who["RFB.reviewer"], first, "agree", reason="可以")
    with at("2018-10-15"):
        duties.remind()
        assert Task.objects.filter(kind="approvals.inquiry_answer", is_open=True).count() == 1
        services.answer_inquiry(who["window"], inquiry, "人防部门同意。")
    assert sorted(one["verdict"] for one in inquiry.lines) == ["同意", "逾期未答复"]


def test_who_may_and_what_is_wrong(who: Who, project: Project) -> None:
    stranger = make_actor("builder")
    for refused in (
        lambda: ask(who["GH.reviewer"]),
        lambda: ask(stranger, project),
    ):
        with pytest.raises(Refused):
            refused()
    for wrong in (
        lambda: ask(who["window"]),  # nobody at the counter
        lambda: ask(who["builder"], facts={"basement": "yes"}),
        lambda: ask(who["builder"], facts={"nothing": True}),
        lambda: services.open_inquiry(who["builder"], "9", "gov_building", "问", {}),
        lambda: services.open_inquiry(who["builder"], "2", "gov_building", " ", {}),
    ):
        with pytest.raises(BadInput):
            wrong()
    inquiry = ask(who["builder"], project)
    for act in (
        lambda: services.route_inquiry(who["builder"], inquiry),
        lambda: services.answer_inquiry(who["GH.decider"], inquiry, "答"),
        lambda: services.withdraw_inquiry(stranger, inquiry),
        lambda: services.draft_from_inquiry(who["window"], inquiry),
    ):
        with pytest.raises(Refused):
            act()
    with pytest.raises(BadInput):
        services.route_inquiry(who["window"], inquiry, [])
    for early in (
        lambda: services.answer_inquiry(who["window"], inquiry, "答"),
        lambda: services.draft_from_inquiry(who["builder"], inquiry),
    ):
        with pytest.raises(Conflict):
            early()
    services.withdraw_inquiry(who["builder"], inquiry, "不问了")
    with pytest.raises(Conflict):
        services.route_inquiry(who["window"], inquiry)
    assert not Task.objects.filter(kind__startswith="approvals.inquiry", is_open=True).exists()
    assert not reads.visible(stranger).exists() and not reads.visible(make_actor("reviewer", "CGJ")).exists()


def test_by_the_pages_of_builder_window_and_department(who: Who, project: Project) -> None:
    builder, window = signed_in(who["builder"]), signed_in(who["window"])
    new = "/portal/inquiries/new/"
    page = builder.get(new, {"stage": "2", "class": "gov_building", "project": project.pk}).content.decode()
    assert "是否修建地下室" in page and "不具有约束力" in page
    form = {"stage": "2", "class": "gov_building", "project": project.pk, "basement": "yes", "heritage": "no"}
    assert builder.post(new, form).status_code == 422
    made = builder.post(new, {**form, "question": "能不能建地下车库？"})
    inquiry = Inquiry.objects.get()
    assert made["Location"] == inquiry.portal_url() and inquiry.facts["basement"] is True
    assert inquiry.number in builder.get("/portal/").content.decode()
    office = inquiry.get_absolute_url()
    assert inquiry.number in window.get("/approvals/inquiries/").content.decode()
    assert 'value="RFB" checked' in window.get(office).content.decode()
    assert signed_in(who["RFB.reviewer"]).get(office).status_code == 404
    assert window.post(office, {"act": "route", "departments": ["RFB"]}).status_code == 302
    reviewer = signed_in(who["RFB.reviewer"])
    assert "能不能建地下车库" in reviewer.get(office).content.decode()
    request = Request.objects.get()
    said = reviewer.post(f"/work/requests/{request.pk}/", {"act": "reply", "verdict": "agree", "reason": "按规定结建"})
    assert said.status_code == 302, said.content.decode()[:300]
    assert "按规定结建" in window.get(office).content.decode() and "按规定结建" not in builder.get(inquiry.portal_url()).content.decode()
    assert window.post(office, {"act": "answer", "answer": "可以，按规定结建。"}).status_code == 302
    assert "可以，按规定结建。" in builder.get(inquiry.portal_url()).content.decode()
    assert Client().get("/approvals/query/", {"number": inquiry.number}).status_code == 404  # asked on the portal: read there
    answer = builder.post(inquiry.portal_url(), {"act": "draft"})
    inquiry.refresh_from_db()
    assert inquiry.draft is not None and answer["Location"] == inquiry.draft.get_absolute_url()


def test_who_asked_at_the_counter_reads_it_by_the_number_and_may_file_from_it(who: Who, project: Project) -> None:
    window = signed_in(who["window"])
    form = {"stage": "2", "class": "gov_building", "basement": "yes", "question": "要办什么？", "asker": "李四", "phone": "13900000000"}
    assert window.post("/approvals/inquiries/new/", {**form, "asker": ""}).status_code == 422
    assert window.post("/approvals/inquiries/new/", form).status_code == 302
    inquiry = Inquiry.objects.get()
    services.route_inquiry(who["window"], inquiry, ["GH"])
    answer_all(who, inquiry)
    services.answer_inquiry(who["window"], inquiry, "办设计方案审查。")
    page = Client().get("/approvals/query/", {"number": inquiry.number.lower()}).content.decode()
    assert "办设计方案审查。" in page and "李四" not in page and "13900000000" not in page
    assert Client().get("/approvals/query/", {"number": inquiry.number[:-1]}).status_code == 404
    builder = signed_in(who["builder"])
    assert builder.post(inquiry.portal_url(), {"act": "draft", "project": project.pk}).status_code == 302
    inquiry.refresh_from_db()
    assert inquiry.draft is not None and inquiry.draft.situation["basement"] is True


def test_by_the_api(who: Who, project: Project) -> None:
    base = "/api/v1/approvals/inquiries"

    def call(actor: Actor | None, path: str, data: dict[str, Any] | None = None, status: int = 200) -> Any:
        client = signed_in(actor) if actor else Client()
        answer = client.get(base + path) if data is None else client.post(base + path, json.dumps(data), content_type="application/json")
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:300])
        return answer.json()

    given = {"stage": "2", "project_class": "gov_building", "question": "问", "facts": {"basement": True}, "project": project.code}
    made = call(who["builder"], "", given, 201)
    assert set(made["departments"]) == {"GH", "RFB", "FGW"} and made["binding"] is False
    number = made["number"]
    call(None, "", given, 403)
    call(None, f"/{number}", status=404)
    call(who["window"], "", {**given, "stage": "9"}, 422)
    call(who["builder"], f"/{number}/route", {}, 403)
    assert call(who["window"], f"/{number}/route", {"departments": ["GH"]})["state"] == "consulting"
    call(who["window"], f"/{number}/answer", {"text": "早"}, 409)
    answer_all(who, Inquiry.objects.get())
    assert call(who["window"], f"/{number}/answer", {"text": "可以"})["state"] == "answered"
    assert call(who["builder"], f"/{number}/draft", {}, 201)["id"]
    assert [one["number"] for one in call(who["builder"], "")] == [number]
