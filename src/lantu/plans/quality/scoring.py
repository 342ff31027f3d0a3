"""The score of a delivery (质检得分): a mark for each check by the share of features concerned, and their weighted mean. No Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lantu.plans.quality.base import ERROR, WARNING


@dataclass(frozen=True, slots=True)
class Mark:
    """How good one check came out: 100 when no feature is concerned, 0 when all are. ``weight`` in the total."""

    check: str
    weight: float
    concerned: float
    mark: float


def marks(findings: Iterable[tuple[str, str, tuple[int, ...]]], rows: int, weights: dict[str, float], warning: float) -> list[Mark]:
    """The mark of every check with a weight. ``findings``: (check, level, rows); a warning counts ``warning`` of an error, a finding
    about the layer as a whole counts for all rows."""
    concerned: dict[str, dict[int, float]] = {}
    whole: dict[str, float] = {}
    for key, level, where in findings:
        value = {ERROR: 1.0, WARNING: warning}.get(level, 0.0)
        if not where:
            whole[key] = max(whole.get(key, 0.0), value)
        for row in where:
            known = concerned.setdefault(key, {})
            known[row] = max(known.get(row, 0.0), value)
    found = []
    for key, weight in sorted(weights.items()):
        share = max(sum(concerned.get(key, {}).values()) / rows if rows else 0.0, whole.get(key, 0.0))
        found.append(Mark(key, weight, min(share, 1.0), 100 * (1 - min(share, 1.0))))
    return found


def total(found: Iterable[Mark]) -> float:
    """The weighted mean of marks, 0 to 100, to one decimal."""
    known = list(found)
    weight = sum(one.weight for one in known)
    return round(sum(one.weight * one.mark for one in known) / weight, 1) if weight else 100.0
