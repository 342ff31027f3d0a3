"""A check's result in words, in the language of the page. The record itself holds no sentence, only facts in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.accounts.models import Department, Region
from lantu.analysis.models import Check, Dismissal
from lantu.ui import formats

MARKS = {"pass": "g", "conditional": "y", "fail": "r"}
SHAPES = {"pass": "●", "conditional": "▲", "fail": "■"}


def said(row: dict[str, Any], key: str) -> str:
    """``<key>_zh`` or, on an English page where there is one, ``<key>_en``."""
    english = (get_language() or "").startswith("en")
    return str((row.get(f"{key}_en") if english else "") or row.get(f"{key}_zh") or "")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of control lines, as shown. ``tone``: pass, conditional, fail or open (not evaluated)."""

    item: str
    layer: str
    name: str
    state: str
    area: str
    detail: str
    verdict: str
    tone: str
    reason: str
    patches: list[dict[str, Any]]
    dismissal: Dismissal | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A department to ask or an assessment to make, and what calls for it."""

    kind: str
    text: str
    because: str


@dataclass(slots=True)
class Shown:
    """Everything of a report in words."""

    verdict: str
    verdict_word: str
    headline: str
    reasons: list[str]
    lines: list[Line]
    needs: list[Need]
    counts: dict[str, int] = field(default_factory=dict)
    places: str = ""


def shown(check: Check) -> Shown:
    """The report of a check, dismissals taken into account."""
    dismissals = {row.item: row for row in check.dismissals.all()}
    lines = [line_of(row, dismissals.get(row["item"])) for row in check.result["lines"] if row["state"] != "unseen"]
    departments = {row.code: row.short_zh or row.name_zh for row in Department.objects.all()}
    counts = {tone: sum(line.tone == tone for line in lines) for tone in ("pass", "conditional", "fail", "open")}
    return Shown(
        verdict=check.standing,
        verdict_word=str(Check.Verdict(check.standing).label),
        headline=headline(check, dismissals),
        reasons=reasons(check, dismissals),
        lines=lines,
        needs=[need_of(need, departments) for need in check.result["needs"]],
        counts=counts,
        places=places(check),
    )


def line_of(row: dict[str, Any], dismissal: Dismissal | None = None) -> Line:
    """One line in words."""
    tone = "open" if row["state"] == "absent" else row["verdict"]
    return Line(
        item=row["item"],
        layer=row["layer"],
        name=said(row, "name"),
        state=state_word(row),
        area=formats.hectares(row["area_m2"]) if row["state"] == "hit" else formats.MISSING,
        detail=detail(row),
        verdict=verdict_word(tone),
        tone=tone,
        reason=said(row, "reason"),
        patches=row["patches"],
        dismissal=dismissal,
    )


def verdict_word(tone: str) -> str:
    """通过, 有条件, 不通过, 未核对."""
    return {"pass": _("通过"), "conditional": _("有条件"), "fail": _("不通过"), "open": _("未核对")}[tone]


def state_word(row: dict[str, Any]) -> str:
    """Hit, not hit, border only, not in this release."""
    if row["state"] == "hit" and row["codes"]:
        return _("压占 %(codes)s") % {"codes": "/".join(row["codes"][:4])}
    return {"hit": _("压占"), "clear": _("未压占"), "edge": _("仅共边"), "absent": _("本版本没有这个图层"), "unseen": ""}[row["state"]]


def detail(row: dict[str, Any]) -> str:
    """Share and widths of a hit; how far the nearest one is; how many were looked at."""
    if row["state"] == "hit":
        parts = [formats.share(row["share"])]
        if row.get("kept"):
            parts.append(_("正是为拟建用途预留"))
        if row["max_width_m"] is not None:
            parts.append(_("最大宽 %(width)s m") % {"width": formats.number(row["max_width_m"], 1)})
        return "　".join(parts)
    if row["state"] == "edge":
        return _("相邻，重合宽 %(width)s m，按容差不计") % {"width": formats.number(row["width_m"], 3)}
    if "checked" in row:
        return _("核对 %(n)s 个要素") % {"n": formats.number(row["checked"])}
    if row["state"] == "clear":
        if row.get("distance_m") is None:
            return _("%(n)s m 内没有") % {"n": formats.number(row.get("searched_m"))}
        return _("最近 %(n)s m") % {"n": formats.number(row["distance_m"])}
    return ""


def headline(check: Check, dismissals: dict[str, Dismissal]) -> str:
    """The one reason for the verdict."""
    against = [row for row in check.result["lines"] if row["verdict"] == check.standing != "pass" and row["item"] not in dismissals]
    if against:
        worst = max(against, key=lambda row: float(row["area_m2"]))
        values = {"area": formats.hectares(worst["area_m2"]), "share": formats.share(worst["share"]), "name": said(worst, "name")}
        return _("用地有 %(area)s 公顷（%(share)s）在%(name)s内。") % values
    fit = check.result.get("use")
    if fit and fit["verdict"] == check.standing != "pass" and "use" not in dismissals:
        other = sum(row["share"] for row in fit["rows"] if row["kind"] != "same")
        return _("用地有 %(share)s 的规划用途与拟建用途 %(use)s 不一致。") % {"share": formats.share(other), "use": fit["use"]}
    if check.standing != "pass":
        return _("用地大部分在规划范围之外，规划没有说法。")
    return _("所核对的管控线均未压占。") if not dismissals else _("压占的各项已由主管人员改判。")


def reasons(check: Check, dismissals: dict[str, Dismissal]) -> list[str]:
    """What each finding asks for, the gravest first; what was not evaluated, last."""
    found = [row for row in check.result["lines"] if row["verdict"] != "pass" and row["item"] not in dismissals]
    found.sort(key=lambda row: (row["verdict"] != "fail", -float(row["area_m2"])))
    lines = [
        _("%(name)s：%(reason)s。") % {"name": said(row, "name"), "reason": said(row, "reason").rstrip("。")}
        for row in found
        if said(row, "reason")
    ]
    absent = [said(row, "name") for row in check.result["lines"] if row["state"] == "absent"]
    if absent:
        lines.append(_("没有核对：%(names)s（本版本没有这些图层）。") % {"names": "、".join(absent)})
    if any(row["state"] == "unseen" for row in check.result["lines"]):
        lines.append(_("另有您的岗位不能查看的图层，没有核对；请由规划部门复核。"))
    return lines


def need_of(need: dict[str, Any], departments: dict[str, str]) -> Need:
    """One need in words."""
    what = said(need, "text")
    if need["kind"] == "consult":
        who = departments.get(need["department"], need["department"])
        return Need("consult", _("%(who)s：%(what)s") % {"who": who, "what": what} if what else who, _because(need))
    return Need("assess", what, _because(need))


def _because(need: dict[str, Any]) -> str:
    reasons_ = [_("规模") if one == "area" else one for one in need["because"]]
    return _("因 %(what)s") % {"what": "、".join(reasons_)}


def places(check: Check) -> str:
    """The districts of the site in words, with their areas when there are several."""
    rows = check.result["site"]["districts"]
    names = {region.code: region.name_zh for region in Region.objects.filter(code__in=[row["code"] for row in rows])}
    if len(rows) <= 1:
        return "".join(names.get(row["code"], "") for row in rows)
    return "、".join(f"{names.get(row['code'], '') or _('市外')} {formats.hectares(row['area_m2'])}" for row in rows)
