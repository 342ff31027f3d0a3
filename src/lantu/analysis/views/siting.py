"""Pages of assisted siting: list, new search, result with re-ranking, comparison, why not here."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

import shapely
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.accounts.models import Region
from lantu.analysis import selectors
from lantu.analysis.books import Page, write_book
from lantu.analysis.conformity.sites import Site
from lantu.analysis.conformity.wording import said
from lantu.analysis.models import SitingCandidate, SitingSearch
from lantu.analysis.partition import basis
from lantu.analysis.permissions import USERS
from lantu.analysis.ports import ProjectChoice, project_sites
from lantu.analysis.services import run_check, save_site, search_sites, start_process
from lantu.analysis.settings import settings_of
from lantu.analysis.siting.criteria import WISHES, describe, read, without_slope
from lantu.analysis.siting.form import criteria_from, fields_of
from lantu.analysis.siting.stored import criteria_of, names_of, ranked
from lantu.analysis.siting.why import why_not
from lantu.analysis.terrain.slope_words import percent
from lantu.analysis.terrain.store import terrain_for
from lantu.blueprints.drawing import map_settings
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.visibility import may_see
from lantu.core import audit
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError, NotFound
from lantu.core.selectors import job_for
from lantu.ui import formats
from lantu.ui.answers import download
from lantu.ui.filters import Range, Search
from lantu.ui.tables import Column, Table

SHOWN = 50
COMPARED = 4


@access(*USERS)
def searches(request: HttpRequest) -> HttpResponse:
    """All searches that may be read."""
    rows = selectors.readable(SitingSearch.objects.all(), request.actor)  # type: ignore[attr-defined]
    table = Table(
        key="searches",
        title=gettext_lazy("辅助选址"),
        rows=rows.select_related("release"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("found", gettext_lazy("备选"), lambda row: row.result["account"]["found"], kind="number"),
            Column("release", gettext_lazy("蓝图"), lambda row: row.release.number if row.release else "", minor=True),
            Column("made_by_name", gettext_lazy("办理人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、名称、办理人"), ["number", "title", "made_by_name"]),
            Range("made_at", gettext_lazy("日期"), field="made_at__date", days=True),
        ),
        sort="-made_at",
        empty=gettext_lazy("还没有选过址。选一个模板，改几项条件，就能得到排好名次的备选用地。"),
        empty_url=reverse("analysis:new-search"),
        empty_label=gettext_lazy("开始选址"),
    )
    return table.response(request, "analysis/searches.html")


@access(*USERS)
def new(request: HttpRequest) -> HttpResponse:
    """The form: from a preset of the pack, an earlier search, or what was just posted."""
    actor = request.actor  # type: ignore[attr-defined]
    problem: LantuError | None = None
    if request.method == "POST":
        try:
            return redirect(_start_search(actor, criteria_from(request.POST), request.POST.get("title", "")))
        except LantuError as error:
            problem = error
    try:
        on = basis()
    except Conflict as error:
        return render(request, "analysis/new_search.html", {"problem": error, "fields": None})
    settings = settings_of(on.run.pack)
    presets = settings.siting.get("presets") or {}
    data, title, chosen = _start(request, presets)
    terrain = terrain_for(on.partition.grid)
    if terrain is None:
        data = without_slope(data)
    layers = [on.partition.catalogue.layers[code] for code in on.partition.layers if code in on.partition.catalogue.layers]
    visible = sorted((row for row in layers if may_see(actor, row)), key=lambda row: row.order)
    living = [
        row for row in on.partition.catalogue.layers.values() if row.is_living and row.geometry_kind == "polygon" and may_see(actor, row)
    ]
    context = {
        "problem": problem,
        "basis": on,
        "fields": fields_of(data, title),
        "presets": [(key, said(row, "name")) for key, row in presets.items()],
        "chosen": chosen,
        "coded": [(row.code, name_of(row)) for row in visible if row.code_system_id],
        "targets": [(row.code, name_of(row)) for row in visible],
        "lines": [(row.code, name_of(row)) for row in visible if not row.is_coverage] + [(row.code, name_of(row)) for row in living],
        "districts": [(row.code, name_of(row)) for row in Region.objects.filter(code__in=on.partition.regions)],
        "kinds": [(key, _kind_word(key)) for key in WISHES if terrain is not None or key != "flat"],
        "terrain": terrain,
    }
    return render(request, "analysis/new_search.html", context, status=422 if problem else 200)


def _start_search(actor: Actor, criteria: dict[str, Any], title: str) -> str:
    """Search at once, over a large partition as a job that shows how far it is; the address to go to."""
    on = basis()
    if len(on.partition.faces) <= settings_of(on.run.pack).limits["siting_faces"]:
        return str(search_sites(actor, criteria, title=title).get_absolute_url())
    read(criteria, on, actor)  # what makes no sense is told at the form
    job = start_process(actor, "siting", {"criteria": criteria, "title": title})
    following = reverse("analysis:search-of-job", args=[job.pk])
    return reverse("ui:job", args=[job.pk]) + "?" + urlencode({"next": following})


@access(*USERS)
def of_job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The search that a job has made."""
    job = job_for(request.actor, pk)  # type: ignore[attr-defined]
    return redirect(str((job.result or {}).get("url") or reverse("ui:job", args=[pk])))


