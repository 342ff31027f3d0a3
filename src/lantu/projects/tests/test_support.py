"""What plannings draw on: experts, assessments of areas, projects that plans name; the checklist of the stages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from lantu.accounts import demo as demo_people
from lantu.accounts.models import Department, User
from lantu.analysis import partition
from lantu.blueprints.factories import box
from lantu.blueprints.tests.conftest import own_store
from lantu.casework.factories import make_actor
from lantu.casework.models import Request
from lantu.casework.services import reply
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.plans.models import PlanDataset, PlanProject, PlanRelease
from lantu.projects import services
from lantu.projects.factories import make_planned_city, make_project, square
from lantu.projects.models import Expert, Generation, Project
from lantu.projects.selectors.assessments import usable
from lantu.projects.selectors.replies import invited
from lantu.standards import selectors

__all__ = ["own_store"]

PAPER = {"document_no": "演示地评〔2018〕3号", "approved_on": date(2018, 5, 10)}


@pytest.fixture
def planning(db: None) -> Iterator[Generation]:
    """A school whose check calls for two assessments, agreed by all."""
    partition.forget()
    make_planned_city()
    project = make_project("school", investment_wan=Decimal(12000), funding="finance", department=Department.objects.get(code="JYJ"))
    services.receive(system(), project)
    services.add_unit(system(), project, "1", name="演示建设公司")
    site = services.add_site(system(), project, "地块一", box(20, 20, 180, 180))
    row = services.pass_formal_check(system(), services.initiate(system(), project, site))
    needs = [("地质灾害危险性评估（可用区域评估成果）", "area"), ("交通影响评价", "area")]
    row.needs = [{"kind": "assess", "department": "", "text_zh": text, "text_en": "", "because": [why]} for text, why in needs]
    row.save()
    for request in Request.objects.all().select_related("department"):
        reply(make_actor("reviewer", request.department.code), request, "agree")
    row.refresh_from_db()
    yield row
    partition.forget()


def _assessment(**more: object) -> object:
    facts = {"kind": "geology", "title": "朱昌片区评估", "geometry": box(0, 0, 300, 300), **PAPER, **more}
    return services.register_assessment(system(), facts.pop("kind"), facts.pop("title"), facts.pop("geometry"), **facts)  # type: ignore[arg-type]


def test_an_assessment_of_the_area_is_used_and_the_others_are_to_be_made(planning: Generation) -> None:
    used = _assessment()
    services.draw_up_conditions(system(), planning)
    made, reused = sorted(planning.conditions.all(), key=lambda one: one.state == "met")
    assert (made.text, made.state) == ("办理交通影响评价", "open")
    assert (reused.assessment, reused.state) == (used, "met")
    assert "演示地评〔2018〕3号" in reused.evidence
    assert "采用区域评估成果" in reused.text


@pytest.mark.parametrize(
    "more",
    [
        {"geometry": box(0, 0, 100, 300)},  # covers only a part
        {"kind": "climate"},
        {"valid_to": date(2020, 5, 10)},
    ],
)
def test_an_assessment_that_does_not_serve_is_not_used(planning: Generation, more: dict[str, object]) -> None:
    _assessment(**more)
    assert usable("geology", planning.site.geometry) is None
    services.draw_up_conditions(system(), planning)
    assert [row.state for row in planning.conditions.all()] == ["open", "open"]


def test_an_ended_assessment_is_used_no_more_and_what_used_it_keeps_it(planning: Generation) -> None:
    used = _assessment()
    services.draw_up_conditions(system(), planning)
    services.end_assessment(system(), used, "规划调整")  # type: ignore[arg-type]
    assert planning.conditions.filter(assessment__isnull=False).exists()
    assert usable("geology", planning.site.geometry) is None


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"kind": "geologie"}, "可用"),
        ({"document_no": " "}, "文号"),
        ({"approved_on": date(2999, 1, 1)}, "今天之后"),
        ({"valid_to": date(2017, 1, 1)}, "早于批复"),
    ],
)
def test_an_assessment_without_proof_is_refused(guiyang: None, more: dict[str, object], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        _assessment(geometry=square(), **more)


def _experts() -> tuple[Expert, Expert]:
    return (
        services.add_expert(system(), "周一鸣", "planning", "演示规划院"),
        services.add_expert(system(), "吴筑", "economy", "演示建设公司"),
    )


def test_experts_come_from_the_list_and_those_of_a_party_stand_aside(planning: Generation) -> None:
    services.draw_up_conditions(system(), planning)
    one, of_the_owner = _experts()
    at = timezone.now() - timedelta(hours=1)
    with pytest.raises(Refused, match="回避"):
        services.open_review(system(), planning, at, experts=[one, of_the_owner])
    review = services.open_review(system(), planning, at, experts=[one])
    names = invited(planning)
    assert names[0] == "周一鸣（演示规划院）"
    assert len(names) == 4
    score = services.score(system(), review, names[0], "need", Decimal(18))
    assert score.is_expert
    assert not services.score(system(), review, names[1], "need", Decimal(15)).is_expert


def test_who_left_the_list_is_not_asked_and_nobody_stands_on_it_twice(planning: Generation) -> None:
    services.draw_up_conditions(system(), planning)
    one, _other = _experts()
    with pytest.raises(Conflict):
        services.add_expert(system(), "周一鸣", "economy", "演示规划院")
    services.retire_expert(system(), one, "退休")
    with pytest.raises(Refused, match="退出"):
        services.open_review(system(), planning, timezone.now(), experts=[one])


def test_conditions_are_a_checklist_by_stage_with_evidence_on_file(planning: Generation, client: Client) -> None:
    services.draw_up_conditions(system(), planning)
    demo_people.load()
    client.force_login(User.objects.get(username="demo-decider"), backend="django.contrib.auth.backends.ModelBackend")
    address = f"/projects/{planning.project_id}/conditions/"
    page = client.get(address).content.decode()
    assert "0 / 2" in page
    condition = planning.conditions.first()
    assert condition is not None
    sent = {
        "act": "met",
        "met-condition": condition.pk,
        "met-evidence": "批复 1 号",
        "met-file": SimpleUploadedFile("批复.pdf", b"%PDF-1.4"),
    }
    client.post(address, sent)
    page = client.get(address).content.decode()
    assert "1 / 2" in page
    condition.refresh_from_db()
    assert condition.attachment is not None
    assert f"/work/attachments/{condition.attachment_id}/" in page
    with pytest.raises(Refused):
        services.meet_condition(make_actor("reviewer", "GT"), planning.conditions.last(), "x")  # type: ignore[arg-type]


@pytest.fixture
def plan_row(guiyang: None) -> PlanProject:
    dataset = PlanDataset.objects.create(layer_code="C0601", name="重大项目库", demo=True)
    release = PlanRelease.objects.create(
        dataset=dataset,
        number=1,
        state=PlanRelease.State.RELEASED,
        layer_code="C0601",
        pack=selectors.pack(),
        digest="0" * 64,
        store_key="none",
    )
    facts = {"区县代码": "520121", "总投资（万元）": "24600", "开始年": "2018", "完成年": "2020"}
    return PlanProject.objects.create(release=release, row=1, code="YS-001", name="开阳县大数据产业园", sector="83", attributes=facts)


def test_a_project_of_a_plan_is_taken_in_once_with_its_facts(plan_row: PlanProject, client: Client) -> None:
    demo_people.load()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/projects/sources/").content.decode()
    assert "开阳县大数据产业园" in page
    for _n in range(2):
        client.post("/projects/sources/", {"act": "enter", "row": plan_row.pk})
    project = Project.objects.get()
    assert (project.source, project.source_reference, project.industry, project.sector) == ("major", "YS-001", "83", "education")
    assert (project.region.code, project.investment_wan, project.planned_to) == ("520121", Decimal("24600.00"), date(2020, 12, 31))
    assert project.code in client.get(project.get_absolute_url()).content.decode()
    assert f"/projects/{project.pk}/" in client.get("/projects/sources/?entered=True").content.decode()


def test_a_row_of_an_unknown_region_is_told(plan_row: PlanProject) -> None:
    plan_row.attributes["区县代码"] = "999999"
    with pytest.raises(BadInput, match="999999"):
        services.enter_from_plan(system(), plan_row)
