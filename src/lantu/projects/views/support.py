"""What plannings draw on: projects that plans name, the list of experts, assessments of areas."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.projects import acts, services, tables
from lantu.projects.forms import AssessmentForm, ExpertForm, ReasonForm
from lantu.projects.models import Expert, RegionalAssessment
from lantu.projects.permissions import ENTERING, READERS
from lantu.projects.project_acts import site_of
from lantu.projects.selectors import location
from lantu.ui import bulk


@access(*ENTERING)
def sources(request: HttpRequest) -> HttpResponse:
    """Projects that plans in force name; ticked ones are taken into the library."""
    table = tables.plan_projects()
    if request.method == "POST":
        bulk.run(table.chosen(request), lambda row: services.enter_from_plan(request.actor, row)).tell(request)  # type: ignore[attr-defined]
        return redirect(request.get_full_path())
    return table.response(request, "projects/sources.html", {})


@access(*READERS)
def experts(request: HttpRequest) -> HttpResponse:
    """The list of experts; a planner adds to it here."""
    may_add = request.actor.role == "planner"  # type: ignore[attr-defined]
    form = ExpertForm(request.POST or None)
    table = tables.experts(may_add=may_add)
    if request.method == "POST" and request.POST.get("act") == "retire":
        reason = request.POST.get("retire_value", "")
        rows = table.chosen(request)
        bulk.run(rows, lambda row: services.retire_expert(request.actor, row, reason)).tell(request)  # type: ignore[attr-defined]
        return redirect(request.get_full_path())
    if request.method == "POST" and form.is_valid():
        try:
            found: Expert = services.add_expert(request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s已列入专家库。") % {"name": found.name})
            return redirect("projects:experts")
    return table.response(request, "projects/experts.html", {"form": form, "may_add": may_add})


@access(*READERS)
def assessments(request: HttpRequest) -> HttpResponse:
    """All regional assessments."""
    return tables.assessments(may_add=_may_add(request)).response(request, "projects/assessments.html", {"may_add": _may_add(request)})


def _may_add(request: HttpRequest) -> bool:
    return request.actor.role in ENTERING  # type: ignore[attr-defined]


@access(*ENTERING)
def new_assessment(request: HttpRequest) -> HttpResponse:
    """Register one: drawn, uploaded or by coordinates."""
    form = AssessmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = _register(request.actor, dict(form.cleaned_data))  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            return redirect("projects:assessment", row.pk)
    return render(request, "projects/new_assessment.html", {"form": form})


def _register(actor: Actor, data: dict[str, Any]) -> RegionalAssessment:
    site = site_of(data)
    facts = {name: data[name] for name in ("document_no", "approved_on", "valid_to", "conclusion")}
    return services.register_assessment(actor, data["kind"], data["title"], site.geometry, **facts)


END: tuple[acts.Act[RegionalAssessment], ...] = (
    acts.Act(
        "end",
        gettext_lazy("停用"),
        ("planner",),
        lambda row: not row.ended_reason,
        lambda a, row, d: services.end_assessment(a, row, d["reason"]),
        ReasonForm,
        danger=True,
    ),
)


@access(*READERS)
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """One assessment: its area, and the conditions that use it."""
    row = get_object_or_404(RegionalAssessment, pk=pk)
    bound, done = acts.carry_out(END, request, row)
    if done is not None:
        return redirect("projects:assessment", row.pk)
    context = {
        "assessment": row,
        "kind": tables.word("regional_assessment", row.kind),
        "picture": location.picture(request.actor, [location.Ground(row.geometry)], row.title),  # type: ignore[attr-defined]
        "uses": row.conditions.select_related("generation__project"),
        **acts.offers(END, request, row, bound),
    }
    return render(request, "projects/assessment.html", context)
