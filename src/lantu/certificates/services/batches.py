"""The certificates of a stage together: all or none."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate, CertificateState
from lantu.certificates.permissions import NEED_ISSUER, may_issue
from lantu.certificates.services.issuing import Made, claim, make, record_issue
from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import NotFound
from lantu.core.models import Job
from lantu.core.verbs import verb
from lantu.documents.models import Seal

Pairs = list[tuple[Certificate, Seal]]


def issue_together(actor: Actor, pairs: Pairs, tell: Any = lambda share, step: None) -> list[Certificate]:
    """Make and seal all, then record all in one transaction: when one fails, none is issued; the numbers stay for the next try.

    Those issued already stand. Call it outside of transactions.
    """
    waiting = [(row, seal) for row, seal in pairs if Certificate.objects.get(pk=row.pk).state == CertificateState.PREPARED]
    claimed: list[Certificate] = []
    try:
        made: list[Made] = []
        for row, _seal in waiting:
            claim(row)
            claimed.append(row)
        for number, (row, seal) in enumerate(waiting):
            made.append(make(actor, row, seal))
            tell(0.9 * (number + 1) / len(waiting), _("制证 %(n)s / %(all)s") % {"n": number + 1, "all": len(waiting)})
        with transaction.atomic():
            for one in made:
                record_issue(actor, one.certificate, one)
    except Exception:
        Certificate.objects.filter(pk__in=[row.pk for row in claimed], state=CertificateState.PREPARED).update(claimed_at=None)
        raise
    return [Certificate.objects.get(pk=row.pk) for row, _seal in pairs]


@verb("certificates.enqueue_batch", permission=may_issue, need=NEED_ISSUER)
def enqueue_batch(actor: Actor, pairs: Pairs) -> Job:
    """The same as a job with progress, which may run again after its worker was killed."""
    remark(certificates=[row.pk for row, _seal in pairs])
    title = _("发证 %(n)s 件") % {"n": len(pairs)}
    return jobs.enqueue(actor, "certificates.batch", title, pairs=[[row.pk, seal.pk] for row, seal in pairs])


@jobs.job_kind("certificates.batch")
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
