"""Side states, slivers, positions by page, by reply and from Excel, geometries, bulk acts that are killed, two at once."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import shapely
from django.db import IntegrityError, transaction
from django.utils import timezone
from openpyxl import load_workbook

from lantu.blueprints import factories as plans
from lantu.blueprints.models import Override
from lantu.blueprints.services import AmendmentOrder
from lantu.casework import services as casework
from lantu.casework.models import Consultation, Task
from lantu.conflicts import excel, services
from lantu.conflicts import factories as make
from lantu.conflicts.geometry import check_geometry, read_geometry
from lantu.conflicts.models import BulkAct, CaseEvent, ConflictCase, Intake, Proposal
from lantu.conflicts.services import bulk, intake
from lantu.conflicts.services.proposing import origin_of
from lantu.conflicts.states import NEXT, State, may_follow
from lantu.conflicts.tests.test_order import CHECKER, PLANNER, approved, to_consultation, to_meeting
from lantu.core import files, jobs
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent
from lantu.core.tests.together import at_once

pytestmark = pytest.mark.django_db
LAND, URBAN = make.person("reviewer", "GT"), make.person("reviewer", "GH")


def order() -> AmendmentOrder:
    return AmendmentOrder("C0101", "GH", timezone.localdate() + timedelta(days=90), "改为绿地")


@pytest.fixture
def cases() -> list[ConflictCase]:
    return make.make_cases()


def test_no_verb_leaves_the_table_of_states() -> None:
    assert set(NEXT) == set(State.values)
    assert not may_follow(State.ARCHIVED, State.TRIAGED)
    assert not may_follow(State.DETECTED, State.APPROVED)
    assert not may_follow(State.SUBMITTED, State.FALSE_POSITIVE)


def test_the_database_itself_lets_nothing_be_applied_without_a_document(cases: list[ConflictCase]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ConflictCase.objects.filter(pk=cases[0].pk).update(state=State.APPLIED)


def test_a_false_positive_needs_a_second_person_and_stays_one(cases: list[ConflictCase]) -> None:
    case = cases[0]
    services.report_false_positive(PLANNER, case, "坐标误差")
    with pytest.raises(Refused, match="报告人自己"):
        services.confirm_false_positive(PLANNER, case)
    with pytest.raises(Conflict, match="等待复核"):
        services.triage(PLANNER, case)
    services.confirm_false_positive(CHECKER, case)
    assert (case.state, case.open) == (State.FALSE_POSITIVE, False)
    assert AuditEvent.objects.filter(verb="conflicts.confirm_false_positive", outcome="done").count() == 1
    make.make_run()
    assert ConflictCase.objects.filter(identity=case.identity).count() == 1


def test_a_rejected_doubt_lets_the_case_go_on(cases: list[ConflictCase]) -> None:
    services.report_false_positive(PLANNER, cases[0], "坐标误差")
    services.reject_false_positive(CHECKER, cases[0], "图斑属实")
    services.triage(PLANNER, cases[0])
    assert cases[0].state == State.TRIAGED


def test_a_duplicate_names_its_case_and_can_be_undone(cases: list[ConflictCase]) -> None:
    with pytest.raises(BadInput):
        services.mark_duplicate(PLANNER, cases[0], cases[0])
    services.mark_duplicate(PLANNER, cases[1], cases[0])
    assert (cases[1].state, cases[1].duplicate_of) == (State.DUPLICATE, cases[0])
    services.undo_duplicate(PLANNER, cases[1])
    assert (cases[1].state, cases[1].open) == (State.TRIAGED, True)


def test_what_the_rules_call_critical_is_not_lowered(cases: list[ConflictCase]) -> None:
    with pytest.raises(BadInput, match="不能降级"):
        services.triage(PLANNER, cases[0], severity=2)
    services.triage(PLANNER, cases[1], severity=1, departments=["GT"])
    assert (cases[1].severity, cases[1].departments_key) == (1, "|GT|")


def test_only_planners_triage(cases: list[ConflictCase]) -> None:
    for who in (CHECKER, LAND, make.person("viewer")):
        with pytest.raises(Refused):
            services.triage(who, cases[0])


def make_slivers() -> list[ConflictCase]:
    pack = make.make_pack()
    releases = [
        plans.make_release(pack, "C0101", [("R2", (0, 0, 400, 400)), ("E2", (400, 0, 800, 400))]),
        plans.make_release(pack, "C0401", [("010", (0, 0, 399, 400)), ("030", (399, 0, 800, 400))]),
        plans.make_release(pack, "C0404", [("", (0, 0, 0.8, 400))]),
    ]
    make.make_run(releases)
    return list(ConflictCase.objects.order_by("pk"))


def test_slivers_are_settled_except_where_a_critical_rule_hits_and_can_be_taken_back() -> None:
    make_slivers()
    critical = ConflictCase.objects.get(severity=1)
    sweep = services.settle_slivers(PLANNER)
    settled = ConflictCase.objects.filter(sweep=sweep)
    assert {case.rule for case in settled} == {"C14"}
    critical.refresh_from_db()
    assert critical.state == State.DETECTED
    services.undo_sweep(PLANNER, sweep, "容差改了")
    assert not ConflictCase.objects.filter(state=State.SETTLED).exists()
    again = services.settle_slivers(PLANNER)
    one = ConflictCase.objects.filter(sweep=again).first()
    assert one is not None
    services.unsettle(PLANNER, one, "要看一看")
    assert (one.state, one.open) == (State.DETECTED, True)


def test_positions_objections_revisions_and_who_may_speak(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    with pytest.raises(BadInput, match="理由和法律依据"):
        services.take_position(LAND, case, "object", "不同意")
    with pytest.raises(Refused, match="没有征求"):
        services.take_position(make.person("reviewer", "GOV"), case, "agree_a")
    services.take_position(LAND, case, "agree_b", "占一补一")
    services.take_position(LAND, case, "object", "须保护", "条例第十五条")
    assert [(one.stance, one.revision, one.current) for one in case.positions.order_by("pk")] == [
        ("agree_b", 1, False),
        ("object", 2, True),
    ]
    assert case.answered == 1
    with pytest.raises(BadInput, match="附图形"):
        services.take_position(URBAN, case, "geometry", "保留南侧")
    west, south, east, north = case.finding.geometry.bounds
    services.take_position(URBAN, case, "geometry", "保留南侧", geometry=shapely.box(west, south, east, (south + north) / 2))
    assert case.positions.get(department="GH").area_m2 > 0


def test_a_plain_reply_is_a_position_too_and_a_planner_enters_letters(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    request = Consultation.objects.get().requests.get(department__code="GT")
    casework.reply(LAND, request, "agree")
    case.refresh_from_db()
    assert case.positions.get().stance == "agree_a"
    with pytest.raises(BadInput, match="回函"):
        services.take_position(make.person("planner", "GOV"), case, "agree_a", department="GT")
    letter = files.store(io.BytesIO(b"letter"))
    entered = services.take_position(make.person("planner", "GOV"), case, "agree_b", department="GT", file=letter, file_name="函.pdf")
    assert "代录" in entered.by_name


def sheet_with(batch: Any, rows: list[list[Any]]) -> Any:
    book = load_workbook(io.BytesIO(excel.positions_sheet(batch)))
    page = book.active
    page.delete_rows(3, page.max_row)
    for row in rows:
        page.append([row[0], "", "", "", "", "", "", *row[1:]])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return files.store(out)


def test_positions_come_in_from_excel_and_bad_rows_are_named(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    stored = sheet_with(
        case.batch,
        [
            [case.number, "市国土局", "同意方案 A", "保留农田", ""],
            [case.number, "市规划局", "不同意", "影响安置", ""],
            ["CT-1999-0001", "市国土局", "同意方案 A", "", ""],
            [case.number, "市林业局", "同意方案 A", "", ""],
            [case.number, "市国土局", "也许", "", ""],
            [case.number, "市国土局", "", "", ""],
        ],
    )
    outcome = excel.import_positions(PLANNER, case.batch, stored, "意见.xlsx")
    assert (outcome.taken, outcome.empty) == (1, 1)
    assert [row for row, _number, _why in outcome.errors] == [4, 5, 6, 7]
    assert "法律依据" in outcome.errors[0][2]
    again = excel.import_positions(PLANNER, case.batch, stored, "意见.xlsx")
    assert (again.taken, again.same) == (0, 1)
    with pytest.raises(BadInput, match=r"不是 \.xlsx"):
        excel.import_positions(PLANNER, case.batch, files.store(io.BytesIO(b"PK no sheet")))


def test_a_department_enters_only_its_own_rows(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    rows = [[case.number, "市国土局", "同意方案 A", "", ""], [case.number, "市规划局", "同意方案 A", "", ""]]
    outcome = excel.import_positions(LAND, case.batch, sheet_with(case.batch, rows), "意见.xlsx")
    assert outcome.taken == 1
    assert "不能代其他部门" in outcome.errors[0][2]


def test_another_round_asks_those_who_did_not_agree(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    services.take_position(LAND, case, "object", "须保护", "条例第十五条")
    services.take_position(URBAN, case, "agree_a")
    services.ask_departments(PLANNER, case, timezone.localdate() + timedelta(days=3), "请再议")
    assert (case.round, case.asked, case.answered) == (2, 1, 0)


def test_a_geometry_is_refused_with_the_place(cases: list[ConflictCase]) -> None:
    patch = cases[0].finding.geometry
    west, south, east, north = patch.bounds
    bowtie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    with pytest.raises(BadInput) as crossed:
        check_geometry(bowtie, patch)
    assert crossed.value.values["lon"] == pytest.approx((west + east) / 2, abs=1e-6)
    with pytest.raises(BadInput) as outside:
        check_geometry(shapely.box(west, south, east + 0.001, north), patch)
    assert outside.value.values["lon"] > east
    with pytest.raises(BadInput, match="不是面"):
        check_geometry(shapely.Point(west, south), patch)
    with pytest.raises(BadInput, match="读不出来"):
        read_geometry(b"{not json")


def test_a_proposal_for_a_part_of_the_patch_scales_its_balance_and_goes_to_the_map_as_drawn(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    west, south, east, north = case.finding.geometry.bounds
    half = shapely.box(west, south, (west + east) / 2, north).intersection(case.finding.geometry)
    proposal = services.propose(PLANNER, case, "A", geometry=read_geometry(shapely.to_geojson(half).encode()))
    assert case.rule in proposal.still_hit
    assert float(proposal.balance["construction"]["C0101"]) == pytest.approx(-float(case.area_m2) / 2, rel=0.01)


def test_a_rejected_proposal_comes_back_from_the_meeting(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    services.propose(PLANNER, case, "A")
    meeting = casework.call_meeting(CHECKER, "协调会", "部门协调会", timezone.now())
    services.to_meeting(CHECKER, case, meeting)
    casework.minute(CHECKER, meeting.items.get(), "意见不一。", "rejected", "重新研究")
    casework.conclude(CHECKER, meeting)
    case.refresh_from_db()
    assert case.state == State.RETURNED


def test_who_proposed_may_not_submit_either(cases: list[ConflictCase]) -> None:
    to_meeting(cases[0])
    Proposal.objects.filter(case=cases[0]).update(by_id=CHECKER.user_id)
    with pytest.raises(Refused, match="提出方案的人不能审批"):
        services.submit(CHECKER, [cases[0]], "第一批")


def test_an_applied_decision_that_does_not_help_is_taken_back(cases: list[ConflictCase]) -> None:
    case = cases[0]
    approved(case)
    services.apply_case(PLANNER, case)
    with pytest.raises(Conflict, match="仍命中"):
        services.redo(PLANNER, case, "没有解决")
    ConflictCase.objects.filter(pk=case.pk).update(still_hit=True)
    services.redo(PLANNER, case, "没有解决")
    assert (case.state, case.document_no, case.override_number) == (State.RETURNED, "", "")
    make.make_run()
    case.refresh_from_db()
    assert case.open


def test_a_plan_amended_by_itself_closes_its_case(cases: list[ConflictCase]) -> None:
    from lantu.plans.models import PlanRelease

    pack = cases[0].finding.run.pack
    PlanRelease.objects.filter(layer_code="C0101").update(state=PlanRelease.State.SUPERSEDED)
    plans.make_release(pack, "C0101", [("E2", (0, 0, 400, 400)), ("G1", (400, 0, 800, 400)), ("E2", (0, 400, 800, 800))], number=2)
    make.make_run()
    cases[0].refresh_from_db()
    assert (cases[0].state, cases[0].open, cases[0].document_no) == (State.VERIFIED, False, "")
    assert cases[0].events.first().act == "vanished"


def test_a_run_over_fewer_plans_or_another_reading_does_not_count(cases: list[ConflictCase]) -> None:
    from lantu.plans.models import PlanRelease

    before = list(ConflictCase.objects.values_list("pk", "state"))
    make.make_run(list(PlanRelease.objects.exclude(layer_code="C0404")))
    run = plans.make_run(list(PlanRelease.objects.all()), PLANNER, reading="loose")
    jobs.work_off()
    assert list(ConflictCase.objects.values_list("pk", "state")) == before
    assert Intake.objects.count() == 1
    with pytest.raises(Conflict, match="口径"):
        services.take_in(PLANNER, run)


@pytest.mark.parametrize("stage", ["_lay", "_absent"])
def test_an_intake_that_broke_off_goes_on_and_counts_nothing_twice(
    cases: list[ConflictCase], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    from lantu.plans.models import PlanRelease

    pack = cases[0].finding.run.pack
    PlanRelease.objects.filter(layer_code="C0101").update(state=PlanRelease.State.SUPERSEDED)
    plans.make_release(pack, "C0101", [("E2", (0, 0, 400, 400)), ("R2", (400, 0, 800, 400)), ("R2", (0, 400, 800, 800))], number=2)
    monkeypatch.setattr(intake, "CHUNK", 1)
    monkeypatch.setattr(intake, "ABSENT_CHUNK", 1)
    whole, calls = getattr(intake.IntakeWork, stage), []

    def broken(work: intake.IntakeWork, *given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            whole(work, *given)
            raise OSError("disk")
        return whole(work, *given)

    monkeypatch.setattr(intake.IntakeWork, stage, broken)
    run = make.make_run()
    row = Intake.objects.get(run=run)
    assert (row.done_at, len(calls)) == (None, 2)
    services.take_in(PLANNER, run)
    jobs.work_off()
    row.refresh_from_db()
    assert row.done_at is not None
    told = Counter(CaseEvent.objects.filter(facts__run=run.number).values_list("act", flat=True))
    here = ConflictCase.objects.filter(finding__run=run)
    assert row.opened == here.filter(first_run=run).count() == told["opened"]
    assert row.kept == here.exclude(first_run=run).count()
    assert row.vanished == told["vanished"] > 0


def test_a_bulk_act_whose_worker_was_killed_goes_on_and_does_no_case_twice(
    cases: list[ConflictCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    monkeypatch.setattr(bulk, "CHUNK", 1)
    row = services.start_bulk(PLANNER, "triage", query="group=triage")
    kind = bulk.KINDS["triage"]
    calls = []

    def killed(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return kind.step(*given)

    monkeypatch.setitem(bulk.KINDS, "triage", bulk.Kind("甄别", killed))
    with pytest.raises(KeyboardInterrupt):
        bulk._run(PLANNER, BulkAct.objects.get(pk=row.pk), lambda share: None)
    assert ConflictCase.objects.filter(state=State.TRIAGED).count() == 1
    monkeypatch.setitem(bulk.KINDS, "triage", kind)
    jobs.work_off()
    row.refresh_from_db()
    assert (row.done, row.refused, row.finished_at is not None) == (len(cases), 0, True)
    assert all(case.events.filter(act="triaged").count() == 1 for case in cases)


@pytest.mark.django_db(transaction=True)
def test_of_two_planners_at_once_one_acts_and_the_other_is_told() -> None:
    case = make.make_cases()[0]
    seen = case.version

    def act(number: int) -> object:
        return services.triage(make.person("planner", "GH", 500 + number), ConflictCase.objects.get(pk=case.pk), version=seen)

    found = at_once(lambda: act(0), lambda: act(1))
    assert [error.code for error in found if isinstance(error, Conflict)] == ["changed"]


def test_what_departments_still_had_to_answer_leaves_their_worklists_with_the_case(cases: list[ConflictCase]) -> None:
    case, other = cases
    for one in cases:
        to_consultation(one)
    waiting = Task.objects.filter(kind="consultation.reply", is_open=True)
    assert waiting.filter(subject_id=str(case.pk)).count() == 2
    services.propose(PLANNER, case, "A")
    assert waiting.filter(subject_id=str(case.pk)).count() == 2  # a late position still counts
    meeting = casework.call_meeting(CHECKER, "协调会", "部门协调会", timezone.now())
    services.to_meeting(CHECKER, case, meeting)
    services.report_false_positive(PLANNER, other, "图上无此地物")
    services.confirm_false_positive(CHECKER, other)
    assert not waiting.exists()
    rounds = Consultation.objects.all()
    assert {row.state for row in rounds} == {Consultation.State.CLOSED}
    assert all(row.clock.ended_on for row in rounds)


def test_the_day_of_a_case_moves_with_its_clock_and_only_a_decider_extends_it(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    clock, due = Consultation.objects.get().clock, case.due
    assert clock.due_on == due
    with pytest.raises(Refused):
        casework.stop_clock(LAND, clock, "site", notice="电话告知")
    with pytest.raises(Refused):
        casework.extend_clock(PLANNER, clock, 3, approver="本人", reason="难")
    casework.extend_clock(make.person("decider"), clock, 3, approver="审定人", reason="案情复杂")
    case.refresh_from_db()
    assert case.due == due + timedelta(days=3)
    assert case.events.first().act == "due_moved"


def test_a_geometry_that_leaves_strips_is_refused_when_proposed_not_after_the_approval(cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    west, south, east, north = case.finding.geometry.bounds
    middle, tenth = (south + north) / 2, (east - west) / 10
    strip = shapely.box(west + tenth, middle, east - tenth, middle + (north - south) * 0.01)  # a metre of a hundred
    with pytest.raises(BadInput, match="窄缝") as refused:
        services.propose(PLANNER, case, "A", geometry=strip, drawn=True)
    assert refused.value.values["place"]
    half = shapely.box(west, south, (west + east) / 2, north)
    proposal = services.propose(PLANNER, case, "A", geometry=half.intersection(case.finding.geometry), drawn=True)
    assert proposal.drawn
    assert origin_of(proposal.geometry, proposal.drawn) == "drawn"


def test_an_earlier_decision_gives_way_where_a_later_one_is_applied_and_goes_on_beside_it(cases: list[ConflictCase]) -> None:
    case = cases[0]
    west, south, east, north = case.finding.geometry.bounds
    wide = shapely.box(west, south - (north - south), east, north)  # twice the case's ground
    earlier = plans.make_override(wide, ["C0101"], {"classes": {"C0101": "G1"}}, amendments=[order()])
    approved(case)
    assert case.proposals.get(current=True).cuts == [earlier.number]
    override = services.apply_case(PLANNER, case)
    earlier.refresh_from_db()
    rest = Override.objects.get(state="active", case_label=earlier.case_label, document_no=earlier.document_no)
    assert (earlier.state, earlier.replaced_by) == ("withdrawn", override)
    assert float(rest.area_m2) == pytest.approx(float(earlier.area_m2 - override.area_m2), rel=1e-3)
    assert rest.geometry.intersection(override.geometry).area < 1e-6 * wide.area  # a tenth of a millimetre along the edge
    assert (rest.outcome, rest.amendments.count()) == (earlier.outcome, 1)
