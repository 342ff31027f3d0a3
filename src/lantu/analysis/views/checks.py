"""Pages of the conformity check: list, new, report, papers, dismissal, verification, batch."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.analysis import selectors
from lantu.analysis.conformity import papers, wording
from lantu.analysis.conformity.found import by_number
from lantu.analysis.conformity.picture import SCREEN_MM, picture
from lantu.analysis.conformity.sites import Site, from_files, from_text
from lantu.analysis.models import Check, CheckBatch
from lantu.analysis.partition import basis
from lantu.analysis.permissions import OFFICERS, USERS
from lantu.analysis.services import dismiss, run_check, start_batch, verify_check, withdraw_dismissal
from lantu.analysis.services.checks import dismissible
from lantu.analysis.settings import settings_of
from lantu.analysis.uploads import laid_out
from lantu.blueprints.drawing import map_settings
from lantu.blueprints.models import BlueprintRelease
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import BadInput, Conflict, LantuError, NotFound
from lantu.plans import readers
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

TONES = {"pass": "ok", "conditional": "warn", "fail": "err"}


def _verdict(row: Check) -> str:
    return marks.light(wording.MARKS[row.standing], row.get_standing_display())


def _table(rows: Any, *, key: str = "checks", empty_url: str = "") -> Table:
    return Table(
        key=key,
        title=gettext_lazy("合规性检测"),
        rows=rows.select_related("release").defer("result", "geometry"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("用地"), sort="title"),
            Column("standing", gettext_lazy("结论"), lambda row: str(row.get_standing_display()), sort="standing", render=_verdict),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("use", gettext_lazy("拟建用途"), sort="use", minor=True),
            Column("release", gettext_lazy("蓝图"), lambda row: row.release.number if row.release else "", minor=True),
            Column("source", gettext_lazy("来源"), lambda row: str(row.get_source_display()), minor=True),
            Column("made_by_name", gettext_lazy("办理人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、用地、办理人"), ["number", "title", "made_by_name"]),
            Choice("standing", gettext_lazy("结论"), Check.Verdict.choices),
            Choice("source", gettext_lazy("来源"), Check.Source.choices),
            Range("area_m2", gettext_lazy("面积"), unit="㎡"),
            Range("made_at", gettext_lazy("日期"), field="made_at__date", days=True),
        ),
        sort="-made_at" if key == "checks" else "number",
        empty=gettext_lazy("还没有检测过。粘贴界址点坐标，就能得到一份报告。"),
        empty_url=empty_url,
        empty_label=gettext_lazy("检测一块用地"),
    )


@access(*USERS)
def checks(request: HttpRequest) -> HttpResponse:
    """All checks that may be read, and the batches."""
    actor = request.actor  # type: ignore[attr-defined]
    table = _table(selectors.checks(actor).filter(batch=None), empty_url=reverse("analysis:new-check"))
    batches = selectors.readable(CheckBatch.objects.all(), actor)[:5]
    return table.response(request, "analysis/checks.html", {"batches": batches})


@access(*USERS)
def new(request: HttpRequest) -> HttpResponse:
    """A site by pasted coordinates, drawing, file or number; then its report, or the PDF at once."""
    problem = None
    if request.method == "POST":
        try:
            return _take(request)
        except LantuError as error:
            problem = error
    try:
        found = basis(request.POST.get("release", ""))
    except (Conflict, NotFound) as error:
        found, problem = None, problem or error
    context = {
        "problem": problem,
        "basis": found,
        "posted": request.POST,
        "way": request.POST.get("way") or request.GET.get("way", "text"),
        "uses": _uses(found),
        "releases": BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED),
        "map_settings": map_settings(),
        "drawn": request.POST.get("geojson") or request.GET.get("geojson", ""),
    }
    return render(request, "analysis/new_check.html", context, status=422 if problem and request.method == "POST" else 200)


def _uses(found: Any) -> list[tuple[str, str]]:
    """The classes that a use may be of."""
    if found is None:
        return []
    layer = found.partition.catalogue.layers.get(str(settings_of(found.run.pack).use.get("layer", "")))
    table = found.partition.catalogue.table_of(layer) if layer else None
    return [(entry.code, f"{entry.code} {entry.name_zh}") for entry in table.entries.values()] if table else []


def _take(request: HttpRequest) -> HttpResponse:
    actor, data = request.actor, request.POST  # type: ignore[attr-defined]
    options: dict[str, Any] = {"title": data.get("title", ""), "use": data.get("use", ""), "release": data.get("release", "")}
    epsg = int(data["epsg"]) if data.get("epsg", "").isdigit() else None
    with laid_out(request.FILES.getlist("upload")) as uploads:
        if data.get("way") == "file" and data.get("many"):
            batch, job = start_batch(actor, [(one.name, one.path) for one in uploads], epsg=epsg, **options)
            return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(batch.get_absolute_url())}")
        site = _site(request, uploads, epsg)
        check = run_check(actor, site, **options)
    if data.get("then") == "pdf":
        return redirect("analysis:check-paper", check.pk, "pdf")
    return redirect(check.get_absolute_url())


def _site(request: HttpRequest, uploads: list[readers.NamedFile], epsg: int | None) -> Site:
    data, way = request.POST, request.POST.get("way", "text")
    if way == "drawn":
        if not data.get("geojson", "").strip():
            raise BadInput(_("还没有在图上画。"), how=_("点「画面」，逐点单击，双击结束。"))
        return Site(from_text(data["geojson"]).geometry, "drawn")
    if way == "file":
        if not uploads:
            raise BadInput(_("没有选文件。"), how=_("请选一个 Shapefile（可打成 zip）、GeoPackage、GeoJSON 或界址点 TXT。"))
        sites = from_files(uploads, epsg)
        if len(sites) != 1:
            raise BadInput(_("文件里有 %(n)s 个地块。") % {"n": len(sites)}, how=_("请勾选「逐个检测每个地块」，或只留一个地块。"))
        return sites[0]
    if way == "number":
        return by_number(basis(data.get("release", "")), data.get("number", ""), request.actor)  # type: ignore[attr-defined]
    return from_text(data.get("text", ""), epsg)


@access(*USERS)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of one check."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(Check, pk, actor)
    report = wording.shown(row)
    drawing = picture(row, actor, SCREEN_MM)
    may_judge = actor.role in OFFICERS
    open_items = dismissible(row) - {one.item for one in row.dismissals.all()} if may_judge else set()
    verified = request.session.pop(f"verified-{row.pk}", None)
    context = {
        "check": row,
        "report": report,
        "tone": TONES[report.verdict],
        "map": mark_safe(drawing.sheet.svg),
        "legend": drawing.legend,
        "scale": drawing.sheet.scale,
        "parts": papers.compositions(row),
        "facts": papers.facts(row, report),
        "living": [part for part in row.result["living"] if part["rows"]],
        "open_items": [line for line in report.lines if line.item in open_items],
        "use_open": "use" in open_items,
        "dismissals": list(zip(row.dismissals.all(), papers.dismissals(row), strict=True)),
        "may_judge": may_judge,
        "verified": verified,
        "centre": "{:.6f},{:.6f},15".format(*_centre(row)),
        "struck": row.verdict != row.standing,
        "original": wording.verdict_word(row.verdict),
    }
    return render(request, "analysis/check.html", context)


def _centre(row: Check) -> tuple[float, float]:
    point = row.geometry.point_on_surface()
    return point.x, point.y


@access(*USERS)
def paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The report as a file."""
    actor = request.actor  # type: ignore[attr-defined]
    return _file(selectors.record(Check, pk, actor), form, actor)


