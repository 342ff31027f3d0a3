"""Findings: the list of a run, and one finding with everything that made it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Region
from lantu.blueprints import papers
from lantu.blueprints.models import Finding, FusionRun, Override
from lantu.blueprints.selectors.findings import Words, words_of
from lantu.blueprints.selectors.layer_tree import drawn, patch_fill
from lantu.blueprints.selectors.releases import shown_run
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.plans.models import PlanPatch
from lantu.standards.models import LayerDefinition, Rule
from lantu.ui import marks, sketch
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table


@access(*INSIDE)
def latest(request: HttpRequest) -> HttpResponse:
    """The findings of the run in force; without any, the runs."""
    run = shown_run()
    if run is None:
        return redirect("blueprints:runs")
    return redirect("blueprints:findings", run.pk, Finding.Listing.CONFLICT)


@access(*INSIDE)
def findings(request: HttpRequest, pk: int, listing: str) -> HttpResponse:
    """One list of a run. ``?where=apart`` lists the slivers that stand apart."""
    run = get_object_or_404(FusionRun, pk=pk, state=FusionRun.State.DONE)
    if listing not in Finding.Listing.values:
        raise NotFound(_("没有「%(list)s」这个清单。") % {"list": listing}, how=_("清单有差异图斑、矛盾图斑、覆盖空白三个。"))
    words = words_of(run)
    rows = Finding.objects.filter(run=run, listing=listing).defer("geometry", "hits", "sources", "area_account", "lineage")
    table = _table(run, listing, rows, words)
    context = {
        "run": run,
        "listing": listing,
        "lists": [{"key": key, "label": label, "totals": run.totals[key]} for key, label in Finding.Listing.choices],
        "demo": papers.is_demo(run),
    }
    return table.response(request, "blueprints/findings.html", context)


def _table(run: FusionRun, listing: str, rows: Any, words: Words) -> Table:
    stored = rows.order_by()
    rules = sorted(set(stored.values_list("rule", flat=True)))
    districts = sorted(set(stored.values_list("district", flat=True)))
    departments = sorted({code for key in set(stored.values_list("departments_key", flat=True)) for code in key.split("|") if code})
    plans = sorted(set(stored.values_list("layers_key", flat=True)))
    return Table(
        key=f"findings-{listing}",
        title=Finding.Listing(listing).label,
        rows=rows,
        columns=(
            Column("number", gettext_lazy("序号"), kind="number", sort="number", link=lambda row: row.get_absolute_url()),
            Column("severity", gettext_lazy("严重程度"), kind="severity", sort="severity,number"),
            Column("rule", gettext_lazy("类型"), lambda row: f"{row.rule} {words.rule(row.rule)}", sort="rule,number"),
            Column("district", gettext_lazy("区县"), lambda row: words.district(row.district), sort="district,number"),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("mean_width_m", gettext_lazy("平均宽（m）"), kind="decimal", sort="mean_width_m", minor=True),
            Column("plans", gettext_lazy("涉及图层"), lambda row: words.plans(row.layers_key), sort="layers_key", minor=True),
            Column("departments", gettext_lazy("有关部门"), lambda row: "、".join(map(words.department, row.departments)), minor=True),
            Column("apart", gettext_lazy("碎小"), kind="yes", sort="apart", minor=True),
            Column("identity", gettext_lazy("标识"), kind="code", sort="identity", minor=True),
            Column("map", gettext_lazy("位置"), lambda row: f"{row.anchor_lon:.6f}, {row.anchor_lat:.6f}", render=_place),
        ),
        filters=(
            Search(gettext_lazy("标识"), ["identity"]),
            Choice("severity", gettext_lazy("严重程度"), list(marks.SEVERITIES.items())),
            Choice("rule", gettext_lazy("类型"), [(code, f"{code} {words.rule(code)}") for code in rules]),
            Choice("district", gettext_lazy("区县"), [(code, words.district(code) or _("未定")) for code in districts]),
            Choice(
                "department",
                gettext_lazy("部门"),
                [(code, words.department(code)) for code in departments],
                where=lambda code: Q(departments_key__contains=f"|{code}|"),
            ),
            Choice("plans", gettext_lazy("规划组合"), [(key, words.plans(key)) for key in plans], field="layers_key"),
            Choice(
                "where",
                gettext_lazy("大小"),
                [("main", gettext_lazy("达到容差")), ("apart", gettext_lazy("碎小图斑（单列）"))],
                where=lambda value: Q(apart=value == "apart"),
            ),
            Range("area_m2", gettext_lazy("面积"), unit="㎡"),
        ),
        sort="number",
        empty=gettext_lazy("这次融合在这个清单里没有发现图斑。"),
    )


def _place(row: Finding) -> str:
    return marks.link(f"{reverse('map')}?run={row.run_id}&finding={row.pk}", _("在地图打开"))


@access(*INSIDE)
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding: what every plan says here, every rule that hit it, why it has this area, where it came from."""
    row = get_object_or_404(Finding.objects.select_related("run", "run__pack"), pk=pk)
    words = words_of(row.run)
    rules = {rule.code: rule for rule in Rule.objects.filter(pack=row.run.pack)}
    patches = _patches(row)
    layers = {layer.code: layer for layer in LayerDefinition.objects.filter(pack=row.run.pack, code__in=[s["layer"] for s in row.sources])}
    decisions = {
        one.number: one for one in Override.objects.filter(number__in=[s["feature_id"] for s in row.sources if s["release"] is None])
    }
    beside = Finding.objects.filter(run=row.run, listing=row.listing, apart=row.apart)
    context = {
        "finding": row,
        "run": row.run,
        "rule": rules.get(row.rule),
        "rule_name": words.rule(row.rule),
        "district": words.district(row.district),
        "departments": [words.department(code) for code in row.departments],
        "hits": [{"hit": hit, "rule": rules.get(hit["rule"]), "name": words.rule(hit["rule"])} for hit in row.hits],
        "sources": [
            {
                "source": source,
                "layer": words.layer(source["layer"]),
                "patch": patches.get((source["release"], source["index"])),
                "decision": decisions.get(source["feature_id"]) if source["release"] is None else None,
            }
            for source in row.sources
        ],
        "previous": beside.filter(number__lt=row.number).order_by("-number").first(),
        "next": beside.filter(number__gt=row.number).order_by("number").first(),
        "sketch": _sketch(row, patches, layers),
        "account": _account(row),
        "relation": RELATIONS.get(row.lineage.get("relation", "new"), ""),
        "parents": _parents(row),
        "demo": papers.is_demo(row.run),
    }
    return render(request, "blueprints/finding.html", context)


