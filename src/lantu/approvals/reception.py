"""When filing online counts as received (收件规则): any hour is right; what comes outside of office hours counts as the pack says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from lantu.standards.workdays import WorkCalendar


def counts_on(moment: datetime, rule: Mapping[str, Any], calendar: WorkCalendar) -> date:
    """The day on which something that came at ``moment`` (local time) counts as received.

    ``outside: same_day`` (default): its own date; ``next_working_day``: on a working day after hours or on a day off the next working day.
    """
    day = moment.date()
    if rule.get("outside", "same_day") == "same_day":
        return day
    _opens, closes = (time.fromisoformat(str(text)) for text in rule.get("hours") or ("09:00", "17:00"))
    if calendar.is_working(day) and moment.time() <= closes:
        return day
    return calendar.add(day, 1)[0]
