"""Rules over faces: which rules hit where, and which is the primary one in each of the three lists.

Difference patches (差异图斑), conflict patches (矛盾图斑) and coverage gaps (覆盖空白) are three results that never mix: a face may stand
in several of them, with its own primary type in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.conditions import Condition
from lantu.blueprints.fusion.view import BoolArray, FaceView

NO_RULE = -1


class Kind(StrEnum):
    """The three results of a fusion."""

    DIFFERENCE = "difference"
    CONFLICT = "conflict"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class FaceRule:
    """A rule ready to be evaluated.

    ``order``: lowest wins as primary type. ``severity`` 1 (critical) to 5 (information). ``named``: the layers whose patches tell
    its findings apart, the leading one first (its control area rules the areas). ``tolerated``: where this holds, the hit is a
    difference and no conflict (crosswalk tolerances, domain 1.8).
    """

    code: str
    order: int
    kind: Kind
    severity: int
    when: Condition
    named: tuple[int, ...]
    tolerated: Condition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ListHits:
    """What one of the three lists holds on each face.

    ``bits`` (faces, rules) bool: all rules hit; ``primary`` (faces,) int32: index of the primary rule or ``NO_RULE``;
    ``severity`` (faces,) int8: the highest severity (smallest number) of all hits, 0 where there is none.
    """

    kind: Kind
    bits: NDArray[np.bool_]
    primary: NDArray[np.int32]
    severity: NDArray[np.int8]


def evaluate(
    view: FaceView, rules: Sequence[FaceRule], inside: BoolArray | None = None, accepted: Mapping[str, BoolArray] | None = None
) -> dict[Kind, ListHits]:
    """Evaluate all rules on all faces.

    ``inside`` (faces,) bool: ground within the administrative boundary; the rest is a matter of quality (Q11), never a finding.
    ``accepted``: rule code → (faces,) bool, ground on which an approved decision lets that rule's hit stand.
    """
    ground = np.ones(len(view), dtype=bool) if inside is None else inside
    bits = {kind: np.zeros((len(view), len(rules)), dtype=bool) for kind in Kind}
    for index, rule in enumerate(rules):
        hit = rule.when.test(view) & ground
        if accepted and rule.code in accepted:
            hit &= ~accepted[rule.code]
        if rule.tolerated is not None and rule.kind is Kind.CONFLICT:
            mild = hit & rule.tolerated.test(view)
            bits[Kind.DIFFERENCE][:, index] = mild
            hit &= ~mild
        bits[rule.kind][:, index] |= hit
    return {kind: _summarise(kind, bits[kind], rules) for kind in Kind}


def _summarise(kind: Kind, bits: NDArray[np.bool_], rules: Sequence[FaceRule]) -> ListHits:
    """Rules of the list's own kind come first; a tolerated hit of a conflict rule leads only where no rule of differences holds."""
    primary = np.full(len(bits), NO_RULE, dtype=np.int32)
    severity = np.zeros(len(bits), dtype=np.int8)
    own = [i for i, rule in enumerate(rules) if rule.kind is kind]
    guests = [i for i, rule in enumerate(rules) if rule.kind is not kind]
    for group in (guests, own):
        for index in sorted(group, key=lambda i: (rules[i].order, rules[i].code), reverse=True):
            primary[bits[:, index]] = index
        for index in sorted(group, key=lambda i: rules[i].severity, reverse=True):
            severity[bits[:, index]] = rules[index].severity
    return ListHits(kind, bits, primary, severity)
