"""A small city for tests: a pack with rules, plan layers of boxes on the real working grid, people to act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from lantu.accounts.models import Department, Region
from lantu.blueprints.models import FusionRun, Override
from lantu.blueprints.services.overrides import record_override
from lantu.blueprints.services.runs import start_run
from lantu.core import jobs
from lantu.core.actor import Actor, Post
from lantu.geodesy.area import polygon_area
from lantu.planar.convert import Grid, layer_from_shapely
from lantu.planar.store import write_layer
from lantu.plans.models import LivingFeature, PlanDataset, PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.models import Code, CodeSystem, LayerDefinition, PackPart, PackVersion, Rule

_serial = count(1)

ORIGIN = (106.63, 26.65)
"""South-west corner of the little city, degrees."""

METRE = (1 / 99_600.0, 1 / 110_800.0)
"""About a metre, degrees east and north."""

Box = tuple[float, float, float, float]


def actor(role: str, user_id: int = 1, name: str = "") -> Actor:
    return Actor(user_id=user_id, name=name or f"{role} {user_id}", post=Post(role=role, department="GH"), channel="page")


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A box given in metres from the corner of the city, in degrees."""
    (lon, lat), (dx, dy) = ORIGIN, METRE
    return shapely.box(lon + x0 * dx, lat + y0 * dy, lon + x1 * dx, lat + y1 * dy)


RULES: tuple[dict[str, Any], ...] = (
    {
        "code": "C01",
        "name_zh": "压占永久基本农田",
        "name_en": "On permanent basic farmland",
        "kind": "conflict",
        "severity": 1,
        "names": ["C0101", "C0404"],
        "meta": {"requires": ["C0101", "C0404"]},
        "when": {"all": [{"plan": "urban", "trait": "construction"}, {"layer": "C0404", "present": True}]},
    },
    {
        "code": "C06",
        "name_zh": "城规建设·土规非建设",
        "name_en": "Urban construction, land plan not",
        "kind": "conflict",
        "severity": 2,
        "names": ["C0101", "C0401"],
        "meta": {"requires": ["C0101", "C0401"], "tolerated": {"layer": "C0101", "codes": ["G"], "match": "hierarchy"}},
        "when": {"all": [{"plan": "urban", "trait": "construction"}, {"layer": "C0401", "codes": ["030"], "match": "prefix2"}]},
    },
    {
        "code": "C13",
        "name_zh": "供地与规划不符",
        "name_en": "Supplied land against the plan",
        "kind": "conflict",
        "severity": 2,
        "names": ["C0101", "D0102"],
        "meta": {"requires": ["C0101"]},
        "when": {"all": [{"living": "D0102"}, {"plan": "urban", "trait": "non_construction"}]},
    },
    {"code": "C14", "name_zh": "边界不一致", "name_en": "Edges apart", "kind": "strip", "severity": 5, "names": [], "when": {}, "meta": {}},
    {
        "code": "G01",
        "name_zh": "土规未覆盖",
        "name_en": "Land plan silent",
        "kind": "gap",
        "severity": 3,
        "names": ["C0101", "C0401"],
        "meta": {"requires": ["C0101", "C0401"]},
        "when": {"all": [{"layer": "C0101", "present": True}, {"layer": "C0401", "present": False}]},
    },
)

LAYERS = (
    ("C0101", "城规用地", "urban", "GH", "urban-codes", False),
    ("C0401", "建设用地管制区", "land", "GT", "zones", False),
    ("C0404", "永久基本农田", "land", "GT", "", False),
    ("D0102", "供地", "approvals", "GT", "", True),
)

CODES = {
    "urban-codes": (("R", "", "yes"), ("R2", "R", "yes"), ("G", "", "yes"), ("G1", "G", "yes"), ("E2", "", "no")),
    "zones": (("010", "", "yes"), ("020", "", "depends"), ("030", "", "no"), ("040", "", "no")),
}


