"""The annual programme: versions, one version with its balance, quarters and projects."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError, NotFound
from lantu.projects import acts, services, tables
from lantu.projects.forms import ApproveForm, EntryForm, ProgressForm, QuotaForm, ReasonForm, SettleEntryForm, YearForm
from lantu.projects.models import Programme, ProgrammeEntry, Project
from lantu.projects.papers import programme_docx
from lantu.projects.permissions import READERS
from lantu.projects.selectors import location
from lantu.projects.selectors.balance import balance
from lantu.ui import bulk
from lantu.ui.answers import download


@access(*READERS)
def programmes(request: HttpRequest) -> HttpResponse:
    """All versions; a planner begins a year here."""
    form = YearForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect(services.open_programme(request.actor, form.cleaned_data["year"]))  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
    context = {"form": form, "may_open": request.actor.role == "planner"}  # type: ignore[attr-defined]
    return tables.programmes().response(request, "projects/programmes.html", context)


def _project(code: str) -> Project:
    found = Project.objects.filter(code=code.strip()).first()
    if found is None:
        raise NotFound(_("没有代码为 %(code)s 的项目。") % {"code": code}, how=_("请从项目库复制代码。"))
    return found


def _entry(programme: Programme, code: str) -> ProgrammeEntry:
    found = programme.entries.select_related("project", "programme").filter(project__code=code.strip()).first()
    if found is None:
        raise NotFound(_("计划里没有代码为 %(code)s 的项目。") % {"code": code}, how=_("请从下面的表里复制代码。"))
    return found


def _propose(actor: Actor, programme: Programme, data: dict[str, Any]) -> Any:
    return services.propose_entry(actor, _project(data.pop("code")), programme, **data)


def _settle(actor: Actor, programme: Programme, data: dict[str, Any]) -> Any:
    entry = _entry(programme, data["code"])
    return services.decline_entry(actor, entry, data["reason"]) if data["reason"].strip() else services.include_entry(actor, entry)


def _report(actor: Actor, programme: Programme, data: dict[str, Any]) -> Any:
    entry = _entry(programme, data.pop("code"))
    return services.report_progress(actor, entry.project, entry, **data)


def _is(*states: str) -> Any:
    return lambda programme: programme.state in states


ACTS: tuple[acts.Act[Programme], ...] = (
    acts.Act("quota", gettext_lazy("设定年度指标"), ("planner",), _is("draft"), lambda a, p, d: services.set_quota(a, p, **d), QuotaForm),
    acts.Act("propose", gettext_lazy("申报项目"), ("planner", "reviewer"), _is("draft"), _propose, EntryForm),
    acts.Act("settle", gettext_lazy("列入或不列入"), ("planner",), _is("draft"), _settle, SettleEntryForm),
    acts.Act(
        "approve", gettext_lazy("批准计划"), ("decider",), _is("draft"), lambda a, p, d: services.approve_programme(a, p, **d), ApproveForm
    ),
    acts.Act(
        "publish",
        gettext_lazy("公布计划"),
        ("publisher", "planner"),
        _is("approved"),
        lambda a, p, d: services.publish_programme(a, p),
        main=True,
    ),
    acts.Act("report", gettext_lazy("填报季度进展"), ("planner", "reviewer"), _is("published"), _report, ProgressForm),
    acts.Act(
        "adjust", gettext_lazy("年中调整"), ("planner",), _is("published"), lambda a, p, d: services.adjust_programme(a, p, **d), ReasonForm
    ),
)


TICKED = {
    "include": lambda actor, row, reason: services.include_entry(actor, row),
    "decline": services.decline_entry,
}
"""Verbs for ticked proposals."""
MOST = 200
"""Projects in the chart and on the map."""


def quarters(entry: ProgrammeEntry) -> list[str]:
    """What each quarter of the chart shows: ``on``, with ``first`` and ``last`` at its ends and ``told`` once progress was reported."""
    reported = {report.quarter for report in entry.reports.all()}
    return [
        " ".join(
            word
            for word, holds in (
                ("on", entry.first_quarter <= number <= entry.last_quarter),
                ("first", number == entry.first_quarter),
                ("last", number == entry.last_quarter),
                ("told", number in reported),
            )
            if holds
        )
        for number in range(1, 5)
    ]


@access(*READERS)
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: balance, quarters, projects."""
    found = get_object_or_404(Programme, pk=pk)
    role = request.actor.role  # type: ignore[attr-defined]
    table = tables.entries(found, may_settle=role == "planner" and found.state == Programme.State.DRAFT)
    if request.method == "POST" and request.POST.get("act") in TICKED:
        reason, settle = request.POST.get("decline_value", ""), TICKED[request.POST["act"]]
        bulk.run(table.chosen(request), lambda row: settle(request.actor, row, reason)).tell(request)  # type: ignore[attr-defined]
        return redirect(request.get_full_path())
    bound, done = acts.carry_out(ACTS, request, found)
    if done is not None:
        return redirect(done if isinstance(done, Programme) else found)
    included = list(found.entries.filter(state=ProgrammeEntry.State.INCLUDED).select_related("project").prefetch_related("reports")[:MOST])
    sites = location.sites_of([entry.project_id for entry in included])
    context = {
        "programme": found,
        "balance": [(line, float(line.included / line.quota) if line.quota else 0.0) for line in balance(found)],
        "gantt": [(entry, quarters(entry)) for entry in included],
        "picture": location.picture_of(request.actor, sites, _("计划项目的位置")),  # type: ignore[attr-defined]
        "versions": Programme.objects.filter(year=found.year),
        **acts.offers(ACTS, request, found, bound),
    }
    return table.response(request, "projects/programme.html", context)


@access(*READERS)
def programme_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The programme as .docx."""
    found = get_object_or_404(Programme, pk=pk)
    return download(programme_docx(found), f"programme-{found.year}-{found.version}.docx")
