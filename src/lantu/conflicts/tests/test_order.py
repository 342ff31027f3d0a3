"""The seed's order with the right roles: from a run to an override, verified by the next run, archived by a release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lantu.blueprints.models import BlueprintRelease, Override
from lantu.blueprints.services import compare, publish_release
from lantu.casework import services as casework
from lantu.casework.models import Meeting
from lantu.conflicts import factories as make
from lantu.conflicts import services
from lantu.conflicts.models import ConflictCase, Intake, Proposal, Submission
from lantu.conflicts.selectors.versions import cases_between, counts_between
from lantu.conflicts.states import State
from lantu.core import jobs
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.tests.together import behind

pytestmark = pytest.mark.django_db
PLANNER, CHECKER = make.person("planner"), make.person("checker")
LEADER, MAYOR = make.person("decider", "GOV", 901), make.person("decider", "GOV", 902)


def to_consultation(case: ConflictCase) -> None:
    services.triage(PLANNER, case)
    batch = services.create_batch(PLANNER, f"清单 {case.number}", timezone.localdate() + timedelta(days=5))
    services.list_case(PLANNER, case, batch)
    services.send_batch(PLANNER, batch)
    services.ask_departments(PLANNER, case)


def to_meeting(case: ConflictCase, option: str = "A") -> Meeting:
    to_consultation(case)
    if option == "defer":
        services.propose_deferral(PLANNER, case, "一时难定")
    else:
        services.propose(PLANNER, case, option)
    meeting = casework.call_meeting(CHECKER, "协调会", "部门协调会", timezone.now(), departments=["GT"])
    services.to_meeting(CHECKER, case, meeting)
    item = meeting.items.get()
    casework.minute(CHECKER, item, "同意方案。", "agreed")
    casework.conclude(CHECKER, meeting)
    case.refresh_from_db()
    return meeting


def to_approval(case: ConflictCase, option: str = "A") -> Submission:
    to_meeting(case, option)
    submission = services.submit(CHECKER, [case], f"报批件 {case.number}")
    services.pass_on(LEADER, submission, "领导小组纪要〔2018〕3号")
    case.refresh_from_db()
    return submission


def approved(case: ConflictCase, option: str = "A") -> Submission:
    submission = to_approval(case, option)
    services.approve(MAYOR, submission, "筑府函〔2018〕1号", timezone.localdate())
    case.refresh_from_db()
    return submission


def test_a_run_opens_a_case_for_each_conflict_patch() -> None:
    cases = make.make_cases()
    assert (cases[0].rule, cases[0].severity, cases[0].state) == ("C01", 1, State.DETECTED)
    assert all(case.open and case.number.startswith("CT-") for case in cases)
    assert cases[0].departments == ["GH", "GT"]
    assert cases[0].events.get().act == "opened"


def test_the_whole_way_from_finding_to_archive() -> None:
    case = make.make_cases()[0]
    to_consultation(case)
    assert (case.state, case.asked, case.answered) == (State.CONSULTING, 2, 0)
    services.take_position(make.person("reviewer", "GT"), case, "agree_a", "保留农田", "基本农田保护条例第十五条")
    assert (case.answered, case.positions.get().stance) == (1, "agree_a")
    services.propose(PLANNER, case, "A")
    meeting = casework.call_meeting(CHECKER, "协调会", "部门协调会", timezone.now())
    services.to_meeting(CHECKER, case, meeting)
    with pytest.raises(Conflict, match="会议纪要"):
        services.submit(CHECKER, [case], "第一批")
    casework.minute(CHECKER, meeting.items.get(), "同意。", "agreed")
    casework.conclude(CHECKER, meeting)
    submission = services.submit(CHECKER, [case], "第一批")
    case.refresh_from_db()
    assert (case.state, submission.step) == (State.SUBMITTED, "leading")
    services.pass_on(LEADER, submission, "纪要〔2018〕3号")
    services.approve(MAYOR, submission, "筑府函〔2018〕1号", timezone.localdate())
    case.refresh_from_db()
    assert (case.state, case.document_no) == (State.APPROVED, "筑府函〔2018〕1号")
    override = services.apply_case(PLANNER, case)
    assert (case.state, case.override_number) == (State.APPLIED, override.number)
    assert override.geometry.symmetric_difference(case.finding.geometry).area < 1e-6 * override.geometry.area
    assert override.amendments.get().layer_code == "C0101"
    run = make.make_run()
    case.refresh_from_db()
    assert (case.state, case.verified_run, case.open) == (State.VERIFIED, run, False)
    publish_release(make.person("publisher"), run, "0.1")
    case.refresh_from_db()
    assert case.state == State.ARCHIVED
    assert case.release == BlueprintRelease.objects.get()
    assert [event.act for event in case.events.order_by("pk")] == [
        "opened", "triaged", "listed", "asked", "position", "proposed", "to_meeting", "decided", "submitted", "passed_on", "approved",
        "applied", "verified", "archived",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_who_had_a_case_does_not_return_it_from_the_step_that_it_went_on_to_meanwhile() -> None:
    case = make.make_cases()[0]
    to_meeting(case)
    seen = ConflictCase.objects.get(pk=case.pk)
    _sent, returned = behind(
        lambda: services.submit(CHECKER, [case], "第一批"), lambda: services.return_case(make.person("checker"), seen, "再议")
    )
    case.refresh_from_db()
    assert isinstance(returned, Conflict) and (returned.code, case.state) == ("changed", State.SUBMITTED)


def test_who_proposed_may_not_approve_at_any_step() -> None:
    case = make.make_cases()[0]
    submission = to_approval(case)
    Proposal.objects.filter(case=case, current=True).update(by_id=MAYOR.user_id)
    with pytest.raises(Refused, match="提出方案的人不能审批"):
        services.approve(MAYOR, submission, "筑府函〔2018〕1号", timezone.localdate())
    case.refresh_from_db()
    assert case.state == State.SUBMITTED
    assert not case.document_no


@pytest.mark.parametrize("actor", [PLANNER, CHECKER, make.person("decider", "GH"), make.person("reviewer", "GT")])
def test_only_the_office_of_the_step_decides(actor: object) -> None:
    submission = to_approval(make.make_cases()[0])
    with pytest.raises(Refused):
        services.approve(actor, submission, "筑府函〔2018〕1号", timezone.localdate())  # type: ignore[arg-type]


def test_nothing_is_approved_or_applied_without_a_document() -> None:
    case = make.make_cases()[0]
    submission = to_approval(case)
    with pytest.raises(BadInput, match="批复文号"):
        services.approve(MAYOR, submission, " ", timezone.localdate())
    with pytest.raises(BadInput, match="批复日期"):
        services.approve(MAYOR, submission, "筑府函〔2018〕1号", timezone.localdate() + timedelta(days=1))
    with pytest.raises(Conflict, match="没有批复"):
        services.apply_case(PLANNER, case)
    assert not Override.objects.exists()


def test_a_returned_case_leaves_its_submission_and_is_proposed_again() -> None:
    case = make.make_cases()[0]
    submission = to_approval(case)
    services.return_case(MAYOR, case, "补划方案不明")
    submission.refresh_from_db()
    assert (case.state, case.submission, submission.state) == (State.RETURNED, None, Submission.State.RETURNED)
    services.propose(PLANNER, case, "B")
    assert case.state == State.PROPOSED
    assert case.proposals.count() == 2


def test_a_deferral_goes_the_same_way_and_stays_a_remaining_conflict() -> None:
    case = make.make_cases()[0]
    approved(case, "defer")
    assert (case.state, case.document_no, case.open) == (State.DEFERRED, "筑府函〔2018〕1号", True)
    make.make_run()
    case.refresh_from_db()
    assert case.state == State.DEFERRED
    services.resume(PLANNER, case, "条件具备")
    assert (case.state, case.document_no) == (State.TRIAGED, "")


def test_the_coordination_group_defers_only_what_is_not_critical() -> None:
    cases = make.make_cases()
    for case in cases[:2]:
        to_meeting(case)
    with pytest.raises(BadInput, match="批复文号"):
        services.defer(CHECKER, cases[0], "难定")
    services.defer(CHECKER, cases[1], "难定")
    assert (cases[0].state, cases[1].state) == (State.MEETING, State.DEFERRED)


def test_a_full_release_waits_for_critical_cases_and_a_draft_does_not() -> None:
    cases = make.make_cases()
    run = cases[0].first_run
    publisher = make.person("publisher")
    publish_release(publisher, run, "0.1")
    with pytest.raises(Conflict, match="一级案件"):
        publish_release(publisher, run, "1.0")
    approved(cases[0], "defer")
    assert publish_release(publisher, run, "1.0").number == "1.0"


def test_a_full_release_waits_until_its_findings_were_laid_against_the_cases() -> None:
    run = make.make_cases()[0].first_run
    publisher = make.person("publisher")
    publish_release(publisher, run, "0.1")
    Intake.objects.filter(run=run).update(done_at=None)
    with pytest.raises(Conflict, match="还没有做完"):
        publish_release(publisher, run, "1.0")
    Intake.objects.filter(run=run).delete()
    with pytest.raises(Conflict, match="请先立案"):
        publish_release(publisher, run, "1.0")


def test_an_applied_case_does_not_free_a_run_made_before_it() -> None:
    case = make.make_cases()[0]
    old = case.first_run
    approved(case)
    services.apply_case(PLANNER, case)
    publisher = make.person("publisher")
    publish_release(publisher, old, "0.1")
    with pytest.raises(Conflict, match="一级案件"):
        publish_release(publisher, old, "1.0")
    assert publish_release(publisher, make.make_run(), "1.0").number == "1.0"


def test_a_case_that_comes_back_opens_another_with_a_link() -> None:
    from lantu.blueprints.services import withdraw_override

    case = make.make_cases()[0]
    approved(case)
    override = services.apply_case(PLANNER, case)
    make.make_run()
    withdraw_override(PLANNER, override, "批复撤销")
    make.make_run()
    jobs.work_off()
    again = ConflictCase.objects.get(identity=case.identity, open=True)
    assert again.reopens == case
    assert again.events.get().act == "reopened"
    case.refresh_from_db()
    assert case.state == State.VERIFIED


def test_two_versions_differ_in_the_cases_opened_closed_and_remaining() -> None:
    from lantu.blueprints.services import withdraw_override

    settled, other = make.make_cases()
    first = settled.first_run
    publisher = make.person("publisher")
    publish_release(publisher, first, "0.1")
    approved(settled)
    override = services.apply_case(PLANNER, settled)
    last = make.make_run()
    publish_release(publisher, last, "1.0")
    row, _job = compare(PLANNER, first, last)
    assert [set(cases_between(row, what)) for what in ("opened", "closed", "remaining")] == [set(), {settled}, {other}]
    turned, _job = compare(PLANNER, last, first)  # the later one named first
    assert counts_between(turned) == counts_between(row)
    services.report_false_positive(PLANNER, other, "图上无此地物")
    services.confirm_false_positive(CHECKER, other)  # after 1.0 came out: in it the case was still open
    assert counts_between(row) == {"opened": 0, "closed": 1, "remaining": 1}
    withdraw_override(PLANNER, override, "批复撤销")
    later, _job = compare(PLANNER, last, make.make_run())
    again = ConflictCase.objects.get(reopens=settled)
    assert [set(cases_between(later, what)) for what in ("opened", "closed", "remaining")] == [{again}, {other}, {again}]
