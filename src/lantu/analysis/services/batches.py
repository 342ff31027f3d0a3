"""Many sites in one job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.conformity.examine import living_counts
from lantu.analysis.conformity.sites import Refusal, each_of_file
from lantu.analysis.freezing import next_number
from lantu.analysis.models import Check, CheckBatch
from lantu.analysis.partition import basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.services.checks import check_use, make_check
from lantu.analysis.settings import settings_of
from lantu.blueprints.models import FusionRun
from lantu.core import audit, events, files, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError, TooLarge
from lantu.core.models import Job, OutboxEvent, StoredFile
from lantu.core.verbs import verb
from lantu.plans import readers

CHUNK = 200
"""Records written at once."""
TOLD = 20
"""Sites after which the job says how far it is: every time costs two queries, as much as a tenth of a site."""


@verb("analysis.start_batch", permission=may_ask, need=NEED_USER)
def start_batch(
    actor: Actor, uploads: Sequence[tuple[str, Path]], *, title: str = "", use: str = "", epsg: int | None = None, release: str = ""
) -> tuple[CheckBatch, Job]:
    """Put the check of every feature of an upload (name, path) on the queue. Raises ``BadInput`` when there is nothing to read."""
    if not uploads:
        raise BadInput(_("没有选文件。"), how=_("请选一个 Shapefile（可打成 zip）、GeoPackage、GeoJSON 或界址点 TXT。"))
    found = basis(release)
    use = check_use(found, settings_of(found.run.pack), use)
    kept = [(name, files.store_path(path)) for name, path in uploads]
    batch = CheckBatch.objects.create(
        number=next_number("PL", "check-batch"),
        title=title.strip()[:200] or kept[0][0][:200],
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        department=actor.department,
    )
    job = jobs.enqueue(
        actor,
        "analysis.check_batch",
        _("批量检测 %(number)s") % {"number": batch.number},
        subject=batch,
        batch=batch.pk,
        uploads=[[name, stored.pk] for name, stored in kept],
        use=use,
        epsg=epsg,
        run=found.run.pk,
    )
    batch.job_id = job.pk
    batch.save(update_fields=["job_id"])
    audit.remark(batch=batch.number, files=[name for name, _stored in kept])
    return batch, job


@jobs.job_kind("analysis.check_batch")
def check_batch_job(context: jobs.JobContext, *, batch: int, **params: Any) -> dict[str, Any]:
    """Check every site; until the last step nothing of the batch shows."""
    row = CheckBatch.objects.get(pk=batch)
    if row.state == CheckBatch.State.DONE:
        return {"total": row.total}
    Check.objects.filter(batch=row).delete()
    try:
        return _carry_out(context, row, **params)
    except (LantuError, jobs.Cancelled):
        _give_up(row.pk)
        raise


def _give_up(batch: int) -> None:
    with transaction.atomic():
        Check.objects.filter(batch=batch).delete()
        CheckBatch.objects.filter(pk=batch, state=CheckBatch.State.PENDING).update(state=CheckBatch.State.FAILED)


def _carry_out(
    context: jobs.JobContext, row: CheckBatch, *, uploads: list[list[Any]], use: str, epsg: int | None, run: int
) -> dict[str, Any]:
    found = basis(run=FusionRun.objects.select_related("pack").get(pk=run))
    settings = settings_of(found.run.pack)
    today = timezone.localdate()
    counts = living_counts(today)
    context.progress(0.01, _("读取文件"))
    source = [readers.NamedFile(files.path_of(StoredFile.objects.get(pk=pk)), name) for name, pk in uploads]
    sites = list(each_of_file(source, settings, epsg))
    limit = int(settings.limits["batch_sites"])
    if len(sites) > limit:
        raise TooLarge(
            _("有 %(n)s 个地块，超过一批 %(limit)s 个的上限。") % {"n": f"{len(sites):,}", "limit": f"{limit:,}"}, how=_("请拆成几批。")
        )
    refused: list[Refusal] = []
    pending: list[Check] = []
    for count, (number, site) in enumerate(sites, start=1):
        if isinstance(site, Refusal):
            refused.append(site)
            continue
        check = make_check(context.actor, found, settings, site, use=use, on=today, batch=row, counts=counts)
        check.number = f"{row.number}-{number:05d}"
        pending.append(check)
        if len(pending) == CHUNK:
            Check.objects.bulk_create(pending)
            pending = []
        if count % TOLD == 0:
            context.progress(0.05 + 0.93 * count / len(sites), _("已检测 %(n)s / %(all)s 个地块") % {"n": count, "all": len(sites)})
    Check.objects.bulk_create(pending)
    finish_batch(context.actor, row, len(sites), [[one.row, one.name, one.why] for one in refused])
    return {"total": len(sites), "refused": len(refused)}


@verb("analysis.finish_batch", permission=may_ask, need=NEED_USER, subject="batch")
def finish_batch(actor: Actor, batch: CheckBatch, total: int, refused: list[list[Any]]) -> CheckBatch:
    """The one row that makes the checks of a batch count."""
    batch.total, batch.refused, batch.state = total, refused, CheckBatch.State.DONE
    batch.save()
    events.emit(actor, "analysis.batch_checked", batch, number=batch.number, total=total)
    return batch


@events.subscribe("core.job_ended")
def _job_ended_unrun(event: OutboxEvent, actor: Actor) -> None:
    """A batch whose job was cancelled before it began, or lost its workers too often, ends with it and leaves no checks."""
    if event.payload["kind"] == "analysis.check_batch":
        _give_up(event.payload["params"]["batch"])
