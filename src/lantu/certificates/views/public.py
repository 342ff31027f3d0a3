"""The public verification page: by QR, number, identifier or file, in plain words."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from lantu.certificates import layout
from lantu.certificates.forms import VerifyForm
from lantu.certificates.models import CertificateCopy, Verification
from lantu.certificates.selectors import issued
from lantu.certificates.types import certificate_type
from lantu.certificates.verification import INVALID, Report, keep, verify_file, verify_text
from lantu.certificates.views.certificates import certificate_file
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.documents.composing import Heading, compose, machine_readable, pdf_of
from lantu.documents.templates import template
from lantu.ui.answers import download

MAX_FILE = 20 * 2**20


@access("*")
def verify(request: HttpRequest) -> HttpResponse:
    """The form, and the outcome of what was asked."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return render(request, "certificates/verify.html", {"form": VerifyForm(), "q": request.GET.get("q", "")})
    form.is_valid()
    given = form.cleaned_data
    uploaded, text = given.get("file"), (given.get("q") or "").strip()
    error: LantuError | None = None
    report = Report()
    how = "file" if uploaded else "text"
    try:
        if uploaded and uploaded.size > MAX_FILE:
            raise NotFound(_("文件超过 %(n)s MB，没有核验。") % {"n": MAX_FILE // 2**20}, how=_("请只上传证照原件。"))
        if uploaded:
            report = verify_file(uploaded.read(), purpose=given.get("purpose") or "")
        elif text:
            report = verify_text(text)
        else:
            raise NotFound(_("没有填编号，也没有选文件。"), how=_("请扫码、填证号或标识，或上传证照文件。"))
    except LantuError as problem:
        error = problem
        report.result = INVALID
    return _answer(request, report, how, q=text, error=error)


@access("*")
def check(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a certificate opens."""
    if not issued().filter(token=token).exists():
        raise NotFound(_("没有这份证照，或它还没有发出。"), how=_("请核对二维码是否完整，或向发证机关查询。"))
    return _answer(request, verify_text(token), "qr", q="")


@access("*")
def copy_check(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a copy opens: the copy's file as we keep it."""
    found = get_object_or_404(CertificateCopy.objects.select_related("pdf", "certificate"), token=token)
    return _answer(request, verify_file(files.path_of(found.pdf).read_bytes()), "copy", q="")


@access("*")
def public_file(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """The certificate's file, for whoever holds its QR."""
    rows = issued().select_related("pdf", "ofd", "signature")
    return certificate_file(get_object_or_404(rows, token=token), kind)


@access("*")
def report(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A verification's report as PDF."""
    row = get_object_or_404(Verification, pk=pk)
    said, of = row.report, template("verification")
    data = {
        "result": said["headline"],
        "at": said["at"],
        "checked": [
            [one["name"], {"ok": _("通过"), "fail": _("没有通过"), "notice": _("注意")}[one["state"]], one["text"]]
            for one in said["checked"]
        ],
        "unchecked": [[one["name"], one["text"]] for one in said["unchecked"]],
    }
    head = Heading(_("证照核验报告"), number=row.number, at=row.at, demo=bool(said["test"]))
    content = pdf_of(of, compose(of, data, head), machine_readable(of, data, head, report=said))
    return download(content, f"{row.number}.pdf")


def _answer(request: HttpRequest, found: Report, how: str, *, q: str, error: LantuError | None = None) -> HttpResponse:
    row = keep(found, how) if error is None else None
    certificate = found.certificate
    context: dict[str, Any] = {
        "form": VerifyForm(),
        "q": q or (certificate.identifier if certificate else ""),
        "report": found,
        "said": found.as_dict(),
        "error": error,
        "row": row,
        "certificate": certificate,
        "asked": True,
    }
    if certificate is not None and certificate.issued_at is not None:
        of = certificate_type(certificate.type, certificate.pack)
        context |= {
            "of": of,
            "facts": layout.rows(certificate, of),
            "date": layout.day_in_words(certificate.issued_at),
            "may_take": how in ("qr", "file"),
        }
    return render(request, "certificates/verify.html", context, status=error.status if error else 200)
