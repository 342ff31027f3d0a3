"""Requests of service clients: ``Authorization: Bearer …`` on the API, in place of a session."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Post, ServiceToken
from lantu.accounts.services.tokens import MARK, digest_of
from lantu.core import actor as core
from lantu.core import audit
from lantu.core.errors import Refused, Unauthenticated

NOTED = timedelta(minutes=10)
"""Use and refusal of one token are written down once in so long."""
READING = ("GET", "HEAD", "OPTIONS")


def given(request: HttpRequest) -> str | None:
    """The token that a request on the API brings, if any."""
    kind, _space, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if request.path.startswith("/api/") and kind.lower() == "bearer" else None


def token_of(secret: str) -> ServiceToken | None:
    """The token's row, whatever its state; ``held``: whether its post is held today."""
    if not secret.startswith(MARK):
        return None
    held = Post.objects.held_on(timezone.localdate()).filter(pk=OuterRef("post"))
    rows = ServiceToken.objects.select_related("user", "post__department", "post__region").annotate(held=Exists(held))
    return rows.filter(digest=digest_of(secret)).first()


def actor_of_token(request: HttpRequest, secret: str) -> core.Actor:
    """The actor of a service client; nobody for a token that is unknown, revoked, over, or whose account or post has ended."""
    row = token_of(secret)
    if row is None:
        return core.ANONYMOUS
    post = row.post
    request_id = getattr(request, "request_id", "")
    department, region = post.department.code if post.department else "", post.region.code if post.region else ""
    actor = core.Actor(
        row.user_id,
        row.title,
        core.Post(post.role, department, region),
        "api",
        request_id,
        scope=frozenset(row.verbs),
    )
    if row.state != "valid" or not row.user.is_active or not row.held:  # type: ignore[attr-defined]
        _note_refusal(row, actor)
        return core.ANONYMOUS
    request.token = row  # type: ignore[attr-defined]
    _note_use(row)
    return actor


def _note_use(row: ServiceToken) -> None:
    now = timezone.now()
    if row.used_at is None or now - row.used_at > NOTED:
        ServiceToken.objects.filter(pk=row.pk).update(used_at=now)


def _note_refusal(row: ServiceToken, actor: core.Actor) -> None:
    now = timezone.now()
    if row.refused_at is None or now - row.refused_at > NOTED:
        ServiceToken.objects.filter(pk=row.pk).update(refused_at=now)
        audit.record(actor, "accounts.use_token", row, outcome="refused", detail={"state": row.state})


def require(request: HttpRequest) -> bool:
    """Whether the request comes with a token. Raises ``Unauthenticated`` for a bad one, ``Refused`` when it may not read."""
    if given(request) is None:
        return False
    row: ServiceToken | None = getattr(request, "token", None)
    if row is None:
        raise Unauthenticated(_("令牌无效、已吊销或已到期。"), how=_("请向安全保密管理员申请新的令牌。"))
    if request.method in READING and not row.reads:
        raise Refused(_("这个令牌不能读取。"), where=str(row), how=_("请向安全保密管理员申请读取。"))
    return True
