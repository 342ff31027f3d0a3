"""What is read again and again while one page is made: departments, calendars, who may see a case."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from asgiref.local import Local
from django.core.signals import request_finished, request_started
from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")
_kept = Local()


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: within one request the same arguments (hashable) give the answer that they gave.

    Never within a transaction: a verb reads what it has just written, and what is rolled back is not remembered.
    """

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        known: dict[Any, Any] | None = getattr(_kept, "answers", None)
        if known is None or connection.in_atomic_block:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = function(*args, **kwargs)
        found: R = known[key]
        return found

    return read


def forget(**_sender: Any) -> None:
    """What one request has read counts for it alone. A verb that has changed something calls it too."""
    if getattr(_kept, "answers", None) is not None:
        _kept.answers = {}


def _begin(**_sender: Any) -> None:
    _kept.answers = {}


def _end(**_sender: Any) -> None:
    _kept.answers = None


request_started.connect(_begin, dispatch_uid="lantu.core.reading.begin")
request_finished.connect(_end, dispatch_uid="lantu.core.reading.end")
