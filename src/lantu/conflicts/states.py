"""The states of a case and which may follow which (domain 2.5)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a case stands. The main way runs from top to bottom; the last four are side states."""

    DETECTED = "detected", _("已检出")
    TRIAGED = "triaged", _("已甄别")
    LISTED = "listed", _("已列入清单")
    CONSULTING = "consulting", _("征求意见中")
    PROPOSED = "proposed", _("已提方案")
    MEETING = "meeting", _("上会协调")
    SUBMITTED = "submitted", _("已报审")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已批准")
    APPLIED = "applied", _("已落图")
    VERIFIED = "verified", _("已复核")
    ARCHIVED = "archived", _("已归档")
    DEFERRED = "deferred", _("暂缓（遗留）")
    DUPLICATE = "duplicate", _("重复")
    FALSE_POSITIVE = "false_positive", _("误判")
    SETTLED = "settled", _("自动处理")


S = State

NEXT: dict[str, frozenset[str]] = {
    S.DETECTED: frozenset({S.TRIAGED, S.SETTLED}),
    S.TRIAGED: frozenset({S.TRIAGED, S.LISTED}),
    S.LISTED: frozenset({S.TRIAGED, S.CONSULTING}),
    S.CONSULTING: frozenset({S.CONSULTING, S.PROPOSED}),
    S.PROPOSED: frozenset({S.PROPOSED, S.MEETING, S.CONSULTING}),
    S.MEETING: frozenset({S.MEETING, S.SUBMITTED, S.RETURNED, S.DEFERRED}),
    S.SUBMITTED: frozenset({S.SUBMITTED, S.APPROVED, S.RETURNED, S.DEFERRED}),
    S.RETURNED: frozenset({S.PROPOSED, S.CONSULTING}),
    S.APPROVED: frozenset({S.APPLIED}),
    S.APPLIED: frozenset({S.APPLIED, S.VERIFIED, S.RETURNED}),
    S.VERIFIED: frozenset({S.ARCHIVED}),
    S.ARCHIVED: frozenset(),
    S.DEFERRED: frozenset({S.TRIAGED}),
    S.DUPLICATE: frozenset({S.TRIAGED}),
    S.FALSE_POSITIVE: frozenset(),
    S.SETTLED: frozenset({S.DETECTED}),
}
"""What may follow a state by a verb. Duplicates and false positives may be told from every undecided state, see ``UNDECIDED``."""

UNDECIDED = frozenset({S.DETECTED, S.TRIAGED, S.LISTED, S.CONSULTING, S.PROPOSED, S.MEETING, S.RETURNED})
"""Nobody above the coordination group has it yet: it may still turn out a duplicate or no conflict, or vanish by itself."""

ANSWERABLE = frozenset({S.CONSULTING, S.PROPOSED})
"""Its departments may answer; when it leaves these states the round is over."""

CLOSED = frozenset({S.VERIFIED, S.ARCHIVED, S.DUPLICATE, S.FALSE_POSITIVE, S.SETTLED})
"""No more work. A finding that comes back after ``VERIFIED`` or ``ARCHIVED`` opens a new case that is linked to the old one."""

DISMISSED = frozenset({S.DUPLICATE, S.FALSE_POSITIVE, S.SETTLED})
"""Closed although the finding is still there."""

MAIN = (
    S.DETECTED, S.TRIAGED, S.LISTED, S.CONSULTING, S.PROPOSED, S.MEETING, S.SUBMITTED, S.APPROVED, S.APPLIED, S.VERIFIED, S.ARCHIVED,
)  # fmt: skip
"""The main way, for the stepper."""


def may_follow(now: str, then: str) -> bool:
    """Whether a case in state ``now`` may go to ``then``."""
    if then in (S.DUPLICATE, S.FALSE_POSITIVE):
        return now in UNDECIDED
    if then == S.VERIFIED and now in UNDECIDED:
        return True
    return then in NEXT[S(now)]
