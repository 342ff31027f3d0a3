"""Registering a unit, and the people who act for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.approvals import services
from lantu.approvals.models import Applicant, Membership
from lantu.approvals.selectors import applicants
from lantu.approvals.views.portal import said
from lantu.core.access import access
from lantu.core.actor import system
from lantu.core.errors import LantuError, NotFound


class PersonForm(forms.Form):
    """Who a person is, and the account."""

    full_name = forms.CharField(label=gettext_lazy("姓名"), max_length=80, help_text=gettext_lazy("与身份证件一致，用于实名核验。"))
    identity = forms.CharField(
        label=gettext_lazy("身份证件号码"), max_length=18, help_text=gettext_lazy("只用于核验，平台只存指纹和后四位。")
    )
    phone = forms.CharField(label=gettext_lazy("手机"), max_length=20)
    username = forms.CharField(label=gettext_lazy("用户名"), max_length=80)
    password = forms.CharField(
        label=gettext_lazy("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), max_length=128
    )


class UnitForm(PersonForm):
    """A unit and the person who answers for it."""

    uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=18)
    unit_name = forms.CharField(
        label=gettext_lazy("单位名称"), max_length=200, required=False, help_text=gettext_lazy("法人库查得到时以法人库为准，可以不填。")
    )
    field_order = ["uscc", "unit_name", "full_name", "identity", "phone", "username", "password"]


class AgentForm(PersonForm):
    """A person who shall act for the unit."""

    def __init__(self, *args: Any, projects: Any = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["password"].required = False
        self.fields["full_name"].required = False
        self.fields["username"].help_text = _("已有申报账户的填其用户名，姓名和密码可不填。")
        choices = [("", _("本单位的全部项目")), *((str(one.pk), one.name) for one in projects)]
        self.fields["project"] = forms.ChoiceField(label=_("可办的项目"), choices=choices, required=False)


@access("*")
def register(request: HttpRequest) -> HttpResponse:
    """A unit registers itself; the account can file at once."""
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register_unit(system(_("网上报建注册"), "page"), **form.cleaned_data)
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            words = _("已注册「%(unit)s」，请登录。") % {"unit": made.applicant}
            messages.success(request, words if made.real_name_by else words + _("实名核验服务现在没有回答，身份暂记为未核验。"))
            return redirect("accounts:login")
    return render(request, "approvals/portal/register.html", {"form": form}, status=422 if form.errors else 200)


@access("builder")
def unit(request: HttpRequest) -> HttpResponse:
    """The units that this person acts for, and who else does."""
    return _unit_page(request)


@access("builder")
@require_POST
def add_agent(request: HttpRequest, pk: int) -> HttpResponse:
    """Name an agent."""
    actor = request.actor  # type: ignore[attr-defined]
    applicant = _own(actor, pk)
    form = AgentForm(request.POST, projects=applicants.projects(actor))
    if not form.is_valid():
        return _unit_page(request, applicant, form)
    data = dict(form.cleaned_data)
    chosen = data.pop("project")
    project = applicants.projects(actor).filter(pk=chosen).first() if chosen else None
    try:
        made = services.name_agent(actor, applicant, data.pop("username"), project=project, **data)
    except LantuError as error:
        form.add_error(None, str(error))
        return _unit_page(request, applicant, form)
    messages.success(request, _("「%(name)s」现在可以代表本单位申报。") % {"name": made.user})
    return redirect("portal:unit")


@access("builder")
@require_POST
def end_member(request: HttpRequest, pk: int) -> HttpResponse:
    """End what a person may do for the unit."""
    actor = request.actor  # type: ignore[attr-defined]
    member = get_object_or_404(Membership, pk=pk)
    _own(actor, member.applicant_id)
    try:
        services.end_agent(actor, member)
    except LantuError as error:
        said(request, error)
    else:
        messages.success(request, _("已取消「%(name)s」的代理。") % {"name": member.user})
    return redirect("portal:unit")


def _own(actor: Any, pk: int) -> Applicant:
    member = applicants.memberships(actor).filter(applicant_id=pk).first()
    if member is None:
        raise NotFound(_("没有这个单位，或您不能代表它。"), how="/portal/")
    return member.applicant


def _unit_page(request: HttpRequest, applicant: Applicant | None = None, form: AgentForm | None = None) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    units = []
    for member in applicants.memberships(actor):
        people = member.applicant.memberships.filter(ended_at=None).select_related("user", "project")
        owner = member.kind == Membership.Kind.OWNER
        bound = form if applicant is not None and applicant.pk == member.applicant_id else None
        units.append({"member": member, "people": people, "owner": owner, "form": bound or AgentForm(projects=applicants.projects(actor))})
    return render(request, "approvals/portal/unit.html", {"units": units}, status=422 if form is not None else 200)
