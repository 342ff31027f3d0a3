"""The seed's order through the pages: a school gets its land-use, works and construction permits, with a correction, a special procedure,
a deferral and a refusal on the way; another project is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from . import approvals as play
from .conftest import PHONE, Installation, Person, accessibility, sideways

SCHOOL, OTHER = "浏览器测试小学", "浏览器测试不予批准的小学"
LAND, WORKS, CONSTRUCTION = "立项用地规划许可", "工程建设许可", "施工许可"
LACKING = "可行性研究报告缺编制单位签章页"
Offices = tuple[play.Office, play.Office]
"""Reviewers and deciders of the departments whose pages are not looked at."""
REASON = "概算超出可行性研究报告批复的百分之十以上"


@pytest.fixture(scope="module")
def filed(city: Installation) -> None:
    """Two schools whose first stage is filed; how that is done by pages is the scenario of ``test_portal``."""
    lines = f"for name in ({SCHOOL!r}, {OTHER!r}):\n    demo.file_land_stage(builder, demo.new_school(name, ground), ground)\n"
    play.set_up(city, lines)


def _case(window: Person, name: str, stage: str) -> str:
    """The address of the case of a project's stage."""
    page = window.go(f"/approvals/cases/?q={name}")
    page.locator("tbody tr", has_text=name).filter(has_text=stage).locator("a").first.click()
    window.settle()
    return str(page.url.removeprefix(window.site))


def _portal(case: str) -> str:
    return case.replace("/approvals/", "/portal/")


def _window(case: str) -> str:
    return case.replace("/cases/", "/window/")


def _answer(window: Person, item: str, kind: str, **fields: str) -> None:
    """Choose what an item is answered, with what that asks for."""
    box = window.page.locator("fieldset", has=window.page.locator("legend", has_text=item))
    box.locator("select").select_option(kind)
    for name, value in fields.items():
        box.locator(f"[name$='-{name}']").fill(value)


def _land_use(window: Person, builder: Person, reviewer: Person, decider: Person, offices: Offices, *, folder: Path) -> list[str]:
    """Stage 1, with a correction and a special procedure; what axe finds."""
    found = accessibility(window.go("/approvals/window/"))
    case = _case(window, SCHOOL, LAND)
    page = window.go(_window(case))
    _answer(window, "可行性研究报告审批", "correct", points=LACKING)
    found += accessibility(page)
    window.press("作出受理决定")
    assert "发出 2 份文书，用印 2 份" in page.locator("main").inner_text()
    found += accessibility(page)

    page = builder.go("/portal/")
    assert "等您补正" in page.locator("main").inner_text()
    found += accessibility(page)
    page = builder.go(_portal(case))
    assert LACKING in page.locator(".pt-ask").inner_text()
    assert "补正告知书" in page.locator("main").inner_text()
    found += accessibility(page)
    row = page.locator(".ml__i", has_text="可行性研究报告")
    row.locator("input[type=file]").set_input_files(play.a_pdf(folder, "可研补正"))
    row.get_by_role("button", name="换新版本").click()
    builder.settle()
    page.locator("#answer").fill("已补签章页")
    builder.press("补正完成")
    assert "已补正，等窗口核对" in page.locator("main").inner_text()

    play.accept_all(window, case)
    found += accessibility(window.go(case))
    siting = play.branch_of(window, case, "建设项目选址意见书")
    play.as_post(reviewer, "自然资源")
    found += accessibility(reviewer.go("/approvals/desk/"))
    page = reviewer.go(siting)
    play.act(reviewer, "开始办理")
    play.act(reviewer, "启动特别程序", kind="expert")
    assert "停计" in page.locator("main").inner_text()
    assert "专家评审" in page.locator("main").inner_text()
    found += accessibility(page)
    assert "停计" in builder.go(_portal(case)).locator(".pt-rows").inner_text()
    play.act(reviewer, "结束特别程序", result="专家组同意选址")
    reviewer.press("材料与专业审查")
    assert page.locator(".ap-site svg, .sketch svg").count() == 1
    found += accessibility(page)
    play.verdict(reviewer, decider, "自然资源", siting, conditions="保留场地北侧行道树")
    play.grant_rest(window, *offices, case)
    play.accept_all(window, case)  # the land-use permit, which waited for the others
    play.grant_rest(window, *offices, case)
    play.as_post(reviewer, "自然资源")
    reviewer.go(siting)
    condition = page.locator("[name$='-condition'] option").nth(1).get_attribute("value")
    play.act(reviewer, "核对条件", condition=str(condition), evidence="总平面图第 3 页")
    play.make_results(decider, offices[1], case, "发改委")
    found += accessibility(decider.page)

    found += accessibility(window.go("/approvals/issue/"))
    page = window.go(case.replace("/cases/", "/issue/"))
    row = page.locator("tbody tr", has_text="可行性研究报告审批")
    row.locator("summary").click()
    row.locator("[name$='-receiver']").fill("王工")
    row.get_by_role("button", name="登记送达").click()
    window.settle()
    assert "王工" in page.locator("tbody tr", has_text="可行性研究报告审批").inner_text()
    found += accessibility(page)
    _receive(builder, case, "建设用地规划许可证")
    return found + accessibility(builder.page)


