"""Blueprint releases: the list, publishing, one release with its proof."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.blueprints.papers import is_demo
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.releases import in_force
from lantu.blueprints.selectors.statistics import statistics
from lantu.blueprints.services import publish_release, verify_release, withdraw
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table


def _url(release: BlueprintRelease) -> str:
    return reverse("blueprints:release", args=[release.pk])


@access("@")
def releases(request: HttpRequest) -> HttpResponse:
    """All releases; old ones stay."""
    table = Table(
        key="releases",
        title=gettext_lazy("蓝图版本"),
        rows=BlueprintRelease.objects.select_related("run"),
        columns=(
            Column("number", gettext_lazy("版本"), kind="code", sort="published_at", link=_url),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_state),
            Column("published_at", gettext_lazy("发布"), kind="moment", sort="published_at"),
            Column("published_by_name", gettext_lazy("发布人"), sort="published_by_name"),
            Column("run", gettext_lazy("融合"), "run.number", kind="code", sort="run__number", minor=True),
            Column("digest", gettext_lazy("摘要"), lambda row: row.digest[:16], kind="code", minor=True),
            Column("verified_at", gettext_lazy("最近核验"), kind="moment", sort="verified_at", minor=True),
        ),
        filters=(
            Search(gettext_lazy("版本、发布人"), ["number", "published_by_name"]),
            Choice("state", gettext_lazy("状态"), BlueprintRelease.State.choices),
        ),
        sort="-number",
        empty=gettext_lazy("还没有发布过蓝图。融合完成后，由蓝图发布人在融合批次页发布。"),
    )
    return table.response(request, "blueprints/releases.html", {"inside": request.actor.role in INSIDE})  # type: ignore[attr-defined]


def _state(row: BlueprintRelease) -> str:
    return marks.tag(row.get_state_display(), "ok" if row.state == BlueprintRelease.State.PUBLISHED else "err")


@access("publisher")
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a run under the number given."""
    run = get_object_or_404(FusionRun, pk=pk)
    try:
        release = publish_release(request.actor, run, request.POST.get("number", ""), request.POST.get("note", ""))  # type: ignore[attr-defined]
    except LantuError as error:
        messages.error(request, str(error))
        return redirect("blueprints:run", pk)
    messages.success(request, _("蓝图 %(number)s 已发布。") % {"number": release.number})
    return redirect(_url(release))


@access("@")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """One release: what it rests on, its figures, its digest, the last verification."""
    row = get_object_or_404(BlueprintRelease.objects.select_related("run", "run__pack"), pk=pk)
    words = words_of(row.run)
    lists = [(label, row.statistics.get(key, {})) for key, label in Finding.Listing.choices]
    by_type = [
        (code, words.rule(code), figures) for code, figures in sorted((row.statistics.get("conflict", {}).get("by_type") or {}).items())
    ]
    current = in_force()
    plans = list(row.run.releases.select_related("dataset", "dataset__owner").order_by("layer_code"))
    decisions = list(row.run.overrides.defer("units", "geometry").order_by("pk"))
    inside = request.actor.role in INSIDE  # type: ignore[attr-defined]
    context = {
        "release": row,
        "run": row.run,
        "lists": lists,
        "by_type": by_type,
        "plans": plans,
        "decisions": decisions,
        "documents": sorted({one.document_no for one in plans} | {one.document_no for one in decisions} - {""}),
        "remaining": statistics(row.run, Finding.Listing.CONFLICT, "severity").rows if inside else [],
        "inside": inside,
        "earlier": BlueprintRelease.objects.filter(published_at__lt=row.published_at).first(),
        "is_current": bool(current and current.pk == row.pk),
        "may_verify": request.actor.role in ("planner", "checker", "publisher", "supervisor", "auditadmin"),  # type: ignore[attr-defined]
        "demo": is_demo(row.run),
    }
    return render(request, "blueprints/release.html", context)


@access("planner", "checker", "publisher", "supervisor", "auditadmin")
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the release fused again and compared."""
    row = get_object_or_404(BlueprintRelease, pk=pk)
    job = verify_release(request.actor, row, request.POST.get("engine", ""))  # type: ignore[attr-defined]
    return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(_url(row))}")


@access("publisher")
@require_POST
def withdrawn(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a release out of force."""
    row = get_object_or_404(BlueprintRelease, pk=pk)
    try:
        withdraw(request.actor, row, request.POST.get("reason", ""))  # type: ignore[attr-defined]
        messages.success(request, _("蓝图 %(number)s 已撤回。") % {"number": row.number})
    except LantuError as error:
        messages.error(request, str(error))
    return redirect(_url(row))
