"""The room's figures for the indicators of the city pack: projects and their land, by library."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.projects.models import Project

HECTARE = 10_000


def connect() -> None:
    """``projects.count.<library>`` and ``projects.land_ha.<library>``."""
    for library in Project.Library.values:
        for key, pattern, value in (
            ("count", gettext_lazy("%(library)s里的项目数"), _count),
            ("land_ha", gettext_lazy("%(library)s里项目的用地"), _land),
        ):
            source = IndicatorSource(Named(pattern, library), partial(value, library), partial(_rows, library))
            indicator_sources.register(f"projects.{key}.{library}", source)


class Named:
    """A name that is put together in the reader's language."""

    def __init__(self, pattern: Any, library: str) -> None:
        self.pattern, self.library = pattern, library

    def __str__(self) -> str:
        return str(self.pattern) % {"library": _(Project.Library(self.library).label)}


def _received(library: str, on: date) -> QuerySet[Project]:
    return Project.objects.filter(library=library, state=Project.State.RECEIVED, entered_at__date__lte=on)


def _count(library: str, run: object, on: date) -> float:
    return float(_received(library, on).count())


def _land(library: str, run: object, on: date) -> float:
    """Hectares that the projects state as their land; one that states none counts nothing."""
    total = _received(library, on).aggregate(total=Sum("land_area_m2"))["total"] or 0
    return round(float(total) / HECTARE, 4)


def _rows(library: str, on: date) -> str:
    query = {"library": library, "state": Project.State.RECEIVED.value, "entered_to": on.isoformat()}
    return f"{reverse('projects:library')}?{urlencode(query)}"
