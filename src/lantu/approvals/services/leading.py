"""The lead of a stage (牵头部门): one pre-check, the meeting, the conclusion; a branch goes over between departments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.approvals.events import ENDED
from lantu.approvals.join import Outcome
from lantu.approvals.models import Branch, Handover, LeadOpinion, StageApplication
from lantu.approvals.permissions import NEED_LEAD, NEED_LEAD_DECIDER, leads, leads_deciding
from lantu.approvals.services.joint import void_parts
from lantu.approvals.services.recording import locked, result_of, settle
from lantu.approvals.services.window import lock
from lantu.casework.models import Clock, Meeting, Task
from lantu.casework.people import answers_for
from lantu.casework.services import call_meeting, put_on_agenda
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.verbs import verb


@verb("approvals.precheck", permission=leads, need=NEED_LEAD, subject="application")
def precheck(actor: Actor, application: StageApplication, text: str) -> LeadOpinion:
    """The lead looks once at everything for all departments and tells them what to heed (牵头预审). Raises ``Conflict`` the second time or
    after the end, ``BadInput`` without a text."""
    row = lock(application)
    if row.state != StageApplication.State.OPEN:
        raise Conflict(_("阶段已经%(state)s，不能再预审。") % {"state": row.get_state_display()}, where=row.number)
    return _say(actor, row, LeadOpinion.Kind.PRECHECK, text)


@verb("approvals.conclude", permission=leads_deciding, need=NEED_LEAD_DECIDER, subject="application")
def conclude_stage(actor: Actor, application: StageApplication, text: str) -> LeadOpinion:
    """The lead's conclusion over the whole stage (综合意见), once the join has its result. Raises ``Conflict`` while branches are open, or
    the second time."""
    row = lock(application)
    outcome = result_of(row).outcome
    if outcome == Outcome.OPEN:
        raise Conflict(_("还有事项没有办结，不能出综合意见。"), where=row.number, how=_("请看案卷上方还差哪几项。"))
    made = _say(actor, row, LeadOpinion.Kind.CONCLUSION, text, outcome=outcome.value)
    emit(actor, "approvals.concluded", row, outcome=outcome.value)
    return made


def _say(actor: Actor, row: StageApplication, kind: LeadOpinion.Kind, text: str, *, outcome: str = "") -> LeadOpinion:
    if not text.strip():
        raise BadInput(_("没有填意见。"), where=row.number, how=_("请补填。"))
    if row.lead_opinions.filter(kind=kind).exists():
        raise Conflict(_("本阶段已有%(kind)s。") % {"kind": kind.label}, where=row.number, how=_("请刷新页面。"))
    remark(kind=kind.value)
    return LeadOpinion.objects.create(
        application=row,
        kind=kind,
        text=text.strip(),
        outcome=outcome,
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=actor.department,
    )


@verb("approvals.call_joint_meeting", permission=leads, need=NEED_LEAD, subject="application")
def call_joint_meeting(
    actor: Actor, application: StageApplication, title: str, at: datetime, *, place: str = "", departments: Iterable[str] = ()
) -> Meeting:
    """Call the departments of the stage to a joint review (联合评审会), with the case on the agenda. ``departments``: others besides."""
    row = lock(application)
    codes = dict.fromkeys([*row.branches.values_list("department", flat=True), *departments])
    today = [one for code in codes for one in _today(code)]
    meeting = call_meeting(actor, _("联合评审会"), title, at, place=place, departments=dict.fromkeys(today))
    put_on_agenda(actor, meeting, row)
    return meeting


def _today(code: str) -> list[str]:
    from lantu.casework.people import today_of

    found = Department.objects.filter(code=code).first()
    return today_of(found) if found else []


@verb("approvals.transfer", permission=leads, need=NEED_LEAD, subject="branch")
def transfer(actor: Actor, branch: Branch, department: str, reason: str) -> Branch:
    """Give a branch to another department, as between city and district (移交): its events and its clock stay, the days go on counting.

    Raises ``BadInput`` for an unknown department or without a reason, ``Conflict`` for a branch that has ended.
    """
    row = locked(branch, wherever=True)
    to = Department.objects.filter(code=department).first()
    if to is None or not reason.strip():
        raise BadInput(_("移交须选接办部门并写明理由。"), where=str(row), how=_("请补填。"))
    if row.state in ENDED:
        raise Conflict(_("这一项已经办结，不能移交。"), where=str(row))
    if department == row.department or row.department in answers_for(department):
        raise BadInput(_("这一项已经由 %(department)s 承办。") % {"department": to}, where=str(row), how=_("请改选部门。"))
    before = row.department
    row.department = department
    row.save(update_fields=["department"])
    Clock.objects.filter(pk__in=[key for key in (row.clock_id, row.acceptance_id) if key]).update(department=department)
    Task.objects.filter(url=row.get_absolute_url(), is_open=True, department=before).update(
        department=department, person_id=None, person_name=""
    )
    Handover.objects.create(
        branch=row,
        kind=Handover.Kind.TRANSFERRED,
        to=department,
        reason=reason.strip(),
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=before,
    )
    void_parts(actor, row, department)
    remark(before=before, to=department, reason=reason)
    emit(actor, "approvals.transferred", row, before=before, to=department, on=timezone.localdate().isoformat())
    settle(actor, row.application)
    branch.refresh_from_db()
    return branch
