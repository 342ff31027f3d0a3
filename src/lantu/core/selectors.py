"""Reads of the core room."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.core.models import Job
from lantu.core.services import may_handle_job


def jobs_of(actor: Actor) -> QuerySet[Job]:
    """The jobs the actor may see: their own; the system administrator sees all."""
    if actor.role in ("sysadmin", "system"):
        return Job.objects.all()
    return Job.objects.none() if actor.user_id is None else Job.objects.filter(user_id=actor.user_id)


def job_for(actor: Actor, job_id: uuid.UUID) -> Job:
    """The job, if the actor may see it. Raises ``NotFound`` else: who may not see it need not know that it is there."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not may_handle_job.test(actor, job):
        raise NotFound(_("没有这个任务，或它不是您发起的。"), where=str(job_id), how=_("请在「我的任务」中查看。"))
    return job
