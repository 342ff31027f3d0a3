"""Two releases compared: the choice, the overview with map, changed ground, findings, areas per district."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import shapely
from django.contrib import messages
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import BlueprintRelease, Change, Comparison, Finding, FusionRun, Override
from lantu.blueprints.papers import is_demo
from lantu.blueprints.selectors.comparisons import WHAT, findings_of, release_label, release_labels, summary
from lantu.blueprints.selectors.findings import Words, words_of
from lantu.blueprints.selectors.releases import in_force
from lantu.blueprints.services import compare
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table, workbook


@access(*INSIDE)
def choose(request: HttpRequest) -> HttpResponse:
    """Choose two releases; ``?before=&after=`` (keys of releases, or ``run-<key>``) goes straight on."""
    rows = list(BlueprintRelease.objects.select_related("run"))
    given = [request.GET.get(name, "") for name in ("before", "after")]
    if all(given):
        try:
            row, job = compare(request.actor, _run(given[0]), _run(given[1]))  # type: ignore[attr-defined]
        except LantuError as error:
            messages.error(request, str(error))
        else:
            if job is None:
                return redirect(row.get_absolute_url())
            return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(row.get_absolute_url())}")
    made = list(Comparison.objects.filter(state=Comparison.State.DONE).select_related("before", "after").order_by("-made_at")[:20])
    labels = release_labels(run for one in made for run in (one.before, one.after))
    context = {
        "releases": rows,
        "current": in_force(),
        "earlier": rows[1] if len(rows) > 1 else None,
        "made": [(one, labels[one.before_id], labels[one.after_id]) for one in made],
    }
    return render(request, "blueprints/compare.html", context)


def _run(text: str) -> FusionRun:
    if text.startswith("run-"):
        return get_object_or_404(FusionRun, pk=_key(text.removeprefix("run-")))
    return get_object_or_404(BlueprintRelease.objects.select_related("run"), pk=_key(text)).run


def _key(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(_("没有这个版本。"), how=_("请从列表里选。"))
    return int(text)


def _done(pk: int) -> Comparison:
    return get_object_or_404(Comparison.objects.select_related("before__pack", "after__pack"), pk=pk, state=Comparison.State.DONE)


def _heads(row: Comparison) -> dict[str, Any]:
    return {
        "row": row,
        "before_label": release_label(row.before),
        "after_label": release_label(row.after),
        "demo": is_demo(row.after),
    }


@access(*INSIDE)
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview, and the list of changed ground."""
    row = _done(pk)
    words = words_of(row.after)
    table = _changes(row, words)
    context = {
        **_heads(row),
        "part": "changes",
        "lists": summary(row),
        "layers": [(code, words.layer(code), figures) for code, figures in row.totals["layers"].items()],
        "bounds": _bounds(row),
    }
    return table.response(request, "blueprints/comparison.html", context)


def _bounds(row: Comparison) -> str:
    edges = Change.objects.filter(comparison=row).aggregate(w=Min("min_x"), s=Min("min_y"), e=Max("max_x"), n=Max("max_y"))
    return "" if edges["w"] is None else ",".join(f"{edges[side]:.6f}" for side in "wsen")


def _changes(row: Comparison, words: Words) -> Table:
    rows = Change.objects.filter(comparison=row).defer("geometry")
    stored = rows.order_by()
    layers, districts = (sorted(set(stored.values_list(name, flat=True))) for name in ("layer_code", "district"))
    decisions = {one.number: one.get_absolute_url() for one in Override.objects.only("number")}
    return Table(
        key="changes",
        title=gettext_lazy("变化图斑"),
        rows=rows,
        columns=(
            Column("number", gettext_lazy("序号"), kind="number", sort="number"),
            Column("layer", gettext_lazy("图层"), lambda one: f"{one.layer_code} {words.layer(one.layer_code)}", sort="layer_code,number"),
            Column("before", gettext_lazy("原用地"), kind="code", sort="before"),
            Column("after", gettext_lazy("现用地"), kind="code", sort="after"),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("district", gettext_lazy("区县"), lambda one: words.district(one.district), sort="district", minor=True),
            Column("decision", gettext_lazy("协调结果"), kind="code", sort="decision", link=lambda one: decisions.get(one.decision)),
            Column("map", gettext_lazy("位置"), _place_text, render=_place),
        ),
        filters=(
            Search(gettext_lazy("用地、协调结果"), ["before", "after", "decision"]),
            Choice("layer_code", gettext_lazy("图层"), [(code, f"{code} {words.layer(code)}") for code in layers]),
            Choice("district", gettext_lazy("区县"), [(code, words.district(code) or _("未定")) for code in districts]),
            Range("area_m2", gettext_lazy("面积"), unit="㎡"),
        ),
        sort="number",
        empty=gettext_lazy("两个版本在各图层上没有不同。"),
    )


def _place_text(one: Change) -> str:
    return f"{(one.min_x + one.max_x) / 2:.6f}, {(one.min_y + one.max_y) / 2:.6f}"  # type: ignore[operator]


def _place(one: Change) -> str:
    lon, lat = _place_text(one).split(", ")
    return marks.link(f"{reverse('blueprints:comparison-map', args=[one.comparison_id])}?at={lon},{lat},17", _("前后对照"))


