"""Layers, classifications, crosswalks, rules of the pack in force."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.core.access import access
from lantu.standards import selectors, tables
from lantu.standards.models import CodeSystem, Crosswalk, LayerDefinition, Rule
from lantu.standards.words import condition


@access("@")
def layers(request: HttpRequest) -> HttpResponse:
    """The layer catalogue."""
    pack = selectors.pack()
    return tables.layers(pack).response(request, "ui/list.html", {"heading": _("图层目录"), "meta": str(pack)})


@access("@")
def layer(request: HttpRequest, code: str) -> HttpResponse:
    """A layer: what it is, whose, what its features must have."""
    found = get_object_or_404(LayerDefinition.objects.select_related("code_system"), pack=selectors.pack(), code=code)
    context = {
        "layer": found,
        "owner": Department.objects.filter(code=found.owner).first(),
        "geometry": tables.GEOMETRY.get(found.geometry_kind, found.geometry_kind),
        "swatch": tables.style_swatch(found.style),
    }
    return render(request, "standards/layer.html", context)


@access("@")
def systems(request: HttpRequest) -> HttpResponse:
    """The classifications."""
    pack = selectors.pack()
    return tables.code_systems(pack).response(request, "ui/list.html", {"heading": _("分类标准"), "meta": str(pack)})


@access("@")
def codes(request: HttpRequest, pk: int) -> HttpResponse:
    """The codes of a classification."""
    system = get_object_or_404(CodeSystem, pk=pk)
    return tables.codes(system).response(request, "ui/list.html", {"heading": system.name_zh, "meta": system.meta.get("standard", "")})


@access("@")
def crosswalks(request: HttpRequest) -> HttpResponse:
    """The crosswalks."""
    pack = selectors.pack()
    return tables.crosswalks(pack).response(request, "ui/list.html", {"heading": _("对照表"), "meta": str(pack)})


@access("@")
def crosswalk(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines of a crosswalk."""
    found = get_object_or_404(Crosswalk, pk=pk)
    meta = _("没有单列的代码随其上级。")
    return tables.crosswalk_rows(found).response(request, "ui/list.html", {"heading": found.title_zh, "meta": meta})


@access("@")
def rules(request: HttpRequest) -> HttpResponse:
    """The rules."""
    pack = selectors.pack()
    return tables.rules(pack).response(request, "ui/list.html", {"heading": _("规则"), "meta": str(pack)})


@access("@")
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """A rule: what it finds, in words."""
    pack = selectors.pack()
    found = get_object_or_404(Rule, pack=pack, code=code)
    names = {one.code: str(one) for one in pack.layers.all()} | {one.plan: one.plan_name_zh for one in pack.layers.all()}
    context = {"rule": found, "condition": condition(found.when, names), "tolerated": condition(found.meta.get("tolerated"), names)}
    return render(request, "standards/rule.html", context)
