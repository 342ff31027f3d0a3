"""Signing in and out, the post one acts in, one's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.accounts import services
from lantu.accounts.acting import SESSION_KEY, actor_for, seats_of
from lantu.accounts.demo import demo_accounts
from lantu.accounts.forms import DelegationForm, ResetForm, SignInForm
from lantu.accounts.models import Delegation, User
from lantu.core.access import access
from lantu.core.errors import LantuError, Refused


class _SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, demo_accounts=demo_accounts())


sign_in = access("*")(_SignIn.as_view())
sign_out = access("*")(LogoutView.as_view(next_page="/"))


@access("*")
def locked_out(request: HttpRequest, *_args: Any, **_more: Any) -> HttpResponse:
    """What somebody sees who has given too many wrong passwords (setting ``AXES_LOCKOUT_CALLABLE``)."""
    return render(request, "accounts/locked_out.html", status=429)


@access("@")
@require_POST
def switch_post(request: HttpRequest) -> HttpResponse:
    """Act in another of one's posts from now on."""
    wanted = request.POST.get("post", "")
    seat = next((seat for seat in seats_of(request) if str(seat.post.pk) == wanted), None)
    if seat is None:
        raise Refused(_("这个岗位不是您的，或已经到期。"), how=_("请在右上角选择您现有的岗位。"))
    request.session[SESSION_KEY] = seat.post.pk
    messages.success(request, _("现在以「%(post)s」办理。") % {"post": seat.label})
    return redirect("home")


@access("@")
def own(request: HttpRequest) -> HttpResponse:
    """One's own account: posts, who stands in, password."""
    user = get_object_or_404(User, pk=request.actor.user_id)  # type: ignore[attr-defined]
    form, reset = DelegationForm(user.posts.all(), request.POST or None), ResetForm(request.POST or None)
    acted = _act_on_own(request, user, form, reset) if request.method == "POST" else None
    lent = _lent(user).select_related("post__user", "post__department", "post__region", "to_user").order_by("-valid_to", "-pk")
    context = {"person": user, "form": form, "reset": reset, "seats": seats_of(request), "lent": lent, "today": timezone.localdate()}
    return acted or render(request, "accounts/own.html", context)


def _lent(user: User) -> QuerySet[Delegation]:
    """What a person handed on, and what they stand in for."""
    return Delegation.objects.filter(Q(post__user=user) | Q(to_user=user))


def _act_on_own(request: HttpRequest, user: User, form: DelegationForm, reset: ResetForm) -> HttpResponse | None:
    actor = request.actor  # type: ignore[attr-defined]
    try:
        if "delegate" in request.POST:
            reset.is_bound = False
            if not form.is_valid():
                return None
            data = form.cleaned_data
            other = get_object_or_404(User, username=data["username"])
            services.delegate(actor, data["post"], other, valid_from=data["valid_from"], valid_to=data["valid_to"], reason=data["reason"])
            messages.success(request, _("已交 %(name)s 代办。") % {"name": other})
        elif "end" in request.POST:
            form.is_bound = reset.is_bound = False
            wanted = request.POST["end"]
            services.end_delegation(actor, get_object_or_404(_lent(user), pk=wanted if wanted.isdecimal() else 0))
            messages.success(request, _("代办已结束。"))
        else:
            form.is_bound = False
            if not reset.is_valid():
                return None
            services.set_password(actor_for(user, None), user, reset.cleaned_data["password"])
            update_session_auth_hash(request, user)
            messages.success(request, _("密码已修改。"))
    except LantuError as error:
        (form if "delegate" in request.POST else reset).add_error(None, str(error))
        return None
    return redirect("accounts:own")
