"""Clocks made of others: a stage stands still only while all its running branches do; a project counts each day once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from lantu.casework.clock.course import ONE_DAY, Course, Pause


def joint_pauses(parts: Sequence[Course]) -> list[Pause]:
    """The pauses of a stage clock: the days on which at least one branch runs and every running branch is paused."""
    begun = [part for part in parts if part.started is not None]
    paused_until = max((pause.end for part in begun for pause in part.pauses if pause.effective), default=None)
    if paused_until is None:
        return []
    days = set()
    day = min(part.started for part in begun if part.started is not None)
    while day < paused_until:
        day += ONE_DAY
        running = [part for part in begun if _runs(part, day)]
        if running and all(part.held(day) for part in running):
            days.add(day)
    return [_joint(begun, first, last) for first, last in _stretches(days)]


def _runs(part: Course, day: date) -> bool:
    return part.started is not None and part.started < day and (part.ended is None or day <= part.ended)


def _stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Runs of days that follow each other, as (first, last)."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and found[-1][1] + ONE_DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _joint(parts: Sequence[Course], first: date, last: date) -> Pause:
    """Closed when an entry of some branch, and not a maximum, ended it."""
    ending = [pause for part in parts for pause in part.pauses if pause.effective and pause.holds(last) and pause.end == last]
    labels = dict.fromkeys(pause.label for part in parts for pause in part.pauses if pause.effective and pause.holds(last) and pause.label)
    closed = any(pause.closed and not pause.cut for pause in ending)
    return Pause(f"joint:{first.isoformat()}", first - ONE_DAY, last, closed, True, not closed, "、".join(labels), "")


def union_days(parts: Sequence[Course], until: date) -> int:
    """On how many days up to ``until`` at least one of the clocks counted: parallel items are not counted twice."""
    days: set[date] = set()
    for part in parts:
        last = min(until, part.ended) if part.ended else until
        days.update(day for day in part.days(last) if part.counts(day))
    return len(days)
