"""The worker: a parent that keeps N job processes running and renews their leases.

Leases are renewed by the parent, because a compiled kernel may hold the interpreter for minutes and a thread beside it would starve.
A job process that is killed is noticed at once and its job may be taken again; when the whole worker is killed, after the lease.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial

from django.db import DatabaseError, close_old_connections, connection
from django.utils.module_loading import autodiscover_modules

from lantu.core import jobs, ticks
from lantu.core.processes import Child, ProcessGroup

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


def run_worker(processes: int, grace: float) -> None:
    """Run jobs in ``processes`` child processes until SIGTERM; a job gets ``grace`` seconds to end, then goes back to the queue."""
    base = f"{socket.gethostname()}:{os.getpid()}"
    group = ProcessGroup([], grace)
    last_beat = time.monotonic()

    def name(slot: int, start: int) -> str:
        return f"{base}:{slot}.{start}"

    def command(slot: int, start: int) -> list[str]:
        return [sys.executable, "-m", "lantu", "worker", "--slot", name(slot, start)]

    def ended(slot: int, start: int) -> None:
        _quietly(jobs.hand_back if group.stopping else jobs.give_up, name(slot, start))

    def beat() -> None:
        nonlocal last_beat
        if time.monotonic() - last_beat < jobs.HEARTBEAT_SECONDS:
            return
        last_beat = time.monotonic()
        for slot, child in enumerate(group.children):
            if child.alive:
                _quietly(jobs.renew, name(slot, child.starts))

    group.children = [Child(f"worker {slot}", partial(command, slot), partial(ended, slot)) for slot in range(processes)]
    group.every_second = beat
    group.run()


def run_slot(name: str) -> None:
    """One job process: take, run, take the next; after SIGTERM the running job is finished and no other taken."""
    autodiscover_modules("services")
    stop = _stop_flag()
    while not stop:
        if not _quietly(_one_job, name):
            time.sleep(POLL_SECONDS)


def _one_job(name: str) -> bool:
    job = jobs.claim(name)
    if job:
        jobs.run(job)
    return job is not None


def run_ticker(once: bool = False) -> list[str]:
    """Run what is due again and again until SIGTERM, or once; returns the names of the last round."""
    autodiscover_modules("services")
    holder = f"{socket.gethostname()}:{os.getpid()}"
    if once:
        return ticks.run_due(holder)
    stop = _stop_flag()
    while not stop:
        _quietly(ticks.run_due, holder)
        time.sleep(POLL_SECONDS)
    return []


def _stop_flag() -> list[int]:
    """A list that is no longer empty after SIGTERM or Ctrl-C."""
    flag: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, frame: flag.append(got))
    return flag


def _quietly(act: Callable[[str], object], name: str) -> bool:
    """Do it; when the database is away for a moment, say so, drop the connection and let the caller go on."""
    try:
        close_old_connections()
        return bool(act(name))
    except DatabaseError:
        logger.warning("database not reachable, trying again", exc_info=True)
        connection.close()
        return False
