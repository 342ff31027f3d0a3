"""Calendar releases in memory: a release never changes, so it is read once."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from lantu.core.reading import kept
from lantu.standards import selectors
from lantu.standards.models import CalendarRelease
from lantu.standards.workdays import WorkCalendar


@kept
def newest() -> int:
    """The number of the newest release. Raises ``Conflict`` when none is loaded."""
    number = CalendarRelease.objects.order_by("-number").values_list("number", flat=True).first()
    if number is None:
        selectors.calendar()  # says what is missing and how to mend it
        raise AssertionError
    return number


def calendars(numbers: Iterable[int]) -> dict[int, WorkCalendar]:
    """The releases with these numbers."""
    return {number: _calendar(number, digest) for number, digest in _digests(frozenset(numbers)).items()}


@kept
def _digests(numbers: frozenset[int]) -> dict[int, str]:
    return dict(CalendarRelease.objects.filter(number__in=numbers).values_list("number", "digest"))


def current() -> WorkCalendar:
    """The newest release."""
    number = newest()
    return calendars([number])[number]


@functools.lru_cache(maxsize=32)
def _calendar(number: int, digest: str) -> WorkCalendar:
    return selectors.calendar(number)
