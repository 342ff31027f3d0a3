"""Plans of three kinds through the pages into one fused release: a scanned sheet placed by its grid crosses and traced by colour and by
hand, a drawing, and a delivery in Xi'an 1980 by parameters fitted from control points. Made data."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import shapely
from pyogrio import raw

from lantu.geodesy.transform import transform
from lantu.plans.demo.datum import XIAN80, control_points, to_xian80

from .conftest import accessibility, publish_run, sideways, waive_all
from .scans import EAST, NORTH, SOUTH, WEST, sheet

NAME, DRAWING, OLD = "扫描件里的城规", "图纸里的绿线", "西安80的蓝线"
SET = "浏览器测试 西安80 四参数（虚构）"


def _dataset(planner: Any, layer: str, name: str) -> None:
    page = planner.go("/plans/new/")
    box = page.get_by_label("图层", exact=True)
    box.select_option(label=next(one for one in box.locator("option").all_inner_texts() if layer in one))
    page.get_by_label("名称", exact=True).fill(name)
    page.get_by_label("规划期起").fill("2020-01-01")
    page.get_by_label("规划期止").fill("2035-12-31")
    planner.press("建立并去上传")


def _drawing(folder: Path) -> Path:
    """A DXF with a closed polyline with a bulge, and a ring of open lines; metres of EPSG:4545."""
    document = ezdxf.new("R2010")
    space = document.modelspace()
    x, y = WEST + 100, NORTH + 600
    corners = [(x, y, 0), (x + 300, y, 0.3), (x + 300, y + 200, 0), (x, y + 200, 0)]
    space.add_lwpolyline(corners, format="xyb", close=True, dxfattribs={"layer": "绿线"})
    ring = [(x + 500, y), (x + 800, y), (x + 800, y + 250), (x + 500, y + 250), (x + 500, y)]
    for start, end in itertools.pairwise(ring):
        space.add_line(start, end, dxfattribs={"layer": "绿线"})
    document.saveas(folder / "绿线图.dxf")
    return folder / "绿线图.dxf"


def _old(folder: Path) -> list[Path]:
    """A shapefile of two parcels in Xi'an 1980, as the made parameters have them."""
    shapes = [shapely.box(WEST + 100 + 400 * n, SOUTH - 900, WEST + 400 + 400 * n, SOUTH - 700) for n in range(2)]
    moved = to_xian80(np.array(shapes, dtype=object))
    raw.write(
        folder / "蓝线.shp",
        geometry=shapely.to_wkb(moved),
        field_data=[np.array(["1", "2"], dtype=object), np.array(["一号渠", "二号渠"], dtype=object)],
        fields=["BSM", "MC"],
        geometry_type="Polygon",
        crs=f"EPSG:{XIAN80}",
        driver="ESRI Shapefile",
        encoding="UTF-8",
    )
    return sorted(folder.glob("蓝线.*"))


def _fit(planner: Any) -> str:
    """A parameter set fitted by the page from made control points; its address."""
    page = planner.go("/plans/datums/new/")
    page.get_by_label("名称", exact=True).fill(SET)
    page.locator("[name=source_epsg]").select_option(str(XIAN80))
    rows = [
        f"{one.name},{one.source[1]!r},{one.source[0]!r},{one.target[1]!r},{one.target[0]!r},{'检核' if one.check else '计算'}"
        for one in control_points()
    ]
    page.locator("[name=points]").fill("\n".join(["点名,源X,源Y,目标X,目标Y,用途", *rows]))
    planner.press("试算，看残差")
    assert "检核中误差" in page.locator("#residuals").inner_text()
    assert not accessibility(page)
    planner.press("保存参数集")
    page.wait_for_url(re.compile(r"/plans/datums/\d+/$"))
    return str(page.url.removeprefix(planner.site))


def _bring(planner: Any, layer: str, name: str, files: list[Path], *, frame: str) -> str:
    """A file from the upload to the checks, read in the frame whose name has these words; the address of its quality page."""
    page = planner.page
    _dataset(planner, layer, name)
    page.set_input_files("#files", files)
    planner.press("上传并识别")
    page.wait_for_url(re.compile(r"/plans/deliveries/\d+/reading/$"))
    box = page.locator("#epsg")
    box.select_option(label=next(one for one in box.locator("option").all_inner_texts() if frame in one))
    planner.press("按此预览")
    assert "落在本市范围内" in page.locator("main").inner_text()
    assert not accessibility(page)
    planner.press("确认读法，去对照")
    page.wait_for_url(re.compile(r"/mapping/$"))
    assert "来源 2 ＝" in page.locator("main").inner_text()
    assert not accessibility(page)
    return _checked(planner)


def _checked(planner: Any) -> str:
    planner.press("开始质检")
    planner.page.wait_for_url(re.compile(r"^[^?]*/quality/$"))
    return str(planner.page.url.removeprefix(planner.site))


def _release(planner: Any, quality: str, name: str) -> None:
    page = planner.go(quality)
    planner.press("去确认入库")
    planner.press("确认入库")
    page.wait_for_url(re.compile(r"/plans/releases/\d+/$"))
    assert name in planner.heading()


def _on_map(page: Any, selector: str, share_x: float, share_y: float) -> None:
    box = page.locator(selector).bounding_box()
    page.mouse.click(box["x"] + share_x * box["width"], box["y"] + share_y * box["height"])


