"""Bulk acts: started from the list of cases, a batch or a submission; how they ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from lantu.casework.models import Meeting
from lantu.conflicts.models import Batch, BulkAct, ConflictCase
from lantu.conflicts.services import start_bulk
from lantu.conflicts.services.bulk import KINDS
from lantu.core.access import access
from lantu.ui import tables
from lantu.ui.jobs import to_job

OFFERED = {
    "open": ("triage", "list"), "triage": ("triage",), "listing": ("list",), "consulting": ("ask", "propose"),
    "proposing": ("meeting", "propose"), "applying": ("apply",),
}  # fmt: skip
"""Which bulk acts each tab of the list offers."""


def acts_of(group: str) -> list[tables.BulkAct]:
    """The bulk acts of a tab, with what they put the cases on to choose from."""
    return [tables.BulkAct(key, KINDS[key].title, options=CHOICES.get(KINDS[key].needs)) for key in OFFERED.get(group, ())]


def _batches() -> list[tuple[str, str]]:
    return [(str(row.pk), f"{row.number} {row.title}") for row in Batch.objects.filter(state=Batch.State.OPEN)]


def _meetings() -> list[tuple[str, str]]:
    return [(str(row.pk), f"{row.number} {row.title}") for row in called_meetings()]


CHOICES: dict[str, tables.Options] = {"batch": _batches, "meeting": _meetings}


def called_meetings() -> Any:
    """The meetings that are still to come, the next first."""
    return Meeting.objects.filter(state=Meeting.State.CALLED).order_by("at")


def start(request: HttpRequest) -> HttpResponse:
    """Start the act that was sent, on the ticked cases or on all that the list shows."""
    act = request.POST.get("act", "")
    value = request.POST.get(f"{act}_value", "")
    params = {KINDS[act].needs: int(value)} if act in KINDS and KINDS[act].needs and value.isdigit() else {}
    cases = [int(key) for key in request.POST.getlist("row") if key.isdigit()]
    if request.POST.get("all") == "1":
        return carry_out(request, act, query=request.GET.urlencode() or "group=open", **params)
    return carry_out(request, act, cases=cases, **params)


def carry_out(request: HttpRequest, act: str, **given: Any) -> HttpResponse:
    """Start a bulk act (``given`` as ``start_bulk`` takes it) and go to its result, by way of the job when it has one."""
    row = start_bulk(request.actor, act, **given)  # type: ignore[attr-defined]
    return to_job(row.job_id, row.get_absolute_url()) if row.job_id else redirect(row)


@access("planner", "checker", "supervisor")
def bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """How a bulk act ended: done n, refused m with the rows."""
    row = get_object_or_404(BulkAct, pk=pk)
    numbers = {case.number: case for case in ConflictCase.objects.filter(number__in=[number for number, _why in row.rows])}
    refused = [{"case": numbers.get(number), "number": number, "why": why} for number, why in row.rows]
    return render(request, "conflicts/bulk.html", {"row": row, "refused": refused})
