"""Large files in pieces (断点续传): begun once, appended in order, handed in when whole. What was lost goes on from where it stopped."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.models import Draft, Material, StageApplication, Upload
from lantu.approvals.rights import NEED_APPLICANT, may_apply
from lantu.approvals.services.materials import hand_in
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound, TooLarge
from lantu.core.verbs import verb

KEEP = timedelta(days=3)
"""How long an upload that nobody goes on with is kept."""
PIECE = 8 << 20
"""Largest piece, bytes."""


@verb("approvals.begin_upload", permission=may_apply, need=NEED_APPLICANT, subject="holder")
def begin_upload(actor: Actor, holder: Draft | StageApplication, code: str, filename: str, size: int, *, part: int = 1) -> Upload:
    """Begin, or go on with, an upload: the same person, place, name and size is the same upload. Raises ``TooLarge`` over the limit."""
    if size <= 0:
        raise BadInput(_("文件是空的。"), where=filename, how=_("请换一个文件。"))
    if size > settings.LANTU_UPLOAD_LIMIT:
        raise TooLarge(
            _("文件超过 %(limit)s MB 的上限。") % {"limit": settings.LANTU_UPLOAD_LIMIT >> 20}, how=_("请拆分后再传，或请管理员调整上限。")
        )
    sweep()
    place = {"draft": holder} if isinstance(holder, Draft) else {"application": holder}
    same = Upload.objects.filter(**place, user_id=actor.user_id or 0, code=code, part=part, filename=filename[:200], size=size)
    if (known := same.first()) is not None:
        return known
    return Upload.objects.create(
        **place, token=secrets.token_urlsafe(24), user_id=actor.user_id or 0, code=code, part=part, filename=filename[:200], size=size
    )


def append(actor: Actor, token: str, offset: int, stream: BinaryIO) -> tuple[Upload, Material | None]:
    """Append a piece at ``offset``; when the file is whole it is handed in, and the material is given too.

    Raises ``NotFound`` for an upload of somebody else, ``Conflict`` (``values["received"]``) when the piece does not fit on what is there.
    """
    row = Upload.objects.filter(token=token, user_id=actor.user_id or 0).select_related("draft", "application").first()
    if row is None:
        raise NotFound(_("没有这个上传，或它不是您的。"), how=_("请重新选择文件。"))
    path = path_of(row)
    if offset != row.received or (path.stat().st_size if path.exists() else 0) < row.received:
        raise Conflict(_("这一段接不上，已收到 %(n)s 字节。") % {"n": row.received}, how=_("请从该处继续。"), received=row.received)
    data = stream.read(PIECE + 1)
    if len(data) > PIECE or row.received + len(data) > row.size:
        raise TooLarge(_("这一段太大。"), how=_("每段不超过 %(n)s MB。") % {"n": PIECE >> 20})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "wb") as out:
        out.seek(offset)
        out.write(data)
        out.truncate()
        out.flush()
        os.fsync(out.fileno())
    if not Upload.objects.filter(pk=row.pk, received=offset).update(received=offset + len(data), changed_at=timezone.now()):
        row.refresh_from_db()
        raise Conflict(_("这一段接不上，已收到 %(n)s 字节。") % {"n": row.received}, how=_("请从该处继续。"), received=row.received)
    row.received = offset + len(data)
    return row, _finish(actor, row) if row.received == row.size else None


def _finish(actor: Actor, row: Upload) -> Material:
    """Hand the whole file in. What is refused is gone: the upload begins anew with another file."""
    path = path_of(row)
    try:
        holder = row.draft or row.application
        assert holder is not None
        return hand_in(actor, holder, row.code, files.store_path(path), row.filename, part=row.part)
    finally:
        path.unlink(missing_ok=True)
        row.delete()


def path_of(row: Upload) -> Path:
    """Where the pieces lie until the file is whole."""
    return Path(settings.LANTU_FILES) / "uploads" / row.token


def sweep() -> int:
    """Forget uploads that nobody went on with. Returns how many."""
    rows = list(Upload.objects.filter(changed_at__lt=timezone.now() - KEEP))
    for row in rows:
        path_of(row).unlink(missing_ok=True)
        row.delete()
    return len(rows)
