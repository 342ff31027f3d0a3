"""The quality report of a delivery as PDF and .docx: score, checks, the worst places with their maps, repairs, what changed."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import compile_pictures, render_pdf
from lantu.plans import comparing, maps
from lantu.plans.models import Delivery, QualityFinding
from lantu.plans.quality import CHECK_TITLES
from lantu.plans.scoring import delivery_marks, grade_of
from lantu.plans.selectors import open_findings, quality_summary, taken_in
from lantu.plans.services.mending_ways import METHODS
from lantu.standards import selectors

WORST = 6
"""Places that are shown on a map."""
SHOWN = 400
_PICTURE = (
    '#set page(width: 430pt, height: 330pt, margin: 0pt)\n#import "official.typ": data\n#image(bytes(data.svg), format: "svg", width: 100%)'
)


def report_data(delivery: Delivery) -> dict[str, Any]:
    """All that a report says, as JSON values: the same for both forms."""
    dataset = delivery.dataset
    layer = selectors.layer(dataset.layer_code)
    account = delivery.account
    marks = {one.check: one for one in delivery_marks(delivery)}
    summary = quality_summary(delivery)
    checks = [
        [
            f"{one.code} {_(one.title)}",
            str(one.errors),
            str(one.warnings),
            str(one.repaired),
            f"{marks[one.code].mark:.1f}" if one.code in marks else "—",
            _("%(who)s：%(why)s") % {"who": one.waiver.waived_by_name, "why": one.waiver.reason} if one.waiver else "",
        ]
        for one in summary
    ]
    parts = [
        {
            "heading": _("检查项"),
            "heads": [_("检查项"), _("错误"), _("警告"), _("已修复"), _("得分"), _("放行")],
            "rows": checks,
            "numeric": [1, 2, 3, 4],
            "empty": _("无"),
        },
        _findings_part(delivery),
        _repairs_part(delivery),
    ]
    if (changes := _changes_part(delivery)) is not None:
        parts.append(changes)
    score = delivery.score
    intro = [
        _("图层：%(layer)s　责任单位：%(owner)s　比例尺：1:%(scale)s")
        % {"layer": layer, "owner": dataset.owner or "—", "scale": f"{dataset.scale:,}"},
        _("来源 %(source)s ＝ 入库 %(in)s ＋ 待定 %(pending)s ＋ 拒收 %(rejected)s") % account,
        _("得分 %(score)s（%(grade)s）　质检时间 %(when)s")
        % {
            "score": "—" if score is None else f"{score:.1f}",
            "grade": grade_of(score),
            "when": f"{timezone.localtime(delivery.checked_at):%Y-%m-%d %H:%M}" if delivery.checked_at else "—",
        },
    ]
    return {
        "title": _("%(name)s 质检报告") % {"name": dataset.name},
        "number": _("第 %(n)s 次入库") % {"n": delivery.number},
        "demo": dataset.demo,
        "intro": intro,
        "parts": parts,
        "maps_heading": _("问题较重的位置"),
        "maps": _maps(delivery),
    }


def quality_pdf(delivery: Delivery) -> bytes:
    """The report as PDF/A."""
    return render_pdf("plans/quality_report.typ", report_data(delivery))


def quality_docx(delivery: Delivery) -> bytes:
    """The report as .docx in the form of official papers."""
    data = report_data(delivery)
    paper = OfficialDocument(data["title"], number=data["number"], demo=data["demo"])
    for line in data["intro"]:
        paper.paragraph(line)
    for part in data["parts"]:
        paper.heading(part["heading"])
        if part["rows"]:
            paper.table(part["heads"], part["rows"], numeric=part["numeric"])
        else:
            paper.paragraph(part["empty"])
    if data["maps"]:
        paper.heading(data["maps_heading"])
    for one in data["maps"]:
        paper.picture(compile_pictures(_PICTURE, {"svg": one["svg"]}, pixels_per_inch=130)[0], width_mm=120, caption=one["caption"])
    return paper.save()


def worst(delivery: Delivery) -> list[QualityFinding]:
    """The findings that weigh most: errors first, by the area they name, one per place."""
    rank = {"error": 0, "warning": 1, "info": 2}
    found = open_findings(delivery).exclude(geometry=None)
    return sorted(found, key=lambda one: (rank[one.level], -float(one.values.get("area_m2", 0) or 0), one.pk))[:WORST]


def _findings_part(delivery: Delivery) -> dict[str, Any]:
    found = open_findings(delivery)
    rows = [
        [f"{one.check_code} {_(CHECK_TITLES[one.check_code])}", one.get_level_display(), "、".join(map(str, one.rows[:6])), one.sentence]
        for one in found.order_by("check_code", "pk")[:200]
    ]
    heading = _("问题（共 %(all)s 处，列出前 %(n)s 处）") % {"all": found.count(), "n": len(rows)}
    heads = [_("检查项"), _("级别"), _("要素行"), _("说明")]
    return {"heading": heading, "heads": heads, "rows": rows, "numeric": [], "empty": _("没有发现问题。")}


def _repairs_part(delivery: Delivery) -> dict[str, Any]:
    rows = [
        [
            str(log.row),
            str(METHODS.get(log.method, log.method)),
            f"{log.area_before_m2:,.2f}",
            f"{log.area_after_m2:,.2f}",
            f"{log.area_after_m2 - log.area_before_m2:+,.2f}",
            log.repaired_by_name,
        ]
        for log in delivery.repairs.order_by("pk")[:200]
    ]
    heads = [_("行"), _("方法"), _("修复前（㎡）"), _("修复后（㎡）"), _("面积变化（㎡）"), _("修复人")]
    return {"heading": _("修复记录"), "heads": heads, "rows": rows, "numeric": [2, 3, 4], "empty": _("没有修复过。")}


def _changes_part(delivery: Delivery) -> dict[str, Any] | None:
    release = comparing.previous_of(delivery)
    if release is None:
        return None
    found = comparing.compare(delivery, release)
    rows = [
        [one["code"] or "—", f"{one['before_m2'] / 1e4:,.4f}", f"{one['after_m2'] / 1e4:,.4f}", f"{one['difference_m2'] / 1e4:+,.4f}"]
        for one in found.classes
    ]
    heading = _("与%(release)s比较：未变 %(same)s、变更 %(changed)s、新增 %(added)s、删除 %(removed)s 个图斑") % {
        "release": release,
        "same": found.same,
        "changed": len(found.changed),
        "added": len(found.added),
        "removed": len(found.removed),
    }
    heads = [_("分类"), _("上一版（公顷）"), _("这一版（公顷）"), _("增减（公顷）")]
    return {"heading": heading, "heads": heads, "rows": rows, "numeric": [1, 2, 3], "empty": _("无")}


def _maps(delivery: Delivery) -> list[dict[str, str]]:
    layer = selectors.layer(delivery.dataset.layer_code)
    table = selectors.catalogue().table_of(layer)
    pictures = []
    for one in worst(delivery):
        x0, y0, x1, y1 = one.geometry.bounds
        room = max(x1 - x0, y1 - y0, 2e-4)
        box = (x0 - room, y0 - room, x1 + room, y1 + room)
        rows = taken_in(delivery).in_window(*box)
        shapes = [maps.coded(rows.only("geometry", "codes")[:SHOWN], layer, table, "pmap__f")]
        shapes.append(maps.Shapes([one.geometry], ["#A81E1E"], "#A81E1E"))
        svg = str(maps.picture(shapes, box, one.sentence)).replace(
            "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="430" height="330" ', 1
        )
        point = one.geometry.representative_point()
        caption = f"{one.check_code}　{one.sentence}　{point.x:.5f}°E {point.y:.5f}°N"
        pictures.append({"svg": svg, "caption": caption})
    return pictures
