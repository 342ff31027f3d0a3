"""Reads of the certificates room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from lantu.certificates.models import Certificate, CertificateState, ExternalCertificate


def issued() -> QuerySet[Certificate]:
    """Everything but what is being made."""
    return Certificate.objects.exclude(state=CertificateState.PREPARED)


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
