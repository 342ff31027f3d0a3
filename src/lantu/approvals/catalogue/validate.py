"""What is wrong with a definition, before it may be published: every finding with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lantu.approvals.catalogue import shape
from lantu.approvals.catalogue.definition import Definition, Item, read
from lantu.approvals.catalogue.forms import KINDS, titled
from lantu.approvals.catalogue.rules import TESTS, TYPES
from lantu.approvals.catalogue.trial import longest

ERROR, WARNING = "error", "warning"
SOURCES = ("project", "unit", "member", "site", "earlier", "certificate")
"""What a field may be filled in from: ``project.floor_area_m2``, ``earlier.far`` (the form of an earlier stage) …"""
FILE_KINDS = ("pdf", "ofd", "image", "docx", "xlsx", "zip", "dwg", "dxf", "text")
Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. ``level``: an error keeps the definition from being published, a warning does not; ``place``: path of keys."""

    level: str
    place: Place
    message: str


def validate(data: Mapping[str, Any], departments: Collection[str]) -> list[Finding]:
    """All findings of a parsed file; ``departments``: codes that are known."""
    if form := [Finding(ERROR, place, message) for place, message in shape.faults(data)]:
        return form
    definition = read(data)
    found = [
        *_stages(definition, departments),
        *_items(definition, departments),
        *_cycles(definition),
        *_totals(definition),
        *_paths(definition),
        *_materials(definition),
        *_fields(definition),
        *_asking(definition),
    ]
    for item in definition.items.values():
        found += _table(definition, item)
    return found


def _stages(definition: Definition, departments: Collection[str]) -> Iterator[Finding]:
    for stage in definition.stages.values():
        if stage.lead not in departments:
            yield Finding(ERROR, ("stages", stage.code), f"没有牵头部门 {stage.lead}")
        for name in stage.limits:
            if name not in definition.classes:
                yield Finding(ERROR, ("stages", stage.code, "limits"), f"没有项目类型 {name}")
        for name in definition.classes:
            if name not in stage.limits:
                yield Finding(ERROR, ("stages", stage.code, "limits"), f"阶段 {stage.code} 没有写 {name} 的时限")


def _items(definition: Definition, departments: Collection[str]) -> Iterator[Finding]:
    for item in definition.items.values():
        place = ("items", item.code)
        if not item.department:
            yield Finding(ERROR, place, f"事项 {item.code} 没有承办部门")
        elif item.department not in departments:
            yield Finding(ERROR, place, f"没有部门 {item.department}")
        if item.stage not in definition.stages:
            yield Finding(ERROR, place, f"没有阶段 {item.stage}")
        if item.days > item.statutory:
            yield Finding(ERROR, place, f"承诺 {item.days} 日超过法定 {item.statutory} 日")
        for name in item.classes:
            if name not in definition.classes:
                yield Finding(ERROR, place, f"没有项目类型 {name}")
        for code in item.after:
            other = definition.items.get(code)
            if other is None:
                yield Finding(ERROR, (*place, "after"), f"没有前置事项 {code}")
            elif other.stage > item.stage:
                yield Finding(ERROR, (*place, "after"), f"前置事项 {code} 在后面的阶段 {other.stage}")


def _cycles(definition: Definition) -> Iterator[Finding]:
    """Items that wait for themselves, said once for each circle."""
    state: dict[str, int] = {}

    def visit(code: str, trail: tuple[str, ...]) -> Iterator[Finding]:
        state[code] = 1
        for before in definition.items[code].after:
            if before not in definition.items:
                continue
            if state.get(before) == 1:
                circle = (*trail[trail.index(before) :], before)
                yield Finding(ERROR, ("items", code, "after"), f"事项互为前置：{' → '.join(circle)}")
            elif before not in state:
                yield from visit(before, (*trail, before))
        state[code] = 2

    for code in definition.items:
        if code not in state:
            yield from visit(code, (code,))


def _totals(definition: Definition) -> Iterator[Finding]:
    for name, row in definition.classes.items():
        used = sum(stage.limits.get(name, 0) for stage in definition.stages.values())
        if used > int(row["total"]):
            yield Finding(ERROR, ("classes", name), f"{name} 各阶段时限合计 {used} 日，超过总时限 {row['total']} 日")


def _paths(definition: Definition) -> Iterator[Finding]:
    """The longest chain of items that wait for each other should fit into the stage."""
    for stage in definition.stages.values():
        for name, limit in stage.limits.items():
            items = {item.code: item for item in definition.items.values() if item.stage == stage.code and item.belongs_to(name)}
            days, chain = max((longest(code, items) for code in items), default=(0, ()))
            if days > limit:
                yield Finding(WARNING, ("stages", stage.code), f"{name} 的事项链 {' → '.join(chain)} 共 {days} 日，超过阶段时限 {limit} 日")


def _materials(definition: Definition) -> Iterator[Finding]:
    for item in definition.items.values():
        for code in item.materials:
            if code not in definition.materials:
                yield Finding(ERROR, ("items", item.code, "materials"), f"没有材料 {code}")
    for code, row in definition.materials.items():
        source = row.get("from_item")
        if source is not None and source not in definition.items:
            yield Finding(ERROR, ("materials", code), f"材料来源事项 {source} 不存在")


def _fields(definition: Definition) -> Iterator[Finding]:
    """Fields are known, and what all items together ask of one can be met (一张表单)."""
    for item in definition.items.values():
        for code in item.fields:
            if code not in definition.fields:
                yield Finding(ERROR, ("items", item.code, "fields"), f"没有表单字段 {code}")
    for stage in definition.stages:
        for code, row in definition.fields.items():
            asking = [item for item in definition.items.values() if item.stage == stage and code in item.fields]
            yield from _clash(code, row, asking)


