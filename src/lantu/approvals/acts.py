"""What may be done with a case and its branches now, and by whom: the buttons of their pages. The verbs check again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import rules
from django import forms as django_forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantu.approvals import forms, services
from lantu.approvals.events import ENDED, IN_WORK, Code
from lantu.approvals.joint_acts import joint_acts
from lantu.approvals.models import Branch, LeadOpinion, Objection, Promise, StageApplication
from lantu.approvals.permissions import can_receive, decides, handles, is_applicant, leads, leads_deciding, reviews
from lantu.approvals.services.filing import AGAIN
from lantu.approvals.services.handling import read_conditions
from lantu.approvals.services.objections import DECIDED
from lantu.approvals.services.papers import unsealed
from lantu.approvals.services.recording import case_of
from lantu.approvals.services.sealing import seal_notices
from lantu.core.actor import Actor
from lantu.documents.services import seal_for
from lantu.projects.acts import Act

BEGUN = IN_WORK - {Code.ACCEPTED}
"""In work and started: what only who has begun may do."""
OPEN = StageApplication.State.OPEN
Do = Callable[[Actor, Branch, dict[str, Any]], Any]


def _with(form: Any, branch: Branch) -> type[django_forms.Form]:
    """The form class bound to a branch, whose choices it takes."""

    class Bound(form):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.of(branch)

    return Bound


def _special_form(branch: Branch) -> type[django_forms.Form]:
    """Which of the open special procedures ends."""
    rows = {event.pause: event for event in branch.events.filter(code=Code.SPECIAL_BEGINS)}
    still = case_of(branch).open_pauses
    choices = [(key, f"{rows[key].on}　{rows[key].opinion}") for key in sorted(still) if key in rows]

    class EndForm(django_forms.Form):
        pause = django_forms.ChoiceField(label=_("特别程序"), choices=choices)
        result = django_forms.CharField(label=_("结果"), required=False, widget=forms.AREA)

    return EndForm


def branch_acts(actor: Actor, branch: Branch) -> list[Act[Branch]]:
    """The acts over one branch for this actor."""
    role = (actor.role,)
    state, found = branch.state, list[Act[Branch]]()

    def add(allowed: rules.Predicate, when: bool) -> Callable[..., None]:
        """Takes the act, and keeps it when it makes sense now and this actor may."""

        def take(key: str, label: Any, do: Do, form: Any = None, *, main: bool = False, danger: bool = False) -> None:
            if when and allowed.test(actor, branch):
                found.append(Act(key, label, role, lambda _one: True, do, form, main=main, danger=danger))

        return take

    last = branch.reviews.order_by("-pk").first()
    reviewed = last is not None and not last.returned
    open_promises = set(branch.promises.filter(state=Promise.State.OPEN).values_list("kind", flat=True))
    objected = branch.objections.filter(state=Objection.State.OPEN).exists()
    add(reviews, state == Code.ACCEPTED)("start", _("开始办理"), lambda a, b, d: services.start_work(a, b), main=True)
    add(reviews, state == Code.STARTED and not reviewed)("review", _("提出审核意见"), _review, forms.ReviewForm)
    add(decides, state == Code.STARTED and reviewed)(
        "decide",
        _("审定"),
        lambda a, b, d: services.decide(a, b, d["code"], d["opinion"]),
        forms.DecideForm,
    )
    add(decides, state == Code.STARTED and reviewed)(
        "return",
        _("退回重审"),
        lambda a, b, d: services.return_review(a, b, d["reason"]),
        forms.ReasonForm,
    )
    add(reviews, state in BEGUN)(
        "special",
        _("启动特别程序"),
        lambda a, b, d: services.order_special(a, b, d["kind"], maximum=d["maximum"]),
        forms.SpecialForm,
    )
    paused = state in (Code.SPECIAL_BEGINS, Code.SPECIAL_ENDS)
    add(reviews, paused)(
        "end_special",
        _("结束特别程序"),
        lambda a, b, d: services.end_special(a, b, d["pause"], d["result"]),
        _special_form(branch) if paused else None,
    )
    add(handles, state in BEGUN)(
        "co_handle",
        _("会办"),
        lambda a, b, d: services.co_handle(a, b, d["departments"], d["question"]),
        forms.CoHandleForm,
    )
    add(handles, state in IN_WORK)(
        "delegate",
        _("转办"),
        lambda a, b, d: services.delegate(a, b, d["person"], d["reason"]),
        _with(forms.DelegateForm, branch),
    )
    add(decides, state in BEGUN and branch.clock is not None)(
        "extend",
        _("延长时限"),
        lambda a, b, d: services.extend(a, b, d["days"], d["reason"], d["approver"]),
        forms.ExtendForm,
    )
    add(handles, branch.conditions.filter(state="open").exists())(
        "condition",
        _("核对条件"),
        lambda a, b, d: services.meet_condition(a, b, d["condition"], d["evidence"], waive=d["waive"]),
        _with(forms.ConditionForm, branch),
    )
    add(can_receive, Promise.Kind.DEFERRAL in open_promises or state == Code.APPROVED_DEFERRED)(
        "heal",
        _("容缺材料已补齐"),
        lambda a, b, d: services.heal(a, b, d["note"]),
        forms.NoteForm,
    )
    add(handles, Promise.Kind.COMMITMENT in open_promises and state in ENDED)(
        "commitment",
        _("承诺核查"),
        lambda a, b, d: services.check_commitment(a, b, d["kept"], d["note"]),
        forms.CommitmentForm,
    )
    add(leads, state is not None and state not in ENDED)(
        "transfer",
        _("移交其他部门"),
        lambda a, b, d: services.transfer(a, b, d["department"], d["reason"]),
        forms.TransferForm,
    )
    again = state in AGAIN and branch.application.state == OPEN
    add(is_applicant, again)("again", _("重新申报这一项"), lambda a, b, d: services.file_again(a, b), main=True)
    going = state in (Code.RECEIVED, Code.CORRECTION_ASKED, Code.CORRECTION_DONE, Code.ACCEPTED, Code.STARTED, Code.SPECIAL_BEGINS)
    add(is_applicant, going)(
        "withdraw",
        _("撤回这一项"),
        lambda a, b, d: services.withdraw(a, b, d["reason"]),
        forms.ReasonForm,
        danger=True,
    )
    add(is_applicant, state in DECIDED and not objected)(
        "object",
        _("提出异议"),
        lambda a, b, d: services.file_objection(a, b, d["text"]),
        forms.ObjectionForm,
    )
    add(decides, objected)(
        "answer",
        _("答复异议"),
        lambda a, b, d: services.answer_objection(a, b, d["upheld"], d["answer"]),
        forms.AnswerForm,
    )
    add(decides, state in (Code.APPROVED, Code.APPROVED_DEFERRED))(
        "revoke",
        _("撤销决定"),
        lambda a, b, d: services.revoke(a, b, d["reason"]),
        forms.ReasonForm,
        danger=True,
    )
    add(handles, handles.test(actor, branch) and _may_seal(actor, branch))("seal", _("文书用印"), _seal)
    return [*found, *joint_acts(actor, branch)]


def _may_seal(actor: Actor, branch: Branch) -> bool:
    """Whether a notice of the actor's department waits for a seal that the actor may use."""
    return any(seal_for(actor, paper) is not None for paper in unsealed(actor, branch.application))


