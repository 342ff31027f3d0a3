"""The layer tree of the map: what can be drawn for a run, in drawing order from above, with styles and legends."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.visibility import may_see, may_see_internal
from lantu.core.actor import Actor
from lantu.plans.models import LivingFeature, PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.models import Code, LayerDefinition, PackVersion

HATCHES = {
    "diagonal": "diagonal",
    "back-diagonal": "counter",
    "cross": "cross",
    "dots-cross": "plus",
    "dots": "dots",
    "horizontal": "diagonal",
}
"""Hatches of the city pack → those that the map can draw."""

TILES = "/tiles/{kind}/{key}/{{z}}/{{x}}/{{y}}.mvt"


@dataclass(frozen=True, slots=True)
class Layer:
    """One drawable layer, as the map page reads it (docs/rooms.md)."""

    code: str
    title: str
    kind: str
    tiles: str
    geometry: str = "polygon"
    style: dict[str, Any] = field(default_factory=dict)
    legend: list[dict[str, Any]] = field(default_factory=list)
    visible: bool = False
    opacity: float = 1.0
    release: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Layers of one plan."""

    key: str
    title: str
    layers: list[Layer]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def layer_tree(run: FusionRun | None, actor: Actor) -> list[Group]:
    """Findings, living layers, plans by group (the last drawn first), districts; without what the actor may not see."""
    groups = []
    if run is not None and may_see_internal(actor):
        groups.append(Group("findings", _("融合结果"), _findings(run)))
    groups.append(Group("districts", _("行政区划"), [_districts()]))
    living = _living(run, actor)
    if living:
        groups.append(Group("living", _("动态图层"), living))
    if run is not None:
        groups += _plans(run, actor)
    return groups


def patch_fill(patch: PlanPatch, layer: LayerDefinition | None) -> str:
    """The official colour of a patch's class; empty when its layer has no code table or the code no colour."""
    table = standards.catalogue(patch.release.pack).table_of(layer) if layer and patch.code else None
    entry = table.find(patch.code) if table else None
    return entry.color if entry else ""


def _findings(run: FusionRun) -> list[Layer]:
    tiles = TILES.format(kind="findings", key=run.pk)
    return [
        Layer(
            f"findings-{listing}",
            str(Finding.Listing(listing).label),
            "findings",
            f"{tiles}?list={listing}",
            legend=[{"code": str(number), "label": label} for number, label in severity_words().items()],
            visible=listing == Finding.Listing.CONFLICT,
        )
        for listing in (Finding.Listing.CONFLICT, Finding.Listing.DIFFERENCE, Finding.Listing.GAP)
    ]


def severity_words() -> dict[int, str]:
    """The five severities in words."""
    return {1: _("严重"), 2: _("较重"), 3: _("一般"), 4: _("较轻"), 5: _("提示")}


def _districts() -> Layer:
    style = {"stroke": "#3B4855", "width": 1.4, "dash": [8, 4]}
    return Layer("districts", _("区县界线"), "districts", "/tiles/districts/{z}/{x}/{y}.mvt", style=style, visible=True)


def _living(run: FusionRun | None, actor: Actor) -> list[Layer]:
    present = set(LivingFeature.objects.values_list("layer_code", flat=True).distinct())
    pack = {"pack": run.pack} if run is not None else {"pack__in_force": True}
    definitions = LayerDefinition.objects.filter(is_living=True, code__in=present, **pack).order_by("-order")
    return [
        Layer(
            definition.code,
            name_of(definition),
            "living",
            TILES.format(kind="living", key=definition.code),
            style=drawn(definition.style),
            opacity=float(definition.style.get("opacity", 1.0)),
            demo=LivingFeature.objects.filter(layer_code=definition.code, demo=True).exists(),
        )
        for definition in definitions
        if may_see(actor, definition)
    ]


def _plans(run: FusionRun, actor: Actor) -> list[Group]:
    releases = list(run.releases.select_related("dataset"))
    definitions = {row.code: row for row in LayerDefinition.objects.filter(pack=run.pack).select_related("code_system")}
    groups: dict[str, list[tuple[int, Layer]]] = defaultdict(list)
    titles: dict[str, str] = {}
    for release in releases:
        definition = definitions[release.layer_code]
        if not may_see(actor, definition):
            continue
        groups[definition.plan].append((definition.order, _plan(definition, release)))
        titles[definition.plan] = plan_title(run.pack, definition)
    tops = {key: max(order for order, _layer in layers) for key, layers in groups.items()}
    return [
        Group(key, titles[key], [layer for _order, layer in sorted(groups[key], key=lambda pair: -pair[0])])
        for key in sorted(groups, key=lambda key: -tops[key])
    ]


def plan_title(pack: PackVersion, definition: LayerDefinition) -> str:
    """The name of the plan that a layer belongs to."""
    return definition.plan_name_zh or definition.plan


def _plan(definition: LayerDefinition, release: PlanRelease) -> Layer:
    return Layer(
        f"{definition.code}-{release.pk}",
        name_of(definition),
        "plan",
        TILES.format(kind="plan", key=release.pk),
        geometry=definition.geometry_kind,
        style=drawn(definition.style),
        legend=_legend(definition, release),
        visible=definition.is_coverage and definition.strength != LayerDefinition.Strength.REFERENCE,
        opacity=float(definition.style.get("opacity", 1.0)),
        release=_("第 %(n)s 版") % {"n": release.number},
        demo=release.demo,
    )


def drawn(style: dict[str, Any]) -> dict[str, Any]:
    """A style of the catalogue in the words of the map."""
    fill = style.get("fill", "none")
    return {
        "fill": None if fill in ("none", "code") else fill,
        "stroke": style.get("hatch_color") or style.get("stroke"),
        "width": style.get("width", 0.6),
        "dash": style.get("dash"),
        "hatch": HATCHES.get(str(style.get("hatch", "none"))),
    }


def _legend(definition: LayerDefinition, release: PlanRelease) -> list[dict[str, Any]]:
    """The classes that occur in the release, coloured as the catalogue says; nothing for layers that are one thing."""
    if definition.code_system is None:
        return []
    used = PlanPatch.objects.filter(release=release).exclude(code="").values_list("code").annotate(n=Count("pk")).order_by("code")
    codes = {code.code: code for code in Code.objects.filter(system=definition.code_system)}
    own = definition.style.get("fills", {})
    legend = []
    for value, _count in used:
        code = codes.get(value)
        fill = own.get(value) or (code.color if code and definition.style.get("fill") == "code" else "")
        legend.append({"code": value, "label": f"{value} {name_of(code)}" if code else value, "fill": fill, "stroke": None, "hatch": None})
    return legend
