"""What a clock's ledger holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What an entry of the ledger records."""

    STARTED = "started"
    STOPPED = "stopped"
    RESUMED = "resumed"
    EXTENDED = "extended"
    RECALCULATED = "recalculated"
    ENDED = "ended"


class Unit(StrEnum):
    """What a limit counts: working days (工作日) or natural days (自然日)."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``number``: its place in the order in which entries were written; ``on``: the day it takes effect.

    ``pause`` names the pause that is opened or closed; ``maximum`` in ``unit`` is how long a pause may last; ``days`` is how much an
    extension adds; ``calendar`` the calendar release that holds from this entry on (started, recalculated).
    """

    number: int
    kind: Kind
    on: date
    pause: str = ""
    maximum: int = 0
    unit: Unit = Unit.WORKING
    days: int = 0
    calendar: int = 0
    label: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a clock may run. ``limit`` none: it only counts (elapsed time). Yellow when at most ``near_share`` of the limit or
    ``near_days`` days are left."""

    limit: int | None
    unit: Unit = Unit.WORKING
    near_share: tuple[int, int] = (1, 3)
    near_days: int = 2

    def near(self, total: int) -> int:
        """With how many days left the light turns yellow, of ``total`` days."""
        part, whole = self.near_share
        return max(self.near_days, total * part // whole)
