"""When a new calendar release is there, every open clock is taken over to it: a job, since there may be a hundred thousand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lantu.casework import calendars, ledger
from lantu.casework.models import Clock
from lantu.casework.services.clocks import recalculate_clock
from lantu.core import jobs
from lantu.core.actor import Actor, system
from lantu.core.events import subscribe
from lantu.core.models import Job, OutboxEvent
from lantu.standards.models import CalendarRelease

KIND = "casework.recalculate"
CHUNK = 200


def behind() -> Any:
    """Open clocks that stand on an older release than the newest; parts before the clocks they make up."""
    return Clock.objects.filter(ended_on=None).exclude(calendar=calendars.newest())


@jobs.job_kind(KIND)
def recalculate(context: jobs.JobContext) -> dict[str, Any]:
    """Take all open clocks over to the newest release, in chunks that stand for themselves: run again it goes on where it stopped."""
    total, done, moved = behind().count(), 0, 0
    while chunk := list(behind().order_by("kind", "pk")[:CHUNK]):
        context.progress(done / max(total, 1), _("重算时限 %(done)s / %(total)s") % {"done": done, "total": total})
        with jobs.chunk():
            moved += sum(recalculate_clock(context.actor, clock) for clock in ledger.with_entries(chunk))
        done += len(chunk)
    return {"clocks": done, "moved": moved}


def start_if_needed(actor: Actor) -> Job | None:
    """Enqueue the job when some clock is behind and the job does not wait or run already."""
    if not CalendarRelease.objects.exists() or not behind().exists():
        return None
    if Job.objects.filter(kind=KIND, state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
        return None
    return jobs.enqueue(actor, KIND, _("按第 %(n)s 版工作日历重算时限") % {"n": calendars.newest()})


@subscribe("standards.pack_in_force")
def on_pack(event: OutboxEvent, actor: Actor) -> None:
    """A pack has come into force, perhaps with a new calendar."""
    start_if_needed(system())
