"""A second city from nothing (docs/cambridge.md): pack and people by command, two real plans brought in through the pages and fused."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .conftest import Installation, Person, at_a_browser, waive_all

PLANS = Path(__file__).resolve().parents[2] / "cities" / "cambridge" / "plans"
SECRET = "two-rivers-and-a-square-26"


@pytest.fixture
def cambridge(tmp_path: Path) -> Iterator[str]:
    city = Installation(tmp_path)
    if empty := os.environ.get("LANTU_TEST_EMPTY"):  # a data folder after "migrate", which the demo city began with too
        shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    city.run_all(
        ("migrate",),
        ("city", "load", "cambridge"),
        ("accounts", "open", "ann", "ann planner", "--password", SECRET),
        ("accounts", "grant", "ann", "planner"),
        ("accounts", "open", "ben", "ben checker", "--password", SECRET),
        ("accounts", "grant", "ben", "checker"),
    )
    with city.served() as address:
        yield address


def _to_quality(planner: Person, layer: str, name: str, file: Path, code: str) -> str:
    """Steps one to four of the import; the address of the quality page."""
    page = planner.go("/plans/new/")
    page.get_by_label("图层", exact=True).select_option(layer)
    page.get_by_label("名称", exact=True).fill(name)
    page.get_by_label("规划期起").fill("2026-01-01")
    planner.press("建立并去上传")
    page.set_input_files("#files", file)
    planner.press("上传并识别")
    page.wait_for_url(re.compile(r"^[^?]*/reading/$"))
    planner.press("确认读法，去对照")
    page.locator("[name='field-GlobalID']").select_option("id")
    page.locator(f"[name='field-{code}']").select_option("code")
    planner.press("开始质检")
    page.wait_for_url(re.compile(r"^[^?]*/quality/$"))
    return page.url.removeprefix(planner.site)


def test_two_real_plans_go_in_and_their_overlap_is_the_published_one(chromium: Browser, cambridge: str) -> None:
    with at_a_browser(chromium, cambridge) as planner, at_a_browser(chromium, cambridge) as checker:
        planner.sign_in("ann", SECRET)
        checker.sign_in("ben", SECRET)
        for layer, name, file, code in (
            ("Z0101", "Zoning Ordinance", "01-Z0101/CDD_ZoningDistricts.geojson", "ZONE_TYPE"),
            ("W0101", "Flood insurance rate map", "04-W0101/FEMA_FloodPlains100Year.geojson", "fld_zone"),
        ):
            address = _to_quality(planner, layer, name, PLANS / file, code)
            checker.go(address)
            waive_all(checker, "按城市公布的样子入库。")
            planner.go(address)
            planner.press("去确认入库")
            planner.press("确认入库")
            assert f"{name} 第 1 版" in planner.heading()
        planner.go("/blueprints/runs/start/")
        planner.press("开始融合")
        page = planner.page
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/runs/\d+/$"))
        page.locator(".lists h2 a", has_text="矛盾图斑").click()
        planner.settle()
        planner.go(page.url.split("?")[0].removeprefix(planner.site))
        with page.expect_download() as download:
            page.get_by_role("link", name="导出 CSV").click()
        rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
        assert len(rows) > 50
        areas = [float(row.split(",")[_column(rows[0], "面积（公顷）")]) for row in rows[1:]]
        assert sum(areas) == pytest.approx(179.0, abs=0.06)


def _column(head: str, name: str) -> int:
    return head.split(",").index(name)
