"""Assessments that a planning needs, and those of an area that it may use instead of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from lantu.projects.models import Generation, RegionalAssessment
from lantu.standards import selectors


@dataclass(frozen=True, slots=True)
class Needed:
    """An assessment that the check calls for (its words), and the one of the area that covers the whole site and is valid."""

    text: str
    reused: RegionalAssessment | None


def needed(generation: Generation) -> list[Needed]:
    """The assessments that a planning needs by its check, in the check's order."""
    wanted = [need for need in generation.needs if need["kind"] == "assess"]
    return [Needed(str(need["text_zh"]), usable(kind_of(str(need["text_zh"])), generation.site.geometry)) for need in wanted]


def kind_of(text: str) -> str:
    """The kind of regional assessment that serves a need, by the words of the dictionary; blank when there is none."""
    found = selectors.catalogue().dictionaries.get("regional_assessment", {})
    return next((code for code, item in found.items() if any(word in text for word in item.traits.get("words", ()))), "")


def usable(kind: str, site: BaseGeometry, on: date | None = None) -> RegionalAssessment | None:
    """The newest assessment of a kind that covers a site wholly and is valid on a day."""
    day = on or timezone.localdate()
    rows: Any = RegionalAssessment.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), kind=kind, ended_reason="", approved_on__lte=day)
    found = [row for row in rows.in_window(*site.bounds) if row.geometry.covers(site)] if kind else []
    return max(found, key=lambda row: (row.approved_on, row.pk), default=None)
