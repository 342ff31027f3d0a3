"""Fusion runs: the list, starting one, what one found, its papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints import papers
from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.releases import next_numbers
from lantu.blueprints.selectors.statistics import statistics
from lantu.blueprints.services import start_run
from lantu.blueprints.services.prechecks import outcome as precheck_outcome
from lantu.blueprints.services.publishing import ask_guards
from lantu.blueprints.services.runs import default_engine
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.plans.models import PlanRelease
from lantu.standards import selectors as standards
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {"pending": "y", "done": "g", "failed": "r", "cancelled": "p"}
PAPERS = {"docx": papers.issue_docx, "pdf": papers.issue_pdf, "xlsx": papers.issue_xlsx}
STATISTICS = {"pdf": papers.statistics_pdf, "xlsx": papers.statistics_xlsx}


def _url(run: FusionRun) -> str:
    return reverse("blueprints:run", args=[run.pk])


def _total(listing: str, figure: str) -> Callable[[FusionRun], Any]:
    return lambda run: (run.totals.get(listing) or {}).get(figure)


@access(*INSIDE)
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, the latest first."""
    table = Table(
        key="runs",
        title=gettext_lazy("融合批次"),
        rows=FusionRun.objects.filter(purpose=FusionRun.Purpose.BLUEPRINT).all(),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=_url),
            Column("state", gettext_lazy("状态"), lambda run: run.get_state_display(), sort="state", render=_state),
            Column("reading", gettext_lazy("土规口径"), lambda run: run.get_reading_display(), sort="reading", minor=True),
            Column("conflicts", gettext_lazy("矛盾图斑"), _total("conflict", "count"), kind="number"),
            Column("conflict_area", gettext_lazy("矛盾面积（公顷）"), _total("conflict", "area_m2"), kind="hectares"),
            Column("differences", gettext_lazy("差异图斑"), _total("difference", "count"), kind="number", minor=True),
            Column("gaps", gettext_lazy("覆盖空白"), _total("gap", "count"), kind="number", minor=True),
            Column("started_by_name", gettext_lazy("发起人"), sort="started_by_name", minor=True),
            Column("started_at", gettext_lazy("发起"), kind="moment", sort="started_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、发起人"), ["number", "started_by_name"]),
            Choice("state", gettext_lazy("状态"), FusionRun.State.choices),
            Choice("reading", gettext_lazy("土规口径"), FusionRun.Reading.choices),
        ),
        sort="-started_at",
        empty=gettext_lazy("还没有融合过。先在「规划入库」发布各规划，再发起第一次融合。"),
        empty_url=reverse("blueprints:start"),
        empty_label=gettext_lazy("发起融合"),
    )
    return table.response(request, "blueprints/runs.html")


def _state(run: FusionRun) -> str:
    return marks.light(LIGHTS[run.state], run.get_state_display())


@access("planner")
def start(request: HttpRequest) -> HttpResponse:
    """Choose what to fuse, and go."""
    releases = list(
        PlanRelease.objects.filter(state=PlanRelease.State.RELEASED, patch_count__gt=0, patches__isnull=False)
        .select_related("dataset", "dataset__owner")
        .distinct()
        .order_by("layer_code")
    )
    chosen = set(request.POST.getlist("release")) if request.method == "POST" else {str(release.pk) for release in releases}
    problem = None
    if request.method == "POST":
        try:
            run, job = start_run(
                request.actor,  # type: ignore[attr-defined]
                [release for release in releases if str(release.pk) in chosen],
                request.POST.get("reading", FusionRun.Reading.STRICT),
                request.POST.get("engine") or default_engine(),
            )
        except LantuError as error:
            problem = error
        else:
            return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(_url(run))}")
    layers = standards.catalogue().layers
    rows = [{"release": release, "layer": layers.get(release.layer_code), "on": str(release.pk) in chosen} for release in releases]
    context = {"rows": rows, "readings": FusionRun.Reading.choices, "problem": problem}
    return render(request, "blueprints/start.html", context, status=422 if problem else 200)


@access(*INSIDE)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """What a run found: three lists with totals of their own, statistics by five properties, papers, publication."""
    row = get_object_or_404(FusionRun.objects.select_related("pack", "previous"), pk=pk)
    if row.state != FusionRun.State.DONE:
        return render(request, "blueprints/run_open.html", {"run": row, "light": LIGHTS[row.state]})
    listing = _listing(request.GET.get("list", Finding.Listing.CONFLICT))
    by = request.GET.get("by", "type")
    if by not in papers.BY:
        raise BadInput(_("没有「%(by)s」这种统计口径。") % {"by": by}, how=_("请从页面上的统计口径中选。"))
    words = words_of(row)
    table = statistics(row, listing, by)
    lines = [{"label": papers.key_label(by, line.key, words), "row": line, "query": _query(by, line.key)} for line in table.rows]
    context = {
        "run": row,
        "listing": listing,
        "listing_label": Finding.Listing(listing).label,
        "lists": [{"key": key, "label": label, "totals": row.totals[key]} for key, label in Finding.Listing.choices],
        "by": by,
        "bys": [(key, papers.by_label(key)) for key in papers.BY],
        "lines": lines,
        "table": table,
        "skipped": [(code, words.rule(code), "、".join(map(str, missing))) for code, missing in row.totals.get("skipped", {}).items()],
        "releases": row.releases.select_related("dataset").order_by("layer_code"),
        "published": BlueprintRelease.objects.filter(run=row).first(),
        "offers": _offers(row),
        "demo": papers.is_demo(row),
        "decisions": row.overrides.count(),
        "outcome": precheck_outcome(row) if row.purpose == FusionRun.Purpose.PRECHECK else None,
    }
    return render(request, "blueprints/run.html", context)


def _offers(row: FusionRun) -> list[dict[str, Any]]:
    """The numbers under which a run may be published, with what the guards say of each; a check beforehand has none."""
    if row.purpose == FusionRun.Purpose.PRECHECK:
        return []
    return [{"number": number, "verdicts": ask_guards(row, number)} for number in next_numbers()]


def _query(by: str, key: str) -> str:
    names = {"type": "rule", "severity": "severity", "district": "district", "department": "department", "plans": "plans"}
    return f"{names[by]}={quote(key)}"


def _listing(text: str) -> str:
    if text not in Finding.Listing.values:
        raise NotFound(_("没有「%(list)s」这个清单。") % {"list": text}, how=_("清单有差异图斑、矛盾图斑、覆盖空白三个。"))
    return text


@access(*INSIDE)
def issue_list(request: HttpRequest, pk: int, listing: str, form: str) -> HttpResponse:
    """The issue list as a paper."""
    return _paper(_done(pk), form, f"issues-{_listing(listing)}", lambda write, row: write(row, listing), PAPERS)


@access(*INSIDE)
def statistics_paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """All statistics of a run as a paper."""
    return _paper(_done(pk), form, "statistics", lambda write, row: write(row), STATISTICS)


def _done(pk: int) -> FusionRun:
    return get_object_or_404(FusionRun, pk=pk, state=FusionRun.State.DONE)


def _paper(row: FusionRun, form: str, name: str, make: Callable[[Any, FusionRun], bytes], forms: dict[str, Any]) -> HttpResponse:
    if form not in forms:
        raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(forms))
    return download(make(forms[form], row), f"{row.number}-{name}.{form}")
