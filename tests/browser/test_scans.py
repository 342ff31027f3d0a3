"""A scanned plan sheet through the pages: placed by its grid crosses, traced by colour and hand, checked, released, fused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from lantu.geodesy.transform import transform

from .conftest import accessibility, sideways, waive_all
from .scans import EAST, NORTH, SOUTH, WEST, sheet

NAME = "扫描件里的城规"


def _dataset(planner: Any) -> None:
    page = planner.go("/plans/new/")
    box = page.get_by_label("图层", exact=True)
    box.select_option(label=next(one for one in box.locator("option").all_inner_texts() if "C0101" in one))
    page.get_by_label("名称", exact=True).fill(NAME)
    page.get_by_label("规划期起").fill("2020-01-01")
    page.get_by_label("规划期止").fill("2035-12-31")
    planner.press("建立并去上传")


def _on_map(page: Any, selector: str, share_x: float, share_y: float) -> None:
    box = page.locator(selector).bounding_box()
    page.mouse.click(box["x"] + share_x * box["width"], box["y"] + share_y * box["height"])


def _pixel(page: Any, east: float, north: float) -> tuple[float, float]:
    """Where a place in metres is on the screen."""
    ((lon, lat),) = transform(4545, 4490).points(np.array([[east, north]]))
    west, south, right, top = map(float, page.locator("#dg-map").get_attribute("data-view").split(","))
    box = page.locator("#dg-map").bounding_box()
    return box["x"] + (lon - west) / (right - west) * box["width"], box["y"] + (top - lat) / (top - south) * box["height"]


def test_a_scanned_sheet_becomes_part_of_a_fused_release(somebody: Any, tmp_path: Path) -> None:
    path, scan = sheet(tmp_path)
    with somebody("planner") as planner:
        page = planner.page
        _dataset(planner)
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
        page.wait_for_url(re.compile(r"/plans/sheets/\d+/trace/$"), timeout=90_000)
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

    with somebody("planner") as planner:
        page = planner.go(address)
        planner.press("转入库")
        page.wait_for_url(re.compile(r"/plans/deliveries/\d+/reading/$"))
        planner.press("确认读法，去对照")
        assert "待定 0" in page.locator("main").inner_text()
        planner.press("开始质检")
        page.wait_for_url(re.compile(r"^[^?]*/quality/$"))
        quality = page.url.removeprefix(planner.site)

    with somebody("checker") as checker:
        page = checker.go(quality)
        waive_all(checker, "浏览器测试。")

    with somebody("planner") as planner:
        page = planner.go(quality)
        planner.press("去确认入库")
        planner.press("确认入库")
        assert re.search(r"/plans/releases/\d+/$", page.url), page.locator("main").inner_text()
        assert NAME in planner.heading()
        planner.go("/blueprints/runs/start/")
        assert NAME in page.locator("main").inner_text()
        planner.press("开始融合")
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/runs/\d+/$"), timeout=120_000)
        assert NAME in page.locator("main").inner_text()
