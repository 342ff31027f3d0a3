"""Forms of the office's acts over cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, User
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, BranchCondition, StageApplication, StageResult
from lantu.approvals.words import CODES
from lantu.casework.people import answers_for, department_choices, people_in
from lantu.casework.policy import policy

VERDICTS = [(int(code), CODES[code]) for code in (Code.APPROVED, Code.APPROVED_DEFERRED, Code.REJECTED)]
AREA = forms.Textarea(attrs={"rows": 3})


class TextForm(forms.Form):
    text = forms.CharField(label=_("意见"), widget=AREA)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=AREA)


class NoteForm(forms.Form):
    note = forms.CharField(label=_("说明"), required=False, widget=AREA)


def _most(kind: Any) -> str:
    """The longest time of a kind of pause, in words."""
    words = _("至多 %(n)s 个自然日") if kind.unit == "calendar" else _("至多 %(n)s 个工作日")
    return str(words) % {"n": kind.maximum}


class SpecialForm(forms.Form):
    """A special procedure of the pack's kinds."""

    kind = forms.ChoiceField(label=_("种类"))
    maximum = forms.IntegerField(label=_("最长（不填按规定）"), required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = (get_language() or "").startswith("en")
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, f"{(kind.name_en if english else '') or kind.name_zh}（{kind.basis}，{_most(kind)}）")
            for code, kind in policy().pauses.items()
        ]


class ReviewForm(forms.Form):
    """A reviewer's proposal."""

    proposal = forms.TypedChoiceField(label=_("建议"), choices=VERDICTS, coerce=int)
    opinion = forms.CharField(label=_("意见"), widget=AREA)
    basis = forms.CharField(label=_("法律依据"), required=False, max_length=300)
    conditions = forms.CharField(
        label=_("所附条件"), required=False, widget=AREA, help_text=_("一行一条，可写成「容积率 ≤ 0.8」，发证前逐条核对。")
    )


class DecideForm(forms.Form):
    """A decider's verdict."""

    code = forms.TypedChoiceField(label=_("审定"), choices=VERDICTS, coerce=int)
    opinion = forms.CharField(label=_("意见（不填用审核意见）"), required=False, widget=AREA)


class ExtendForm(forms.Form):
    days = forms.IntegerField(label=_("延长（日）"), min_value=1)
    approver = forms.CharField(label=_("批准人"), max_length=100)
    reason = forms.CharField(label=_("告知申请人的理由"), max_length=200)


class CoHandleForm(forms.Form):
    departments = forms.MultipleChoiceField(label=_("会办部门"), choices=department_choices, widget=forms.CheckboxSelectMultiple)
    question = forms.CharField(label=_("问题"), widget=AREA)


class TransferForm(forms.Form):
    department = forms.ChoiceField(label=_("接办部门"), choices=department_choices)
    reason = forms.CharField(label=_("理由"), max_length=500)


class MeetingForm(forms.Form):
    title = forms.CharField(label=_("会议名称"), max_length=200)
    at = forms.DateTimeField(label=_("时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    place = forms.CharField(label=_("地点"), required=False, max_length=200)


class CommitmentForm(forms.Form):
    kept = forms.TypedChoiceField(
        label=_("核查结论"), choices=[("1", _("已履行")), ("0", _("未履行，撤销"))], coerce=lambda value: value == "1"
    )
    note = forms.CharField(label=_("核查情况"), max_length=500)


class ObjectionForm(forms.Form):
    text = forms.CharField(label=_("异议和理由"), widget=AREA)


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label=_("答复"), choices=[("0", _("异议不成立")), ("1", _("异议成立，另行更正或撤销"))], coerce=lambda value: value == "1"
    )
    answer = forms.CharField(label=_("理由"), widget=AREA)


class DelegateForm(forms.Form):
    """Who of the department takes it; ``actor_department`` bounds the choice."""

    person = forms.ModelChoiceField(label=_("转给"), queryset=User.objects.none())
    reason = forms.CharField(label=_("说明"), required=False, max_length=500)

    def of(self, branch: Branch) -> DelegateForm:
        today = [code for code in Department.objects.values_list("code", flat=True) if branch.department in answers_for(code)]
        people = people_in(roles=("reviewer", "planner", "decider"), departments=today)
        self.fields["person"].queryset = User.objects.filter(pk__in=[one.pk for one in people])  # type: ignore[attr-defined]
        return self


class ConditionForm(forms.Form):
    """Tick a condition of the branch."""

    condition = forms.ModelChoiceField(label=_("条件"), queryset=BranchCondition.objects.none())
    evidence = forms.CharField(label=_("证据"), max_length=500)
    waive = forms.BooleanField(label=_("不再适用"), required=False)

    def of(self, branch: Branch) -> ConditionForm:
        self.fields["condition"].queryset = branch.conditions.filter(state="open")  # type: ignore[attr-defined]
        return self


class ResultForm(forms.Form):
    """What a certificate says. ``fields_of``: the fields of its type with what the case suggests."""

    def __init__(self, result: StageResult, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from lantu.approvals.permits import permit_office
        from lantu.approvals.selectors.filed import suggested

        self.result = result
        wanted = permit_office().fields(result.type)
        known = {**suggested(result.application, wanted), **result.data}
        for one in wanted:
            self.fields[one.name] = forms.CharField(label=one.title, required=one.required, max_length=300, initial=known.get(one.name, ""))


class DeliverForm(forms.Form):
    manner = forms.ChoiceField(
        label=_("送达方式"), choices=[(one.value, one.label) for one in (StageResult.Manner.COUNTER, StageResult.Manner.POST)]
    )
    receiver = forms.CharField(label=_("签收人"), max_length=100)
    receipt_no = forms.CharField(label=_("证件尾号或邮寄单号"), required=False, max_length=100)


class PaperForm(forms.Form):
    """A paper brought to the counter."""

    code = forms.ChoiceField(label=_("材料"))
    file = forms.FileField(label=_("扫描件"))
    title = forms.CharField(label=_("名称"), max_length=200)
    pages = forms.IntegerField(label=_("页数"), min_value=1, initial=1)
    brought_by = forms.CharField(label=_("送件人"), max_length=100)

    def __init__(self, application: StageApplication, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from lantu.approvals.words import definition_of, local

        definition = definition_of(application)
        codes = dict.fromkeys(code for row in application.branches.all() for code in definition.items[row.item].materials)
        self.fields["code"].choices = [  # type: ignore[attr-defined]
            (code, local(definition.materials[code]["name_zh"], definition.materials[code].get("name_en", ""))) for code in codes
        ]
