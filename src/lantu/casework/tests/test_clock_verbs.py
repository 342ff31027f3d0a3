"""Verbs of clocks over the ledger in the database."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from lantu.accounts.models import Region
from lantu.casework import factories
from lantu.casework.clock import Light
from lantu.casework.models import Clock, ClockEntry, Task
from lantu.casework.selectors.clocks import clocks_of, light_condition, light_of, lights_for, state
from lantu.casework.services import end_clock, extend_clock, open_task, resume_clock, start_clock, stop_clock
from lantu.casework.services.clocks import add_part, recalculate_clock, resume_overrun
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


def at(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day}T10:00:00+08:00", tick=False)


@pytest.fixture
def clock(subject: Region, planner: Actor) -> Clock:
    with at("2018-09-20"):
        return start_clock(planner, subject, "item", 7, title="设计方案审查", extension_limit=10)


def test_the_golden_due_day_is_written_down(clock: Clock) -> None:
    assert clock.due_on == date(2018, 9, 30)
    assert not clock.provisional


def test_a_task_follows_its_clock(clock: Clock, subject: Region, planner: Actor) -> None:
    with at("2018-09-25"):
        task = open_task(planner, subject, "review", "审查", role="reviewer", department="GH", clock=clock)
        stop_clock(planner, clock, "expert", notice="告知书 1 号")
    task.refresh_from_db()
    clock.refresh_from_db()
    assert task.due_on == clock.due_on == date(2018, 10, 19)
    assert task.paused_until == date(2018, 10, 12)
    assert light_of(task.due_on, task.near_from, task.paused_until, date(2018, 10, 12)) == Light.PAUSED
    assert light_of(task.due_on, task.near_from, task.paused_until, date(2018, 10, 13)) == Light.GREEN


def test_days_really_paused_count_not_those_planned(clock: Clock, planner: Actor) -> None:
    with at("2018-09-21"):
        pause = stop_clock(planner, clock, "expert", notice="告知书")
    with at("2018-09-26"):
        resume_clock(planner, clock, pause)
    assert clock.due_on == date(2018, 10, 9)  # 25 and 26 September did not count: two working days later
    with at("2018-09-26"), pytest.raises(Conflict):
        resume_clock(planner, clock, pause)


def test_stopping_needs_basis_maximum_and_notice_and_keeps_to_the_maximum(clock: Clock, planner: Actor) -> None:
    with at("2018-09-21"):
        for more in ({}, {"notice": "书", "maximum": 60}):
            with pytest.raises(BadInput):
                stop_clock(planner, clock, "expert", **more)  # type: ignore[arg-type]
        with pytest.raises(BadInput):
            stop_clock(planner, clock, "something", notice="书")
    assert clock.entries.count() == 1


def test_what_overran_is_written_down_once_dated_the_last_day(clock: Clock, planner: Actor) -> None:
    with at("2018-09-21"):
        pause = stop_clock(planner, clock, "site", basis="内部规定", maximum=3, unit="calendar", notice="书")
    with at("2018-09-24"):
        assert resume_overrun(system(), clock) == []
    with at("2018-09-25"):
        before = state(clock).course.due
        assert resume_overrun(system(), clock) == [pause]
        assert resume_overrun(system(), clock) == []
        assert state(clock).course.due == before
    entry = clock.entries.get(kind=ClockEntry.Kind.RESUMED)
    assert (entry.on, entry.automatic) == (date(2018, 9, 24), True)
    assert OutboxEvent.objects.filter(name="casework.pause_overran").count() == 1


def test_extension_is_the_deciders_once_and_not_after_the_due_day(clock: Clock, planner: Actor, decider: Actor) -> None:
    with at("2018-09-30"):
        with pytest.raises(Refused):
            extend_clock(planner, clock, 5, approver="局长", reason="复杂")
        with pytest.raises(BadInput):
            extend_clock(decider, clock, 11, approver="局长", reason="复杂")
        extend_clock(decider, clock, 5, approver="局长", reason="复杂", basis="行政许可法第四十二条")
        assert clock.due_on == date(2018, 10, 12)
        with pytest.raises(Conflict):
            extend_clock(decider, clock, 1, approver="局长", reason="再延")
    with at("2018-10-15"):
        late = start_clock(decider, factories.make_subject(), "item", 2, on=date(2018, 10, 10))
        with pytest.raises(Conflict):
            extend_clock(decider, late, 1, approver="局长", reason="晚了")


def test_an_ended_clock_does_not_move(clock: Clock, planner: Actor) -> None:
    with at("2018-09-26"):
        end_clock(planner, clock, result="办结")
        with pytest.raises(Conflict):
            stop_clock(planner, clock, "expert", notice="书")
        with pytest.raises(Conflict):
            end_clock(planner, clock)
    factories.make_calendar(off={}, work={})
    assert not recalculate_clock(system(), clock)
    assert state(clock, date(2018, 10, 9)).words == "按期办结"


def test_a_new_calendar_moves_open_clocks_and_says_so(clock: Clock) -> None:
    factories.make_calendar(off={date(2018, 9, 28): "临时放假"}, work={})
    with at("2018-09-25"):
        assert recalculate_clock(system(), clock)
        assert not recalculate_clock(system(), clock)
    clock.refresh_from_db()
    entry = clock.entries.get(kind=ClockEntry.Kind.RECALCULATED)
    assert (entry.due_before, entry.due_after) == (date(2018, 9, 30), clock.due_on)
    assert OutboxEvent.objects.filter(name="casework.clock_moved").count() == 1


def test_a_stage_stands_still_only_while_all_its_running_branches_do(subject: Region, planner: Actor) -> None:
    with at("2018-10-08"):
        stage = start_clock(planner, subject, "stage", 20)
        branches = [start_clock(planner, subject, "item", 10) for _n in range(2)]
        for branch in branches:
            add_part(planner, stage, branch)
        due = stage.due_on
    with at("2018-10-10"):
        first = stop_clock(planner, branches[0], "hearing", notice="书")
    stage.refresh_from_db()
    assert stage.due_on == due and stage.paused_until is None
    with at("2018-10-11"):
        stop_clock(planner, branches[1], "hearing", notice="书")
        stage.refresh_from_db()
        assert state(stage).words == "停计"
    with at("2018-10-15"):
        resume_clock(planner, branches[0], first)
    stage.refresh_from_db()
    assert (state(stage, date(2018, 10, 16)).state.stopped, stage.paused_until) == (2, None)  # 12 and 15 October


def test_the_lights_of_a_whole_list_come_in_one_query(
    clock: Clock, subject: Region, planner: Actor, django_assert_num_queries: object
) -> None:
    other = factories.make_subject("无时限")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert lights_for([subject, other], date(2018, 10, 1)) == {str(subject.pk): Light.RED, str(other.pk): Light.NONE}


def test_choosing_by_light_and_reading_a_light_agree(subject: Region, planner: Actor) -> None:
    with at("2018-09-20"):
        for limit in (1, 3, 5, 20, None):
            start_clock(planner, subject, "item", limit)
        stop_clock(planner, start_clock(planner, subject, "item", 5), "expert", notice="书")
    for day in (date(2018, 9, 20), date(2018, 9, 25), date(2018, 10, 9), date(2018, 10, 30)):
        for light in Light:
            by_rule = {row.pk for row in Clock.objects.all() if light_of(row.due_on, row.near_from, row.paused_until, day) == light}
            assert set(Clock.objects.filter(light_condition(light, day)).values_list("pk", flat=True)) == by_rule


def test_the_page_of_a_subject_reads_all_its_clocks(clock: Clock, subject: Region) -> None:
    with at("2018-09-26"):
        (reading,) = clocks_of(subject)
        assert reading.words == "余 4 日"
        assert reading.why[0].kind == "started"
        assert Task.objects.count() == 0
