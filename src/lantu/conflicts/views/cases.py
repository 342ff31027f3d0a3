"""The list of cases, sweeps of slivers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.conflicts.models import ConflictCase, Sweep
from lantu.conflicts.services import settle_slivers, undo_sweep
from lantu.conflicts.services.slivers import settleable
from lantu.conflicts.tables import GROUPS, case_table, tab_counts
from lantu.conflicts.views import bulk
from lantu.conflicts.wiring import INSIDE
from lantu.core.access import access


@access(*INSIDE)
def cases(request: HttpRequest) -> HttpResponse:
    """The cases, by tab; ticked ones, or all that the filter gives, may be acted on together."""
    if request.method == "POST":
        return bulk.start(request)
    group = request.GET.get("group", "open")
    group = group if group in GROUPS else "open"
    planner = request.actor.role == "planner"  # type: ignore[attr-defined]
    table = case_table(group, bulk=bulk.acts_of(group) if planner else (), here=request.GET.urlencode())
    if request.GET.get("export") or table.asked_alone(request):
        return table.response(request, "conflicts/cases.html")
    counts = tab_counts()
    context: dict[str, Any] = {
        "group": group,
        "groups": [{"key": key, "label": label, "count": counts(key)} for key, (label, _states) in GROUPS.items()],
        "settleable": settleable().count() if planner and group in ("open", "triage") else 0,
        "demo": ConflictCase.objects.order_by("-pk").values_list("demo", flat=True).first(),
    }
    return table.response(request, "conflicts/cases.html", context)


@access(*INSIDE)
def sweeps(request: HttpRequest) -> HttpResponse:
    """Slivers settled without a decision: every sweep with its cases."""
    rows = Sweep.objects.all()[:200]
    return render(request, "conflicts/sweeps.html", {"rows": rows, "settleable": settleable().count()})


@access(*INSIDE)
def sweep(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases of a sweep."""
    row = get_object_or_404(Sweep, pk=pk)
    table = case_table(rows=ConflictCase.objects.filter(sweep=row))
    return table.response(request, "conflicts/sweep.html", {"row": row})


@access("planner")
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Settle what may be settled."""
    row = settle_slivers(request.actor)  # type: ignore[attr-defined]
    messages.success(request, _("%(number)s：自动处理 %(n)s 件，可整批或逐件撤销。") % {"number": row.number, "n": row.count})
    return redirect("conflicts:sweep", row.pk)


@access("planner")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a sweep back."""
    row = undo_sweep(request.actor, get_object_or_404(Sweep, pk=pk), request.POST.get("reason", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已撤销 %(number)s，案件恢复为已检出。") % {"number": row.number})
    return redirect("conflicts:sweeps")
