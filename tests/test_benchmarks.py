from __future__ import annotations

import numpy as np
import pytest

from benchmarks.made_city import describe, made_city
from benchmarks.overlay import run, table


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
