"""Reads of the certificates room."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.models import NEVER_ISSUED, Certificate, CertificateState, ExternalCertificate
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.core.models import Job
from lantu.core.selectors import job_for, jobs_of
from lantu.documents.models import SealRequest, SealUse


def issued() -> QuerySet[Certificate]:
    """Everything that was issued, whatever became of it."""
    return Certificate.objects.exclude(state__in=NEVER_ISSUED)


def waiting(department: str = "") -> QuerySet[Certificate]:
    """What holds a number and waits for its seal, of one department or of all."""
    rows = Certificate.objects.filter(state=CertificateState.PREPARED)
    return rows.filter(department=department) if department else rows


def requests_of(certificate: Certificate) -> QuerySet[SealRequest]:
    """The applications for a seal on a certificate, newest first."""
    return SealRequest.objects.filter(subject_type=certificate._meta.label_lower, subject_id=str(certificate.pk)).select_related("seal")


def uses_on(certificate: Certificate) -> QuerySet[SealUse]:
    """Every use of a seal on a certificate, refused and failed ones too."""
    rows = SealUse.objects.filter(subject_type=certificate._meta.label_lower, subject_id=str(certificate.pk))
    return rows.select_related("seal", "key")


BATCH = "certificates.batch"
"""Kind of the job that seals."""


def batches_of(actor: Actor) -> QuerySet[Job]:
    """The batches of sealing that the actor started."""
    return jobs_of(actor).filter(kind=BATCH).order_by("-created_at")


def batch_of(actor: Actor, pk: uuid.UUID) -> tuple[Job, QuerySet[Certificate]]:
    """A batch and its certificates. Raises ``NotFound`` for another's, or another kind of job."""
    job = job_for(actor, pk)
    if job.kind != BATCH:
        raise NotFound(_("没有这个发证批次。"), where=str(pk), how=_("请在「我的任务」中查看。"))
    return job, Certificate.objects.filter(pk__in=[certificate for certificate, _seal in job.params["pairs"]])


def certificates_of(subject_type: str, subject_id: str) -> QuerySet[Certificate]:
    """The certificates of a case."""
    return Certificate.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("pk")


def library(*, holder_code: str = "", holder_name: str = "", type_code: str = "", on: date | None = None) -> QuerySet[Certificate]:
    """Certificates valid on a day (default today) of a holder and type: what need not be asked for again."""
    day = on or timezone.localdate()
    rows = Certificate.objects.filter(state=CertificateState.VALID, valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gte=day))
    if holder_code:
        rows = rows.filter(holder_code=holder_code)
    if holder_name:
        rows = rows.filter(holder_name=holder_name)
    return rows.filter(type=type_code) if type_code else rows


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate in the library, ours or another's, in one shape for forms and checklists."""

    source: str
    title: str
    number: str
    holder: str
    issuer: str
    valid_to: date | None
    data: dict[str, Any]
    url: str = ""


def held(holder_code: str, *, type_code: str = "", title: str = "") -> list[Held]:
    """What a holder has, valid today: issued here, and told by certificate bases before. ``title``: the certificate's name."""
    ours = library(holder_code=holder_code, type_code=type_code)
    if title:
        ours = ours.filter(title=title)
    found = [
        Held("lantu", row.title, row.number, row.holder_name, row.issuer_name, row.valid_to, row.data, row.get_absolute_url())
        for row in ours
    ]
    today = timezone.localdate()
    others = ExternalCertificate.objects.filter(holder_code=holder_code, state="01").filter(Q(valid_to=None) | Q(valid_to__gte=today))
    if title:
        others = others.filter(type_name=title)
    if type_code and not title:
        others = others.none()
    return found + [Held(row.base, row.type_name, row.number, row.holder_name, row.issuer_name, row.valid_to, row.data) for row in others]
