"""Verbs over papers: draft, revise, edit in Word, issue, withdraw. Nothing is overwritten: every change is a version."""

from __future__ import annotations

import io
import secrets
import zipfile
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.core import files, numbers
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.models import StoredFile
from lantu.core.verbs import verb
from lantu.documents.addresses import public_address
from lantu.documents.composing import Heading, compose, docx_of, machine_readable, pdf_of
from lantu.documents.models import Paper, PaperVersion
from lantu.documents.permissions import NEED_WRITER, may_edit, may_write
from lantu.documents.templates import Template, template
from lantu.standards import selectors
from lantu.standards.models import PackVersion


def organ_of(code: str) -> str:
    """The department's name, which signs the paper."""
    found = Department.objects.filter(code=code).first()
    return found.name_zh if found else ""


@verb("documents.draft", permission=may_write, need=NEED_WRITER)
def draft_paper(
    actor: Actor,
    code: str,
    data: dict[str, Any],
    *,
    key: str,
    subject: models.Model | None = None,
    subject_title: str = "",
    title: str = "",
    demo: bool | None = None,
) -> Paper:
    """A draft from template ``code`` (拟稿). ``key`` makes it once: asked again with the same key, the same paper comes back.

    Raises ``NotFound`` for the template, ``BadInput`` for incomplete data.
    """
    found = Paper.objects.filter(key=key).first()
    if found is not None:
        remark(again=True)
        return found
    pack, of = selectors.pack(), template(code)
    facts: dict[str, Any] = {
        "template": code,
        "title": title or of.name_zh,
        "token": secrets.token_urlsafe(16),
        "subject_type": subject._meta.label_lower if subject is not None else "",
        "subject_id": str(subject.pk) if subject is not None else "",
        "subject_title": subject_title or (str(subject) if subject is not None else ""),
        "department": actor.department,
        "demo": pack.demo if demo is None else demo,
        "made_by_id": actor.user_id,
        "made_by_name": actor.name,
    }
    paper, made = Paper.objects.get_or_create(key=key, defaults=facts)
    if made:
        _add_version(actor, paper, of, data, note=_("拟稿"))
    else:
        remark(again=True)
    return paper


@verb("documents.revise", permission=may_edit, need=NEED_WRITER, subject="paper")
def revise_paper(actor: Actor, paper: Paper, data: dict[str, Any], *, note: str) -> PaperVersion:
    """A new version of a draft with other data (修改). The changed fields are kept with old and new value. ``Conflict`` once issued."""
    row = _draft(paper)
    old = row.current
    return _add_version(actor, row, template(row.template), data, note=note, before=old.data)


