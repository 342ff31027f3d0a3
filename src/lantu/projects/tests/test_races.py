"""Two at once, and things that change meanwhile: one wins, the other is told, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from lantu.accounts.models import Department
from lantu.analysis import partition
from lantu.blueprints.factories import box
from lantu.blueprints.tests.conftest import own_store
from lantu.casework.factories import make_actor as make_person
from lantu.casework.factories import make_department
from lantu.casework.models import Consultation, Reply, Request
from lantu.casework.selectors.consultations import latest
from lantu.casework.services import reply
from lantu.core.actor import system
from lantu.core.errors import Conflict, LantuError, Refused
from lantu.core.tests.together import at_once, behind
from lantu.projects import services
from lantu.projects.factories import make_actor, make_planned_city, make_project
from lantu.projects.models import CandidateSite, Condition, Generation, Programme, ProjectAlias
from lantu.projects.selectors.balance import balance
from lantu.projects.selectors.replies import MATTER, open_points

__all__ = ["own_store"]


@pytest.fixture
def city(transactional_db: None) -> Iterator[None]:
    partition.forget()
    make_planned_city()
    yield
    partition.forget()


@pytest.fixture
def small(db: None) -> Iterator[None]:
    partition.forget()
    make_planned_city()
    yield
    partition.forget()


def _department(code: str) -> Department:
    return Department.objects.get(code=code)


def _planning(key: str = "school", owner: str = "JYJ") -> Generation:
    project = make_project(key, investment_wan=Decimal(12000), funding="finance", department=_department(owner))
    services.receive(system(), project)
    site = services.add_site(system(), project, "地块一", box(20, 20, 180, 180))
    return services.pass_formal_check(system(), services.initiate(system(), project, site))


def _request(row: Generation, code: str) -> Request:
    consultation = latest(row, MATTER)
    assert consultation is not None
    return consultation.requests.get(department__code=code)


def _reviewer(code: str) -> Any:
    return make_person("reviewer", code)


def test_one_code_is_bound_to_one_of_two_projects(city: None) -> None:
    one, other = make_project("a"), make_project("b", name="另一个")
    code = "2018-520000-83-01-000777"
    found = at_once(*(lambda project=project: services.bind_alias(system(), project, "province", code) for project in (one, other, one)))
    assert ProjectAlias.objects.count() == 1
    bound = ProjectAlias.objects.get().project
    losers = [result for result in found if isinstance(result, LantuError)]
    assert len(losers) == (1 if bound == one else 2)
    assert all(isinstance(error, Conflict) and bound.name in error.what for error in losers)


def test_two_replies_of_one_department_at_once_are_both_kept_and_the_later_holds(city: None) -> None:
    row = _planning()
    answers = ({"verdict": "agree"}, {"verdict": "disagree", "reason": "布局重叠", "law": "规划"})
    person, request = _reviewer("JYJ"), _request(row, "JYJ")
    found = at_once(*(lambda more=more: reply(person, request, **more) for more in answers))
    assert not [result for result in found if isinstance(result, LantuError)]
    kept = list(Reply.objects.order_by("revision").values_list("revision", "verdict"))
    assert [revision for revision, _verdict in kept] == [1, 2]
    assert any("布局重叠" in point for point in open_points(row)) == (kept[-1][1] == "disagree")


def test_the_last_two_departments_at_once_complete_the_round_once(city: None) -> None:
    row = _planning()
    reply(_reviewer("FGW"), _request(row, "FGW"), "agree")
    last = [(_reviewer(code), _request(row, code)) for code in ("GH", "JYJ")]
    found = at_once(*(lambda pair=pair: reply(*pair, "agree") for pair in last))
    assert not [result for result in found if isinstance(result, LantuError)]
    row.refresh_from_db()
    assert row.state == Generation.State.SETTLED
    assert Consultation.objects.get().state == Consultation.State.COMPLETE


def test_a_change_of_mind_and_the_sheet_at_once_never_leave_an_objection_unheard(city: None) -> None:
    row = _planning()
    for code in ("FGW", "GH", "JYJ"):
        reply(_reviewer(code), _request(row, code), "agree")
    objection = {"verdict": "disagree", "reason": "服务半径重叠", "law": "规划"}
    person, request = _reviewer("JYJ"), _request(row, "JYJ")
    sheet, answer = at_once(lambda: services.draw_up_conditions(system(), row), lambda: reply(person, request, **objection))
    row.refresh_from_db()
    drawn = row.state == Generation.State.CONDITIONED
    assert isinstance(answer, Conflict) == drawn  # the reply came too late and was told so
    assert isinstance(sheet, Conflict) != drawn  # or the sheet was held back
    assert drawn or row.state == Generation.State.COORDINATING


def test_a_condition_is_met_once(city: None) -> None:
    row = _planning()
    for code in ("FGW", "JYJ"):
        reply(_reviewer(code), _request(row, code), "agree")
    reply(_reviewer("GH"), _request(row, "GH"), "conditions", reason="限高", conditions=[{"text": "办理环评"}])
    services.draw_up_conditions(system(), row)
    condition = row.conditions.get()
    found = at_once(*(lambda n=n: services.meet_condition(system(f"人{n}"), condition, f"批复 {n}") for n in (1, 2)))
    (loser,) = [result for result in found if isinstance(result, LantuError)]
    kept = Condition.objects.get()
    assert kept.evidence_by in str(loser.what)
    assert kept.evidence == f"批复 {kept.evidence_by[-1]}"


def test_what_is_suspended_or_given_up_meanwhile_is_not_generated_chosen_or_planned_on(city: None) -> None:
    row = _planning()
    for code in ("FGW", "GH", "JYJ"):
        reply(_reviewer(code), _request(row, code), "agree")
    services.draw_up_conditions(system(), row)
    Generation.objects.update(state="reviewed")
    planner, project = make_actor("planner", "GH", user_id=7), row.project

    def improve() -> None:
        services.edit_project(planner, project, version=project.version, scale="36 班")
        services.suspend(planner, project, "资金不落实")

    _done, generated = behind(improve, lambda: services.generate(make_actor("decider", "GH", user_id=8), row))
    project.refresh_from_db()
    assert isinstance(generated, Conflict) and (project.state, project.library) == ("suspended", "planning")

    other = make_project("other", name="另一个", department=_department("JYJ"))
    services.receive(system(), other)
    site = services.add_site(system(), other, "地块一", box(200, 200, 380, 380))
    for act in (services.choose_site, lambda actor, seen: services.initiate(actor, other, seen)):
        CandidateSite.objects.filter(pk=site.pk).update(withdrawn=False)
        seen = CandidateSite.objects.get(pk=site.pk)
        given_up = CandidateSite.objects.get(pk=site.pk)
        _gone, told = behind(partial(services.withdraw_site, planner, given_up, "不可得"), partial(act, system(), seen))
        assert isinstance(told, LantuError)
    assert not CandidateSite.objects.get(pk=site.pk).chosen


def test_a_programme_is_adjusted_once(city: None) -> None:
    planner = make_actor("planner", "GH", user_id=7)
    services.open_programme(planner, 2019)
    Programme.objects.update(state="published")
    found = behind(*[lambda: services.adjust_programme(planner, Programme.objects.get(version=1), "追加")] * 2)
    assert isinstance(found[1], Conflict) and Programme.objects.count() == 2


def test_taking_in_and_approving_at_once_never_exceeds_the_quota(city: None) -> None:
    programme = services.open_programme(make_actor("planner", "GH", user_id=7), 2019)
    services.set_quota(system(), programme, "land", Decimal(100_000))
    first, second = (
        services.propose_entry(system(), make_project(key, name=f"项目 {key}"), programme, land=Decimal(60_000)) for key in "ab"
    )
    services.include_entry(system(), first)
    services.decline_entry(system(), second, "指标不足")
    decider = make_actor("decider", "GH", user_id=8)
    document = {"document_no": "筑府函〔2019〕1 号", "document_date": date(2019, 1, 20)}
    taken, approved = at_once(
        lambda: services.include_entry(system(), second), lambda: services.approve_programme(decider, programme, **document)
    )
    programme.refresh_from_db()
    assert isinstance(taken, LantuError) != isinstance(approved, LantuError)
    (land,) = [line for line in balance(programme) if line.kind == "land"]
    assert programme.state == Programme.State.DRAFT or (land.left is not None and land.left >= 0)
    assert programme.entries.count() == 2


def _merge(code: str, into: str) -> None:
    """The department ends today; another takes over."""
    old, new = _department(code), make_department(into)
    old.valid_to = timezone.localdate()
    old.save()
    old.successors.add(new)


def test_a_department_merged_meanwhile_is_answered_for_by_its_successor(small: None) -> None:
    row = _planning()
    request = _request(row, "JYJ")
    _merge("JYJ", "JYTY")
    with pytest.raises(Refused):
        reply(_reviewer("GT"), request, "agree")
    reply(_reviewer("JYTY"), request, "conditions", reason="规模", conditions=[{"text": "不超过 36 班"}])
    for code in ("FGW", "GH"):
        reply(_reviewer(code), _request(row, code), "agree")
    services.draw_up_conditions(system(), row)
    condition = row.conditions.get()
    assert condition.departments == ["JYJ"]  # as it was asked
    with pytest.raises(Refused):
        services.meet_condition(_reviewer("GT"), condition, "x")
    services.meet_condition(_reviewer("JYTY"), condition, "批复")


def test_the_successor_of_a_merged_department_goes_on_with_its_projects(small: None) -> None:
    project = make_project("a", department=_department("JYJ"))
    _merge("JYJ", "JYTY")
    with pytest.raises(Refused):
        services.edit_project(_reviewer("GT"), project, version=1, scale="36 班")
    services.edit_project(_reviewer("JYTY"), project, version=1, scale="36 班")
    services.receive(system(), project)
    site = services.add_site(_reviewer("JYTY"), project, "地块一", box(20, 20, 180, 180))
    assert services.initiate(_reviewer("JYTY"), project, site).lead == project.department
