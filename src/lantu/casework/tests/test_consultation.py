"""Consultations: asked, answered, reminded, in rounds; who may and who may not; what contradicts what."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.utils import timezone

from lantu.accounts.models import Region
from lantu.casework import factories
from lantu.casework.models import Attachment, CoHandler, Consultation, Notification, Request, Task
from lantu.casework.selectors import consultations as reads
from lantu.casework.selectors import tasks
from lantu.casework.services import (
    ask,
    ask_again,
    close_round,
    co_handle,
    co_reply,
    delegate,
    extend_clock,
    remind,
    reply,
    stop_clock,
    withdraw_request,
)
from lantu.casework.services.consultations import lapse_request
from lantu.core import files
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent, OutboxEvent

pytestmark = pytest.mark.django_db
NOW = "2018-09-20T10:00:00+08:00"


@pytest.fixture
def asked(subject: Region, planner: Actor, reviewer: Actor) -> Consultation:
    factories.make_department("WW", "市文物局")
    with time_machine.travel(NOW, tick=False):
        return ask(planner, subject, "position", "学校选址意见", ["JW", "WW"], silence="no_objection")


def of(consultation: Consultation, code: str) -> Request:
    return consultation.requests.get(department__code=code)


def events(name: str) -> list[OutboxEvent]:
    return list(OutboxEvent.objects.filter(name=name).order_by("pk"))


def test_asking_sets_the_due_day_by_working_days_and_opens_a_task_for_each(asked: Consultation, reviewer: Actor) -> None:
    assert (asked.round, asked.due_on) == (1, date(2018, 9, 28))  # five working days over Mid-Autumn
    assert list(tasks.mine(reviewer).values_list("kind", "due_on")) == [("consultation.reply", date(2018, 9, 28))]
    assert Notification.objects.filter(user_id=reviewer.user_id).count() == 1
    assert events("casework.asked")[0].payload["departments"] == ["JW", "WW"]


def test_a_matter_is_asked_once_and_then_in_rounds(asked: Consultation, subject: Region, planner: Actor) -> None:
    with pytest.raises(Conflict):
        ask(planner, subject, "position", "再问一次", ["JW"])


def test_only_the_department_that_was_asked_answers(asked: Consultation, planner: Actor) -> None:
    stranger = factories.make_actor("reviewer", "WW")
    with pytest.raises(Refused):
        reply(stranger, of(asked, "JW"), "agree")
    window = factories.make_actor("builder", "JW")
    with pytest.raises(Refused):
        reply(window, of(asked, "JW"), "agree")
    assert AuditEvent.objects.filter(verb="casework.reply", outcome="refused").count() == 2


@time_machine.travel(NOW, tick=False)
def test_an_answer_closes_the_task_tells_the_asker_and_may_be_revised(asked: Consultation, planner: Actor, reviewer: Actor) -> None:
    stored = files.store(BytesIO(b"opinion"))
    reply(reviewer, of(asked, "JW"), "agree", files=[(stored, "意见函.txt")])
    revised = reply(reviewer, of(asked, "JW"), "conditions", conditions=["出入口不开在云潭路"])
    assert (revised.revision, reads.answer(of(asked, "JW"))) == (2, revised)
    assert not tasks.mine(reviewer).exists()
    assert Notification.objects.filter(user_id=planner.user_id).count() == 2
    assert Attachment.objects.get().subject_type == "casework.reply"


@pytest.mark.parametrize(
    ("verdict", "more"),
    [
        ("disagree", {"reason": "压占"}),
        ("disagree", {"law": "某法"}),
        ("conditions", {}),
        ("conditions", {"conditions": [" "]}),
        ("yes", {}),
    ],
)
def test_an_incomplete_answer_is_refused(asked: Consultation, reviewer: Actor, verdict: str, more: dict[str, object]) -> None:
    with time_machine.travel(NOW, tick=False), pytest.raises(BadInput):
        reply(reviewer, of(asked, "JW"), verdict, **more)  # type: ignore[arg-type]
    assert of(asked, "JW").state == "asked"


def test_the_round_is_complete_once_when_nobody_is_missing(asked: Consultation, reviewer: Actor, planner: Actor) -> None:
    with time_machine.travel(NOW, tick=False):
        reply(reviewer, of(asked, "JW"), "agree")
        assert not events("casework.round_complete")
        withdraw_request(planner, asked, "WW", "不涉及")
        reply(reviewer, of(asked, "JW"), "disagree", reason="压占规划路", law="城乡规划法第三十五条")
    assert [event.payload["verdicts"] for event in events("casework.round_complete")] == [{"JW": "agree", "WW": "withdrawn"}]
    assert not Task.objects.filter(is_open=True).exists()


def test_silence_is_no_objection_only_after_the_due_day_and_only_by_rule(subject: Region, planner: Actor, asked: Consultation) -> None:
    with time_machine.travel("2018-09-28T23:59:00+08:00", tick=False):
        assert not lapse_request(system(), of(asked, "JW"))
    with time_machine.travel("2018-09-29T00:01:00+08:00", tick=False):
        assert lapse_request(system(), of(asked, "JW"))
        assert not lapse_request(system(), of(asked, "JW"))
        assert of(asked, "JW").state == "silent"
    with time_machine.travel(NOW, tick=False):
        strict = ask(planner, subject, "permit", "许可", ["JW"], silence="none")
    with time_machine.travel("2018-10-20T10:00:00+08:00", tick=False):
        assert not lapse_request(system(), of(strict, "JW"))
        assert reads.verdict_words(of(strict, "JW")) == "超期未复"


def test_a_late_answer_still_counts_while_the_round_is_open_and_says_it_is_late(asked: Consultation, reviewer: Actor) -> None:
    with time_machine.travel("2018-10-09T10:00:00+08:00", tick=False):
        lapse_request(system(), of(asked, "JW"))
        made = reply(reviewer, of(asked, "JW"), "disagree", reason="压占", law="城乡规划法第三十五条")
    assert made.late and of(asked, "JW").state == "replied"


def test_a_new_round_asks_those_who_did_not_agree_and_closes_the_old_one(asked: Consultation, planner: Actor, reviewer: Actor) -> None:
    with time_machine.travel(NOW, tick=False):
        reply(reviewer, of(asked, "JW"), "disagree", reason="压占", law="城乡规划法第三十五条")
        second = ask_again(planner, asked, question="已退让 8 米")
        assert (second.round, [one.department.code for one in second.requests.all()]) == (2, ["JW"])
        with pytest.raises(Conflict):
            reply(reviewer, of(asked, "JW"), "agree")
        reply(reviewer, of(second, "JW"), "agree")
    assert [(one.department.code, was, now) for one, was, now in reads.changed_minds(second)] == [("JW", "不同意", "同意")]
    asked.refresh_from_db()
    assert asked.state == "closed" and reads.answer(of(asked, "JW")) is not None


def test_contradictions_are_found_between_verdicts_and_between_conditions(asked: Consultation, reviewer: Actor) -> None:
    heritage = factories.make_actor("reviewer", "WW")
    with time_machine.travel(NOW, tick=False):
        height = {"item": "建筑高度", "op": "≤", "value": 24, "unit": "m"}
        reply(heritage, of(asked, "WW"), "conditions", conditions=[height])
        reply(reviewer, of(asked, "JW"), "conditions", conditions=[{**height, "op": "≥", "value": 30}])
        assert [one.kind for one in reads.contradictions(asked)] == ["condition"]
        reply(reviewer, of(asked, "JW"), "disagree", reason="压占", law="城乡规划法第三十五条")
        (found,) = reads.contradictions(asked)
    assert (found.kind, found.first.department.code) == ("verdict", "JW")


def test_reminders_of_a_rung_go_out_once_and_by_hand_as_often_as_wanted(asked: Consultation, planner: Actor, reviewer: Actor) -> None:
    assert remind(system(), asked, rung="near") == 2
    assert remind(system(), asked, rung="near") == 0
    assert remind(planner, asked, ["JW"], "请尽快") == 1
    assert Task.objects.get(department="JW").urged_at is not None


def test_a_request_is_given_to_a_person_of_the_department_only(asked: Consultation, reviewer: Actor) -> None:
    colleague = factories.make_person("reviewer", "JW", name="同事")
    delegate(reviewer, of(asked, "JW"), colleague, "请办")
    assert tasks.mine(factories.as_actor(colleague)).count() == 1
    assert not tasks.mine(reviewer).exists()
    with pytest.raises(BadInput):
        delegate(reviewer, of(asked, "JW"), factories.make_person("reviewer", "WW"))


def test_a_department_drawn_in_answers_to_the_one_that_was_asked(asked: Consultation, reviewer: Actor) -> None:
    traffic = factories.make_actor("reviewer", "GAJ")
    co_handle(reviewer, of(asked, "JW"), ["GAJ"], "请看交通组织")
    assert reads.waiting_for(traffic).count() == 1
    co_reply(traffic, CoHandler.objects.get(), "agree", "无异议")
    assert of(asked, "JW").state == "asked"
    with pytest.raises(Refused):
        reply(traffic, of(asked, "JW"), "agree")


def test_a_department_that_has_ended_is_asked_through_its_successor(subject: Region, planner: Actor) -> None:
    old = factories.make_department("GT", "市国土局", valid_to=date(2018, 9, 1))
    old.successors.add(factories.make_department("ZRZY", "市自然资源局"))
    with time_machine.travel(NOW, tick=False):
        made = ask(planner, subject, "land", "用地意见", ["GT"])
        assert [one.department.code for one in made.requests.all()] == ["ZRZY"]


def test_a_closed_round_takes_no_answers(asked: Consultation, planner: Actor, reviewer: Actor) -> None:
    close_round(planner, asked)
    with pytest.raises(Conflict):
        reply(reviewer, of(asked, "JW"), "agree")
    assert not tasks.mine(reviewer).exists()


def test_the_days_of_a_timed_round_move_with_its_clock_which_ends_with_the_answers(
    subject: Region, planner: Actor, decider: Actor, reviewer: Actor
) -> None:
    today = timezone.localdate()
    row = ask(planner, subject, "timed", "选址", ["JW"], due=today + timedelta(days=6), timed=True)
    request, clock = row.requests.get(), row.clock
    assert (clock.limit, clock.unit, clock.due_on, request.due_on) == (6, "calendar", row.due_on, row.due_on)
    stop_clock(planner, clock, "design", notice="告知书 1 号", maximum=4, basis="行政许可法第四十五条")
    extend_clock(decider, clock, 3, approver=decider.name, reason="案情复杂")
    for one in (row, request):
        one.refresh_from_db()
    task = Task.objects.get(is_open=True)
    assert row.due_on == request.due_on == task.due_on == clock.due_on > today + timedelta(days=9)
    reply(reviewer, request, "agree")
    clock.refresh_from_db()
    assert (clock.ended_on, clock.entries.last().kind) == (today, "ended")
    again = ask_again(planner, row)
    assert again.clock.pk != clock.pk
    close_round(planner, again)
    again.clock.refresh_from_db()
    assert again.clock.ended_on == today
