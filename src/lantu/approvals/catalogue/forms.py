"""One form for all items of a stage (一张表单): the union of their fields by code, each with the strictest of all constraints. No database.

Checked here and exported as JSON Schema 2020-12; both say the same (property test).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lantu.approvals.catalogue.definition import Definition, Item

KINDS = ("text", "number", "integer", "boolean", "date")
BOUNDS = ("minimum", "maximum", "min_length", "max_length", "pattern", "choices", "required")
"""Keys by which an item may ask more of a field than the catalogue does."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form. ``choices``: value → title in order, none when free; ``asked_by``: codes of the items that need it;
    ``bounds_by``: which items (or other sources) set each bound."""

    code: str
    title: str
    kind: str
    title_en: str = ""
    section: str = ""
    unit: str = ""
    hint: str = ""
    why: str = ""
    source: tuple[str, ...] = ()
    locked: bool = False
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    asked_by: tuple[str, ...] = ()
    bounds_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that something outside of the catalogue sets, e.g. the conditions sheet: 容积率 ≤ 0.8."""

    field: str
    bound: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be taken. ``field``: code, ``message``: what is wrong and how it would be right."""

    field: str
    message: str


def one_form(definition: Definition, items: Sequence[Item], limits: Iterable[Limit] = ()) -> list[Field]:
    """The fields that these items need together, in the order of the catalogue."""
    form = []
    for code, row in definition.fields.items():
        asking = [item for item in items if code in item.fields]
        if asking:
            made = of(code, row, [(item.code, item.fields[code] or {}) for item in asking])
            form.append(_limited(made, [one for one in limits if one.field == code]))
    return form


def of(code: str, row: Mapping[str, Any], asking: Sequence[tuple[str, Mapping[str, Any]]]) -> Field:
    """One field with the strictest of what the catalogue (``row``) and each asking item say."""
    choices = titled(row.get("choices"))
    made = Field(
        code=code,
        title=str(row.get("title", code)),
        title_en=str(row.get("title_en", "")),
        kind=str(row.get("type", "text")),
        section=str(row.get("section", "")),
        unit=str(row.get("unit", "")),
        hint=str(row.get("hint", "")),
        why=str(row.get("why", "")),
        source=tuple(row.get("source") or ()),
        locked=bool(row.get("locked")),
        required=False,
        choices=choices,
        asked_by=tuple(name for name, _more in asking),
    )
    for name, more in (("", row), *asking):
        made = _stricter(made, name, more, default_required=bool(name))
    return made


def titled(choices: Any) -> dict[str, str]:
    """``choices`` of the file, a list of values or a mapping of value to title, as value → title."""
    if isinstance(choices, Mapping):
        return {str(value): str(title) for value, title in choices.items()}
    return {str(value): str(value) for value in choices or ()}


def _stricter(made: Field, name: str, more: Mapping[str, Any], *, default_required: bool) -> Field:
    """``made`` under one more set of bounds, which ``name`` asks for."""
    by = {key: tuple(value) for key, value in made.bounds_by.items()}

    def tightens(bound: str, harder: Callable[[float, float], bool]) -> Any:
        new, old = more.get(bound), getattr(made, bound)
        if new is None or (old is not None and new != old and not harder(new, old)):
            return old
        by[bound] = (*by.get(bound, ()), name) if old == new else (name,)
        return new

    made = replace(
        made,
        minimum=tightens("minimum", operator.gt),
        maximum=tightens("maximum", operator.lt),
        min_length=tightens("min_length", operator.gt),
        max_length=tightens("max_length", operator.lt),
    )
    if more.get("pattern") and more["pattern"] not in made.patterns:
        made = replace(made, patterns=(*made.patterns, str(more["pattern"])))
    if name and more.get("choices"):
        wanted = titled(more["choices"])
        bound = made.choices or "choices" in by  # what two items left empty stays empty
        kept = {value: title for value, title in made.choices.items() if value in wanted} if bound else wanted
        made = replace(made, choices=kept)
        by["choices"] = (*by.get("choices", ()), name)
    if more.get("required", default_required):
        made = replace(made, required=True)
    return replace(made, bounds_by=by)


def _limited(made: Field, limits: Sequence[Limit]) -> Field:
    for one in limits:
        made = _stricter(made, one.source, {one.bound: one.value, "required": False}, default_required=False)
    return made


def problems(form: Sequence[Field], values: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with these values, field by field; what is empty is wrong only where it is required."""
    known = {one.code for one in form}
    found = [Problem(code, _("表单里没有这一项。")) for code in values if code not in known]
    for one in form:
        value = values.get(one.code)
        if is_empty(value):
            if one.required:
                found.append(Problem(one.code, _("请填%(title)s。") % {"title": one.title}))
            continue
        if (message := wrong(one, value)) is not None:
            found.append(Problem(one.code, message))
    return found


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def wrong(one: Field, value: Any) -> str | None:
    """What is wrong with a value that is there; ``None`` when it can be taken."""
    if (message := _wrong_kind(one, value)) is not None:
        return message
    if one.choices and str(value) not in one.choices:
        return _("请从 %(choices)s 中选择。") % {"choices": "、".join(one.choices.values())}
    if one.kind in ("number", "integer"):
        return _out_of_range(one, value)
    if one.kind == "text":
        if one.min_length is not None and len(value) < one.min_length:
            return _("至少 %(n)s 个字。") % {"n": one.min_length}
        if one.max_length is not None and len(value) > one.max_length:
            return _("最多 %(n)s 个字，现有 %(m)s 个。") % {"n": one.max_length, "m": len(value)}
        if not all(re.search(pattern, value) for pattern in one.patterns):
            return one.hint or _("格式不符。")
    return None


