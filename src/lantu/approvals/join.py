"""The join of a stage: a pure function of what is required and how each branch stands (domain.md 6.5b).

The latest round of (item, department) counts. The stage is open until every required, started or startable branch has ended. Then any 15
makes it revoked; any 13 or 5, or a required branch that a refusal keeps from starting, rejected; all withdrawn, withdrawn; any 12,
approved with deferral; else approved. 4 drops out. A required item withdrawn alone leaves the stage open until it is filed again or the
stage is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lantu.approvals.events import ENDED, POSITIVE, REFUSED, Code

WITHDRAWN = frozenset({Code.WITHDRAWN_BEFORE, Code.WITHDRAWN})
Key = tuple[str, str]
"""(item, department)."""


@dataclass(frozen=True, slots=True)
class Required:
    """A branch that the stage needs. ``after``: items of this stage that must have ended well before it can start."""

    item: str
    department: str
    after: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return (self.item, self.department)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a branch stands: its last event, none when it has not started."""

    item: str
    department: str
    round: int
    state: Code | None

    @property
    def key(self) -> Key:
        return (self.item, self.department)


class Outcome(StrEnum):
    """What a stage comes to."""

    OPEN = "open"
    APPROVED = "approved"
    APPROVED_DEFERRED = "approved_deferred"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NOT_REQUIRED = "not_required"
    REVOKED = "revoked"


class Why(StrEnum):
    """Why a branch keeps the stage open, or what it did to the result."""

    RUNNING = "running"
    NOT_STARTED = "not_started"
    WAITS_FOR = "waits_for"
    FILE_AGAIN = "file_again"
    REFUSED = "refused"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Reason:
    """One branch's part in the result. ``others``: the items that it waits for, or that keep it from starting."""

    why: Why
    item: str
    department: str
    state: Code | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a stage and why; ``startable``: required branches that may be started now."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    startable: tuple[Key, ...] = field(default=())


def latest(branches: Iterable[Standing]) -> dict[Key, Standing]:
    """The branch of the highest round for each (item, department)."""
    found: dict[Key, Standing] = {}
    for branch in branches:
        if branch.key not in found or branch.round > found[branch.key].round:
            found[branch.key] = branch
    return found


def join(required: Sequence[Required], branches: Iterable[Standing]) -> Result:
    """The result of a stage. The order of ``required`` and ``branches`` does not matter."""
    standing = latest(branches)
    needs = {one.key: one for one in required}
    states = {key: standing[key].state if key in standing else None for key in sorted({*needs, *standing})}
    by_item: dict[str, list[Key]] = {}
    for key in states:
        by_item.setdefault(key[0], []).append(key)
    blocked = _blocked(needs, states, by_item)
    whole_withdrawn = _all_withdrawn(needs, states)
    holding: list[Reason] = []
    startable: list[Key] = []
    for key, state in states.items():
        if state is None and key in needs and key not in blocked:
            waits = tuple(sorted({item for item in needs[key].after if not _done_well(item, states, by_item)}))
            if not waits:
                startable.append(key)
            holding.append(Reason(Why.WAITS_FOR if waits else Why.NOT_STARTED, *key, None, waits))
        elif state in WITHDRAWN and key in needs and not whole_withdrawn:
            holding.append(Reason(Why.FILE_AGAIN, *key, state))
        elif state is not None and state not in ENDED:
            holding.append(Reason(Why.RUNNING, *key, state))
    if holding and not whole_withdrawn:
        return Result(Outcome.OPEN, tuple(holding), tuple(startable))
    return _result(needs, states, blocked)


def _done_well(item: str, states: Mapping[Key, Code | None], by_item: Mapping[str, list[Key]]) -> bool:
    """Whether every branch of an item has ended well; an item that is not in this stage does not hold anything up."""
    return all(states[key] in POSITIVE for key in by_item.get(item, ()))


def _blocked(
    needs: Mapping[Key, Required], states: Mapping[Key, Code | None], by_item: Mapping[str, list[Key]]
) -> dict[Key, tuple[str, ...]]:
    """Required branches that can never start, because an item they need was refused or is itself blocked; with these items."""
    blocked: dict[Key, tuple[str, ...]] = {}
    grown = True
    while grown:
        grown = False
        for key, need in needs.items():
            if states[key] is not None or key in blocked:
                continue
            dead = {item for item in need.after for other in by_item.get(item, ()) if states[other] in REFUSED or other in blocked}
            if dead:
                blocked[key] = tuple(sorted(dead))
                grown = True
    return blocked


def _all_withdrawn(needs: Mapping[Key, Required], states: Mapping[Key, Code | None]) -> bool:
    """The stage as a whole was withdrawn: all that was started is withdrawn (what dropped out aside), and something was."""
    begun = [state for state in states.values() if state is not None and state != Code.NOT_REQUIRED]
    return bool(begun) and all(state in WITHDRAWN for state in begun) and not _unfiled(needs, states)


def _unfiled(needs: Mapping[Key, Required], states: Mapping[Key, Code | None]) -> bool:
    """Whether a required branch that waits for nothing withdrawn has never been filed."""
    gone = {key[0] for key, state in states.items() if state in WITHDRAWN}
    waiting = {key[0] for key in needs if states[key] is None}
    return any(states[key] is None and not ({*need.after} & (gone | waiting)) for key, need in needs.items())


def _result(needs: Mapping[Key, Required], states: Mapping[Key, Code | None], blocked: Mapping[Key, tuple[str, ...]]) -> Result:
    """The result when nothing holds the stage open."""
    counted = {key: state for key, state in states.items() if state is not None and state != Code.NOT_REQUIRED}

    def those(why: Why, codes: Iterable[Code]) -> tuple[Reason, ...]:
        wanted = set(codes)
        return tuple(Reason(why, *key, state) for key, state in counted.items() if state in wanted)

    if revoked := those(Why.REVOKED, [Code.REVOKED]):
        return Result(Outcome.REVOKED, revoked)
    if refused := those(Why.REFUSED, REFUSED):
        return Result(Outcome.REJECTED, refused + tuple(Reason(Why.BLOCKED, *key, None, items) for key, items in sorted(blocked.items())))
    if not counted:
        return Result(Outcome.NOT_REQUIRED)
    if all(state in WITHDRAWN for state in counted.values()):
        return Result(Outcome.WITHDRAWN)
    if deferred := those(Why.DEFERRED, [Code.APPROVED_DEFERRED]):
        return Result(Outcome.APPROVED_DEFERRED, deferred)
    return Result(Outcome.APPROVED)
