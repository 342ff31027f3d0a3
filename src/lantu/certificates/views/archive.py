"""Archive: packages, one package with its directory, acts, integrity runs."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.certificates import tables
from lantu.certificates.archiving import verify_package
from lantu.certificates.models import ArchivePackage, Certificate, IntegrityRun
from lantu.certificates.permissions import KEEPERS, READERS
from lantu.certificates.services import hold_package, release_hold, seal_archive, transfer_packages
from lantu.core import audit, files, jobs
from lantu.core.access import access
from lantu.core.errors import BadInput
from lantu.documents.views.papers import file_response


@access(*READERS)
def packages(request: HttpRequest) -> HttpResponse:
    """All packages."""
    context = {"last": IntegrityRun.objects.first(), "may_keep": request.actor.role in KEEPERS}  # type: ignore[attr-defined]
    return tables.packages(ArchivePackage.objects.all()).response(request, "certificates/packages.html", context)


@access(*READERS)
def package(request: HttpRequest, pk: int) -> HttpResponse:
    """One package: directory, proof, hold, transfer."""
    row = get_object_or_404(ArchivePackage.objects.select_related("file"), pk=pk)
    proof = None
    if request.GET.get("prove"):
        path = files.path_of(row.file)
        if not path.exists():
            raise BadInput(_("归档包的文件丢失。"), where=row.number, how=_("请从备份恢复。"))
        proof = verify_package(path.read_bytes()).findings
    editions = ArchivePackage.objects.filter(subject_type=row.subject_type, subject_id=row.subject_id).order_by("edition")
    context = {
        "row": row,
        "items": row.items.all(),
        "proof": proof,
        "editions": editions,
        "may_keep": request.actor.role in KEEPERS,  # type: ignore[attr-defined]
    }
    return render(request, "certificates/package.html", context)


@access(*READERS)
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The package itself; leaves an audit row."""
    row = get_object_or_404(ArchivePackage.objects.select_related("file"), pk=pk)
    audit.record(request.actor, "certificates.export_archive", row, detail={"sha256": row.file_id})  # type: ignore[attr-defined]
    return file_response(row.file, f"{row.number}.zip", "application/zip")


@access(*KEEPERS)
@require_POST
def seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Seal the case of a certificate; a certificate without a case is its own."""
    found = get_object_or_404(Certificate, pk=pk)
    kind, key = (found.subject_type, found.subject_id) if found.subject_id else ("certificates.certificate", str(found.pk))
    row = seal_archive(request.actor, subject_type=kind, subject_id=key, title=found.subject_title or str(found))  # type: ignore[attr-defined]
    messages.success(request, _("已封存为 %(number)s，%(n)s 件。") % {"number": row.number, "n": row.item_count})
    return redirect(row)


@access(*KEEPERS)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold, lift, transfer."""
    row, actor = get_object_or_404(ArchivePackage, pk=pk), request.actor  # type: ignore[attr-defined]
    wanted, reason = request.POST.get("act"), request.POST.get("reason", "")
    if wanted == "hold":
        hold_package(actor, row, reason=reason)
    elif wanted == "release":
        release_hold(actor, row, reason=reason)
    elif wanted == "transfer":
        paper = transfer_packages(actor, [row], receiver=request.POST.get("receiver", "") or _("城建档案馆"), key=uuid.uuid4().hex)
        messages.success(request, _("已移交，清单已生成。"))
        return redirect(paper)
    else:
        raise BadInput(_("没有选要办理的事项。"))
    messages.success(request, _("已办理。"))
    return redirect(row)


@access(*KEEPERS)
@require_POST
def integrity(request: HttpRequest) -> HttpResponse:
    """Prove all files, packages and the audit chain, as a job."""
    job = jobs.enqueue(request.actor, "certificates.integrity", _("完整性核验"))  # type: ignore[attr-defined]
    return redirect(f"{reverse('ui:job', args=[job.pk])}?next={reverse('certificates:packages')}")
