"""Verbs of clocks. Each appends to the ledger; what the ledger comes to is calculated anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.casework import calendars, ledger
from lantu.casework.clock import Course
from lantu.casework.models import Clock, ClockEntry, ClockNotice, Task
from lantu.casework.people import people_in
from lantu.casework.policy import policy
from lantu.casework.services.notices import notify
from lantu.casework.subjects import key_of, may, subject_of, url_of
from lantu.core.actor import Actor, Post
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.permissions import is_system
from lantu.core.verbs import verb

NEED = gettext_lazy("须由承办部门的经办人员办理。")
NEED_EXTEND = gettext_lazy("延长时限须由审定人批准。")


@verb("casework.start_clock", permission=may("clock"), need=NEED, subject="subject")
def start_clock(
    actor: Actor,
    subject: models.Model,
    kind: str,
    limit: int | None,
    unit: str = "working",
    *,
    on: date | None = None,
    title: str = "",
    department: str = "",
    basis: str = "",
    extension_limit: int | None = None,
    parts: Iterable[Clock] = (),
) -> Clock:
    """Start a clock over a subject (起算). The day ``on`` (default today) is not counted itself.

    ``kind``: item, stage, project or elapsed; ``limit`` in ``unit`` (working or calendar days), none for clocks that only count;
    ``parts``: the clocks a stage or project is made of (more by ``add_part``). Raises ``BadInput`` for a day to come or a limit below 0.
    """
    day = _not_to_come(on)
    if limit is not None and limit < 0:
        raise BadInput(_("时限不能是负数：%(n)s。") % {"n": limit})
    rules = policy()
    clock = Clock.objects.create(
        **key_of(subject),
        kind=kind,
        title=title,
        department=department,
        limit=limit,
        unit=unit,
        extension_limit=extension_limit,
        near_share="{}/{}".format(*rules.near_share),
        near_days=rules.near_days,
        calendar=calendars.newest(),
        started_on=day,
    )
    clock.parts.set(parts)
    _append(actor, clock, ClockEntry.Kind.STARTED, day, calendar=clock.calendar, basis=basis)
    remark(clock=clock.pk, limit=limit, unit=unit, due=str(clock.due_on))
    emit(actor, "casework.clock_started", clock, due=_iso(clock.due_on))
    return clock


@verb("casework.add_part", permission=may("clock"), need=NEED, subject="clock")
def add_part(actor: Actor, clock: Clock, part: Clock) -> Clock:
    """Make ``part`` (a branch's clock) part of ``clock`` (a stage's or project's)."""
    row = _locked(clock)
    row.parts.add(part)
    ledger.write_down(row)
    clock.refresh_from_db()
    return clock


@verb("casework.stop_clock", permission=may("clock"), need=NEED, subject="clock")
def stop_clock(
    actor: Actor,
    clock: Clock,
    reason_kind: str,
    *,
    basis: str = "",
    maximum: int | None = None,
    unit: str = "",
    notice: str = "",
    label: str = "",
    on: date | None = None,
) -> str:
    """Stop a clock (停计) for a special procedure; returns the key of the pause, which ``resume_clock`` takes.

    ``reason_kind``: a kind of the city pack, whose legal basis and maximum hold where none are given, or another word with ``basis`` and
    ``maximum`` given. ``notice``: how the applicant was told how long (art. 45), which must be said. Pauses may overlap.
    Raises ``Conflict`` for a clock that has ended, ``BadInput`` for what is missing or over the pack's maximum.
    """
    row = _locked(clock)
    day = _day_in(row, on)
    known = policy().pauses.get(reason_kind)
    maximum, unit = maximum or (known.maximum if known else 0), unit or (known.unit if known else "working")
    basis, label = basis or (known.basis if known else ""), label or (known.name_zh if known else reason_kind)
    if maximum <= 0 or not basis:
        raise BadInput(
            _("停计「%(kind)s」须写明法律依据和最长期限。") % {"kind": label}, how=_("请选城市包里的停计种类，或补填依据和期限。")
        )
    if known and (unit != known.unit or maximum > known.maximum):
        text = _("停计「%(kind)s」最长 %(max)s 日，填了 %(n)s 日。") % {"kind": label, "max": known.maximum, "n": maximum}
        raise BadInput(text, how=_("请改为不超过最长期限。"))
    if not notice:
        raise BadInput(_("停计须书面告知申请人所需时间（%(basis)s）。") % {"basis": basis}, how=_("请填告知的方式或文书号。"))
    pause = f"{row.pk}-{row.entries.count() + 1}"
    course = _append(
        actor,
        row,
        ClockEntry.Kind.STOPPED,
        day,
        pause=pause,
        reason_kind=reason_kind,
        label=label,
        basis=basis,
        maximum=maximum,
        unit=unit,
        notice=notice,
    )
    effective = next(one.effective for one in course.pauses if one.key == pause)
    remark(pause=pause, reason=reason_kind, effective=effective, due=_iso(course.due))
    emit(actor, "casework.clock_stopped", row, pause=pause, reason=reason_kind, effective=effective)
    clock.refresh_from_db()
    return pause


@verb("casework.resume_clock", permission=may("clock"), need=NEED, subject="clock")
def resume_clock(actor: Actor, clock: Clock, pause: str, *, on: date | None = None, result: str = "") -> Clock:
    """End a pause (恢复计时) on a day (default today), which is not counted itself. Days really paused are what counts, not those planned.

    Raises ``Conflict`` when there is no such pause, or it has been ended already.
    """
    row = _locked(clock)
    day = _day_in(row, on)
    _resume(actor, row, pause, day, result=result)
    clock.refresh_from_db()
    return clock


def _resume(actor: Actor, row: Clock, pause: str, day: date, *, result: str = "", automatic: bool = False) -> None:
    stopped = row.entries.filter(kind=ClockEntry.Kind.STOPPED, pause=pause).first()
    if stopped is None or row.entries.filter(kind=ClockEntry.Kind.RESUMED, pause=pause).exists():
        raise Conflict(_("停计 %(pause)s 不存在，或已经恢复。") % {"pause": pause}, where=str(row), how=_("请刷新页面，看时钟账。"))
    if day < stopped.on:
        raise BadInput(_("恢复日 %(day)s 早于停计日 %(start)s。") % {"day": day, "start": stopped.on}, how=_("请改正日期。"))
    label = stopped.label
    course = _append(actor, row, ClockEntry.Kind.RESUMED, day, pause=pause, label=label, result=result, automatic=automatic)
    remark(pause=pause, automatic=automatic, due=_iso(course.due))
    emit(actor, "casework.clock_resumed", row, pause=pause, automatic=automatic)


@verb("casework.resume_overrun", permission=may("clock"), need=NEED, subject="clock")
def resume_overrun(actor: Actor, clock: Clock, today: date | None = None) -> list[str]:
    """Write down that pauses whose maximum is over have ended by themselves, dated the last day of the maximum; returns their keys.

    The calculation ends them anyway; this is the evidence, and what tells the others (event ``casework.pause_overran``).
    """
    row = _locked(clock)
    day = today or timezone.localdate()
    over = [pause for pause in ledger.course_of(row).pauses if not pause.closed and pause.end < day and not pause.key.startswith("joint:")]
    for pause in over:
        _resume(actor, row, pause.key, pause.end, automatic=True)
        emit(actor, "casework.pause_overran", row, pause=pause.key, last=pause.end.isoformat())
    clock.refresh_from_db()
    return [pause.key for pause in over]


@verb("casework.extend_clock", permission=may("extend"), need=NEED_EXTEND, subject="clock")
def extend_clock(actor: Actor, clock: Clock, days: int, *, approver: str, reason: str, basis: str = "", on: date | None = None) -> Clock:
    """Extend a clock (延长) once, decided on or before the due day, with who approved it and the reason told to the applicant.

    Raises ``Conflict`` after the due day, for an ended clock or a second extension; ``BadInput`` for what is missing or too long.
    """
    row = _locked(clock)
    day = _day_in(row, on)
    if not approver or not reason or days <= 0:
        raise BadInput(_("延长须写明日数、批准人和告知申请人的理由。"), how=_("请补填。"))
    if row.extension_limit is not None and days > row.extension_limit:
        raise BadInput(_("最多可延长 %(max)s 日，填了 %(n)s 日。") % {"max": row.extension_limit, "n": days}, how=_("请改为不超过上限。"))
    if row.entries.filter(kind=ClockEntry.Kind.EXTENDED).exists():
        raise Conflict(_("时限只能延长一次，本时限已经延长过。"), where=str(row))
    due = ledger.course_of(row).due
    if due is None or day > due:
        text = _("延长须在到期日 %(due)s 当日或之前决定，%(day)s 已晚。") % {"due": due or "—", "day": day}
        raise Conflict(text, where=str(row), how=_("超期的时限不能再延长，请尽快办结。"))
    _append(actor, row, ClockEntry.Kind.EXTENDED, day, days=days, approver=approver, label=reason, basis=basis)
    remark(days=days, approver=approver, reason=reason)
    emit(actor, "casework.clock_extended", row, days=days)
    clock.refresh_from_db()
    return clock


@verb("casework.end_clock", permission=may("clock"), need=NEED, subject="clock")
def end_clock(actor: Actor, clock: Clock, *, on: date | None = None, result: str = "") -> Clock:
    """End a clock (停止计时) on a day (default today); open pauses end with it. Raises ``Conflict`` when it has ended."""
    row = _locked(clock)
    _append(actor, row, ClockEntry.Kind.ENDED, _day_in(row, on), result=result)
    emit(actor, "casework.clock_ended", row, due=_iso(row.due_on), on=_iso(row.ended_on))
    clock.refresh_from_db()
    return clock


@verb("casework.recalculate_clock", permission=may("clock"), need=NEED, subject="clock")
def recalculate_clock(actor: Actor, clock: Clock, calendar: int | None = None) -> bool:
    """Take an open clock over to a calendar release (default the newest); returns whether its due day moved.

    An entry is written only when the release is another one. A clock that has ended keeps the release it ended under.
    """
    row = Clock.objects.select_for_update().get(pk=clock.pk)
    number = calendar or calendars.newest()
    if row.ended_on is not None or row.calendar == number:
        return False
    before = row.due_on
    course = _append(actor, row, ClockEntry.Kind.RECALCULATED, timezone.localdate(), calendar=number)
    if moved := course.due != before:
        emit(actor, "casework.clock_moved", row, before=_iso(before), due=_iso(course.due), calendar=number)
    remark(calendar=number, before=_iso(before), due=_iso(course.due))
    return moved


@verb("casework.warn_of_clock", permission=is_system, need=NEED, subject="clock")
def warn_of_clock(actor: Actor, clock: Clock, rung: str) -> bool:
    """Tell those who have the tasks of a clock that it is ``near`` or ``overdue``, and the rooms above by an event; once for each due day.

    Returns whether it was told now.
    """
    row = Clock.objects.select_for_update().get(pk=clock.pk)
    if row.ended_on is not None or row.due_on is None:
        return False
    _row, new = ClockNotice.objects.get_or_create(clock=row, rung=rung, due_on=row.due_on)
    if not new:
        return False
    subject = subject_of(row)
    words = _("超期") if rung == "overdue" else _("临期")
    title = _("%(light)s：%(title)s（%(day)s 到期）") % {"light": words, "title": row.title or str(row), "day": row.due_on}
    url = url_of(subject) if subject is not None else ""
    notify(actor, _holders(row), title, url, subject=subject, key=f"clock/{row.pk}/{rung}/{row.due_on}")
    emit(actor, f"casework.clock_{rung}", row, due=_iso(row.due_on))
    return True


def _holders(clock: Clock) -> list[User | Post | int]:
    """Who has the open tasks of a clock; without tasks the people of its department."""
    found: list[User | Post | int] = []
    for task in Task.objects.filter(clock=clock, is_open=True):
        found.append(task.person_id if task.person_id else Post(task.role, task.department, task.region))
    if not found and clock.department:
        found += people_in(departments=[clock.department])
    return found


def _append(actor: Actor, clock: Clock, kind: ClockEntry.Kind, day: date, **facts: Any) -> Course:
    last = clock.entries.order_by("-number").values_list("number", flat=True).first() or 0
    before = clock.due_on
    entry = ClockEntry.objects.create(
        clock=clock,
        number=last + 1,
        kind=kind,
        on=day,
        due_before=before,
        by_name=actor.name,
        by_department=actor.department,
        **facts,
    )
    clock._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    course = ledger.write_down(clock)
    ClockEntry.objects.filter(pk=entry.pk).update(due_after=course.due)
    return course


def _locked(clock: Clock) -> Clock:
    """The row, locked. Raises ``Conflict`` when the clock has ended."""
    row = Clock.objects.select_for_update().get(pk=clock.pk)
    if row.ended_on is not None:
        raise Conflict(_("时限已于 %(day)s 停止。") % {"day": row.ended_on}, where=str(row), how=_("已停止的时限不再变动。"))
    return row


def _not_to_come(on: date | None) -> date:
    today = timezone.localdate()
    if on is not None and on > today:
        raise BadInput(_("日期 %(day)s 还没有到。") % {"day": on}, how=_("请填今天或以前的日期。"))
    return on or today


def _day_in(clock: Clock, on: date | None) -> date:
    day = _not_to_come(on)
    if day < clock.started_on:
        raise BadInput(_("日期 %(day)s 早于起算日 %(start)s。") % {"day": day, "start": clock.started_on}, how=_("请改正日期。"))
    return day


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
