"""The main job through the pages: a plan file in, checked by a second person, fused, looked at on the map, published and verified."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import accessibility, publish_run, sideways, waive_all

# ground where the demo city allows construction and no control line runs: with a severe finding nothing could be published
BOWTIE = [[[106.71, 26.59], [106.72, 26.60], [106.72, 26.59], [106.71, 26.60], [106.71, 26.59]]]


def _square(west: float, south: float, size: float = 0.01) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def _plan(path: Path) -> Path:
    """A plan of schools: one clean patch, one with a code the catalogue does not know, one that crosses itself, one without shape."""
    rows = [("1", "A33", _square(106.69, 26.59)), ("2", "学校用地", _square(106.70, 26.59)), ("3", "A33", BOWTIE), ("4", "A33", None)]
    features = [
        {"type": "Feature", "properties": {"编号": bsm, "用地代码": code}, "geometry": rings and {"type": "Polygon", "coordinates": rings}}
        for bsm, code, rings in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path


def _choose(page, label: str, part: str) -> None:
    """Choose the option whose words contain a part."""
    box = page.get_by_label(label, exact=True)
    words = [one for one in box.locator("option").all_inner_texts() if part in one]
    assert words, (label, part, box.locator("option").all_inner_texts()[:20])
    box.select_option(label=words[0])


def test_a_plan_goes_in_through_five_steps_and_a_second_person(somebody, tmp_path: Path) -> None:
    with somebody("planner") as planner:
        page = planner.go("/plans/new/")
        _choose(page, "图层", "C0101")
        page.get_by_label("名称", exact=True).fill("观山湖区学校用地规划")
        page.get_by_label("规划期起").fill("2020-01-01")
        page.get_by_label("规划期止").fill("2035-12-31")
        planner.press("建立并去上传")

        page.set_input_files("#files", _plan(tmp_path / "学校.geojson"))
        planner.press("上传并识别")
        page.wait_for_url(re.compile(r"/plans/deliveries/\d+/reading/$"))
        assert "共 4 行" in page.locator("main").inner_text()
        assert not accessibility(page)

        planner.press("确认读法，去对照")
        page.locator("[name='field-编号']").select_option("id")
        page.locator("[name='field-用地代码']").select_option("code")
        planner.press("保存对照")
        account = page.locator("main").inner_text()
        assert "来源 4 ＝" in account
        assert "拒收 1" in account  # the one without a shape
        page.get_by_label("学校用地 归入").select_option("A33")
        assert not accessibility(page)
        planner.press("开始质检")
        page.wait_for_url(re.compile(r"^[^?]*/quality/$"))
        assert "处错误，入库前要处理" in page.locator("main").inner_text()
        assert not accessibility(page)
        address = page.url.removeprefix(planner.site)

    with somebody("checker") as checker:
        page = checker.go(address)
        waive_all(checker, "浏览器测试：自相交留给来源单位改正。")
        assert "可以入库" in page.locator("main").inner_text()

    with somebody("planner") as planner:
        page = planner.go(address)
        planner.press("去确认入库")
        assert not accessibility(page)
        planner.press("确认入库")
        assert re.search(r"/plans/releases/\d+/$", page.url), page.locator("main").inner_text()
        assert "观山湖区学校用地规划 第 1 版" in planner.heading()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("坏的.zip", b"PK\x03\x04 cut off", "zip"),
        ("照片.geojson", b"\x89PNG\r\n\x1a\n0000", ""),
        ("空的.geojson", b'{"type":"FeatureCollection","features":[]}', "要素"),
    ],
)
def test_a_broken_file_is_refused_in_words_and_nothing_stays(somebody, tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with somebody("planner") as planner:
        page = planner.go("/plans/1/import/")
        page.set_input_files("#files", tmp_path / name)
        planner.press("上传并识别")
        page.wait_for_selector(".note--err")
        alert = page.locator(".note--err").first.inner_text()
        assert words in alert
        assert len(alert) > 10
        planner.troubles.clear()  # Chromium names the refusal
        planner.go("/plans/1/deliveries/")
        assert name not in page.locator("main").inner_text()


def test_fused_again_found_on_the_map_published_and_verified(somebody) -> None:
    with somebody("planner") as planner:
        page = planner.go("/blueprints/runs/start/")
        assert not accessibility(page)
        planner.press("开始融合")
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/runs/\d+/$"))
        assert "融合" in planner.heading()
        assert not accessibility(page)
        run = page.url.removeprefix(planner.site)
        page.locator(".lists h2 a", has_text="矛盾图斑").click()
        planner.settle()
        assert not accessibility(page)
        first = page.locator("tbody a").first
        first.click()
        planner.settle()
        assert "为什么是这个面积" in page.locator("main").inner_text()
        assert not accessibility(page)
        planner.press("在地图打开")
        page.wait_for_function("document.querySelectorAll('#finding-panel [role=row], #finding-panel tr, #finding-panel li').length > 0")

    with somebody("publisher") as publisher:
        publish_run(publisher, run)
        page = publisher.press("核验")
        page.wait_for_url(re.compile(r"^[^?]*/releases/\d+/$"))
        assert "一致" in publisher.go(page.url.removeprefix(publisher.site)).locator("main").inner_text()


def test_the_map_says_what_every_plan_says_here(somebody) -> None:
    with somebody("reviewer") as person:
        page = person.go("/map/")
        page.locator("#map[data-ready]").wait_for()
        assert page.locator("#layer-list li").count() > 10
        box = page.locator("#map").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
        page.wait_for_selector("#point-card:not([hidden])")
        page.wait_for_function("document.querySelectorAll('#point-rows tr').length > 2")
        assert "城规" in page.locator("#point-rows").inner_text()
        page.fill("#place-input", "花溪")
        page.wait_for_selector("#place-list li")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.locator("#place-list").wait_for(state="hidden")
        person.settle()  # the map has gone there
        assert not accessibility(page)


def test_the_map_fits_a_phone(somebody) -> None:
    with somebody("planner", size={"width": 390, "height": 844}) as person:
        page = person.go("/map/")
        assert sideways(page) == 0
        page.locator("[data-toggle=layer-panel]").click()
        assert page.locator("#layer-list").is_visible()
        assert not accessibility(page)
