"""Office documents (.docx) in the form of official papers (党政机关公文格式, GB/T 9704-2012): page, title, body, tables, page numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TITLE_FONT, BODY_FONT, HEADING_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体"
TITLE_SIZE, BODY_SIZE = Pt(22), Pt(16)


class OfficialDocument:
    """Builds one paper: ``title``, optional ``number`` (文号) and the mark of demo data; then paragraphs, headings and tables in order."""

    def __init__(self, title: str, *, number: str = "", demo: bool = False, landscape: bool = False) -> None:
        self._document = Document()
        self._set_page(landscape)
        self._document.core_properties.title = title
        if demo:
            self._line("演示数据，不具法律效力", HEADING_FONT, Pt(12), WD_ALIGN_PARAGRAPH.RIGHT, RGBColor(0x7A, 0x52, 0x00))
        self._line(title, TITLE_FONT, TITLE_SIZE, WD_ALIGN_PARAGRAPH.CENTER)
        if number:
            self._line(number, BODY_FONT, BODY_SIZE, WD_ALIGN_PARAGRAPH.CENTER)

    def paragraph(self, text: str) -> None:
        """A body paragraph, indented by two characters."""
        line = self._line(text, BODY_FONT, BODY_SIZE, WD_ALIGN_PARAGRAPH.JUSTIFY)
        line.paragraph_format.first_line_indent = BODY_SIZE * 2

    def plain(self, text: str) -> None:
        """A body line without indent (主送机关)."""
        self._line(text, BODY_FONT, BODY_SIZE, WD_ALIGN_PARAGRAPH.LEFT)

    def heading(self, text: str) -> None:
        """A first-level heading (一、…)."""
        self._line(text, HEADING_FONT, BODY_SIZE, WD_ALIGN_PARAGRAPH.LEFT)

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, widths_mm: Sequence[float] = (), numeric: Sequence[int] = ()
    ) -> None:
        """A ruled table whose head repeats on each page; ``numeric`` columns are right-aligned."""
        table = self._document.add_table(rows=1, cols=len(heads))
        table.style = "Table Grid"
        table.autofit = not widths_mm
        for cell, head in zip(table.rows[0].cells, heads, strict=True):
            self._cell(cell, head, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
        marker = OxmlElement("w:tblHeader")
        marker.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(marker)
        for row in rows:
            cells = table.add_row().cells
            for index, (cell, value) in enumerate(zip(cells, row, strict=True)):
                self._cell(cell, str(value), align=WD_ALIGN_PARAGRAPH.RIGHT if index in numeric else WD_ALIGN_PARAGRAPH.LEFT)
        for column, width in zip(table.columns, widths_mm, strict=False):
            for cell in column.cells:
                cell.width = Mm(width)

    def picture(self, png: bytes, *, width_mm: float = 150, caption: str = "") -> None:
        """A picture in the middle of the line, with its caption below."""
        line = self._document.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run().add_picture(io.BytesIO(png), width=Mm(width_mm))
        if caption:
            self._line(caption, BODY_FONT, Pt(10.5), WD_ALIGN_PARAGRAPH.CENTER)

    def signature(self, organ: str, date_zh: str) -> None:
        """The issuing organ and the date, right-aligned (署名、成文日期)."""
        for text in (organ, date_zh):
            self._line(text, BODY_FONT, BODY_SIZE, WD_ALIGN_PARAGRAPH.RIGHT)

    def save(self) -> bytes:
        """The file's bytes."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        return buffer.getvalue()

    def _set_page(self, landscape: bool) -> None:
        section = self._document.sections[0]
        width, height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
        section.page_width, section.page_height = width, height
        if landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            run = footer.add_run()
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = text
            run._r.append(element)

    def _line(self, text: str, font: str, size: Any, align: Any, color: RGBColor | None = None) -> Any:
        line = self._document.add_paragraph()
        line.alignment = align
        line.paragraph_format.line_spacing = Pt(28)
        run = line.add_run(_clean(text))
        self._set_font(run, font, size)
        if color is not None:
            run.font.color.rgb = color
        return line

    def _cell(self, cell: Any, text: str, *, bold: bool = False, align: Any = None) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.alignment = align
        run = paragraph.add_run(_clean(text))
        run.bold = bold
        self._set_font(run, BODY_FONT, Pt(10.5))

    @staticmethod
    def _set_font(run: Any, font: str, size: Any) -> None:
        run.font.name, run.font.size = font, size
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _clean(text: str) -> str:
    """Control characters cannot stand in XML."""
    return "".join(character for character in text if character in "\n\t" or ord(character) >= 32)
