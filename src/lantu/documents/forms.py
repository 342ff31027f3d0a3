"""Forms of the documents room; the rules stand in the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, User
from lantu.documents.models import Seal
from lantu.documents.ports import seal_providers
from lantu.documents.templates import Template


class PaperForm(forms.Form):
    """The fields of a template. A table is typed a row per line, cells separated by ``|``; a list a line each."""

    def __init__(self, of: Template, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        for one in of.fields:
            wide = one.kind in ("table", "list")
            hint = _("一行一条，各格用「|」隔开：%(heads)s") % {"heads": " | ".join(one.heads)} if one.kind == "table" else ""
            self.fields[one.name] = forms.CharField(
                label=one.title,
                required=one.required,
                help_text=hint or (_("一行一条") if one.kind == "list" else ""),
                widget=forms.Textarea(attrs={"rows": 5}) if wide else forms.TextInput(),
                max_length=20_000 if wide else 2_000,
            )
        self.fields["title"] = forms.CharField(label=_("标题"), initial=of.name_zh, max_length=200)

    def data_for_verb(self) -> dict[str, Any]:
        """What ``draft_paper`` takes."""
        values: dict[str, Any] = {}
        for one in self.of.fields:
            text = self.cleaned_data.get(one.name, "")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if one.kind == "table":
                cells = [[cell.strip() for cell in line.split("|")] for line in lines]
                values[one.name] = [(row + [""] * len(one.heads))[: len(one.heads)] for row in cells]
            else:
                values[one.name] = lines if one.kind == "list" else text
        return values


def initial_of(of: Template, data: dict[str, Any]) -> dict[str, str]:
    """The stored data as the form's text."""
    values = {}
    for one in of.fields:
        found = data.get(one.name, "")
        if one.kind == "table":
            found = "\n".join(" | ".join(str(cell) for cell in row) for row in found or [])
        elif one.kind == "list":
            found = "\n".join(str(line) for line in found or [])
        values[one.name] = found
    return values


class SealForm(forms.Form):
    """Register a seal."""

    name = forms.CharField(label=_("印章名称"), max_length=100, help_text=_("如「贵阳市城乡规划局行政审批专用章」。"))
    code = forms.CharField(label=_("印章编码"), max_length=40, help_text=_("大写字母、数字和连字符。"))
    kind = forms.ChoiceField(label=_("种类"), choices=Seal.Kind.choices)
    department = forms.ModelChoiceField(label=_("部门"), queryset=Department.objects.none(), to_field_name="code")
    holder_code = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False)
    purpose = forms.CharField(label=_("章面文字"), max_length=30, required=False, help_text=_("不填则用种类名称。"))
    picture = forms.FileField(label=_("印模图片"), required=False, help_text=_("PNG 或 JPEG；不传则由系统绘制。"))
    provider = forms.ChoiceField(label=_("签章服务"))
    two_steps = forms.BooleanField(label=_("先申请、经批准后用印"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.order_by("code")  # type: ignore[attr-defined]
        names = seal_providers.keys()
        labels = {"local": _("本机（测试，不具法律效力）"), "remote": _("远程签章服务")}
        self.fields["provider"].choices = [(key, labels.get(key, key)) for key in names]  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """Let a person use a seal."""

    user = forms.ModelChoiceField(label=_("用印人"), queryset=User.objects.none())
    items = forms.CharField(label=_("可用于"), required=False, help_text=_("模板或证照类型代码，用逗号隔开；不填为全部。"))
    valid_to = forms.DateField(label=_("止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
