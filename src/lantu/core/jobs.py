"""Long work as jobs: registered by kind, enqueued in the verb's transaction, run by a worker, watched by anyone who may.

A job function gets a ``JobContext`` and its parameters and returns a JSON result. It reports progress, which also renews its lease
and notices a cancel. What it writes it writes in chunks (``chunk()``) under ``context.run_id``, and flips by one row inside
``context.finish()``: then the flip and the job's end are one transaction, and a worker that lost its lease meanwhile cannot flip any more.

A job may run more than once (its worker was killed): at most ``max_attempts`` times, each under a run id of its own.
Why no queue library: ``docs/decisions/0002-job-queue.md``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core import events
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import LantuError
from lantu.core.models import Job

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = LEASE.total_seconds() / 4
_PROGRESS_SECONDS = 0.25
BREATH_SECONDS = 0.15
"""Who waits for SQLite's write lock asks for it every 0.1 s: a gap of this length between two chunks lets everybody who waits in."""


class Cancelled(Exception):
    """Raised inside a job when somebody asked to cancel it."""


class LeaseLost(Exception):
    """Raised inside a job that another worker has taken meanwhile: stop at once and write nothing more."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A registered kind of long work."""

    name: str
    function: Callable[..., dict[str, Any] | None]


KINDS: dict[str, JobKind] = {}


def job_kind(name: str) -> Callable[[Callable[..., dict[str, Any] | None]], Callable[..., dict[str, Any] | None]]:
    """Decorator: register ``function(context, **params)`` as the work of kind ``name`` (``<room>.<act>``)."""

    def register(function: Callable[..., dict[str, Any] | None]) -> Callable[..., dict[str, Any] | None]:
        KINDS[name] = JobKind(name, function)
        return function

    return register


class JobContext:
    """What a running job may do: know its actor, report progress, be cancelled, finish in one transaction."""

    def __init__(self, job: Job, tell: Callable[[float, str], None] | None = None) -> None:
        self.job, self._tell = job, tell
        data = dict(job.actor)
        post = data.pop("post", None)
        self.actor = Actor(**data, post=Post(**post) if post else None).through("job")
        self._reported = (0.0, "")

    @property
    def run_id(self) -> str:
        """Names this attempt of the job: rows written under it belong to no other attempt."""
        return f"{self.job.pk.hex}-{self.job.attempts}"

    def progress(self, share: float, step: str) -> None:
        """Report the share done (0 to 1) and the step in words; renews the lease. Call it as often as you like.

        Raises ``Cancelled`` when asked to stop, ``LeaseLost`` when another worker has the job now.
        """
        now = time.monotonic()
        if self._tell is not None:
            self._tell(share, step)
        if now - self._reported[0] < _PROGRESS_SECONDS and step == self._reported[1]:
            return
        self._reported = (now, step)
        changes = {"share": min(max(share, 0.0), 1.0), "step": step[:200], "lease_until": timezone.now() + LEASE}
        if not self._mine().update(**changes):
            raise LeaseLost
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled

    @contextlib.contextmanager
    def finish(self, result: dict[str, Any] | None = None) -> Iterator[None]:
        """Do the body and end the job in one transaction: the place to flip the row that makes all chunks count.

        Raises ``LeaseLost`` or ``Cancelled`` before the body when the job is not ours any more or was cancelled.
        """
        with transaction.atomic():
            row = self._mine().select_for_update().first()
            if row is None:
                raise LeaseLost
            if row.cancel_requested:
                raise Cancelled
            yield
            self._mine().update(state=Job.State.DONE, share=1.0, result=result, ended_at=timezone.now(), lease_until=None)

    def _mine(self) -> models.QuerySet[Job]:
        return held(self.job)


@contextlib.contextmanager
def chunk() -> Iterator[None]:
    """One chunk of a long write, in a transaction of its own; keep it well under a second.

    On SQLite, where nobody else writes meanwhile, a breath follows, never longer than the chunk took. Inside another transaction it is
    only a savepoint.
    """
    began = time.monotonic()
    with transaction.atomic():
        yield
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(min(BREATH_SECONDS, time.monotonic() - began))


def held(job: Job) -> models.QuerySet[Job]:
    """The job's row while this very attempt holds it; empty after another worker took it."""
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, worker=job.worker, attempts=job.attempts)


def enqueue(actor: Actor, kind: str, title: str, *, subject: models.Model | None = None, **params: Any) -> Job:
    """Put work of ``kind`` on the queue in the current transaction. ``params`` are JSON values."""
    if kind not in KINDS:
        raise LookupError(f"no job kind {kind!r}")
    return Job.objects.create(
        kind=kind,
        title=title,
        params=params,
        actor=dataclasses.asdict(actor),
        user_id=actor.user_id,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=str(subject.pk) if subject else "",
    )


