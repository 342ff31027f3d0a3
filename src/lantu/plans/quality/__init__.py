"""Quality checks of a submitted layer (成果质检 Q01–Q15, domain 2.4). No Django: pure functions over arrays, limits as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lantu.plans.quality import shapes, surroundings, tables, topology
from lantu.plans.quality.base import AREA_UNITS, CHECKS, ERROR, WARNING, Context, FieldRule, Finding, Layer, Thresholds, check
from lantu.plans.quality.messages import CHECK_TITLES, MESSAGES
from lantu.plans.quality.relations import CrossRule, EdgeRule, QuotaRule
from lantu.plans.quality.repair import Repair, propose
from lantu.plans.quality.scoring import Mark, marks, total

__all__ = [
    "AREA_UNITS",
    "CHECKS",
    "CHECK_TITLES",
    "MESSAGES",
    "Context",
    "CrossRule",
    "EdgeRule",
    "FieldRule",
    "Finding",
    "Layer",
    "Mark",
    "QuotaRule",
    "Repair",
    "Thresholds",
    "check",
    "marks",
    "propose",
    "run",
    "shapes",
    "surroundings",
    "tables",
    "topology",
    "total",
]


def run(
    layer: Layer, context: Context, only: Iterable[str] | None = None, progress: Callable[[float, str], None] | None = None
) -> list[Finding]:
    """The findings of all checks (or of ``only``) that the pack has not switched off, in order Q01 … Q15.

    ``progress`` gets the share done and the title of the next.
    """
    wanted = set(CHECKS if only is None else only)
    keys = [key for key in sorted(CHECKS) if key in wanted and context.levels.get(key) != "off"]
    findings: list[Finding] = []
    for done, key in enumerate(keys):
        if progress is not None:
            progress(done / len(keys), CHECK_TITLES[key])
        found = CHECKS[key](layer, context)
        lower = context.levels.get(key) == "warning"
        findings += [replace(one, level=WARNING) if lower and one.level == ERROR else one for one in found]
    return findings
