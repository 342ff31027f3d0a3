"""Pages of map work: sheets to scale, thematic maps, projects for QGIS, linked views."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from lantu.analysis import selectors
from lantu.analysis.evaluation import papers
from lantu.analysis.mapwork import printing, qgis
from lantu.analysis.mapwork.thematic import thematic
from lantu.analysis.models import Evaluation
from lantu.analysis.partition import basis
from lantu.analysis.permissions import USERS
from lantu.blueprints.models import BlueprintRelease
from lantu.blueprints.selectors.names import name_of
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.standards import selectors as standards
from lantu.ui.answers import download


@access(*USERS)
def print_map(request: HttpRequest) -> HttpResponse:
    """The form for a map sheet, or with ``pdf=1`` the sheet."""
    actor = request.actor  # type: ignore[attr-defined]
    problem: LantuError | None = None
    try:
        on = basis(request.GET.get("release", ""))
    except LantuError as error:
        return render(request, "analysis/print.html", {"problem": error}, status=error.status)
    if request.GET.get("pdf"):
        try:
            wish = printing.wish_of(request.GET)
            body = printing.as_pdf(on, actor, wish)
        except LantuError as error:
            problem = error
        else:
            audit.record(actor, "analysis.map_printed", on.run, detail={"title": wish.title, "scale": wish.scale, "layers": wish.layers})
            return download(body, f"{wish.title}.pdf")
    offered = printing.printable(on, actor)
    chosen = request.GET.getlist("layers") or [row.code for row in offered if row.is_coverage][:1]
    lon, lat = printing.middle(standards.city_extent())
    context = {
        "problem": problem,
        "layers": [(row.code, name_of(row), row.code in chosen) for row in offered],
        "releases": BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED),
        "papers": list(printing.PAPERS),
        "given": {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "scale": "50000", "paper": "a4", **request.GET.dict()},
    }
    return render(request, "analysis/print.html", context, status=problem.status if problem else 200)


@access(*USERS)
def thematic_map(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The districts shaded by an indicator of an evaluation; ``pdf=1`` as a sheet."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(Evaluation, pk, actor)
    one = next((found for found in row.result["indicators"] if found["code"] == code), None)
    if one is None or not one["districts"]:
        raise NotFound(_("指标 %(code)s 没有分区县的数。") % {"code": code}, how=_("请选按面积或比例计算的指标。"))
    title = f"{papers.name_of(one)}（{one['unit']}）"
    if request.GET.get("pdf"):
        drawn = thematic(one["districts"], one["unit"], printing.PAPERS["a4"][1])
        body = printing.pdf_of(basis(run=row.run), actor, drawn.sheet, drawn.legend, title=title, note=row.number)
        audit.record(actor, "analysis.evaluation_paper", row, detail={"form": "thematic", "indicator": code})
        return download(body, f"{row.number}-{code}.pdf")
    drawn = thematic(one["districts"], one["unit"])
    context = {"row": row, "one": one, "title": title, "drawn": drawn, "svg": mark_safe(drawn.sheet.svg)}
    return render(request, "analysis/thematic.html", context)


@access(*USERS)
def qgis_project(request: HttpRequest, number: str) -> HttpResponse:
    """A project of QGIS for a published release."""
    actor = request.actor  # type: ignore[attr-defined]
    release = BlueprintRelease.objects.filter(number=number, state=BlueprintRelease.State.PUBLISHED).first()
    if release is None:
        raise NotFound(_("没有蓝图版本 %(number)s。") % {"number": number}, how=_("请在「蓝图版本」里核对版本号。"))
    body = qgis.project(release, actor, request.build_absolute_uri("/"))
    audit.record(actor, "analysis.qgis_project", release, detail={"number": number})
    response = HttpResponse(body, content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"lantu-{number}.qgz")
    return response


@access(*USERS)
def linked(request: HttpRequest) -> HttpResponse:
    """Two releases, or two sets of layers, side by side in views that move together."""
    releases = list(BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).select_related("run").order_by("published_at"))
    told: list[dict[str, Any]] = [
        {"run": row.run_id, "label": _("蓝图 %(n)s") % {"n": row.number}, "date": row.published_at.date().isoformat()} for row in releases
    ]
    settings = {
        "api": "/api/v1/map/",
        "run": "",
        "finding": "",
        "extent": list(standards.city_extent()),
        "releases": told,
        "texts": {"failed": _("没有读到数据：%(what)s"), "metres": _("%(n)s m"), "kilometres": _("%(n)s km")},
    }
    sides = [("left", _("左图")), ("right", _("右图"))]
    return render(request, "analysis/linked.html", {"map_settings": settings, "releases": told, "sides": sides})
