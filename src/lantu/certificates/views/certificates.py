"""Certificates: list, issue, one certificate, files, acts, library."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.certificates import layout, tables
from lantu.certificates.forms import CopyForm, DropForm, SealForm, StateForm
from lantu.certificates.models import ArchivePackage, Certificate, CertificateCopy, CertificateState, ExternalCertificate
from lantu.certificates.permissions import ISSUERS, PREPARERS, READERS, may_issue, may_keep
from lantu.certificates.ports import certificate_bases
from lantu.certificates.selectors import library as valid_ones
from lantu.certificates.selectors import requests_of, uses_on, waiting
from lantu.certificates.services import ask_base, make_copy, set_state
from lantu.certificates.services.changing import may_succeed
from lantu.certificates.types import certificate_type
from lantu.certificates.verification import verify_text
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound
from lantu.documents.views.papers import file_response
from lantu.ui import sketch

MEDIA = {"pdf": "application/pdf", "ofd": "application/ofd", "ses": "application/octet-stream"}


@access(*READERS)
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates."""
    issuing = request.actor.role in ISSUERS  # type: ignore[attr-defined]
    table = tables.certificates(Certificate.objects.all(), may_issue=issuing)
    context = {"may_issue": issuing, "may_prepare": request.actor.role in PREPARERS, "waiting": waiting().count()}  # type: ignore[attr-defined]
    return table.response(request, "certificates/certificates.html", context)


@access(*READERS)
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate: facts, files, chain, what happened, copies, archive."""
    row = get_object_or_404(Certificate.objects.select_related("release", "predecessor", "paper", "living"), pk=pk)
    actor, of = request.actor, certificate_type(row.type, row.pack)  # type: ignore[attr-defined]
    issuing = may_issue.test(actor, row)
    picture = ""
    if row.geometry is not None:
        shape = sketch.Shape(row.geometry, fill="#D9483B", opacity=0.25, stroke="#A3271F", width=2)
        picture = sketch.draw([shape], sketch.bounds_around(row.geometry), label=_("用地范围"), size=(560, 360))
    context = {
        "row": row,
        "of": of,
        "facts": layout.rows(row, of),
        "tag": tables.state_tag(row),
        "events": row.events.select_related("paper"),
        "chain": Certificate.objects.filter(type=row.type, number=row.number).order_by("issue_version"),
        "copies": row.copies.all(),
        "packages": ArchivePackage.objects.filter(subject_type=row.subject_type, subject_id=row.subject_id) if row.subject_id else [],
        "picture": picture,
        "seal_form": SealForm(row, of) if row.state == CertificateState.PREPARED and actor.role in PREPARERS else None,
        "drop_form": DropForm(),
        "requests": requests_of(row),
        "proof": verify_text(row.token) if row.pdf_id else None,
        "uses": uses_on(row),
        "may_issue": issuing,
        "may_succeed": actor.role in PREPARERS and may_succeed(row),
        "state_form": StateForm(row) if issuing and row.issued_at else None,
        "copy_form": CopyForm(row, of) if actor.role in PREPARERS and row.state_on() == CertificateState.VALID else None,
        "may_keep": may_keep.test(actor, row),
        "at_map": f"{reverse('map')}?at={row.geometry.centroid.x:.6f},{row.geometry.centroid.y:.6f},16" if row.geometry is not None else "",
    }
    return render(request, "certificates/certificate.html", context)


@access(*READERS)
def file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The PDF (in the browser), the OFD, or the SM2 signature."""
    row = get_object_or_404(Certificate.objects.select_related("pdf", "ofd", "signature"), pk=pk)
    return certificate_file(row, kind)


def certificate_file(row: Certificate, kind: str) -> HttpResponse:
    """One of a certificate's files as answer."""
    stored = {"pdf": row.pdf, "ofd": row.ofd, "ses": row.signature}.get(kind)
    if stored is None:
        raise NotFound(_("%(certificate)s 没有 %(kind)s 文件。") % {"certificate": row, "kind": kind})
    suffix = "pdf.ses" if kind == "ses" else kind
    return file_response(stored, f"{row.title} {row.number}.{suffix}", MEDIA[kind], attachment=kind != "pdf")


@access(*ISSUERS)
@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Suspend, resume, revoke …"""
    row = get_object_or_404(Certificate, pk=pk)
    form = StateForm(row, request.POST)
    if not form.is_valid():
        raise BadInput(_("没有填全：办理事项、理由、依据。"), how=_("请回到证照页补齐。"))
    event = set_state(request.actor, row, **form.cleaned_data)  # type: ignore[attr-defined]
    messages.success(request, _("已办理，决定书 %(number)s。") % {"number": event.paper.number if event.paper else "—"})
    return redirect(row)


@access(*PREPARERS)
@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a copy for one use."""
    row = get_object_or_404(Certificate, pk=pk)
    form = CopyForm(row, certificate_type(row.type, row.pack), request.POST)
    if not form.is_valid():
        raise BadInput(_("没有填全：用途、使用单位、有效至、印章。"), how=_("请回到证照页补齐。"))
    data = dict(form.cleaned_data)
    made = make_copy(request.actor, row, data.pop("seal"), **data)  # type: ignore[attr-defined]
    messages.success(request, _("加注件已制作，只用于「%(purpose)s」。") % {"purpose": made.purpose})
    return redirect(row)


@access(*READERS)
def copy_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy's PDF."""
    found = get_object_or_404(CertificateCopy.objects.select_related("pdf", "certificate"), pk=pk)
    return file_response(found.pdf, f"{found.certificate.number} 加注件.pdf", "application/pdf", attachment=False)


@access(*READERS)
def library(request: HttpRequest) -> HttpResponse:
    """The certificate library: what a holder has, valid today, ours and others', so that it need not be asked for."""
    holder = request.GET.get("holder", "").strip()
    actor: Any = request.actor  # type: ignore[attr-defined]
    may_ask = actor.role in PREPARERS and "city" in certificate_bases.keys()  # noqa: SIM118 - a port, no mapping
    if request.method == "POST" and may_ask:
        holder = request.POST.get("holder", "")
        told = ask_base(actor, holder_code=holder, reason=request.POST.get("reason", ""))
        messages.success(request, _("证照库给出 %(n)s 份。") % {"n": len(told)})
        return redirect(f"{reverse('certificates:library')}?holder={holder}")
    rows = valid_ones(holder_code=holder) if holder else valid_ones()
    table = tables.certificates(rows, may_issue=False, key="library", empty=_("这个单位在本库没有今日有效的证照。"))
    others = ExternalCertificate.objects.filter(holder_code=holder) if holder else []
    return table.response(request, "certificates/library.html", {"holder": holder, "others": others, "may_ask": may_ask})
