"""A builder alone at a browser: the guide before signing in, a stage prepared from nothing to filed, what is missing told on the way, an
agent named; and the same on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import approvals as play
from .conftest import PHONE, Installation, accessibility, sideways

SCHOOL = "浏览器测试报建小学"
POINTS = "106.634,26.640\n106.636,26.640\n106.636,26.642\n106.634,26.642"


@pytest.fixture(scope="module")
def school(city: Installation) -> None:
    """A school of the demo's unit, with nothing filed."""
    play.set_up(city, f"demo.new_school({SCHOOL!r}, ground)\n")


def test_what_is_needed_is_told_to_everybody(somebody: Any) -> None:
    with somebody(size=PHONE) as anybody:
        page = anybody.go("/approvals/guides/")
        assert not accessibility(page)
        page.get_by_role("link", name="工程建设许可").first.click()
        anybody.settle()
        text = page.locator("main").inner_text()
        assert "建设工程规划许可证" in text
        assert "城乡规划法" in text
        assert sideways(page) == 0
        assert not accessibility(page)
        anybody.go("/approvals/query/")
        page.locator("input[name=number]").fill("JD9-1999-0001")
        page.locator("main form button").first.click()
        anybody.settle()
        assert "没有" in page.locator("main").inner_text()
        anybody.troubles.clear()  # the browser's own note that the number was not found (404)


def test_a_stage_is_prepared_and_filed(somebody: Any, school: None, tmp_path: Path) -> None:
    found: list[str] = []
    with somebody("builder") as builder:
        page = builder.go("/portal/new/")
        found += accessibility(page)
        page.locator("#project").select_option(
            label=next(one for one in page.locator("#project option").all_inner_texts() if SCHOOL in one)
        )
        page.get_by_label("立项用地规划许可", exact=True).check()
        builder.press("开始填报")
        draft = page.url.removeprefix(builder.site).rsplit("/", 2)[0]

        builder.go(f"{draft}/check/")  # everything that is missing, before anything is filled in
        assert page.get_by_role("button", name="提交申报").is_disabled()
        assert "可行性研究报告" in page.locator("main").inner_text()
        found += accessibility(page)

        builder.go(f"{draft}/site/")
        found += accessibility(page)
        if not page.locator("#text").is_visible():
            page.locator("details", has=page.locator("#text")).locator("summary").first.click()
        page.locator("#text").fill(POINTS)
        builder.press("保存用地范围")
        builder.go(f"{draft}/site/")
        assert "椭球面积" in page.locator("main").inner_text()

        builder.go(f"{draft}/situation/")
        found += accessibility(page)
        page.locator("input[name=site]").first.check()
        play.answer_questions(builder)
        found += accessibility(page)
        page.locator("[name=contact]").fill("王工 13800000000")
        page.locator("[name=far]").fill("99")
        builder.press("保存并继续")
        assert page.locator("[role=alert]").count() >= 1  # 容积率 above every bound, told beside the field
        builder.troubles.clear()  # the browser's own note that the form came back (422)
        page.locator("[name=far]").fill("0.8")
        builder.press("保存并继续")

        builder.go(f"{draft}/materials/")
        row = page.locator("#m-feasibility")
        fake = tmp_path / "可研.pdf"
        fake.write_bytes(b"MZ" + bytes(500))
        row.locator("input[type=file]").set_input_files(fake)
        row.get_by_role("button", name="上传", exact=True).click()
        builder.settle()
        assert page.locator(".note--err").count() == 1  # it is no PDF, whatever its name says
        play.upload(builder, "feasibility", play.a_pdf(tmp_path, "可行性研究报告"))
        if page.locator("#m-unit_identity").get_by_role("button", name="上传", exact=True).count():
            play.upload(builder, "unit_identity", play.a_pdf(tmp_path, "法人证书"))
        found += accessibility(page)

        builder.go(f"{draft}/check/")
        assert "就绪 100%" in page.locator("main").inner_text(), page.locator("main").inner_text()
        builder.press("提交申报")
        assert "申报回执" in builder.heading()
        found += accessibility(page)

        builder.press("看办理进度")
        page.set_viewport_size(PHONE)
        for path in ("/portal/", page.url.removeprefix(builder.site), "/portal/unit/"):
            builder.go(path)
            assert sideways(page) == 0, path
            found += accessibility(page)
    assert not found, "\n".join(found)