def claim(worker: str) -> Job | None:
    """Take the oldest job that waits or whose worker was lost; the lease says it is ours.

    On the way, jobs that lost their worker too often, or were cancelled meanwhile, are ended.
    """
    while _open_jobs().exists():
        with transaction.atomic():
            skip = connection.features.has_select_for_update_skip_locked
            job = _open_jobs().select_for_update(skip_locked=skip).order_by("created_at", "pk").first()
            if job is None:
                return None
            if job.cancel_requested:
                end_unrun(job, Job.State.CANCELLED)
                continue
            if job.attempts >= job.max_attempts:
                what = _("工作进程 %(count)s 次中断，任务未完成。") % {"count": job.attempts}
                how = _("请查看工作进程的日志（内存不足最常见），处理后在任务页重试。")
                end_unrun(job, Job.State.FAILED, {"code": "worker-lost", "what": what, "where": job.worker, "how": how})
                continue
            now = timezone.now()
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.RUNNING, worker=worker, attempts=F("attempts") + 1, lease_until=now + LEASE, started_at=now
            )
            job.refresh_from_db()
            return job
    return None


def _open_jobs() -> models.QuerySet[Job]:
    return Job.objects.filter(Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=timezone.now()))


def end_unrun(job: Job, state: Job.State, error: dict[str, Any] | None = None) -> None:
    """End a job whose function cannot say so itself, and tell its room by the event ``core.job_ended``."""
    Job.objects.filter(pk=job.pk).update(state=state, error=error, ended_at=timezone.now(), lease_until=None)
    events.emit(system(), "core.job_ended", job, kind=job.kind, state=state.value, params=job.params)


def run(job: Job, tell: Callable[[float, str], None] | None = None) -> Job:
    """Run a claimed job to its end and write down how it ended. ``tell`` gets its progress too (command line)."""
    try:
        kind = KINDS.get(job.kind)
        if kind is None:
            raise LantuError(_("这个工作进程不认识任务种类「%(kind)s」。") % {"kind": job.kind}, how=_("请用同一版本的程序重启工作进程。"))
        result = kind.function(JobContext(job, tell), **job.params)
    except Cancelled:
        changes: dict[str, Any] = {"state": Job.State.CANCELLED}
    except LeaseLost:
        logger.warning("job %s (%s): attempt %s lost its lease", job.pk, job.kind, job.attempts)
        changes = {}
    except LantuError as error:
        changes = {"state": Job.State.FAILED, "error": error.as_dict()}
    except Exception as error:  # a worker survives whatever a job does; the error is kept and shown
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        changes = {"state": Job.State.FAILED, "error": {"code": "unexpected", "what": f"{type(error).__name__}: {error}"}}
    else:
        changes = {"state": Job.State.DONE, "share": 1.0, "result": result}
    if changes:
        held(job).update(**changes, ended_at=timezone.now(), lease_until=None)
    job.refresh_from_db()
    return job


def renew(worker: str) -> int:
    """Renew the leases of what ``worker`` runs: done from outside it, so that a job may compute for minutes without a word."""
    return Job.objects.filter(state=Job.State.RUNNING, worker=worker).update(lease_until=timezone.now() + LEASE)


def give_up(worker: str) -> int:
    """The worker is known to be dead: its job may be taken again at once. The attempt counts."""
    return Job.objects.filter(state=Job.State.RUNNING, worker=worker).update(lease_until=timezone.now() - LEASE)


def hand_back(worker: str) -> int:
    """The worker was stopped on purpose: its job goes back to the queue and the attempt does not count."""
    mine = Job.objects.filter(state=Job.State.RUNNING, worker=worker, attempts__gt=0)
    return mine.update(state=Job.State.QUEUED, attempts=F("attempts") - 1, lease_until=None)


def work_off(limit: int = 1000, tell: Callable[[float, str], None] | None = None) -> int:
    """Run what waits, in this process, until nothing waits (command line, tests). Returns how many ran."""
    worker, done = _this_thread(), 0
    while done < limit and (job := claim(worker)):
        with _heartbeat(worker):
            run(job, tell)
        done += 1
    return done


def run_here(job: Job, tell: Callable[[float, str], None] | None = None) -> Job:
    """Run this very job in this process to its end (command line). When a worker was quicker to take it, wait for that one's end."""
    worker = _this_thread()
    while (
        not _open_jobs()
        .filter(pk=job.pk)
        .update(
            state=Job.State.RUNNING,
            worker=worker,
            attempts=F("attempts") + 1,
            lease_until=timezone.now() + LEASE,
            started_at=timezone.now(),
        )
    ):
        job.refresh_from_db()
        if job.state not in (Job.State.QUEUED, Job.State.RUNNING):
            return job
        if tell is not None:
            tell(job.share, job.step)
        time.sleep(_PROGRESS_SECONDS)
    job.refresh_from_db()
    with _heartbeat(worker):
        return run(job, tell)


def _this_thread() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


@contextlib.contextmanager
def _heartbeat(worker: str) -> Iterator[None]:
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                renew(worker)
            except DatabaseError as error:  # the next beat tries again; the lease outlasts three missed ones
                logger.warning("heartbeat of %s missed: %s", worker, error)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)
