"""Documents are real files that ordinary readers open, with what was put in and nothing that runs."""

from __future__ import annotations

import io

import docx
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.core.spreadsheets import safe_text, write_csv, write_xlsx
from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import render_pdf

LIST = {"title": "问题清单", "parts": [{"heading": "一、严重", "heads": ["编号", "名称"], "rows": [["CT-1", "钅仑 𬭚 㛃"]]}]}


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_a_pdf_holds_rare_characters_in_an_embedded_font() -> None:
    pdf = render_pdf("documents/list.typ", LIST)
    text = text_of(pdf)
    assert "问题清单" in text
    assert "𬭚" in text
    assert "㛃" in text
    fonts = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts.values()]
    assert all("/FontFile3" in descriptor or "/FontFile2" in descriptor for descriptor in descriptors)


def test_a_pdf_declares_the_archive_standard() -> None:
    assert b"pdfaid" in render_pdf("documents/list.typ", LIST)


@pytest.mark.parametrize("hostile", ["#panic()", "*bold*", "$x$", '"; #read("/etc/passwd")', "#[", "<label>", "\\u{0}"])
def test_markup_in_data_stays_text(hostile: str) -> None:
    parts = [{"heads": ["a"], "rows": [[hostile]]}]
    assert hostile.replace(" ", "") in text_of(render_pdf("documents/list.typ", {"title": "t", "parts": parts})).replace(" ", "").replace(
        "\n", ""
    )


def test_demo_data_is_marked_in_the_pdf() -> None:
    assert "演示数据" in text_of(render_pdf("documents/list.typ", {**LIST, "demo": True}))
    assert "演示数据" not in text_of(render_pdf("documents/list.typ", LIST))


def test_an_official_docx_has_title_table_and_demo_mark() -> None:
    paper = OfficialDocument("关于报送问题清单的函", number="筑规函〔2018〕12号", demo=True)
    paper.paragraph("现将有关情况报送如下。")
    paper.heading("一、总体情况")
    paper.table(["编号", "面积"], [["CT-1", "1.0000"]], numeric=[1])
    paper.signature("贵阳市城乡规划局", "2018年9月29日")
    back = docx.Document(io.BytesIO(paper.save()))
    words = [paragraph.text for paragraph in back.paragraphs]
    assert words[0] == "演示数据，不具法律效力"
    assert "关于报送问题清单的函" in words
    assert [cell.text for cell in back.tables[0].rows[1].cells] == ["CT-1", "1.0000"]
    assert round(back.sections[0].top_margin.mm) == 37


@pytest.mark.parametrize("risky", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_formulas_are_written_as_text(risky: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(["列"], [[risky]], title="表"))).active
    assert sheet["A2"].value.startswith("'")
    assert sheet["A2"].data_type == "s"
    assert write_csv(["列"], [[risky]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")


@given(st.text(max_size=60))
def test_any_text_can_be_exported(text: str) -> None:
    openpyxl.load_workbook(io.BytesIO(write_xlsx(["列"], [[text]], title=text or "表", note=text)))
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r"))
