"""A school through the pages: reserved, sited, consulted (one disagrees, a meeting resolves it), reviewed, generated, coded, programmed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from .conftest import Installation, Person, accessibility, sideways

NAME = "金华片区小学新建工程"
POSTS = """
import django; django.setup()
from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.core.actor import system
user = User.objects.get(username="demo-reviewer")
held = user.posts.filter(role="reviewer").values("department")
for department in Department.objects.filter(valid_to=None).exclude(pk__in=held):
    give_post(system(), user, "reviewer", department=department)
"""


def give_posts(city: Installation) -> None:
    """One person who reviews for every department, as in a small city; which one they act for is chosen in the head of the page."""
    environment = {**city.environment, "DJANGO_SETTINGS_MODULE": "lantu.config.settings"}
    subprocess.run([sys.executable, "-c", POSTS], env=environment, check=True)


def _act(person: Person, words: str, **fields: str) -> None:
    """Open an act of the page, fill its form and send it."""
    fold = person.page.locator(".pj-acts details", has=person.page.locator("summary", has_text=re.compile(f"^{words}$")))
    fold.locator("summary").first.click()
    for name, value in fields.items():
        field = fold.locator(f"[name$='-{name}']")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    fold.get_by_role("button", name=words, exact=True).click()
    person.settle()
    assert not person.page.locator(".note--err").count(), person.page.locator(".note--err").first.inner_text()


def _draw(person: Person) -> None:
    """Draw a quadrilateral on the small map."""
    page = person.page
    page.locator("summary", has_text="登记地块").click()
    page.wait_for_selector("#amap[data-ready]")
    page.get_by_role("button", name="画面").click()
    box = page.locator("#amap").bounding_box()
    for at in ((0.46, 0.46), (0.52, 0.46), (0.52, 0.54)):
        page.mouse.click(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
        page.wait_for_timeout(350)  # two clicks within a quarter of a second are a double click
    page.mouse.dblclick(box["x"] + 0.46 * box["width"], box["y"] + 0.54 * box["height"])
    page.wait_for_function("document.querySelector('#amap-area').textContent.includes('公顷')")
    assert json.loads(page.locator("#id_site-drawn").input_value())["type"] == "Polygon"
    page.locator("[name=site-label]").fill("地块一")
    page.get_by_role("button", name="登记地块", exact=True).click()
    person.settle()
    assert not page.locator(".note--err").count(), page.locator(".note--err").first.inner_text()


def _answers(reviewer: Person, address: str) -> int:
    """Every department that was asked answers in its own post; the one in charge of education disagrees. How many answered."""
    page = reviewer.go(address)
    asked = [one.strip() for one in page.locator("main table").first.locator("tbody tr td:first-child").all_inner_texts()]
    for name in asked:
        page.locator(".role-menu summary").click()
        page.locator(".role-menu button.menu__i", has_text=re.compile(rf"{re.escape(name)}(\s|·|$)")).first.click()
        reviewer.settle()
        page = reviewer.go("/work/consultations/")
        page.locator("tbody tr", has_text=NAME).locator("a").first.click()
        reviewer.settle()
        if "教育" in name:
            page.locator("[name=verdict][value=disagree]").check()
            page.locator("[name=reason]").fill("服务半径与已有学校重叠")
            page.locator("[name=law]").fill("教育设施布局专项规划第 12 条")
        else:
            page.locator("[name=verdict][value=conditions]").check()
            page.locator("[name=reason]").fill("按条件办理")
            page.locator("[name=conditions]").fill("建筑高度 ≤ 24 m")
        reviewer.press("回复意见")
    return len(asked)


@pytest.fixture
def reviewers(city: Installation) -> None:
    give_posts(city)


def test_a_school_from_the_idea_to_the_programme(somebody: Any, reviewers: None) -> None:
    with somebody("planner") as planner:
        page = planner.go("/projects/new/")
        for name, value in {"name": NAME, "idea": "36 班小学", "investment_wan": "12000"}.items():
            page.locator(f"[name={name}]").fill(value)
        for name, value in {"department": "JYJ", "region": "520115", "kind": "01", "industry": "83", "sector": "education"}.items():
            page.locator(f"[name={name}]").select_option(value)
        page.locator("[name=source]").select_option("annual")
        page.locator("[name=funding]").select_option("finance")
        assert not accessibility(page)
        planner.press("登记并生成代码")
        code = re.search(r"\d{4}-520115-\d{2}-01-\d{6}", page.locator("main").inner_text())
        assert code, page.locator("main").inner_text()
        project = page.url.removeprefix(planner.site)
        planner.press("收入储备库")
        _draw(planner)
        assert "地块一" in page.locator("main").inner_text()
        assert not accessibility(page)
        planner.press("以此发起策划")
        generation = page.url.removeprefix(planner.site)
        _act(planner, "形式审查通过，征求意见")
        assert "征求意见" in planner.heading()
        assert not accessibility(page)

    with somebody("reviewer") as reviewer:
        answered = _answers(reviewer, generation)
    assert answered >= 3

    with somebody("planner") as planner:
        page = planner.go(generation)
        assert "待协调" in planner.heading()
        assert "服务半径与已有学校重叠" in page.locator(".note--warn").inner_text()
        _act(planner, "召集协调会", at="2026-01-05T09:30", place="市政府 302 会议室")
        page.locator("main a", has_text="协调会").first.click()
        planner.settle()
        page.locator("[name$=minutes]").fill("教育局说明布局，规划局提出规模上限。")
        page.locator("[name$=decision]").select_option("conditions")
        page.locator("[name$=decision_text]").fill("学校规模不超过 36 班")
        planner.press("保存记录")
        assert not accessibility(page)
        planner.press("结束会议")
        planner.go(generation)
        assert "意见已定" in planner.heading()
        planner.press("形成建设条件清单")
        assert "学校规模不超过 36 班" in page.locator("main").inner_text()
        page = planner.go("/projects/experts/")
        for name, value in {"name": "钱之江", "unit": "浏览器测试设计院", "title": "高级工程师"}.items():
            page.locator(f"form.card [name={name}]").fill(value)
        planner.press("登记")
        assert not accessibility(page)
        page = planner.go(generation)
        expert = page.locator("[name='review-experts'] option", has_text="钱之江").first.get_attribute("value")
        _act(planner, "召集联评联审", at="2026-01-08T09:30", place="市政府 302 会议室", experts=expert)
        first = page.locator("[name='score-reviewer'] option").first.get_attribute("value")
        _act(planner, "录入评分", reviewer=first, criterion="need", points="18")
        assert "平均 18.0 分" in page.locator("main").inner_text()
        assert not accessibility(page)

    with somebody("decider") as decider:
        page = decider.go(generation)
        _act(decider, "签发评审意见", verdict="passed", opinion="方案可行，同意。")
        decider.press("生成项目")
        assert "已生成" in decider.heading()

    with somebody("planner") as planner:
        page = planner.go(project)
        text = page.locator("main").inner_text()
        assert "红线" in text
        assert code.group() in text
        assert "实施库" in planner.heading()
        _act(planner, "申报年度计划", land="20000", funds="3000")
        page.locator("main a", has_text="年度实施计划").first.click()
        planner.settle()
        programme = page.url.removeprefix(planner.site)
        page.locator("tbody tr", has_text=NAME).locator("input[type=checkbox]").check()
        planner.press("列入")
        assert page.locator("table.pj-q tr", has_text=NAME).locator("td.on").count() == 4
        assert not accessibility(page)
        for part in ("opinions", "conditions", "files", "buildings", "messages", "audit"):
            page = planner.go(f"{project}{part}/")
            assert not accessibility(page)
    with somebody("viewer", size={"width": 390, "height": 844}) as viewer:
        for address in (project, f"{project}conditions/", generation, programme, "/projects/"):
            page = viewer.go(address)
            assert sideways(page) == 0, address
