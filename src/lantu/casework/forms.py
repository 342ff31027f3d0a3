"""Forms of the casework pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.casework import conditions
from lantu.casework.models import AgendaItem
from lantu.casework.models.clock import Unit
from lantu.casework.models.consultation import Verdict
from lantu.casework.policy import policy

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


class StopForm(forms.Form):
    """A pause: its kind in the city pack, or another with its own ground and maximum."""

    OTHER = "other"
    kind = forms.ChoiceField(label=_("停计种类"), widget=forms.Select(attrs={"class": "sel"}))
    notice = text(_("如何告知申请人或被征求部门所需时间"), most=300, hint=_("填告知的方式、日期或文书号。"))
    maximum = forms.IntegerField(
        label=_("最长期限"), required=False, min_value=1, max_value=999, help_text=_("不填按城市包；届满自动恢复计时。")
    )
    unit = forms.ChoiceField(label=_("期限单位"), choices=[("", _("按城市包")), *Unit.choices], required=False)
    label = text(_("事由"), required=False, hint=_("「其他」必填。"))
    basis = text(_("法律依据"), required=False, most=300, hint=_("不填按城市包；「其他」必填，写到条。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            (
                one.code,
                _("%(name)s（%(basis)s，最长 %(n)s 个%(unit)s）")
                % {"name": one.name, "basis": one.basis, "n": one.maximum, "unit": Unit(one.unit).label},
            )
            for one in policy().pauses.values()
        ]
        self.fields["kind"].choices = [*kinds, (self.OTHER, _("其他"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Values as ``stop_clock`` takes them."""
        given = super().clean() or {}
        if given.get("kind") == self.OTHER and not given.get("label"):
            self.add_error("label", _("请写明事由。"))
        return given


class ExtendForm(forms.Form):
    """An extension; who fills it in is who approves it."""

    days = forms.IntegerField(label=_("延长日数"), min_value=1, max_value=999)
    reason = text(_("告知申请人的理由"))
    basis = text(_("法律依据"), required=False, most=300)


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
