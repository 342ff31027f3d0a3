"""Working days (工作日) over a calendar release: statutory holidays, make-up working days, years not yet announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """A calendar release. Days outside of ``known_from`` to ``known_to`` follow the week alone and are provisional.

    ``names``: what the days that differ are called.
    """

    known_from: date
    known_to: date
    week_off: frozenset[int]
    off: frozenset[date]
    work: frozenset[date]
    names: Mapping[date, str] = field(default_factory=dict, compare=False)

    def is_working(self, day: date) -> bool:
        """Whether a day is a working day."""
        if day in self.work:
            return True
        return day not in self.off and day.isoweekday() not in self.week_off

    def is_known(self, day: date) -> bool:
        """Whether the day's year has been announced."""
        return self.known_from <= day <= self.known_to

    def add(self, start: date, days: int) -> tuple[date, bool]:
        """The last of ``days`` working days after ``start``, and whether it is provisional.

        The day of acceptance itself is not counted (行政许可法).
        """
        day = start
        for _ in range(days):
            day += timedelta(days=1)
            while not self.is_working(day):
                day += timedelta(days=1)
        return day, not self.is_known(day)

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_working(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))
