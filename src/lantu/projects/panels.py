"""What the room shows on other pages: plannings that wait, the number beside the navigation entry, search."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.projects.models import Generation, Project
from lantu.projects.permissions import READERS
from lantu.projects.selectors.contention import overlapping_sites
from lantu.ui.registry import Found

_STATES = {
    "planner": ("initiated", "coordinating", "settled", "conditioned"),
    "decider": ("conditioned", "reviewed"),
    "reviewer": ("returned",),
}
_SHOWN = 6


def waiting_for(actor: Actor) -> QuerySet[Generation]:
    """Plannings whose next step is this actor's."""
    rows = Generation.objects.filter(state__in=_STATES.get(actor.role, ())).select_related("project")
    return rows.filter(lead__code__in=answers_for(actor.department)) if actor.role == "reviewer" else rows


def waiting(request: HttpRequest) -> list[QuerySet[Generation]]:
    return [waiting_for(request.actor)]  # type: ignore[attr-defined]


def home(request: HttpRequest, subject: Any) -> str | None:
    """The plannings that wait, on the workbench."""
    rows = waiting_for(request.actor)  # type: ignore[attr-defined]
    found = list(rows[:_SHOWN])
    return render_to_string("projects/parts/waiting.html", {"rows": found, "total": rows.count()}, request) if found else None


def beside_check(request: HttpRequest, subject: Any) -> str | None:
    """On a conformity check: candidate sites of projects that overlap its ground now. Red lines stand in the check itself."""
    rows = overlapping_sites(subject.geometry)
    return render_to_string("projects/parts/overlaps.html", {"rows": rows}, request) if rows else None


def search(request: HttpRequest, text: str) -> list[Found]:
    """Projects that a text finds by name, code, other issuers' code or unit."""
    if request.actor.role not in READERS:  # type: ignore[attr-defined]
        return []
    rows = Project.objects.filter(
        Q(name__icontains=text) | Q(code__icontains=text) | Q(aliases__code__icontains=text) | Q(units__name__icontains=text)
    ).distinct()[:15]
    return [Found(one.name, one.get_absolute_url(), one.code) for one in rows]
