"""One form: the union of what items ask, each field with the strictest bounds; page check and JSON Schema say the same."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.forms import Field, Limit, json_schema, of, one_form, parsed, problems, wrong
from lantu.approvals.catalogue.guide import guide, needs, questions, read_answers
from lantu.standards.factories import pack_yaml

CHOICES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)
NUMBERS = st.one_of(st.integers(-5, 20), st.floats(-5, 20, allow_nan=False).map(lambda x: round(x, 2)))


def bounds(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    keys: dict[str, st.SearchStrategy[Any]] = {"required": st.booleans()}
    if kind == "number":
        keys |= {"minimum": st.integers(-3, 8), "maximum": st.integers(5, 15)}
    else:
        keys |= {
            "min_length": st.integers(0, 3),
            "max_length": st.integers(2, 6),
            "choices": CHOICES,
            "pattern": st.sampled_from(["^a", "b"]),
        }
    return st.fixed_dictionaries({}, optional=keys)


@st.composite
def asked(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]], Any]:
    kind = draw(st.sampled_from(["number", "text"]))
    row = {"title": "字段", "type": kind, **draw(bounds(kind))}
    rows = draw(st.lists(bounds(kind), min_size=1, max_size=4))
    value = draw(NUMBERS if kind == "number" else st.text("abcd", max_size=7))
    return row, rows, value


@given(asked())
def test_the_union_takes_a_value_exactly_when_each_item_alone_would(case: tuple[dict[str, Any], list[dict[str, Any]], Any]) -> None:
    row, rows, value = case
    union = of("x", row, [(f"i{n}", more) for n, more in enumerate(rows)])
    alone = [of("x", row, [(f"i{n}", more)]) for n, more in enumerate(rows)]
    impossible = any(one.get("choices") for one in (row, *rows)) and not union.choices
    if value == "" or impossible:
        return
    assert (wrong(union, value) is None) == all(wrong(one, value) is None for one in alone)
    assert union.required == any(one.required for one in alone)


@given(asked(), st.permutations(range(4)))
def test_the_order_of_items_does_not_matter(case: tuple[dict[str, Any], list[dict[str, Any]], Any], order: list[int]) -> None:
    row, rows, _value = case
    named = [(f"i{n}", more) for n, more in enumerate(rows)]
    shuffled = [named[index] for index in order if index < len(named)]
    one, other = of("x", row, named), of("x", row, shuffled)
    same = ("minimum", "maximum", "min_length", "max_length", "required")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    assert set(one.choices) == set(other.choices) and set(one.patterns) == set(other.patterns)


@given(asked())
def test_json_schema_says_what_the_page_says(case: tuple[dict[str, Any], list[dict[str, Any]], Any]) -> None:
    row, rows, value = case
    field = of("x", row, [(f"i{n}", more) for n, more in enumerate(rows)])
    if any(one.get("choices") for one in (row, *rows)) and not field.choices:
        return  # contradictory: the validator refuses such a catalogue
    schema = json_schema([field])
    given_values = {} if value == "" else {"x": value}
    assert (not problems([field], given_values)) == valid(schema, given_values)


def valid(schema: dict[str, Any], values: dict[str, Any]) -> bool:
    """The few keywords of JSON Schema 2020-12 that are used, by their definition in the standard."""
    if any(name not in values for name in schema["required"]) or any(name not in schema["properties"] for name in values):
        return False
    return all(_holds(schema["properties"][name], value) for name, value in values.items())


def _holds(rule: dict[str, Any], value: Any) -> bool:
    kinds = {"number": (int, float), "string": (str,)}
    tests = [isinstance(value, kinds[rule["type"]]), "enum" not in rule or value in rule["enum"]]
    if isinstance(value, str):
        tests += [len(value) >= rule.get("minLength", 0), len(value) <= rule.get("maxLength", 99)]
        tests += [re.search(one["pattern"], value) is not None for one in rule.get("allOf", [])]
    else:
        tests += [value >= rule.get("minimum", value), value <= rule.get("maximum", value)]
    return all(tests)


def test_a_condition_of_the_project_is_a_bound_that_names_its_source() -> None:
    definition = pack()
    items = definition.items_of("2", "gov_building", {"basement": True})
    far = next(one for one in one_form(definition, items, [Limit("far", "maximum", 0.8, "建设条件清单 CH-1")]) if one.code == "far")
    message = wrong(far, 0.81)
    assert message is not None and "0.8" in message and "建设条件清单 CH-1" in message
    assert wrong(far, 0.8) is None


def pack() -> Any:
    return read(pack_yaml("approvals.yaml"))


def test_a_field_asked_by_several_items_is_asked_once_and_names_them() -> None:
    definition = pack()
    form = one_form(definition, definition.items_of("2", "gov_building", {"heritage": True, "basement": True}))
    codes = [one.code for one in form]
    assert len(codes) == len(set(codes))
    height = next(one for one in form if one.code == "height_m")
    assert height.asked_by == ("scheme", "heritage") and height.maximum == 250


def test_materials_are_listed_once_for_all_items() -> None:
    definition = pack()
    found = needs(definition, definition.items_of("2", "gov_building", {"basement": True}))
    codes = [one.code for one in found]
    assert len(codes) == len(set(codes)) and "unified_form" in codes
    assert len(next(one for one in found if one.code == "scheme_text").asked_by) == 2


def test_only_questions_that_make_a_difference_in_the_stage_are_asked() -> None:
    definition = pack()
    assert [one.fact for one in questions(definition, "3", "social")] == ["trees"]
    assert "site" in [one.fact for one in questions(definition, "1", "gov_building")]


def test_answers_change_the_items_and_what_cannot_be_read_counts_as_open() -> None:
    definition = pack()
    asking = questions(definition, "2", "gov_building")
    facts = read_answers(asking, {"basement": "yes", "floor_area_m2": "many", "heritage": "perhaps"})
    assert facts == {"basement": True}
    found = guide(definition, "2", "gov_building", facts)
    assert "defence" in [item.code for item in found.items]
    assert {one.fact for one in found.open_questions} == {"floor_area_m2", "heritage"}


def test_typed_text_becomes_a_value_or_stays_to_be_shown_with_its_fault() -> None:
    number = Field("n", "数", "number")
    assert parsed(number, " 1,234.50 ") == 1234.5 and parsed(number, "12") == 12
    assert wrong(number, parsed(number, "十二")) is not None
    assert wrong(number, parsed(number, "nan")) is not None and wrong(number, parsed(number, "1e999")) is not None
    assert wrong(number, True) is not None
    assert wrong(Field("d", "日", "date"), "2018-13-01") is not None
    assert parsed(Field("b", "否", "boolean"), "no") is False
