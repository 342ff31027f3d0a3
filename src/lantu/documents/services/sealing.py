"""Sealing a paper that was issued (用印): outside of transactions; then the sealed file becomes the paper's newest version."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _

from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import Conflict
from lantu.core.verbs import verb
from lantu.documents.crypto.pades import Box
from lantu.documents.models import Paper, PaperVersion, Seal, SealUse
from lantu.documents.permissions import NEED_WRITER, may_edit
from lantu.documents.services.seal_use import Purpose, Sealed, use_seal, why_not
from lantu.documents.templates import template

SEAL_BOX = Box(page=-1, x=128, y=47, side=40)
"""Over the issuing organ and the date of ``letter.typ``."""


def is_sealed(paper: Paper) -> bool:
    """Whether the newest version of a paper came from a seal."""
    return SealUse.objects.filter(sha256=paper.current.pdf_id, outcome=SealUse.Outcome.SIGNED).exists()


def seal_for(actor: Actor, paper: Paper) -> Seal | None:
    """A seal of the paper's kind and department that the actor may use now without an application of its own."""
    kind = template(paper.template).seal
    rows = Seal.objects.filter(kind=kind, department=paper.department, two_steps=False).order_by("code") if kind else Seal.objects.none()
    return next((seal for seal in rows if not why_not(actor, seal, paper.template)), None)


def seal_paper(actor: Actor, paper: Paper, seal: Seal) -> Paper:
    """Put a seal on an issued paper. Asked again, the sealed paper comes back. Call it outside of transactions.

    Raises ``Conflict`` for a draft, an edited Word file or a seal of another kind or department, ``Refused`` without the right to the seal.
    """
    row = Paper.objects.get(pk=paper.pk)
    of, last = template(row.template), row.current
    if row.state != Paper.State.ISSUED or last.edited or seal.kind != of.seal or seal.department != row.department:
        raise Conflict(
            _("「%(paper)s」不能用「%(seal)s」。") % {"paper": row, "seal": seal}, how=_("须是已发出的文书，并用本部门同种类的印章。")
        )
    if is_sealed(row):
        return row
    sealed = use_seal(actor, seal, files.path_of(last.pdf).read_bytes(), Purpose.of(row.template, str(row), row), box=SEAL_BOX)
    record_seal(actor, row, sealed)
    paper.refresh_from_db()
    return paper


@verb("documents.record_seal", permission=may_edit, need=NEED_WRITER, subject="paper")
def record_seal(actor: Actor, paper: Paper, sealed: Sealed) -> PaperVersion:
    """Keep the sealed file as a new version of the paper; when another was quicker, theirs stays."""
    row = Paper.objects.select_for_update().get(pk=paper.pk)
    last = row.current
    if is_sealed(row):
        return last
    stored = files.store(io.BytesIO(sealed.content))
    version = PaperVersion.objects.create(
        paper=row,
        number=last.number + 1,
        data=last.data,
        note=_("用印：%(seal)s") % {"seal": sealed.key.seal},
        pack=last.pack,
        template_digest=last.template_digest,
        pdf=stored,
        docx=last.docx,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    remark(version=version.number, pdf=stored.sha256)
    return version