def _wrong_kind(one: Field, value: Any) -> str | None:
    if one.kind == "boolean":
        return None if isinstance(value, bool) else _("请选是或否。")
    if one.kind in ("number", "integer"):
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number:
            return _("请填数字。")
        return _("请填整数。") if one.kind == "integer" and value != int(value) else None
    if not isinstance(value, str):
        return _("请填文字。")
    if one.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return _("请按 2018-09-20 的样子填日期。")
    return None


def _out_of_range(one: Field, value: float) -> str | None:

    def amount(number: float) -> str:
        return f"{plain(number)} {one.unit}".strip()

    if one.minimum is not None and value < one.minimum:
        words = {"value": amount(value), "bound": amount(one.minimum)}
        return _("填了 %(value)s，不得小于 %(bound)s。") % words + _whose(one, "minimum")
    if one.maximum is not None and value > one.maximum:
        words = {"value": amount(value), "bound": amount(one.maximum)}
        return _("填了 %(value)s，不得大于 %(bound)s。") % words + _whose(one, "maximum")
    return None


def _whose(one: Field, bound: str) -> str:
    """Who set a bound, where that is not the catalogue itself or an item."""
    names = [name for name in one.bounds_by.get(bound, ()) if name and name not in one.asked_by]
    return _("（依据 %(names)s）") % {"names": "、".join(names)} if names else ""


def plain(value: float) -> str:
    """A number without needless zeros."""
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def json_schema(form: Sequence[Field], *, title: str = "", identity: str = "") -> dict[str, Any]:
    """The form as JSON Schema 2020-12. ``x-asked-by`` names the items, ``x-unit`` the unit, ``x-source`` whence it is filled in."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
    if identity:
        schema["$id"] = identity
    if title:
        schema["title"] = title
    schema["properties"] = {one.code: _property(one) for one in form}
    schema["required"] = [one.code for one in form if one.required]
    schema["additionalProperties"] = False
    return schema


def _property(one: Field) -> dict[str, Any]:
    kind = {"date": "string", "text": "string"}.get(one.kind, one.kind)
    made: dict[str, Any] = {"title": one.title, "type": kind}
    if one.kind == "date":
        made["format"] = "date"
    for key, value in (("minimum", one.minimum), ("maximum", one.maximum)):
        if value is not None and kind in ("number", "integer"):
            made[key] = value
    if one.kind == "text":
        shortest = one.min_length if one.min_length is not None else (1 if one.required else None)
        made |= {key: value for key, value in (("minLength", shortest), ("maxLength", one.max_length)) if value is not None}
        if one.patterns:
            made["allOf"] = [{"pattern": pattern} for pattern in one.patterns]
    if one.choices:
        made["enum"] = list(one.choices)
    extra = {"x-unit": one.unit, "x-section": one.section, "x-asked-by": list(one.asked_by), "x-source": list(one.source)}
    return made | {key: value for key, value in extra.items() if value}


def parsed(one: Field, text: str) -> Any:
    """A value as typed into a page, in the field's kind; what cannot be read stays text, so that ``problems`` can show it."""
    text = text.strip()
    if text == "":
        return ""
    if one.kind == "boolean":
        return {"yes": True, "true": True, "no": False, "false": False}.get(text, text)
    if one.kind in ("number", "integer"):
        try:
            number = float(text.replace(",", "").replace("，", ""))
        except ValueError:
            return text
        if not math.isfinite(number):
            return text
        return int(number) if number == int(number) and abs(number) < 2**53 else number
    return text
