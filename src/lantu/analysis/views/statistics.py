"""Pages of query and statistics: one page for all kinds, kept records, and the patches behind the figures."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Region
from lantu.analysis import selectors
from lantu.analysis.models import Statistic
from lantu.analysis.partition import basis
from lantu.analysis.permissions import USERS
from lantu.analysis.services import keep_statistic
from lantu.analysis.settings import settings_of
from lantu.analysis.stats import papers
from lantu.analysis.stats.groups import GAP, UNCLASSED
from lantu.analysis.stats.reports import KINDS, Asked, make, title_of
from lantu.blueprints.models import BlueprintRelease
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.visibility import may_see
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import Conflict, LantuError
from lantu.plans.models import PlanPatch
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

PARAMETERS = ("layer", "other", "columns", "level", "geojson")


def _data(query: Any) -> dict[str, Any]:
    data: dict[str, Any] = {name: query.get(name, "") for name in PARAMETERS if query.get(name)}
    if districts := query.getlist("districts"):
        data["districts"] = districts
    return data


@access(*USERS)
def statistics(request: HttpRequest) -> HttpResponse:
    """A statistic by the parameters of the address; kept by POST; as a file by ``export``."""
    actor = request.actor  # type: ignore[attr-defined]
    query = request.POST if request.method == "POST" else request.GET
    kind, data = query.get("kind", "balance"), _data(query)
    if request.method == "POST":
        row = keep_statistic(
            actor, kind, data, title=query.get("title", ""), release=query.get("release", ""), shared=bool(query.get("shared"))
        )
        messages.success(request, _("已存为 %(number)s。") % {"number": row.number})
        return redirect(row.get_absolute_url())
    problem: LantuError | None = None
    result: dict[str, Any] = {"tables": []}
    try:
        on = basis(query.get("release", ""))
    except Conflict as error:
        return render(request, "analysis/statistics.html", {"problem": error, "kinds": []})
    asked = Asked(data, on, settings_of(on.run.pack), actor)
    try:
        result = make(kind, asked)
    except LantuError as error:
        problem = error
    if problem is None and (form := request.GET.get("export", "")):
        audit.record(actor, "analysis.statistic_paper", None, detail={"kind": kind, "form": form, "data": data})
        return _file(form, title_of(kind), papers.basis_line(on.facts()), result, name=f"{kind}-{on.run.number}", demo=on.demo)
    layers = [on.partition.catalogue.layers[code] for code in on.partition.layers if code in on.partition.catalogue.layers]
    coded = [(row.code, name_of(row)) for row in sorted(layers, key=lambda row: row.order) if row.code_system_id and may_see(actor, row)]
    context = {
        "problem": problem,
        "kind": kind,
        "kinds": [(key, title_of(key)) for key in KINDS],
        "data": data,
        "basis": on,
        "tables": [_shown(one, on) for one in result["tables"]],
        "layers": coded,
        "districts": [(row.code, name_of(row)) for row in Region.objects.filter(code__in=on.partition.regions)],
        "releases": BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED),
        "line": papers.basis_line(on.facts()),
        "demo": on.demo,
    }
    return render(request, "analysis/statistics.html", context, status=422 if problem else 200)


def _shown(table: dict[str, Any], on: Any) -> dict[str, Any]:
    """A table with bars and with links to the rows behind each figure."""
    most = max((row["total"] for row in table["rows"]), default=0) or 1
    many = len(table["columns"]) > 1 and table["by_column"] != "release"
    rows = []
    for row in table["rows"]:
        cells = [{"cents": cents, "share": row["shares"][n] if "shares" in row else None} for n, cents in enumerate(row["cents"])]
        rows.append(row | {"cells": cells, "bar": row["total"] / most, "url": _behind(table["by_row"], row["key"], on)})
    return table | {"rows": rows, "many": many, "bars": table["by_column"] == "" or table["by_column"] == "district"}


def _behind(by: str, key: str, on: Any) -> str:
    """The patches of a class; nothing for gaps and districts."""
    layer = by.partition(":")[0]
    if layer not in on.partition.layers or key in (GAP, UNCLASSED):
        return ""
    return f"{reverse('analysis:patches')}?{urlencode({'layer': layer, 'code': key})}"


def _file(form: str, title: str, note: str, result: dict[str, Any], *, name: str, demo: bool) -> HttpResponse:
    return download(papers.written(form, title, note, result, demo=demo), f"{name}.{form}")


@access(*USERS)
def kept_list(request: HttpRequest) -> HttpResponse:
    """All kept statistics that may be read, own and shared."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = selectors.readable(Statistic.objects.all(), actor) | Statistic.objects.filter(shared=True)
    table = Table(
        key="statistics",
        title=gettext_lazy("统计记录"),
        rows=rows.select_related("release").defer("asked", "result"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("kind", gettext_lazy("统计"), lambda row: title_of(row.kind), sort="kind"),
            Column("release", gettext_lazy("蓝图"), lambda row: row.release.number if row.release else ""),
            Column("made_by_name", gettext_lazy("办理人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、名称、办理人"), ["number", "title", "made_by_name"]),
            Choice("kind", gettext_lazy("统计"), lambda: [(key, title_of(key)) for key in KINDS]),
        ),
        sort="-made_at",
        empty=gettext_lazy("还没有存过统计。在「统计」里算出表后点「存为记录」。"),
        empty_url=reverse("analysis:statistics"),
        empty_label=gettext_lazy("去统计"),
    )
    return table.response(request, "ui/list.html", {"heading": _("统计记录")})


