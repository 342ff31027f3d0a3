"""The rows of the table of figures: the kernel and its peers, asked the same, answer the same."""

from __future__ import annotations

import re

import pytest

from benchmarks import rows_faces
from benchmarks.city import City
from benchmarks.figures import table


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("city"), patches=120, threads=1, repeat=1)


def test_fusing_again_gives_the_digest_of_a_whole_run(city: City) -> None:
    assert [row["agrees"] for row in rows_faces.again(city, True)] == ["same digest", "same digest"]


def test_quality_siting_and_dissolve_agree_with_geos(city: City) -> None:
    rows = [row for work in (rows_faces.quality_check, rows_faces.siting, rows_faces.dissolving) for row in work(city, True)]
    assert len(rows) == 4
    for row in rows:
        for mine, theirs in re.findall(r"([\d,.]+) / ([\d,.]+)", row["agrees"]):
            assert float(mine.replace(",", "")) == pytest.approx(float(theirs.replace(",", "")), rel=1e-6, abs=0.5), row
    drawn = table({"rows": [{**row, "peak_mb": 1.0} for row in rows], "machine": {}, "data": {"patches": 120, "threads": 1, "repeat": 1}})
    assert drawn.count("\n| ") == 1 + len(rows)


def test_a_row_that_fails_says_with_what() -> None:
    drawn = table({"rows": [{"work": "x", "error": "boom"}], "machine": {}, "data": {"patches": 1, "threads": 1, "repeat": 1}})
    assert "failed: boom" in drawn
