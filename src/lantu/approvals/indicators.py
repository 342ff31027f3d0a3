"""The room's figures for the indicators of the city pack: stages concluded in the last year, how fast and whether in time."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantu.approvals.models import StageApplication
from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.casework.models import Clock
from lantu.casework.selectors import clocks

YEAR = timedelta(days=365)
LATEST = 500
"""The working days used are read from the ledgers of so many stages, the last concluded."""
GRANTED = (StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)


def connect() -> None:
    """``approvals.concluded`` (stages), ``approvals.in_time`` (per cent), ``approvals.working_days`` (mean)."""
    for key, name, value in (
        ("concluded", gettext_lazy("一年内通过的阶段"), _concluded),
        ("in_time", gettext_lazy("一年内按期办结的阶段占比"), _in_time),
        ("working_days", gettext_lazy("一年内通过的阶段平均用时（工作日）"), _working_days),
    ):
        indicator_sources.register(f"approvals.{key}", IndicatorSource(name, value, _rows))


def _of_the_year(on: date) -> QuerySet[StageApplication]:
    return StageApplication.objects.filter(state__in=GRANTED, concluded_at__date__gt=on - YEAR, concluded_at__date__lte=on)


def _concluded(run: object, on: date) -> float:
    return float(_of_the_year(on).count())


def _in_time(run: object, on: date) -> float | None:
    rows = _of_the_year(on).exclude(clock=None).exclude(clock__due_on=None).exclude(clock__ended_on=None)
    whole = rows.count()
    return round(100 * rows.filter(clock__ended_on__lte=F("clock__due_on")).count() / whole, 2) if whole else None


def _working_days(run: object, on: date) -> float | None:
    """The mean of the days that the stages' clocks counted: stops are left out, as the ledger has them."""
    keys = _of_the_year(on).exclude(clock=None).order_by("-concluded_at").values_list("clock", flat=True)[:LATEST]
    used = [reading.state.used for reading in clocks.many(Clock.objects.filter(pk__in=list(keys)), on)]
    return round(sum(used) / len(used), 2) if used else None


def _rows(on: date) -> str:
    return f"{reverse('approvals:cases')}?{urlencode({'state': StageApplication.State.APPROVED.value})}"
