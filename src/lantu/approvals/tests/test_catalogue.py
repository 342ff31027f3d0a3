"""The item catalogue: the pack's own is clean; every kind of mistake is found at its place; rules decide without code."""

from __future__ import annotations

import copy
import csv
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from lantu.approvals.catalogue import applies, read, validate
from lantu.approvals.catalogue.validate import ERROR
from lantu.standards.factories import pack_yaml

PACK = Path(settings.CITIES_DIR) / "guiyang"
DATA: dict[str, Any] = pack_yaml("approvals.yaml")
DEPARTMENTS = {row["code"] for row in csv.DictReader((PACK / "departments.csv").open(encoding="utf-8"))}


def errors(data: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    return [(one.place, one.message) for one in validate(data, DEPARTMENTS) if one.level == ERROR]


def test_the_citys_own_catalogue_may_be_published() -> None:
    assert errors(DATA) == []


def spoilt(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    *keys, last = path.split("/")
    node: Any = data
    for key in keys:
        node = node[int(key)] if isinstance(node, list) else node[key]
    node[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "place", "words"),
    [
        ("items/scheme/after", ["works_permit"], ("items",), "互为前置"),
        ("items/scheme/after", ["nothing"], ("items", "scheme", "after"), "没有前置事项"),
        ("items/land_permit/after", ["works_permit"], ("items", "land_permit", "after"), "后面的阶段"),
        ("items/scheme/department", "", ("items", "scheme"), "没有承办部门"),
        ("items/scheme/department", "XX", ("items", "scheme"), "没有部门"),
        ("items/scheme/stage", "9", ("items", "scheme"), "没有阶段"),
        ("items/scheme/days", 30, ("items", "scheme"), "超过法定"),
        ("items/scheme/classes", ["x"], ("items", "scheme"), "没有项目类型"),
        ("items/scheme/materials", ["x"], ("items", "scheme", "materials"), "没有材料"),
        ("items/scheme/fields", {"x": {}}, ("items", "scheme", "fields"), "没有表单字段"),
        ("items/scheme/fields", {"far": {"minimum": 20}}, ("fields", "far"), "相互矛盾"),
        ("items/scheme/when", [{"if": {"basement": True}, "then": True}], ("items", "scheme", "when", 0), "兜底"),
        ("items/scheme/when", [{"then": True}, {"then": False}], ("items", "scheme", "when", 0), "永远不会用到"),
        ("items/scheme/when", [{"if": {"moon": True}, "then": True}, {"then": False}], ("items", "scheme", "when", 0), "没有声明的事实"),
        ("items/scheme/when", [{"if": {"basement": 3}, "then": True}, {"then": False}], ("items", "scheme", "when", 0), "不能等于"),
        ("items/scheme/when", [{"if": {"hits": {"min": 3}}, "then": True}, {"then": False}], ("items", "scheme", "when", 0), "不能用 min"),
        ("items/scheme/when", [{"if": {"basement": True}}, {"then": False}], ("items", "scheme", "when", 0), "缺少 then"),
        ("classes/social/total", 10, ("classes", "social"), "超过总时限"),
        ("stages/2/lead", "XX", ("stages", "2"), "牵头部门"),
        ("stages/2/limits", {"gov_building": 25}, ("stages", "2", "limits"), "没有写"),
        ("materials/land_permit/from_item", "x", ("materials", "land_permit"), "来源事项"),
        ("items", {}, ("items",), "缺少 items"),
    ],
)
def test_a_mistake_is_found_at_its_place(path: str, value: Any, place: tuple[Any, ...], words: str) -> None:
    found = errors(spoilt(path, value))
    assert any(where[: len(place)] == place and words in message for where, message in found), found


def test_a_chain_longer_than_its_stage_is_a_warning() -> None:
    found = validate(spoilt("stages/2/limits/social", 12), DEPARTMENTS)
    assert any(one.level == "warning" and "scheme → works_permit" in one.message for one in found)


def test_what_a_school_needs_in_the_second_stage() -> None:
    definition = read(DATA)
    facts = {"basement": True, "heritage": False, "site": "allocation", "hits": []}
    needs = {one.item: (one.department, one.after) for one in definition.required("2", "gov_building", facts)}
    assert needs == {
        "scheme": ("GH", ()),
        "defence": ("RFB", ()),
        "preliminary": ("FGW", ()),
        "works_permit": ("GH", ("scheme", "defence")),
    }
    assert "heritage" in {item.code for item in definition.items_of("2", "gov_building", {**facts, "heritage": True})}
    assert "preliminary" not in {item.code for item in definition.items_of("2", "social", facts)}


@given(st.floats(0, 10_000), st.booleans())
def test_the_first_row_that_holds_decides(area: float, basement: bool) -> None:
    table = DATA["items"]["defence"]["when"]
    assert applies(table, {"floor_area_m2": area, "basement": basement}) == (basement or area >= 2000)


def test_what_is_not_known_holds_nothing_and_an_empty_table_says_yes() -> None:
    assert applies((), {})
    assert not applies([{"if": {"far": {"max": 2}}, "then": True}, {"then": False}], {})
    assert applies([{"if": {"site": {"in": ["allocation", "transfer"]}}, "then": True}, {"then": False}], {"site": "transfer"})