def _pixel(page: Any, east: float, north: float) -> tuple[float, float]:
    """Where a place in metres is on the screen."""
    ((lon, lat),) = transform(4545, 4490).points(np.array([[east, north]]))
    west, south, right, top = map(float, page.locator("#dg-map").get_attribute("data-view").split(","))
    box = page.locator("#dg-map").bounding_box()
    return box["x"] + (lon - west) / (right - west) * box["width"], box["y"] + (top - lat) / (top - south) * box["height"]


def test_a_scan_a_drawing_and_an_old_delivery_become_one_fused_release(somebody: Any, tmp_path: Path) -> None:
    path, scan = sheet(tmp_path)
    with somebody("planner") as planner:
        page = planner.page
        datum = _fit(planner)
        drawn = _bring(planner, "C0302", DRAWING, [_drawing(tmp_path)], frame="4545")
        _dataset(planner, "C0101", NAME)
        planner.go("/plans/sheets/new/")
        choice = page.locator("#dataset option", has_text=NAME).first.get_attribute("value")
        page.locator("#dataset").select_option(choice)
        page.set_input_files("#files", path)
        assert not accessibility(page)
        planner.press("上传，去配准")
        page.wait_for_url(re.compile(r"/plans/sheets/\d+/place/$"))
        page.wait_for_selector("#dg-picture[data-ready]")

        rows = page.locator("#dg-rows tr")
        for number, (px, py, east, north) in enumerate(scan.crosses):
            if number >= rows.count():
                page.get_by_role("button", name="加控制点").click()
            for name, value in (("px", px), ("py", py), ("x", east), ("y", north)):
                rows.nth(number).locator(f"[name={name}]").fill(f"{value:.2f}")
        page.locator("#dg-rms", has_text="中误差").wait_for()
        assert float(re.search(r"中误差 ([\d.]+) m", page.locator("#dg-rms").inner_text())[1]) < 0.5
        assert not accessibility(page)
        planner.press("按此配准")
        page.wait_for_url(re.compile(r"/plans/sheets/\d+/trace/$"))
        page.wait_for_selector("#dg-map[data-ready]")
        address = page.url.removeprefix(planner.site)

        # one parcel by hand, on the map; its border is taken as drawn
        page.locator("#dg-code").select_option("R2")
        page.get_by_role("button", name="画面").click()
        for at in ((0.05, 0.05), (0.12, 0.05), (0.12, 0.15)):
            _on_map(page, "#dg-map", *at)
        box = page.locator("#dg-map").bounding_box()
        page.mouse.dblclick(box["x"] + 0.05 * box["width"], box["y"] + 0.15 * box["height"])
        page.wait_for_selector("#dg-map[data-features='1']")
        page.get_by_role("button", name="选择").click()
        page.get_by_role("button", name="删除所选").click()
        page.wait_for_selector("#dg-map[data-features='0']")

        # the colours, picked inside of the map frame, and the frame itself
        page.get_by_role("button", name="点取颜色").click()
        for number, (code, at) in enumerate((("R2", (363_450, 2_949_300)), ("B1", (364_400, 2_949_350)), ("G1", (364_600, 2_949_700))), 1):
            page.mouse.click(*_pixel(page, *at))
            page.locator("#dg-legend li").nth(number - 1).wait_for()
            page.locator("#dg-legend li select").nth(number - 1).select_option(code)
        page.get_by_role("button", name="划提取范围").click()
        inset = [(WEST + 8, SOUTH + 8), (EAST - 8, SOUTH + 8), (EAST - 8, NORTH - 8), (WEST + 8, NORTH - 8)]
        for corner in inset[:3]:
            page.mouse.click(*_pixel(page, *corner))
        page.mouse.dblclick(*_pixel(page, *inset[3]))
        assert not accessibility(page)
        page.get_by_role("button", name="提取", exact=True).click()
        page.wait_for_url(re.compile(r"/plans/sheets/\d+/trace/$"))
        page.wait_for_selector("#dg-map[data-features='3']")
        assert not accessibility(page)
        planner.press("提交复核")
        assert "待复核人" in page.locator("main").inner_text()

    with somebody("checker") as checker:
        page = checker.go(address)
        page.wait_for_selector("#dg-map[data-ready]")
        assert not sideways(page)
        checker.press("复核通过")
        assert "已复核" in page.locator("main").inner_text()
        checker.go(datum)
        page.locator("#confirm-reason").fill("检核点相符")
        checker.press("确认可用")
        assert "已确认" in page.locator("main").inner_text()

    with somebody("planner") as planner:
        page = planner.go(address)
        planner.press("转入库")
        page.wait_for_url(re.compile(r"/plans/deliveries/\d+/reading/$"))
        planner.press("确认读法，去对照")
        assert "待定 0" in page.locator("main").inner_text()
        traced = _checked(planner)
        old = _bring(planner, "C0303", OLD, _old(tmp_path), frame=f"按「{SET}」转换")

    with somebody("checker") as checker:
        for quality in (drawn, traced, old):
            checker.go(quality)
            waive_all(checker, "浏览器测试。")

    with somebody("planner") as planner:
        page = planner.page
        for quality, name in ((drawn, DRAWING), (traced, NAME), (old, OLD)):
            _release(planner, quality, name)
        planner.go("/blueprints/runs/start/")
        assert all(name in page.locator("main").inner_text() for name in (NAME, DRAWING, OLD))
        planner.press("开始融合")
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/runs/\d+/$"), timeout=300_000)
        assert all(name in page.locator("main").inner_text() for name in (NAME, DRAWING, OLD))
        assert not accessibility(page)
        run = page.url.removeprefix(planner.site)

    with somebody("publisher") as publisher:
        publish_run(publisher, run)
        assert not accessibility(publisher.page)
