"""The buttons of joint handling on the page of a branch: ask, give, do without."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext_lazy as _

from lantu.approvals import forms, services
from lantu.approvals.events import IN_WORK
from lantu.approvals.models import Branch, JointPart
from lantu.approvals.permissions import decides, gives_part, handles
from lantu.approvals.selectors.joint import counterparts
from lantu.approvals.words import definition_of
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import department_choices, name_of
from lantu.core.actor import Actor
from lantu.projects.acts import Act


def joint_acts(actor: Actor, branch: Branch) -> list[Act[Branch]]:
    """What this actor may do now about the parts of other levels."""
    found, role = list[Act[Branch]](), (actor.role,)
    waiting = list(branch.joint_parts.filter(state=JointPart.State.OPEN))
    for part in waiting:
        if gives_part.test(actor, part):
            found.append(Act("give_joint", _("出具联办意见"), role, lambda _one: True, _giving(part), GiveForm))
            break
    days = definition_of(branch.application).items[branch.item].joint_days
    if days and branch.state in IN_WORK and handles.test(actor, branch):
        others = [(one.code, name_of(one)) for one in counterparts(branch)]
        if others:
            found.append(Act("invite_joint", _("发起市区联办"), role, lambda _one: True, _invite, _invite_form(others, days)))
    if waiting and decides.test(actor, branch):
        found.append(Act("waive_joint", _("不再等待联办意见"), role, lambda _one: True, _waive, _waive_form(waiting)))
    return found


class GiveForm(django_forms.Form):
    verdict = django_forms.ChoiceField(label=_("联办意见"), choices=Verdict.choices)
    opinion = django_forms.CharField(label=_("内容"), widget=forms.AREA)
    basis = django_forms.CharField(label=_("法律依据"), required=False, max_length=300, help_text=_("不同意须写明。"))


def _giving(part: JointPart) -> Any:
    return lambda a, _branch, d: services.give_joint(a, part, d["verdict"], d["opinion"], d["basis"])


def _invite(actor: Actor, branch: Branch, data: dict[str, Any]) -> Any:
    return services.invite_joint(actor, branch, data["department"], data["question"], data["days"])


def _invite_form(others: list[tuple[str, str]], most: int) -> type[django_forms.Form]:
    class InviteForm(django_forms.Form):
        department = django_forms.ChoiceField(label=_("联办部门"), choices=others)
        question = django_forms.CharField(label=_("请联办的内容"), max_length=500, widget=forms.AREA)
        days = django_forms.IntegerField(
            label=_("期限（工作日，不填按事项库）"), required=False, min_value=1, max_value=most, widget=django_forms.NumberInput()
        )

    return InviteForm


def _waive_form(waiting: list[JointPart]) -> type[django_forms.Form]:
    names = dict(department_choices())

    class WaiveForm(django_forms.Form):
        part = django_forms.ChoiceField(
            label=_("联办部门"), choices=[(one.pk, names.get(one.department, one.department)) for one in waiting]
        )
        reason = django_forms.CharField(label=_("理由"), max_length=500, widget=forms.AREA)

    return WaiveForm


def _waive(actor: Actor, branch: Branch, data: dict[str, Any]) -> Any:
    part = branch.joint_parts.get(pk=data["part"])
    part.branch = branch
    return services.waive_joint(actor, branch, part, data["reason"])
