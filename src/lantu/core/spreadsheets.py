"""Spreadsheets out (.xlsx, .csv), safely: text that a spreadsheet would run as a formula is written as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 32767


def safe_text(value: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula; control characters are dropped."""
    clean = "".join(character for character in value if character in "\n\t" or ord(character) >= 32)[:_MAX_CELL]
    return f"'{clean}" if clean.startswith(_RISKY) else clean


def plain(value: Any) -> Any:
    """A value as a cell can hold it: numbers and dates as such, all else as safe text."""
    if value is None or (isinstance(value, bool | int | float | date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    return safe_text(str(value))


def write_xlsx(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    note: str = "",
    formats: Sequence[str | None] = (),
    widths: Sequence[int] = (),
) -> bytes:
    """One sheet: a note line when given, a bold head, then the rows, written as they come (any number of rows in little memory)."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(safe_text(title)[:31].translate(str.maketrans("[]:*?/\\", " " * 7)))
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A3" if note else "A2"
    if note:
        sheet.append([safe_text(note)])
    sheet.append([_bold(sheet, head) for head in heads])
    for row in rows:
        sheet.append(
            [_formatted(sheet, plain(value), number_format) for value, number_format in zip(row, _padded(formats, len(row)), strict=True)]
        )
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, note: str = "") -> bytes:
    """UTF-8 with byte-order mark, so that office programs read Chinese right."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if note:
        writer.writerow([safe_text(note)])
    writer.writerow([safe_text(head) for head in heads])
    writer.writerows([plain(value) for value in row] for row in rows)
    return ("\ufeff" + buffer.getvalue()).encode()


def _bold(sheet: Any, head: str) -> Any:
    cell = WriteOnlyCell(sheet, value=safe_text(head))
    cell.font = Font(bold=True)
    return cell


def _formatted(sheet: Any, value: Any, number_format: str | None) -> Any:
    if number_format is None:
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell


def _padded(formats: Sequence[str | None], length: int) -> list[str | None]:
    return [*formats, *([None] * (length - len(formats)))][:length]
