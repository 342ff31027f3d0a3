"""The certificates of a stage together, as a job: all or none."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate
from lantu.certificates.permissions import NEED_ISSUER, may_issue
from lantu.certificates.selectors import BATCH
from lantu.certificates.services.issuing import Pairs, issue_together
from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import NotFound
from lantu.core.models import Job
from lantu.core.verbs import verb
from lantu.documents.models import Seal


@verb("certificates.enqueue_batch", permission=may_issue, need=NEED_ISSUER)
def enqueue_batch(actor: Actor, pairs: Pairs) -> Job:
    """``issue_together`` as a job with progress, which may run again after its worker was killed."""
    remark(certificates=[row.pk for row, _seal in pairs])
    title = _("发证 %(n)s 件") % {"n": len(pairs)}
    return jobs.enqueue(actor, BATCH, title, pairs=[[row.pk, seal.pk] for row, seal in pairs])


@jobs.job_kind(BATCH)
def run_batch(context: jobs.JobContext, pairs: list[list[int]]) -> dict[str, Any]:
    """Issue the certificates of a batch."""
    found = []
    for certificate, seal in pairs:
        row, held = Certificate.objects.filter(pk=certificate).first(), Seal.objects.filter(pk=seal).first()
        if row is None or held is None:
            raise NotFound(_("没有证照 %(certificate)s 或印章 %(seal)s。") % {"certificate": certificate, "seal": seal})
        found.append((row, held))
    issued = issue_together(context.actor, found, context.progress)
    return {"certificates": [row.pk for row in issued]}
