"""The made plans: the same seed gives the same plans, coverages are clean but for the faults that are told, files are readable."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
import yaml

from lantu.plans.demo.frame import PACK, WORKING, convert, load_city
from lantu.plans.demo.maker import Made, draw, make

SIZE = 900
COVERAGES = ("C0101", "C0401", "C0402", "C0403")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    out = tmp_path_factory.mktemp("plans")
    return out, make(out, seed=7, size=SIZE)


@pytest.fixture(scope="module")
def clean():
    return draw(seed=7, size=SIZE)


def table(name: str) -> set[str]:
    with (PACK / "code_systems" / name).open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(line for line in file if not line.startswith("#"))}


def test_the_same_seed_gives_the_same_geometry(clean):
    again = draw(seed=7, size=SIZE)
    assert list(again) == list(clean)
    for code, layer in clean.items():
        assert [bytes(wkb) for wkb in shapely.to_wkb(layer.shapes)] == [bytes(wkb) for wkb in shapely.to_wkb(again[code].shapes)]
        for name, values in layer.fields.items():
            np.testing.assert_array_equal(values, again[code].fields[name])


def test_another_seed_gives_another_city(clean):
    assert not shapely.equals(shapely.union_all(draw(seed=8, size=SIZE)["C0751"].shapes), shapely.union_all(clean["C0751"].shapes))


def test_the_same_seed_gives_the_same_files(made, tmp_path):
    out, _ = made
    make(tmp_path, seed=7, size=SIZE)
    for path in sorted(out.rglob("*")):
        # spreadsheets carry no geometry, and their writer puts the time of day into them
        if path.is_file() and path.suffix != ".xlsx":
            assert path.read_bytes() == (tmp_path / path.relative_to(out)).read_bytes(), path.name


@pytest.mark.parametrize("code", COVERAGES)
def test_without_faults_a_coverage_covers_the_city_without_gap_or_overlap(clean, code):
    shapes = clean[code].shapes
    assert shapely.coverage_is_valid(shapes)
    outline = load_city().outline
    # points put on the outline are rounded to the grid, 0.1 mm: over 1,000 km of outline that is some tenths of a square metre
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(shapes, grid_size=0.0001), outline)) < 1.0


def test_every_feature_is_a_valid_single_polygon_where_no_fault_was_put(clean):
    for code, layer in clean.items():
        assert len(layer) > 0, code
        assert (shapely.get_type_id(layer.shapes) == shapely.GeometryType.POLYGON).all(), code
        assert shapely.is_valid(layer.shapes).all(), code


def test_patches_of_one_control_layer_do_not_overlap(clean):
    for code in ("C0404", "C0501", "C0701"):
        shapes = clean[code].shapes
        assert shapely.area(shapes).sum() == pytest.approx(shapely.area(shapely.union_all(shapes)), abs=1.0)


def test_the_land_plan_shares_moves_and_redraws_edges_of_the_urban_plan(clean):
    urban, land = (shapely.union_all(shapely.boundary(clean[code].shapes)) for code in ("C0101", "C0401"))
    vertices = shapely.points(shapely.get_coordinates(land))
    shapely.prepare(urban)
    distance = shapely.distance(vertices, urban)
    assert (distance < 1e-6).mean() > 0.3
    assert ((distance > 0.05) & (distance <= 5.0)).mean() > 0.02
    assert (distance > 5.0).any()


@pytest.mark.parametrize(
    ("code", "field", "file"),
    [
        ("C0101", "YDDM", "gb50137-2011.csv"),
        ("C0401", "GZQLXDM", "gzqlxdm.csv"),
        ("C0402", "TDYTQLXDM", "tdytqlxdm.csv"),
        ("C0403", "GHDLDM", "ghdl-2010.csv"),
        ("C0504", "GNQDM", "city-facilities.csv"),
        ("C0508", "GNQDM", "city-facilities.csv"),
        ("C0701", "JBDM", "city-facilities.csv"),
        ("C0711", "SSDM", "city-facilities.csv"),
        ("C0721", "SSDM", "city-facilities.csv"),
        ("C0731", "SSDM", "city-facilities.csv"),
        ("C0741", "SSDM", "city-facilities.csv"),
        ("C0751", "SSDM", "city-facilities.csv"),
    ],
)
def test_codes_are_in_the_packs_tables(clean, code, field, file):
    known = table(file)
    parts = {part for value in clean[code].fields[field] for part in str(value).replace("+", "/").split("/")}
    mixed = {"R2B1": {"R2", "B1"}}
    assert set().union(*(mixed.get(part, {part}) for part in parts)) <= known


def test_the_urban_plan_has_mixed_parcels_and_roads(clean):
    codes = set(clean["C0101"].fields["YDDM"])
    assert {"B1/R2", "S1", "G1", "A33", "H14", "E2", "E12"} <= codes


def test_ground_truth_names_features_that_are_there_and_broken(made):
    out, result = made
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    kinds = {fault["kind"] for fault in truth["faults"]}
    assert kinds == {"overlap", "gap", "unknown code", "spike", "self-crossing", "outside the boundary"}
    for fault in truth["faults"]:
        layer = result.layers[fault["layer"]]
        assert set(fault["ids"]) <= set(layer.fields["BSM"])
        shape = layer.shapes[list(layer.fields["BSM"]).index(fault["ids"][0])]
        if fault["kind"] == "self-crossing":
            assert not shape.is_valid
        if fault["kind"] == "outside the boundary":
            assert not load_city().outline.covers(shape)
    assert not shapely.coverage_is_valid(result.layers["C0101"].shapes)


def test_identities_are_unique_in_each_layer(made):
    for layer in made[1].layers.values():
        assert len(set(layer.fields["BSM"])) == len(layer)


def test_files_hold_what_was_made_in_the_declared_system_and_encoding(made):
    out, result = made
    for metadata in sorted(out.glob("*/metadata.yaml")):
        facts = yaml.safe_load(metadata.read_text(encoding="utf-8"))
        if facts["format"] in ("tables", "points", "dxf") or "datum" in facts:
            continue
        path = metadata.parent / facts["files"][0]
        source = f"/vsizip/{path}" if path.suffix == ".zip" else str(path)
        options = {"encoding": facts["encoding"]} if path.suffix == ".zip" else {}
        meta, _, geometry, columns = pyogrio.raw.read(source, **options)
        layer = result.layers[facts["layer"]]
        assert len(geometry) == len(layer) == facts["features"]
        assert list(columns[list(meta["fields"]).index("BSM")]) == list(layer.fields["BSM"])
        if "YDMC" in meta["fields"]:
            assert "二类居住用地" in set(columns[list(meta["fields"]).index("YDMC")])
        expected = convert(layer.shapes[:1], WORKING, facts["epsg"])[0]
        metres = facts["epsg"] not in (4490, 4326)
        assert shapely.from_wkb(geometry[0]).bounds == pytest.approx(expected.bounds, abs=1e-4 if metres else 1e-9)


def test_the_urban_plan_comes_in_gbk_without_cpg_and_with_zone_prefix(made):
    out, _ = made
    facts = yaml.safe_load((out / "01-C0101" / "metadata.yaml").read_text(encoding="utf-8"))
    with zipfile.ZipFile(out / "01-C0101" / facts["files"][0]) as archive:
        names = archive.namelist()
    assert not any(name.endswith(".cpg") for name in names)
    assert {Path(name).suffix for name in names} >= {".shp", ".shx", ".dbf", ".prj"}
    _, _, geometry, _ = pyogrio.raw.read(f"/vsizip/{out / '01-C0101' / facts['files'][0]}", max_features=1, encoding="GBK")
    assert 36_000_000 < shapely.from_wkb(geometry[0]).bounds[0] < 37_000_000


def test_boundary_point_text_reads_back_to_the_parcels(made):
    out, result = made
    folder = next(out.glob("*-C0721"))
    lines = next(folder.glob("*.txt")).read_text(encoding="gbk").splitlines()
    assert "带号=36" in lines
    body = lines[lines.index("[地块坐标]") + 1 :]
    rings: list[list[tuple[float, float]]] = []
    for line in body:
        if line.endswith("@"):
            rings.append([])
        else:
            _, ring, north, east = line.split(",")
            assert ring == "1"
            rings[-1].append((float(east), float(north)))
    layer = result.layers["C0721"]
    assert len(rings) == len(layer)
    for ring, shape in zip(rings, convert(layer.shapes, WORKING, 4524), strict=True):
        assert ring[0] == ring[-1]
        assert shapely.Polygon(ring).area == pytest.approx(shape.area, rel=1e-5)


def test_every_plan_says_that_it_is_made(made):
    out, _ = made
    facts = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*/metadata.yaml"))]
    assert len(facts) == 19
    for fact in facts:
        assert fact["demo"] is True
        assert fact["name"].startswith("演示")
        assert fact["document_no"].startswith("演示")
        assert fact["layer"] in yaml.safe_load((PACK / "layers.yaml").read_text(encoding="utf-8"))["layers"]


def test_one_plan_is_a_drawing_and_one_needs_the_made_parameters(made):
    from lantu.geodesy.datums import FOUR, fit
    from lantu.plans.demo import datum
    from lantu.plans.readers import read

    out, result = made
    drawing = yaml.safe_load((next(out.glob("*-C0731")) / "metadata.yaml").read_text(encoding="utf-8"))
    rows = [row for batch in read(next(out.glob("*-C0731")) / drawing["files"][0], drawing["source_layer"]) for row in batch]
    layer = result.layers["C0731"]
    assert [row.attributes["图层"] for row in rows] == list(layer.fields["SSDM"])
    assert [row.attributes["文字"] for row in rows] == list(layer.fields["MC"])
    assert all(row.geometry.equals_exact(shape, 1e-6) for row, shape in zip(rows, convert(layer.shapes, WORKING, 4545), strict=True))
    old = yaml.safe_load((next(out.glob("*-C0752")) / "metadata.yaml").read_text(encoding="utf-8"))
    assert (old["epsg"], old["datum"]) == (datum.XIAN80, datum.NAME)
    found = fit(FOUR, datum.control_points(), datum.XIAN80, datum.WORKING)
    shapes = [row.geometry for batch in read(next(out.glob("*-C0752")) / old["files"][0], encoding="GBK") for row in batch]
    moved = shapely.transform(np.array(shapes, dtype=object), found.recipe.apply)
    wanted = convert(result.layers["C0752"].shapes, WORKING, 4545)
    assert max(a.hausdorff_distance(b) for a, b in zip(moved, wanted, strict=True)) < 0.02
    assert not any(one.suspect for one in found.residuals)
