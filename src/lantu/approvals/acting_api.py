"""``/api/v1/approvals/…/acts``: what one may do with a case or a branch now, and doing it. These are the buttons of the pages: the same
forms, the same verbs, the same sealed papers."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django import forms
from django.http import HttpRequest
from ninja import Body, Router, Schema

from lantu.approvals.acts import branch_acts, case_acts
from lantu.approvals.api_words import actor_of, find_branch, find_case, full_branch_out, full_case_out, readings
from lantu.approvals.models import Branch
from lantu.approvals.permissions import READERS
from lantu.approvals.schemas import FullBranchOut, FullCaseOut
from lantu.approvals.words import Words
from lantu.core.access import access
from lantu.projects.acts import Act, carry_out_by_key, form_of

router = Router(tags=["approvals: acts"])


class FieldOut(Schema):
    """What an act asks. ``choices``: value and its words, where it is chosen; ``many``: a list of values."""

    name: str
    label: str
    required: bool
    many: bool
    choices: list[list[str]]


class ActOut(Schema):
    """An act that one may do now."""

    key: str
    label: str
    fields: list[FieldOut]


def act_out(act: Act[Any], subject: Any) -> ActOut:
    """An act with the fields of its form."""
    form = form_of(act, subject, prefix=None)
    return ActOut(key=act.key, label=str(act.label), fields=[_field(name, one) for name, one in form.fields.items()] if form else [])


def _field(name: str, one: forms.Field) -> FieldOut:
    choices = getattr(one, "choices", ())
    pairs = [[str(value), str(words)] for value, words in choices if value not in ("", None)]
    return FieldOut(
        name=name, label=str(one.label or name), required=one.required, many=isinstance(one, forms.MultipleChoiceField), choices=pairs
    )


@router.get("branches/{pk}/acts", response=list[ActOut], url_name="approvals-branch-acts")
@access(*READERS)
def acts_of_branch(request: HttpRequest, pk: int) -> list[ActOut]:
    """What one may do with a branch now."""
    actor = actor_of(request)
    row = find_branch(actor, pk)
    return [act_out(one, row) for one in branch_acts(actor, row)]


@router.post("branches/{pk}/acts/{key}", response=FullBranchOut, url_name="approvals-branch-act")
@access(*READERS)
def act_on_branch(request: HttpRequest, pk: int, key: str, given: Body[dict[str, Any]]) -> FullBranchOut:
    """Do it: extend, hand over, ask others, tick a condition, transfer, revoke, object, answer an objection, file again …"""
    actor = actor_of(request)
    row = find_branch(actor, pk)
    carry_out_by_key(branch_acts(actor, row), actor, row, key, given)
    row = Branch.objects.select_related("application__project", "application__definition", "clock").get(pk=pk)
    return full_branch_out(row, Words(), readings([row]).get(row.clock_id or 0))


@router.get("cases/{number}/acts", response=list[ActOut], url_name="approvals-case-acts")
@access(*READERS)
def acts_of_case(request: HttpRequest, number: str) -> list[ActOut]:
    """What one may do with a whole stage now."""
    actor = actor_of(request)
    row = find_case(actor, number)
    return [act_out(one, row) for one in case_acts(actor, row, row.lead_opinions.all())]


@router.post("cases/{number}/acts/{key}", response=FullCaseOut, url_name="approvals-case-act")
@access(*READERS)
def act_on_case(request: HttpRequest, number: str, key: str, given: Body[dict[str, Any]]) -> FullCaseOut:
    """Do it: the lead's pre-check, the meeting, the conclusion."""
    actor = actor_of(request)
    row = find_case(actor, number)
    carry_out_by_key(case_acts(actor, row, row.lead_opinions.all()), actor, row, key, given)
    return full_case_out(find_case(actor, number))
