"""A rule's condition in words: the predicate tree as nested lines (docs/city-pack.md, rules.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the condition and the lines under it."""

    text: str
    under: tuple[Line, ...] = ()


def condition(tree: Any, names: dict[str, str]) -> Line | None:
    """The tree in words; ``names`` gives the words of layer and plan codes. None for a rule without condition."""
    if not isinstance(tree, dict) or not tree:
        return None
    for key, words in (("all", _("同时满足")), ("any", _("满足其一")), ("first_of", _("取第一个有数据的"))):
        if key in tree:
            return Line(words, tuple(line for part in tree[key] if (line := condition(part, names))))
    if "not" in tree:
        under = condition(tree["not"], names)
        return Line(_("不满足"), (under,) if under else ())
    return Line(_term(tree, names))


def _term(term: dict[str, Any], names: dict[str, str]) -> str:
    if "living" in term:
        layers = term["living"] if isinstance(term["living"], list) else [term["living"]]
        return _("在活图层之内：%(layers)s") % {"layers": "、".join(names.get(str(code), str(code)) for code in layers)}
    if "pair" in term:
        first, second = (names.get(code, str(code)) for code in term["pair"])
        values = {"first": first, "second": second, "table": term.get("table", "")}
        return (
            _("%(first)s 与 %(second)s 相符（%(table)s）") if term.get("agrees") else _("%(first)s 与 %(second)s 不符（%(table)s）")
        ) % values
    if "reading" in term:
        return _("口径为 %(reading)s") % {"reading": term["reading"]}
    where = names.get(str(term.get("layer") or term.get("plan")), "") or _("任一规划")
    if "codes" in term:
        return _("%(where)s 的代码是 %(codes)s") % {"where": where, "codes": "、".join(term["codes"])}
    if "trait" in term:
        traits = {"construction": _("建设"), "non_construction": _("非建设")}
        return _("%(where)s 属于 %(trait)s") % {"where": where, "trait": traits.get(term["trait"], term["trait"])}
    return (_("%(where)s 在此") if term.get("present", True) else _("%(where)s 不在此")) % {"where": where}
