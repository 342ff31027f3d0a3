from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.chart import points, svg
from benchmarks.made_city import describe, made_city
from benchmarks.overlay import run, table
from benchmarks.pictures import LAND, TOWN, dissolved, partition, snapping
from lantu.planar.engine import PlanarEngine


def test_the_made_city_is_the_same_each_time_and_covers_its_square() -> None:
    first, second = made_city(300, 3), made_city(300, 3)
    for one, other in zip(first, second, strict=True):
        for name in ("xy", "ring_start", "patch_start"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        facts = describe(one)
        assert facts["patches"] == 300 and 50 < facts["vertices_mean"] < 66
        assert facts["area_km2"] == pytest.approx(8100, rel=1e-3)
    vertices = [set(map(tuple, layer.xy.tolist())) for layer in first]
    assert 0.1 < len(vertices[0] & vertices[1]) / len(vertices[0]) < 0.7


@pytest.mark.slow
def test_the_tiny_benchmark_runs_and_all_engines_agree_in_area() -> None:
    report = run(patches=150, layers=2, threads=2, repeat=1, engines=["planar", "oracle", "shapely"])
    rows = {row["engine"]: row for row in report["rows"]}
    assert [row.get("error") for row in report["rows"]] == [None, None, None]
    assert rows["planar"]["area_m2"] == rows["oracle"]["area_m2"]
    assert rows["planar"]["parts"] == rows["oracle"]["parts"]
    # GEOS mends the few invalid patches another way than by the even-odd rule
    assert rows["shapely"]["area_m2"] == pytest.approx(rows["planar"]["area_m2"], rel=1e-5)
    assert "| planar | union |" in table(report)


def test_an_engine_that_fails_is_a_row_of_its_own() -> None:
    report = run(patches=40, layers=2, threads=1, repeat=1, engines=["no-such-engine"])
    assert "no-such-engine" in report["rows"][0]["error"]
    assert "failed" in table(report)


def test_the_chart_shows_every_engine_with_its_points() -> None:
    row = {"engine": "planar", "cpu_seconds": 0.5}
    reports = [{"data": {"patches": n, "layers": 2}, "rows": [row, {"engine": "duckdb", "error": "x"}]} for n in (10_000, 100)]
    found = points(reports)
    assert found == {"planar": [(200, 0.5), (20_000, 0.5)]}
    drawn = svg(found, "title")
    assert drawn.count("<circle") == 2 and ">planar</text>" in drawn and "20,000" in drawn


def test_the_pictures_of_the_documentation_are_what_the_kernel_makes() -> None:
    faces = PlanarEngine(threads=1).overlay([LAND, TOWN])
    folder = Path(__file__).parents[1] / "docs" / "images"
    for name, drawn in (("snapping", snapping(faces)), ("faces", partition(faces)), ("dissolve", dissolved(faces))):
        assert (folder / f"kernel-{name}.svg").read_text(encoding="utf-8") == drawn
