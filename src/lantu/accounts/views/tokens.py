"""Tokens of other systems, for the administrators: the list, a new one (shown once), one with its revocation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts import services
from lantu.accounts.acting import department_name, role_name
from lantu.accounts.models import Department, ServiceToken
from lantu.accounts.services.tokens import ROLES_OF_SYSTEMS, grantable
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.core.verbs import REGISTRY
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table
from lantu.ui.typed import needed_day

TAGS = {"valid": "ok", "expired": "warn", "revoked": "err"}


def _where(value: str) -> Q:
    today = timezone.localdate()
    live = Q(revoked_at=None)
    return {"valid": live & Q(expires_on__gte=today), "expired": live & Q(expires_on__lt=today), "revoked": ~live}.get(value, Q())


@access("sysadmin", "secadmin", "auditadmin")
def tokens(request: HttpRequest) -> HttpResponse:
    """All tokens."""
    table = Table(
        key="tokens",
        title=gettext_lazy("对接系统令牌"),
        rows=ServiceToken.objects.select_related("post__department", "post__region"),
        columns=(
            Column("title", gettext_lazy("系统"), sort="title", link=lambda row: reverse("accounts:token", args=[row.pk])),
            Column("start", gettext_lazy("令牌"), lambda row: f"{row.start}…", kind="code"),
            Column("department", gettext_lazy("部门"), lambda row: department_name(row.post), sort="post__department__code"),
            Column("role", gettext_lazy("岗位"), lambda row: role_name(row.post.role), sort="post__role", minor=True),
            Column("verbs", gettext_lazy("可办的动作"), lambda row: len(row.verbs), kind="number", minor=True),
            Column(
                "state",
                gettext_lazy("状态"),
                lambda row: str(row.state_words),
                render=lambda row: marks.tag(row.state_words, TAGS[row.state]),
            ),
            Column("expires_on", gettext_lazy("到期"), kind="day", sort="expires_on"),
            Column("used_at", gettext_lazy("最近使用"), kind="moment", sort="used_at", minor=True),
        ),
        filters=(
            Search(gettext_lazy("系统、令牌开头、部门"), ["title", "start", "post__department__name_zh"]),
            Choice(
                "state",
                gettext_lazy("状态"),
                [("valid", gettext_lazy("有效")), ("expired", gettext_lazy("已到期")), ("revoked", gettext_lazy("已吊销"))],
                where=_where,
            ),
        ),
        sort="title",
        empty=gettext_lazy("还没有令牌。其他部门的系统要调用接口时，由安全保密管理员在这里发放。"),
    )
    return table.response(request, "accounts/tokens.html")


class TokenForm(forms.Form):
    """A new token."""

    title = forms.CharField(label=gettext_lazy("系统"), max_length=100, help_text=gettext_lazy("哪个部门的哪个系统。"))
    department = forms.ModelChoiceField(label=gettext_lazy("部门"), queryset=Department.objects.none())
    role = forms.ChoiceField(label=gettext_lazy("岗位"), help_text=gettext_lazy("审定、签章和管理只能由人办理。"))
    expires_on = forms.DateField(label=gettext_lazy("到期"), widget=forms.DateInput(attrs={"type": "date"}))
    reads = forms.BooleanField(label=gettext_lazy("可读取"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(valid_to=None)  # type: ignore[attr-defined]
        self.fields["role"].choices = [(code, role_name(code)) for code in ROLES_OF_SYSTEMS]  # type: ignore[attr-defined]


@access("secadmin")
def new(request: HttpRequest) -> HttpResponse:
    """Issue one; the answer to the POST is the only page that shows it."""
    form, chosen = TokenForm(request.POST or None), request.POST.getlist("verbs")
    if form.is_valid():
        try:
            made = services.issue_token(request.actor, verbs=chosen, **form.cleaned_data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            return _once(request, made)
    return render(request, "accounts/new_token.html", {"form": form, "rooms": _rooms(chosen)}, status=422 if form.errors else 200)


def _rooms(chosen: list[str]) -> list[tuple[str, list[tuple[str, str, bool]], int]]:
    """The verbs by room: (room, [(name, whose it is, ticked)], how many are ticked)."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for name in grantable():
        found.setdefault(name.split(".")[0], []).append((name, str(REGISTRY[name].need), name in chosen))
    return [(room, rows, sum(one[2] for one in rows)) for room, rows in found.items()]


def _once(request: HttpRequest, made: ServiceToken) -> HttpResponse:
    answer = render(request, "accounts/token_once.html", {"token": made})
    answer["Cache-Control"] = "no-store"
    return answer


@access("sysadmin", "secadmin", "auditadmin")
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """One token: what it may, when it was used; a POST revokes it or issues its successor."""
    row = get_object_or_404(ServiceToken.objects.select_related("post__department", "post__region", "user"), pk=pk)
    if request.method == "POST":
        actor = request.actor  # type: ignore[attr-defined]
        try:
            if request.POST.get("act") == "renew":
                return _once(request, services.renew_token(actor, row, needed_day(request.POST.get("expires_on", ""), _("到期日"))))
            services.revoke_token(actor, row, request.POST.get("reason", ""))
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已吊销，从现在起不能再用。"))
        return redirect("accounts:token", pk)
    context = {
        "token": row,
        "tag": TAGS[row.state],
        "department": department_name(row.post),
        "role": role_name(row.post.role),
        "verbs": [(name, str(REGISTRY[name].need) if name in REGISTRY else "") for name in row.verbs],
    }
    return render(request, "accounts/token.html", context)