def _seal(actor: Actor, branch: Branch, _data: dict[str, Any]) -> Branch:
    seal_notices(actor, branch)
    return branch


def _review(actor: Actor, branch: Branch, data: dict[str, Any]) -> Any:
    conditions = read_conditions(data["conditions"])
    return services.review(actor, branch, data["proposal"], data["opinion"], basis=data["basis"], conditions=conditions)


def case_acts(actor: Actor, application: StageApplication, opinions: Iterable[LeadOpinion]) -> list[Act[StageApplication]]:
    """The acts over a whole stage for this actor: the lead's, and making results for one's department. ``opinions``: what the lead said."""
    found = list[Act[StageApplication]]()
    said = {one.kind for one in opinions}
    running = application.state == OPEN
    if leads.test(actor, application) and running:
        if LeadOpinion.Kind.PRECHECK not in said:
            found.append(_act(actor, "precheck", _("牵头预审"), lambda a, c, d: services.precheck(a, c, d["text"]), forms.TextForm))
        found.append(_act(actor, "meeting", _("召集联合评审会"), _meeting, forms.MeetingForm))
    ended = application.state in ("approved", "approved_deferred", "rejected", "not_required", "withdrawn")
    if leads_deciding.test(actor, application) and ended and LeadOpinion.Kind.CONCLUSION not in said:
        found.append(_act(actor, "conclude", _("签署综合意见"), lambda a, c, d: services.conclude_stage(a, c, d["text"]), forms.TextForm))
    return found


def _act(
    actor: Actor, key: str, label: Any, do: Callable[[Actor, StageApplication, dict[str, Any]], Any], form: Any
) -> Act[StageApplication]:
    return Act(key, label, (actor.role,), lambda _one: True, do, form)


def _meeting(actor: Actor, application: StageApplication, data: dict[str, Any]) -> Any:
    at: datetime = data["at"]
    at = at if timezone.is_aware(at) else timezone.make_aware(at)
    return services.call_joint_meeting(actor, application, data["title"], at, place=data["place"])
