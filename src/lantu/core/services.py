"""Verbs of the core room over jobs."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.models import Job
from lantu.core.permissions import has_role, own
from lantu.core.verbs import verb

may_handle_job = own("user_id") | has_role("sysadmin")


@verb("core.cancel_job", permission=may_handle_job, need=gettext_lazy("任务的发起人或系统管理员"), subject="job")
def cancel_job(actor: Actor, job: Job) -> Job:
    """Cancel a job (取消任务): at once while it waits, at its next report when it runs. Raises ``Conflict`` when it has ended."""
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.state not in (Job.State.QUEUED, Job.State.RUNNING):
        raise Conflict(
            _("任务已结束（%(state)s），不能取消。") % {"state": row.get_state_display()}, where=row.title, how=_("请刷新页面查看结果。")
        )
    if row.state == Job.State.QUEUED:
        jobs.end_unrun(row, Job.State.CANCELLED)
    Job.objects.filter(pk=row.pk).update(cancel_requested=True)
    job.refresh_from_db()
    return job


@verb("core.retry_job", permission=may_handle_job, need=gettext_lazy("任务的发起人或系统管理员"), subject="job")
def retry_job(actor: Actor, job: Job) -> Job:
    """Put a failed or cancelled job back on the queue (重试任务), with all its attempts. Raises ``Conflict`` in any other state."""
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise Conflict(_("任务现为「%(state)s」，只有未完成或已取消的任务可以重试。") % {"state": row.get_state_display()}, where=row.title)
    Job.objects.filter(pk=row.pk).update(
        state=Job.State.QUEUED,
        cancel_requested=False,
        max_attempts=row.attempts + 3,
        share=0.0,
        step="",
        error=None,
        ended_at=None,
        worker="",
    )
    job.refresh_from_db()
    return job
