"""For tests of races: acts that begin at the same moment, each in a thread and on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from lantu.core.errors import LantuError

LONGEST_S = 60


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
