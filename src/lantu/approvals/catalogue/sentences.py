"""Rules and values of the catalogue in words: 建筑面积不小于 2,000 ㎡ 且 有地下室. No database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.approvals.catalogue.definition import Definition, Item
from lantu.approvals.catalogue.forms import plain
from lantu.approvals.catalogue.guide import Question, question


def local(row: Mapping[str, Any], zh: str = "name_zh", en: str = "name_en") -> str:
    """The name of a row in the language of the page."""
    english = str(row.get(en) or "") if (get_language() or "").startswith("en") else ""
    return english or str(row.get(zh, ""))


def conditions(definition: Definition, tests: Mapping[str, Any]) -> str:
    """The conditions of a row, all of which must hold."""
    found = [_one(question(definition, fact), test) for fact, test in tests.items()]
    return _(" 且 ").join(found) if found else _("其余情形")


def _one(asked: Question, test: Any) -> str:
    title = local({"name_zh": asked.title, "name_en": asked.title_en})
    if not isinstance(test, Mapping):
        return _("%(title)s：%(value)s") % {"title": title, "value": _value(asked, test)}
    words = []
    for name, wanted in test.items():
        if name == "in":
            values = _("、").join(_value(asked, one) for one in wanted)
            words.append(_("%(title)s为 %(values)s 之一") % {"title": title, "values": values})
        elif name == "has":
            words.append(_("%(title)s：有 %(value)s") % {"title": title, "value": _value(asked, wanted)})
        elif name == "min":
            words.append(_("%(title)s不小于 %(value)s") % {"title": title, "value": _value(asked, wanted)})
        else:
            words.append(_("%(title)s不大于 %(value)s") % {"title": title, "value": _value(asked, wanted)})
    return _(" 且 ").join(words)


def _value(asked: Question, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        return f"{plain(value)} {asked.unit}".strip()
    return asked.choices.get(str(value), str(value))


def when(definition: Definition, item: Item) -> list[tuple[str, bool]]:
    """The table of an item in words, row by row: conditions, and whether it applies then."""
    return [(conditions(definition, row.get("if") or {}), bool(row["then"])) for row in item.when]


def shown(value: Any) -> str:
    """Any value of the file on one line."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{shown(one)}" for key, one in value.items()) or "—"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(shown(one) for one in value) or "—"
    return str(value)
