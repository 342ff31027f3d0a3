"""Demo of the collection of plans and of a scanned sheet: by the verbs that people use, with made data (演示数据)."""

from __future__ import annotations

import io
from datetime import timedelta

import shapely
from django.utils import timezone

from lantu.accounts.models import Department
from lantu.core.actor import Actor
from lantu.geodesy.transform import transform
from lantu.plans.demo.scan import Patch, Scan, make_scan
from lantu.plans.models import CollectionRound, PlanDataset, PlanPatch, ScanSheet
from lantu.plans.services.collecting import Wanted, open_round
from lantu.plans.services.sheets import Point, bring_sheets, reference_sheet
from lantu.standards import selectors

ROUND = "演示 规划成果汇交"
ASKED = (("STHJ", "C0501"), ("STHJ", "C0502"), ("JYJ", "C0711"), ("SWJ", "C0751"), ("ZRZY", "C0101"), ("WWJ", "C0701"))
SHEET = "演示 城规扫描图.jpg"


def show_collection(planner: Actor) -> CollectionRound | None:
    """A round that asks six layers of five departments, once; None where the city has no such departments."""
    if CollectionRound.objects.filter(title=ROUND).exists():
        return None
    layers = selectors.catalogue().layers
    departments = {one.code: one for one in Department.objects.filter(code__in=[code for code, _layer in ASKED])}
    wanted = [Wanted(departments[code], layer) for code, layer in ASKED if code in departments and layer in layers]
    if not wanted:
        return None
    note = "请下载空库模板填写，按截止日汇交；当场得到回执和质检结果。"
    return open_round(planner, ROUND, timezone.localdate() + timedelta(days=7), wanted, note=note, demo=True)


def show_scan(planner: Actor) -> ScanSheet | None:
    """A scan of a piece of the urban plan, placed by its grid crosses and ready to be traced; once, where there is such a plan."""
    if ScanSheet.objects.filter(file_name=SHEET).exists():
        return None
    dataset = PlanDataset.objects.filter(layer_code="C0101", demo=True).order_by("pk").first()
    found = scan_of(dataset) if dataset else None
    if dataset is None or found is None:
        return None
    sheet = bring_sheets(planner, dataset, [(SHEET, io.BytesIO(found.jpeg()))])[0]
    points = [Point(px, py, x, y, f"{x:.0f},{y:.0f}") for px, py, x, y in found.crosses]
    return reference_sheet(planner, sheet, method="affine", epsg=selectors.working_grid().epsg, points=points)


def scan_of(dataset: PlanDataset) -> Scan | None:
    """A scan of the ground around a residential patch of a dataset's release in force."""
    patches = PlanPatch.objects.filter(release__dataset=dataset, release__state="released").exclude(geometry=None)
    homes = patches.filter(code__startswith="R")  # where people live the plan is varied
    middle = homes.order_by("index")[homes.count() // 2 :].first()
    if middle is None:
        return None
    grid = selectors.working_grid()
    table = selectors.catalogue().table_of(selectors.layer(dataset.layer_code))
    way = transform(grid.statutory_epsg, grid.epsg)
    ((east, north),) = way.points(shapely.get_coordinates(middle.geometry.representative_point()))
    window = (east - 1500.0, north - 1200.0, east + 1500.0, north + 1200.0)
    back = transform(grid.epsg, grid.statutory_epsg)
    corners = back.points(shapely.get_coordinates(shapely.box(*window)))
    shown = []
    for row in patches.in_window(*corners.min(axis=0), *corners.max(axis=0)):
        entry = table.find(row.code) if table else None
        if entry is not None:
            shape = shapely.transform(row.geometry, way.points)
            shown.append(Patch(shape, row.code, entry.name_zh, entry.color or "#DDDDDD"))
    return make_scan(shown, window, title="演示 城市总体规划用地图（扫描件）") if shown else None
