"""From the ledger to the course: where every rule of counting stands (行政许可法 arts 42–45, domain.md 6.5 and 6.5b).

The day of acceptance is not counted. A pause takes the days after its start up to and including its end. Overlapping pauses take a day
once. A pause ends when it is ended, at the latest with its maximum. What begins after the due day, pause or extension, has no effect.
The order in which entries were written does not matter, save that the calendar release written last holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as changed
from datetime import date

from lantu.casework.clock.course import ONE_DAY, Course, Pause
from lantu.casework.clock.entries import Entry, Kind, Terms, Unit
from lantu.standards.workdays import WorkCalendar

_CHANGES_CALENDAR = (Kind.STARTED, Kind.RECALCULATED)


def replay(terms: Terms, entries: Sequence[Entry], calendars: Mapping[int, WorkCalendar], joint: Sequence[Pause] = ()) -> Course:
    """The course that a ledger comes to.

    ``calendars``: the calendar releases that entries name, by number. ``joint``: pauses that follow from the parts of the clock
    (``parts.joint_pauses``). A clock whose ledger has no ``started`` waits.
    """
    start = next((entry for entry in entries if entry.kind == Kind.STARTED), None)
    if start is None:
        return Course(terms)
    number = max((entry for entry in entries if entry.kind in _CHANGES_CALENDAR), key=lambda entry: entry.number).calendar
    calendar = calendars[number]
    ended = min((entry.on for entry in entries if entry.kind == Kind.ENDED), default=None)
    extensions = sorted((entry for entry in entries if entry.kind == Kind.EXTENDED), key=lambda entry: (entry.on, entry.number))
    pauses = sorted([*_pauses(entries, calendar, ended), *joint], key=lambda pause: (pause.start, pause.end, pause.key))
    course = Course(terms, calendar, number, start.on, ended, terms.limit)
    if terms.limit is None:
        return changed(course, pauses=tuple(pauses), extensions=tuple((entry.on, entry.days, False, entry.basis) for entry in extensions))
    return _with_due(course, pauses, extensions)


def _pauses(entries: Sequence[Entry], calendar: WorkCalendar, ended: date | None) -> list[Pause]:
    ends = {entry.pause: entry.on for entry in reversed(entries) if entry.kind == Kind.RESUMED}
    return [_pause(entry, ends.get(entry.pause), calendar, ended) for entry in entries if entry.kind == Kind.STOPPED]


def _pause(entry: Entry, resumed: date | None, calendar: WorkCalendar, ended: date | None) -> Pause:
    last = last_day(entry.on, entry.maximum, entry.unit, calendar)
    closed = [day for day in (resumed, ended) if day is not None]
    end = min([last, *closed])
    cut = end == last and last not in closed
    return Pause(entry.pause, entry.on, max(end, entry.on), bool(closed), True, cut, entry.label, entry.basis)


def last_day(start: date, maximum: int, unit: Unit, calendar: WorkCalendar) -> date:
    """The last day of ``maximum`` days after ``start``. In natural days it is that day even if it is a holiday."""
    return calendar.add(start, maximum)[0] if unit == Unit.WORKING else start + maximum * ONE_DAY


def _with_due(course: Course, pauses: Sequence[Pause], extensions: Sequence[Entry]) -> Course:
    """Take pauses and extensions in the order of their days; each must begin, or be decided, on or before what is then the due day."""
    course = _reach(course)
    waiting_pauses, waiting_extensions = list(pauses), list(extensions)
    while waiting_pauses or waiting_extensions:
        first_pause = waiting_pauses[0].start if waiting_pauses else date.max
        first_extension = waiting_extensions[0].on if waiting_extensions else date.max
        due = course.due or date.max
        if first_extension <= first_pause:
            entry = waiting_extensions.pop(0)
            taken = entry.on <= due
            total = (course.total or 0) + (entry.days if taken else 0)
            course = changed(course, total=total, extensions=(*course.extensions, (entry.on, entry.days, taken, entry.basis)))
        else:
            pause = waiting_pauses.pop(0)
            course = changed(course, pauses=(*course.pauses, changed(pause, effective=pause.start <= due)))
        course = _reach(course)
    return course


def _reach(course: Course) -> Course:
    """Due day, the day from which the light is yellow, and whether the due day is provisional."""
    assert course.started is not None and course.total is not None and course.calendar is not None
    near_after = course.total - course.terms.near(course.total)
    day, used, near_from = course.started, 0, course.started
    while used < course.total:
        day += ONE_DAY
        if course.counts(day):
            used += 1
            if used == near_after:
                near_from = day
    for pause in course.pauses:  # one that begins on the very due day: what is left to do may be done until it ends
        if pause.effective and pause.start <= day < pause.end:
            day = pause.end
    in_working_days = course.terms.unit == Unit.WORKING or any(pause.effective for pause in course.pauses)
    return changed(course, due=day, near_from=near_from, provisional=in_working_days and day > course.calendar.known_to)
