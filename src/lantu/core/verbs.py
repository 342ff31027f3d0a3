"""The one way in which anything is changed: a verb.

A verb is a function of one room with an actor as first argument. ``@verb`` gives it one transaction, checks its permission, and
writes its audit row (before and after) in the same transaction. A refusal is audited too. Page, API, command line and import
call the same verb.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import rules
from django.db import transaction
from django.utils.translation import gettext as _

from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.errors import Refused
from lantu.core.reading import forget

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class VerbInfo:
    """A registered verb: its name, permission, and what one needs to hold to do it."""

    name: str
    permission: rules.Predicate
    need: str
    function: Callable[..., Any]


REGISTRY: dict[str, VerbInfo] = {}
_running: contextvars.ContextVar[bool] = contextvars.ContextVar("verb_running", default=False)
"""Whether a verb runs: what it calls in turn is part of it, and is not measured by the scope of a token again."""


@contextlib.contextmanager
def _within() -> Iterator[None]:
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)


def verb(name: str, *, permission: rules.Predicate, need: Any, subject: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a verb.

    ``name`` ``<room>.<act>``; ``permission`` a predicate over (actor, subject); ``need`` the Chinese sentence naming who may;
    ``subject`` the name of the parameter that is acted on (its state before and after is audited; without it, the result is).
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            actor: Actor = next(iter(bound.arguments.values()))
            target = bound.arguments.get(subject) if subject else None
            if actor.scope is not None and not _running.get() and name not in actor.scope:
                audit.record(actor, name, target, outcome="refused", detail={"scope": True})
                raise Refused(
                    _("这个令牌不能办理 %(verb)s。") % {"verb": name}, where=str(need), how=_("请向安全保密管理员申请这一项。"), verb=name
                )
            if not permission.test(actor, target):
                audit.record(actor, name, target, outcome="refused")
                raise Refused(_("您所在的岗位不能办理这一项。"), where=str(need), how=_("请切换岗位，或请有此岗位的人办理。"), verb=name)
            with transaction.atomic(), audit.collecting() as remarks, _within():
                before = audit.snapshot(target)
                result = function(*args, **kwargs)
                after_of = target if target is not None else result
                audit.record(actor, name, after_of, before=before, after=audit.snapshot(after_of), detail=dict(remarks))
            forget()
            return result

        REGISTRY[name] = VerbInfo(name, permission, str(need), run)
        return run

    return decorate
