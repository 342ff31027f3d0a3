"""The administrators' pages: people and posts, departments, regions, lockouts, the audit trail."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.accounts import services
from lantu.accounts.acting import department_name, region_name, role_name
from lantu.accounts.forms import NewPersonForm, PostForm, ResetForm
from lantu.accounts.models import Department, Post, Region, User
from lantu.accounts.roles import ROLES
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.core.models import AuditEvent
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

ADMINISTRATORS = ("sysadmin", "secadmin", "auditadmin")


@access(*ADMINISTRATORS)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account."""
    table = Table(
        key="people",
        title=gettext_lazy("人员"),
        rows=User.objects.annotate(held=Count("posts", filter=Q(posts__valid_to=None))),
        columns=(
            Column(
                "username",
                gettext_lazy("用户名"),
                kind="code",
                sort="username",
                link=lambda user: reverse("accounts:person", args=[user.pk]),
            ),
            Column("full_name", gettext_lazy("姓名"), sort="full_name"),
            Column("held", gettext_lazy("岗位数"), kind="number", sort="held"),
            Column("is_active", gettext_lazy("启用"), kind="yes", sort="is_active"),
            Column("is_demo", gettext_lazy("演示账户"), kind="yes", sort="is_demo", minor=True),
            Column("last_login", gettext_lazy("上次登录"), kind="moment", sort="last_login", minor=True),
        ),
        filters=(
            Search(gettext_lazy("用户名、姓名"), ["username", "full_name"]),
            Choice("role", gettext_lazy("角色"), lambda: [(code, role_name(code)) for code in ROLES], field="posts__role"),
            Choice("is_active", gettext_lazy("启用"), [("True", gettext_lazy("是")), ("False", gettext_lazy("否"))]),
        ),
        sort="username",
        empty=gettext_lazy("还没有人员。"),
    )
    return table.response(request, "accounts/people.html")


