"""For tests of races: acts that begin at the same moment, each in a thread and on a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

from lantu.core.errors import LantuError

LONGEST_S = 60
PATIENCE_S, SQLITE_S = 3, 0.15


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act came to, in their order: its result, or its refusal. Any other error of an act is raised here."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return act()
        except LantuError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts, timeout=LONGEST_S))


def kinds(found: list[Any]) -> list[str]:
    """The names of the types of what ``at_once`` gave, sorted."""
    return sorted(type(one).__name__ for one in found)


def behind(first: Callable[[], Any], *others: Callable[[], Any]) -> list[Any]:
    """As ``at_once``, but the others have begun, and wait for what ``first`` holds, before it commits: what they saw before is old.

    One that waits for nothing of it goes by meanwhile: after ``PATIENCE_S`` seconds ``first`` commits all the same.
    """
    done, go = threading.Event(), threading.Event()

    def leading() -> Any:
        try:
            with transaction.atomic():
                found = first()
                go.set()
                _until_waited_for(len(others), done)
        finally:
            go.set()
        return found

    def following(act: Callable[[], Any]) -> Any:
        go.wait(LONGEST_S)
        try:
            return act()
        finally:
            done.set()

    return at_once(leading, *[lambda act=act: following(act) for act in others])  # type: ignore[misc]


def _until_waited_for(count: int, done: threading.Event) -> None:
    """PostgreSQL says who waits. SQLite does not: whoever wants to write waits from the moment on in which it begins to."""
    if connection.vendor != "postgresql":
        done.wait(SQLITE_S)
        return
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and not done.is_set():
        with connection.cursor() as cursor:
            cursor.execute(asked)
            (waiting,) = cursor.fetchone()
        if waiting >= count:
            return
        time.sleep(0.01)
