"""Trying a definition out: what a project of given facts would need in every stage, and why. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantu.approvals.catalogue.definition import Definition, Item, Stage
from lantu.approvals.catalogue.guide import Need, needs
from lantu.approvals.catalogue.rules import holds


@dataclass(frozen=True, slots=True)
class Decided:
    """An item, whether it applies, and by what. ``row``: number of the row of its table that decided, 0 without a table; ``because``: the
    conditions of that row; ``failed``: the conditions of the rows before it that did not hold; ``unknown``: facts these asked in vain."""

    item: Item
    applies: bool
    row: int = 0
    because: Mapping[str, Any] | None = None
    failed: tuple[Mapping[str, Any], ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialStage:
    """A stage of the try-out. ``days``: working days of the longest chain of items, ``limit``: of the stage."""

    stage: Stage
    limit: int | None
    decided: list[Decided]
    needs: list[Need]
    days: int
    chain: tuple[str, ...]

    @property
    def items(self) -> list[Item]:
        return [one.item for one in self.decided if one.applies]

    @property
    def departments(self) -> list[str]:
        return list(dict.fromkeys(item.department for item in self.items))


def decide(item: Item, facts: Mapping[str, Any]) -> Decided:
    """Whether an item applies, with the row that says so."""
    failed: list[Mapping[str, Any]] = []
    for number, row in enumerate(item.when, 1):
        conditions = row.get("if") or {}
        if holds(conditions, facts):
            unknown = tuple(dict.fromkeys(name for one in failed for name in one if facts.get(name) is None))
            return Decided(item, bool(row["then"]), number, conditions, tuple(failed), unknown)
        failed.append(conditions)
    return Decided(item, not item.when)


def trial(definition: Definition, project_class: str, facts: Mapping[str, Any]) -> list[TrialStage]:
    """Every stage for a class and facts. Raises ``KeyError`` for an unknown class."""
    definition.classes[project_class]
    found = []
    for stage in definition.stages.values():
        decided = [decide(item, facts) for item in definition.items.values() if item.stage == stage.code and item.belongs_to(project_class)]
        items = {one.item.code: one.item for one in decided if one.applies}
        days, chain = max((longest(code, items) for code in items), default=(0, ()))
        found.append(TrialStage(stage, stage.limits.get(project_class), decided, needs(definition, list(items.values())), days, chain))
    return found


def longest(code: str, items: Mapping[str, Item], seen: tuple[str, ...] = ()) -> tuple[int, tuple[str, ...]]:
    """The longest chain of items that wait for each other and end with this one: its days, its codes."""
    if code in seen:
        return 0, ()
    before = (longest(other, items, (*seen, code)) for other in items[code].after if other in items)
    days, chain = max(before, default=(0, ()))
    return days + items[code].days, (*chain, code)
