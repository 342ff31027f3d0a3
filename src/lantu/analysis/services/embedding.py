"""Leave for other departments' sites to show the map or the check (嵌入), by a signed address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.analysis.freezing import next_number
from lantu.analysis.models import Embedding
from lantu.analysis.ogc.rights import collections
from lantu.core import audit
from lantu.core.actor import Actor, Post
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

SALT = "lantu.analysis.embedding"
GRANTERS = ("publisher", "sysadmin")
may_grant = has_role(*GRANTERS)
NEED_GRANTER = gettext_lazy("开通嵌入须由蓝图发布岗位或系统管理员办理。")


@verb("analysis.grant_embedding", permission=may_grant, need=NEED_GRANTER)
def grant_embedding(
    actor: Actor, kind: str, title: str, *, hosts: Sequence[str], department: str, expires_on: date, layers: Sequence[str] = ()
) -> Embedding:
    """Allow sites (``https://host[:port]``) to show the map or the check as a department may see it. Raises ``BadInput``."""
    if kind not in Embedding.Kind.values:
        raise BadInput(_("没有「%(kind)s」这种嵌入。") % {"kind": kind}, how="、".join(Embedding.Kind.values))
    if not title.strip():
        raise BadInput(_("没有填名称。"), how=_("请写明哪个系统的哪一页。"))
    if not Department.objects.filter(code=department, valid_to=None).exists():
        raise BadInput(_("没有部门 %(code)s。") % {"code": department})
    if expires_on <= timezone.localdate():
        raise BadInput(_("有效期应在今天之后。"), where=expires_on.isoformat())
    allowed = [origin_of(host) for host in hosts if host.strip()]
    if not allowed:
        raise BadInput(_("没有填允许的网站。"), how="https://dept.example")
    row = Embedding(kind=kind, title=title.strip()[:200], hosts=allowed, department=department, expires_on=expires_on)
    known = {one.id for one in collections(acting_for(row))}
    if unknown := sorted(set(layers) - known):
        raise BadInput(_("该部门无权读取图层 %(layers)s。") % {"layers": "、".join(unknown)}, how="、".join(sorted(known)))
    row.layers = list(layers)
    row.number = next_number("QR", "embedding")
    row.made_by_id, row.made_by_name = actor.user_id, actor.name
    row.save()
    audit.remark(number=row.number, hosts=allowed, department=department)
    return row


@verb("analysis.withdraw_embedding", permission=may_grant, need=NEED_GRANTER, subject="embedding")
def withdraw_embedding(actor: Actor, embedding: Embedding, reason: str) -> Embedding:
    """End it at once, with the reason."""
    if embedding.withdrawn_at is not None:
        raise Conflict(_("已经撤回。"), where=embedding.number)
    if len(reason.strip()) < 2:
        raise BadInput(_("没有写明撤回的理由。"), where=embedding.number)
    embedding.withdrawn_at = timezone.now()
    embedding.save(update_fields=["withdrawn_at"])
    audit.remark(number=embedding.number, reason=reason.strip())
    return embedding


def origin_of(text: str) -> str:
    """``https://host[:port]`` of what was typed. Raises ``BadInput`` for anything that is more or less than that."""
    parts = urlsplit(text.strip())
    bare = not parts.path.strip("/") and not parts.query and not parts.fragment and not parts.username
    plain = parts.hostname is not None and "*" not in parts.netloc and not any(sign in parts.netloc for sign in "; ,'\"")
    if parts.scheme not in ("http", "https") or not bare or not plain:
        raise BadInput(_("「%(text)s」不是网站地址。") % {"text": text.strip()}, how="https://dept.example")
    return f"{parts.scheme}://{parts.netloc}"


def token_of(embedding: Embedding) -> str:
    """The signed part of the address."""
    return signing.dumps(embedding.number, salt=SALT, compress=False)


def embedding_of(token: str) -> Embedding:
    """The leave that a token stands for. Raises ``NotFound`` for a forged one, ``Refused`` for one that has ended or was withdrawn."""
    try:
        number = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        number = ""
    row = Embedding.objects.filter(number=number).first() if number else None
    if row is None:
        raise NotFound(_("这个嵌入地址无效。"), how=_("请向规划部门索取完整的地址。"))
    if not row.holds:
        raise Refused(_("这个嵌入地址已过期或撤回。"), where=row.number, how=_("请向规划部门申请延期。"))
    return row


def acting_for(row: Embedding) -> Actor:
    """Who acts on an embedded page: the department's system, seeing what an exchange account of the department sees."""
    return Actor(user_id=None, name=f"{row.department} {row.title}"[:80], post=Post("exchange", row.department), channel="embed")
