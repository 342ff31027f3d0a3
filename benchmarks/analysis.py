"""Conformity checks, batches and siting over a large release, beside PostGIS asked the same on the same patches.

``python tools/private_postgres.py -- python -m benchmarks.analysis [--patches 20000] [--layers 8] [--batch 1000]`` works in the folder
``LANTU_VAR`` (else one that goes with it) and on the database of ``DATABASE_URL``, which must be empty. It makes layers of a made city
(``made_city``), fuses and publishes them, and times whole requests through Django's test client: the site as GeoJSON in, the kept record
out. PostGIS gets the patches of each layer in a table of its own with a GiST index and answers one query: which classes, how much of each,
by intersection, with geodesic areas. Times are medians after one to warm up.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.machine import describe_machine
from benchmarks.made_city import SIDE, made_city, shapes_of

PLACES = 15
SITE_M = 450.0
"""Sites are squares of 20 ha."""


def main() -> None:
    """Make, measure, print JSON lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patches", type=int, default=20_000)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=1000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
    with tempfile.TemporaryDirectory(prefix="lantu-bench-") as folder:
        os.environ.setdefault("LANTU_VAR", folder)
        measure(options.patches, options.layers, options.batch)


def measure(patches: int, layers: int, batch: int) -> None:
    """All of it."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0, interactive=False)
    say(machine=describe_machine(), database=connection.vendor, patches=patches, layers=layers)
    made, fused = _make(patches, layers)
    say(step="made and fused", seconds=round(fused, 1), faces=made)
    sites = _sites()
    if connection.vendor == "postgresql":
        _tables(layers)
        say(step="PostGIS, intersection with classes and areas", layers=layers, **_times(lambda n: _ask_postgis(layers, sites[n])))
    _requests(sites)
    _batch(batch)
    _siting()


def say(**facts: Any) -> None:
    """One line of JSON."""
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def _times(work: Callable[[int], Any]) -> dict[str, float]:
    work(0)
    found = []
    for n in range(1, PLACES):
        began = time.perf_counter()
        work(n)
        found.append((time.perf_counter() - began) * 1000)
    return {"median_ms": round(statistics.median(found), 1), "worst_ms": round(max(found), 1)}


def _codes(layer: int) -> str:
    return f"L{layer:02d}"


def _make(patches: int, layers: int) -> tuple[int, float]:
    """Pack, releases, run, release; (faces, seconds of fusing)."""
    from django.conf import settings

    from lantu.analysis.partition import basis
    from lantu.blueprints import factories as city
    from lantu.blueprints.ports import publication_guards
    from lantu.blueprints.services import publish_release
    from lantu.geodesy.area import polygon_areas
    from lantu.planar.convert import Grid, layer_from_shapely
    from lantu.planar.store import write_layer
    from lantu.plans.models import PlanDataset, PlanPatch, PlanRelease
    from lantu.standards import selectors as standards
    from lantu.standards.models import LayerDefinition, PackPart

    pack = city.make_pack()
    pack.settings["extent"] = [106.0, 26.0, 108.0, 28.0]
    pack.save()
    urban = LayerDefinition.objects.get(pack=pack, code="C0101")
    items = {}
    for number in range(layers):
        code = _codes(number)
        LayerDefinition.objects.create(
            pack=pack, code=code, name_zh=f"图层 {number}", plan="bench", code_system=urban.code_system, is_coverage=True, order=20 + number
        )
        items[f"K{number:02d}"] = {"layer": code, "codes": ["E2"], "verdict": "fail"}
    content = {"conformity": {"items": items}, "limits": {"max_area_ha": 1_000_000}}
    PackPart.objects.create(pack=pack, name="analysis", content=content)
    standards.clear()
    grid = standards.working_grid(pack)
    corner = grid.to_metres(grid.from_degrees(np.array([[106.4, 26.4]])))[0]
    shift = np.rint((corner - np.asarray(grid.origin)) / grid.unit_m)
    releases = []
    values = ("R2", "G1", "E2")
    for number, layer in enumerate(made_city(patches, layers)):
        shapes = shapely.make_valid(shapes_of(layer), method="structure", keep_collapsed=False)
        units = shapely.transform(shapes, lambda xy: np.rint(xy / grid.unit_m) + shift)
        degrees = shapely.transform(units, grid.to_degrees)
        dataset = PlanDataset.objects.create(layer_code=_codes(number), name=f"L{number}", scale=10_000, demo=True)
        release = PlanRelease.objects.create(
            dataset=dataset, number=1, state=PlanRelease.State.RELEASED, layer_code=_codes(number), pack=pack, scale=10_000,
            digest=f"{number:064d}", store_key=f"bench-{number}", patch_count=len(units),
        )  # fmt: skip
        write_layer(Path(settings.LANTU_STORE) / "plans" / release.store_key, layer_from_shapely(list(units), Grid(size=1.0)))
        areas = polygon_areas(degrees, grid.ellipsoid)
        PlanPatch.objects.bulk_create(
            [
                PlanPatch(
                    release=release, index=index, feature_id=f"{number}-{index}", code=values[index % 3], codes=[[values[index % 3], 1.0]],
                    control_area_m2=round(float(areas[index]), 2), geometry=shape,
                )
                for index, shape in enumerate(degrees)
            ],
            batch_size=2000,
        )  # fmt: skip
        releases.append(release)
    began = time.perf_counter()
    run = city.make_run(releases, engine="planar")
    seconds = time.perf_counter() - began
    for key in list(publication_guards.keys()):
        publication_guards.unregister(key)
    publish_release(city.actor("publisher", 99), run, "0.1", "")
    return len(basis("0.1").partition.faces.label), seconds


def _sites() -> list[shapely.Polygon]:
    """Squares of 20 ha spread over the city, in degrees."""
    from lantu.standards import selectors as standards

    grid = standards.working_grid()
    corner = grid.to_metres(grid.from_degrees(np.array([[106.4, 26.4]])))[0]
    random = np.random.default_rng(7)
    found = []
    for x, y in random.uniform(0.15, 0.85, (PLACES, 2)) * SIDE + corner:
        square = shapely.box(x, y, x + SITE_M, y + SITE_M)
        found.append(shapely.transform(square, lambda xy: grid.to_degrees((xy - np.asarray(grid.origin)) / grid.unit_m)))
    return found


def _tables(layers: int) -> None:
    """The patches of each layer as a GIS office keeps them."""
    from django.db import connection

    with connection.cursor() as cursor:
        for number in range(layers):
            name = f"bench_{number}"
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT p.code, ST_MakeValid(ST_SetSRID(ST_GeomFromWKB(p.geometry), 4490)) AS geom "
                "FROM plans_planpatch p JOIN plans_planrelease r ON r.id = p.release_id WHERE r.layer_code = %s",
                [_codes(number)],
            )
            cursor.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            cursor.execute(f"ANALYZE {name}")


def _ask_postgis(layers: int, site: shapely.Polygon) -> int:
    from django.db import connection

    parts = " UNION ALL ".join(
        f"SELECT {number} AS layer, t.code, sum(ST_Area(ST_Transform(ST_Intersection(t.geom, s.geom), 4326)::geography)) "
        f"FROM bench_{number} t, s WHERE ST_Intersects(t.geom, s.geom) GROUP BY t.code"
        for number in range(layers)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"WITH s AS (SELECT ST_GeomFromWKB(%s, 4490) AS geom) {parts}", [shapely.to_wkb(site)])
        return len(cursor.fetchall())


def _client() -> Any:
    from django.test import Client

    from lantu.blueprints import factories as city
    from lantu.core.middleware import actor_source

    for key in list(actor_source.keys()):
        actor_source.unregister(key)
    actor_source.register("bench", lambda request: city.actor("planner"))
    return Client()


def _requests(sites: list[shapely.Polygon]) -> None:
    client = _client()

    def ask(n: int) -> None:
        answer = client.post(
            "/api/v1/analysis/checks", json.dumps({"geometry": shapely.geometry.mapping(sites[n])}), content_type="application/json"
        )
        assert answer.status_code == 201, answer.content

    say(step="check, whole request, record kept", **_times(ask))


def _batch(count: int) -> None:
    """Many sites of a hectare as a job."""
    from lantu.analysis.models import CheckBatch
    from lantu.analysis.services import start_batch
    from lantu.blueprints import factories as city
    from lantu.core import jobs

    random = np.random.default_rng(3)
    features = []
    for lon, lat in random.uniform((106.55, 26.55), (107.1, 27.0), (count, 2)):
        square = shapely.box(lon, lat, lon + 0.001, lat + 0.0009)
        features.append({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(square)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sites.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        start_batch(city.actor("planner"), [(path.name, path)], epsg=4490)
    began = time.perf_counter()
    jobs.work_off()
    seconds = time.perf_counter() - began
    done = CheckBatch.objects.get()
    each = round(seconds / count * 1000, 1)
    say(step="batch as a job", sites=done.total, refused=len(done.refused), seconds=round(seconds, 1), ms_per_site=each)


def _siting() -> None:
    """A search, and the same candidates under other weights."""
    client = _client()
    criteria = {
        "area_ha": [15, 25],
        "must": [{"kind": "class", "layer": _codes(0), "codes": ["R2"]}],
        "wishes": [
            {"kind": "near", "layer": _codes(1), "codes": ["G1"], "metres": 800, "weight": 3},
            {"kind": "class_share", "layer": _codes(2), "codes": ["R2"], "weight": 2},
            {"kind": "compact", "weight": 1},
        ],
    }
    for _warm in (True, False):  # the first search compiles what it needs
        began = time.perf_counter()
        answer = client.post("/api/v1/analysis/sites", json.dumps({"criteria": criteria}), content_type="application/json")
        assert answer.status_code == 201, answer.content
    found = answer.json()
    say(step="siting search, whole request", seconds=round(time.perf_counter() - began, 2), candidates=len(found["candidates"]))
    again = _times(lambda n: client.get(f"/api/v1/analysis/sites/{found['id']}", {"weights": f"{n % 5},{(n + 2) % 5},1"}))
    say(step="ranked by other weights, whole request", **again)


if __name__ == "__main__":
    main()