def _patches(row: Finding) -> dict[tuple[int, int], PlanPatch]:
    wanted = Q()
    for source in row.sources:
        if source.get("release") is not None:
            wanted |= Q(release=source["release"], index=source["index"])
    if not wanted:
        return {}
    rows = PlanPatch.objects.filter(wanted).select_related("release", "release__dataset", "release__dataset__owner")
    return {(patch.release_id, patch.index): patch for patch in rows}


def _sketch(row: Finding, patches: dict[tuple[int, int], PlanPatch], layers: dict[str, LayerDefinition]) -> str:
    shapes = []
    for patch in sorted(patches.values(), key=lambda patch: patch.release.layer_code):
        layer = layers.get(patch.release.layer_code)
        style = drawn(layer.style) if layer else {}
        fill = patch_fill(patch, layer) or style.get("fill") or "none"
        title = f"{patch.release.dataset} {patch.feature_id} {patch.code}"
        shapes.append(sketch.Shape(patch.geometry, fill=fill, stroke=style.get("stroke") or "#5D6872", width=1.2, title=title))
    districts = Region.objects.counties().exclude(geometry=None)
    box = sketch.bounds_around(row.geometry)
    lines = [sketch.Shape(region.geometry.boundary, stroke="#2C3742", width=1.4, dash="8 4") for region in districts.in_window(*box)]
    hatch = 1 if row.severity == 1 else 0
    own = sketch.Shape(row.geometry, stroke="#8A1F8F", width=3.4, halo=True, hatch=hatch, title=_("本图斑"))
    return sketch.draw([*shapes, *lines, own], box, label=_("图斑与各规划图斑的位置示意"))


def _account(row: Finding) -> dict[str, Any]:
    account = row.area_account
    plane = account.get("plane_m2")
    return {**account, "difference_m2": plane - float(row.area_m2) if plane is not None else None}


def _parents(row: Finding) -> list[dict[str, Any]]:
    """The findings of the previous run that this one comes from."""
    identities = row.lineage.get("parents", [])
    before = Finding.objects.filter(run=row.run.previous_id, identity__in=identities) if row.run.previous_id else Finding.objects.none()
    known = {found.identity: found for found in before.only("pk", "identity", "number", "area_m2")}
    return [{"identity": identity, "finding": known.get(identity)} for identity in identities]


RELATIONS = {
    "new": gettext_lazy("本次新出现"),
    "same": gettext_lazy("与上一次融合相同"),
    "changed": gettext_lazy("上一次融合已有，范围有变化"),
    "split": gettext_lazy("由上一次的一处拆分而来"),
    "merge": gettext_lazy("由上一次的几处合并而来"),
}
