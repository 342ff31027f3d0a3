"""The working calendar, versions of the city pack and what differs between two."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core.access import access
from lantu.standards import selectors, tables
from lantu.standards.models import CalendarDay, CalendarRelease, PackVersion
from lantu.standards.pack.compare import differences
from lantu.standards.workdays import WorkCalendar

CHANGES = {"added": gettext_lazy("新增"), "removed": gettext_lazy("删去"), "changed": gettext_lazy("改动")}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the calendar. ``kind``: work, off, or turned when the day differs from its week day."""

    day: date
    working: bool
    turned: bool
    name: str


@access("@")
def calendar(request: HttpRequest) -> HttpResponse:
    """A year of the calendar in force, month by month."""
    release = CalendarRelease.objects.order_by("-number").first()
    if release is None:
        return render(request, "standards/calendar.html", {"release": None})
    days = selectors.calendar()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and 1900 < int(asked) < 2200 else timezone.localdate().year
    names = dict(CalendarDay.objects.filter(release=release, day__year=year).values_list("day", "name"))
    shown = [(month, _weeks(year, month, days, names)) for month in range(1, 13)]
    context: dict[str, Any] = {
        "release": release,
        "year": year,
        "years": range(days.known_from.year, days.known_to.year + 1),
        "months": shown,
        "known": days.is_known(date(year, 12, 31)),
        "working": sum(cell.working for _month, weeks in shown for week in weeks for cell in week if cell),
    }
    return render(request, "standards/calendar.html", context)


def _weeks(year: int, month: int, days: WorkCalendar, names: dict[date, str]) -> list[list[Cell | None]]:
    def cell(day: date) -> Cell | None:
        if day.month != month:
            return None
        working = days.is_working(day)
        return Cell(day, working, working == (day.isoweekday() in days.week_off), names.get(day, ""))

    return [[cell(day) for day in week] for week in months.Calendar().monthdatescalendar(year, month)]


@access("@")
def versions(request: HttpRequest) -> HttpResponse:
    """The versions that were loaded."""
    meta = _("装入过的版本不改；改了内容就换版本号。")
    return tables.versions().response(request, "ui/list.html", {"heading": _("城市包版本"), "meta": meta})


@access("@")
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version: its settings, and what differs from another."""
    found = get_object_or_404(PackVersion, pk=pk)
    others = PackVersion.objects.exclude(pk=pk)
    asked = request.GET.get("with", "")
    other = others.filter(pk=asked).first() if asked.isdigit() else others.filter(city=found.city, loaded_at__lt=found.loaded_at).first()
    changes = differences(_texts(other), _texts(found)) if other else []
    context = {
        "version": found,
        "crs": found.settings["crs"],
        "others": others,
        "other": other,
        "changes": [(file, key, CHANGES[what]) for file, key, what in changes],
    }
    return render(request, "standards/version.html", context)


def _texts(version: PackVersion) -> dict[str, str]:
    parts = version.parts.filter(name__startswith="file:")
    return {part.name.removeprefix("file:"): part.content["text"] for part in parts}