@access(*USERS)
def kept(request: HttpRequest, pk: int) -> HttpResponse:
    """A kept statistic, as it was."""
    row = selectors.statistic(pk, request.actor)  # type: ignore[attr-defined]
    note = papers.basis_line(row.asked["basis"], row.digest)
    if form := request.GET.get("export", ""):
        audit.record(request.actor, "analysis.statistic_paper", row, detail={"form": form})  # type: ignore[attr-defined]
        return _file(form, row.title, note, row.result, name=row.number, demo=row.demo)
    again = urlencode({"kind": row.kind, **row.asked["data"]}, doseq=True)
    on = basis(run=row.run)
    return render(
        request,
        "analysis/kept.html",
        {"row": row, "tables": [_shown(one, on) for one in row.result["tables"]], "line": note, "again": again},
    )


@access(*USERS)
def patches(request: HttpRequest) -> HttpResponse:
    """The patches of the release in force, by layer, class, text and area: the rows behind every figure."""
    actor = request.actor  # type: ignore[attr-defined]
    on = basis(request.GET.get("release", ""))
    layers = {row.code: row for row in on.partition.catalogue.layers.values() if row.code in on.partition.layers and may_see(actor, row)}
    rows = PlanPatch.objects.filter(release__in=on.run.releases.all(), release__layer_code__in=layers).select_related("release__dataset")
    layer, code = request.GET.get("layer", ""), request.GET.get("code", "")
    if layer in layers and code:
        codes = on.partition.columns(layer).codes
        test = on.partition.matching(layer, [code])
        rows = rows.filter(release__layer_code=layer, code__in=[value for value in codes if test(value)])
    table = Table(
        key="patches",
        title=gettext_lazy("规划图斑"),
        rows=rows.defer("geometry"),
        columns=(
            Column("layer", gettext_lazy("图层"), lambda row: name_of(layers[row.release.layer_code]), sort="release__layer_code"),
            Column("feature_id", gettext_lazy("标识"), kind="code", sort="feature_id"),
            Column("code", gettext_lazy("代码"), sort="code"),
            Column(
                "construction", gettext_lazy("建设属性"), lambda row: str(row.get_construction_display()), sort="construction", minor=True
            ),
            Column("area", gettext_lazy("面积（公顷）"), "control_area_m2", kind="hectares", sort="control_area_m2"),
            Column("release", gettext_lazy("规划成果"), lambda row: str(row.release), minor=True),
            Column("row", gettext_lazy("文件与行"), lambda row: f"{row.file_name} {row.row}", minor=True),
            Column("map", gettext_lazy("位置"), lambda row: f"{row.min_x} {row.min_y}", render=_on_map),
        ),
        filters=(
            Search(gettext_lazy("标识"), ["feature_id"]),
            Choice("layer", gettext_lazy("图层"), [(key, name_of(row)) for key, row in layers.items()], field="release__layer_code"),
            Choice("construction", gettext_lazy("建设属性"), PlanPatch.Construction.choices),
            Range("area", gettext_lazy("面积"), field="control_area_m2", unit="㎡"),
        ),
        sort="-area",
        empty=gettext_lazy("这一版蓝图里没有图斑。"),
    )
    context = {"heading": _("规划图斑"), "meta": f"{name_of(layers[layer])} {code}" if layer in layers and code else ""}
    return table.response(request, "ui/list.html", context)


def _on_map(row: PlanPatch) -> str:
    if row.min_x is None or row.max_x is None or row.min_y is None or row.max_y is None:
        return ""
    lon, lat = (row.min_x + row.max_x) / 2, (row.min_y + row.max_y) / 2
    return marks.link(f"{reverse('map')}?at={lon:.6f},{lat:.6f},15", _("在地图打开"))