def make_pack(version: str = "1") -> PackVersion:
    """A pack in force with the layers, codes and rules above, two counties and two departments."""
    pack = PackVersion.objects.create(
        city="test",
        name_zh="试城",
        name_en="Testville",
        version=version,
        digest=f"{next(_serial):064d}",
        in_force=True,
        settings={
            "crs": {"working": 4545, "statutory": 4490, "accepted": [4490, 4545]},
            "grid_m": 0.0001,
            "extent": [106.5, 26.5, 106.8, 26.8],
            "center": ORIGIN,
        },
    )
    systems = {}
    for name, codes in CODES.items():
        systems[name] = CodeSystem.objects.create(pack=pack, system=name, version="1", name_zh=name, matching="hierarchy")
        for order, (code, parent, construction) in enumerate(codes):
            traits = {"loose": "yes"} if code == "020" else {}
            Code.objects.create(
                system=systems[name],
                code=code,
                parent_code=parent,
                name_zh=f"类 {code}",
                construction=construction,
                traits=traits,
                order=order,
            )
    for order, (code, name, plan, owner, system, living) in enumerate(LAYERS):
        LayerDefinition.objects.create(
            pack=pack, code=code, name_zh=name, plan=plan, owner=owner, code_system=systems.get(system), is_living=living, order=order
        )
    for order, rule in enumerate(RULES):
        Rule.objects.create(pack=pack, order=order, **rule)
    PackPart.objects.create(pack=pack, name="tolerances", content={"sliver": {"k_mm2": 4, "width_mm": 0.2, "noise_m": 0.01}})
    for code, name in (("GH", "市规划局"), ("GT", "市国土局")):
        Department.objects.get_or_create(code=code, defaults={"name_zh": name, "short_zh": name})
    make_region("520103", "云岩区", (-1000, -1000, 500, 2000))
    make_region("520102", "南明区", (500, -1000, 2000, 2000))
    return pack


def make_region(code: str, name: str, extent: Box) -> Region:
    return Region.objects.create(code=code, name_zh=name, kind=Region.Kind.COUNTY, geometry=box(*extent))


def make_release(pack: PackVersion, layer: str, patches: Sequence[tuple[str, Box]], *, number: int = 1, scale: int = 10_000) -> PlanRelease:
    """A release of boxes (metres from the corner of the city) with their codes."""
    dataset, _new = PlanDataset.objects.get_or_create(layer_code=layer, name=f"{layer} 数据", defaults={"scale": scale, "demo": True})
    serial = next(_serial)
    release = PlanRelease.objects.create(
        dataset=dataset,
        number=number,
        state=PlanRelease.State.RELEASED,
        layer_code=layer,
        pack=pack,
        scale=scale,
        digest=f"{serial:064d}",
        store_key=f"test-{serial}",
        patch_count=len(patches),
    )
    shapes = [box(*extent) for _code, extent in patches]
    grid = standards.working_grid(pack)
    units = [shapely.transform(shape, lambda xy: grid.from_degrees(xy).astype(np.float64)) for shape in shapes]
    write_layer(Path(settings.LANTU_STORE) / "plans" / release.store_key, layer_from_shapely(units, Grid(size=1.0)))
    for index, ((code, _extent), shape) in enumerate(zip(patches, shapes, strict=True)):
        PlanPatch.objects.create(
            release=release,
            index=index,
            feature_id=f"{layer}-{index}",
            code=code,
            codes=[[code, 1.0]] if code else [],
            control_area_m2=round(polygon_area(shape), 2),
            geometry=shape,
        )
    return release


def make_releases(pack: PackVersion) -> list[PlanRelease]:
    """Urban plan against land plan: farmland built over, a restricted zone built over, green in it, silent ground."""
    return [
        make_release(pack, "C0101", [("R2", (0, 0, 400, 400)), ("G1", (400, 0, 800, 400)), ("E2", (0, 400, 800, 800))]),
        make_release(pack, "C0401", [("030", (200, 0, 600, 400)), ("010", (0, 0, 200, 400)), ("010", (600, 0, 700, 400))]),
        make_release(pack, "C0404", [("", (0, 300, 100, 500))]),
    ]


def make_run(releases: Sequence[PlanRelease], by: Actor | None = None, **options: Any) -> FusionRun:
    """A run carried out to its end."""
    run, job = start_run(by or actor("planner"), releases, engine=options.pop("engine", "oracle"), **options)
    jobs.work_off()
    job.refresh_from_db()
    if job.error:
        raise AssertionError(job.error)
    run.refresh_from_db()
    return run


def make_override(geometry: Any, layers: Sequence[str], outcome: dict[str, Any], by: Actor | None = None, **more: Any) -> Override:
    """A decision on a piece of ground (degrees), with a document."""
    facts = {"title": "协调结果", "document_no": "筑府函〔2018〕1号", "document_date": date(2018, 9, 20), **more}
    return record_override(by or actor("planner"), layers=layers, outcome=outcome, geometry=geometry, **facts)


def make_living(layer: str, extent: Box, name: str = "供地", **more: Any) -> LivingFeature:
    return LivingFeature.objects.create(
        layer_code=layer, feature_id=f"{layer}-{next(_serial)}", name=name, geometry=box(*extent), **{"valid_from": "2018-01-01", **more}
    )
