"""Joint handling between city and district (市区联办): the department that handles a branch asks one of the other level for its part."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.approvals.events import IN_WORK
from lantu.approvals.models import Branch, Handover, JointPart
from lantu.approvals.permissions import NEED_DECIDER, NEED_DEPARTMENT, decides, gives_part, handles
from lantu.approvals.selectors.joint import counterparts
from lantu.approvals.services.recording import locked
from lantu.approvals.words import definition_of
from lantu.casework import calendars
from lantu.casework.models import Clock
from lantu.casework.models.consultation import Verdict
from lantu.casework.services import end_clock, start_clock
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.verbs import verb

NEED_PART = gettext_lazy("须由联办部门的审查人或审定人办理。")


@verb("approvals.invite_joint", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def invite_joint(actor: Actor, branch: Branch, department: str, question: str, days: int | None = None) -> JointPart:
    """Ask a department of the other level for its part (发起联办): a district's where the city handles, the city's where a district does.
    It gets a task and a clock of its own that ends on or before the branch's.

    ``days``: working days, at most and by default what the pack says for the item. Raises ``BadInput`` for a department that is not a
    counterpart, no question or too many days, ``Conflict`` for an item that may not be handled jointly, a branch that is not in work, a
    part of that department that is open, or no time left within the branch's clock.
    """
    row = locked(branch)
    item = definition_of(row.application).items[row.item]
    if not item.joint_days:
        raise Conflict(
            _("按事项库，「%(item)s」不能市区联办。") % {"item": item.name_zh},
            where=str(row),
            how=_("可以会办，或在事项库里写明联办期限。"),
        )
    if row.state not in IN_WORK or row.clock is None:
        raise Conflict(_("受理之后、办结之前才能发起联办。"), where=str(row), how=_("请刷新页面。"))
    other = next((one for one in counterparts(row) if one.code == department), None)
    if other is None or not question.strip():
        raise BadInput(_("联办须选另一级的部门并写明内容。"), where=str(row), how=_("请从列表中选择部门，并补填内容。"))
    if row.joint_parts.filter(department=other.code, state=JointPart.State.OPEN).exists():
        raise Conflict(_("%(department)s的联办意见还没有出具。") % {"department": other}, where=str(row), how=_("请等它出具，或不再等待。"))
    limit = _limit(row, item.joint_days, days)
    made = JointPart.objects.create(
        branch=row,
        department=other.code,
        question=question.strip()[:500],
        clock=start_clock(
            system(),
            row.application,
            Clock.Kind.ITEM,
            limit,
            title=_("联办：%(item)s") % {"item": item.name_zh},
            department=other.code,
            basis=_("事项库：市区联办"),
        ),
        asked_by_name=actor.name,
        asked_by_department=actor.department or row.department,
    )
    Handover.objects.create(
        branch=row,
        kind=Handover.Kind.JOINT,
        to=other.code,
        reason=question.strip()[:500],
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=actor.department,
    )
    remark(department=other.code, days=limit)
    emit(actor, "approvals.joint_asked", row, part=made.pk, department=other.code)
    return made


def _limit(row: Branch, most: int, days: int | None) -> int:
    """The part's working days: within the pack's, and no further than the branch's own due day."""
    if days is not None and not 0 < days <= most:
        raise BadInput(
            _("联办至多 %(most)s 个工作日，填了 %(days)s。") % {"most": most, "days": days}, where=str(row), how=_("请改为不超过上限。")
        )
    today, limit = timezone.localdate(), days or most
    due = row.clock.due_on if row.clock is not None else None
    while due is not None and limit > 0 and calendars.current().add(today, limit)[0] > due:
        limit -= 1
    if limit <= 0 or (days is not None and limit < days):
        raise Conflict(_("本件 %(due)s 到期，剩下的时间不够联办。") % {"due": due}, where=str(row), how=_("请改少天数，或先依法延长时限。"))
    return limit


@verb("approvals.give_joint", permission=gives_part, need=NEED_PART, subject="part")
def give_joint(actor: Actor, part: JointPart, verdict: str, opinion: str, basis: str = "") -> JointPart:
    """Give one's part (出具联办意见): ``agree``, ``conditions`` or ``disagree``, with the opinion; who disagrees names the law. Raises
    ``Conflict`` when it is not open any more, ``BadInput`` for what is missing."""
    row = _open(part)
    if verdict not in Verdict.values or not opinion.strip():
        raise BadInput(_("联办意见须选同意、有条件同意或不同意，并写明内容。"), where=str(row), how=_("请补填。"))
    if verdict == Verdict.DISAGREE and not basis.strip():
        raise BadInput(_("不同意须写明法律依据。"), where=str(row), how=_("请补填。"))
    row.verdict, row.opinion, row.basis = verdict, opinion.strip(), basis.strip()[:300]
    _close(actor, row, JointPart.State.GIVEN)
    remark(verdict=verdict)
    emit(actor, "approvals.joint_given", row.branch, part=row.pk, department=row.department, verdict=verdict)
    part.refresh_from_db()
    return part


@verb("approvals.waive_joint", permission=decides, need=NEED_DECIDER, subject="branch")
def waive_joint(actor: Actor, branch: Branch, part: JointPart, reason: str) -> JointPart:
    """Go on without a part that has not come (不再等待联办意见), with the reason. Raises ``Conflict`` when it is not open any more."""
    row = _open(part)
    if row.branch_id != branch.pk:
        raise Conflict(_("这一件联办不属于本事项。"), where=str(row))
    if not reason.strip():
        raise BadInput(_("没有写明理由。"), where=str(row), how=_("请写明为什么不再等待。"))
    row.reason = reason.strip()[:500]
    _close(actor, row, JointPart.State.WAIVED)
    remark(department=row.department, reason=reason)
    emit(actor, "approvals.joint_closed", row.branch, part=row.pk, department=row.department, state=row.state)
    part.refresh_from_db()
    return part


def open_parts(branch: Branch) -> list[str]:
    """The departments, by name, whose part is still to come."""
    codes = list(branch.joint_parts.filter(state=JointPart.State.OPEN).values_list("department", flat=True))
    names = {one.code: str(one) for one in Department.objects.filter(code__in=codes)}
    return [names.get(code, code) for code in codes]


def void_parts(actor: Actor, branch: Branch, department: str = "") -> None:
    """A branch that ended takes its open parts with it, one that went over to ``department`` that department's; in the same transaction."""
    rows = branch.joint_parts.select_for_update().filter(state=JointPart.State.OPEN)
    for row in rows.filter(department=department) if department else rows:
        row.branch = branch
        _close(actor, row, JointPart.State.VOID)
        emit(actor, "approvals.joint_closed", branch, part=row.pk, department=row.department, state=row.state)


def _open(part: JointPart) -> JointPart:
    branch = locked(part.branch)
    row = JointPart.objects.select_for_update().get(pk=part.pk)
    row.branch = branch
    if row.state != JointPart.State.OPEN:
        raise Conflict(_("这一件联办现在是「%(state)s」。") % {"state": row.get_state_display()}, where=str(row), how=_("请刷新页面。"))
    return row


def _close(actor: Actor, row: JointPart, state: str) -> None:
    row.state, row.closed_by_id, row.closed_by_name, row.closed_at = state, actor.user_id, actor.name, timezone.now()
    row.save()
    clock = Clock.objects.filter(pk=row.clock_id or 0, ended_on=None).first()
    if clock is not None:
        end_clock(system(), clock, result=str(row.get_state_display()))
