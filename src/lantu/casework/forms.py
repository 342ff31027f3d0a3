"""Forms of the casework pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.casework import conditions
from lantu.casework.models import AgendaItem
from lantu.casework.models.consultation import Verdict

AREA = forms.Textarea(attrs={"class": "inp", "rows": 4})


def text(label: Any, *, required: bool = True, most: int = 200, hint: Any = "") -> forms.CharField:
    """A line of text."""
    return forms.CharField(label=label, required=required, max_length=most, help_text=hint, widget=forms.TextInput(attrs={"class": "inp"}))


def departments_field(label: Any, *, required: bool = False) -> forms.ModelMultipleChoiceField:
    """The departments of today, to tick."""
    rows = Department.objects.filter(valid_to=None).order_by("code")
    return forms.ModelMultipleChoiceField(rows, label=label, required=required, widget=forms.CheckboxSelectMultiple)


class ReplyForm(forms.Form):
    """A department's answer."""

    verdict = forms.ChoiceField(label=_("意见"), choices=Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("理由"), required=False, widget=AREA, help_text=_("不同意时必填。"))
    law = text(_("法律依据"), required=False, most=300, hint=_("不同意时必填，写到条。"))
    conditions = forms.CharField(
        label=_("条件"),
        required=False,
        help_text=_("一行一条。能量化的写成「项目 ≤ 数值 单位」，如「建筑高度 ≤ 24 m」，便于与别的部门核对。"),
        widget=AREA,
    )
    file = forms.FileField(label=_("附件"), required=False)

    def given_conditions(self) -> list[dict[str, Any]]:
        """The conditions, a line each."""
        return [conditions.parse(line) for line in self.cleaned_data["conditions"].splitlines() if line.strip()]


class CoReplyForm(forms.Form):
    """The opinion of a department that was drawn in."""

    verdict = forms.ChoiceField(label=_("意见"), choices=Verdict.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(label=_("协办意见"), widget=AREA)


class MeetingForm(forms.Form):
    """A meeting to be called."""

    title = text(_("会议名称"))
    kind = text(_("种类"), most=40, hint=_("如：协调会、专题会、规委会。"))
    at = forms.DateTimeField(
        label=_("时间"), widget=forms.DateTimeInput(attrs={"class": "inp", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    place = text(_("地点"), required=False)
    chair = text(_("主持人"), required=False, most=100)
    departments = departments_field(_("参会部门"))


class MinuteForm(forms.Form):
    """What was said and decided of one item."""

    minutes = forms.CharField(label=_("讨论情况"), required=False, widget=AREA)
    decision = forms.ChoiceField(label=_("决定"), choices=AgendaItem.Decision.choices, widget=forms.Select(attrs={"class": "sel"}))
    decision_text = forms.CharField(label=_("决定内容"), required=False, widget=AREA, help_text=_("有条件同意和不同意须写明。"))
