"""Before and beside a case: a builder asks before filing and files from the answer (前期咨询); the city asks the district for its part
(市区联办)."""

from __future__ import annotations

from typing import Any

import pytest

from . import approvals as play
from .conftest import PHONE, Installation, Person, accessibility, sideways

SCHOOL, JOINT = "浏览器测试咨询小学", "浏览器测试联办小学"
QUESTION = "地下一层拟作停车库，人防能否易地建设？"
SAID = {"自然资源": "方案须标明机动车出入口，可以办。", "人防": "按本层面积核定，可以申请易地建设。"}
PART = "请说明北侧村道能否作次要出入口"


@pytest.fixture(scope="module")
def projects(city: Installation) -> None:
    """A school with nothing filed; another whose land stage the window has accepted."""
    play.set_up(
        city,
        f"demo.new_school({SCHOOL!r}, ground)\n"
        "from lantu.approvals import demo_course\n"
        f"demo_course.window_answers(demo.file_land_stage(builder, demo.new_school({JOINT!r}, ground), ground))\n",
    )


def _ask(builder: Person) -> str:
    """The builder asks on the portal; the number of the question."""
    page = builder.go("/portal/")
    builder.press("前期咨询")
    option = next(one for one in page.locator("#project option").all_inner_texts() if SCHOOL in one)
    page.locator("#project").select_option(label=option)
    page.get_by_label("工程建设许可", exact=True).check()
    builder.press("看这一阶段的问题")
    page.locator("input[name=basement][value=yes]").check()
    page.locator("#question").fill(QUESTION)
    builder.press("提出咨询")
    assert "等窗口分办" in page.locator("main").inner_text() or "待分办" in page.locator("main").inner_text()
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def _route(window: Person, number: str) -> str:
    """The window gives it to the departments that the answers call for; the address of the question in the office."""
    page = window.go("/work/")
    page.locator("tbody tr", has_text=SCHOOL).locator("a").first.click()
    window.settle()
    assert number in page.locator("main").inner_text() or number in page.locator(".crumb").inner_text()
    ticked = [words.strip() for words in page.locator(".who label", has=page.locator("input:checked")).all_inner_texts()]
    assert all(any(name in words for words in ticked) for name in SAID), ticked  # by the answers: design, shelter
    for words in ticked:
        if not any(name in words for name in SAID):
            page.get_by_label(words, exact=True).uncheck()
    window.press("分给这些部门")
    return page.url.removeprefix(window.site)


def _answer(reviewer: Person, department: str, words: str) -> None:
    """A department reads the question among its tasks and answers."""
    play.as_post(reviewer, department)
    page = reviewer.go("/work/")
    page.locator("tbody tr", has_text=SCHOOL).locator("a").first.click()
    reviewer.settle()
    assert QUESTION in page.locator("main").inner_text()
    page.locator("input[name=verdict][value=agree], select[name=verdict]").first.evaluate(
        "one => one.tagName == 'SELECT' ? (one.value = 'agree') : one.click()"
    )
    page.locator("[name=reason]").fill(words)
    reviewer.press("回复意见")
    assert words in page.locator("main").inner_text()


def test_a_question_is_asked_routed_answered_once_and_filed_from(somebody: Any, projects: None) -> None:
    found: list[str] = []
    with somebody("builder") as builder, somebody("window") as window, somebody("reviewer") as reviewer:
        number = _ask(builder)
        found += accessibility(builder.page)
        place = _route(window, number)
        found += accessibility(window.page)
        for department, words in SAID.items():
            _answer(reviewer, department, words)
        found += accessibility(reviewer.page)
        assert SAID["人防"] not in builder.go(f"/portal/inquiries/{number}/").locator("main").inner_text()  # nothing before the one answer

        page = window.go(place)
        assert all(words in page.locator("#answer").input_value() for words in SAID.values())
        window.press("发出答复")
        found += accessibility(page)

        page = builder.go("/portal/")
        page.locator("a", has_text=number).click()
        builder.settle()
        text = page.locator("main").inner_text()
        assert all(words in text for words in SAID.values()), text
        assert "不作为审批依据" in text
        page.set_viewport_size(PHONE)
        assert sideways(page) == 0
        found += accessibility(page)
        builder.press("按此情形开始填报")
        assert "/portal/drafts/" in page.url
        builder.go(f"/portal/drafts/{page.url.split('/drafts/')[1].split('/')[0]}/situation/")
        assert page.locator("input[name=basement][value=yes]").is_checked()  # what was answered is not asked again
    assert not found, "\n".join(found)


def test_the_city_asks_the_district_and_decides_with_its_part(somebody: Any, projects: None) -> None:
    found: list[str] = []
    with somebody("reviewer") as reviewer, somebody("decider") as decider:
        play.as_post(reviewer, "自然资源")
        page = reviewer.go(f"/approvals/cases/?q={JOINT}")
        page.locator("tbody tr", has_text=JOINT).locator("a").first.click()
        reviewer.settle()
        review = play.branch_of(reviewer, page.url.removeprefix(reviewer.site), "建设项目用地预审")
        reviewer.go(review)
        play.act(reviewer, "开始办理")
        district = page.locator("[name$='invite_joint-department'] option", has_text="自然资源").first.get_attribute("value")
        play.act(reviewer, "发起市区联办", department=str(district), question=PART, days="2")
        assert PART in page.locator("main").inner_text()
        found += accessibility(page)
        play.act(reviewer, "提出审核意见", proposal="11", opinion="用地可行。")
        play.as_post(decider, "自然资源")
        decider.go(review)
        with pytest.raises(AssertionError, match="联办意见还没有出具"):  # the city waits for the district
            play.act(decider, "审定", code="11")
        decider.troubles.clear()

        page = reviewer.page
        _as_district(reviewer)
        reviewer.go("/work/")
        page.locator("tbody tr", has_text=JOINT).locator("a").first.click()
        reviewer.settle()
        play.act(reviewer, "出具联办意见", verdict="conditions", opinion="可作次要出入口，路宽不小于 6 米。")
        found += accessibility(page)
        page.set_viewport_size(PHONE)
        assert sideways(page) == 0
        decider.go(review)
        assert "路宽不小于 6 米" in decider.page.locator("main").inner_text()
        play.act(decider, "审定", code="11")
        assert "通过" in decider.heading()
    assert not found, "\n".join(found)


def _as_district(person: Person) -> None:
    """Act in one's post in the district's department."""
    person.page.locator(".role-menu summary").click()
    person.page.locator(".role-menu .menu__i", has_text="观山湖").filter(has_text="自然资源").first.click()
    person.settle()
