"""An evaluation in words and as .xlsx, .docx and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from lantu.analysis.books import Page, write_book
from lantu.analysis.conformity.wording import said
from lantu.analysis.evaluation.judge import status_word
from lantu.analysis.models import Evaluation
from lantu.analysis.stats.papers import basis_line
from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.blueprints.selectors.names import name_of as layer_name
from lantu.core.errors import NotFound
from lantu.documents.docx import OfficialDocument
from lantu.standards import selectors as standards
from lantu.ui import formats


def name_of(one: dict[str, Any]) -> str:
    """The indicator's name in the page's language."""
    return said(one, "name")


def source_word(one: dict[str, Any]) -> str:
    """Where the target comes from."""
    return said(one, "source") if one.get("target_from") == "pack" else str(one.get("target_from") or "")


def kind_word(one: dict[str, Any]) -> str:
    """Binding or expected."""
    return _("约束性") if one["kind"] == "binding" else _("预期性")


COUNTED = ("宗", "个", "件", "处")
"""Units of what is counted: whole numbers without decimals."""


def figure(value: float | None, unit: str) -> str:
    """A figure with its unit."""
    if value is None:
        return formats.MISSING
    decimals = 4 if unit == "公顷" else 0 if unit in COUNTED and value == int(value) else 2
    return f"{formats.number(value, decimals)} {unit}"


def target_word(one: dict[str, Any]) -> str:
    """The target with its direction."""
    if one["target"] is None:
        return formats.MISSING
    return f"{'≥' if one['direction'] == 'min' else '≤'} {figure(one['target'], one['unit'])}"


def source_of(formula: Any) -> IndicatorSource | None:
    """The other room's figure that a formula asks for; None for other formulas, and where no room gives it."""
    key = str(formula.get("source", ""))
    return indicator_sources.get(key) if key and key in indicator_sources.keys() else None  # noqa: SIM118


def formula_word(formula: Any) -> str:
    """What is measured, in words."""
    if "source" in formula:
        return str(source.name) if (source := source_of(formula)) else _("登记的数据源 %(key)s") % {"key": formula["source"]}
    if "ratio" in formula:
        return _("%(of)s　÷　%(to)s") % {"of": term_word(formula["ratio"]["of"]), "to": term_word(formula["ratio"]["to"])}
    if "count" in formula:
        return _("%(what)s的要素数") % {"what": term_word(formula["count"])}
    return _("%(what)s的面积") % {"what": term_word(formula["area"])}


def term_word(term: Any) -> str:
    """A term in words."""
    if "all" in term:
        return _("（%(parts)s）重叠处") % {"parts": " ∩ ".join(term_word(one) for one in term["all"])}
    if "any" in term:
        return f"（{' ∪ '.join(term_word(one) for one in term['any'])}）"
    if "not" in term:
        return _("%(part)s以外") % {"part": term_word(term["not"])}
    if "living" in term:
        return "、".join(_layer(code) for code in term["living"])
    detail = {"construction": _("建设用地"), "non_construction": _("非建设用地")}.get(term.get("trait", ""), "")
    return f"{_layer(term['layer'])} {detail or '、'.join(str(code) for code in term.get('codes') or ())}".strip()


def _layer(code: str) -> str:
    try:
        return layer_name(standards.layer(code))
    except NotFound:
        return code


def implementation_table(found: dict[str, Any]) -> dict[str, Any]:
    """Heads and rows of plan implementation: m² as stored, with the share of the planned ground; empty where there is none."""
    if not found.get("rows"):
        return {}
    sides = {"on": _("（规划范围内）"), "off": _("（规划范围外）")}
    heads = [f"{said(column, 'name')}{sides.get(column.get('side', ''), '')}" for column in found["columns"]]

    def cells(values: list[float]) -> list[dict[str, Any]]:
        return [{"m2": value, "share": value / values[0] if n and values[0] else None} for n, value in enumerate(values)]

    rows = [{"name": row["name"], "cells": cells(row["m2"])} for row in found["rows"]]
    return {"heads": heads, "rows": rows, "total": cells(found["total"])}


def _lines(row: Evaluation) -> list[list[str]]:
    return [
        [
            one["code"],
            name_of(one),
            kind_word(one),
            figure(one["base"], one["unit"]),
            figure(one["value"], one["unit"]),
            target_word(one),
            status_word(one["status"]),
            source_word(one),
        ]
        for one in row.result["indicators"]
    ]


def _heads() -> list[str]:
    return [_("编号"), _("指标"), _("性质"), _("基期"), _("现值"), _("目标"), _("评价"), _("依据")]


def as_xlsx(row: Evaluation) -> bytes:
    """The indicators, their districts, plan implementation."""
    note = basis_line(row.asked["basis"], row.digest)
    parts: list[list[Any]] = []
    for one in row.result["indicators"]:
        parts += [[one["code"], name_of(one), part["name"], part["value"], one["unit"]] for part in one["districts"]]
    pages = [
        Page(_("指标"), _heads(), _lines(row), [row.title, note], widths=[8, 34, 10, 18, 18, 20, 10, 40]),
        Page(_("分区县"), [_("编号"), _("指标"), _("区县"), _("现值"), _("单位")], parts, widths=[8, 34, 16, 16, 10]),
    ]
    if table := implementation_table(row.result["implementation"]):
        body = [[line["name"], *(cell["m2"] / 10_000 for cell in line["cells"])] for line in table["rows"]]
        body.append([_("合计"), *(cell["m2"] / 10_000 for cell in table["total"])])
        heads = [_("区县"), *(_("%(name)s（公顷）") % {"name": name} for name in table["heads"])]
        forms = [None, *["#,##0.0000"] * len(table["heads"])]
        pages.append(Page(_("规划实施"), heads, body, formats=forms, widths=[16, *[24] * len(heads)]))
    return write_book(pages)


def as_docx(row: Evaluation) -> bytes:
    """The evaluation as an official paper."""
    paper = OfficialDocument(row.title, demo=row.demo, landscape=True)
    paper.paragraph(basis_line(row.asked["basis"], row.digest))
    paper.paragraph(
        _("共 %(all)s 项：达到 %(met)s 项，预警 %(warned)s 项，未达到 %(missed)s 项。")
        % {"all": len(row.result["indicators"]), "met": row.met, "warned": row.warned, "missed": row.missed}
    )
    paper.table(_heads(), _lines(row))
    if table := implementation_table(row.result["implementation"]):
        paper.heading(_("规划实施"))
        body = [[line["name"], *(formats.hectares(cell["m2"]) for cell in line["cells"])] for line in table["rows"]]
        body.append([_("合计"), *(formats.hectares(cell["m2"]) for cell in table["total"])])
        paper.table([_("区县"), *table["heads"]], body)
    return paper.save()


def record_of(row: Evaluation) -> dict[str, Any]:
    """The record, whole."""
    facts = {"number": row.number, "title": row.title, "digest": row.digest, "made_at": row.made_at.isoformat(), "by": row.made_by_name}
    return {**facts, "asked": row.asked, "result": row.result, "met": row.met, "warned": row.warned, "missed": row.missed}


def as_json(row: Evaluation) -> bytes:
    """The record as JSON."""
    return json.dumps(record_of(row), ensure_ascii=False, indent=1).encode()


FORMS: dict[str, Callable[[Evaluation], bytes]] = {"xlsx": as_xlsx, "docx": as_docx, "json": as_json}