@access("sysadmin")
def new_person(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = NewPersonForm(request.POST or None)
    if form.is_valid():
        try:
            user = services.create_user(request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已开账户 %(name)s。请安全保密管理员授予岗位。") % {"name": user.username})
            return redirect("accounts:person", user.pk)
    return render(request, "accounts/new_person.html", {"form": form})


@access(*ADMINISTRATORS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: posts now and before; giving and ending posts, a new password, closing the account."""
    user = get_object_or_404(User, pk=pk)
    forms: dict[str, PostForm | ResetForm] = {"post_form": PostForm(), "reset_form": ResetForm()}
    if request.method == "POST":
        try:
            if (done := _act(request, user, forms)) is not None:
                return done
        except LantuError as error:
            messages.error(request, str(error))
            return redirect("accounts:person", pk)
    held = [
        {"post": post, "role": role_name(post.role), "department": department_name(post), "region": region_name(post)}
        for post in Post.objects.filter(user=user).select_related("department", "region").order_by("valid_to", "pk")
    ]
    return render(request, "accounts/person.html", {"person": user, "held": held, **forms})


def _act(request: HttpRequest, user: User, forms: dict[str, PostForm | ResetForm]) -> HttpResponse | None:
    actor = request.actor  # type: ignore[attr-defined]
    act = request.POST.get("act")
    if act == "give":
        forms["post_form"] = form = PostForm(request.POST)
        if not form.is_valid():
            return None
        data = form.cleaned_data
        services.give_post(actor, user, data["role"], department=data["department"], region=data["region"])
    elif act == "end":
        services.end_post(actor, get_object_or_404(Post, pk=request.POST.get("post"), user=user))
    elif act == "reset":
        forms["reset_form"] = reset = ResetForm(request.POST)
        if not reset.is_valid():
            return None
        services.set_password(actor, user, reset.cleaned_data["password"])
    elif act in ("close", "open"):
        services.set_active(actor, user, act == "open")
    messages.success(request, _("已办理。"))
    return redirect("accounts:person", user.pk)


@access("@")
def departments(request: HttpRequest) -> HttpResponse:
    """Departments with the time in which they were so named, and who took over."""
    table = Table(
        key="departments",
        title=gettext_lazy("部门"),
        rows=Department.objects.select_related("region").prefetch_related("successors"),
        columns=(
            Column("code", gettext_lazy("代码"), kind="code", sort="code"),
            Column("name_zh", gettext_lazy("名称"), sort="name_zh"),
            Column("short_zh", gettext_lazy("简称"), sort="short_zh", minor=True),
            Column("name_en", gettext_lazy("英文名称"), minor=True),
            Column("region", gettext_lazy("辖区"), "region.name_zh", sort="region__code", minor=True),
            Column("valid_from", gettext_lazy("设立"), kind="day", sort="valid_from"),
            Column("valid_to", gettext_lazy("撤并"), kind="day", sort="valid_to"),
            Column("successors", gettext_lazy("承接部门"), lambda row: "、".join(str(one) for one in row.successors.all())),
        ),
        filters=(
            Search(gettext_lazy("代码、名称"), ["code", "name_zh", "short_zh", "name_en"]),
            Choice(
                "now",
                gettext_lazy("时效"),
                [("1", gettext_lazy("现有")), ("0", gettext_lazy("已撤并"))],
                where=lambda value: Q(valid_to__isnull=value == "1"),
            ),
        ),
        sort="code",
        empty=gettext_lazy("还没有部门。请先装入城市包（lantu city load）。"),
    )
    return table.response(request, "ui/list.html", {"heading": _("部门")})


@access("@")
def regions(request: HttpRequest) -> HttpResponse:
    """Administrative divisions and functional zones."""
    table = Table(
        key="regions",
        title=gettext_lazy("行政区划"),
        rows=Region.objects.select_related("parent"),
        columns=(
            Column("code", gettext_lazy("代码"), kind="code", sort="code"),
            Column("name_zh", gettext_lazy("名称"), sort="name_zh"),
            Column("name_en", gettext_lazy("英文名称"), sort="name_en", minor=True),
            Column("kind", gettext_lazy("类别"), lambda row: row.get_kind_display(), sort="kind"),
            Column("parent", gettext_lazy("上级"), "parent.name_zh", sort="parent__code"),
            Column("valid_from", gettext_lazy("启用"), kind="day", sort="valid_from", minor=True),
            Column("valid_to", gettext_lazy("停用"), kind="day", sort="valid_to", minor=True),
        ),
        filters=(
            Search(gettext_lazy("代码、名称"), ["code", "name_zh", "name_en"]),
            Choice("kind", gettext_lazy("类别"), Region.Kind.choices),
        ),
        sort="code",
        empty=gettext_lazy("还没有行政区划。请先装入城市包（lantu city load）。"),
    )
    return table.response(request, "ui/list.html", {"heading": _("行政区划")})


@access("secadmin", "auditadmin")
def lockouts(request: HttpRequest) -> HttpResponse:
    """Wrong passwords, and who is locked out by them."""
    table = Table(
        key="lockouts",
        title=gettext_lazy("登录锁定"),
        rows=AccessAttempt.objects.all(),
        columns=(
            Column("username", gettext_lazy("用户名"), kind="code", sort="username"),
            Column("ip_address", gettext_lazy("地址"), kind="code", sort="ip_address"),
            Column("failures_since_start", gettext_lazy("连续失败"), kind="number", sort="failures_since_start"),
            Column("attempt_time", gettext_lazy("最近一次"), kind="moment", sort="attempt_time"),
        ),
        filters=(Search(gettext_lazy("用户名、地址"), ["username", "ip_address"]),),
        sort="-attempt_time",
        empty=gettext_lazy("没有失败的登录。"),
    )
    return table.response(request, "accounts/lockouts.html")


@access("secadmin")
@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """Lift a lock."""
    services.unlock(request.actor, request.POST.get("username", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已解除锁定。"))
    return redirect("accounts:lockouts")


@access("auditadmin")
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Every verb that was done or refused: who, in which post, on what, when."""
    table = Table(
        key="audit",
        title=gettext_lazy("留痕"),
        rows=AuditEvent.objects.all(),
        columns=(
            Column("at", gettext_lazy("时间"), kind="moment", sort="at"),
            Column("actor_name", gettext_lazy("谁"), sort="actor_name"),
            Column("role", gettext_lazy("角色"), lambda row: role_name(row.role), sort="role", minor=True),
            Column("verb", gettext_lazy("动作"), kind="code", sort="verb"),
            Column("outcome", gettext_lazy("结果"), sort="outcome", render=_outcome),
            Column("subject_type", gettext_lazy("对象"), lambda row: f"{row.subject_type} {row.subject_id}".strip(), kind="code"),
            Column("channel", gettext_lazy("入口"), minor=True, sort="channel"),
        ),
        filters=(
            Search(gettext_lazy("谁、动作、对象"), ["actor_name", "verb", "subject_type", "subject_id"]),
            Choice("outcome", gettext_lazy("结果"), [("done", gettext_lazy("已办")), ("refused", gettext_lazy("被拒"))]),
            Range("at", gettext_lazy("日期"), field="at__date", days=True),
        ),
        sort="-at",
        empty=gettext_lazy("还没有留痕。"),
    )
    return table.response(request, "ui/list.html", {"heading": _("留痕")})


def _outcome(row: AuditEvent) -> str:
    return marks.tag(_("被拒"), "err") if row.outcome == "refused" else marks.tag(_("已办"), "ok")
