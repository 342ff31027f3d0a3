"""What is read again and again: while one page is made (``once``), and by one page after the other until something is done (``kept``)."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from asgiref.local import Local
from django.core.signals import request_finished, request_started
from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")
_kept = Local()
LONGEST = 60.0
"""Seconds after which what is kept between requests is read again, whatever the trail says."""
MOST = 5000
"""Answers that one process keeps between requests."""
Mark = tuple[int, datetime]


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


Answers = dict[Hashable, tuple[float, Any]]
"""Question → (when it was asked, answer)."""


class _Standing:
    """Answers that hold while the newest row of the trail is ``mark``. Shared by the threads: both are exchanged together."""

    def __init__(self) -> None:
        self.now: tuple[Mark | None, Answers] = (None, {})


_standing = _Standing()


def keep(key: Hashable, make: Callable[[], R]) -> R:
    """The answer to a question that ``key`` names, kept for the requests of this process until a verb has left its row in the audit
    trail, whoever did it and in whichever process, and at most a minute.

    For what only verbs change, where a wrong answer of a minute harms nobody, and that nobody who reads it alters: what is shared by
    requests is shared by threads. A verb's row is there as soon as what it did; of two that end at once in the other order the second is
    noticed with the next row or when the minute is over. Never within a transaction, never outside of requests.
    """
    if getattr(_kept, "answers", None) is None or connection.in_atomic_block or (answers := _standing_answers()) is None:
        return make()
    now, known = time.monotonic(), answers.get(key)
    if known is not None and now - known[0] < LONGEST:
        found: R = known[1]
        return found
    found = make()
    if len(answers) >= MOST:
        answers.clear()
    answers[key] = now, found
    return found


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the same arguments (hashable) give the answer that was kept (``keep``)."""

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        return keep((function, args, tuple(sorted(kwargs.items()))), lambda: function(*args, **kwargs))

    return read


@once
def newest_act() -> Mark | None:
    """Key and moment of the newest row of the audit trail: as long as it is the same, nothing was done."""
    from lantu.core.models import AuditEvent

    return AuditEvent.objects.order_by("-pk").values_list("pk", "at").first()


def _standing_answers() -> Answers | None:
    """Where answers are kept now; none for a site where nothing was done yet, or for a request that is behind another's."""
    mark, (known, answers) = newest_act(), _standing.now
    if mark is None or (known is not None and mark < known and mark[1] < known[1]):
        return None
    if known != mark:
        answers = {}
        _standing.now = mark, answers
    return answers


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
