"""Control points from a table: pasted text, .csv or .xlsx."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from lantu.core.errors import BadInput
from lantu.geodesy.datums import ControlPoint
from lantu.plans.services.targets import read_table

HEADS: dict[str, tuple[str, ...]] = {
    "name": ("点名", "点号", "name", "point"),
    "source_north": ("源X", "源x", "旧X", "源北", "source_x", "source_north"),
    "source_east": ("源Y", "源y", "旧Y", "源东", "source_y", "source_east"),
    "target_north": ("目标X", "目标x", "新X", "目标北", "target_x", "target_north"),
    "target_east": ("目标Y", "目标y", "新Y", "目标东", "target_y", "target_east"),
    "source_height": ("源H", "源高", "source_h"),
    "target_height": ("目标H", "目标高", "target_h"),
    "use": ("用途", "use"),
}
_NEEDED = ("name", "source_north", "source_east", "target_north", "target_east")
_CHECKS = ("检核", "检查", "check")
EXAMPLE = "点名,源X,源Y,目标X,目标Y,用途"


def read_points(data: bytes) -> list[ControlPoint]:
    """Points by their heads (X is north, Y is east, as surveyors write). Raises ``BadInput`` with every bad cell."""
    text = data.decode("utf-8-sig", errors="ignore")
    if not data.startswith(b"PK") and "\t" in text and "," not in text.splitlines()[0]:
        data = text.replace("\t", ",").encode()
    heads, rows = read_table(data)
    columns = {key: next((head for head in heads if head in names), "") for key, names in HEADS.items()}
    if missing := [HEADS[key][0] for key in _NEEDED if not columns[key]]:
        raise BadInput(
            _("控制点表缺少列：%(names)s。") % {"names": "、".join(missing)}, how=_("第一行写表头：%(example)s") % {"example": EXAMPLE}
        )
    points: list[ControlPoint] = []
    problems: list[str] = []
    for number, row in rows:
        try:
            points.append(_point(row, columns))
        except ValueError as error:
            problems.append(_("第 %(row)s 行：%(why)s") % {"row": number, "why": error})
    if problems or not points:
        what = _("控制点表有 %(n)s 处问题。") % {"n": len(problems)} if problems else _("控制点表里没有点。")
        raise BadInput(what, where="\n".join(problems[:20]), how=_("请改正后重新提交。"), problems=problems)
    return points


def _point(row: dict[str, Any], columns: dict[str, str]) -> ControlPoint:
    def number(key: str, usual: float | None = None) -> float:
        text = str(row.get(columns[key]) if row.get(columns[key]) is not None else "").strip() if columns[key] else ""
        if not text and usual is not None:
            return usual
        try:
            value = float(text)
        except ValueError:
            raise ValueError(_("「%(head)s」不是数字（%(text)s）") % {"head": columns[key], "text": text}) from None
        if not math.isfinite(value) or abs(value) > 1e8:
            raise ValueError(_("「%(head)s」不是坐标（%(text)s）") % {"head": columns[key], "text": text})
        return value

    name = str(row.get(columns["name"]) or "").strip()
    if not name:
        raise ValueError(_("没有点名"))
    use = str(row.get(columns["use"]) or "").strip().lower() if columns["use"] else ""
    return ControlPoint(
        name,
        (number("source_east"), number("source_north")),
        (number("target_east"), number("target_north")),
        any(word in use for word in _CHECKS),
        number("source_height", 0.0),
        number("target_height", 0.0),
    )
