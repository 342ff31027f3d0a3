"""Demo records of the analysis room: made heights, a profile, checked sites, a kept statistic, an evaluation; all by the usual verbs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import shapely

from lantu.accounts import demo as demo_people
from lantu.analysis.conformity.sites import Site
from lantu.analysis.models import HeightRaster, Statistic
from lantu.analysis.partition import basis
from lantu.analysis.services import draw_profile, evaluate, keep_raster, keep_statistic, run_check
from lantu.analysis.services.rasters import About, prepare
from lantu.analysis.settings import settings_of
from lantu.analysis.terrain.writing import geo_tags, write_geotiff
from lantu.blueprints.models import BlueprintRelease
from lantu.core.actor import Actor
from lantu.plans.models import PlanPatch
from lantu.standards import selectors as standards

USES = ("A33", "M1", "R2", "")


def load(release: BlueprintRelease) -> None:
    """Four checks on patches of the first coverage, the balance of its land, an evaluation; once, and only what the pack knows of."""
    if Statistic.objects.filter(demo=True).exists():
        return
    planner = demo_people.demo_actor("planner")
    found = basis(release.number)
    heights(planner, release)
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


HILLS = ((9_000.0, 160.0, 0.4), (4_100.0, 55.0, 1.9), (1_700.0, 22.0, 2.7), (800.0, 7.0, 5.1))
"""Wavelength (m), height (m) and phase of the waves that the made ground is put together from."""
CELL = 0.001
"""Degrees: about a hundred metres."""


def heights(planner: Actor, release: BlueprintRelease) -> None:
    """Made ground over the city as a GeoTIFF through the reader, and a profile across it; once."""
    if HeightRaster.objects.filter(demo=True).exists():
        return
    west, south, east, north = standards.city_extent()
    lon, lat = np.arange(west, east, CELL) + CELL / 2, np.arange(north, south, -CELL) - CELL / 2
    x, y = lon[None, :] * 99_500, lat[:, None] * 110_800
    ground = np.full((len(lat), len(lon)), 1150.0)
    for wave, height, phase in HILLS:
        angle = 2 * np.pi / wave
        ground += height * np.sin(angle * (x + 0.31 * y) + phase) * np.cos(angle * (0.87 * y - 0.22 * x) + 2 * phase)
    about = About("演示高程（按公式生成）", "平台演示数据，不是实测", "仅供演示", surveyed_on="2018-01-01", demo=True)
    with tempfile.TemporaryDirectory(prefix="lantu-demo-") as folder:
        path = Path(folder) / "demo-heights.tif"
        write_geotiff(
            path, ground.round(1).astype(np.float32), geo_tags(west, north, (CELL, CELL), standards.working_grid().statutory_epsg)
        )
        keep_raster(planner, prepare([(path.name, path)], about), about)
    middle = (west + east) / 2, (south + north) / 2
    wide, high = (east - west) / 20, (north - south) / 40
    line = shapely.LineString([(middle[0] - wide, middle[1] - high), middle, (middle[0] + wide, middle[1] + high / 2)])
    draw_profile(planner, line, title="演示：穿过市域中部的剖面", release=release.number)