def _file(row: Check, form: str, actor: Any) -> HttpResponse:
    if form not in papers.FORMS:
        raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(papers.FORMS))
    body = papers.FORMS[form][0](row, actor)
    audit.record(actor, "analysis.check_paper", row, detail={"form": form})
    return download(body, f"{row.number}.{form}")


@access(*OFFICERS)
@require_POST
def dismissal(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a finding aside with the reason."""
    row = selectors.record(Check, pk, request.actor)  # type: ignore[attr-defined]
    dismiss(request.actor, row, request.POST.get("item", ""), request.POST.get("reason", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已改判，原结论和理由都留在报告里。"))
    return redirect(row.get_absolute_url())


@access(*OFFICERS)
@require_POST
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a dismissal back with the reason."""
    row = selectors.record(Check, pk, request.actor)  # type: ignore[attr-defined]
    withdraw_dismissal(request.actor, row, request.POST.get("item", ""), request.POST.get("reason", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已撤回改判，恢复原来的核对结论。"))
    return redirect(row.get_absolute_url())


@access(*USERS)
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute the check again and compare."""
    row = selectors.record(Check, pk, request.actor)  # type: ignore[attr-defined]
    request.session[f"verified-{row.pk}"] = verify_check(request.actor, row)  # type: ignore[attr-defined]
    return redirect(row.get_absolute_url())


@access(*USERS)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """A batch: its account and its checks."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(CheckBatch, pk, actor)
    found = selectors.checks(actor).filter(batch=row)
    counts = [(key, str(label), TONES[key], found.filter(standing=key).count()) for key, label in Check.Verdict.choices]
    table = _table(found, key="batch")
    return table.response(request, "analysis/batch.html", {"batch": row, "counts": counts, "checked": row.total - len(row.refused)})
