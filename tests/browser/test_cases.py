"""The seed's order through the pages, each step by its role: a conflict listed, answered, proposed, minuted, submitted, approved by a
document, applied, fused, published as the next version, and found again in what the two versions differ in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from .conftest import PHONE, Person, accessibility, publish_run, sideways

LETTER = "一处冲突的回函（浏览器测试）"
DOCUMENT = "筑府函〔2018〕999号"


def _act(person: Person, words: str, button: str, fill: Callable[[Person], None] = lambda person: None) -> None:
    """Open an act in its dialog, fill the form, carry it out."""
    page = person.page
    page.locator(".actbar").get_by_role("link", name=re.compile(f"^{words}")).first.click()
    page.locator("#act-dialog form").wait_for()
    fill(person)
    page.locator("#act-dialog").get_by_role("button", name=button, exact=True).click()
    person.settle()
    page.locator(".actbar").wait_for()


def _state(person: Person, case: str) -> str:
    return person.go(case).locator("h1").inner_text()


def test_a_conflict_goes_from_the_list_into_the_next_version(somebody, tmp_path: Path) -> None:
    found: list[str] = []
    letter = tmp_path / "回函.txt"
    letter.write_text(LETTER, encoding="utf-8")

    with somebody("planner") as planner:
        page = planner.go("/conflicts/?group=listing")
        found += accessibility(page)
        page.locator("tbody a").first.click()
        planner.settle()
        first = page.url
        page.keyboard.press("j")
        page.wait_for_url(lambda url: url != first)
        page.keyboard.press("k")
        page.wait_for_url(first)
        planner.go("/conflicts/?group=listing&department=WWJ")  # where the demo reviewer has a say
        page.locator("tbody a").first.click()
        planner.settle()
        number = page.locator(".crumb").inner_text().split("/")[-1].strip()
        case = page.url.removeprefix(planner.site)
        page.keyboard.press("s")
        assert page.locator("[data-swipe]").get_attribute("data-mode") == "side"
        found += accessibility(page)

        planner.go("/conflicts/batches/new/")
        found += accessibility(page)
        page.get_by_label("名称").fill(f"{number} 清单")
        page.get_by_label("答复期限").fill((date.today() + timedelta(days=7)).isoformat())
        planner.press("新编清单")
        batch = page.url.removeprefix(planner.site)
        planner.go(case)
        _act(
            planner,
            "列入问题清单",
            "列入清单",
            lambda one: one.page.locator("#act-dialog select").select_option(label=_option(one, f"{number} 清单")),
        )
        planner.go(batch)
        found += accessibility(page)
        planner.press("下发征求意见")
        page.wait_for_url(re.compile(r"/conflicts/bulk/\d+/$"))
        assert "征求意见中" in _state(planner, case)

    with somebody("reviewer") as reviewer:
        reviewer.choose_post("文物局")
        reviewer.go(case)

        def answer(one: Person) -> None:
            one.page.locator("#act-dialog input[name=stance]").first.check()
            one.page.locator("#act-dialog [name=reason]").fill("按建议处理。")
            one.page.locator("#act-dialog [name=file]").set_input_files(letter)

        _act(reviewer, "提出本部门意见", "答复意见", answer)

    with somebody("planner") as planner:
        page = planner.go(case)
        assert "按建议处理。" in page.locator("main").inner_text()
        _act(planner, "提出方案", "提出方案")
        assert "已提方案" in planner.heading()
        found += accessibility(page)

    with somebody("checker") as checker:
        page = checker.go("/work/meetings/new/")
        found += accessibility(page)
        page.get_by_label("会议名称").fill(f"{number} 协调会")
        page.get_by_label("种类").fill("协调会")
        page.get_by_label("时间").fill(f"{date.today().isoformat()}T09:30")
        checker.press("召集会议")
        meeting = page.url.removeprefix(checker.site)

    with somebody("planner") as planner:
        planner.go(case)
        _act(
            planner,
            "上协调会",
            "列入议题",
            lambda one: one.page.locator("#act-dialog select").select_option(label=_option(one, f"{number} 协调会")),
        )
        assert "上会协调" in planner.heading()

    with somebody("checker") as checker:
        page = checker.go(meeting)
        found += accessibility(page)
        page.get_by_label("讨论情况").fill("各部门同意。")
        page.get_by_label("决定", exact=True).select_option("agreed")
        checker.press("保存记录")
        page.get_by_text("各部门同意。").first.wait_for()
        checker.press("结束会议")
        page.locator(".heading, header, main").get_by_text("已结束").first.wait_for()
        checker.go("/conflicts/submissions/new/")
        found += accessibility(page)
        assert number in page.locator("main").inner_text()
        page.get_by_label("报批件名称").fill("浏览器测试报批件")
        checker.press("报审")
        page.wait_for_url(re.compile(r"/conflicts/submissions/\d+/$"))
        submission = page.url.removeprefix(checker.site)
        assert re.fullmatch(r"/conflicts/submissions/\d+/", submission)

    with somebody("planner") as planner:  # who proposed is offered no approval
        page = planner.go(submission)
        assert page.get_by_role("button", name="批准", exact=True).count() == 0
        assert "批复" in page.locator("main").inner_text() or "领导小组" in page.locator("main").inner_text()

    with somebody("decider") as decider:
        decider.choose_post("市政府")
        page = decider.go(submission)
        found += accessibility(page)
        page.get_by_label("会议纪要").fill("领导小组纪要〔2018〕99号")
        decider.press("同意上报")
        page.get_by_label("批复文号").wait_for()
        found += accessibility(page)
        page.get_by_label("批复文号").fill(DOCUMENT)
        page.get_by_label("批复日期").fill(date.today().isoformat())
        page.get_by_label("批复文件").set_input_files(letter)
        decider.press("批准")
        page.get_by_text(DOCUMENT).first.wait_for()

    with somebody("planner") as planner:
        page = planner.go(submission)
        planner.press("落图（1 件）")
        page.wait_for_url(re.compile(r"/conflicts/bulk/\d+/$"))
        assert "已落图" in _state(planner, case)
        assert DOCUMENT in page.locator("main").inner_text()
        found += accessibility(page)
        planner.go("/blueprints/runs/start/")
        planner.press("开始融合")
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/runs/\d+/$"), timeout=240_000)  # kernels may have to be compiled first
        run = page.url.removeprefix(planner.site)
        _until(planner, case, "已复核")

    with somebody("publisher") as publisher:
        release = publish_run(publisher, run)
        found += accessibility(publisher.page)
        assert "已归档" in _state(publisher, case)

    with somebody("viewer") as viewer:
        page = viewer.go("/blueprints/releases/")
        viewer.press(release)
        page.get_by_text(re.compile(r"^\s*与 [\d.]+ 对比\s*$")).first.click()
        page.wait_for_url(re.compile(r"^[^?]*/blueprints/comparisons/\d+/$"))
        assert f" → {release}" in viewer.heading()
        assert "办结的案件" in page.locator("main").inner_text()
        found += accessibility(page)
        page.locator("a[href$='/closed/']").click()
        viewer.settle()
        assert number in page.locator("tbody").inner_text()
        found += accessibility(page)
    assert not found, "\n".join(found)


def _option(person: Person, part: str) -> str:
    """The option that has these words."""
    return next(words for words in person.page.locator("#act-dialog select option").all_inner_texts() if part in words)


def _until(person: Person, path: str, state: str, most: int = 60) -> None:
    """Look at a page until its heading says so: a job of the worker's does it."""
    for _ in range(most):
        if state in person.go(path).locator("h1").inner_text():
            return
        person.page.wait_for_timeout(1000)
    raise AssertionError(f"{path}: {person.heading()} instead of {state}")


def test_a_case_fits_a_phone(somebody) -> None:
    with somebody("planner", size=PHONE) as planner:
        page = planner.go("/conflicts/")
        more, filters = page.get_by_role("button", name="筛选条件"), page.locator(".flt__f").first
        assert not filters.is_visible()
        more.click()
        assert filters.is_visible()
        filters.locator("select").select_option(index=1)
        page.locator(".flt .chip").wait_for()
        page.locator("[data-filters][aria-expanded=true]").wait_for()
        more.click()
        assert not filters.is_visible()
        page.locator("tbody a").first.click()
        planner.settle()
        assert sideways(page) == 0
        assert not accessibility(page)
