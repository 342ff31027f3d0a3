"""The list of cases, bulk acts and their results, sweeps of slivers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.casework.models import Meeting
from lantu.conflicts.models import Batch, BulkAct, ConflictCase, Sweep
from lantu.conflicts.services import settle_slivers, start_bulk, undo_sweep
from lantu.conflicts.services.bulk import KINDS
from lantu.conflicts.services.slivers import settleable
from lantu.conflicts.tables import GROUPS, case_table, tab_counts
from lantu.conflicts.wiring import INSIDE
from lantu.core.access import access
from lantu.core.errors import BadInput

OFFERED = {
    "open": ("triage", "list"), "triage": ("triage",), "listing": ("list",), "consulting": ("ask", "propose"),
    "proposing": ("meeting", "propose"), "applying": ("apply",),
}  # fmt: skip
"""Which bulk acts each tab of the list offers."""


@access(*INSIDE)
def cases(request: HttpRequest) -> HttpResponse:
    """The cases, by tab; ticked ones, or all that the filter gives, may be acted on together."""
    group = request.GET.get("group", "open")
    group = group if group in GROUPS else "open"
    planner = request.actor.role == "planner"  # type: ignore[attr-defined]
    acts = OFFERED.get(group, ()) if planner else ()
    table = case_table(group, choose=bool(acts), here=request.GET.urlencode())
    if request.GET.get("export") or request.headers.get("HX-Target") == f"table-{table.key}":
        return table.response(request, "conflicts/cases.html")
    counts = tab_counts()
    context: dict[str, Any] = {
        "group": group,
        "groups": [{"key": key, "label": label, "count": counts(key)} for key, (label, _states) in GROUPS.items()],
        "acts": [{"key": key, "title": KINDS[key].title} for key in acts],
        "batches": Batch.objects.filter(state=Batch.State.OPEN) if "list" in acts else (),
        "meetings": Meeting.objects.filter(state=Meeting.State.CALLED).order_by("at") if "meeting" in acts else (),
        "settleable": settleable().count() if planner and group in ("open", "triage") else 0,
        "demo": ConflictCase.objects.order_by("-pk").values_list("demo", flat=True).first(),
    }
    return table.response(request, "conflicts/cases.html", context)


@access("planner")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a bulk act over the ticked cases, or all of the list."""
    act = request.POST.get("act", "")
    params: dict[str, Any] = {name: request.POST[name] for name in ("note", "due", "question") if request.POST.get(name)}
    for name in ("batch", "meeting"):
        if name in request.POST and act == {"batch": "list", "meeting": "meeting"}[name]:
            if not request.POST[name].isdigit():
                raise BadInput(_("没有选问题清单或会议。"), how=_("请先新编问题清单，或召集协调会。"))
            params[name] = int(request.POST[name])
    chosen = [int(key) for key in request.POST.getlist("case") if key.isdigit()]
    query = request.POST.get("query", "") if request.POST.get("all") else ""
    if not chosen and not query and not request.POST.get("all"):
        raise BadInput(_("没有选案件。"), how=_("请勾选案件，或选全部。"))
    row = start_bulk(request.actor, act, cases=[] if query else chosen, query=query or ("group=open" if not chosen else ""), **params)  # type: ignore[attr-defined]
    if row.job_id:
        return redirect(f"{reverse('ui:job', args=[row.job_id])}?next={quote(row.get_absolute_url())}")
    return redirect(row)


@access("planner", "checker", "supervisor")
def bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """How a bulk act ended: done n, refused m with the rows."""
    row = get_object_or_404(BulkAct, pk=pk)
    numbers = {case.number: case for case in ConflictCase.objects.filter(number__in=[number for number, _why in row.rows])}
    refused = [{"case": numbers.get(number), "number": number, "why": why} for number, why in row.rows]
    return render(request, "conflicts/bulk.html", {"row": row, "refused": refused})


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
