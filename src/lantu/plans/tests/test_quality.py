"""Q01–Q12 and repair: what is found, where, with which values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_area
from lantu.geodesy.frames import detect_frame
from lantu.geodesy.grid import WorkingGrid
from lantu.geodesy.transform import transform
from lantu.plans.quality import CHECK_TITLES, CHECKS, Context, FieldRule, Finding, Layer, Thresholds, propose, run
from lantu.plans.tests.files import GUIYANG

GRID = WorkingGrid(4545, (300_000.0, 2_880_000.0))
X, Y = 363_000.0, 2_949_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> BaseGeometry:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


def degrees(shapes: list[BaseGeometry | None]) -> np.ndarray:
    return transform(4545, 4490).geometries(np.array(shapes, dtype=object))


def layer(shapes: list[BaseGeometry | None], **columns: list[Any]) -> Layer:
    return Layer(np.arange(1, len(shapes) + 1), degrees(shapes), columns, GRID)


def check(key: str, of: Layer, **context: Any) -> list[Finding]:
    found = run(of, Context(grid=GRID, **context), only=[key])
    assert all(finding.check == key and finding.message for finding in found)
    assert all(finding.geometry is None or 106 < finding.geometry.bounds[0] < 107 for finding in found)
    return found


def told(findings: list[Finding]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(f.code, f.level, f.rows) for f in findings]


SQUARES = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100)]


def test_every_check_is_registered_and_titled() -> None:
    assert sorted(CHECKS) == sorted(CHECK_TITLES) == [f"Q{n:02}" for n in range(1, 16)]


def test_a_clean_layer_has_no_findings() -> None:
    clean = layer(SQUARES, DM=["R2", "B1", "S1"], BSM=[1, 2, 3])
    extent = degrees([box(0, 0, 300, 100)])[0]
    guess = detect_frame(tuple(shapely.total_bounds(clean.geometries)), 4490, GUIYANG)  # type: ignore[arg-type]
    rules = (FieldRule("DM", required=True, length=8, codes={"R2": "二类居住", "B1": "商业", "S1": "道路"}, code_system="GB 50137"),)
    context = Context(
        grid=GRID,
        coverage=True,
        single_part=True,
        scale=2000,
        fields=rules,
        unique=(("BSM",),),
        boundary=extent,
        extent=extent,
        frame=guess,
        allowed_epsg=frozenset({4490, 4545}),
    )
    steps: list[tuple[float, str]] = []
    assert run(clean, context, progress=lambda share, step: steps.append((share, step))) == []
    assert len(steps) == 15


def test_q01_empty_layers_missing_shapes_and_wrong_kinds() -> None:
    assert told(check("Q01", layer([]))) == [("no-features", "error", ())]
    mixed = layer([SQUARES[0], None, shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 1, Y)])])
    assert told(check("Q01", mixed)) == [("no-geometry", "error", (2,)), ("wrong-kind", "error", (4,)), ("wrong-kind", "error", (3,))]
    missing = check("Q01", layer(SQUARES), required_layers=("红线", "用地"), layers=("用地",))
    assert [f.values["layer"] for f in missing] == ["红线"]


def test_q02_unknown_disallowed_doubtful_and_unconfirmed_frames() -> None:
    shapes = layer(SQUARES)
    plane = tuple(shapely.total_bounds(np.array(SQUARES)))
    assert told(check("Q02", shapes)) == [("frame-unknown", "error", ())]
    guessed = detect_frame(plane, None, GUIYANG)  # type: ignore[arg-type]
    assert told(check("Q02", shapes, frame=guessed)) == [("frame-unconfirmed", "warning", ())]
    assert check("Q02", shapes, frame=guessed, frame_confirmed=True) == []
    assert told(check("Q02", shapes, frame=guessed, frame_confirmed=True, allowed_epsg=frozenset({4490}))) == [
        ("frame-not-allowed", "error", ())
    ]
    wrong = detect_frame(plane, 4544, GUIYANG)  # type: ignore[arg-type]
    assert told(check("Q02", shapes, frame=wrong)) == [("frame-doubt", "error", ())]


def test_q03_fields_missing_empty_and_of_the_wrong_kind() -> None:
    rules = (
        FieldRule("BSM", "integer", required=True),
        FieldRule("DM", required=True, length=3),
        FieldRule("MJ", "number", precision=2),
        FieldRule("RQ", "date"),
        FieldRule("NO", required=True),
        FieldRule("FREE"),
    )
    of = layer(SQUARES, BSM=["1", "x", 2.5], DM=["R2", " ", "太长的代码"], MJ=[1.25, 1.255, None], RQ=["2018-07-01", "2018/7", ""])
    found = check("Q03", of, fields=rules)
    assert told(found) == [
        ("value-kind", "error", (2,)),
        ("value-kind", "error", (3,)),
        ("value-missing", "error", (2,)),
        ("value-too-long", "error", (3,)),
        ("value-too-precise", "error", (2,)),
        ("value-kind", "error", (2,)),
        ("field-missing", "error", ()),
    ]


def test_q04_unknown_codes_and_names_that_differ_are_grouped() -> None:
    codes = {"R2": "二类居住用地", "B1": "商业用地"}
    rule = FieldRule("DM", codes=codes, code_system="GB 50137-2011", separator=r"[/+]", name_field="MC")
    of = layer(
        [*SQUARES, *SQUARES], DM=["R2", "R9", "R9", "R2/B1", "B1", None], MC=["二类居住用地", "", "", "混合", "商业", "x"], OTHER=[1] * 6
    )
    found = check("Q04", of, fields=(rule, FieldRule("OTHER")))
    assert told(found) == [("code-unknown", "error", (2, 3)), ("code-name-differs", "error", (5,))]
    assert "“R9”" in found[0].message
    assert "共 2 处" in found[0].message


def test_q05_repeated_identities_name_all_their_rows() -> None:
    of = layer(SQUARES, BSM=[1, 1, None], XZ=["a", "a", "b"], TBBH=["1", "2", "1"])
    assert told(check("Q05", of, unique=(("BSM",), ("XZ", "TBBH"), ("没有",)))) == [("id-repeated", "error", (1, 2))]


def test_q06_self_crossing_repeated_vertices_and_spikes() -> None:
    bow = shapely.Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    doubled = shapely.Polygon([(X, Y), (X + 100, Y), (X + 100, Y + 0.00001), (X + 100, Y + 100), (X, Y + 100)])
    spike = shapely.Polygon(
        [(X, Y), (X + 100, Y), (X + 100, Y + 50), (X + 900, Y + 50.5), (X + 100, Y + 51), (X + 100, Y + 100), (X, Y + 100)]
    )
    found = check("Q06", layer([bow, doubled, spike, SQUARES[0], None]))
    assert told(found) == [("invalid", "error", (1,)), ("repeated-vertex", "warning", (2,)), ("spike", "error", (3,))]
    assert "自相交" in found[0].message
    place = transform(4490, 4545).geometries(np.array([found[0].geometry]))[0]
    assert (place.x, place.y) == pytest.approx((X + 50, Y + 50), abs=1e-3)
    assert found[2].values["angle"] == pytest.approx(0.07, abs=0.01)


def test_q07_multipart_only_where_single_parts_are_asked_for() -> None:
    two = layer([shapely.MultiPolygon([SQUARES[0], SQUARES[2]]), SQUARES[1]])
    assert told(check("Q07", two, single_part=True)) == [("multipart", "error", (1,))]
    assert check("Q07", two) == []


def test_q08_overlaps_are_exact_and_noise_is_counted() -> None:
    of = layer([box(0, 0, 100, 100), box(99, 0, 200, 100), box(199.995, 0, 300, 100), box(10, 10, 20, 20)])
    found = check("Q08", of, coverage=True)
    assert told(found) == [("overlap", "error", (1, 2)), ("overlap", "error", (1, 4)), ("overlap-noise", "info", ())]
    assert found[0].values["area_m2"] == pytest.approx(100.0, abs=0.05)
    assert found[1].values["area_m2"] == pytest.approx(100.0, abs=0.05)
    assert found[2].values["count"] == 1
    assert found[2].values["area_m2"] == pytest.approx(0.5, abs=0.02)
    assert check("Q08", of) == []


def test_q08_the_same_patch_twice_is_an_overlap() -> None:
    assert told(check("Q08", layer([SQUARES[0], SQUARES[0]]), coverage=True)) == [("overlap", "error", (1, 2))]


def test_q09_gaps_inside_the_extent_and_inside_the_layer() -> None:
    ring = box(0, 0, 100, 100).difference(box(40, 40, 60, 60))
    of = layer([ring, box(100, 0, 200, 100), box(200.005, 0, 300, 100)])
    extent = degrees([box(0, 0, 350, 100)])[0]
    found = check("Q09", of, coverage=True, extent=extent)
    assert sorted((round(f.values["area_m2"]), f.rows) for f in found if f.code == "gap") == [(400, (1,)), (5000, (3,))]
    assert [f.values["count"] for f in found if f.code == "gap-noise"] == [1]
    inner = check("Q09", of, coverage=True)
    assert [(f.code, f.rows) for f in inner] == [("gap", (1,))]
    assert check("Q09", of, extent=extent) == []


def test_q10_small_and_narrow_patches_by_the_scale() -> None:
    assert Thresholds().smallest_m2(10_000) == pytest.approx(400.0)
    assert Thresholds().narrowest_m(10_000) == pytest.approx(2.0)
    of = layer([box(0, 0, 19, 20), box(0, 0, 21, 20), box(0, 0, 1000, 1.9)])
    assert told(check("Q10", of, scale=10_000)) == [("small", "warning", (1,)), ("narrow", "warning", (3,))]
    assert check("Q10", of, scale=1000) == []
    assert told(check("Q10", of)) == [("scale-unknown", "info", ())]


def test_q11_outside_of_the_boundary() -> None:
    border = degrees([box(0, 0, 200, 100)])[0]
    of = layer([SQUARES[0], box(150, 0, 250, 100), box(0, 0, 200.5, 100), box(0, 0, 200.005, 100), shapely.Point(X - 9, Y), None])
    found = check("Q11", of, boundary=border, scale=10_000)
    assert told(found) == [
        ("outside", "error", (2,)),
        ("outside", "warning", (3,)),
        ("outside-point", "error", (5,)),
        ("outside-noise", "info", ()),
    ]
    assert found[0].values["area_m2"] == pytest.approx(5000, abs=0.1)
    assert told(check("Q11", of)) == [("no-boundary", "info", ())]


def test_q11_lines_are_measured_in_length() -> None:
    line = shapely.LineString([(X, Y + 50), (X + 250, Y + 50)])
    (found,) = check("Q11", layer([line]), boundary=degrees([box(0, 0, 200, 100)])[0], geometry_kind="line")
    assert (found.code, found.values["length_m"]) == ("outside-line", pytest.approx(50, abs=0.01))


def test_q12_stored_areas_against_the_ellipsoid() -> None:
    square = degrees([SQUARES[0]])[0]
    true = polygon_area(square)
    assert true != pytest.approx(10_000, abs=1)  # plane and ellipsoid differ here
    of = layer([SQUARES[0]] * 5, MJ=[true + 0.9, true * 1.005, true * 1.02, None, "约一公顷"])
    found = check("Q12", of, area_field="MJ")
    assert told(found) == [("area-differs", "warning", (2,)), ("area-differs", "error", (3,)), ("area-unreadable", "error", (5,))]
    in_hectares = layer([SQUARES[0]], MJ=[true / 10_000])
    assert check("Q12", in_hectares, area_field="MJ", area_unit_m2=10_000) == []


def test_a_repair_keeps_the_area_or_is_refused() -> None:
    bow = shapely.Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    loop = shapely.Polygon(  # a ring that touches itself: the same ground, written in a way that is not allowed
        [(X, Y), (X + 100, Y), (X + 100, Y + 100), (X + 50, Y + 100), (X + 60, Y + 80), (X + 40, Y + 80), (X + 50, Y + 100), (X, Y + 100)]
    )
    flat = shapely.Polygon([(X, Y), (X + 100, Y), (X + 50, Y)])
    of = layer([SQUARES[0], bow, loop, flat])
    refused, mended, gone = propose(of, Context(grid=GRID))
    assert (refused.row, refused.refused, refused.geometry) == (2, "area-change", None)
    assert (mended.row, mended.refused) == (3, None)
    assert mended.change_share < 1e-6
    assert mended.geometry is not None
    assert mended.geometry.is_valid
    assert (gone.row, gone.refused, gone.change_share) == (4, "no-area", 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 30)] * 2), min_size=1, max_size=8))
def test_overlaps_and_gaps_balance_the_books(rectangles: list[tuple[int, int, int, int]]) -> None:
    """Extent = patches − overlaps + gaps, where no ground is claimed more than twice."""
    shapes = [box(x, y, x + w, y + h) for x, y, w, h in rectangles]
    of, extent = layer(list(shapes)), box(-5, -5, 100, 100)
    overlap = sum(f.values["area_m2"] for f in check("Q08", of, coverage=True))
    gap = sum(f.values["area_m2"] for f in check("Q09", of, coverage=True, extent=degrees([extent])[0]))
    union = shapely.union_all(shapes)
    pairs = sum(shapely.intersection(a, b).area for i, a in enumerate(shapes) for b in shapes[i + 1 :])
    assert gap == pytest.approx(extent.area - union.area, abs=0.1)
    assert overlap == pytest.approx(pairs, abs=0.1)