def _receive(builder: Person, case: str, permit: str) -> None:
    """Sign for what is out, open the permit: a sealed PDF."""
    page = builder.go(_portal(case))
    page.locator("#signature").fill("王工")
    builder.press("签收并领取")
    results = page.locator("#results")
    assert "待送达" not in results.inner_text()
    address = str(results.get_by_role("link", name=permit).first.get_attribute("href"))
    answer = page.request.get(builder.site + address)
    assert answer.ok and b"/ByteRange" in answer.body()


def _works(window: Person, builder: Person, reviewer: Person, decider: Person, offices: Offices, *, folder: Path) -> list[str]:
    """Stage 2, with a deferral that is kept and an item that is refused, mended and filed again; what axe finds."""
    page = builder.page
    builder.press("申报下一阶段")
    builder.press("开始填报")
    play.answer_questions(builder, "basement")
    for name, value in {"contact": "王工 13800000000", "far": "0.8", "height_m": "23.6", "basement_m2": "2460"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=basement_use]").first.check()
    builder.press("保存并继续")
    builder.go(page.url.removeprefix(builder.site).rsplit("/", 2)[0] + "/materials/")
    play.upload(builder, "scheme_text", play.a_pdf(folder, "方案"))
    play.upload(builder, "scheme_drawing", play.a_drawing(folder))
    page.locator("#m-defence_form").get_by_role("button", name="承诺容缺").click()
    builder.settle()
    builder.go(page.url.removeprefix(builder.site).rsplit("/", 2)[0] + "/check/")
    builder.press("提交申报")
    found = accessibility(page)

    case = _case(window, SCHOOL, WORKS)
    page = window.go(_window(case))
    defence = page.locator("fieldset", has=page.locator("legend", has_text="人防"))
    assert defence.locator("select").input_value() == "defer"
    assert "人防工程设计要求表" in defence.locator("[name$='-text']").input_value()
    found += accessibility(page)
    play.accept_all(window, case)
    preliminary = play.branch_of(window, case, "初步设计审批")
    shelter = play.branch_of(window, case, "人防工程设计方案审查")
    play.verdict(reviewer, decider, "发改委", preliminary, "13", opinion=REASON, basis="政府投资条例第十二条")
    assert "不通过" in decider.heading()
    found += accessibility(decider.page)
    play.verdict(reviewer, decider, "人防", shelter, "12")
    assert "容缺通过" in decider.heading()

    page = builder.go(_portal(case))
    assert REASON in page.locator("main").inner_text()
    assert "行政复议" in page.locator("main").inner_text()
    builder.press("重新申报")
    row = page.locator(".ml__i", has_text="人防工程设计要求表")
    row.locator("input[type=file]").set_input_files(play.a_pdf(folder, "人防要求表"))
    row.locator("button").click()
    builder.settle()
    found += accessibility(page)

    window.go("/work/")
    window.page.locator("tbody tr", has_text="核对容缺材料").filter(has_text=SCHOOL).locator("a").first.click()
    window.settle()
    play.act(window, "容缺材料已补齐", note="与承诺一致")
    assert re.search(r"审查 通过", window.heading())
    play.grant_rest(window, *offices, case)
    play.accept_all(window, case)  # the item that was filed again, and the permit when it may start
    play.grant_rest(window, *offices, case)
    if any(state in ("已接件", "待前置事项") for _department, _branch, state in play.cells(window, case)):
        play.accept_all(window, case)
        play.grant_rest(window, *offices, case)
    play.make_results(decider, offices[1], case, "自然资源")
    _receive(builder, case, "建设工程规划许可证")
    return found