@access(*INSIDE)
def compared_findings(request: HttpRequest, pk: int, listing: str, what: str) -> HttpResponse:
    """The findings of a list that are new, gone or changed."""
    row = _done(pk)
    if listing not in Finding.Listing.values or what not in WHAT:
        raise NotFound(_("没有「%(list)s」这个清单。") % {"list": f"{listing}/{what}"}, how=_("清单有差异图斑、矛盾图斑、覆盖空白三个。"))
    words = words_of(row.after)
    table = Table(
        key=f"compared-{listing}-{what}",
        title=TITLES[what],
        rows=findings_of(row, listing, what).defer("geometry", "hits", "sources", "area_account", "lineage"),
        columns=(
            Column("number", gettext_lazy("序号"), kind="number", sort="number", link=lambda one: one.get_absolute_url()),
            Column("severity", gettext_lazy("严重程度"), kind="severity", sort="severity,number"),
            Column("rule", gettext_lazy("类型"), lambda one: f"{one.rule} {words.rule(one.rule)}", sort="rule,number"),
            Column("district", gettext_lazy("区县"), lambda one: words.district(one.district), sort="district,number"),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            *([Column("area_before", gettext_lazy("原面积（公顷）"), kind="hectares", sort="area_before")] if what == "changed" else []),
            Column("identity", gettext_lazy("标识"), kind="code", sort="identity", minor=True),
        ),
        filters=(
            Search(gettext_lazy("标识"), ["identity"]),
            Choice("severity", gettext_lazy("严重程度"), list(marks.SEVERITIES.items())),
        ),
        sort="number",
        empty=gettext_lazy("没有这样的图斑。"),
    )
    context = {**_heads(row), "part": "findings", "heading": f"{Finding.Listing(listing).label}：{TITLES[what]}"}
    return table.response(request, "blueprints/comparison_list.html", context)


TITLES = {"new": gettext_lazy("新出现的图斑"), "gone": gettext_lazy("不再有的图斑"), "changed": gettext_lazy("范围有变化的图斑")}


@access(*INSIDE)
def areas(request: HttpRequest, pk: int) -> HttpResponse:
    """Areas per layer, class and district before and after; ``?export=xlsx``."""
    row = _done(pk)
    words = words_of(row.after)
    layer, district = request.GET.get("layer", ""), request.GET.get("district", "")
    rows = [one for one in row.areas if layer in ("", one["layer"]) and district in ("", one["district"])]
    if request.GET.get("export") == "xlsx":
        return _workbook(request, rows, words)
    context = {
        **_heads(row),
        "part": "areas",
        "rows": [
            {
                **one,
                "layer_name": words.layer(one["layer"]),
                "place": words.district(one["district"]),
                "delta": one["after_m2"] - one["before_m2"],
            }
            for one in rows
        ],
        "layer": layer,
        "district": district,
        "layers": [(code, words.layer(code)) for code in sorted({one["layer"] for one in row.areas})],
        "districts": [(code, words.district(code) or _("未定")) for code in sorted({one["district"] for one in row.areas})],
    }
    return render(request, "blueprints/comparison_areas.html", context)


def _workbook(request: HttpRequest, rows: list[dict[str, Any]], words: Words) -> HttpResponse:
    heads = [_("图层"), _("图层名称"), _("用地"), _("区县"), _("原面积（㎡）"), _("现面积（㎡）"), _("增减（㎡）")]
    lines = [
        [
            one["layer"],
            words.layer(one["layer"]),
            one["code"],
            words.district(one["district"]),
            one["before_m2"],
            one["after_m2"],
            round(one["after_m2"] - one["before_m2"], 2),
        ]
        for one in rows
    ]
    return workbook(request, "areas", _("分区县面积"), heads, lines)


@access(*INSIDE)
def geojson(request: HttpRequest, pk: int) -> HttpResponse:
    """All changed ground as GeoJSON (degrees, EPSG:4490)."""
    row = _done(pk)
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(one.geometry),
            "properties": {
                "number": one.number,
                "layer": one.layer_code,
                "before": one.before,
                "after": one.after,
                "decision": one.decision,
                "district": one.district,
                "area_m2": float(one.area_m2),
            },
        }
        for one in Change.objects.filter(comparison=row).iterator(chunk_size=500)
    ]
    body = {"type": "FeatureCollection", "name": str(row), "features": features}
    return download(json.dumps(body, ensure_ascii=False), f"changes-{row.pk}.geojson")


@access(*INSIDE)
def comparison_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Before and after on the map, with a swipe and the time line of releases."""
    row = _done(pk)
    heads = _heads(row)
    bounds = [float(value) for value in _bounds(row).split(",") if value]
    settings = {
        "api": reverse("api:map-context").removesuffix("context"),
        "before": row.before_id,
        "after": row.after_id,
        "bounds": bounds or None,
        "at": _at(request.GET.get("at", "")),
        "releases": _timeline(row, heads),
        "changes": reverse("api:blueprint-comparison-changes", args=[row.pk]),
        "texts": {
            "failed": _("没有取到数据：%(what)s"),
            "before": heads["before_label"],
            "after": heads["after_label"],
            "inView": _("视野内有 %(n)s 处变化"),
            "change": _("%(place)s　%(before)s → %(after)s　%(area)s 公顷　协调结果 %(decision)s"),
        },
    }
    return render(request, "blueprints/comparison_map.html", {**heads, "settings": settings})


def _timeline(row: Comparison, heads: dict[str, Any]) -> list[dict[str, Any]]:
    """The releases in order of time; runs of the comparison that were never published stand at its end."""
    published = BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).order_by("published_at")
    line = [{"run": one.run_id, "label": one.number, "date": one.published_at.date().isoformat()} for one in published]
    known = {one["run"] for one in line}
    for run, label in ((row.before, heads["before_label"]), (row.after, heads["after_label"])):
        if run.pk not in known:
            line.append({"run": run.pk, "label": label, "date": run.done_at.date().isoformat() if run.done_at else ""})
    return line


def _at(text: str) -> list[float] | None:
    """``lon,lat,zoom`` of the address."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if len(values) == 3 else None
