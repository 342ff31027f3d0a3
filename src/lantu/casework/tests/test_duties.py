"""What happens by the clock: once, for everybody, whatever one of them does."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core import mail as outgoing

from lantu.accounts.models import Region
from lantu.casework import duties, factories, ports, recalculation
from lantu.casework import mail as mails
from lantu.casework.models import Clock, ClockEntry, Notification
from lantu.casework.selectors.clocks import state
from lantu.casework.services import ask, open_task, start_clock, stop_clock
from lantu.core import jobs
from lantu.core.actor import Actor, system
from lantu.core.models import Job, OutboxEvent

pytestmark = pytest.mark.django_db


def at(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day}T10:00:00+08:00", tick=False)


@pytest.fixture
def clock(subject: Region, planner: Actor, reviewer: Actor) -> Clock:
    with at("2018-09-20"):
        made = start_clock(planner, subject, "item", 7, title="设计方案审查")
        open_task(planner, subject, "review", "审查", role="reviewer", department="JW", clock=made, tell=False)
    return made


def count(name: str) -> int:
    return OutboxEvent.objects.filter(name=name).count()


def test_warnings_go_to_whoever_has_the_task_once_for_each_due_day(clock: Clock, reviewer: Actor, planner: Actor) -> None:
    with at("2018-09-27"):
        assert duties.warn() == 0
    for _again in range(2):
        with at("2018-09-28"):
            duties.warn()
        with at("2018-10-08"):
            duties.warn()
    assert (count("casework.clock_near"), count("casework.clock_overdue")) == (1, 1)
    assert [row.user_id for row in Notification.objects.all()] == [reviewer.user_id, reviewer.user_id]


def test_a_stopped_clock_does_not_warn_and_resumes_by_itself(clock: Clock, planner: Actor) -> None:
    with at("2018-09-28"):
        stop_clock(planner, clock, "expert", notice="书")
    with at("2018-10-09"):
        assert (duties.warn(), duties.resume_clocks()) == (0, 0)
    with at("2018-10-30"):
        assert (duties.resume_clocks(), duties.resume_clocks()) == (1, 0)
        assert state(clock).state.overdue > 0


def test_one_broken_clock_does_not_keep_the_others_waiting(clock: Clock, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    with at("2018-09-20"):
        other = start_clock(planner, factories.make_subject(), "item", 7)
    told: list[int] = []

    def broken(_actor: Actor, one: Clock, _rung: str) -> None:
        if one.pk == clock.pk:
            raise ValueError("broken")
        told.append(one.pk)

    monkeypatch.setattr(duties, "warn_of_clock", broken)
    with at("2018-10-08"), pytest.raises(RuntimeError, match="broken"):
        duties.warn()
    assert told == [other.pk]


def test_requests_are_reminded_before_and_after_and_lapse_by_rule(subject: Region, planner: Actor, reviewer: Actor) -> None:
    with at("2018-09-20"):
        strict = ask(planner, subject, "permit", "许可意见", ["JW"], silence="none")
        mild = ask(planner, subject, "opinion", "意见", ["JW"], silence="no_objection")
    Notification.objects.all().delete()
    for day in ("2018-09-26", "2018-09-27", "2018-09-28", "2018-09-29", "2018-10-08"):
        with at(day):
            duties.silence()
    titles = [row.title for row in Notification.objects.filter(user_id=reviewer.user_id)]
    assert sum("许可意见" in title for title in titles) == 2  # near, and overdue
    assert sum("「意见」" in title for title in titles) == 1  # near; then it lapsed
    strict.refresh_from_db()
    mild.refresh_from_db()
    assert (strict.state, mild.state) == ("open", "complete")


def test_a_new_calendar_is_taken_over_by_a_job_that_is_enqueued_once(clock: Clock, subject: Region, planner: Actor) -> None:
    with at("2018-09-21"):
        whole = start_clock(planner, subject, "stage", 10, parts=[clock])
        factories.make_calendar(off={date(2018, 9, 28): "临时放假"}, work={})
        duties.watch_calendar()
        duties.watch_calendar()
        assert Job.objects.filter(kind=recalculation.KIND).count() == 1
        jobs.work_off()
    job = Job.objects.get(kind=recalculation.KIND)
    assert (job.state, job.result) == ("done", {"clocks": 2, "moved": 2})
    assert ClockEntry.objects.filter(kind="recalculated").count() == 2
    whole.refresh_from_db()
    assert whole.calendar == 2
    assert recalculation.start_if_needed(system()) is None


def test_a_recalculation_that_was_cut_off_goes_on_where_it_stopped(clock: Clock, subject: Region, planner: Actor) -> None:
    with at("2018-09-20"):
        for _n in range(3):
            start_clock(planner, subject, "item", 7)
    factories.make_calendar(off={}, work={})
    with at("2018-09-21"):
        recalculation.recalculate_clock(system(), clock)
        recalculation.start_if_needed(system())
        jobs.work_off()
    assert Job.objects.get(kind=recalculation.KIND).result["clocks"] == 3
    assert ClockEntry.objects.filter(kind="recalculated").count() == 4


def test_the_administrator_is_told_once_that_a_year_is_missing(clock: Clock, planner: Actor, subject: Region) -> None:
    administrator = factories.make_person("sysadmin")
    with at("2018-10-09"):
        duties.watch_calendar()
        assert not Notification.objects.filter(user=administrator).exists()
    with at("2018-12-28"):
        assert start_clock(planner, subject, "item", 5).provisional
        duties.watch_calendar()
        duties.watch_calendar()
    assert Notification.objects.filter(user=administrator).count() == 1


def test_mail_leaves_once_a_person_and_failures_are_tried_a_few_times(subject: Region, planner: Actor, reviewer: Actor) -> None:
    with at("2018-09-20"):
        ask(planner, subject, "a", "一", ["JW"])
        ask(planner, subject, "b", "二", ["JW"])
    assert mails.send_waiting() == 0  # no mail server is set
    attempts: list[str] = []

    def down(mail: ports.Mail) -> None:
        attempts.append(mail.key)
        raise ConnectionError("refused")

    ports.mailers.register("test", down)
    try:
        for _n in range(7):
            mails.send_waiting()
        assert (len(attempts), len(set(attempts))) == (mails.MAX_ATTEMPTS, 1)
        assert "refused" in Notification.objects.first().mail_error  # type: ignore[union-attr]
        Notification.objects.update(mail_attempts=0)
        ports.mailers.register("test", mails.by_smtp)
        assert (mails.send_waiting(), mails.send_waiting()) == (1, 0)
    finally:
        ports.mailers.unregister("test")
    (sent,) = outgoing.outbox
    assert "一" in sent.body and "二" in sent.body
