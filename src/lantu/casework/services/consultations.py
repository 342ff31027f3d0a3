"""Verbs of who asks departments (征求意见): department × matter × round. The other side: ``answers``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework import calendars
from lantu.casework.models import Clock, Consultation, Request, RequestReminder, Task
from lantu.casework.models.clock import Unit
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import DepartmentLike, departments_of, today_of
from lantu.casework.policy import policy
from lantu.casework.services.clocks import start_clock
from lantu.casework.services.notices import notify
from lantu.casework.services.rounds import (
    ASKED_ROLE,
    REPLY_TASK,
    answerers,
    end_tasks,
    end_time,
    open_request,
    settle,
    task_of,
    verdict_of,
)
from lantu.casework.services.tasks import open_task
from lantu.casework.subjects import find, key_of, may
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.permissions import is_system
from lantu.core.verbs import verb

NEED_ASK = gettext_lazy("须由办理这个对象的经办人员征求意见。")


@verb("casework.ask", permission=may("ask"), need=NEED_ASK, subject="subject")
def ask(
    actor: Actor,
    subject: models.Model,
    matter: str,
    title: str,
    departments: Iterable[DepartmentLike],
    *,
    due: date | None = None,
    question: str = "",
    silence: str = "",
    rule: str = "",
    timed: bool = False,
) -> Consultation:
    """Ask departments about a matter of a subject (征求意见), as its first round.

    ``matter``: a short name within the subject; ``due``: the last day to answer (default: the city pack's working days from today);
    ``silence``: ``none`` or ``no_objection`` (default of the pack); ``rule``: the rule that asked, when no person chose the departments;
    ``timed``: the time to answer is a clock over the subject, which may be stopped and extended, and the days move with it.
    Departments that have ended are replaced by those that took over. Raises ``Conflict`` when the matter has a round already
    (``ask_again`` then), ``BadInput`` for nobody to ask or a day that has passed.
    """
    if Consultation.objects.filter(**key_of(subject), matter=matter).exists():
        raise Conflict(_("「%(title)s」已经征求过意见。") % {"title": title}, how=_("请在原征求意见里发起新一轮。"))
    facts = {"question": question, "silence": silence or policy().silence, "rule": rule}
    return _open_round(actor, subject, departments, due, {"matter": matter, "title": title, "round": 1, **facts}, timed=timed)


@verb("casework.ask_again", permission=may("ask"), need=NEED_ASK, subject="consultation")
def ask_again(
    actor: Actor,
    consultation: Consultation,
    *,
    departments: Iterable[DepartmentLike] | None = None,
    due: date | None = None,
    question: str = "",
    timed: bool | None = None,
) -> Consultation:
    """Open a new round of the same matter (新一轮); the round before is closed, its answers stay.

    ``departments`` default: those that disagreed or set conditions; with none of these, all that were asked; ``timed`` as in ``ask``, by
    default as the round before. Raises ``Conflict`` when there
    is a newer round.
    """
    latest = _latest(consultation)
    if latest.pk != consultation.pk:
        raise Conflict(
            _("「%(title)s」已有第 %(round)s 轮。") % {"title": latest.title, "round": latest.round}, how=_("请在最新一轮里发起新一轮。")
        )
    subject = find(latest.subject_type, latest.subject_id)
    if departments is None:
        unsettled = [
            request.department for request in latest.requests.all() if verdict_of(request) in (Verdict.DISAGREE, Verdict.CONDITIONS)
        ]
        departments = unsettled or [request.department for request in latest.requests.exclude(state=Request.State.WITHDRAWN)]
    _close(actor, latest)
    facts = {name: getattr(latest, name) for name in ("matter", "title", "silence", "rule")}
    facts |= {"round": latest.round + 1, "question": question or latest.question}
    return _open_round(actor, subject, departments, due, facts, timed=latest.clock_id is not None if timed is None else timed)


def _latest(consultation: Consultation) -> Consultation:
    """The newest round of the matter, under the lock of its first: whoever waited for that lock sees the round made meanwhile."""
    names = {"subject_type": consultation.subject_type, "subject_id": consultation.subject_id, "matter": consultation.matter}
    rounds = Consultation.objects.filter(**names)
    rounds.select_for_update().order_by("round").first()
    return rounds.select_for_update().order_by("-round")[0]


def _open_round(
    actor: Actor, subject: models.Model, departments: Iterable[DepartmentLike], due: date | None, facts: dict[str, Any], *, timed: bool
) -> Consultation:
    """Write a round with its requests and tasks. ``facts``: matter, title, round, question, silence, rule."""
    title, number, today = facts["title"], facts["round"], timezone.localdate()
    asked = departments_of(code for one in departments_of(departments) for code in today_of(one))
    if not asked:
        raise BadInput(_("没有选征求意见的部门。"), where=title, how=_("请至少选一个部门。"))
    if due is not None and due < today:
        raise BadInput(_("回复期限 %(day)s 已经过去。") % {"day": due}, where=title, how=_("请填今天或以后的日期。"))
    clock = _start(actor, subject, title, number, due) if timed else None
    due = (clock.due_on if clock is not None else due) or calendars.current().add(today, policy().reply_days)[0]
    row = Consultation.objects.create(
        **key_of(subject),
        **facts,
        due_on=due,
        clock=clock,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        asked_by_department=actor.department,
    )
    for department in asked:
        request = Request.objects.create(consultation=row, department=department, due_on=due)
        title_of_task = _("回复征求意见：%(title)s（第 %(round)s 轮）") % {"title": title, "round": number}
        open_task(
            actor,
            subject,
            REPLY_TASK,
            title_of_task[:200],
            role=ASKED_ROLE,
            department=department.code,
            due=due,
            clock=clock,
            url=reverse("casework:request", args=[request.pk]),
        )
    codes = [department.code for department in asked]
    matter = row.matter
    remark(consultation=row.pk, matter=matter, round=number, departments=codes, due=due.isoformat(), silence=row.silence)
    emit(actor, "casework.asked", row, matter=matter, round=number, departments=codes, due=due.isoformat())
    return row


def _start(actor: Actor, subject: models.Model, title: str, number: int, due: date | None) -> Clock:
    """The clock of a round: to a given day it counts calendar days, else the working days of the pack."""
    days, unit = ((due - timezone.localdate()).days, Unit.CALENDAR) if due is not None else (policy().reply_days, Unit.WORKING)
    words = _("%(title)s：第 %(round)s 轮答复") % {"title": title, "round": number}
    return start_clock(actor, subject, Clock.Kind.ITEM, days, unit, title=words[:200])


@verb("casework.withdraw_request", permission=may("ask"), need=NEED_ASK, subject="consultation")
def withdraw_request(actor: Actor, consultation: Consultation, department: DepartmentLike, note: str = "") -> Request:
    """Take back the question to one department (撤回). Raises ``Conflict`` when it has answered, ``BadInput`` when it was not asked."""
    asked = departments_of([department])[0]
    found = consultation.requests.filter(department=asked).first()
    if found is None:
        raise BadInput(
            _("没有征求%(department)s的意见。") % {"department": asked}, where=consultation.title, how=_("请从被征求的部门中选择。")
        )
    row = open_request(found)
    if row.state != Request.State.ASKED:
        raise Conflict(_("%(department)s已经回复，不能撤回。") % {"department": row.department}, where=consultation.title)
    row.state, row.note = Request.State.WITHDRAWN, note
    row.save(update_fields=["state", "note"])
    end_tasks(actor, row, REPLY_TASK, Task.State.VOID)
    remark(department=row.department.code, note=note)
    settle(actor, row.consultation)
    consultation.refresh_from_db()
    return row


@verb("casework.lapse_request", permission=is_system, need=NEED_ASK, subject="request")
def lapse_request(actor: Actor, request: Request) -> bool:
    """By the rule of silence: a request not answered by its due day counts as no objection. Returns whether it did."""
    row = open_request(request)
    lapsed = row.state == Request.State.ASKED and timezone.localdate() > row.due_on
    if not lapsed or row.consultation.silence != Consultation.Silence.NO_OBJECTION:
        return False
    row.state = Request.State.SILENT
    row.save(update_fields=["state"])
    end_tasks(actor, row, REPLY_TASK, Task.State.VOID)
    emit(actor, "casework.lapsed", row, consultation=row.consultation_id)
    settle(actor, row.consultation)
    return True


@verb("casework.close_round", permission=may("ask"), need=NEED_ASK, subject="consultation")
def close_round(actor: Actor, consultation: Consultation) -> Consultation:
    """Close a round (结束本轮): nothing is answered or revised any more; what is open is taken off the worklists."""
    row = Consultation.objects.select_for_update().get(pk=consultation.pk)
    _close(actor, row)
    consultation.refresh_from_db()
    return consultation


def _close(actor: Actor, row: Consultation) -> None:
    if row.state == Consultation.State.CLOSED:
        return
    for request in row.requests.filter(state=Request.State.ASKED):
        end_tasks(actor, request, REPLY_TASK, Task.State.VOID)
    row.state, row.closed_at = Consultation.State.CLOSED, timezone.now()
    row.save(update_fields=["state", "closed_at"])
    end_time(row)


@verb("casework.remind", permission=may("ask") | is_system, need=NEED_ASK, subject="consultation")
def remind(
    actor: Actor, consultation: Consultation, departments: Iterable[DepartmentLike] | None = None, note: str = "", rung: str = ""
) -> int:
    """Remind those that have not answered (催办), all or some. Returns how many.

    ``rung`` makes it happen once for each request: the clock's own reminders. Raises ``Conflict`` for a closed round.
    """
    if Consultation.objects.filter(pk=consultation.pk, state=Consultation.State.CLOSED).exists():
        raise Conflict(_("第 %(round)s 轮已结束。") % {"round": consultation.round}, where=consultation.title, how=_("请看最新一轮。"))
    waiting = consultation.requests.filter(state=Request.State.ASKED).select_related("department")
    if departments is not None:
        waiting = waiting.filter(department__in=departments_of(departments))
    count = 0
    for request in waiting:
        name = rung or f"hand-{timezone.now().isoformat(timespec='seconds')}"
        _row, new = RequestReminder.objects.get_or_create(request=request, rung=name, defaults={"by_name": actor.name, "note": note})
        if new:
            count += 1
            title = _("催办：请在 %(day)s 前回复「%(title)s」") % {"day": request.due_on, "title": consultation.title}
            notify(actor, answerers(request), title, reverse("casework:request", args=[request.pk]), text=note)
            Task.objects.filter(**task_of(request, REPLY_TASK)).update(urged_at=timezone.now())
    remark(reminded=count, rung=rung, note=note)
    return count