def _clash(code: str, row: Mapping[str, Any], asking: list[Item]) -> Iterator[Finding]:
    rows = [row, *(item.fields[code] or {} for item in asking)]
    low = max((one["minimum"] for one in rows if one.get("minimum") is not None), default=None)
    high = min((one["maximum"] for one in rows if one.get("maximum") is not None), default=None)
    names = "、".join(item.code for item in asking)
    if low is not None and high is not None and low > high:
        yield Finding(ERROR, ("fields", code), f"字段 {code} 的要求相互矛盾：不小于 {low} 又不大于 {high}（{names}）")
    shortest = max((one["min_length"] for one in rows if one.get("min_length") is not None), default=0)
    longest_text = min((one["max_length"] for one in rows if one.get("max_length") is not None), default=shortest)
    if shortest > longest_text:
        yield Finding(ERROR, ("fields", code), f"字段 {code} 的要求相互矛盾：至少 {shortest} 字又最多 {longest_text} 字（{names}）")
    choices = [set(titled(one["choices"])) for one in rows if one.get("choices")]
    if choices and not set.intersection(*choices):
        yield Finding(ERROR, ("fields", code), f"字段 {code} 没有各事项都接受的选项（{names}）")


def _table(definition: Definition, item: Item) -> Iterator[Finding]:
    """A table of when an item applies: known facts, tests that fit their type, and a last row for all else."""
    place = ("items", item.code, "when")
    for index, row in enumerate(item.when):
        last = index == len(item.when) - 1
        if not isinstance(row.get("then"), bool):
            yield Finding(ERROR, (*place, index), f"事项 {item.code} 第 {index + 1} 行缺少 then: true|false")
        conditions = row.get("if") or {}
        if last and conditions:
            yield Finding(ERROR, (*place, index), f"事项 {item.code} 的适用规则缺少兜底行（最后一行不带 if）")
        if not last and not conditions:
            yield Finding(ERROR, (*place, index), f"事项 {item.code} 第 {index + 1} 行不带 if，后面各行永远不会用到")
        for name, test in conditions.items():
            yield from _test(definition, (*place, index), name, test)


def _test(definition: Definition, place: Place, name: str, test: Any) -> Iterator[Finding]:
    kind = definition.facts.get(name)
    if kind not in TYPES:
        yield Finding(ERROR, place, f"没有声明的事实 {name}" if kind is None else f"事实 {name} 的类型 {kind} 不认识")
        return
    if not isinstance(test, Mapping):
        if not isinstance(test, TYPES[kind]) or (kind == "number" and isinstance(test, bool)):
            yield Finding(ERROR, place, f"{name} 是 {kind}，不能等于 {test!r}")
        return
    for key, wanted in test.items():
        if kind not in TESTS.get(key, set()):
            yield Finding(ERROR, place, f"{name} 是 {kind}，不能用 {key}")
            return
        if key == "in" and not isinstance(wanted, list):
            yield Finding(ERROR, place, f"{name} 的 in 应为列表")
        if key in ("min", "max") and (isinstance(wanted, bool) or not isinstance(wanted, int | float)):
            yield Finding(ERROR, place, f"{name} 的 {key} 应为数字")
            return
    if not test:
        yield Finding(ERROR, place, f"{name} 没有写条件")
    if "min" in test and "max" in test and test["min"] > test["max"]:
        yield Finding(ERROR, place, f"{name} 的 min {test['min']} 大于 max {test['max']}，永远不成立")


def _asking(definition: Definition) -> Iterator[Finding]:
    """Questions ask facts that there are; filled-in fields and materials name sources that there are; choices belong to text."""
    for name, row in definition.questions.items():
        if name not in definition.facts:
            yield Finding(ERROR, ("questions", name), f"问题 {name} 没有对应的事实")
        elif definition.facts[name] in ("text", "list") and not row.get("choices"):
            yield Finding(ERROR, ("questions", name), f"问题 {name} 没有写选项 choices")
    for name, row in definition.fields.items():
        if row.get("type", "text") not in KINDS:
            yield Finding(ERROR, ("fields", name), f"字段 {name} 的类型 {row.get('type')} 不认识")
        if row.get("choices") and row.get("type", "text") != "text":
            yield Finding(ERROR, ("fields", name), f"字段 {name} 有选项，类型须为 text")
        for source in row.get("source") or ():
            if str(source).split(".")[0] not in SOURCES or "." not in str(source):
                yield Finding(ERROR, ("fields", name, "source"), f"字段 {name} 的来源 {source} 不认识")
    for name, row in definition.materials.items():
        for kind in row.get("accept") or ():
            if kind not in FILE_KINDS:
                yield Finding(ERROR, ("materials", name, "accept"), f"材料 {name} 的文件类型 {kind} 不认识")
        if row.get("platform") not in (None, "form", "site", "unit"):
            yield Finding(ERROR, ("materials", name, "platform"), f"材料 {name} 的平台来源 {row['platform']} 不认识")
    hours = definition.reception.get("hours")
    if hours is not None and not (
        isinstance(hours, list) and len(hours) == 2 and all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(one)) for one in hours)
    ):
        yield Finding(ERROR, ("reception", "hours"), '收件时间应写成 ["09:00", "17:00"]')
    outside = definition.reception.get("outside", "same_day")
    if outside not in ("same_day", "next_working_day"):
        yield Finding(ERROR, ("reception", "outside"), f"收件规则 {outside} 不认识，应为 same_day 或 next_working_day")
    asked = {name for item in definition.items.values() for row in item.when for name in (row.get("if") or {})}
    for name in sorted(asked - set(definition.questions)):
        if name in definition.facts:
            yield Finding(WARNING, ("questions",), f"事实 {name} 没有写成问题，指南里会按代码显示")
