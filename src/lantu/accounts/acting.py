"""In which post a request acts: the person's choice in the session, else their first current post, else one they stand in for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.accounts import bearer
from lantu.accounts.models import Delegation, Department, Post, Region, User
from lantu.accounts.roles import ROLES
from lantu.core import actor as core
from lantu.core.errors import NotFound
from lantu.core.reading import kept

SESSION_KEY = "post"


@dataclass(frozen=True, slots=True)
class Seat:
    """A post that a person may act in now. ``for_whom``: the holder's name when it is another's (代办)."""

    post: Post
    for_whom: str = ""

    @property
    def label(self) -> str:
        """Role, department and region in words, in the page's language."""
        parts = [role_name(self.post.role), department_name(self.post), region_name(self.post)]
        words = " · ".join(part for part in parts if part)
        return _("代 %(name)s：%(post)s") % {"name": self.for_whom, "post": words} if self.for_whom else words


def _english() -> bool:
    return (get_language() or "").startswith("en")


def role_name(code: str) -> str:
    """The role's name in the page's language."""
    role = ROLES.get(code)
    return code if role is None else (role.name_en if _english() else role.name_zh)


def department_name(post: Post) -> str:
    if post.department is None:
        return ""
    return (post.department.name_en if _english() else "") or str(post.department)


def region_name(post: Post) -> str:
    """The post's district; without one it reaches the whole city."""
    if post.region is None:
        return _("全市")
    return (post.region.name_en if _english() else "") or post.region.name_zh


def seats(user: User, on: date | None = None) -> list[Seat]:
    """The posts that a person may act in on a day: their own, then those in which they stand in for others."""
    day = on or timezone.localdate()
    own = [Seat(post) for post in _own(user, day)]
    if user.pk not in _standing_in():
        return own
    lent = Delegation.objects.filter(to_user=user, valid_from__lte=day, valid_to__gt=day, post__user__is_active=True).values("post")
    posts = Post.objects.held_on(day).filter(pk__in=lent).exclude(user=user).select_related("department", "region", "user").order_by("pk")
    return own + [Seat(post, str(post.user)) for post in posts]


def _own(user: User, day: date) -> list[Post]:
    """The posts of a person on a day, as they stand now; what their departments and regions are called is known already."""
    posts, departments, regions = list(Post.objects.held_on(day).filter(user=user).order_by("pk")), *_names()
    for post in posts:
        post.user = user
        if post.department_id in departments:
            post.department = departments[post.department_id]
        if post.region_id in regions:
            post.region = regions[post.region_id]
    return posts


@kept
def _names() -> tuple[dict[int | None, Department], dict[int | None, Region]]:
    """Departments and regions by key, for their names."""
    regions = Region.objects.only("code", "name_zh", "name_en")
    return {row.pk: row for row in Department.objects.all()}, {row.pk: row for row in regions}


@kept
def _standing_in() -> frozenset[int]:
    """Who has ever stood in for somebody: whether they still do is asked each time."""
    return frozenset(Delegation.objects.values_list("to_user_id", flat=True))


def actor_for(user: User, post: Post | None, channel: str = "page", request_id: str | None = None, for_whom: str = "") -> core.Actor:
    """The actor of a person in a post."""
    name = _("%(name)s（代 %(holder)s）") % {"name": user, "holder": for_whom} if for_whom else str(user)
    held = None
    if post is not None:
        held = core.Post(post.role, post.department.code if post.department else "", post.region.code if post.region else "")
    extra: dict[str, Any] = {"request_id": request_id} if request_id else {}
    return core.Actor(user_id=user.pk, name=name, post=held, channel=channel, **extra)


def by_name(username: str, *roles: str, department: str = "") -> core.Actor:
    """The person of a user name in a post that they hold today, for the command line: one of ``roles``, when any are named, and of
    ``department``, when one is. Raises ``NotFound``."""
    user = User.objects.filter(username=username, is_active=True).first()
    posts = Post.objects.held_on(timezone.localdate()).filter(user=user).select_related("department", "region").order_by("pk")
    if roles:
        posts = posts.filter(role__in=roles)
    if department:
        posts = posts.filter(department__code=department)
    post = posts.first() if user is not None else None
    if user is None or post is None:
        wanted = "、".join((*roles, *([department] if department else []))) or "—"
        raise NotFound(_("没有以 %(role)s 岗位在岗的用户 %(name)s。") % {"role": wanted, "name": username}, how=_("请核对用户名和岗位。"))
    return actor_for(user, post, "cli")


def actor_of(request: HttpRequest) -> core.Actor:
    """The actor of a request (port ``actor_source``): by the token of a service client, else by the session."""
    if (secret := bearer.given(request)) is not None:
        return bearer.actor_of_token(request, secret)
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return core.ANONYMOUS
    seat = current_seat(request)
    channel = "api" if request.path.startswith("/api/") else "page"
    request_id = getattr(request, "request_id", None)
    return actor_for(user, seat.post if seat else None, channel, request_id, seat.for_whom if seat else "")


def current_seat(request: HttpRequest) -> Seat | None:
    """The seat chosen in the session if it is still held, else the first."""
    held = seats_of(request)
    chosen = request.session.get(SESSION_KEY)
    return next((seat for seat in held if seat.post.pk == chosen), held[0] if held else None)


def seats_of(request: HttpRequest) -> list[Seat]:
    """The seats of the request's person, read once per request."""
    if not hasattr(request, "_seats"):
        request._seats = seats(request.user)  # type: ignore[attr-defined, arg-type]
    return request._seats  # type: ignore[attr-defined]


def bar_facts(request: HttpRequest) -> dict[str, Any]:
    """What the top bar says of the person: name, post, the posts to switch to."""
    actor: core.Actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id is None:
        return {"person": "", "login_url": reverse("accounts:login")}
    seat, seats = (current_seat(request), seats_of(request)) if isinstance(request.user, User) else (None, [])
    held = seat.post if seat else None
    names = {"role": role_name(held.role), "department": department_name(held), "region": region_name(held)} if held else {"department": ""}
    return {
        "person": actor.name,
        "is_demo": getattr(request.user, "is_demo", False),
        "post": names,
        "delegated": bool(seat and seat.for_whom),
        "posts": [{"id": one.post.pk, "label": one.label, "current": one == seat} for one in seats],
        "switch_url": reverse("accounts:switch-post"),
        "logout_url": reverse("accounts:logout"),
        "account_url": reverse("accounts:own"),
    }
