"""A profile as CSV, .xlsx, PNG and JSON, and in words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import shapely
from django.utils.translation import gettext as _

from lantu.analysis.books import Page, write_book
from lantu.analysis.conformity.wording import said
from lantu.analysis.models import Profile
from lantu.analysis.terrain import chart
from lantu.analysis.terrain.slope_words import percent
from lantu.core.spreadsheets import safe_text
from lantu.documents.pdf import compile_pictures
from lantu.ui import formats

PICTURE = """#let data = json(bytes(sys.inputs.data))
#set page(width: 240mm, height: auto, margin: 6mm, fill: white)
#set text(font: "Noto Sans CJK SC", size: 9pt)
#text(size: 12pt, weight: "bold")[#data.title] #h(1fr) #if data.demo [#text(fill: rgb("#A81E1E"))[#data.demo_word]]

#image(bytes(data.svg), format: "svg", width: 100%)
#text(size: 8pt, fill: rgb("#515E6B"))[#data.note]
"""


def facts(profile: Profile) -> list[tuple[str, str]]:
    """The figures in words."""
    result = profile.result
    metres = {key: f"{formats.number(result[key], 1)} m" for key in ("length_m", "lowest_m", "highest_m", "climb_m", "descent_m")}
    at = _("（距起点 %(n)s m）")
    rows = [
        (_("长度"), metres["length_m"]),
        (_("最低"), metres["lowest_m"] + at % {"n": formats.number(result["lowest_at"])}),
        (_("最高"), metres["highest_m"] + at % {"n": formats.number(result["highest_at"])}),
        (_("累计爬升"), metres["climb_m"]),
        (_("累计下降"), metres["descent_m"]),
        (_("平均坡度"), percent(result["mean_slope"])),
        (_("最大坡度"), percent(result["most_slope"])),
    ]
    lacking = result["length_m"] - result["known_m"]
    if lacking > 1:
        rows.append((_("没有高程"), _("%(n)s m 不在栅格内，未计入") % {"n": formats.number(lacking)}))
    return rows


def basis_line(profile: Profile) -> str:
    """What the profile rests on."""
    based, raster = profile.asked["basis"], profile.asked["raster"]
    return _("%(number)s　依据 %(release)s　高程 %(raster)s %(title)s（%(cell)s m 格子）　栅格摘要 %(of)s　记录摘要 %(digest)s　%(at)s") % {
        "number": profile.number,
        "release": _("蓝图 %(n)s") % {"n": based["release"]} if based["release"] else based["run"],
        "raster": raster["number"],
        "title": raster["title"],
        "cell": f"{raster['cell_m']:g}",
        "of": raster["digest"][:12],
        "digest": profile.digest[:12],
        "at": formats.moment(profile.made_at),
    }


def runs(profile: Profile) -> list[dict[str, Any]]:
    """Every layer's classes along the line, as rows."""
    return [
        run | {"layer": band["layer"], "name": said(band, "name")}
        for band in profile.result["bands"]
        for run in chart.classes(profile, band)
    ]


def _heads() -> list[str]:
    return [_("距起点（m）"), _("经度"), _("纬度"), _("高程（m）")]


def as_csv(profile: Profile) -> bytes:
    """The points, with a mark that Excel reads as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_text(basis_line(profile))])
    writer.writerow(_heads())
    writer.writerows(["" if value is None else value for value in point] for point in profile.result["points"])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(profile: Profile) -> bytes:
    """Figures, points and classes as sheets."""
    lines = [[one["layer"], one["name"], one["label"], one["from"], one["to"], one["length"]] for one in runs(profile)]
    heads = [_("图层"), _("图层名称"), _("类别"), _("起（m）"), _("止（m）"), _("长（m）")]
    return write_book(
        [
            Page(_("概要"), [_("项目"), _("内容")], [list(row) for row in facts(profile)], [basis_line(profile)], widths=(16, 40)),
            Page(
                _("高程"), _heads(), profile.result["points"], formats=("0.00", "0.00000000", "0.00000000", "0.00"), widths=(14, 16, 16, 14)
            ),
            Page(_("沿线类别"), heads, lines, formats=(None,) * 3 + ("0.00",) * 3, widths=(10, 20, 24, 12, 12, 12)),
        ]
    )


def as_png(profile: Profile) -> bytes:
    """The chart as a picture."""
    data = {
        "title": profile.title,
        "svg": chart.svg(profile),
        "note": basis_line(profile),
        "demo": profile.demo,
        "demo_word": _("演示数据"),
    }
    return compile_pictures(PICTURE, data, pixels_per_inch=150)[0]


def as_json(profile: Profile) -> bytes:
    """The record."""
    return json.dumps(record_of(profile), ensure_ascii=False, indent=1).encode()


def record_of(profile: Profile) -> dict[str, Any]:
    """The whole record as JSON values."""
    return {
        "number": profile.number,
        "title": profile.title,
        "made_at": profile.made_at.isoformat(),
        "digest": profile.digest,
        "demo": profile.demo,
        "asked": profile.asked,
        "result": profile.result,
        "line": json.loads(shapely.to_geojson(profile.geometry)),
    }


FORMS: dict[str, Callable[[Profile], bytes]] = {"csv": as_csv, "xlsx": as_xlsx, "png": as_png, "json": as_json}
