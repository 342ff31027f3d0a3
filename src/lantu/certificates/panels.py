"""What the room puts on the pages of others, and which certificate bases there are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals.permits import permit_offices
from lantu.approvals.ports import holdings
from lantu.certificates.base_client import HttpBase
from lantu.certificates.holdings import CertificateHoldings
from lantu.certificates.models import Certificate
from lantu.certificates.permissions import READERS
from lantu.certificates.permits import Certificates
from lantu.certificates.ports import certificate_bases
from lantu.certificates.selectors import certificates_of, issued
from lantu.plans.models import LivingFeature
from lantu.ui import registry


def connect() -> None:
    """Register navigation, panels, search and the city's certificate base."""
    if settings.LANTU_CERTIFICATE_BASE:
        certificate_bases.register("city", HttpBase(settings.LANTU_CERTIFICATE_BASE, token=settings.LANTU_CERTIFICATE_BASE_TOKEN))
    permit_offices.register("certificates", Certificates())
    holdings.register("certificates", CertificateHoldings())
    registry.add_nav("approvals", _("证照"), "certificates:certificates", "certificate", READERS, order=60)
    registry.add_nav("approvals", _("归档"), "certificates:packages", "book", READERS, order=80)
    registry.add_panel("public.links", "certificates", public_link, order=40, roles=("*",))
    registry.add_panel("plans.living", "certificates", of_living, order=20, roles=READERS)
    registry.add_panel("projects.project", "certificates", of_project, order=60, roles=READERS)
    registry.add_panel("approvals.stage", "certificates", of_subject, order=60, roles=READERS)
    registry.searchers.register("certificates", (_("证照"), find))


def public_link(request: HttpRequest, subject: Any) -> str:
    """The way to the public check, on the front page."""
    return render_to_string("certificates/public_link.html", {}, request)


def of_living(request: HttpRequest, subject: Any) -> str | None:
    """The certificate behind a feature of a living layer: a click on the map leads here."""
    if not isinstance(subject, LivingFeature):
        return None
    return _panel(request, list(Certificate.objects.filter(living=subject)))


def of_project(request: HttpRequest, subject: Any) -> str | None:
    """The certificates of a project, by its code."""
    code = getattr(subject, "code", "")
    return _panel(request, list(issued().filter(project_code=code))) if code else None


def of_subject(request: HttpRequest, subject: Any) -> str | None:
    """The certificates of a case."""
    return _panel(request, list(certificates_of(subject._meta.label_lower, str(subject.pk))))


def _panel(request: HttpRequest, rows: list[Certificate]) -> str | None:
    return render_to_string("certificates/panel.html", {"rows": rows}, request) if rows else None


def find(request: HttpRequest, text: str) -> list[registry.Found]:
    """Certificates by number, holder or identifier, for staff."""
    if request.actor.role not in READERS:  # type: ignore[attr-defined]
        return []
    rows = issued().filter(Q(number__icontains=text) | Q(holder_name__icontains=text) | Q(identifier__icontains=text))[:15]
    return [registry.Found(str(row), reverse("certificates:certificate", args=[row.pk]), row.holder_name) for row in rows]
