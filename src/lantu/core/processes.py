"""Child processes kept running together: what ``lantu serve`` and ``lantu worker`` stand on."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 30.0
_STABLE_AFTER = 60.0


@dataclass
class Child:
    """One child: how to start it and how it fares. ``starts`` names each incarnation differently."""

    name: str
    command: Callable[[int], list[str]]
    on_exit: Callable[[int], None] | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    failures: int = 0
    next_start: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class ProcessGroup:
    """Starts children, starts killed ones again (with growing pauses), and stops all cleanly on SIGTERM or Ctrl-C."""

    children: list[Child]
    grace: float = 20.0
    every_second: Callable[[], None] | None = None
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Block until told to stop; then let the children end within ``grace`` seconds, and kill what is left."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self.stopping:
                self._look_after()
                time.sleep(0.2)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        if self.stopping:
            self.grace = 0.0
        self.stopping = True

    def _look_after(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and not child.alive:
                self._note_exit(child, now)
            if child.process is None and now >= child.next_start:
                self._start(child, now)
        if self.every_second:
            self.every_second()

    def _start(self, child: Child, now: float) -> None:
        child.starts += 1
        child.started_at = now
        # a session of its own, so that Ctrl-C in the terminal reaches the parent only, which then ends the children in order
        child.process = subprocess.Popen(child.command(child.starts), start_new_session=True, preexec_fn=_die_with_parent())  # noqa: PLW1509 - the parent has no threads

    def _note_exit(self, child: Child, now: float) -> None:
        code = child.process.returncode if child.process else None
        child.process = None
        child.failures = 0 if now - child.started_at > _STABLE_AFTER else child.failures + 1
        pause = 0.0 if child.failures <= 1 else min(2.0 ** (child.failures - 1), _LONGEST_PAUSE)
        child.next_start = now + pause
        logger.warning("%s ended with %s; starting it again in %.0f s", child.name, code, pause)
        if child.on_exit:
            child.on_exit(child.starts)

    def _end(self) -> None:
        for child in self.children:
            if child.process is not None and child.alive:
                child.process.terminate()
        began = time.monotonic()
        while any(child.alive for child in self.children) and time.monotonic() < began + self.grace:
            if self.every_second:
                self.every_second()
            time.sleep(0.1)
        for child in self.children:
            if child.process is not None:
                if child.alive:
                    os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
                if child.on_exit:
                    child.on_exit(child.starts)


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux a child gets SIGTERM when its parent is killed, so that nothing is left running alone; elsewhere nothing is done."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def set_death_signal() -> None:
        prctl(1, signal.SIGTERM)  # 1 = PR_SET_PDEATHSIG

    return set_death_signal
