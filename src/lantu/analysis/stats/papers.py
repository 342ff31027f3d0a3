"""A statistic as .xlsx and .docx."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lantu.analysis.books import Page, write_book
from lantu.core.errors import NotFound
from lantu.documents.docx import OfficialDocument
from lantu.ui import formats


def basis_line(facts: dict[str, Any], digest: str = "") -> str:
    """What a statistic rests on."""
    released = (
        _("蓝图 %(number)s（%(day)s）") % {"number": facts["release"], "day": facts["published"]} if facts["release"] else facts["run"]
    )
    line = _("依据 %(basis)s，融合摘要 %(digest)s。面积为椭球面积，按图层的控制面积平差。") % {
        "basis": released,
        "digest": facts["digest"][:16],
    }
    return line + (_("记录摘要 %(digest)s。") % {"digest": digest[:16]} if digest else "")


def heads(table: dict[str, Any]) -> list[str]:
    """Column heads with their unit."""
    names = [_("类别"), *(_("%(name)s（公顷）") % {"name": column["label"]} for column in table["columns"])]
    if len(table["columns"]) > 1 and table["by_column"] != "release":
        names.append(_("合计（公顷）"))
    names.append(_("占比"))
    if table.get("nested"):
        names.append(_("占建设用地"))
    return names


def lines(table: dict[str, Any]) -> list[list[Any]]:
    """Rows as figures: hectares and shares."""
    many = len(table["columns"]) > 1 and table["by_column"] != "release"
    result = []
    for row in table["rows"]:
        line: list[Any] = ["　" * row.get("depth", 0) + row["label"], *(cents / 1_000_000 for cents in row["cents"])]
        line += [row["total"] / 1_000_000] if many else []
        line.append(row["share"])
        if table.get("nested"):
            line.append(row.get("of_built"))
        result.append(line)
    total: list[Any] = [_("合计"), *(cents / 1_000_000 for cents in table["totals"])]
    total += [table["total"] / 1_000_000] if many else []
    result.append([*total, 1.0 if table["total"] else None, *([None] if table.get("nested") else [])])
    return result


def as_xlsx(title: str, note: str, result: dict[str, Any]) -> bytes:
    """One sheet per table."""
    pages = []
    for table in result["tables"]:
        names = heads(table)
        forms = [
            None,
            *["#,##0.0000"] * (len(names) - 1 - (2 if table.get("nested") else 1)),
            *["0.0%"] * (2 if table.get("nested") else 1),
        ]
        pages.append(Page(table["title"], names, lines(table), [title, note], forms, [30, *[16] * (len(names) - 1)]))
    return write_book(pages)


def as_docx(title: str, note: str, result: dict[str, Any], *, demo: bool = False) -> bytes:
    """The tables in the form of an official paper."""
    wide = any(len(table["columns"]) > 4 for table in result["tables"])
    paper = OfficialDocument(title, demo=demo, landscape=wide)
    paper.paragraph(note)
    for table in result["tables"]:
        paper.heading(table["title"])
        names = heads(table)
        shares = 2 if table.get("nested") else 1
        rows = [
            [
                line[0],
                *(f"{value:,.4f}" for value in line[1 : len(names) - shares]),
                *(formats.share(value) for value in line[len(names) - shares :]),
            ]
            for line in lines(table)
        ]
        paper.table(names, rows, numeric=tuple(range(1, len(names))))
    return paper.save()


FORMS = ("xlsx", "docx")


def written(form: str, title: str, note: str, result: dict[str, Any], *, demo: bool = False) -> bytes:
    """The tables as a file. Raises ``NotFound`` for an unknown form."""
    if form not in FORMS:
        raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(FORMS))
    return as_xlsx(title, note, result) if form == "xlsx" else as_docx(title, note, result, demo=demo)