def _construction(window: Person, builder: Person, reviewer: Person, decider: Person, offices: Offices, *, folder: Path) -> list[str]:
    """Stage 3; what axe finds."""
    page = builder.page
    builder.press("申报下一阶段")
    builder.press("开始填报")
    play.answer_questions(builder)
    page.locator("[name=contact]").fill("王工 13800000000")
    page.locator("[name=planned_from]").fill("2027-03-01")
    builder.press("保存并继续")
    builder.go(page.url.removeprefix(builder.site).rsplit("/", 2)[0] + "/materials/")
    play.upload(builder, "contract", play.a_pdf(folder, "施工合同"))
    builder.go(page.url.removeprefix(builder.site).rsplit("/", 2)[0] + "/check/")
    builder.press("提交申报")
    case = _case(window, SCHOOL, CONSTRUCTION)
    for _item in ("施工图审查", "施工许可证"):
        play.accept_all(window, case)
        play.grant_rest(window, *offices, case)
    play.make_results(decider, offices[1], case, "住建")
    _receive(builder, case, "施工许可证")
    page.locator("[name=score][value='5']").check()
    page.locator("#rate-text").fill("办得快")
    page.get_by_role("button", name="评价", exact=True).click()
    builder.settle()
    assert "5 / 5" in page.locator("main").inner_text()
    return accessibility(page)


def _refused(window: Person, builder: Person, reviewer: Person, decider: Person, offices: Offices) -> list[str]:
    """Another project: its feasibility is refused, the stage ends with that, the decision has reasons and remedies."""
    case = _case(window, OTHER, LAND)
    play.accept_all(window, case)
    feasibility = play.branch_of(window, case, "可行性研究报告审批")
    play.verdict(reviewer, decider, "发改委", feasibility, "13", opinion="资金来源没有落实", basis="政府投资条例第九条")
    play.grant_rest(window, *offices, case)
    page = decider.go(case)
    assert "不通过" in decider.heading()
    assert "不能开始" in page.locator("main .note").first.inner_text()
    play.make_results(decider, offices[1], case, "发改委")
    page = builder.go(_portal(case))
    builder.press("签收并领取")
    assert "不予许可决定" in page.locator("#results").inner_text()
    page.locator(".pt-rows a", has_text="可行性研究报告审批").last.click()
    builder.settle()
    assert "资金来源没有落实" in page.locator("main").inner_text()
    play.act(builder, "提出异议", text="资金已由区财政落实")
    assert "待答复" in page.locator("main").inner_text()
    return accessibility(page)


def test_a_school_gets_its_three_permits_and_another_project_is_refused(somebody: Any, filed: None, tmp_path: Path) -> None:
    found: list[str] = []
    with (
        somebody("window") as window,
        somebody("builder") as builder,
        somebody("reviewer") as reviewer,
        somebody("decider") as decider,
        somebody("reviewer") as reviewers,
        somebody("decider") as deciders,
    ):
        offices = (play.Office(reviewers), play.Office(deciders))
        found += _land_use(window, builder, reviewer, decider, offices, folder=tmp_path)
        found += _works(window, builder, reviewer, decider, offices, folder=tmp_path)
        found += _construction(window, builder, reviewer, decider, offices, folder=tmp_path)
        found += _refused(window, builder, reviewer, decider, offices)
        number = window.page.locator(".crumb").inner_text().split("/")[-1].strip()
        for size in (PHONE,):
            window.page.set_viewport_size(size)
            for path in ("/approvals/cases/", "/approvals/issue/", _case(window, SCHOOL, LAND)):
                window.go(path)
                assert sideways(window.page) == 0, path
    with somebody() as anybody:
        page = anybody.go(f"/approvals/query/?number={number}")
        found += accessibility(page)
    assert not found, "\n".join(found)