def _start(request: HttpRequest, presets: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    """What the form begins with, its title, and the preset chosen."""
    if request.method == "POST":
        return criteria_from(request.POST), request.POST.get("title", ""), ""
    if (earlier := request.GET.get("from", "")).isdigit():
        row = selectors.record(SitingSearch, int(earlier), request.actor)  # type: ignore[attr-defined]
        return _as_data(row), row.title, ""
    key = request.GET.get("preset") or next(iter(presets), "")
    preset = presets.get(key) or {}
    return preset, said(preset, "name") if preset else "", key


def _as_data(search: SitingSearch) -> dict[str, Any]:
    asked = search.asked["criteria"]
    must = [
        {
            "kind": row["kind"],
            "codes": row["codes"],
            "layers": row["layers"],
            "layer": (row["layers"] or [""])[0],
            "min": row["least"],
            "max": row.get("most", 0),
        }
        for row in asked["must"]
    ]
    return {
        "area_ha": [asked["least_m2"] / 10_000, asked["most_m2"] / 10_000],
        "must": must,
        "wishes": asked["wishes"],
        "whole": asked["whole"],
    }


def _kind_word(kind: str) -> str:
    return {"near": _("靠近"), "far": _("远离"), "class_share": _("占某类用地多"), "compact": _("形状紧凑"), "flat": _("平坦")}[kind]


def _weights(request: HttpRequest, search: SitingSearch) -> tuple[list[float], bool]:
    """The weights of the address (``w=3&w=1…``), else those of the search; and whether they differ."""
    own = [float(row["weight"]) for row in search.asked["criteria"]["wishes"]]
    given = request.GET.getlist("w")
    if len(given) != len(own):
        return own, False
    try:
        weights = [min(max(float(value), 0.0), 100.0) for value in given]
    except ValueError:
        raise BadInput(_("权重不是数字。"), where="、".join(given)) from None
    return weights, weights != own


@access(*USERS)
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """The candidates, ranked under the weights of the address; with htmx only the list."""
    row = selectors.record(SitingSearch, pk, request.actor)  # type: ignore[attr-defined]
    weights, changed = _weights(request, row)
    names, criteria = names_of(row), criteria_of(row)
    wishes = [
        {"text": describe(wish, names), "weight": f"{weight:g}", "name": f"w{number}", "kind": wish.kind}
        for number, (wish, weight) in enumerate(zip(criteria.wishes, weights, strict=True))
    ]
    found = ranked(row, weights)
    lines = [_line(rank, score, one, criteria, names) for rank, score, one in found[:SHOWN]]
    if request.GET.get("export") == "xlsx":
        return _export(request, row, found, wishes, names)
    context = {
        "search": row,
        "wishes": wishes,
        "changed": changed,
        "musts": [describe(must, names) for must in criteria.must],
        "area": (criteria.least_m2, criteria.most_m2),
        "account": row.result["account"],
        "lines": lines,
        "cut": len(found) - len(lines),
        "shapes": {"type": "FeatureCollection", "features": [line["feature"] for line in lines]},
        "map_settings": map_settings(),
        "projects": _projects(request),
    }
    alone = request.headers.get("HX-Target") == "candidates"
    return render(request, "analysis/candidates.html" if alone else "analysis/search.html", context)


def _projects(request: HttpRequest) -> list[ProjectChoice]:
    """The projects that a candidate can be saved to."""
    return [choice for room in project_sites.all() for choice in room.choices(request.actor)]  # type: ignore[attr-defined]


def _line(rank: int, score: float, one: SitingCandidate, criteria: Any, names: dict[str, str]) -> dict[str, Any]:
    cells = [
        {"text": describe(wish, names), "value": _value(wish.kind, value), "score": value["score"]}
        for wish, value in zip(criteria.wishes, one.values, strict=True)
    ]
    feature = {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(one.geometry)),
        "properties": {"shape": str(one.pk), "label": str(rank)},
    }
    return {
        "rank": rank,
        "score": score,
        "row": one,
        "key": str(one.pk),
        "cells": cells,
        "district": names.get(one.district, one.district),
        "slope": slope_word(one.slope),
        "feature": feature,
    }


