"""A check as PDF, .docx, .xlsx and JSON."""

from __future__ import annotations

import json
from typing import Any

import shapely
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.books import Page, write_book
from lantu.analysis.conformity.picture import picture
from lantu.analysis.conformity.wording import SHAPES, Shown, said, shown, verdict_word
from lantu.analysis.models import Check
from lantu.analysis.terrain.slope_words import percent
from lantu.core.actor import Actor
from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import render_pdf
from lantu.standards import selectors as standards
from lantu.ui import formats
from lantu.ui.answers import MEDIA_TYPES

LEAST_SHARE = 0.0005
"""Classes with less of the site are not printed on the one page; the workbook has them all."""


def title() -> str:
    return _("合规性检测报告")


def facts(check: Check, report: Shown) -> list[tuple[str, str]]:
    """What the check rests on and how large the site is."""
    site, basis = check.result["site"], check.asked["basis"]
    released = (
        _("蓝图 %(number)s（%(day)s）") % {"number": basis["release"], "day": basis["published"]} if basis["release"] else basis["run"]
    )
    area = _("%(ha)s 公顷 = %(m2)s ㎡ = %(mu)s 亩（椭球面积）") % {
        "ha": formats.hectares(site["area_m2"]),
        "m2": formats.square_metres(site["area_m2"]),
        "mu": formats.mu(site["area_m2"]),
    }
    rows = [
        (_("面积"), area),
        (_("周长"), _("%(n)s m，%(v)s 个界址点") % {"n": formats.number(site["perimeter_m"], 1), "v": formats.number(site["vertices"])}),
        (_("位置"), report.places or formats.MISSING),
        (_("拟建用途"), use_word(check) or _("没有填")),
        (_("依据版本"), released),
        (_("融合摘要"), f"{basis['digest'][:8]}…{basis['digest'][-8:]}"),
        (_("动态图层"), _("%(day)s 当日有效的要素") % {"day": check.asked["on"]}),
        (_("记录摘要"), f"{check.digest[:8]}…{check.digest[-8:]}"),
        (_("生成"), _("%(at)s　%(who)s") % {"at": formats.moment(check.made_at), "who": check.made_by_name}),
    ]
    if terrain := site.get("terrain"):
        rows.insert(2, (_("坡度"), slope_word(terrain)))
    if float(site["outside_m2"]):
        rows.insert(2, (_("规划范围外"), _("%(ha)s 公顷") % {"ha": formats.hectares(site["outside_m2"])}))
    return rows


def slope_word(terrain: dict[str, Any]) -> str:
    """The slope of a site with its raster."""
    words = _("平均 %(mean)s，最大 %(most)s；%(threshold)s%% 以上占 %(steep)s；高程 %(low)s–%(high)s m（%(raster)s，%(cell)s m 格子）") % {
        "mean": percent(terrain["mean"]),
        "most": percent(terrain["most"]),
        "threshold": f"{terrain['threshold']:g}",
        "steep": formats.share(terrain["steep"]),
        "low": formats.number(terrain["lowest_m"]),
        "high": formats.number(terrain["highest_m"]),
        "raster": f"{terrain['raster']['number']} {terrain['raster']['title']}",
        "cell": f"{terrain['raster']['cell_m']:g}",
    }
    if terrain["known"] < terrain["cells"]:
        words += _("；其中 %(share)s 没有高程") % {"share": formats.share(1 - terrain["known"] / terrain["cells"])}
    return words


def use_word(check: Check) -> str:
    """The intended use with its name."""
    fit = check.result.get("use")
    if not check.use or fit is None:
        return check.use
    catalogue = standards.catalogue(check.run.pack)
    table = catalogue.table_of(catalogue.layers[fit["layer"]])
    entry = table.find(check.use) if table else None
    return f"{check.use} {entry.name_zh}" if entry else check.use


def fit_word(kind: str) -> str:
    """How a class agrees with the intended use."""
    return {"same": _("一致"), "construction": _("同为建设用地，须调规划"), "other": _("不相符")}[kind]


def compositions(check: Check) -> list[dict[str, Any]]:
    """The classes under the site per layer, with names and how they fit the intended use."""
    fit = check.result.get("use")
    kinds = {row["code"]: row["kind"] for row in fit["rows"]} if fit else {}
    parts = []
    for part in check.result["composition"]:
        rows = []
        for row in part["rows"]:
            name = _("规划未覆盖") if row["code"] == "(gap)" else f"{row['code']} {row['name_zh']}".strip() or _("未归类")
            with_fit = fit is not None and part["layer"] == fit["layer"]
            rows.append(row | {"label": name, "fit": fit_word(kinds[row["code"]]) if with_fit and row["code"] in kinds else ""})
        parts.append(
            {
                "layer": part["layer"],
                "title": said(part, "name"),
                "rows": rows,
                "bars": _bars(rows),
                "fits": any(row["fit"] for row in rows),
            }
        )
    return parts


