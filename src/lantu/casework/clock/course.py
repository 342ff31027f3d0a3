"""The course of a clock: what its ledger comes to, and how it stands on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lantu.casework.clock.entries import Terms, Unit
from lantu.standards.workdays import WorkCalendar

ONE_DAY = timedelta(days=1)


class Phase(StrEnum):
    """Where a clock is."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Light(StrEnum):
    """The light of a clock; the values are those of the shell's marks."""

    GREEN = "g"
    YELLOW = "y"
    RED = "r"
    PAUSED = "p"
    NONE = "n"


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause: the days after ``start`` up to and including ``end`` are not counted (the day it starts still counts).

    ``closed``: ended by an entry; else ``end`` is the last day its maximum allows. ``effective``: it began in time; one that begins after
    the due day does not heal the delay. ``cut``: the maximum ended it before somebody did.
    """

    key: str
    start: date
    end: date
    closed: bool = True
    effective: bool = True
    cut: bool = False
    label: str = ""
    basis: str = ""

    def holds(self, day: date) -> bool:
        """Whether a day is not counted because of it."""
        return self.start < day <= self.end

    def stands(self, day: date) -> bool:
        """Whether it is going on at the end of a day, as far as was written down."""
        return self.start <= day < self.end or (day == self.end and not self.closed)


@dataclass(frozen=True, slots=True)
class State:
    """How a clock stands on a day. Days are in the unit of the limit.

    ``used`` includes the day itself; ``remaining`` are the days after it up to and including the due day; ``overdue`` the days after the
    due day; ``stopped`` the days that pauses took; ``span`` natural days since the start, the applicant's time included.
    """

    phase: Phase
    light: Light
    used: int = 0
    remaining: int | None = None
    overdue: int = 0
    stopped: int = 0
    span: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """What a ledger comes to. ``due`` and ``near_from`` are none without a limit; ``provisional``: the due day rests on days whose
    year has not been announced; ``pauses`` in order of their start; ``total`` the limit with its extensions."""

    terms: Terms
    calendar: WorkCalendar | None = None
    calendar_number: int = 0
    started: date | None = None
    ended: date | None = None
    total: int | None = None
    due: date | None = None
    near_from: date | None = None
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[tuple[date, int, bool, str], ...] = ()

    def works(self, day: date) -> bool:
        """Whether a day is one that the unit counts, pauses aside."""
        return self.terms.unit == Unit.CALENDAR or self.calendar is None or self.calendar.is_working(day)

    def held(self, day: date) -> Pause | None:
        """The effective pause that takes a day, if any."""
        return next((pause for pause in self.pauses if pause.effective and pause.holds(day)), None)

    def counts(self, day: date) -> bool:
        """Whether a day counts against the limit."""
        return self.started is not None and day > self.started and self.works(day) and self.held(day) is None

    def days(self, until: date) -> Iterator[date]:
        """The days after the start up to and including ``until``."""
        day = self.started
        while day is not None and day < until:
            day += ONE_DAY
            yield day

    def paused_until(self) -> date | None:
        """The last day of the pauses that nobody has ended yet."""
        return max((pause.end for pause in self.pauses if pause.effective and not pause.closed), default=None)

    def on(self, today: date) -> State:
        """How the clock stands on a day."""
        if self.started is None:
            return State(Phase.WAITING, Light.NONE)
        last = min(today, self.ended) if self.ended else today
        days = list(self.days(last))
        used = sum(map(self.counts, days))
        stopped = sum(1 for day in days if self.works(day) and self.held(day) is not None)
        span = max((last - self.started).days, 0)
        overdue = sum(1 for day in days if self.due is not None and day > self.due and self.counts(day))
        remaining = None if self.due is None else sum(1 for day in self.days(self.due) if day > last and self.counts(day))
        return State(*self._light(today, overdue), used, remaining, overdue, stopped, span)

    def _light(self, today: date, overdue: int) -> tuple[Phase, Light]:
        if self.ended is not None and self.ended <= today:
            return Phase.ENDED, Light.RED if overdue else Light.GREEN
        if any(pause.effective and pause.stands(today) for pause in self.pauses):
            return Phase.PAUSED, Light.PAUSED
        if self.due is None or self.near_from is None:
            return Phase.RUNNING, Light.GREEN
        if today > self.due:
            return Phase.RUNNING, Light.RED
        return Phase.RUNNING, Light.YELLOW if today >= self.near_from else Light.GREEN
