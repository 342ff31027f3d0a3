"""The form of ``approvals.yaml``: which keys a row has, what kind of value each takes. What passes can be read and checked further."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Place = tuple[Any, ...]
Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_day_map(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_days(one) for one in value.values())


def _is_choices(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(one, str) for one in value.values())
    return isinstance(value, list) and all(isinstance(one, str | int | float) for one in value)


def _is_pattern(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) and _is_conditions(row.get("if")) for row in value)


def _is_conditions(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping) and all(isinstance(name, str) for name in value))


def one_of(*values: str) -> Test:
    def test(value: Any) -> bool:
        return value in values

    test.__doc__ = "、".join(values)
    return test


WORDS: dict[Test, str] = {
    _is_text: "应为文字",
    _is_number: "应为数字",
    _is_days: "应为不小于 0 的整数",
    _is_texts: "应为文字的列表",
    _is_flag: "应为 true 或 false",
    _is_map: "应为「键: 值」",
    _is_day_map: "应为「类型: 天数」",
    _is_choices: "应为选项的列表或「值: 名称」",
    _is_pattern: "应为能用的正则表达式",
    _is_table: "应为规则行的列表，每行 {if: {事实: 条件}, then: true|false}",
}
NAMES: dict[str, Test] = {"name_zh": _is_text, "name_en": _is_text}
BOUNDS: dict[str, Test] = {
    "minimum": _is_number,
    "maximum": _is_number,
    "min_length": _is_days,
    "max_length": _is_days,
    "pattern": _is_pattern,
    "choices": _is_choices,
    "required": _is_flag,
}
ROWS: dict[str, dict[str, Test]] = {
    "classes": {**NAMES, "process_class": _is_text, "total": _is_days},
    "stages": {**NAMES, "lead": _is_text, "limits": _is_day_map, "guide": _is_map},
    "items": {
        **NAMES,
        "stage": _is_text,
        "department": _is_text,
        "days": _is_days,
        "statutory": _is_days,
        "unit": one_of("working", "calendar"),
        "kind": _is_text,
        "line": one_of("main", "auxiliary"),
        "after": _is_texts,
        "classes": _is_texts,
        "materials": _is_texts,
        "fields": _is_map,
        "when": _is_table,
        "guide": _is_map,
        "certificate": _is_text,
        "commitment": _is_flag,
        "joint_days": _is_days,
    },
    "materials": {
        **NAMES,
        "accept": _is_texts,
        "deferrable": _is_flag,
        "defer_days": _is_days,
        "from_item": _is_text,
        "certificate": _is_text,
        "platform": _is_text,
        "note": _is_text,
    },
    "fields": {**BOUNDS, "title": _is_text, "title_en": _is_text, "type": _is_text, "section": _is_text, "unit": _is_text,
               "hint": _is_text, "why": _is_text, "source": _is_texts, "locked": _is_flag, "condition": _is_text},
    "questions": {"title": _is_text, "title_en": _is_text, "choices": _is_choices, "why": _is_text, "unit": _is_text, "source": _is_texts},
    "measures": {**NAMES, "unit": _is_text},
}  # fmt: skip
"""Group → key → test. A key that is not named here may be anything: cities keep notes of their own."""
NEEDED = {"classes": ("name_zh", "total"), "stages": ("name_zh", "lead"), "items": ("name_zh", "stage", "days"), "materials": ("name_zh",)}
MUST = ("classes", "stages", "items")
PLAIN: dict[str, Test] = {"facts": _is_map, "settings": _is_map, "reception": _is_map}


def faults(data: Any) -> Iterator[tuple[Place, str]]:
    """What of the form is wrong: place and words; nothing else can be looked at before it is mended."""
    if not isinstance(data, Mapping):
        yield (), "文件应为「键: 值」，至少有 classes、stages、items"
        return
    yield from _plain(data, ())
    for group in (*ROWS, *PLAIN):
        rows = data.get(group)
        if rows in (None, {}):
            if group in MUST:
                yield (group,), f"缺少 {group}"
        elif not isinstance(rows, Mapping):
            yield (group,), f"缺少 {group}" if group in MUST else f"{group} {WORDS[_is_map]}"
        elif group in ROWS:
            for code, row in rows.items():
                yield from _row(group, str(code), row)
    facts = data.get("facts")
    if isinstance(facts, Mapping):
        yield from ((("facts", name), f"事实 {name} 应写出类型") for name, kind in facts.items() if not isinstance(kind, str))


def _plain(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Values that cannot be kept as JSON: dates, keys that are no text."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if not isinstance(key, str):
                yield (*place, key), f"键 {key} 应加引号写成文字"
            yield from _plain(one, (*place, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _plain(one, (*place, index))
    elif not (value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))):
        yield place, f"值 {value} 应加引号写成文字，或写成数字"


def _row(group: str, code: str, row: Any) -> Iterator[tuple[Place, str]]:
    if not isinstance(row, Mapping):
        yield (group, code), f"{code} {WORDS[_is_map]}"
        return
    for key in NEEDED.get(group, ()):
        if row.get(key) in (None, ""):
            yield (group, code), f"{code} 缺少 {key}"
    yield from _values((group, code), code, row, ROWS[group])
    if group == "items" and isinstance(row.get("fields"), Mapping):
        for name, bounds in row["fields"].items():
            if bounds is not None and not isinstance(bounds, Mapping):
                yield (group, code, "fields", name), f"{code} 的字段 {name} {WORDS[_is_map]}"
            elif bounds:
                yield from _values((group, code, "fields", name), f"{code} 的字段 {name}", bounds, BOUNDS)


def _values(place: Place, name: str, row: Mapping[str, Any], tests: Mapping[str, Test]) -> Iterator[tuple[Place, str]]:
    for key, value in row.items():
        test = tests.get(str(key))
        if test is not None and value is not None and not test(value):
            yield (*place, key), f"{name} 的 {key} {WORDS.get(test) or f'应为其中之一：{test.__doc__}'}"
