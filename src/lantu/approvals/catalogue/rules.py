"""Decision tables: rows are tried in order, the first that holds decides; the last has no condition. No code is evaluated.

A row is ``{if: {fact: test, …}, then: true|false}``; all tests of a row must hold. A test is a value (equal), ``{in: […]}``, ``{min: n}``,
``{max: n}`` or both, ``{has: value}`` (a list contains it). A fact that is not known fails every test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "boolean": (bool,), "list": (list, tuple)}
TESTS = {"in": {"text", "number"}, "min": {"number"}, "max": {"number"}, "has": {"list"}}
"""Which tests a type of fact takes, besides being equal."""


def applies(table: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> bool:
    """What a table says of these facts; an empty table says yes."""
    for row in table:
        if holds(row.get("if") or {}, facts):
            return bool(row["then"])
    return not table


def holds(conditions: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether all tests of a row hold."""
    return all(_holds(test, facts.get(name)) for name, test in conditions.items())


def _holds(test: Any, value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(test, Mapping):
        return bool(value == test)
    return all(_one(name, wanted, value) for name, wanted in test.items())


def _one(name: str, wanted: Any, value: Any) -> bool:
    if name == "in":
        return value in wanted
    if name == "has":
        return wanted in value
    return bool(value >= wanted) if name == "min" else bool(value <= wanted)
