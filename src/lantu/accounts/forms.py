"""Forms of the administrators' pages; the rules stand in the verbs, the forms only read the fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from lantu.accounts.acting import role_name
from lantu.accounts.models import Department, Region
from lantu.accounts.roles import ROLES


class SignInForm(AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": _("用户名或密码不对。请核对后再试；连续 5 次不对，账户会锁定 15 分钟。"),
        "inactive": _("这个账户已停用。请联系系统管理员。"),
    }


class NewPersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=_("用户名"), max_length=150, help_text=_("登录用，只含字母、数字和 @ . + - _。"))
    full_name = forms.CharField(label=_("姓名"), max_length=80)
    password = forms.CharField(label=_("初始密码"), widget=forms.PasswordInput, help_text=_("至少 10 位，不用常见词；交付后请本人修改。"))


class PostForm(forms.Form):
    """A post to give."""

    role = forms.ChoiceField(label=_("角色"))
    department = forms.ModelChoiceField(label=_("部门"), queryset=Department.objects.none(), required=False)
    region = forms.ModelChoiceField(
        label=_("辖区"), queryset=Region.objects.none(), required=False, empty_label=_("全市"), help_text=_("不选即全市。")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["role"].choices = [(code, role_name(code)) for code in ROLES]  # type: ignore[attr-defined]
        self.fields["department"].queryset = Department.objects.filter(valid_to=None)  # type: ignore[attr-defined]
        self.fields["region"].queryset = Region.objects.filter(kind__in=["city", "county", "functional"])  # type: ignore[attr-defined]


class ResetForm(forms.Form):
    """A new password set by an administrator."""

    password = forms.CharField(label=_("新密码"), widget=forms.PasswordInput)


class DelegationForm(forms.Form):
    """Whom one asks to stand in, and for how long."""

    post: Any = forms.ModelChoiceField(label=_("交出的岗位"), queryset=None)
    username = forms.CharField(label=_("代办人的用户名"))
    valid_from = forms.DateField(label=_("起日"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(label=_("止日"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("到这一天零时失效。"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, posts: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["post"].queryset = posts  # type: ignore[attr-defined]
        self.fields["post"].label_from_instance = lambda post: role_name(post.role)  # type: ignore[attr-defined]
