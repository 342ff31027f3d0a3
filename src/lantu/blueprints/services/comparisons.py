"""Having two fusions compared."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.comparing import compare_runs
from lantu.blueprints.models import Change, Comparison, FusionRun
from lantu.blueprints.visibility import INSIDE
from lantu.core import events, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError
from lantu.core.models import Job, OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

STEPS = {"faces": gettext_lazy("读取面域"), "overlay": gettext_lazy("叠加不同之处"), "changes": gettext_lazy("写入变化图斑")}


@verb("blueprints.compare", permission=has_role(*INSIDE), need=gettext_lazy("版本对比供机关内部岗位使用。"))
def compare(actor: Actor, before: FusionRun, after: FusionRun) -> tuple[Comparison, Job | None]:
    """The comparison of two runs; where it is not made yet, the job that makes it. Raises ``BadInput``, ``Conflict``."""
    if before.pk == after.pk:
        raise BadInput(_("两个版本是同一次融合，没有不同。"), how=_("请选两个不同的版本。"))
    for run in (before, after):
        if run.state != FusionRun.State.DONE:
            raise Conflict(_("融合 %(run)s 还没有完成。") % {"run": run.number}, how=_("请等融合完成后再对比。"))
    if before.grid != after.grid:
        numbers = f"{before.number}, {after.number}"
        raise Conflict(_("两次融合的格网不同，不能逐面域对比。"), where=numbers, how=_("请用同一城市包格网的版本对比。"))
    try:
        with transaction.atomic():
            row, new = Comparison.objects.get_or_create(before=before, after=after)
    except IntegrityError:  # somebody asked at the same moment
        row, new = Comparison.objects.get(before=before, after=after), False
    if row.state == Comparison.State.DONE:
        return row, None
    known = Job.objects.filter(pk=row.job_id).first() if not new and row.job_id and row.state == Comparison.State.PENDING else None
    if known is not None and known.state in (Job.State.QUEUED, Job.State.RUNNING):
        return row, known
    job = jobs.enqueue(actor, "blueprints.compare", _("对比 %(row)s") % {"row": row}, subject=row, comparison=row.pk)
    row.job_id, row.state = job.pk, Comparison.State.PENDING
    row.save(update_fields=["job_id", "state"])
    return row, job


@jobs.job_kind("blueprints.compare")
def compare_job(context: jobs.JobContext, comparison: int) -> dict[str, Any]:
    """Make a comparison; until its last row is written it does not count, and a second attempt starts afresh."""
    row = Comparison.objects.select_related("before__pack", "after__pack").get(pk=comparison)
    if row.state == Comparison.State.DONE:
        return dict(row.totals)
    try:
        totals = compare_runs(row, lambda share, step: context.progress(share, str(STEPS[step])))
    except (LantuError, ValueError, OSError):
        _fail(row)
        raise
    row.state, row.made_at = Comparison.State.DONE, timezone.now()
    row.save()
    return totals


def _fail(row: Comparison) -> None:
    Change.objects.filter(comparison=row).delete()
    Comparison.objects.filter(pk=row.pk, state=Comparison.State.PENDING).update(state=Comparison.State.FAILED)


@events.subscribe("core.job_ended")
def _job_ended(event: OutboxEvent, actor: Actor) -> None:
    """A comparison whose job was cancelled or lost its workers too often may be asked for again."""
    if event.payload["kind"] == "blueprints.compare":
        _fail(Comparison.objects.get(pk=event.payload["params"]["comparison"]))