def _value(kind: str, value: dict[str, Any]) -> str:
    if value["value"] is None:
        return _("没有")
    if kind in ("near", "far"):
        return f"{formats.number(value['value'])} m"
    if kind == "flat":
        return f"{value['value']:.1f}%"
    return formats.share(value["value"]) if kind == "class_share" else f"{value['value']:.2f}"


def slope_word(slope: dict[str, float]) -> str:
    """Mean slope and the share of steep ground; empty without a raster."""
    if not slope:
        return ""
    return _("平均坡度 %(mean)s，陡地占 %(share)s") % {"mean": percent(slope["mean"]), "share": formats.share(slope["steep"])}


def _export(request: HttpRequest, row: SitingSearch, found: Any, wishes: Any, names: dict[str, str]) -> HttpResponse:
    heads = [_("名次"), _("得分"), _("面积（公顷）"), _("紧凑度"), _("区县"), _("经度"), _("纬度"), *(wish["text"] for wish in wishes)]
    steep = "raster" in row.asked
    heads += [_("平均坡度（%）"), _("最大坡度（%）"), _("陡地占比")] if steep else []
    lines = [
        [rank, round(score, 2), float(one.area_m2) / 10_000, one.compactness, names.get(one.district, ""), one.lon, one.lat]
        + [value["value"] for value in one.values]
        + ([one.slope.get(key) for key in ("mean", "most", "steep")] if steep else [])
        for rank, score, one in found
    ]
    audit.record(request.actor, "analysis.siting_paper", row, detail={"form": "xlsx"})  # type: ignore[attr-defined]
    note = f"{row.number}　{row.title}　{_('依据')} {row.asked['basis']['release'] or row.run.number}　{row.digest[:16]}"
    return download(write_book([Page(_("备选用地"), heads, lines, [note])]), f"{row.number}.xlsx")


@access(*USERS)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Up to four candidates beside each other."""
    row = selectors.record(SitingSearch, pk, request.actor)  # type: ignore[attr-defined]
    weights, _changed = _weights(request, row)
    chosen = [int(value) for value in request.GET.getlist("c") if value.isdigit()][:COMPARED]
    criteria, names = criteria_of(row), names_of(row)
    lines = [_line(rank, score, one, criteria, names) for rank, score, one in ranked(row, weights) if one.pk in chosen]
    if len(lines) < 2:
        raise BadInput(_("要选 2 到 4 处备选用地来比较。"), how=_("请在清单里勾选后再点「比较」。"))
    wishes: list[dict[str, Any]] = [
        {"text": describe(wish, names), "weight": weight, "cells": [line["cells"][number] for line in lines]}
        for number, (wish, weight) in enumerate(zip(criteria.wishes, weights, strict=True))
    ]
    for wish in wishes:
        best = max(cell["score"] for cell in wish["cells"])
        wish["cells"] = [cell | {"best": cell["score"] == best} for cell in wish["cells"]]
    context = {
        "search": row,
        "lines": lines,
        "wishes": wishes,
        "shapes": {"type": "FeatureCollection", "features": [line["feature"] for line in lines]},
        "map_settings": map_settings(),
        "projects": _projects(request),
    }
    return render(request, "analysis/compare.html", context)


@access(*USERS)
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a place is not among the candidates; a fragment."""
    row = selectors.record(SitingSearch, pk, request.actor)  # type: ignore[attr-defined]
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        raise BadInput(_("没有给地点。"), how="lon=106.63&lat=26.65") from None
    return render(request, "analysis/why.html", {"why": why_not(row, lon, lat), "lon": lon, "lat": lat, "search": row})


@access(*USERS)
@require_POST
def act(request: HttpRequest, pk: int, candidate: int) -> HttpResponse:
    """Check a candidate, or give it to a project."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(SitingSearch, pk, actor)
    one = row.candidates.filter(pk=candidate).first()
    if one is None:
        raise NotFound(_("没有这处备选用地。"))
    if request.POST.get("act") == "save":
        saved = save_site(actor, one, request.POST.get("project", ""))
        messages.success(request, _("已存为 %(label)s 的备选用地。") % {"label": saved.label})
        return redirect(saved.url)
    title = _("%(search)s 第 %(rank)s 名") % {"search": row.title, "rank": one.rank}
    check = run_check(actor, Site(one.geometry, "siting"), title=title, release=row.release.number if row.release else "")
    return redirect(check.get_absolute_url())
