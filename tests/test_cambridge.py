"""A second city made of real public plans: its overlap areas agree with those that its publisher's data gives elsewhere.

The reference values (hectares, one decimal) were computed with shapely in the plane of EPSG:26986. Ours are areas on the ellipsoid, and
larger by six hundredths of a per mille: the projection shrinks lengths here by about 3 parts in 100,000. docs/cambridge.md says more.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from django.conf import settings

from lantu.accounts import demo as people
from lantu.blueprints.models import FusionRun
from lantu.blueprints.services import start_run
from lantu.core import jobs
from lantu.core.actor import system
from lantu.plans.selectors import current_releases
from lantu.plans.services.folders import import_folder, plan_folders
from lantu.standards.services import export_pack, load_pack

PACK = Path(settings.CITIES_DIR) / "cambridge"
REFERENCE_HA = {
    "K01": ("Z0101", "W0101", 179.0),
    "D01": ("Z0101", "P0101", 352.2),
    "K02": ("Z0101", "E0101", 213.2),
    "K03": ("W0101", "E0101", 129.2),
    "K05": ("Z0102", "W0102", 102.8),
    "K04": ("A0101", "W0101", 21.5),
    "K06": ("H0102", "H0103", 35.8),
}
PLANE_TO_ELLIPSOID = 1.00006


@pytest.fixture
def run(db: None) -> FusionRun:
    """Every plan of the pack brought in and fused, by the verbs that people use."""
    load_pack(system(), PACK)
    people.load()
    planner, checker = people.demo_actor("planner"), people.demo_actor("checker")
    for folder in plan_folders(PACK / "plans"):
        import_folder(planner, folder, checker=checker, waive_reason="按公布的样子入库")
    made, _job = start_run(planner, list(current_releases()))
    jobs.work_off()
    made.refresh_from_db()
    assert made.state == FusionRun.State.DONE
    return made


def _plane(code: str) -> shapely.Geometry:
    """All ground of a layer in the metres of EPSG:26986, read and merged by shapely alone."""
    file = next((PACK / "plans").glob(f"*-{code}/*.geojson"))
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in json.loads(file.read_text())["features"] if one["geometry"]]
    to_plane = pyproj.Transformer.from_crs(4326, 26986, always_xy=True)
    moved = shapely.transform(shapely.force_2d(np.array(shapes)), lambda xy: np.column_stack(to_plane.transform(xy[:, 0], xy[:, 1])))
    return shapely.union_all(shapely.make_valid(moved))


def test_the_areas_of_overlap_agree_with_the_references_and_with_shapely(run: FusionRun) -> None:
    found: Counter[str] = Counter()
    for hits in run.findings.values_list("hits", flat=True):
        for hit in hits:
            found[hit["rule"]] += hit["area_m2"] / 10_000
    planes = {code: _plane(code) for code in {code for one, two, _ha in REFERENCE_HA.values() for code in (one, two)}}
    for rule, (one, two, reference) in REFERENCE_HA.items():
        assert found[rule] == pytest.approx(reference, abs=0.06), rule
        plane = shapely.intersection(planes[one], planes[two]).area / 10_000
        assert found[rule] / plane == pytest.approx(PLANE_TO_ELLIPSOID, abs=2e-5), rule


def test_the_pack_comes_out_as_it_went_in(db: None, tmp_path: Path) -> None:
    version = load_pack(system(), PACK)
    export_pack(system(), version, tmp_path / "out")
    assert load_pack(system(), tmp_path / "out").digest == version.digest


def test_no_code_names_a_city() -> None:
    """Nothing of a city is in the code; the demo's own parts and the makers of test data may name the city they make."""
    source = Path(settings.BASE_DIR) / "src" / "lantu"
    naming = [
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if not {"tests", "migrations", "demo", "factories.py"} & set(path.relative_to(source).parts)
        and any(word in path.read_text(encoding="utf-8").lower() for word in ("guiyang", "cambridge"))
    ]
    assert naming == ["web/demo.py"]
