"""The report on a parameter set (转换参数拟合报告) as PDF and .docx: quality and residuals, never the numbers or coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lantu.core.spreadsheets import write_xlsx
from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import render_pdf
from lantu.geodesy.frames import frame
from lantu.plans.models import DatumSet
from lantu.plans.services.archive_conversion import Conversion
from lantu.plans.services.datums import doubts_of, source_title


def title(datum: DatumSet) -> str:
    """The report's title."""
    return _("坐标转换参数「%(name)s」拟合报告") % {"name": datum.name}


def lines(datum: DatumSet) -> list[str]:
    """What stands above the table of residuals."""
    found = [
        _("模型：%(kind)s。由 %(source)s 到 %(target)s（EPSG:%(epsg)s）。")
        % {
            "kind": datum.get_kind_display(),
            "source": source_title(datum),
            "target": frame(datum.target_epsg).name,
            "epsg": datum.target_epsg,
        },
        _("参与计算 %(points)s 点，检核 %(checks)s 点（检核点不参与计算）。") % {"points": datum.point_count, "checks": datum.check_count},
        _("点位中误差 %(rms)s，单位权中误差 %(sigma)s，最大残差 %(largest)s，检核点中误差 %(check)s。")
        % {
            "rms": _metres(datum.rms_m),
            "sigma": _metres(datum.sigma_m),
            "largest": _metres(datum.largest_m),
            "check": _metres(datum.check_rms_m),
        },
        _("建立：%(author)s，%(made)s。") % {"author": datum.author_name, "made": f"{datum.made_at:%Y-%m-%d}"},
    ]
    if datum.confirmed_at:
        found.append(
            _("复核：%(name)s，%(day)s。%(reason)s")
            % {"name": datum.confirmed_by_name, "day": f"{datum.confirmed_at:%Y-%m-%d}", "reason": datum.reason}
        )
    doubts = doubts_of(datum)
    found.append(_("提示：%(doubts)s。") % {"doubts": "；".join(doubts)} if doubts else _("各项指标在限差以内。"))
    found.append(_("参数数值和控制点坐标属受控数据，本报告不载；参数指纹 %(digest)s。") % {"digest": datum.fingerprint[:16]})
    return found


def heads() -> list[str]:
    """Columns of the residuals."""
    return [_("点名"), _("用途"), "vX（mm）", "vY（mm）", _("点位（mm）"), _("提示")]


def rows(datum: DatumSet) -> list[list[Any]]:
    """The residuals, target minus transformed, X north and Y east."""
    return [
        [
            one["name"],
            _("检核") if one["check"] else _("计算"),
            f"{one['north_mm']:.1f}",
            f"{one['east_mm']:.1f}",
            f"{one['mm']:.1f}",
            _("疑有粗差") if one["suspect"] else "",
        ]
        for one in datum.residuals
    ]


def report_docx(datum: DatumSet) -> bytes:
    """In the official form."""
    paper = OfficialDocument(title(datum), demo=datum.demo)
    for line in lines(datum):
        paper.paragraph(line)
    if datum.residuals:
        paper.heading(_("残差"))
        paper.table(heads(), rows(datum), widths_mm=(34, 20, 24, 24, 26, 28), numeric=(2, 3, 4))
    return paper.save()


def report_pdf(datum: DatumSet) -> bytes:
    """As PDF/A."""
    part = {
        "heading": _("残差"),
        "heads": heads(),
        "rows": rows(datum),
        "numeric": [2, 3, 4],
        "widths": [3, 2, 2, 2, 2, 3],
        "empty": _("参数由外部给定，没有控制点。"),
    }
    return render_pdf("documents/list.typ", {"title": title(datum), "demo": datum.demo, "intro": lines(datum), "parts": [part]})


def _metres(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f} m"


def write_conversion(done: Conversion, out: Path) -> list[Path]:
    """The report on a converted archive beside its results: a row per layer (.xlsx), and a paper (.docx)."""
    heads = [_("文件"), _("图层"), _("坐标系"), _("来源要素"), _("转换要素"), _("结果"), _("转换方法"), _("说明"), "SHA-256"]
    lines = [[row.file, row.layer, row.frame, row.source, row.converted, row.result, row.way, row.reason, row.sha256] for row in done.rows]
    sheet = out / "转换报告.xlsx"
    sheet.write_bytes(write_xlsx(heads, lines, title=_("转换报告")))
    paper = OfficialDocument(_("历史资料坐标转换报告"), landscape=True)
    datum, count = done.datum, len(done.rows)
    paper.paragraph(
        _("按参数集「%(name)s」转换到 %(target)s；建立 %(author)s，%(made)s，复核 %(checker)s，中误差 %(rms)s，指纹 %(digest)s。")
        % {
            "name": datum["name"],
            "target": done.target,
            "author": datum["author"],
            "made": datum["made"],
            "checker": datum["confirmed_by"],
            "rms": _metres(datum["rms_m"]),
            "digest": datum["fingerprint"],
        }
    )
    paper.paragraph(
        _("共 %(n)s 个图层或文件，转换 %(done)s 个，未转换 %(left)s 个。")
        % {"n": count, "done": count - len(done.refused), "left": len(done.refused)}
    )
    paper.table(
        [heads[0], heads[2], heads[3], heads[4], heads[7]],
        [[row.file, row.frame, row.source, row.converted, row.reason] for row in done.rows],
        widths_mm=(70, 40, 22, 22, 86),
        numeric=(2, 3),
    )
    text = out / "转换报告.docx"
    text.write_bytes(paper.save())
    return [sheet, text]
