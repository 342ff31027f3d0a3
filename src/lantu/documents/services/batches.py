"""Many papers at once: all or none, in-line or as a job."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.models import Job
from lantu.core.verbs import verb
from lantu.documents.models import Paper
from lantu.documents.permissions import NEED_WRITER, may_write
from lantu.documents.services.papers import draft_paper, issue_paper

MAX_BATCH = 500


@verb("documents.issue_batch", permission=may_write, need=NEED_WRITER)
def issue_papers(actor: Actor, code: str, rows: list[dict[str, Any]], *, key: str) -> list[Paper]:
    """Draft and issue one paper per row (批量发文), all or none. Raises ``BadInput`` naming the row; the same ``key`` makes none twice."""
    _check_size(rows)
    papers = []
    for number, row in enumerate(rows):
        try:
            papers.append(issue_paper(actor, draft_paper(actor, code, row, key=f"{key}/{number}")))
        except BadInput as error:
            raise BadInput(
                _("第 %(n)s 份没有生成，整批未发出：%(what)s") % {"n": number + 1, "what": error.what}, where=error.where, how=error.how
            ) from error
    remark(count=len(papers))
    return papers


@verb("documents.enqueue_batch", permission=may_write, need=NEED_WRITER)
def enqueue_papers(actor: Actor, code: str, rows: list[dict[str, Any]], *, key: str) -> Job:
    """The same as a job with progress."""
    _check_size(rows)
    return jobs.enqueue(actor, "documents.batch", _("批量发文 %(n)s 份") % {"n": len(rows)}, code=code, rows=rows, key=key)


@jobs.job_kind("documents.batch")
def run_batch(context: jobs.JobContext, code: str, rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """All papers of a batch: drafts one by one (each its own transaction), then all issued in one."""
    drafts = []
    for number, row in enumerate(rows):
        drafts.append(draft_paper(context.actor, code, row, key=f"{key}/{number}"))
        context.progress(0.7 * (number + 1) / len(rows), _("生成 %(n)s / %(all)s") % {"n": number + 1, "all": len(rows)})
    with transaction.atomic():
        issued = [issue_paper(context.actor, draft).pk for draft in drafts]
    return {"papers": issued, "count": len(issued)}


def _check_size(rows: list[dict[str, Any]]) -> None:
    if not rows or len(rows) > MAX_BATCH:
        raise BadInput(_("一批须有 1 到 %(n)s 份，给了 %(given)s 份。") % {"n": MAX_BATCH, "given": len(rows)}, how=_("请分批办理。"))
