"""Template tags of the plans room: ``{% load plans %}``."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def translated(text: str) -> str:
    """A sentence of a catalogue in the page's language."""
    return _(text)


@register.filter
def cycle(value: str) -> str:
    """An update cycle (ISO 8601 duration) in words."""
    found = re.fullmatch(r"P(\d+)([YMWD])", value)
    if not found:
        return value
    n = int(found[1])
    words = {
        "Y": _("每年") if n == 1 else _("每 %(n)s 年"),
        "M": _("每月") if n == 1 else _("每 %(n)s 月"),
        "W": _("每周") if n == 1 else _("每 %(n)s 周"),
        "D": _("每日") if n == 1 else _("每 %(n)s 日"),
    }
    return words[found[2]] % {"n": n}


@register.filter
def kind_word(kind: str) -> str:
    """A geometry kind in words."""
    words = {"Polygon": _("面"), "MultiPolygon": _("多部件面"), "LineString": _("线"), "MultiLineString": _("多部件线")}
    words |= {"Point": _("点"), "MultiPoint": _("多点"), "GeometryCollection": _("几何集合")}
    return words.get(kind, kind)


@register.filter
def unit_word(unit: str) -> str:
    """A unit of area in words."""
    return {"m2": _("平方米"), "ha": _("公顷"), "mu": _("亩"), "ft2": _("平方英尺")}.get(unit, unit)


@register.simple_tag
def swatch(color: str) -> SafeString:
    """A small square of a colour."""
    return format_html('<svg class="pw-code" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="{}"/></svg>', color)


@register.simple_tag
def account_bar(account: dict[str, Any]) -> SafeString:
    """The account as one bar: in, pending, rejected; what is there is never too narrow to be seen."""
    total = max(account["source"], 1)
    shares = {key: (max(97 * account[key] / total, 1.0) if account[key] else 0.0) for key in ("in", "pending", "rejected")}
    scale = 100 / max(sum(shares.values()), 1.0)
    start, parts = 0.0, []
    for key, share in shares.items():
        parts.append((key, round(start, 2), round(max(share * scale - 0.3, 0), 2)))
        start += share * scale
    label = _("入库 %(in)s，待定 %(pending)s，拒收 %(rejected)s") % account
    return format_html(
        '<svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">{}{}{}</svg>',
        label,
        *(format_html('<rect class="{}" x="{}" width="{}" height="6"/>', *part) for part in parts),
    )


@register.filter
def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def trace_act(act: str) -> str:
    """What was done to traced features, in words."""
    known = {"draw": _("画"), "split": _("切分"), "merge": _("合并"), "reshape": _("修边"), "erase": _("删除"), "extract": _("提取")}
    return known.get(act, act)


@register.filter
def area_change(entry: Any) -> float:
    """By how much the area changed, m²."""
    return float(entry.area_after_m2 - entry.area_before_m2)


@register.filter
def item(values: Any, key: Any) -> Any:
    """A dictionary's value, empty where there is none."""
    return values.get(key, "") if values else ""


@register.filter
def method_word(method: str) -> str:
    """A way of mending in words."""
    from lantu.plans.services.mending_ways import METHODS

    return str(METHODS.get(method, _("重建有效图形") if method == "make-valid" else method))


@register.filter
def request_light(state: str) -> str:
    """The light of a collection request's state."""
    from lantu.plans.collection_tables import LIGHTS

    return LIGHTS[state]


@register.filter
def how_word(how: str) -> str:
    """Why a source value is taken as it is, in words."""
    from lantu.plans.services.crosswalks import HOW_WORDS

    return str(HOW_WORDS[how])
