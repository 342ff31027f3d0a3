"""DXF drawings, good and broken, and line work made into polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lantu.plans.readers import LayerInfo, ReaderError, SourceFeature, inspect, read
from lantu.plans.readers.linework import polygonise
from lantu.plans.tests.files import GUIYANG, zipped

AT = (363_000.0, 2_949_000.0)


def drawing(version: str = "R2010") -> tuple[Any, Any]:
    document = ezdxf.new(version)
    for name in ("R2-二类居住", "道路线", "GREEN"):
        document.layers.add(name)
    return document, document.modelspace()


def corners(dx: float = 0, dy: float = 0, size: float = 100.0) -> list[tuple[float, float]]:
    x, y = AT[0] + dx, AT[1] + dy
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


def saved(document: Any, folder: Path, name: str = "总图.dxf") -> Path:
    document.saveas(folder / name)
    return folder / name


def layers_of(path: Path) -> dict[str, LayerInfo]:
    return {layer.name.rpartition("/")[2]: layer for layer in inspect(path, city=GUIYANG)}


def rows_of(path: Path, layer: LayerInfo) -> list[SourceFeature]:
    encoding = layer.encoding.name if layer.encoding else None
    return [feature for batch in read(path, layer.name, encoding=encoding, chunk=3) for feature in batch]


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what
    assert caught.value.how
    return caught.value


@pytest.mark.parametrize("page", [b"ANSI_936", b"ANSI_1252"])
@pytest.mark.parametrize("version", ["R12", "R2000", "R2010", "R2018"])
def test_closed_polylines_keep_their_chinese_layer_names_whatever_the_code_page_says(tmp_path: Path, version: str, page: bytes) -> None:
    document, space = drawing(version)
    document.encoding = "gbk"
    if version == "R12":
        space.add_polyline2d(corners(), close=True, dxfattribs={"layer": "R2-二类居住"})
    else:
        space.add_lwpolyline(corners(), close=True, dxfattribs={"layer": "R2-二类居住"})
    path = saved(document, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"ANSI_936", page))
    layer = layers_of(path)["面"]
    (row,) = rows_of(path, layer)
    assert row.attributes["图层"] == "R2-二类居住"
    assert row.geometry is not None
    assert row.geometry.area == pytest.approx(10_000)
    assert layer.frame is not None
    assert layer.frame.frame is not None
    assert layer.frame.frame.epsg == 4545


def test_bulges_circles_and_arcs_are_stroked(tmp_path: Path) -> None:
    document, space = drawing()
    x, y = AT
    space.add_lwpolyline([(x, y, 0, 0, 1), (x + 200, y, 0, 0, 0)], close=True)
    space.add_circle((x + 500, y), 50)
    found = layers_of(saved(document, tmp_path))
    half, circle = rows_of(tmp_path / "总图.dxf", found["面"])
    assert half.geometry is not None
    assert circle.geometry is not None
    assert half.geometry.area == pytest.approx(np.pi * 100**2 / 2, rel=1e-3)
    assert circle.geometry.area == pytest.approx(np.pi * 50**2, rel=1e-3)
    assert "curves-stroked" in [n.code for n in found["面"].notices]


def test_hatches_have_islands_and_parts(tmp_path: Path) -> None:
    document, space = drawing()
    hatch = space.add_hatch(dxfattribs={"layer": "GREEN"})
    hatch.paths.add_polyline_path(corners(), is_closed=True)
    hatch.paths.add_polyline_path(corners(20, 20, 40), is_closed=True)
    hatch.paths.add_polyline_path(corners(300, 0, 10), is_closed=True)
    (row,) = rows_of(saved(document, tmp_path), layers_of(tmp_path / "总图.dxf")["面"])
    assert row.geometry is not None
    assert row.geometry.area == pytest.approx(10_000 - 1_600 + 100)
    assert row.attributes["类型"] == "HATCH"


def test_block_references_are_opened_scaled_turned_and_keep_the_layer_of_the_reference(tmp_path: Path) -> None:
    document, space = drawing()
    inner = document.blocks.new("inner")
    inner.add_lwpolyline([(0, 0), (10, 0), (10, 10), (0, 10)], close=True)
    outer = document.blocks.new("outer")
    outer.add_blockref("inner", (5, 5), dxfattribs={"layer": "0"})
    space.add_blockref("outer", AT, dxfattribs={"layer": "R2-二类居住", "xscale": 2, "yscale": 3, "rotation": 30})
    grid = space.add_blockref("inner", (AT[0] + 500, AT[1]), dxfattribs={"layer": "GREEN"})
    grid.dxf.row_count, grid.dxf.column_count, grid.dxf.row_spacing, grid.dxf.column_spacing = 2, 3, 20, 20
    space.add_blockref("missing", AT)
    rows = rows_of(saved(document, tmp_path), layers_of(tmp_path / "总图.dxf")["面"])
    assert [row.attributes["图层"] for row in rows] == ["R2-二类居住", *["GREEN"] * 6]
    assert rows[0].geometry is not None
    assert rows[0].geometry.area == pytest.approx(600)


def test_blocks_that_open_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lantu.plans.readers.dxfshapes.MOST", 3_000)
    document, space = drawing()
    name = "b0"
    document.blocks.new(name).add_line((0, 0), (1, 1))
    for depth in range(1, 5):
        block = document.blocks.new(f"b{depth}")
        for i in range(10):
            block.add_blockref(name, (i, 0))
        name = f"b{depth}"
    space.add_blockref(name, AT)
    assert refusal(saved(document, tmp_path)).code == "dxf-blocks"


def test_open_line_work_becomes_polygons_and_gaps_are_reported(tmp_path: Path) -> None:
    document, space = drawing()
    a, b, c, d = corners()
    space.add_line(a, b, dxfattribs={"layer": "R2-二类居住"})
    space.add_lwpolyline([b, c, d], dxfattribs={"layer": "R2-二类居住"})
    space.add_line(d, (a[0], a[1] + 0.02), dxfattribs={"layer": "R2-二类居住"})  # two centimetres short
    e, f, g, h = corners(1000)
    space.add_lwpolyline([e, f, g, h], dxfattribs={"layer": "GREEN"})
    space.add_line(h, (e[0], e[1] + 1.5), dxfattribs={"layer": "GREEN"})  # a real gap
    space.add_text("R2", dxfattribs={"insert": (a[0] + 40, a[1] + 40)})
    found = layers_of(saved(document, tmp_path))
    (row,) = rows_of(tmp_path / "总图.dxf", found["面"])
    assert (row.attributes["图层"], row.attributes["类型"], row.attributes["文字"]) == ("R2-二类居住", "线围成", "R2")
    notes = {n.code: n for n in found["面"].notices}
    assert notes["dxf-linework"].values["joined"] == 1
    assert notes["dxf-gaps"].values["count"] == 2
    gaps = rows_of(tmp_path / "总图.dxf", found["缺口"])
    assert {gap.attributes["宽度"] for gap in gaps} == {1.5}
    assert {gap.attributes["图层"] for gap in gaps} == {"GREEN"}


def test_a_text_belongs_to_the_smallest_polygon_around_it(tmp_path: Path) -> None:
    document, space = drawing()
    space.add_lwpolyline(corners(), close=True)
    space.add_lwpolyline(corners(10, 10, 20), close=True)
    space.add_mtext("G1\\P公园", dxfattribs={"insert": (AT[0] + 15, AT[1] + 15)})
    outer, inner = rows_of(saved(document, tmp_path), layers_of(tmp_path / "总图.dxf")["面"])
    assert (outer.attributes["文字"], inner.attributes["文字"].replace("\n", " ")) == ("", "G1 公园")


def test_millimetres_are_told_by_their_size(tmp_path: Path) -> None:
    document, space = drawing()
    space.add_lwpolyline([(x * 1000, y * 1000) for x, y in corners()], close=True)
    layer = layers_of(saved(document, tmp_path))["面"]
    assert "dxf-millimetres" in [n.code for n in layer.notices]
    assert layer.bounds is not None
    assert layer.bounds[0] == pytest.approx(AT[0])


def test_heights_and_what_is_no_plan_are_said(tmp_path: Path) -> None:
    document, space = drawing()
    space.add_polyline3d([(*point, 5.0) for point in corners()], close=True)
    space.add_linear_dim(base=AT, p1=AT, p2=(AT[0] + 5, AT[1])).render()
    notes = {n.code for n in layers_of(saved(document, tmp_path))["面"].notices}
    assert {"has-height", "dxf-skipped"} <= notes


def test_cut_empty_and_misnamed_drawings(tmp_path: Path) -> None:
    document, space = drawing()
    assert refusal(saved(document, tmp_path)).code == "dxf-empty"
    for i in range(50):
        space.add_lwpolyline(corners(i * 100), close=True)
    path = saved(document, tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert refusal(path).code in {"dxf-cut", "dxf-damaged", "dxf-empty"}
    path.with_suffix(".dwg").write_bytes(data)
    assert layers_of(path.with_suffix(".dwg"))["面"].count == 50
    path.with_suffix(".zip").write_bytes(zipped({"图/总图.dxf": data, "图/总图.dwg": b"AC1032" + bytes(300)}))
    assert refusal(path.with_suffix(".zip")).code == "dwg"


_SMALL: list[bytes] = []


def _small(folder: Path) -> bytes:
    if not _SMALL:
        document, space = drawing("R12")
        space.add_polyline2d(corners(), close=True, dxfattribs={"layer": "GREEN"})
        space.add_line(*corners()[:2])
        _SMALL.append(saved(document, folder, "small.dxf").read_bytes())
    return _SMALL[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4), st.floats(0.2, 1))
@example(changes=[(0.0, b"fgb\x03")], keep=1.0)  # taken for a FlatGeobuf without a layer
def test_any_broken_drawing_is_read_or_refused(tmp_path: Path, changes: list[tuple[float, bytes]], keep: float) -> None:
    data = bytearray(_small(tmp_path))
    for share, new in changes:
        at = int(share * (len(data) - 4))
        data[at : at + len(new)] = new
    if keep < 0.9:
        data = data[: int(len(data) * keep)]
    path = tmp_path / "a.dxf"
    path.write_bytes(data)
    try:
        for layer in inspect(path, city=GUIYANG):
            assert sum(len(batch) for batch in read(path, layer.name)) == layer.count
    except ReaderError as error:
        assert error.what


@given(st.integers(1, 6), st.integers(1, 6), st.randoms(use_true_random=False))
def test_a_grid_of_lines_in_any_order_gives_all_its_cells(columns: int, rows: int, random: Any) -> None:
    lines = [shapely.LineString([(x * 10.0, 0), (x * 10.0, rows * 10.0)]) for x in range(columns + 1)]
    lines += [shapely.LineString([(0, y * 10.0), (columns * 10.0, y * 10.0)]) for y in range(rows + 1)]
    random.shuffle(lines)
    result = polygonise([line if random.random() < 0.5 else line.reverse() for line in lines])
    assert len(result.polygons) == columns * rows
    assert not result.gaps
