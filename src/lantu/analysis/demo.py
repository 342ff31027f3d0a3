"""Demo records of the analysis room: checked sites, a kept statistic, an evaluation, all over the release in force, by the usual verbs."""

from __future__ import annotations

import shapely

from lantu.accounts import demo as demo_people
from lantu.analysis.conformity.sites import Site
from lantu.analysis.models import Statistic
from lantu.analysis.partition import basis
from lantu.analysis.services import evaluate, keep_statistic, run_check
from lantu.analysis.settings import settings_of
from lantu.blueprints.models import BlueprintRelease
from lantu.plans.models import PlanPatch

USES = ("A33", "M1", "R2", "")


def load(release: BlueprintRelease) -> None:
    """Four checks on patches of the first coverage, the balance of its land, an evaluation; once, and only what the pack knows of."""
    if Statistic.objects.filter(demo=True).exists():
        return
    planner = demo_people.demo_actor("planner")
    found = basis(release.number)
    layers = [code for code, row in found.partition.catalogue.layers.items() if row.is_coverage and code in found.partition.layers]
    if not layers:
        return
    layer = found.partition.catalogue.layers[layers[0]]
    table = found.partition.catalogue.table_of(layer)
    patches = PlanPatch.objects.filter(release__in=found.run.releases.filter(layer_code=layer.code)).exclude(geometry=None)
    chosen = patches.filter(control_area_m2__gt=10_000, control_area_m2__lt=2_000_000).order_by("index")
    for number, (patch, use) in enumerate(zip(chosen[: len(USES)], USES, strict=False), start=1):
        known = use if table is not None and table.find(use) else ""
        site = Site(shapely.make_valid(patch.geometry), "patch")
        run_check(planner, site, title=f"演示用地 {number} 号", use=known, release=release.number)
    if layer.code_system_id is not None:
        keep_statistic(planner, "balance", {"layer": layer.code}, title="演示：用地平衡表", release=release.number, shared=True)
    if settings_of(found.run.pack).indicators:
        evaluate(planner, title="演示：指标评价", release=release.number)
