"""The room's figures for the indicators of the city pack: open conflict cases and their ground."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.conflicts.models import ConflictCase

HECTARE = 10_000


def connect() -> None:
    """``conflicts.open`` (cases) and ``conflicts.open_ha`` (hectares), slivers left out; ``conflicts.open_severe``: of severity 1."""
    indicator_sources.register("conflicts.open", IndicatorSource(gettext_lazy("未结的冲突案件"), _count, lambda on: _rows()))
    indicator_sources.register("conflicts.open_ha", IndicatorSource(gettext_lazy("未结冲突图斑的面积"), _area, lambda on: _rows()))
    indicator_sources.register(
        "conflicts.open_severe", IndicatorSource(gettext_lazy("未结的严重冲突案件"), _severe, lambda on: _rows(severity="1"))
    )


def _open(on: date) -> QuerySet[ConflictCase]:
    """Open today and opened by that day: when a case was closed its events say, which a count of ten thousands cannot read."""
    return ConflictCase.objects.filter(Q(open=True), opened_at__date__lte=on, sliver=False)


def _count(run: object, on: date) -> float:
    return float(_open(on).count())


def _severe(run: object, on: date) -> float:
    return float(_open(on).filter(severity=1).count())


def _area(run: object, on: date) -> float:
    """Hectares; ground under two patches counts twice, as in the list."""
    return round(float(_open(on).aggregate(total=Sum("area_m2"))["total"] or 0) / HECTARE, 4)


def _rows(**more: str) -> str:
    return f"{reverse('conflicts:cases')}?{urlencode({'group': 'open', 'size': 'main', **more})}"
