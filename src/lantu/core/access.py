"""Who may open a page or endpoint. Every view carries its ``access``; a test walks the whole URL tree against the role table."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lantu.core.errors import Refused

PUBLIC = frozenset({"*"})
"""Open to all without log-in."""

View = TypeVar("View", bound=Callable[..., Any])


def access(*roles: str) -> Callable[[View], View]:
    """Decorator: only these roles may open the view; ``*`` = everybody, ``@`` = everybody who is signed in."""
    allowed = frozenset(roles)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(request, allowed)
            return view(request, *args, **kwargs)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor  # type: ignore[attr-defined]
            if "*" not in allowed and actor.user_id is None and not request.path.startswith("/api/"):
                return redirect_to_login(request.get_full_path())
            return guarded(request, *args, **kwargs)

        functools.update_wrapper(checked, view)
        checked.access = allowed  # type: ignore[attr-defined]
        return cast("View", checked)

    return decorate


def require(request: HttpRequest, allowed: frozenset[str]) -> None:
    """Raise ``Refused`` unless the request's actor is in one of the roles."""
    actor = request.actor  # type: ignore[attr-defined]
    if "*" in allowed or ("@" in allowed and actor.user_id is not None) or (actor.role and actor.role in allowed):
        return
    raise Refused(_("您所在的岗位不能打开这一页。"), how=_("请切换岗位，或向系统管理员申请相应岗位。"))
