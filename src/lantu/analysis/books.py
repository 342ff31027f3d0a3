"""Workbooks of several sheets (.xlsx), safely."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from lantu.core.spreadsheets import plain, safe_text


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: its name, lines above the head, the head, the rows; ``formats`` per column (None = as it is)."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    formats: Sequence[str | None] = ()
    widths: Sequence[int] = ()


def write_book(pages: Sequence[Page]) -> bytes:
    """All sheets as one file."""
    book = Workbook()
    for number, page in enumerate(pages):
        sheet: Any = book.active if number == 0 else book.create_sheet()
        sheet.title = safe_text(page.name).translate(str.maketrans("[]:*?/\\", " " * 7))[:31]
        for note in page.notes:
            sheet.append([safe_text(note)])
        sheet.append([safe_text(str(head)) for head in page.heads])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = f"A{sheet.max_row + 1}"
        for row in page.rows:
            sheet.append([plain(value) for value in row])
            for column, form in enumerate(page.formats, start=1):
                if form and column <= len(row):
                    sheet.cell(sheet.max_row, column).number_format = form
        for index, width in enumerate(page.widths, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
