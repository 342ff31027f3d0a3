"""Reads of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantu.casework import calendars, ledger
from lantu.casework.clock import Cell, Course, Light, Line, Phase, State, cells, lines, union_days
from lantu.casework.models import Clock, ClockEntry
from lantu.casework.models.clock import Unit
from lantu.casework.subjects import key_of
from lantu.standards.workdays import WorkCalendar

RANKS = {Light.RED: 0, Light.YELLOW: 1, Light.PAUSED: 2, Light.GREEN: 3, Light.NONE: 4}
"""Lists sort: overdue, near, stopped, normal, not started."""

COLUMNS = (
    *("kind", "title", "department", "limit", "unit", "near_share", "near_days", "state", "calendar", "total"),
    *("started_on", "ended_on", "due_on", "near_from", "paused_until", "provisional"),
)
"""What pages read of a clock."""


def columns(field: str) -> tuple[str, ...]:
    """The same of a clock behind a field, for ``only``."""
    return tuple(f"{field}__{name}" for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock on a day: its course, how it stands, and the light in words."""

    clock: Clock
    course: Course
    state: State
    today: date

    @property
    def words(self) -> str:
        return light_words(self.state)

    @property
    def why(self) -> list[Line]:
        return lines(self.course, self.today)

    @property
    def strip(self) -> list[Cell]:
        return cells(self.course, self.today)

    @property
    def union_used(self) -> int:
        """For a project: the days on which at least one of its parts counted."""
        return union_days([ledger.course_of(part) for part in self.clock.parts.all()], self.today)


def open_pauses(clock: Clock) -> list[ClockEntry]:
    """The entries of the pauses of its own that nobody has ended, the first first."""
    over = set(clock.entries.filter(kind=ClockEntry.Kind.RESUMED).values_list("pause", flat=True))
    return [entry for entry in clock.entries.filter(kind=ClockEntry.Kind.STOPPED) if entry.pause not in over]


def light_words(state: State) -> str:
    """The light in words: 余 9 日, 超期 2 日, 停计, 未启动."""
    if state.phase == Phase.WAITING:
        return _("未启动")
    if state.overdue and state.phase != Phase.PAUSED:
        done = _("超期 %(n)s 日办结") if state.phase == Phase.ENDED else _("超期 %(n)s 日")
        return done % {"n": state.overdue}
    if state.phase == Phase.ENDED:
        return _("按期办结")
    if state.phase == Phase.PAUSED:
        return _("停计")
    if state.remaining is None:
        return _("已 %(n)s 日") % {"n": state.span}
    return ngettext("余 %(n)s 日", "余 %(n)s 日", state.remaining) % {"n": state.remaining}


def state(clock: Clock, today: date | None = None) -> Reading:
    """How a clock stands today, or on another day."""
    day = today or timezone.localdate()
    course = ledger.course_of(clock)
    return Reading(clock, course, course.on(day), day)


def moving(clock: Clock, today: date) -> bool:
    """Whether a clock with a limit counts on today, so that its columns alone say how far it is."""
    stopped = clock.paused_until is not None and clock.paused_until >= today
    return clock.ended_on is None and not stopped and clock.due_on is not None and clock.total is not None


def used_days(clock: Clock, today: date | None = None) -> int:
    """The days used today. Of a moving clock by its columns: what is used and what is left make up the limit; of others by the ledger."""
    day = today or timezone.localdate()
    if not moving(clock, day) or clock.due_on is None or clock.total is None:
        return state(clock, day).state.used
    calendar = None if clock.unit == Unit.CALENDAR else calendars.calendars([clock.calendar])[clock.calendar]
    return used_of(clock.total, clock.due_on, calendar, day)


def used_of(total: int, due: date, calendar: WorkCalendar | None, today: date) -> int:
    """The days used of a limit while nothing stops it; without a calendar in natural days. Over the limit it goes on counting."""
    return total - (calendar.between(today, due) if calendar is not None else (due - today).days)


def clocks_of(subject: models.Model) -> list[Reading]:
    """The clocks of a subject as they stand today, in the order in which they started."""
    rows = ledger.with_entries(Clock.objects.filter(**key_of(subject)))
    return [state(clock) for clock in rows]


def light_of(due: date | None, near: date | None, paused_until: date | None, today: date) -> Light:
    """The light that the columns of an open clock or task give on a day."""
    if paused_until is not None and paused_until >= today:
        return Light.PAUSED
    if due is None:
        return Light.NONE
    if due < today:
        return Light.RED
    return Light.YELLOW if near is not None and near <= today else Light.GREEN


def light_condition(light: str, today: date) -> Q:
    """The rows (clocks or tasks) that show a light on a day; the same rule as ``light_of``."""
    paused = Q(paused_until__gte=today)
    moving = Q(paused_until=None) | Q(paused_until__lt=today)
    return {
        Light.PAUSED: paused,
        Light.NONE: moving & Q(due_on=None),
        Light.RED: moving & Q(due_on__lt=today),
        Light.YELLOW: moving & Q(due_on__gte=today, near_from__lte=today),
        Light.GREEN: moving & Q(due_on__gte=today) & (Q(near_from=None) | Q(near_from__gt=today)),
    }[Light(light)]


def light_rank(today: date) -> Case:
    """Expression that sorts rows by their light."""
    cases = [When(light_condition(light, today), then=Value(rank)) for light, rank in RANKS.items()]
    return Case(*cases, default=Value(9), output_field=models.SmallIntegerField())


def lights_for(subjects: Sequence[models.Model], today: date | None = None) -> dict[str, Light]:
    """The worst light of the open clocks of each subject, by key as text, in one query. Subjects of one model; without a clock: none."""
    if not subjects:
        return {}
    day = today or timezone.localdate()
    keys = [str(subject.pk) for subject in subjects]
    rows = Clock.objects.filter(subject_type=subjects[0]._meta.label_lower, subject_id__in=keys, ended_on=None)
    found: dict[str, Light] = dict.fromkeys(keys, Light.NONE)
    for key, due, near, paused in rows.values_list("subject_id", "due_on", "near_from", "paused_until"):
        light = light_of(due, near, paused, day)
        if RANKS[light] < RANKS[found[key]]:
            found[key] = light
    return found


def open_clocks() -> QuerySet[Clock]:
    """The clocks that have not ended."""
    return Clock.objects.filter(ended_on=None)


def order_key(name: str) -> Any:
    """Ascending, with what has no value last."""
    return F(name).asc(nulls_last=True)


def many(clocks: Iterable[Clock], today: date | None = None) -> list[Reading]:
    """Several clocks, read with few queries."""
    return [state(clock, today) for clock in ledger.with_entries(clocks)]
