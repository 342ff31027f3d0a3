"""Long work as jobs: registered by kind, enqueued in the verb's transaction, run by a worker, watched by anyone who may.

A job function gets a ``JobContext`` and its parameters and returns a JSON result. It reports progress, which also renews its lease
and notices a cancel; what it writes it writes in chunks under a run id that one row flips at the end.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from lantu.core.actor import Actor, Post
from lantu.core.errors import LantuError
from lantu.core.models import Job

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)


class Cancelled(Exception):
    """Raised inside a job when somebody asked to cancel it."""


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
    """What a running job may do: know its actor, report progress, be cancelled."""

    def __init__(self, job: Job) -> None:
        self.job = job
        data = dict(job.actor)
        post = data.pop("post", None)
        self.actor = Actor(**data, post=Post(**post) if post else None).through("job")

    def progress(self, share: float, step: str) -> None:
        """Report the share done (0 to 1) and the step in words; renews the lease. Raises ``Cancelled`` when asked to stop."""
        Job.objects.filter(pk=self.job.pk).update(share=min(max(share, 0.0), 1.0), step=step[:200], lease_until=timezone.now() + LEASE)
        if Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            raise Cancelled


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
    """Take the oldest job that waits or whose worker was lost; the lease says it is ours."""
    now = timezone.now()
    with transaction.atomic():
        lost = Q(state=Job.State.RUNNING, lease_until__lt=now)
        open_jobs = Job.objects.filter(Q(state=Job.State.QUEUED) | lost).order_by("created_at")
        candidate = open_jobs.select_for_update(skip_locked=True).first() if _has_skip_locked() else open_jobs.first()
        if candidate is None:
            return None
        if candidate.attempts >= candidate.max_attempts:
            candidate.state, candidate.ended_at = Job.State.FAILED, now
            candidate.error = {"code": "worker-lost", "what": "工作进程多次中断，任务未完成。", "how": "请查看日志后重新发起。"}
            candidate.save()
            return None
        Job.objects.filter(pk=candidate.pk).update(
            state=Job.State.RUNNING, worker=worker, attempts=F("attempts") + 1, lease_until=now + LEASE, started_at=now
        )
    return Job.objects.get(pk=candidate.pk)


def _has_skip_locked() -> bool:
    from django.db import connection

    return bool(connection.features.has_select_for_update_skip_locked)


def run(job: Job) -> Job:
    """Run a claimed job to its end and write down how it ended."""
    context = JobContext(job)
    try:
        result = KINDS[job.kind].function(context, **job.params)
    except Cancelled:
        changes: dict[str, Any] = {"state": Job.State.CANCELLED}
    except LantuError as error:
        changes = {"state": Job.State.FAILED, "error": error.as_dict()}
    except Exception as error:  # a worker survives whatever a job does; the error is kept and shown
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        changes = {"state": Job.State.FAILED, "error": {"code": "unexpected", "what": f"{type(error).__name__}: {error}"}}
    else:
        changes = {"state": Job.State.DONE, "share": 1.0, "result": result}
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(**changes, ended_at=timezone.now(), lease_until=None)
    job.refresh_from_db()
    return job


def work_off(limit: int = 1000) -> int:
    """Run what waits, in this process, until nothing waits (command line, tests). Returns how many ran."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    done = 0
    while done < limit and (job := claim(worker)):
        run(job)
        done += 1
    return done
