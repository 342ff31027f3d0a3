"""Papers of a fusion: the issue list (问题清单) as .docx, PDF and .xlsx, the statistics as PDF and .xlsx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.selectors.findings import Words, words_of
from lantu.blueprints.selectors.layer_tree import severity_words
from lantu.blueprints.selectors.statistics import Row, Table, statistics
from lantu.core.spreadsheets import write_xlsx
from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import render_pdf

MAX_ROWS = 2000
"""Rows that a paper for reading holds; a spreadsheet holds them all."""

HECTARE = Decimal(10_000)


def hectares(area_m2: Decimal) -> str:
    """公顷, four decimals."""
    return f"{area_m2 / HECTARE:,.4f}"


@dataclass(frozen=True, slots=True)
class Part:
    """One department's table."""

    heading: str
    rows: list[list[str]]


def issue_heads() -> list[str]:
    """Column heads of the issue list."""
    return [_("序号"), _("类型"), _("等级"), _("区县"), _("面积（公顷）"), _("涉及图层"), _("有关部门"), _("处理方向")]


NUMERIC = (4,)
WIDTHS_MM = (14, 44, 16, 20, 26, 44, 36, 44)


def _rows(run: FusionRun, listing: str) -> QuerySet[Finding]:
    return Finding.objects.filter(run=run, listing=listing, apart=False).order_by("departments_key", "rule", "number")


def _line(row: Finding, words: Words, directions: dict[str, str]) -> list[str]:
    departments = "、".join(words.department(code) for code in row.departments)
    return [
        str(row.number),
        f"{row.rule} {words.rule(row.rule)}",
        f"{row.severity} {severity_words()[row.severity]}",
        words.district(row.district),
        hectares(row.area_m2),
        words.plans(row.layers_key),
        departments,
        directions.get(row.rule, ""),
    ]


def _directions(run: FusionRun) -> dict[str, str]:
    return dict(run.pack.rules.values_list("code", "direction_zh"))


def issue_parts(run: FusionRun, listing: str, limit: int = MAX_ROWS) -> list[Part]:
    """The issue list by leading department (owner of the layer that leads the rule), each with totals by type and in all."""
    words, directions = words_of(run), _directions(run)
    parts = []
    rows = _rows(run, listing).defer("geometry", "hits", "sources")[:limit]
    for department, group in groupby(rows, key=lambda row: row.departments[0] if row.departments else ""):
        lines: list[list[str]] = []
        total, count = Decimal(0), 0
        for rule, members in groupby(group, key=lambda row: row.rule):
            found = list(members)
            area = sum((row.area_m2 for row in found), Decimal(0))
            lines += [_line(row, words, directions) for row in found]
            lines.append(_total(_("小计 %(rule)s：%(n)s 处") % {"rule": rule, "n": len(found)}, area))
            total, count = total + area, count + len(found)
        lines.append(_total(_("合计：%(n)s 处") % {"n": count}, total))
        parts.append(Part(words.department(department) or _("未定部门"), lines))
    return parts


def _total(label: str, area: Decimal) -> list[str]:
    return ["", label, "", "", hectares(area), "", "", ""]


def issue_title(run: FusionRun, listing: str) -> str:
    """The paper's title."""
    return _("%(city)s多规融合%(list)s问题清单") % {"city": run.pack.name_zh, "list": Finding.Listing(listing).label}


def issue_intro(run: FusionRun, listing: str) -> list[str]:
    """What the paper rests on: run, reading, plan releases, totals, slivers and noise counted openly."""
    totals = run.totals[listing]
    lines = [
        _("融合编号 %(number)s，%(reading)s，完成于 %(day)s，成果摘要 %(digest)s。")
        % {
            "number": run.number,
            "reading": run.get_reading_display(),
            "day": timezone.localtime(run.done_at).date() if run.done_at else "",
            "digest": run.digest[:16],
        },
        _("参加融合的规划成果：%(names)s。") % {"names": "、".join(str(release) for release in run.releases.select_related("dataset"))},
        _("共 %(n)s 处，%(area)s 公顷（椭球面积）。另有碎小图斑 %(apart)s 处，%(apart_area)s 公顷，单列；数值噪声 %(noise)s 处，不计。")
        % {
            "n": totals["count"],
            "area": hectares(Decimal(totals["area_m2"])),
            "apart": totals["apart_count"],
            "apart_area": hectares(Decimal(totals["apart_area_m2"])),
            "noise": totals["noise_count"],
        },
    ]
    if totals["count"] > MAX_ROWS:
        lines.append(_("共 %(n)s 处，列出前 %(limit)s 处；全部见电子表格。") % {"n": totals["count"], "limit": MAX_ROWS})
    return lines


def issue_docx(run: FusionRun, listing: str) -> bytes:
    """The issue list as an official .docx."""
    paper = OfficialDocument(issue_title(run, listing), demo=is_demo(run), landscape=True)
    for line in issue_intro(run, listing):
        paper.paragraph(line)
    parts = issue_parts(run, listing)
    for part in parts:
        paper.heading(part.heading)
        paper.table(issue_heads(), part.rows, widths_mm=WIDTHS_MM, numeric=NUMERIC)
    if not parts:
        paper.paragraph(_("没有问题图斑。"))
    return paper.save()


