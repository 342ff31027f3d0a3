"""Forms of the acts; the rules stand in the verbs, the forms only read the fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.blueprints.selectors.names import name_of
from lantu.casework.models import Meeting
from lantu.conflicts.models import Batch, ConflictCase
from lantu.conflicts.pack import stances
from lantu.conflicts.services.batches import default_question
from lantu.conflicts.services.proposing import options_of
from lantu.core.actor import Actor
from lantu.ui import marks


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


def text_field(label: Any, **options: Any) -> forms.CharField:
    """Some lines of text."""
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), **options)


class ActForm(forms.Form):
    """An act on a case. ``version``: what the person saw of it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, case: ConflictCase, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.actor = case, actor
        self.fields["version"].initial = case.version
        self.fill()

    def fill(self) -> None:
        """Set choices and first values from the case."""


class NoteForm(ActForm):
    note = text_field(_("说明"), required=False)


class ReasonForm(ActForm):
    reason = text_field(_("理由"))


class TriageForm(ActForm):
    severity = forms.TypedChoiceField(
        label=_("等级"), coerce=int, choices=list(marks.SEVERITIES.items()), help_text=_("触及一级规则的不能降级。")
    )
    departments = forms.MultipleChoiceField(
        label=_("责任部门"), widget=forms.CheckboxSelectMultiple, help_text=_("征求意见时发给这些部门。")
    )
    note = text_field(_("说明"), required=False)

    def fill(self) -> None:
        self.fields["severity"].initial = self.case.severity
        self.fields["departments"].choices = departments_today()  # type: ignore[attr-defined]
        self.fields["departments"].initial = self.case.departments


class NumberedChoice(forms.ModelChoiceField):
    """A row to choose, by its number and title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {obj.title}"


class ListForm(ActForm):
    batch = NumberedChoice(
        label=_("问题清单"), queryset=Batch.objects.none(), help_text=_("只列出编制中的清单；没有时请先在「问题清单」里新编。")
    )

    def fill(self) -> None:
        self.fields["batch"].queryset = Batch.objects.filter(state=Batch.State.OPEN)  # type: ignore[attr-defined]


class AskForm(ActForm):
    due = day_field(_("答复期限"), required=False, help_text=_("不填则用问题清单的期限，再一轮按城市包的工作日数计算。"))
    question = text_field(_("征求事项"), required=False)

    def fill(self) -> None:
        self.fields["due"].initial = self.case.batch.deadline if self.case.batch and not self.case.round else None
        self.fields["question"].initial = (self.case.batch.question if self.case.batch else "") or default_question()


class GeometryForm(ActForm):
    """An act that may bring a geometry of its own: drawn on the map, or uploaded."""

    drawn = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"id": "drawn"}))
    geometry = forms.FileField(label=_("图形"), required=False)


class ProposeForm(GeometryForm):
    option = forms.ChoiceField(label=_("方案"), widget=forms.RadioSelect)
    reason = text_field(_("理由"), required=False, help_text=_("不填则用原则给出的理由。"))
    due = day_field(_("规划修改期限"), required=False, help_text=_("不填则按方案的月数计算。"))
    geometry = forms.FileField(
        label=_("新图形"), required=False, help_text=_("只对图斑的一部分作决定时上传或在图上画：界址点 TXT、GeoJSON 或 WKT。")
    )
    field_order = ("option", "reason", "due", "geometry")

    def fill(self) -> None:
        found = options_of(self.case)
        self.fields["option"].choices = [(one.letter, f"{one.letter}　{one.title}") for one in found]  # type: ignore[attr-defined]
        self.fields["option"].initial = found[0].letter if found else ""


class PositionForm(GeometryForm):
    department = forms.ChoiceField(label=_("部门"), required=False)
    stance = forms.ChoiceField(label=_("意见"), widget=forms.RadioSelect)
    reason = text_field(_("理由"), required=False, help_text=_("不同意、提出图形须写明。"))
    law = forms.CharField(label=_("法律依据"), required=False, max_length=300, help_text=_("不同意须写明。"))
    file = forms.FileField(label=_("附件"), required=False, help_text=_("代录时须附部门的回函。"))
    geometry = forms.FileField(label=_("图形"), required=False, help_text=_("提出图形时上传或在图上画：界址点 TXT、GeoJSON 或 WKT。"))
    field_order = ("department", "stance", "reason", "law", "file", "geometry")

    def fill(self) -> None:
        self.fields["stance"].choices = [(one.code, one.name) for one in stances().values()]  # type: ignore[attr-defined]
        if self.actor.role == "planner":
            named = dict(departments_today())
            asked = [(code, named.get(code, code)) for code in self.case.departments]
            self.fields["department"].choices = asked  # type: ignore[attr-defined]
        else:
            del self.fields["department"]


class MeetingForm(ActForm):
    meeting = NumberedChoice(label=_("会议"), queryset=Meeting.objects.none(), required=False, empty_label=_("新开一次协调会"))
    title = forms.CharField(label=_("新会议名称"), required=False, max_length=200)
    at = forms.DateTimeField(label=_("时间"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    place = forms.CharField(label=_("地点"), required=False, max_length=200)

    def fill(self) -> None:
        called = Meeting.objects.filter(state=Meeting.State.CALLED).order_by("at")
        self.fields["meeting"].queryset = called  # type: ignore[attr-defined]
        self.fields["meeting"].initial = called.first()


class SubmitForm(ActForm):
    title = forms.CharField(label=_("报批件名称"), max_length=200)

    def fill(self) -> None:
        self.fields["title"].initial = f"{self.case.number} {timezone.localdate():%Y-%m-%d}"


class DeferForm(ActForm):
    reason = text_field(_("理由"))
    document_no = forms.CharField(label=_("批复文号"), required=False, max_length=100, help_text=_("一级案件必填。"))
    document_date = day_field(_("批复日期"), required=False)


class DuplicateForm(ActForm):
    of = forms.CharField(label=_("与哪一件重复"), max_length=24, help_text=_("填案件编号，如 CT-2018-0398。"))
    note = text_field(_("说明"), required=False)


class BatchForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=200)
    deadline = day_field(_("答复期限"))
    question = text_field(_("征求事项"), required=False)


class PassForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    minutes = text_field(_("会议纪要"), required=False, help_text=_("写明纪要文号或审议要点。"))


class ApproveForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    document_no = forms.CharField(label=_("批复文号"), max_length=100)
    document_date = day_field(_("批复日期"))
    document = forms.FileField(label=_("批复文件"), required=False)
    note = text_field(_("意见"), required=False)


class SubmitManyForm(forms.Form):
    title = forms.CharField(label=_("报批件名称"), max_length=200)


class PositionsFileForm(forms.Form):
    file = forms.FileField(label=_("填好的表格（.xlsx）"))


def departments_today() -> list[tuple[str, str]]:
    """Departments that there are today, by code."""
    rows = Department.objects.exclude(valid_to__lte=timezone.localdate()).order_by("code")
    return [(row.code, row.short_zh or name_of(row)) for row in rows]
