"""Comments and attachments."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import Attachment, Comment
from lantu.casework.subjects import key_of, may
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.models import StoredFile
from lantu.core.permissions import own
from lantu.core.verbs import verb

NEED = gettext_lazy("须能查看这个办理对象。")


@verb("casework.comment", permission=may("comment"), need=NEED, subject="subject")
def comment(actor: Actor, subject: models.Model, text: str) -> Comment:
    """Leave a remark (留言). Raises ``BadInput`` for an empty one."""
    if not text.strip():
        raise BadInput(_("留言不能为空。"), how=_("请写下内容。"))
    row = Comment.objects.create(
        **key_of(subject), text=text.strip(), by_id=actor.user_id, by_name=actor.name, by_department=actor.department
    )
    remark(comment=row.pk, text=row.text[:200])
    return row


@verb("casework.withdraw_comment", permission=own("by_id"), need=gettext_lazy("只有留言人可以撤回。"), subject="row")
def withdraw_comment(actor: Actor, row: Comment) -> Comment:
    """Take one's remark back (撤回留言): the text goes from the pages, the fact stays."""
    row.withdrawn_at = row.withdrawn_at or timezone.now()
    row.save(update_fields=["withdrawn_at"])
    return row


@verb("casework.attach", permission=may("attach"), need=NEED, subject="subject")
def attach(
    actor: Actor, subject: models.Model, stored: StoredFile, title: str, *, filename: str = "", replaces: Attachment | None = None
) -> Attachment:
    """Attach a stored file (附件), as a new one or as the next version of another. Raises ``Conflict`` when that one has a newer version
    already, ``BadInput`` without a title."""
    names = key_of(subject)
    if not title.strip():
        raise BadInput(_("附件要有名称。"), how=_("请填附件名称。"))
    if replaces is not None:
        replaces = Attachment.objects.select_for_update().get(pk=replaces.pk)
        if (replaces.subject_type, replaces.subject_id) != (names["subject_type"], names["subject_id"]):
            raise BadInput(_("要替代的附件属于另一个办理对象。"), how=_("请在同一案卷里选择。"))
        if Attachment.objects.filter(replaces=replaces).exists():
            raise Conflict(_("附件「%(title)s」已有更新的版本。") % {"title": replaces.title}, how=_("请刷新页面，替代最新的版本。"))
    row = Attachment.objects.create(
        **names,
        stored=stored,
        title=title.strip(),
        filename=filename,
        version=replaces.version + 1 if replaces else 1,
        replaces=replaces,
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=actor.department,
    )
    remark(attachment=row.pk, title=row.title, version=row.version, sha256=stored.sha256)
    return row
