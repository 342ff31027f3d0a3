"""A school is planned: consulted, disputed, settled by a meeting, conditioned, reviewed, generated; and what must not happen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lantu.analysis import partition
from lantu.blueprints.factories import box
from lantu.blueprints.services import publish_release
from lantu.blueprints.tests.conftest import own_store
from lantu.casework.factories import make_actor
from lantu.casework.models import Request
from lantu.casework.selectors.consultations import latest
from lantu.casework.services import conclude, minute, reply
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.plans.models import LivingFeature
from lantu.projects import services
from lantu.projects.factories import make_planned_city, make_project
from lantu.projects.models import Generation, Project
from lantu.projects.selectors.replies import MATTER
from lantu.projects.services.reviews import total

__all__ = ["own_store"]


@pytest.fixture
def people(db: None) -> dict[str, Actor]:
    partition.forget()
    make_planned_city()
    posts = {"planner": "GH", "decider": "GH", "publisher": "GH"}
    found = {role: make_actor(role, department) for role, department in posts.items()}
    return found | {code: make_actor("reviewer", code) for code in ("FGW", "GH", "GT", "JYJ")}


@pytest.fixture
def planning(people: dict[str, Actor]) -> Generation:
    """A school on urban land that may be built on, asked about."""
    project = make_project("school", investment_wan=Decimal(12000), funding="finance", department=_department("JYJ"))
    services.receive(people["planner"], project)
    site = services.add_site(people["planner"], project, "地块一", box(20, 20, 180, 180))
    row = services.initiate(people["JYJ"], project, site)
    return services.pass_formal_check(people["planner"], row)


def _department(code: str):  # type: ignore[no-untyped-def]
    from lantu.accounts.models import Department

    return Department.objects.get(code=code)


def _answer(people: dict[str, Actor], row: Generation, code: str, verdict: str, **more: object) -> None:
    consultation = latest(row, MATTER)
    assert consultation is not None
    request = Request.objects.get(consultation=consultation, department__code=code)
    reply(people[code], request, verdict, **more)  # type: ignore[arg-type]


def test_hits_and_traits_call_for_departments_and_opinions_rest_on_a_release(planning: Generation) -> None:
    consultation = latest(planning, MATTER)
    assert consultation is not None
    asked = {request.department.code for request in consultation.requests.all()}
    assert asked == {"FGW", "GH", "JYJ"}
    assert planning.release_number == "0.1"
    assert planning.check_number
    assert planning.project.library == Project.Library.PLANNING


def test_the_formal_check_has_two_working_days_and_ends_with_it(people: dict[str, Actor]) -> None:
    from lantu.casework.selectors.clocks import clocks_of

    project = make_project("school")
    services.receive(people["planner"], project)
    row = services.initiate(people["planner"], project, services.add_site(people["planner"], project, "地块一", box(20, 20, 180, 180)))
    (clock,) = clocks_of(row)
    assert (clock.clock.limit, clock.clock.unit) == (2, "working")
    services.send_back(people["planner"], row, "缺建设规模")
    assert clocks_of(row)[0].clock.ended_on is not None
    services.resubmit(people["planner"], row)
    assert row.state == Generation.State.INITIATED


def test_a_school_with_one_that_disagrees_is_settled_by_a_meeting(people: dict[str, Actor], planning: Generation) -> None:
    height = {"text": "建筑高度 ≤ 24 m", "item": "建筑高度", "op": "≤", "value": 24, "unit": "m"}
    _answer(people, planning, "GH", "conditions", reason="限高", law="城乡规划法", conditions=[height, {"text": "办理环评"}])
    _answer(people, planning, "FGW", "agree")
    _answer(people, planning, "JYJ", "disagree", reason="服务半径重叠", law="教育布局规划")
    planning.refresh_from_db()
    assert planning.state == Generation.State.COORDINATING
    assert "服务半径重叠" in planning.note
    with pytest.raises(Conflict, match="服务半径重叠"):
        services.draw_up_conditions(people["planner"], planning)

    meeting = services.call_coordination(people["planner"], planning, timezone.now() - timedelta(hours=1))
    minute(people["planner"], meeting.items.get(), "教育局说明布局", "conditions", "学校规模不超过 36 班")
    conclude(people["planner"], meeting)
    planning.refresh_from_db()
    assert planning.state == Generation.State.SETTLED

    services.draw_up_conditions(people["planner"], planning)
    texts = [(row.topic, row.text) for row in planning.conditions.all()]
    assert ("planning", "建筑高度 ≤ 24 m") in texts
    assert ("eia", "办理环评") in texts
    assert any(text == "学校规模不超过 36 班" for _topic, text in texts)

    with pytest.raises(Conflict, match="联评联审"):
        services.generate(people["decider"], planning)
    experts = [services.add_expert(people["planner"], name, "planning", "演示规划院") for name in ("专家甲", "专家乙")]
    review = services.open_review(people["planner"], planning, timezone.now(), experts=experts)
    services.score(people["planner"], review, "专家甲", "need", Decimal(18), is_expert=True)
    services.score(people["planner"], review, "专家乙", "need", Decimal(16), is_expert=True)
    assert total(review) == Decimal("17.0")
    services.conclude_review(people["decider"], review, "passed", "方案可行，同意。")
    services.generate(people["decider"], planning)
    planning.project.refresh_from_db()
    assert planning.project.library == Project.Library.IMPLEMENTATION
    assert LivingFeature.objects.filter(layer_code="D0201", feature_id=planning.project.code, valid_to=None).exists()


def test_conditions_are_a_checklist_with_evidence(people: dict[str, Actor], planning: Generation) -> None:
    for code in ("FGW", "JYJ"):
        _answer(people, planning, code, "agree")
    _answer(people, planning, "GH", "conditions", reason="限高", conditions=[{"text": "办理环评"}])
    services.draw_up_conditions(people["planner"], planning)
    condition = planning.conditions.get()
    with pytest.raises(BadInput, match="依据"):
        services.meet_condition(people["planner"], condition, " ")
    assert services.meet_condition(people["planner"], condition, "环评批复〔2018〕1 号").state == "met"


def test_a_release_that_changes_the_hits_reopens_the_planning(people: dict[str, Actor], planning: Generation) -> None:
    from lantu.blueprints import factories as city
    from lantu.blueprints.models import BlueprintRelease
    from lantu.plans.models import PlanRelease

    for code in ("FGW", "GH", "JYJ"):
        _answer(people, planning, code, "agree")
    planning.refresh_from_db()
    assert planning.state == Generation.State.SETTLED
    pack = BlueprintRelease.objects.get(number="0.1").run.pack
    old = PlanRelease.objects.get(layer_code="C0404")
    farmland = city.make_release(pack, "C0404", [("", (0, 0, 300, 500))], number=2)
    run = city.make_run([one for one in PlanRelease.objects.exclude(pk=old.pk) if one.layer_code != "C0404"] + [farmland])
    publish_release(city.actor("publisher", 99), run, "0.2", "")
    planning.refresh_from_db()
    assert planning.state == Generation.State.COORDINATING
    assert planning.release_number == "0.2"
    assert "0.2" in planning.note


def test_rounds_are_limited(people: dict[str, Actor], planning: Generation) -> None:
    for _round in range(2):
        _answer(people, planning, "JYJ", "disagree", reason="布局", law="规划")
        services.consult_again(people["planner"], planning, departments=("JYJ",))
    with pytest.raises(Conflict, match="3 轮"):
        services.consult_again(people["planner"], planning)


def test_who_initiated_does_not_generate_and_wrong_roles_are_refused(people: dict[str, Actor], planning: Generation) -> None:
    for code in ("FGW", "GH", "JYJ"):
        _answer(people, planning, code, "agree")
    services.draw_up_conditions(people["planner"], planning)
    Generation.objects.filter(pk=planning.pk).update(initiated_by_id=people["decider"].user_id)
    with pytest.raises(Refused):
        services.generate(people["decider"], planning)
    for verb, arguments in ((services.generate, ()), (services.draw_up_conditions, ()), (services.end_generation, ("不建了",))):
        with pytest.raises(Refused):
            verb(people["JYJ"], planning, *arguments)  # type: ignore[operator]


def test_a_second_planning_of_one_project_is_refused(people: dict[str, Actor], planning: Generation) -> None:
    site = planning.site
    with pytest.raises(Conflict, match="已经在策划"):
        services.initiate(people["planner"], planning.project, site)
    services.end_generation(people["planner"], planning, "另选址")
    assert services.initiate(people["planner"], planning.project, site).pk != planning.pk


def test_a_reply_after_the_round_is_closed_is_refused_and_nothing_is_lost(people: dict[str, Actor], planning: Generation) -> None:
    for code in ("FGW", "GH", "JYJ"):
        _answer(people, planning, code, "agree")
    services.draw_up_conditions(people["planner"], planning)
    with pytest.raises(Conflict):
        _answer(people, planning, "GH", "disagree", reason="改主意", law="规划")
    assert planning.state == Generation.State.CONDITIONED
    assert system().role == "system"


def test_what_is_being_planned_is_neither_returned_nor_terminated_and_a_suspended_project_is_not_generated(
    people: dict[str, Actor], planning: Generation
) -> None:
    project = planning.project
    for verb in (services.return_project, services.void_project):
        with pytest.raises(Conflict, match="终止策划"):
            verb(people["planner"], project, "不建了")
    for code in ("FGW", "GH", "JYJ"):
        _answer(people, planning, code, "agree")
    services.draw_up_conditions(people["planner"], planning)
    services.suspend(people["planner"], project, "等资金")
    with pytest.raises(Conflict, match="已中止"):
        services.generate(people["decider"], planning)
    project.refresh_from_db()
    assert (project.library, project.state) == (Project.Library.PLANNING, Project.State.SUSPENDED)