def issue_pdf(run: FusionRun, listing: str) -> bytes:
    """The issue list as PDF/A."""
    return render_pdf(
        "documents/list.typ",
        {
            "title": issue_title(run, listing),
            "demo": is_demo(run),
            "landscape": True,
            "intro": issue_intro(run, listing),
            "parts": [
                {"heading": part.heading, "heads": issue_heads(), "rows": part.rows, "numeric": list(NUMERIC), "widths": list(WIDTHS_MM)}
                for part in issue_parts(run, listing)
            ]
            or [{"heading": "", "heads": [], "rows": [], "empty": _("没有问题图斑。")}],
        },
    )


def issue_xlsx(run: FusionRun, listing: str) -> bytes:
    """The issue list as one sheet with all rows."""
    words, directions = words_of(run), _directions(run)
    heads = [*issue_heads(), _("面积（㎡）"), _("标识"), _("经度"), _("纬度")]

    def lines() -> Iterator[list[Any]]:
        for row in _rows(run, listing).defer("geometry", "hits", "sources").iterator(chunk_size=2000):
            line: list[Any] = list(_line(row, words, directions))
            line[0], line[4] = row.number, row.area_m2 / HECTARE
            yield [*line, row.area_m2, row.identity, row.anchor_lon, row.anchor_lat]

    formats = [None] * 4 + ["#,##0.0000"] + [None] * 3 + ["#,##0.00", None, "0.000000", "0.000000"]
    return write_xlsx(
        heads,
        lines(),
        title=issue_title(run, listing),
        note="　".join(issue_intro(run, listing)[:1]),
        formats=formats,
        widths=[8, 34, 10, 12],
    )


def is_demo(run: FusionRun) -> bool:
    """Whether anything in the run is demo data."""
    return run.pack.demo or run.releases.filter(demo=True).exists()


BY = ("type", "severity", "district", "department", "plans")


def by_label(by: str) -> str:
    """What a statistic counts by, in words."""
    return {
        "type": _("按类型"),
        "severity": _("按等级"),
        "district": _("按区县"),
        "department": _("按部门"),
        "plans": _("按规划组合"),
    }[by]


def key_label(by: str, key: str, words: Words) -> str:
    """A row's key in words."""
    if by == "type":
        return f"{key} {words.rule(key)}"
    if by == "severity":
        return f"{key} {severity_words()[int(key)]}"
    named = {"district": words.district, "department": words.department, "plans": words.plans}[by](key)
    return named or _("未定")


def statistics_heads(by: str) -> list[str]:
    """Column heads of a statistic."""
    return [by_label(by).removeprefix("按"), _("图斑数"), _("面积（公顷）"), _("占比"), _("碎小图斑数"), _("碎小图斑面积（公顷）")]


def _figures(label: str, row: Row) -> list[str]:
    return [
        label,
        f"{row.main.count:,}",
        hectares(row.main.area_m2),
        f"{row.share:.1%}",
        f"{row.apart.count:,}",
        hectares(row.apart.area_m2),
    ]


def statistics_rows(table: Table, words: Words) -> list[list[str]]:
    """The rows of a statistic with its total."""
    rows = [_figures(key_label(table.by, row.key, words), row) for row in table.rows]
    return [*rows, _figures(_("合计"), table.total)]


def _tables(run: FusionRun) -> Iterable[tuple[str, Table]]:
    return ((listing, statistics(run, listing, by)) for listing in Finding.Listing.values for by in BY)


def statistics_title(run: FusionRun) -> str:
    """The paper's title."""
    return _("%(city)s多规融合统计（%(number)s）") % {"city": run.pack.name_zh, "number": run.number}


def statistics_pdf(run: FusionRun) -> bytes:
    """All statistics of a run as PDF/A."""
    words = words_of(run)
    parts = []
    for listing, table in _tables(run):
        heading = f"{Finding.Listing(listing).label}　{by_label(table.by)}"
        if table.overlapping:
            heading += _("（一处涉及多个部门，各行之和大于合计）")
        parts.append(
            {"heading": heading, "heads": statistics_heads(table.by), "rows": statistics_rows(table, words), "numeric": [1, 2, 3, 4, 5]}
        )
    intro = [
        *issue_intro(run, Finding.Listing.CONFLICT)[:2],
        _("按类型用主类型统计，按等级用命中规则中的最高等级统计；三个清单各自合计，互不相加。"),
    ]
    return render_pdf("documents/list.typ", {"title": statistics_title(run), "demo": is_demo(run), "intro": intro, "parts": parts})


def statistics_xlsx(run: FusionRun) -> bytes:
    """All statistics of a run in one sheet."""
    words = words_of(run)
    heads = [_("清单"), _("统计口径"), _("项目"), _("图斑数"), _("面积（公顷）"), _("占比"), _("碎小图斑数"), _("碎小图斑面积（公顷）")]

    def lines() -> Iterator[list[Any]]:
        for listing, table in _tables(run):
            for row in [*table.rows, table.total]:
                label = key_label(table.by, row.key, words) if row is not table.total else _("合计")
                figures = [row.main.count, row.main.area_m2 / HECTARE, row.share, row.apart.count, row.apart.area_m2 / HECTARE]
                yield [Finding.Listing(listing).label, by_label(table.by), label, *figures]

    formats = [None, None, None, "#,##0", "#,##0.0000", "0.0%", "#,##0", "#,##0.0000"]
    return write_xlsx(
        heads, lines(), title=_("融合统计"), note=statistics_title(run), formats=formats, widths=[12, 14, 40, 10, 16, 10, 12, 22]
    )