@verb("documents.replace_docx", permission=may_edit, need=NEED_WRITER, subject="paper")
def replace_docx(actor: Actor, paper: Paper, file: bytes, *, note: str) -> PaperVersion:
    """A new version whose Word file was edited in the office (上传修改稿). The PDF stays that of the data; both are kept and named so."""
    row = _draft(paper)
    _check_docx(file)
    old = row.current
    stored = files.store(io.BytesIO(file))
    version = PaperVersion.objects.create(
        paper=row,
        number=old.number + 1,
        data=old.data,
        changes=[{"field": "docx", "old": old.docx_id or "", "new": stored.sha256}],
        note=note,
        pack=old.pack,
        template_digest=old.template_digest,
        pdf=old.pdf,
        docx=stored,
        edited=True,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    _touch(row)
    remark(version=version.number, sha256=stored.sha256)
    return version


@verb("documents.issue", permission=may_edit, need=NEED_WRITER, subject="paper")
def issue_paper(actor: Actor, paper: Paper) -> Paper:
    """Number, date and send out a draft (发文); from then on it is not changed any more. Asked again, the issued paper comes back."""
    row = Paper.objects.select_for_update().get(pk=paper.pk)
    if row.state == Paper.State.ISSUED:
        remark(again=True)
        return row
    if row.state != Paper.State.DRAFT:
        raise Conflict(_("文书「%(paper)s」已撤销，不能发出。") % {"paper": row}, how=_("请另拟一份。"))
    of, last = template(row.template), row.current
    row.issued_at = timezone.now()
    if of.number:
        year = timezone.localtime(row.issued_at).year
        department = Department.objects.filter(code=row.department).first()
        organ = str(department or _("蓝图"))
        serial = numbers.reserve(f"paper/{row.department}/{row.template}/{year}", row.key)
        row.number = of.number.replace("{organ}", organ).replace("{year}", str(year)).replace("{serial}", str(serial))
    row.state = Paper.State.ISSUED
    row.save(update_fields=["issued_at", "number", "state"])
    if last.edited:
        _issue_edited(actor, row, last)
    else:
        _add_version(actor, row, of, last.data, note=_("发文"), before=last.data)
    emit(actor, "documents.issued", row, template=row.template, number=row.number, subject_type=row.subject_type, subject_id=row.subject_id)
    paper.refresh_from_db()
    return row


@verb("documents.withdraw", permission=may_edit, need=NEED_WRITER, subject="paper")
def withdraw_paper(actor: Actor, paper: Paper, *, reason: str) -> Paper:
    """Withdraw a paper (撤销): it stays readable and its public check says that it does not hold any more."""
    if not reason.strip():
        raise BadInput(_("没有填撤销原因。"), how=_("请写明原因。"))
    row = Paper.objects.select_for_update().get(pk=paper.pk)
    if row.state == Paper.State.WITHDRAWN:
        raise Conflict(_("文书「%(paper)s」已经撤销。") % {"paper": row})
    row.state, row.withdrawn_reason = Paper.State.WITHDRAWN, reason
    row.save(update_fields=["state", "withdrawn_reason"])
    emit(actor, "documents.withdrawn", row, reason=reason)
    paper.refresh_from_db()
    return row


def record_paper(
    actor: Actor,
    of: Template,
    *,
    key: str,
    title: str,
    number: str,
    pdf: StoredFile,
    data: dict[str, Any],
    subject: models.Model,
    pack: PackVersion,
    token: str,
    demo: bool,
    department: str,
) -> Paper:
    """Keep a paper that a higher room has made and sealed itself (a certificate), inside that room's verb."""
    paper = Paper.objects.create(
        template=of.code,
        title=title,
        number=number,
        key=key,
        token=token,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_title=str(subject),
        department=department,
        state=Paper.State.ISSUED,
        demo=demo,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        issued_at=timezone.now(),
        version=1,
    )
    PaperVersion.objects.create(
        paper=paper,
        number=1,
        data=data,
        pack=pack,
        template_digest=of.digest,
        pdf=pdf,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        note=_("发证"),
    )
    return paper


def _add_version(
    actor: Actor, paper: Paper, of: Template, data: dict[str, Any], *, note: str, before: dict[str, Any] | None = None, **facts: Any
) -> PaperVersion:
    head = Heading(
        title=paper.title,
        number=paper.number,
        organ=organ_of(paper.department),
        at=paper.issued_at,
        url=public_address(reverse("documents:check", args=[paper.token])),
        demo=paper.demo,
    )
    composed = compose(of, data, head)
    pdf = files.store(io.BytesIO(pdf_of(of, composed, machine_readable(of, data, head, token=paper.token, **facts))))
    docx = files.store(io.BytesIO(docx_of(composed))) if of.docx else None
    last = paper.versions.order_by("-number").first()
    version = PaperVersion.objects.create(
        paper=paper,
        number=last.number + 1 if last else 1,
        data=data,
        changes=_changes(before or {}, data),
        note=note,
        pack_id=of.pack_id,
        template_digest=of.digest,
        pdf=pdf,
        docx=docx,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    _touch(paper)
    remark(version=version.number, pdf=pdf.sha256, template_digest=of.digest)
    return version


def _issue_edited(actor: Actor, paper: Paper, last: PaperVersion) -> None:
    """An office-edited paper goes out as that Word file; its PDF names the file by digest so that both belong together."""
    of = template(paper.template)
    note, docx = _("发文（以修改后的 Word 为准）"), last.docx_id
    version = _add_version(actor, paper, of, last.data, note=note, before=last.data, docx_sha256=docx)
    PaperVersion.objects.filter(pk=version.pk).update(docx=last.docx, edited=True)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    names = sorted(before.keys() | after.keys()) if before else []
    return [{"field": name, "old": before.get(name), "new": after.get(name)} for name in names if before.get(name) != after.get(name)]


def _draft(paper: Paper) -> Paper:
    row = Paper.objects.select_for_update().get(pk=paper.pk)
    if row.state != Paper.State.DRAFT:
        raise Conflict(
            _("文书「%(paper)s」%(state)s，不能再改。") % {"paper": row, "state": row.get_state_display()}, how=_("请撤销后另拟一份。")
        )
    return row


def _touch(paper: Paper) -> None:
    paper.version = models.F("version") + 1
    paper.save(update_fields=["version"])
    paper.refresh_from_db()


def _check_docx(file: bytes) -> None:
    """A whole .docx without macros. Raises ``BadInput``."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            names = archive.namelist()
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise BadInput(_("不是 Word 文件（.docx）。"), where=str(error)[:200], how=_("请另存为 .docx 后再传。")) from error
    if broken or "word/document.xml" not in names:
        raise BadInput(_("不是 Word 文件（.docx）。"), how=_("请另存为 .docx 后再传。"))
    if any("vbaproject" in name.lower() for name in names):
        raise BadInput(_("这份 Word 带有宏，没有接收。"), how=_("请去掉宏后另存为 .docx。"))
