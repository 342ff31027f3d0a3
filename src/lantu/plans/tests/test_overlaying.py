"""``lantu overlay``: files in, one file with the attributes of all layers out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from lantu.core.errors import BadInput
from lantu.planar.oracle import ShapelyEngine
from lantu.plans.cli import overlay
from lantu.plans.overlaying import overlay_files

LAND = [shapely.box(500_000, 2_900_000, 500_010, 2_900_010), shapely.box(500_010, 2_900_000, 500_020, 2_900_010)]
TOWN = [shapely.box(500_005, 2_900_000, 500_015, 2_900_010), shapely.box(500_012, 2_900_000, 500_016, 2_900_010)]


def write(path: Path, shapes: list[shapely.Geometry], crs: str = "EPSG:4523", **columns: list[object]) -> Path:
    driver = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}[path.suffix]
    values = [np.array(column) for column in columns.values()]
    pyogrio.raw.write(path, shapely.to_wkb(shapes), values, list(columns), geometry_type="Polygon", crs=crs, driver=driver)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    land = write(tmp_path / "land.shp", LAND, code=["林地", "耕地"], size=[1.5, 2.5])
    return [land, write(tmp_path / "town.gpkg", TOWN, use=[7, 8])]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".parquet"])
def test_every_face_keeps_the_attributes_of_all_layers(files: list[Path], tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"both{suffix}"
    steps: list[float] = []
    found = overlay_files(files, out, ShapelyEngine(), tell=lambda share, step: steps.append(share))
    assert (found.faces, found.area_m2, found.without, found.overlapping) == (6, 200.0, (0, 2), (0, 1))
    assert steps == sorted(steps) and steps[-1] == 1.0
    rows = {row["B_rows"] + "/" + row["A_rows"]: row for row in _rows(out)}
    assert sorted(rows) == ["/1", "/2", "1/1", "1/2", "1;2/2", "2/2"]
    assert rows["1/1"]["A_code"] == "林地" and rows["1/1"]["B_use"] == 7 and rows["1/1"]["A_size"] == 1.5
    assert rows["/2"]["A_code"] == "耕地" and rows["/2"]["B_use"] is None
    assert sum(row["area_m2"] for row in rows.values()) == pytest.approx(200.0)


def _rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]
    meta, table = pyogrio.read_arrow(path)
    assert meta["crs"] == "EPSG:4523"
    return [row | {"B_rows": row["B_rows"] or ""} for row in table.to_pylist()]


def test_layers_in_degrees_are_worked_on_in_their_zone(tmp_path: Path) -> None:
    place = shapely.box(106.70, 26.60, 106.71, 26.61)
    files = [write(tmp_path / f"{name}.gpkg", [place], "EPSG:4490", name=[name]) for name in "xy"]
    found = overlay_files(files, tmp_path / "out.gpkg", ShapelyEngine())
    assert (found.crs, found.faces) == ("EPSG:4524", 1)
    assert found.area_m2 == pytest.approx(995 * 1108, rel=0.01)


def test_what_does_not_fit_is_refused_by_name(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.dwg: \.gpkg"):
        overlay_files(files, tmp_path / "out.dwg", ShapelyEngine())
    lost = tmp_path / "lost.shp"
    write(lost, LAND)
    lost.with_suffix(".prj").unlink()
    with pytest.raises(ValueError, match=r"lost\.shp: CRS unknown"):
        overlay_files([lost], tmp_path / "out.gpkg", ShapelyEngine())
    done = CliRunner().invoke(overlay, [str(tmp_path / "none.gpkg"), "-o", str(tmp_path / "out.gpkg")])
    assert isinstance(done.exception, BadInput)


def test_the_command_says_what_it_made(files: list[Path], tmp_path: Path) -> None:
    done = CliRunner().invoke(overlay, [*map(str, files), "-o", str(tmp_path / "out.gpkg"), "--engine", "oracle"])
    assert done.exit_code == 0, done.output
    assert "6 个面" in done.output and "200.00 m²" in done.output
