"""What differs between two releases of the catalogue, value by value. No database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GROUPS = ("version", "classes", "stages", "items", "materials", "fields", "facts", "questions", "measures", "reception", "settings")
ADDED, REMOVED, CHANGED = "added", "removed", "changed"
MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """``group`` of the file, ``code`` of the row (empty for the file's own values), ``key`` in the row (empty for a whole row)."""

    group: str
    code: str
    key: str
    what: str
    old: Any = None
    new: Any = None


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """All differences, in the order of the file."""
    groups = [*GROUPS, *sorted((set(old) | set(new)) - set(GROUPS))]
    return [one for group in groups for one in _group(group, old.get(group, MISSING), new.get(group, MISSING))]


def _group(group: str, old: Any, new: Any) -> Iterator[Difference]:
    if not isinstance(old, Mapping) and not isinstance(new, Mapping):
        if old is not MISSING or new is not MISSING:
            yield from _value(group, "", "", old, new)
        return
    before, after = _mapping(old), _mapping(new)
    for code in _keys(before, after):
        one, other = before.get(code, MISSING), after.get(code, MISSING)
        if not isinstance(one, Mapping) or not isinstance(other, Mapping):
            yield from _value(group, str(code), "", one, other)
            continue
        for key in _keys(one, other):
            yield from _value(group, str(code), str(key), one.get(key, MISSING), other.get(key, MISSING))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [*one, *(key for key in other if key not in one)]


def _value(group: str, code: str, key: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    what = ADDED if old is MISSING else REMOVED if new is MISSING else CHANGED
    yield Difference(group, code, key, what, None if old is MISSING else old, None if new is MISSING else new)
