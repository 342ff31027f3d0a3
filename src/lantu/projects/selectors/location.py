"""Small maps of sites: over the plan of urban land use and the living layers, drawn on the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from shapely.geometry.base import BaseGeometry

from lantu.analysis.settings import settings_of
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.plans import maps
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.plans.selectors import living_in_force
from lantu.projects.models import CandidateSite
from lantu.standards import selectors

MOST = 400
"""Patches drawn beneath; more would be a stain."""
SITE, CHOSEN = "#8A1F8F", "#E7C9EA"


@dataclass(frozen=True, slots=True)
class Ground:
    """A site to draw; ``firm`` ones are filled."""

    geometry: BaseGeometry
    firm: bool = False


def sites_of(projects: Iterable[int]) -> list[CandidateSite]:
    """One site for each of these projects that has any: the chosen one, else the first."""
    found: dict[int, CandidateSite] = {}
    rows = CandidateSite.objects.filter(project__in=projects, withdrawn=False).select_related("project")
    for site in rows.order_by("-chosen", "pk"):
        found.setdefault(site.project_id, site)
    return list(found.values())


def picture_of(actor: Actor, sites: Sequence[CandidateSite], label: str) -> SafeString:
    """The sites of projects, each with a mark that opens its project."""
    grounds = [Ground(site.geometry, site.chosen) for site in sites]
    marks = [
        maps.Mark((point := site.geometry.representative_point()).x, point.y, "info", site.project.name, site.project.get_absolute_url())
        for site in sites
    ]
    return picture(actor, grounds, label, marks)


def picture(actor: Actor, grounds: Sequence[Ground], label: str, marks: Sequence[maps.Mark] = ()) -> SafeString:
    """An SVG of the grounds with what lies around them, as far as the actor may see it."""
    bounds = maps.bounds_of([one.geometry for one in grounds])
    if bounds is None:
        return SafeString("")
    sites = maps.Shapes([one.geometry for one in grounds], [CHOSEN if one.firm else "none" for one in grounds], stroke=SITE, css="pj-site")
    return maps.picture([*_beneath(actor, _around(bounds)), sites], bounds, label, marks)


def _around(bounds: maps.Bounds) -> maps.Bounds:
    """The box of the picture is a little wider than that of the grounds."""
    west, south, east, north = bounds
    wide = max(east - west, north - south)
    return west - wide, south - wide, east + wide, north + wide


def _beneath(actor: Actor, window: maps.Bounds) -> list[maps.Shapes]:
    catalogue = selectors.catalogue()
    layer = catalogue.layers.get(str(settings_of().use.get("layer", "")))
    found = []
    if layer is not None and may_see(actor, layer):
        rows: Any = PlanPatch.objects.filter(release__layer_code=layer.code, release__state=PlanRelease.State.RELEASED)
        found.append(maps.coded(rows.in_window(*window).only("geometry", "codes")[:MOST], layer, catalogue.table_of(layer), "pmap__f"))
    seen = [code for code, one in catalogue.layers.items() if one.is_living and may_see(actor, one)]
    alive: Any = living_in_force().filter(layer_code__in=seen)
    living = [row.geometry for row in alive.in_window(*window)[:MOST]]
    return [*found, maps.Shapes(living, ["none"] * len(living), stroke="#5D6872", css="pj-living")] if living else found
