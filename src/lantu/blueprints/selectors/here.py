"""What every plan and every living layer says at a place (此点各规划怎么说)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.blueprints.fusion.decisions import LAYER
from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.blueprints.selectors.decisions import outcome_words
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.selectors.releases import in_force_on
from lantu.blueprints.visibility import may_see, may_see_internal
from lantu.core.actor import Actor
from lantu.geodesy.grid import WorkingGrid
from lantu.plans.models import LivingFeature, PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.models import Code, LayerDefinition

SEARCH_DEGREES = (0.005, 0.05, 0.5)
"""Half widths of the windows in which the nearest patch of a control line is looked for, one after another."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one layer says: ``state`` patch | hit | clear | gap | overlap; ``distance_m`` to the nearest patch of a line not hit."""

    layer: str
    title: str
    state: str
    text: str
    code: str = ""
    color: str = ""
    source: str = ""
    distance_m: float | None = None
    patches: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Here:
    """A place and what is said of it."""

    place: str
    statements: list[Statement]
    findings: list[Finding]


def what_is_here(lon: float, lat: float, run: FusionRun | None, *, actor: Actor, on: date | None = None) -> Here:
    """What the plans of ``run``, the living layers valid ``on`` a day (default today) and the findings say at a place (degrees, 4490).

    Layers that ``actor`` may not see are silent.
    """
    point = shapely.Point(lon, lat)
    statements = _living(point, on or timezone.localdate(), actor)
    findings: list[Finding] = []
    if run is not None:
        statements = [*_decisions(point, run, actor), *_plans(point, run, actor), *statements]
        findings = list(_covering(Finding.objects.filter(run=run), point))
    return Here(place_name(point), statements, sorted(findings, key=lambda row: (row.severity, row.number)))


def here_on(lon: float, lat: float, day: date, *, actor: Actor) -> tuple[BlueprintRelease | None, Here]:
    """What was in force at a place on a day: the release of that day, its plans and decisions, the living layers valid then."""
    release = in_force_on(day)
    return release, what_is_here(lon, lat, release.run if release else None, actor=actor, on=day)


def _decisions(point: shapely.Point, run: FusionRun, actor: Actor) -> list[Statement]:
    """What approved decisions that the run was made with say here."""
    if not may_see_internal(actor):
        return []
    return [
        Statement(LAYER, row.title, "hit", "；".join(outcome_words(row)), source=f"{row.number}　{row.document_no}　{row.document_date}")
        for row in _covering(run.overrides.order_by("pk"), point)
    ]


def place_name(point: shapely.Point) -> str:
    """The administrative unit of a place, from the city down, in words."""
    regions = list(_covering(Region.objects.filter(valid_to=None), point))
    order = list(Region.Kind.values)
    return " ".join(name_of(region) for region in sorted(regions, key=lambda region: (order.index(region.kind), region.code)))


def _covering(rows: Any, point: shapely.Point) -> Iterable[Any]:
    """Rows whose geometry covers the point."""
    return (row for row in rows.in_window(point.x, point.y, point.x, point.y) if shapely.covers(row.geometry, point))


def _plans(point: shapely.Point, run: FusionRun, actor: Actor) -> list[Statement]:
    releases = {release.pk: release for release in run.releases.select_related("dataset")}
    by_layer: dict[str, list[PlanPatch]] = defaultdict(list)
    for patch in _covering(PlanPatch.objects.filter(release__in=releases), point):
        by_layer[releases[patch.release_id].layer_code].append(patch)
    of_layer: dict[str, list[PlanRelease]] = defaultdict(list)
    for release in releases.values():
        of_layer[release.layer_code].append(release)
    definitions = LayerDefinition.objects.filter(pack=run.pack, code__in=of_layer).select_related("code_system")
    grid = standards.working_grid(run.pack)
    return [
        _say(definition, by_layer[definition.code], of_layer[definition.code], point, grid)
        for definition in definitions
        if may_see(actor, definition)
    ]


def _say(
    definition: LayerDefinition, patches: list[PlanPatch], releases: list[PlanRelease], point: shapely.Point, grid: WorkingGrid
) -> Statement:
    source = "、".join(f"{release.dataset.name} 第 {release.number} 版 1:{release.scale}" for release in releases)
    title = name_of(definition)
    if not patches and definition.is_coverage:
        return Statement(definition.code, title, "gap", _("规划未覆盖此处"), source=source)
    if not patches:
        rows = PlanPatch.objects.filter(release__in=releases)
        return Statement(definition.code, title, "clear", _("未压占"), source=source, distance_m=nearest_m(rows, point, grid))
    codes = list(dict.fromkeys(patch.code for patch in patches if patch.code))
    known = (
        {code.code: code for code in Code.objects.filter(system=definition.code_system, code__in=codes)} if definition.code_system else {}
    )
    text = "；".join(f"{code} {name_of(known[code])}" if code in known else code for code in codes) or _("在此范围内")
    state = "overlap" if len(patches) > 1 else "patch" if definition.is_coverage else "hit"
    color = known[codes[0]].color if codes and codes[0] in known else str(definition.style.get("stroke", ""))
    return Statement(definition.code, title, state, text, "/".join(codes), color, source, patches=[patch.pk for patch in patches])


def _living(point: shapely.Point, on: date, actor: Actor) -> list[Statement]:
    valid = LivingFeature.objects.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))
    features = list(_covering(valid, point))
    definitions = {row.code: row for row in LayerDefinition.objects.filter(pack__in_force=True, code__in={f.layer_code for f in features})}
    return [
        Statement(
            feature.layer_code,
            name_of(definitions[feature.layer_code]) if feature.layer_code in definitions else feature.layer_code,
            "hit",
            feature.name or feature.feature_id,
            source="　".join(part for part in (feature.document_no, _("%(day)s 起有效") % {"day": feature.valid_from}) if part),
        )
        for feature in features
        if feature.layer_code not in definitions or may_see(actor, definitions[feature.layer_code])
    ]


def nearest_m(rows: Any, point: shapely.Point, grid: WorkingGrid) -> float | None:
    """Distance in metres of the working CRS to the nearest of the rows; None when there is none within half a degree."""
    # degrees of longitude are shorter than those of latitude: stretch before asking for the nearest point
    stretch = np.array([np.cos(np.radians(point.y)), 1.0])

    def stretched(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy * stretch)

    for reach in SEARCH_DEGREES:
        window = rows.in_window(point.x - reach, point.y - reach, point.x + reach, point.y + reach)
        shapes = np.array([shape for shape in window.values_list("geometry", flat=True) if shape is not None], dtype=object)
        if not len(shapes):
            continue
        lines = shapely.shortest_line(stretched(point), stretched(shapes))
        best = lines[int(np.argmin(shapely.length(lines)))]
        if shapely.length(best) > reach * stretch[0] and reach != SEARCH_DEGREES[-1]:
            continue  # something outside of the window may be nearer
        ends = grid.from_degrees(shapely.get_coordinates(best) / stretch)
        return float(np.hypot(*(ends[1] - ends[0]).astype(np.float64)) * grid.unit_m)
    return None
