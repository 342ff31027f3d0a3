"""A permit through the pages: issued, looked at, verified by everybody, changed, suspended; and a seal in the wrong hands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import zxingcpp

from .conftest import PHONE, accessibility, sideways

SEAL = "行政审批专用章（测试）"
GROUND = {"project": "浏览器测试学校", "place": "观山湖区朱昌镇", "use": "A33 中小学用地", "area": "5.0 公顷"}
SITE = '{"type":"Polygon","coordinates":[[[106.6,26.62],[106.6025,26.62],[106.6025,26.6218],[106.6,26.6218],[106.6,26.62]]]}'


def _choose_seal(page: Any) -> None:
    box = page.locator("[name=seal]").first
    box.select_option(label=next(one for one in box.locator("option").all_inner_texts() if SEAL in one))


def _grant(person: Any, holder: str) -> None:
    """Fill in a land-use permit with a seal and submit."""
    page = person.go("/certificates/new/")
    assert not accessibility(page)
    page.get_by_role("link", name="建设用地规划许可证").click()
    page.get_by_label("持证单位", exact=True).fill(holder)
    for name, value in GROUND.items():
        page.locator(f"[name=data-{name}]").fill(value)
    page.locator("[name=geojson]").fill(SITE)
    _choose_seal(page)
    assert not accessibility(page)
    person.press("取号，制证并用印")
    page.wait_for_url(re.compile(r"/certificates/batches/"))


def _issued(person: Any) -> str:
    """Wait on the batch's page until all is issued, then open the certificate; its address."""
    page = person.page
    page.get_by_text("已发出 1 / 1 件").wait_for()
    assert not accessibility(page)
    page.locator("tbody a").first.click()
    page.wait_for_url(re.compile(r"/certificates/\d+/$"))
    return str(page.url.removeprefix(person.site))


def _qr_path(file: bytes) -> str:
    """The path of the address that the QR on the paper's first page says."""
    picture = pypdfium2.PdfDocument(file)[0].render(scale=4).to_pil().convert("L")
    found = [one.text for one in zxingcpp.read_barcodes(picture)]
    assert len(found) == 1, found
    return urlsplit(found[0]).path


def _verify(person: Any, *, text: str = "", file: Path | None = None) -> str:
    """Ask the public page; what it says."""
    page = person.go("/verify/")
    if file is not None:
        page.set_input_files("input[type=file]", file)
    page.fill("#q", text)
    page.get_by_role("button", name="核验", exact=True).click()
    page.wait_for_selector(".dc-res")
    return str(page.locator("main").inner_text())


def test_a_permit_is_issued_shown_verified_by_everybody_replaced_and_suspended(somebody: Any, tmp_path: Path) -> None:
    with somebody("decider") as decider:
        page = decider.page
        _grant(decider, "浏览器测试教育局")
        address = _issued(decider)
        said = page.locator("main").inner_text()
        number = page.locator(".code").first.inner_text()
        assert all(word in said for word in ("证照真实，今日有效", "签名证书", "贵阳市自然资源和规划局 测试 TEST", "RSA 证书", "已用印"))
        assert not accessibility(page)
        path, bent = tmp_path / "许可证.pdf", tmp_path / "改过一个字节.pdf"
        path.write_bytes(page.request.get(f"{decider.site}{address}files/pdf/").body())
    if program := shutil.which("pdfsig"):
        said = subprocess.run([program, "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said and "Total document signed" in said
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    bent.write_bytes(content)
    qr = _qr_path(path.read_bytes())

    with somebody() as anybody:
        page = anybody.go(qr)
        said = page.locator("main").inner_text()
        assert all(word in said for word in ("证照真实，今日有效", number, "浏览器测试教育局", "没有核验什么", "不具法律效力"))
        assert not accessibility(page)
        assert "证照真实，今日有效" in _verify(anybody, text=number)
        assert not accessibility(page)
        said = _verify(anybody, file=path)
        assert "证照真实，今日有效" in said and "SHA-256 摘要与登记的文件相同" in said
        said = _verify(anybody, file=bent)
        assert "没有通过核验" in said and "与签章时不同" in said, said
        assert not accessibility(page)
        said = _verify(anybody, text="地字第 1 号")
        assert "没有查到这份证照" in said
    with somebody(size=PHONE) as phone:
        assert not sideways(phone.go(qr))

    with somebody("decider") as decider:
        page = decider.go(address)
        decider.press("变更")
        page.locator("[name=data-area]").fill("4.9 公顷")
        page.get_by_label("理由", exact=True).fill("用地面积核减")
        page.get_by_label("依据", exact=True).fill("《行政许可法》第四十九条")
        assert not accessibility(page)
        decider.press("取号")
        page.wait_for_url(re.compile(r"/certificates/\d+/$"))
        assert "已取号，还没有制证" in page.locator("main").inner_text()
        assert not accessibility(page)
        decider.go("/certificates/prepared/")
        assert number in page.locator("main").inner_text()
        assert not accessibility(page)
        page.locator("tbody a", has_text=number).click()
        page.wait_for_url(re.compile(r"/certificates/\d+/$"))
        _choose_seal(page)
        decider.press("制证并用印")
        second = _issued(decider)
        assert second != address
        page.locator("[name=operation]").select_option("suspend")
        page.locator("form[action$='/state/'] [name=reason]").fill("核查用地面积")
        page.locator("form[action$='/state/'] [name=basis]").fill("《行政许可法》第六十一条")
        decider.press("作出决定")
        assert "暂扣决定书" in page.locator("main").inner_text() or "决定书" in page.locator("main").inner_text()

    with somebody() as anybody:
        said = anybody.go(qr).locator("main").inner_text()
        assert "证照真实，但今日失效" in said and "已由第 2 版替代" in said
        assert "证照真实，但今日暂扣" in _verify(anybody, text=number)
        assert not accessibility(anybody.page)


def test_a_seal_in_the_wrong_hands_is_refused_in_words_and_logged_and_the_number_kept(somebody: Any) -> None:
    def grant_of_decider(keeper: Any) -> Any:
        page = keeper.go("/papers/seals/")
        page.get_by_role("link", name=SEAL).first.click()
        page.wait_for_url(re.compile(r"/papers/seals/\d+/$"))
        assert not accessibility(page)
        return page

    with somebody("secadmin") as keeper:
        page = grant_of_decider(keeper)
        page.locator("tr", has_text="审定").get_by_role("button", name="收回", exact=True).click()
        keeper.settle()
    try:
        with somebody("decider") as decider:
            page = decider.page
            _grant(decider, "浏览器测试用印单位")
            batch = page.url.removeprefix(decider.site)
            page.locator(".job .note--err").wait_for()
            said = page.locator("main").inner_text()
            number = re.search(r"地字第 \d+ 号", said)
            assert number is not None and "没有印章" in said and "请由有授权的人用印" in said, said
            assert not accessibility(page)
            assert "被拒绝" in decider.go("/papers/seals/uses/?sort=-at").locator("tbody tr").first.inner_text()
            assert not accessibility(page)
    finally:
        with somebody("secadmin") as keeper:
            page = grant_of_decider(keeper)
            box = page.locator("[name=user]")
            box.select_option(label=next(one for one in box.locator("option").all_inner_texts() if "审定" in one))
            keeper.press("授权")
    with somebody("decider") as decider:
        page = decider.go(batch)
        decider.press("重试")
        page.wait_for_url(re.compile(r"/certificates/batches/"))
        page.get_by_text("已发出 1 / 1 件").wait_for()
        assert number[0] in page.locator("main").inner_text()  # the number that it had
