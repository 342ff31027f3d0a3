"""Whether what the blueprint rests on is up to date: every layer has an update cycle (更新周期) in the catalogue."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max
from django.utils import timezone

from lantu.blueprints.selectors.names import name_of
from lantu.plans.models import LivingFeature, PlanRelease
from lantu.standards import selectors as standards

CYCLE = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


@dataclass(frozen=True, slots=True)
class Freshness:
    """A layer's dataset, when it was last brought up to date, and by when it must be again. ``late_days`` > 0: it is stale (过期)."""

    layer: str
    title: str
    owner: str
    dataset: str
    release: int | None
    since: date
    cycle: str
    due: date
    late_days: int


def after_cycle(day: date, cycle: str) -> date | None:
    """The day one cycle (ISO 8601 duration in years, months, weeks, days) after ``day``; None for what is no such duration."""
    found = CYCLE.fullmatch(cycle)
    if found is None or not any(found.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    month = day.month - 1 + months
    year, month = day.year + years + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1])) + timedelta(weeks=weeks, days=days)


def freshness(today: date | None = None) -> list[Freshness]:
    """Every plan in force and every living layer that has features, the most overdue first."""
    now = today or timezone.localdate()
    catalogue = standards.catalogue()
    rows: list[tuple[str, str, int | None, date | None]] = []
    for release in PlanRelease.objects.filter(state=PlanRelease.State.RELEASED).select_related("dataset"):
        since = max((day for day in (release.document_date, release.valid_from) if day is not None), default=None)
        if since is None and release.released_at is not None:
            since = timezone.localdate(release.released_at)
        rows.append((release.layer_code, release.dataset.name, release.pk, since))
    for code, since in LivingFeature.objects.values_list("layer_code").annotate(since=Max("valid_from")):
        rows.append((code, "", None, since))
    found = []
    for code, dataset, pk, since in rows:
        layer = catalogue.layers.get(code)
        due = after_cycle(since, layer.update_cycle) if layer is not None and since is not None else None
        if layer is None or since is None or due is None:
            continue
        found.append(Freshness(code, name_of(layer), layer.owner, dataset, pk, since, layer.update_cycle, due, max(0, (now - due).days)))
    return sorted(found, key=lambda row: (-row.late_days, row.due, row.layer))


def stale(today: date | None = None) -> list[Freshness]:
    """Only what is past its date."""
    return [row for row in freshness(today) if row.late_days]
