"""What is locked is read as it is after the wait: no statement locks one table and decides by another that it joins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import lantu

ROOMS = Path(lantu.__file__).parent


def chains(path: Path) -> Iterator[tuple[int, dict[str, ast.Call]]]:
    """The chains of calls in a file that lock: line, and the calls by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        calls: dict[str, ast.Call] = {}
        inner: ast.AST = node
        while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            calls[inner.func.attr] = inner
            inner = inner.func.value
        if "select_for_update" in calls:
            yield node.lineno, calls  # type: ignore[attr-defined]


def words(nodes: list[ast.expr]) -> set[str]:
    return {one.value for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_what_is_joined_to_a_locked_row_is_locked_too_or_read_after_it() -> None:
    wrong, seen = set(), 0
    for path in ROOMS.rglob("*.py"):
        if "tests" in path.parts or "select_for_update" not in path.read_text(encoding="utf-8"):
            continue
        for line, calls in chains(path):
            seen += 1
            joined = words(calls["select_related"].args) if "select_related" in calls else set()
            if joined - words([one.value for one in calls["select_for_update"].keywords]):
                wrong.add(f"{path.relative_to(ROOMS)}:{line}")
    assert seen > 50
    assert not wrong, "use core.locking.lock_row"
