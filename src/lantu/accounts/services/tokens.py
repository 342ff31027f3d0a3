"""Tokens of other departments' systems: issued by the security administrator, shown once, bounded in verbs and time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department, Post, Region, ServiceToken, User
from lantu.accounts.roles import is_secadmin
from lantu.accounts.services.people import NEED_SECADMIN
from lantu.core import sealed
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.locking import lock_row
from lantu.core.verbs import REGISTRY, verb

ROLES_OF_SYSTEMS = ("exchange", "reviewer", "window")
"""Posts that a system may act in. To decide (审定), to sign and to administer is for people."""
NOT_BY_TOKEN = ("accounts.", "core.", "standards.")
"""Rooms whose verbs no token is given."""
LONGEST = timedelta(days=366)
MARK = "lt_"
SHOWN = len(MARK) + 6


def grantable() -> list[str]:
    """The verbs that a token may be given, in order."""
    return sorted(name for name in REGISTRY if not name.startswith(NOT_BY_TOKEN))


@verb("accounts.issue_token", permission=is_secadmin, need=NEED_SECADMIN)
def issue_token(
    actor: Actor,
    title: str,
    *,
    role: str,
    department: Department | None,
    verbs: Iterable[str],
    expires_on: date,
    reads: bool = True,
    region: Region | None = None,
) -> ServiceToken:
    """Issue a token to a department's system (发放令牌), with an account and a post of its own. ``secret`` of what is given is the token;
    it cannot be had again. Raises ``BadInput`` for a role that is not for systems, a department that is not there, an unknown verb, nothing
    allowed at all, or a day in the past or too far ahead."""
    wanted = _checked(title, role, department, verbs, expires_on, reads=reads)
    user = User(username=_username(), full_name=title.strip()[:80])
    user.set_unusable_password()
    user.save()
    post = Post.objects.create(user=user, role=role, department=department, region=region, valid_from=timezone.localdate())
    return _made(actor, title, post, wanted, expires_on=expires_on, reads=reads)


@verb("accounts.renew_token", permission=is_secadmin, need=NEED_SECADMIN, subject="token")
def renew_token(actor: Actor, token: ServiceToken, expires_on: date) -> ServiceToken:
    """A new token for the same system with the same rights (换发): the old one stays valid until it ends or is revoked, so that the system
    can be changed over. Raises ``Conflict`` for a revoked one, ``BadInput`` for the day."""
    row = _locked(token)
    post = row.post
    wanted = _checked(row.title, post.role, post.department, row.verbs, expires_on, reads=row.reads)
    return _made(actor, row.title, post, wanted, expires_on=expires_on, reads=row.reads)


@verb("accounts.revoke_token", permission=is_secadmin, need=NEED_SECADMIN, subject="token")
def revoke_token(actor: Actor, token: ServiceToken, reason: str) -> ServiceToken:
    """End a token at once (吊销), with the reason. Raises ``Conflict`` when it is revoked already, ``BadInput`` without a reason."""
    row = _locked(token)
    if not reason.strip():
        raise BadInput(_("没有写明吊销的理由。"), where=str(row), how=_("请补填。"))
    row.revoked_at, row.revoked_by_name, row.reason = timezone.now(), actor.name, reason.strip()[:300]
    row.save(update_fields=["revoked_at", "revoked_by_name", "reason"])
    remark(reason=reason)
    token.refresh_from_db()
    return token


def _checked(title: str, role: str, department: Department | None, verbs: Iterable[str], expires_on: date, *, reads: bool) -> list[str]:
    today, wanted = timezone.localdate(), list(dict.fromkeys(verbs))
    if not title.strip():
        raise BadInput(_("没有填系统名称。"), how=_("请写明是哪个部门的哪个系统。"))
    if role not in ROLES_OF_SYSTEMS:
        raise BadInput(
            _("对接系统不能用「%(role)s」岗位。") % {"role": role}, how=_("可用：%(roles)s。") % {"roles": "、".join(ROLES_OF_SYSTEMS)}
        )
    if department is None or (department.valid_to is not None and department.valid_to <= today):
        raise BadInput(_("没有选现有的部门。"), where=title, how=_("令牌须属于一个部门。"))
    known = set(grantable())
    if unknown := [name for name in wanted if name not in known]:
        raise BadInput(
            _("没有这些动作，或不能授给系统：%(names)s。") % {"names": "、".join(unknown)}, where=title, how=_("请从列表中选择。")
        )
    if not wanted and not reads:
        raise BadInput(_("令牌什么都不能做。"), where=title, how=_("请选可办的动作，或允许读取。"))
    if not today <= expires_on <= today + LONGEST:
        text = _("到期日须在今天到 %(last)s 之间。") % {"last": today + LONGEST}
        raise BadInput(text, where=expires_on.isoformat(), how=_("请改正；到期前可以换发。"))
    return wanted


def _made(actor: Actor, title: str, post: Post, verbs: list[str], *, expires_on: date, reads: bool) -> ServiceToken:
    secret = MARK + secrets.token_urlsafe(32)
    row = ServiceToken.objects.create(
        title=title.strip()[:100],
        user=post.user,
        post=post,
        start=secret[:SHOWN],
        digest=digest_of(secret),
        verbs=verbs,
        reads=reads,
        expires_on=expires_on,
        made_by_name=actor.name,
    )
    remark(title=row.title, role=post.role, department=post.department.code if post.department else "", verbs=verbs, reads=reads)
    row.secret = secret
    return row


def _username() -> str:
    return f"system-{secrets.token_hex(4)}"


def digest_of(secret: str) -> str:
    """What is kept of a token: a digest keyed by the installation's data key."""
    return sealed.fingerprint(b"token " + secret.encode())


def _locked(token: ServiceToken) -> ServiceToken:
    row = lock_row(ServiceToken.objects.select_related("user", "post__department"), token.pk)
    if row.revoked_at is not None:
        raise Conflict(_("令牌已经吊销。"), where=str(row), how=_("请发放新的令牌。"))
    return row
