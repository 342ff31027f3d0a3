"""The conditions sheet as a pure function of what was said: any order of the replies gives the same sheet.

Conditions on the same thing in the same unit and direction are one line with the strictest value and all who asked for it; what a
meeting decided stands as a line of its own and takes the place of the opinions it settles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

UPPER, LOWER = ("≤", "<"), ("≥", ">")


@dataclass(frozen=True, slots=True)
class Said:
    """A condition as a department or a meeting put it. ``by``: department code, or the number of the meeting."""

    by: str
    text: str
    law: str = ""
    item: str = ""
    op: str = ""
    value: float | None = None
    unit: str = ""

    @classmethod
    def of(cls, by: str, condition: dict[str, Any], law: str = "") -> Said:
        """From a condition of a reply: {text, item, op, value, unit}."""
        value = condition.get("value")
        return cls(
            by,
            str(condition.get("text", "")).strip(),
            law.strip(),
            str(condition.get("item", "")).strip(),
            str(condition.get("op", "")),
            None if value is None else float(value),
            str(condition.get("unit", "")),
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of condition (条件类别): the words and departments that put a condition here, and the stage where it is checked (1 to 4)."""

    code: str
    stage: int
    words: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet."""

    topic: str
    stage: int
    text: str
    item: str = ""
    op: str = ""
    value: float | None = None
    unit: str = ""
    departments: tuple[str, ...] = ()
    law: str = ""


def compose(said: Iterable[Said], topics: Iterable[Topic]) -> list[Line]:
    """The sheet. ``topics`` in the order in which the sheet has them; the last one takes what fits nowhere."""
    kinds = list(topics)
    groups: dict[tuple[str, ...], list[Said]] = defaultdict(list)
    for one in said:
        if one.text or one.item:
            groups[_key(one)].append(one)
    rank = {topic.code: place for place, topic in enumerate(kinds)}
    lines = [_line(members, kinds) for members in groups.values()]
    return sorted(lines, key=lambda line: (rank[line.topic], line.item, line.op, line.text, line.departments))


def _key(one: Said) -> tuple[str, ...]:
    if not one.item or one.value is None:
        return ("text", "".join(one.text.split()))
    direction = "upper" if one.op in UPPER else "lower" if one.op in LOWER else f"={one.value}"
    return ("number", one.item, one.unit, direction)


def _line(members: list[Said], topics: list[Topic]) -> Line:
    """One line of all who said the same: of numbers the strictest, then the text that sorts first, so that order does not matter."""
    chosen = min(members, key=_strictness)
    by = tuple(sorted({one.by for one in members}))
    topic = _topic(chosen, by, topics)
    law = "；".join(sorted({one.law for one in members if one.law}))
    return Line(topic.code, topic.stage, chosen.text, chosen.item, chosen.op, chosen.value, chosen.unit, by, law)


def _strictness(one: Said) -> tuple[float, int, str]:
    if one.value is None:
        return 0.0, 0, one.text
    return (one.value if one.op in UPPER else -one.value), 0 if one.op in ("<", ">") else 1, one.text


def _topic(one: Said, by: tuple[str, ...], topics: list[Topic]) -> Topic:
    words = one.item or one.text
    for topic in topics:
        if any(word in words for word in topic.words):
            return topic
    for topic in topics:
        if set(by) & set(topic.departments):
            return topic
    return topics[-1]
