"""How the casework room asks the rooms above it: what a subject is, and how mail leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import models

from lantu.core.actor import Actor
from lantu.core.ports import Port

OFFICE = frozenset({"planner", "checker", "publisher", "reviewer", "decider", "window"})
"""Roles that may by default open consultations, meetings and tasks over what they may see."""


def _nothing(subject: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. ``kind``: verb, reply, meeting or clock; ``light``: on, ok, bad or empty."""

    at: datetime
    kind: str
    text: str
    who: str = ""
    detail: str = ""
    url: str = ""
    light: str = ""


def _nothing_happened(subject: Any) -> list[Happening]:
    return []


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """What casework must know of a kind of subject; a higher room registers one for each of its models that casework is done over.

    ``may_see(actor, subject)``; ``may_act(actor, subject, act)`` with act one of ``ask``, ``meet``, ``task``, ``clock``, ``extend``,
    ``comment``, ``attach``. By default who may see may comment and attach, the office roles may do the rest, and a decider extends.
    ``own_clocks``: only the room's own verbs (acting as the system) stop its clocks, because each stop is an event of theirs too;
    its timeline leaves out when clocks start and end.
    ``happened``: what else its timeline tells, such as events that are no verbs over the subject itself.
    """

    model: type[models.Model]
    title: Callable[[Any], str]
    url: Callable[[Any], str]
    may_see: Callable[[Actor, Any], bool]
    may_act: Callable[[Actor, Any, str], bool] | None = None
    department: Callable[[Any], str] = _nothing
    number: Callable[[Any], str] = _nothing
    own_clocks: bool = False
    happened: Callable[[Any], list[Happening]] = _nothing_happened

    def allows(self, actor: Actor, subject: Any, act: str) -> bool:
        """Whether the actor may do ``act`` over the subject."""
        if actor.role == "system":
            return True
        if act == "clock" and self.own_clocks:
            return False
        if self.may_act is not None:
            return self.may_act(actor, subject, act)
        if not self.may_see(actor, subject):
            return False
        if act in ("comment", "attach"):
            return actor.user_id is not None
        return actor.role == "decider" if act == "extend" else actor.role in OFFICE


subjects: Port[SubjectKind] = Port("casework.subjects")
"""By model label in lower case, e.g. ``conflicts.conflictcase``."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person. ``key`` is the same when it is tried again."""

    key: str
    to: str
    title: str
    text: str


class Mailer(Protocol):
    """Sends mail; raises when it could not."""

    def __call__(self, mail: Mail) -> None: ...


mailers: Port[Mailer] = Port("casework.mailers")
"""Ways by which notices leave the site; none registered: they stay in the site."""

task_kinds: Port[Mapping[str, Any]] = Port("casework.task_kinds")
"""Kind of task → its name (环节); each room registers those it opens."""

verb_words: Port[Mapping[str, Any]] = Port("casework.verb_words")
"""Verb → words in which a timeline tells it; each room registers those of its verbs."""
