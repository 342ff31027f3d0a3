"""Why a clock is due on its day: the course told line by line, and day by day for the strip of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from lantu.casework.clock.course import ONE_DAY, Course
from lantu.casework.clock.entries import Unit

COUNTED, MAKE_UP, HOLIDAY, REST, PAUSED = "counted", "make-up", "holiday", "rest", "paused"
MAX_CELLS = 400
"""Days that a strip draws; a longer course shows its last ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer. ``kind``: started, counted, make-up, holiday, paused, extended, due, ended; ``total``: days used up so far,
    none where it says nothing of them."""

    first: date
    last: date
    kind: str
    text: str
    total: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the strip. ``kind``: start, counted, paused, rest, left, late; ``today`` and ``due`` mark those days."""

    day: date
    kind: str
    today: bool = False
    due: bool = False
    title: str = ""


def lines(course: Course, today: date) -> list[Line]:
    """The whole story, from the start to the end; of an open clock to the due day, or today when that is later."""
    if course.started is None:
        return []
    found = [Line(course.started, course.started, "started", _("开始计时（当日不计）"))]
    found += _stretches(course, today)
    for day, days, taken, basis in course.extensions:
        text = _("延长 %(n)s 日") if taken else _("延长 %(n)s 日，晚于到期日，不起作用")
        found.append(Line(day, day, "extended", text % {"n": days}, None, basis))
    for pause in course.pauses:
        if not pause.effective:
            text = _("停计（%(label)s）晚于到期日开始，不起作用") % {"label": pause.label or pause.key}
            found.append(Line(pause.start, pause.end, "late-pause", text, None, pause.basis))
    found.sort(key=lambda line: (line.first, _ORDER.get(line.kind, 1)))
    return [*found, *sorted(_last_lines(course, today), key=lambda line: line.first)]


_ORDER = {"started": 0, "extended": 2, "late-pause": 3}


def _last_lines(course: Course, today: date) -> list[Line]:
    found = []
    if course.due is not None:
        state = course.on(today)
        note = _("暂定：%(year)s 年放假安排尚未公布，按周一至周五推算") % {"year": course.due.year} if course.provisional else ""
        found.append(
            Line(course.due, course.due, "due", _("到期日"), course.total, note or _state_words(course, state.remaining, state.overdue))
        )
    if course.ended is not None:
        found.append(Line(course.ended, course.ended, "ended", _("停止计时"), course.on(course.ended).used))
    return found


def _state_words(course: Course, remaining: int | None, overdue: int) -> str:
    if course.ended is not None:
        return ""
    return _("超期 %(n)s 日") % {"n": overdue} if overdue else _("余 %(n)s 日") % {"n": remaining or 0}


def _kind(course: Course, day: date) -> str:
    """What a day is in the story."""
    if course.held(day):
        return PAUSED
    if course.terms.unit == Unit.CALENDAR or course.calendar is None:
        return COUNTED
    if day in course.calendar.work:
        return MAKE_UP
    if day in course.calendar.off:
        return HOLIDAY
    return COUNTED if course.counts(day) else REST


def _stretches(course: Course, today: date) -> list[Line]:
    """Runs of days of one kind; weekends go with what stands around them."""
    until = course.ended or (max(today, course.due) if course.due else today)
    kinds = [(day, _kind(course, day)) for day in course.days(until)]
    merged: list[tuple[date, date, str, str]] = []
    for (kind, label), run in groupby(kinds, key=lambda pair: (pair[1], _label(course, *pair))):
        days = [day for day, _k in run]
        if kind == REST:
            continue
        if merged and merged[-1][2:] == (kind, label):
            merged[-1] = (merged[-1][0], days[-1], kind, label)
        else:
            merged.append((days[0], days[-1], kind, label))
    return [_stretch(course, *one) for one in merged]


def _label(course: Course, day: date, kind: str) -> str:
    """What tells runs of one kind apart: the pause, the holiday."""
    if kind == PAUSED and (pause := course.held(day)):
        return pause.label or pause.key
    if kind in (HOLIDAY, MAKE_UP) and course.calendar is not None:
        return course.calendar.names.get(day, "")
    return ""


def _stretch(course: Course, first: date, last: date, kind: str, label: str) -> Line:
    assert course.started is not None
    days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
    counted = sum(map(course.counts, days))
    total = sum(1 for day in course.days(last) if course.counts(day))
    calendar = _("日历第 %(n)s 版") % {"n": course.calendar_number}
    if kind == PAUSED:
        pause = course.held(first)
        worked = sum(map(course.works, days))
        text = _("%(label)s，停计 %(n)s 日") % {"label": label, "n": worked}
        return Line(first, last, kind, text, total, pause.basis if pause else "")
    if kind == HOLIDAY:
        return Line(first, last, kind, _("%(name)s放假，不计") % {"name": label}, total, calendar)
    if kind == MAKE_UP:
        return Line(first, last, kind, _("调休上班，计 %(n)s 日") % {"n": counted}, total, calendar)
    return Line(first, last, kind, _("计 %(n)s 日") % {"n": counted}, total)


def cells(course: Course, today: date) -> list[Cell]:
    """A cell a day for the strip, from the start to the later of due day and today."""
    if course.started is None:
        return []
    until = max(course.due or today, min(today, course.ended) if course.ended else today)
    found = [Cell(course.started, "start", course.started == today, course.started == course.due)]
    found += [Cell(day, _cell(course, day, today), day == today, day == course.due, _title(course, day)) for day in course.days(until)]
    return found[-MAX_CELLS:]


def _cell(course: Course, day: date, today: date) -> str:
    if course.held(day):
        return PAUSED
    if not course.counts(day) or (course.ended is not None and day > course.ended):
        return REST
    if course.due is not None and day > course.due:
        return "late"
    return COUNTED if day <= today else "left"


def _title(course: Course, day: date) -> str:
    label = _label(course, day, _kind(course, day))
    return f"{day.isoformat()} {label}".strip()
