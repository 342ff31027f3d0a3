"""Quality checks of a submitted layer (成果质检 Q01–Q12, domain 2.4). No Django: pure functions over arrays, limits as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lantu.plans.quality import shapes, tables, topology
from lantu.plans.quality.base import AREA_UNITS, CHECKS, Context, FieldRule, Finding, Layer, Thresholds, check
from lantu.plans.quality.messages import CHECK_TITLES, MESSAGES
from lantu.plans.quality.repair import Repair, propose

__all__ = [
    "AREA_UNITS",
    "CHECKS",
    "CHECK_TITLES",
    "MESSAGES",
    "Context",
    "FieldRule",
    "Finding",
    "Layer",
    "Repair",
    "Thresholds",
    "check",
    "propose",
    "run",
    "shapes",
    "tables",
    "topology",
]


def run(
    layer: Layer, context: Context, only: Iterable[str] | None = None, progress: Callable[[float, str], None] | None = None
) -> list[Finding]:
    """The findings of all checks (or of ``only``), in order Q01 … Q12. ``progress`` gets the share done and the title of the next."""
    keys = [key for key in sorted(CHECKS) if only is None or key in set(only)]
    findings: list[Finding] = []
    for done, key in enumerate(keys):
        if progress is not None:
            progress(done / len(keys), CHECK_TITLES[key])
        findings += CHECKS[key](layer, context)
    return findings
