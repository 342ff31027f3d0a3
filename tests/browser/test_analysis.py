"""Reading answers off the map by the pages alone: a school sited, checked and saved, coordinates to a PDF, layers for other programs,
the map inside of another department's page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pypdf
from playwright.sync_api import Browser

from lantu.analysis.terrain.writing import geo_tags, write_geotiff

from .conftest import PASSWORD, accessibility, at_a_browser

POINTS = "J1 106.6500 26.6500\nJ2 106.6540 26.6500\nJ3 106.6540 26.6535\nJ4 106.6500 26.6535"
LIST_LAYERS = """
import json, sys, pyogrio
source = sys.argv[1]
layers = pyogrio.list_layers(source)[:, 0].tolist()
print(json.dumps({"layers": layers, "features": pyogrio.read_info(source, layer="C0101")["features"]}))
"""


def test_a_planner_sites_a_school_by_the_pages_and_checks_it(somebody: Any) -> None:
    with somebody("planner") as planner:
        page = planner.go("/analysis/sites/new/?preset=school")
        page.get_by_label("名称", exact=True).fill("二十公顷学校选址")
        assert not accessibility(page)
        planner.press("查找备选用地")
        page.wait_for_url(re.compile(r"/analysis/sites/\d+/$"))
        assert planner.heading() == "二十公顷学校选址" and not accessibility(page)
        rows = page.locator("#candidates tbody tr")
        assert rows.count() >= 2
        areas = [float(text.replace(",", "")) for text in page.locator("#candidates tbody td:nth-child(4)").all_inner_texts()]
        assert all(15 <= area <= 25.0001 for area in areas)
        for number in (0, 1):
            rows.nth(number).get_by_role("checkbox").check()
        planner.press("比较所选")
        assert not accessibility(page)
        page.go_back()
        saving = page.locator("#candidates tbody tr").first.locator("summary")
        if saving.count():  # the room of projects takes sites
            saving.click()
            page.locator("#candidates tbody tr").first.get_by_role("button", name="存为备选用地").click()
            page.wait_for_load_state("networkidle")
            assert "备选用地" in page.content() and not accessibility(page)
        planner.go("/analysis/sites/")
        planner.press(page.locator("main tbody a").first.inner_text())
        page.locator("#candidates tbody tr").first.get_by_role("button", name="检测").click()
        page.wait_for_url(re.compile(r"/analysis/checks/\d+/$"))
        assert "第 1 名" in page.content() and not accessibility(page)


def test_pasted_coordinates_become_a_one_page_pdf(somebody: Any, tmp_path: Any) -> None:
    with somebody("window") as window:
        page = window.go("/analysis/checks/new/")
        page.fill("#text", POINTS)
        assert not accessibility(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="检测并下载 PDF").click()
        path = tmp_path / "report.pdf"
        download.value.save_as(path)
        assert len(pypdf.PdfReader(path).pages) == 1


def test_indicators_downloads_sheets_and_marks_by_the_pages(somebody: Any) -> None:
    with somebody("planner") as planner:
        page = planner.go("/analysis/evaluations/")
        planner.press("评价")
        page.wait_for_url(re.compile(r"/analysis/evaluations/\d+/$"))
        assert not accessibility(page)
        page.locator("main td summary").first.click()
        page.get_by_role("link", name="专题图").first.click()
        page.wait_for_load_state("networkidle")
        assert page.locator("main svg").count() and not accessibility(page)
        for path in ("/analysis/downloads/", "/analysis/print/", "/analysis/linked/"):
            assert not accessibility(planner.go(path)), path
        page = planner.go("/map/")
        page.wait_for_selector("#map[data-ready]", state="attached")
        page.click("#tool-marks")
        page.fill("#mark-text", "城东这一片")
        page.click("#mark-bookmark")
        page.wait_for_selector("#mark-list >> text=城东这一片")
        page.click("[data-tool=length]")
        for place in ((600, 300), (700, 340), (700, 340)):
            page.locator("#map").click(position={"x": place[0], "y": place[1]})
        page.fill("#mark-text", "沿这条线")
        page.click("#mark-shape")
        page.wait_for_selector("#mark-list >> text=沿这条线")
        assert not accessibility(page)


def test_heights_are_loaded_and_a_line_measured_on_the_map_becomes_a_profile(somebody: Any, tmp_path: Any) -> None:
    rows, columns = np.mgrid[0:320, 0:320]
    heights = (1100 + 2.5 * columns + 40 * np.sin(rows / 9)).astype(np.float32)
    write_geotiff(tmp_path / "heights.tif", heights, geo_tags(105.9, 27.6, (0.005, 0.005), 4490))
    with somebody("planner") as planner:
        page = planner.go("/analysis/heights/")
        if not page.locator("#upload").is_visible():
            page.locator("summary", has_text="载入一幅").click()
        page.set_input_files("#upload", tmp_path / "heights.tif")
        for name, text in (("title", "浏览器测试高程"), ("source", "按公式生成"), ("licence", "仅供测试")):
            page.fill(f"#{name}", text)
        planner.press("载入")
        assert "已载入" in page.content() and not accessibility(page)
        page = planner.go("/map/")
        page.wait_for_selector("#map[data-ready]", state="attached")
        page.click("[data-tool=length]")
        for place in ((640, 320), (760, 380), (760, 380)):
            page.locator("#map").click(position={"x": place[0], "y": place[1]})
        page.click("#profile-go")
        page.wait_for_url(re.compile(r"/analysis/profiles/new/\?geojson="))
        page.wait_for_selector("#amap[data-ready]", state="attached")
        assert "已画" in page.inner_text("#amap-area") and not accessibility(page)
        page.get_by_role("button", name="看剖面").click()
        page.wait_for_url(re.compile(r"/analysis/profiles/\d+/$"))
        page.wait_for_selector("#amap[data-ready]", state="attached")
        page.locator("#profile-chart svg").hover(position={"x": 400, "y": 100})
        page.wait_for_selector("#profile-say >> text=高程")
        assert not accessibility(page)


def test_gdal_lists_and_reads_the_published_layers(site: str) -> None:
    environment = {**os.environ, "GDAL_HTTP_USERPWD": f"demo-exchange:{PASSWORD}", "GDAL_HTTP_AUTH": "BASIC", "NO_PROXY": "*"}
    command = [sys.executable, "-c", LIST_LAYERS, f"OAPIF:{site}/ogc/"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "C0101" in found["layers"] and "C0404" not in found["layers"] and found["features"] > 0


def _host(frame: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "simulators.host_page", "--port", "0", "--frame", frame]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


def test_another_departments_page_shows_the_map_only_when_it_is_on_the_list(site: str, somebody: Any, chromium: Browser) -> None:
    first, allowed = _host("about:blank")
    first.terminate()
    with somebody("publisher") as publisher:
        page = publisher.go("/analysis/embeddings/")
        page.get_by_label("名称", exact=True).fill("教育系统首页")
        page.get_by_label("允许的网站").fill(allowed)
        page.get_by_label("有效期至").fill("2099-12-31")
        assert not accessibility(page)
        page.locator("form.card select[name=department]").select_option(index=0)
        publisher.press("开通")
        address = site + str(page.locator("main tbody a[href*='/embed/']").first.get_attribute("href"))
    port = allowed.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "simulators.host_page", "--port", port, "--frame", address]
    known = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    stranger, foreign = _host(address)
    try:
        assert known.stdout is not None and known.stdout.readline()
        with at_a_browser(chromium, site) as guest:
            guest.page.goto(allowed)
            frame = guest.page.frame_locator("#lantu")
            frame.locator("#map[data-ready]").wait_for(state="attached")
            assert frame.locator("#layer-boxes li").count() > 0
        context = chromium.new_context()
        page = context.new_page()
        page.goto(foreign)
        page.wait_for_timeout(1500)
        assert page.frame_locator("#lantu").locator("#map").count() == 0
        context.close()
    finally:
        for server in (known, stranger):
            server.terminate()
            server.wait(10)
