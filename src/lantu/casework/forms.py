"""Forms of the casework pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.casework.models.consultation import Verdict


class ReplyForm(forms.Form):
    """A department's answer."""

    verdict = forms.ChoiceField(label=_("意见"), choices=Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("理由"), required=False, widget=forms.Textarea(attrs={"class": "inp", "rows": 4}))
    law = forms.CharField(label=_("法律依据"), required=False, max_length=300, widget=forms.TextInput(attrs={"class": "inp"}))
    conditions = forms.CharField(
        label=_("条件"),
        required=False,
        help_text=_("一行一条。能量化的写成「项目 ≤ 数值 单位」，如「建筑高度 ≤ 24 m」，便于与别的部门核对。"),
        widget=forms.Textarea(attrs={"class": "inp", "rows": 4}),
    )

    def given_conditions(self) -> list[dict[str, Any]]:
        """The conditions, a line each."""
        from lantu.casework.conditions import parse

        return [parse(line) for line in self.cleaned_data["conditions"].splitlines() if line.strip()]
