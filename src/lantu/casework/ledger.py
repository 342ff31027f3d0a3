"""Between the ledger in the database and the pure calculation: read entries, write what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import prefetch_related_objects

from lantu.casework import calendars
from lantu.casework.clock import Course, Entry, Kind, Terms, joint_pauses, replay
from lantu.casework.clock import Unit as ClockUnit
from lantu.casework.models import Clock, ClockEntry, Consultation, Request, Task


def terms_of(clock: Clock) -> Terms:
    """The terms of a clock as the calculation takes them."""
    part, whole = (int(value) for value in clock.near_share.split("/"))
    return Terms(clock.limit, ClockUnit(clock.unit), (part, whole), clock.near_days)


def entry_of(row: ClockEntry) -> Entry:
    """An entry as the calculation takes it."""
    return Entry(
        row.number,
        Kind(row.kind),
        row.on,
        row.pause,
        row.maximum or 0,
        ClockUnit(row.unit),
        row.days or 0,
        row.calendar or 0,
        row.label or row.reason_kind,
        row.basis,
    )


def course_of(clock: Clock) -> Course:
    """What a clock's ledger comes to, with its parts when it is made of others (only a stage stands still with them)."""
    entries = [entry_of(row) for row in clock.entries.all()]
    known = calendars.calendars(entry.calendar for entry in entries if entry.calendar)
    joint = joint_pauses([course_of(part) for part in clock.parts.all()]) if clock.kind == Clock.Kind.STAGE else ()
    return replay(terms_of(clock), entries, known, joint)


def with_entries(clocks: Iterable[Clock]) -> list[Clock]:
    """The clocks in the order of their keys with all their entries, fetched by one statement, and one more for the parts of wholes."""
    rows = sorted(clocks, key=lambda clock: clock.pk)
    every, level = [*rows], rows
    while wholes := [clock for clock in level if clock.kind in (Clock.Kind.STAGE, Clock.Kind.PROJECT)]:
        prefetch_related_objects(wholes, "parts")
        level = [part for clock in wholes for part in clock.parts.all()]
        every += level
    prefetch_related_objects(every, "entries")
    return rows


def write_down(clock: Clock) -> Course:
    """Write what the ledger comes to into the clock, the tasks and the consultation that follow it, and the clocks it is part of."""
    course = course_of(clock)
    assert course.started is not None
    paused_until = course.paused_until() if course.ended is None else None
    changes = {
        "state": Clock.State.ENDED if course.ended else Clock.State.PAUSED if paused_until else Clock.State.RUNNING,
        "calendar": course.calendar_number,
        "total": course.total,
        "started_on": course.started,
        "ended_on": course.ended,
        "due_on": course.due,
        "near_from": course.near_from,
        "paused_until": paused_until,
        "provisional": course.provisional,
    }
    for name, value in changes.items():
        setattr(clock, name, value)
    clock.save(update_fields=list(changes))
    Task.objects.filter(clock=clock, is_open=True).update(
        due_on=course.due, sort_on=course.due or date.max, near_from=course.near_from, paused_until=paused_until
    )
    if course.due is not None and course.ended is None:
        Consultation.objects.filter(clock=clock).update(due_on=course.due)
        Request.objects.filter(consultation__clock=clock, state=Request.State.ASKED).update(due_on=course.due)
    for whole in clock.wholes.select_for_update():
        write_down(whole)
    return course
