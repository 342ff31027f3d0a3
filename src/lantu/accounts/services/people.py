"""People and their posts."""

from __future__ import annotations

from datetime import date

from axes.utils import reset as axes_reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Delegation, Department, Post, Region, User
from lantu.accounts.roles import ADMINISTRATORS, ROLES, is_secadmin, is_sysadmin
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.permissions import is_signed_in, is_system, own
from lantu.core.verbs import verb

NEED_SYSADMIN = gettext_lazy("须由系统管理员办理。")
NEED_SECADMIN = gettext_lazy("须由安全保密管理员办理。")
is_self = own("pk")
NEED_SIGNED_IN = gettext_lazy("须先登录。")
NEED_PARTIES = gettext_lazy("代办只能由岗位本人或代办人结束。")


@verb("accounts.create_user", permission=is_sysadmin, need=NEED_SYSADMIN)
def create_user(actor: Actor, username: str, full_name: str, password: str, *, is_demo: bool = False) -> User:
    """Open an account; it may do nothing until a security administrator gives it a post.

    Raises ``BadInput`` for a weak password or a taken name.
    """
    if User.objects.filter(username=username).exists():
        raise BadInput(_("用户名 %(name)s 已经有人使用。") % {"name": username}, how=_("请换一个用户名。"))
    user = User(username=username, full_name=full_name, is_demo=is_demo)
    _check_password(password, user)
    user.set_password(password)
    user.save()
    return user


@verb("accounts.set_password", permission=is_secadmin | is_self, need=gettext_lazy("须由本人或安全保密管理员办理。"), subject="user")
def set_password(actor: Actor, user: User, password: str) -> User:
    """Set a person's password; their other sessions end. Raises ``BadInput`` for a weak one."""
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


@verb("accounts.set_active", permission=is_sysadmin, need=NEED_SYSADMIN, subject="user")
def set_active(actor: Actor, user: User, active: bool) -> User:
    """Close an account, or open it again; what the person has done stays as it is. Nobody closes their own."""
    if actor.user_id == user.pk:
        raise Conflict(_("不能停用自己的账户。"), how=_("请由另一名系统管理员办理。"))
    user.is_active = active
    user.save(update_fields=["is_active"])
    return user


@verb("accounts.unlock", permission=is_secadmin, need=NEED_SECADMIN)
def unlock(actor: Actor, username: str) -> int:
    """Lift the lock after too many wrong passwords. Returns how many attempts were forgotten."""
    remark(username=username)
    return int(axes_reset(username=username))


@verb("accounts.give_post", permission=is_secadmin, need=NEED_SECADMIN)
def give_post(
    actor: Actor,
    user: User,
    role: str,
    *,
    department: Department | None = None,
    region: Region | None = None,
    valid_from: date | None = None,
) -> Post:
    """Give a person a role in a department for a region.

    The three administrators exclude each other and every business role (三员分立); nobody gives a post to themselves.
    Raises ``BadInput`` or ``Conflict``.
    """
    if role not in ROLES:
        raise BadInput(_("没有「%(role)s」这个角色。") % {"role": role}, how=_("可用的角色：%(roles)s。") % {"roles": "、".join(ROLES)})
    if actor.user_id is not None and actor.user_id == user.pk:
        raise Conflict(_("不能给自己授予岗位。"), how=_("请由另一名安全保密管理员办理。"))
    User.objects.select_for_update().get(pk=user.pk)
    held = _roles(user)
    clash = (held - {role}) if role in ADMINISTRATORS else held & ADMINISTRATORS
    if clash:
        names = "、".join(str(ROLES[code].name_zh) for code in sorted(clash))
        raise Conflict(
            _("%(new)s 与已有岗位 %(held)s 不能由一人兼任。") % {"new": ROLES[role].name_zh, "held": names},
            how=_("请先结束原有岗位，或另选一人。"),
        )
    remark(user=user.username)
    return Post.objects.create(user=user, role=role, department=department, region=region, valid_from=valid_from or timezone.localdate())


@verb("accounts.end_post", permission=is_secadmin, need=NEED_SECADMIN, subject="post")
def end_post(actor: Actor, post: Post, on: date | None = None) -> Post:
    """End a post; from the day on it gives no right."""
    post.valid_to = on or timezone.localdate()
    post.save(update_fields=["valid_to"])
    return post


@verb("accounts.delegate", permission=is_signed_in, need=NEED_SIGNED_IN, subject="post")
def delegate(actor: Actor, post: Post, to_user: User, *, valid_from: date, valid_to: date, reason: str) -> Delegation:
    """Let another person act in one's own post for a time. Administrator posts cannot be handed on; nobody hands on another's post.

    Raises ``BadInput`` or ``Conflict``.
    """
    if post.user_id != actor.user_id:
        raise Conflict(_("只能把自己的岗位交人代办。"), how=_("请由岗位本人办理。"))
    User.objects.select_for_update().get(pk=to_user.pk)
    if to_user.pk == post.user_id or not to_user.is_active:
        raise Conflict(_("不能由 %(name)s 代办：是本人，或账户已停用。") % {"name": to_user}, how=_("请另选一人。"))
    if post.role in ADMINISTRATORS or _roles(to_user) & ADMINISTRATORS:
        raise Conflict(_("管理员岗位不能代办，管理员也不能代办业务。"), how=_("请另选一人。"))
    if valid_to <= valid_from:
        raise BadInput(_("代办的止日须在起日之后。"), how=_("请改正日期。"))
    return Delegation.objects.create(post=post, to_user=to_user, valid_from=valid_from, valid_to=valid_to, reason=reason)


@verb("accounts.end_delegation", permission=own("holder_id") | own("to_user_id"), need=NEED_PARTIES, subject="delegation")
def end_delegation(actor: Actor, delegation: Delegation) -> Delegation:
    """End it at once: by who handed the post on, or who stands in."""
    delegation.valid_to = min(delegation.valid_to, timezone.localdate())
    delegation.save(update_fields=["valid_to"])
    return delegation


@verb("accounts.switch_language", permission=is_self | is_system, need=gettext_lazy("须由本人办理。"), subject="user")
def switch_language(actor: Actor, user: User, language: str) -> User:
    """Keep the language of the pages in the profile."""
    user.language = language
    user.save(update_fields=["language"])
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(_("密码不符合要求。"), where="；".join(error.messages), how=_("请换一个更长、更不常见的密码。")) from error


def _roles(user: User) -> set[str]:
    """The roles in which a person may act today or later: those of their posts and of the posts they stand in for."""
    today = timezone.localdate()
    lent = Delegation.objects.filter(to_user=user, valid_to__gt=today).values("post")
    return set(Post.objects.not_over_on(today).filter(Q(user=user) | Q(pk__in=lent)).values_list("role", flat=True))


def current_posts(user: User, on: date | None = None):  # type: ignore[no-untyped-def]
    """The posts a person holds on a day (default today), their own only."""
    day = on or timezone.localdate()
    return Post.objects.held_on(day).filter(user=user)