def _bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The classes as pieces of a bar 100 wide."""
    bars, at = [], 0.0
    for row in rows:
        width = round(row["share"] * 100, 3)
        bars.append({"x": f"{at:.3f}", "w": f"{width:.3f}", "fill": row["color"] or "#E6E6E6"})
        at += width
    return bars


def dismissals(check: Check) -> list[str]:
    """Who set what aside, and why."""
    names = {row["item"]: said(row, "name") for row in check.result["lines"]} | {"use": _("用途相符")}
    return [
        _("%(name)s：%(who)s 于 %(at)s 改判。理由：%(reason)s")
        % {"name": names.get(row.item, row.item), "who": row.made_by_name, "at": formats.moment(row.made_at), "reason": row.reason}
        for row in check.dismissals.all()
    ]


def lines_heads() -> list[str]:
    return [_("图层"), _("管控要素"), _("结果"), _("面积（公顷）"), _("占比、说明"), _("结论")]


def as_pdf(check: Check, actor: Actor) -> bytes:
    """One page A4 with map sheet; long compositions run on."""
    report = shown(check)
    drawing = picture(check, actor)
    sheet = drawing.sheet
    kinds = {"consult": _("征询"), "assess": _("评估")}
    title_line = _("1:%(scale)s　CGCS2000　%(basis)s") % {
        "scale": formats.number(sheet.scale),
        "basis": _("蓝图 %(n)s") % {"n": check.asked["basis"]["release"]} if check.release else check.run.number,
    }
    data = {
        "title": title(),
        "number": check.number,
        "meta": check.title or _("未命名用地"),
        "demo": check.demo,
        "demo_word": _("演示数据"),
        "verdict": report.verdict,
        "verdict_word": report.verdict_word,
        "shape": SHAPES[report.verdict],
        "headline": report.headline,
        "reasons": report.reasons[:5],
        "map": sheet.svg,
        "map_title": title_line,
        "legend": drawing.legend[:10],
        "facts": facts(check, report),
        "needs_title": _("由此需要"),
        "needs": [[kinds[need.kind], need.text, need.because] for need in report.needs],
        "no_needs": _("没有触发征询和评估。"),
        "lines_title": _("管控线核对　%(n)s 项：%(pass)s 通过　%(conditional)s 有条件　%(fail)s 不通过　%(open)s 未核对")
        % {"n": len(report.lines), **report.counts},
        "lines_heads": lines_heads(),
        "lines": [
            {
                "layer": line.layer,
                "name": line.name,
                "state": line.state,
                "area": line.area,
                "detail": line.detail,
                "verdict": line.verdict,
                "tone": "pass" if line.dismissal else line.tone,
                "struck": line.dismissal is not None,
                "now": _("已改判"),
            }
            for line in report.lines
            if line.tone != "open"  # named in a sentence above
        ],
        "parts": [
            {
                "title": part["title"],
                "note": _("合计 %(ha)s 公顷") % {"ha": formats.hectares(check.area_m2)},
                "rows": [
                    {
                        "name": row["label"] + (f"　{row['fit']}" if row["fit"] else ""),
                        "color": row["color"],
                        "area": formats.hectares(row["area_m2"]),
                        "share": formats.share(row["share"]),
                    }
                    for row in part["rows"]
                    if row["share"] >= LEAST_SHARE
                ],
            }
            for part in compositions(check)[:4]
        ],
        "dismissals_title": _("人工改判"),
        "dismissals": dismissals(check),
        "closing": closing(check),
        "footer": f"{check.number}　{formats.moment(timezone.now())}　{actor.name}",
    }
    return render_pdf("analysis/check.typ", data)


def closing(check: Check) -> str:
    """What the paper is and how it is verified."""
    return _(
        "本报告是冻结的记录，可在平台上按编号 %(number)s 核验；摘要 %(digest)s。“未压占”按 %(noise)s 的数值容差判定，只共边不算压占。"
    ) % {
        "number": check.number,
        "digest": check.digest,
        "noise": "0.01 m",
    }


def as_docx(check: Check, actor: Actor) -> bytes:
    """The report in the form of an official paper."""
    report = shown(check)
    paper = OfficialDocument(title(), number=check.number, demo=check.demo)
    paper.paragraph(
        _("用地：%(title)s。结论：%(verdict)s。%(headline)s")
        % {"title": check.title or _("未命名用地"), "verdict": report.verdict_word, "headline": report.headline}
    )
    for line in report.reasons:
        paper.paragraph(line)
    paper.heading(_("一、依据和用地"))
    paper.table([_("项目"), _("内容")], facts(check, report), widths_mm=(34, 122))
    paper.heading(_("二、管控线核对"))
    rows = [
        [line.layer, line.name, line.state, line.area, line.detail, _("已改判") if line.dismissal else line.verdict]
        for line in report.lines
    ]
    paper.table(lines_heads(), rows, widths_mm=(17, 36, 28, 25, 32, 18), numeric=(3,))
    paper.heading(_("三、用途构成"))
    for part in compositions(check):
        paper.paragraph(part["title"])
        cells = [
            [row["label"], formats.hectares(row["area_m2"]), formats.share(row["share"]), row["fit"] or formats.MISSING]
            for row in part["rows"]
        ]
        paper.table([_("类别"), _("面积（公顷）"), _("占比"), _("与拟建用途")], cells, widths_mm=(66, 32, 24, 34), numeric=(1, 2))
    paper.heading(_("四、由此需要"))
    for need in report.needs:
        paper.paragraph(f"{need.text}（{need.because}）")
    if not report.needs:
        paper.paragraph(_("没有触发征询和评估。"))
    for line in dismissals(check):
        paper.paragraph(line)
    paper.paragraph(closing(check))
    return paper.save()


def as_xlsx(check: Check, actor: Actor) -> bytes:
    """The report as a workbook: facts, lines with their patches, classes."""
    report = shown(check)
    notes = [f"{title()}　{check.number}　{check.title}", f"{report.verdict_word}　{report.headline}"]
    lines = []
    patches = []
    for line in report.lines:
        raw = next(row for row in check.result["lines"] if row["item"] == line.item)
        lines.append(
            [
                line.layer,
                line.name,
                line.state,
                float(raw["area_m2"]),
                raw["share"],
                raw["width_m"],
                raw["max_width_m"],
                raw.get("distance_m"),
                line.verdict,
                line.reason,
            ]
        )
        patches += [[line.layer, line.name, patch["feature_id"], patch.get("code", ""), float(patch["area_m2"])] for patch in line.patches]
    classes = [
        [
            part["layer"],
            part["title"],
            row["code"],
            row["label"],
            float(row["area_m2"]),
            float(row["area_m2"]) / 10_000,
            row["share"],
            row["fit"],
        ]
        for part in compositions(check)
        for row in part["rows"]
    ]
    line_heads = [
        _("图层"),
        _("管控要素"),
        _("结果"),
        _("面积（㎡）"),
        _("占比"),
        _("平均宽（m）"),
        _("最大宽（m）"),
        _("最近（m）"),
        _("结论"),
        _("说明"),
    ]
    class_heads = [_("图层"), _("图层名称"), _("代码"), _("类别"), _("面积（㎡）"), _("面积（公顷）"), _("占比"), _("与拟建用途")]
    return write_book(
        [
            Page(_("概要"), [_("项目"), _("内容")], [list(row) for row in facts(check, report)], notes, widths=(16, 70)),
            Page(
                _("管控线"),
                line_heads,
                lines,
                formats=(None, None, None, "#,##0.00", "0.0%", "0.00", "0.00", "0.0"),
                widths=(10, 24, 20, 14),
            ),
            Page(
                _("命中图斑"),
                [_("图层"), _("管控要素"), _("标识"), _("代码"), _("面积（㎡）")],
                patches,
                formats=(None,) * 4 + ("#,##0.00",),
                widths=(10, 24, 24, 12, 14),
            ),
            Page(
                _("用途构成"),
                class_heads,
                classes,
                formats=(None,) * 4 + ("#,##0.00", "#,##0.0000", "0.0%"),
                widths=(10, 20, 10, 28, 16, 16),
            ),
            Page(
                _("由此需要"),
                [_("类别"), _("内容"), _("原因")],
                [[need.kind, need.text, need.because] for need in report.needs],
                widths=(10, 50, 24),
            ),
        ]
    )


def as_json(check: Check, actor: Actor) -> bytes:
    """The record itself with its site as GeoJSON."""
    return json.dumps(record_of(check), ensure_ascii=False, indent=1).encode()


def record_of(check: Check) -> dict[str, Any]:
    """The whole record as JSON values; what the digest covers is under ``asked``, ``result`` and ``site_wkb``."""
    return {
        "number": check.number,
        "title": check.title,
        "verdict": check.verdict,
        "standing": check.standing,
        "verdict_word": verdict_word(check.standing),
        "made_at": check.made_at.isoformat(),
        "digest": check.digest,
        "demo": check.demo,
        "asked": check.asked,
        "result": check.result,
        "site": json.loads(shapely.to_geojson(check.geometry)),
        "site_wkb": shapely.to_wkb(check.geometry, hex=True, byte_order=1),
        "dismissals": [
            {"item": row.item, "reason": row.reason, "by": row.made_by_name, "at": row.made_at.isoformat()}
            for row in check.dismissals.all()
        ],
    }


_WRITERS = {"pdf": as_pdf, "docx": as_docx, "xlsx": as_xlsx, "json": as_json}
FORMS = {form: (write, MEDIA_TYPES[form]) for form, write in _WRITERS.items()}
"""Form → (writer, media type)."""
