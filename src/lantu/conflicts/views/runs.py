"""Taking a run in by hand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from lantu.blueprints.models import FusionRun
from lantu.conflicts.services import take_in
from lantu.core.access import access
from lantu.ui.jobs import to_job


@access("planner")
@require_POST
def take_in_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Lay the findings of a run against the cases."""
    job = take_in(request.actor, get_object_or_404(FusionRun, pk=pk))  # type: ignore[attr-defined]
    return to_job(job.pk, reverse("conflicts:cases"))
