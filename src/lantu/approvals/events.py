"""The events of a case (办件状态): which may follow which, and which belong in pairs (domain.md 6.4). No database.

A case is one branch: department × item × round. Its state is its last event. Corrections (6/7) happen before acceptance, special
procedures (9/10) after it; several special procedures may overlap, each 9 has its own 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum


class Code(IntEnum):
    """National exchange values of ``blzt``."""

    RECEIVED = 1
    WITHDRAWN_BEFORE = 2
    ACCEPTED = 3
    NOT_REQUIRED = 4
    REFUSED_ACCEPTANCE = 5
    CORRECTION_ASKED = 6
    CORRECTION_DONE = 7
    STARTED = 8
    SPECIAL_BEGINS = 9
    SPECIAL_ENDS = 10
    APPROVED = 11
    APPROVED_DEFERRED = 12
    REJECTED = 13
    WITHDRAWN = 14
    REVOKED = 15


ENDED = frozenset({Code(number) for number in (2, 4, 5, 11, 12, 13, 14, 15)})
"""States in which a department has nothing more to do (11 may still be revoked, 12 healed or revoked)."""

IN_WORK = frozenset({Code.ACCEPTED, Code.STARTED, Code.SPECIAL_BEGINS, Code.SPECIAL_ENDS})
"""Accepted and not ended: the department's turn, with its clock."""

POSITIVE = frozenset({Code.NOT_REQUIRED, Code.APPROVED, Code.APPROVED_DEFERRED})
"""Ended so that what depends on it may start."""

REFUSED = frozenset({Code.REFUSED_ACCEPTANCE, Code.REJECTED, Code.REVOKED})
NEEDS_REASON = frozenset({Code.NOT_REQUIRED, Code.REFUSED_ACCEPTANCE, Code.REJECTED, Code.REVOKED})
"""These need a reason; 4, 5 and 13 also the notice of remedies (复议、诉讼)."""

FOLLOWS: dict[Code | None, frozenset[Code]] = {
    None: frozenset({Code.RECEIVED}),
    Code.RECEIVED: frozenset({Code(number) for number in (2, 3, 4, 5, 6)}),
    Code.CORRECTION_ASKED: frozenset({Code.CORRECTION_DONE, Code.WITHDRAWN_BEFORE}),
    Code.CORRECTION_DONE: frozenset({Code(number) for number in (2, 3, 5, 6)}),
    Code.ACCEPTED: frozenset({Code.STARTED, Code.WITHDRAWN}),
    Code.STARTED: frozenset({Code(number) for number in (9, 11, 12, 13, 14)}),
    Code.SPECIAL_BEGINS: frozenset({Code.SPECIAL_BEGINS, Code.SPECIAL_ENDS, Code.WITHDRAWN}),
    Code.SPECIAL_ENDS: frozenset({Code.STARTED}),
    Code.APPROVED_DEFERRED: frozenset({Code.APPROVED, Code.REVOKED}),
    Code.APPROVED: frozenset({Code.REVOKED}),
}
"""What may come after the last event; what is not named is final."""


class IllegalEvent(ValueError):
    """An event that may not come now. ``allowed``: what may."""

    def __init__(self, state: Code | None, code: Code, allowed: frozenset[Code]) -> None:
        self.state, self.code, self.allowed = state, code, allowed
        super().__init__(f"{code.value} after {state.value if state else None}")


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case stands: its last event and the special procedures that are open."""

    state: Code | None = None
    open_pauses: frozenset[str] = frozenset()

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def allowed(self) -> frozenset[Code]:
        """The events that may come next."""
        if self.state == Code.SPECIAL_ENDS and self.open_pauses:  # another one still runs: as within a special procedure
            return FOLLOWS[Code.SPECIAL_BEGINS]
        return FOLLOWS.get(self.state, frozenset())

    def after(self, code: Code, pause: str = "") -> Case:
        """The case after one more event. ``pause`` pairs 9 with its 10. Raises ``IllegalEvent``."""
        if code not in self.allowed():
            raise IllegalEvent(self.state, code, self.allowed())
        if code == Code.SPECIAL_BEGINS:
            if not pause or pause in self.open_pauses:
                raise IllegalEvent(self.state, code, self.allowed())
            return Case(code, self.open_pauses | {pause})
        if code == Code.SPECIAL_ENDS:
            if pause not in self.open_pauses:
                raise IllegalEvent(self.state, code, self.allowed())
            return Case(code, self.open_pauses - {pause})
        return replace(self, state=code, open_pauses=frozenset() if code in ENDED else self.open_pauses)


def fold(events: Iterable[tuple[Code, str]]) -> Case:
    """The case that (code, pause) events in order come to. Raises ``IllegalEvent`` at the first that may not come."""
    case = Case()
    for code, pause in events:
        case = case.after(code, pause)
    return case
