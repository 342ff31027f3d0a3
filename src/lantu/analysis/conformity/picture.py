"""The map of a report: the plan's uses faintly, the control lines near, the site and what it hits strongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.analysis import sheets
from lantu.analysis.models import Check
from lantu.analysis.sheets import Drawn, Sheet
from lantu.blueprints.selectors.layer_tree import drawn as style_of
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.plans.maps import fill_of
from lantu.plans.models import LivingFeature, PlanPatch
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition

MOST = 3000
"""Patches drawn of one layer; a site so large that more are near is drawn without them."""
SITE = "#8A1F8F"
PAPER_MM = (92.0, 76.0)
SCREEN_MM = (150.0, 100.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """The sheet and the legend of what is on it: (label, fill, stroke, hatch)."""

    sheet: Sheet
    legend: list[dict[str, str]]


def picture(check: Check, actor: Actor, size_mm: tuple[float, float] = PAPER_MM, scale: int | None = None) -> Picture:
    """Draw a check as its record has it."""
    grid = standards.working_grid(check.run.pack)
    denominator, window = sheets.window_of(grid, check.geometry, size_mm, scale)
    box = sheets.degrees_window(grid, window)
    catalogue = standards.catalogue(check.run.pack)
    releases = {row.pk: row.layer_code for row in check.run.releases.all()}
    legend: list[dict[str, str]] = []
    shapes: list[Drawn] = []
    use_layer = next((code for code in ("C0101", *(row["layer"] for row in check.result["composition"])) if code in releases.values()), "")
    for layer in _in_order(catalogue.layers, releases, use_layer):
        if not may_see(actor, layer):
            continue
        shapes += _layer(
            layer, [pk for pk, code in releases.items() if code == layer.code], box, legend, catalogue, base=layer.code == use_layer
        )
    shapes += [Drawn(region.geometry.boundary, stroke="#3B4855", width=0.35, dash="2 1") for region in _districts(box)]
    shapes += _hits(check, legend)
    shapes.append(Drawn(check.geometry, stroke=SITE, width=0.9, halo=True))
    legend.insert(0, {"label": _("用地红线"), "fill": "none", "stroke": SITE, "hatch": ""})
    return Picture(sheets.draw(grid, shapes, window, denominator, size_mm), legend)


def _in_order(layers: dict[str, LayerDefinition], releases: dict[int, str], use_layer: str) -> list[LayerDefinition]:
    """The use layer, then the lines that are no coverage, in drawing order."""
    present = [layers[code] for code in set(releases.values()) if code in layers]
    lines = [row for row in present if not row.is_coverage and row.strength != LayerDefinition.Strength.REFERENCE]
    base = [layers[use_layer]] if use_layer in layers else []
    return [*base, *sorted(lines, key=lambda row: row.order)]


def _layer(
    layer: LayerDefinition, releases: list[int], box: Any, legend: list[dict[str, str]], catalogue: Any, *, base: bool
) -> list[Drawn]:
    rows = list(PlanPatch.objects.filter(release__in=releases).in_window(*box).values_list("geometry", "code")[: MOST + 1])
    if len(rows) > MOST:
        return []
    if base:
        table = catalogue.table_of(layer)
        return [Drawn(shape, fill_of(layer, table, code), 0.55, "#5D6872", 0.1) for shape, code in rows]
    style = style_of(layer.style)
    frame = shapely.box(*box)
    near = [shape for shape, _code in rows if shapely.intersects(frame, shape)]
    if not near:
        return []
    stroke, hatch = str(style.get("stroke") or "#5D6872"), str(style.get("hatch") or "")
    legend.append({"label": layer.name_zh, "fill": str(style.get("fill") or "none"), "stroke": stroke, "hatch": hatch})
    dash = "1.6 .8" if style.get("dash") else ""
    fill = str(style.get("fill") or "none")
    return [Drawn(shape, fill, 0.2, stroke, 0.35, dash, hatch) for shape in near]


def _districts(box: Any) -> list[Region]:
    rows: Any = Region.objects.counties().exclude(geometry=None)
    return list(rows.in_window(*box))


def _hits(check: Check, legend: list[dict[str, str]]) -> list[Drawn]:
    """The ground that the site shares with the lines it hits."""
    wanted, living = Q(pk=None), []
    for row in check.result["lines"]:
        if row["state"] != "hit" or row["verdict"] == "pass":
            continue
        for patch in row["patches"]:
            if "release" in patch:
                wanted |= Q(release=patch["release"], index=patch["index"])
    for part in check.result["living"]:
        living += [row["pk"] for row in part["rows"]]
    shapes = list(PlanPatch.objects.filter(wanted).values_list("geometry", flat=True)[:200])
    shapes += list(LivingFeature.objects.filter(pk__in=living[:200]).values_list("geometry", flat=True))
    if not shapes:
        return []
    common = shapely.union_all(shapely.intersection(shapely.make_valid(np.array(shapes, dtype=object)), shapely.make_valid(check.geometry)))
    if common.is_empty:
        return []
    legend.insert(0, {"label": _("命中部分"), "fill": "none", "stroke": "#7A5F00", "hatch": "diagonal"})
    return [Drawn(common, stroke="#7A5F00", width=0.2, hatch="diagonal")]
