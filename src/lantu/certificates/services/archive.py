"""Archiving cases: seal a package, hold, transfer, prove."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.archiving import Collected, collect, pack, verify_package
from lantu.certificates.models import ArchiveItem, ArchivePackage, IntegrityRun
from lantu.certificates.permissions import NEED_KEEPER, may_keep
from lantu.certificates.types import register
from lantu.core import files, jobs, numbers, sealing
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.models import StoredFile
from lantu.core.verbs import verb
from lantu.documents.models import Paper
from lantu.documents.services import draft_paper, issue_paper


@verb("certificates.seal_archive", permission=may_keep, need=NEED_KEEPER)
def seal_archive(actor: Actor, *, subject_type: str, subject_id: str, title: str) -> ArchivePackage:
    """Seal everything about a case into a package (归档): papers, certificates, seal signatures, events, audit rows, manifest.

    What came after an earlier package makes the next edition; nothing new gives the earlier one back.
    """
    sealing.seal()
    found = collect(subject_type, subject_id)
    if not found.files:
        raise BadInput(_("「%(title)s」还没有可归档的文书或证照。") % {"title": title}, how=_("请先发出文书或证照。"))
    last = ArchivePackage.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-edition").first()
    if last is not None and _same(last, found):
        remark(again=True)
        return last
    edition = last.edition + 1 if last else 1
    year = timezone.localdate().year
    number = f"DA-{year}-{numbers.reserve(f'archive/{year}', f'{subject_type}/{subject_id}/{edition}'):05d}"
    content, manifest, digests = pack(found, number=number, title=title, edition=edition, actor=actor)
    package = ArchivePackage.objects.create(
        number=number,
        subject_type=subject_type,
        subject_id=subject_id,
        title=title,
        edition=edition,
        file=files.store(io.BytesIO(content)),
        manifest_sha256=digests[0],
        manifest_sm3=digests[1],
        item_count=len(found.files),
        retain_until=_retention(found),
        sealed_by_name=actor.name,
        demo=found.demo,
    )
    ArchiveItem.objects.bulk_create(
        ArchiveItem(
            package=package,
            order=order,
            path=one["path"],
            category=one["category"],
            category_name=one["category_name"],
            title=one["title"],
            number=one["number"],
            dated=date.fromisoformat(one["dated"]) if one["dated"] else None,
            size=one["size"],
            sha256=one["sha256"],
            sm3=one["sm3"],
        )
        for order, one in enumerate(manifest["files"], 1)
    )
    remark(number=number, sha256=package.file_id, items=package.item_count)
    emit(actor, "certificates.archived", package, number=number, subject_type=subject_type, subject_id=subject_id)
    return package


def _same(last: ArchivePackage, found: Collected) -> bool:
    """Whether the last package holds these very papers and certificates."""
    known = set(last.items.exclude(category="Z9").values_list("sha256", flat=True))
    return {hashlib.sha256(one.content).hexdigest() for one in found.files if one.category != "Z9"} == known


def _retention(found: Collected) -> date | None:
    """For ever when a certificate is in it, else the pack's years."""
    years = register().default_years
    if found.has_certificate or years is None:
        return None
    today = timezone.localdate()
    return date(today.year + years, today.month, 28 if (today.month, today.day) == (2, 29) else today.day)


@verb("certificates.hold", permission=may_keep, need=NEED_KEEPER, subject="package")
def hold_package(actor: Actor, package: ArchivePackage, *, reason: str) -> ArchivePackage:
    """Freeze a package (冻结): while held it is neither transferred nor destroyed."""
    if not reason.strip():
        raise BadInput(_("没有填冻结原因。"))
    row = ArchivePackage.objects.select_for_update().get(pk=package.pk)
    row.hold, row.hold_reason = True, reason
    row.save(update_fields=["hold", "hold_reason"])
    package.refresh_from_db()
    return row


@verb("certificates.release_hold", permission=may_keep, need=NEED_KEEPER, subject="package")
def release_hold(actor: Actor, package: ArchivePackage, *, reason: str) -> ArchivePackage:
    """Lift the freeze (解冻)."""
    row = ArchivePackage.objects.select_for_update().get(pk=package.pk)
    if not row.hold:
        raise Conflict(_("%(package)s 没有冻结。") % {"package": row})
    row.hold = False
    row.save(update_fields=["hold"])
    remark(reason=reason)
    package.refresh_from_db()
    return row


@verb("certificates.transfer", permission=may_keep, need=NEED_KEEPER)
def transfer_packages(actor: Actor, packages: list[ArchivePackage], *, receiver: str, key: str) -> Paper:
    """Hand packages over to an archive (移交), with a transfer list as paper. All or none. Raises ``Conflict`` for a held one."""
    rows = list(ArchivePackage.objects.select_for_update().filter(pk__in=[one.pk for one in packages]).order_by("number"))
    stuck = [row.number for row in rows if row.hold or row.state != ArchivePackage.State.SEALED]
    if stuck or not rows:
        raise Conflict(_("有 %(n)s 个归档包已冻结或已移交。") % {"n": len(stuck)}, where="、".join(stuck), how=_("请去掉它们后再移交。"))
    items = [
        [str(n), row.number, row.title, str(row.item_count), str(row.retain_until or _("永久")), row.file_id]
        for n, row in enumerate(rows, 1)
    ]
    paper = issue_paper(actor, draft_paper(actor, "transfer_list", {"receiver": receiver, "items": items}, key=f"transfer/{key}"))
    ArchivePackage.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ArchivePackage.State.TRANSFERRED, transferred_to=receiver, transferred_at=timezone.now()
    )
    remark(packages=[row.number for row in rows], receiver=receiver)
    return paper


@verb("certificates.check_integrity", permission=may_keep, need=NEED_KEEPER)
def check_integrity(actor: Actor, tell: Any = lambda share, step: None) -> IntegrityRun:
    """Hash every stored file again, prove every package, and prove the audit chain (完整性核验). Problems are listed, not raised."""
    problems: list[dict[str, str]] = []
    rows = StoredFile.objects.all()
    count = rows.count()
    for number, row in enumerate(rows.iterator(), 1):
        problem = _file_problem(row)
        if problem:
            problems.append({"what": "file", "where": row.sha256, "text": problem})
        if number % 50 == 0:
            tell(0.6 * number / count, _("文件 %(n)s / %(all)s") % {"n": number, "all": count})
    packages: models.QuerySet[ArchivePackage] = ArchivePackage.objects.select_related("file")
    for package in packages:
        path = files.path_of(package.file)
        steps = verify_package(path.read_bytes()).findings.failed if path.exists() else []
        problems += [{"what": "package", "where": package.number, "text": step.text} for step in steps]
    problems += [{"what": "audit", "where": str(one.position), "text": str(one.what)} for one in sealing.verify()]
    run = IntegrityRun.objects.create(files=count, packages=packages.count(), problems=problems)
    remark(files=count, packages=run.packages, problems=len(problems))
    return run


def _file_problem(row: StoredFile) -> str:
    path = files.path_of(row)
    if not path.exists():
        return _("文件丢失")
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return "" if digest.hexdigest() == row.sha256 else _("内容与摘要不符")


@jobs.job_kind("certificates.integrity")
def run_integrity(context: jobs.JobContext) -> dict[str, Any]:
    """The check as a job."""
    run = check_integrity(context.actor, context.progress)
    return {"run": run.pk, "problems": len(run.problems)}
