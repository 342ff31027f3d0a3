"""Verbs over one branch: every event of domain.md 6.4, by the role that may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, BranchCondition, CorrectionPoint, Review
from lantu.approvals.permissions import (
    NEED_APPLICANT,
    NEED_DECIDER,
    NEED_DEPARTMENT,
    NEED_WINDOW,
    can_receive,
    decides,
    is_applicant,
    reviews,
)
from lantu.approvals.services.acceptance import restart
from lantu.approvals.services.joint import open_parts, void_parts
from lantu.approvals.services.promises import open_deferrals
from lantu.approvals.services.recording import case_of, locked, settle, write
from lantu.casework.models import Clock
from lantu.casework.services import end_clock, resume_clock, start_clock, stop_clock
from lantu.casework.services.clocks import add_part
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.verbs import verb

VERDICTS = (Code.APPROVED, Code.APPROVED_DEFERRED, Code.REJECTED)


@verb("approvals.accept", permission=can_receive, need=NEED_WINDOW, subject="branch")
def accept(actor: Actor, branch: Branch) -> Branch:
    """Accept a case (受理, 3): its clock starts, and the stage's with the first. The day itself is not counted."""
    return take_in(actor, branch, timezone.localdate())


def take_in(actor: Actor, branch: Branch, day: date, *, opinion: str = "", automatic: bool = False) -> Branch:
    """Write the acceptance dated ``day`` and start the clocks on it; part of ``accept`` and of acceptance by silence."""
    row = locked(branch, wherever=True)
    if Code.ACCEPTED in case_of(row).allowed():  # else ``write`` says why not
        _start_clocks(row, day)
    write(actor, row, Code.ACCEPTED, on=day, opinion=opinion, automatic=automatic)
    row.points.update(state=CorrectionPoint.State.MENDED)
    return _done(actor, branch, row)


def _start_clocks(row: Branch, day: date) -> None:
    """The item's clock, and the stage's with the first; before the event, so that the tasks it opens follow them."""
    application = row.application
    definition = read(application.definition.content)
    item = definition.items[row.item]
    row.clock = start_clock(
        system(),
        application,
        Clock.Kind.ITEM,
        item.days,
        item.unit,
        on=day,
        title=item.name_zh,
        department=row.department,
        basis=_("行政许可法第四十二条"),
    )
    row.save(update_fields=["clock"])
    if application.clock_id is None:
        limit = definition.stages[application.stage].limits[application.project_class]
        title = definition.stages[application.stage].name_zh
        application.clock = start_clock(system(), application, Clock.Kind.STAGE, limit, on=day, title=title, department=application.lead)
        application.save(update_fields=["clock"])
    assert application.clock is not None
    add_part(system(), application.clock, row.clock)


@verb("approvals.not_required", permission=can_receive, need=NEED_WINDOW, subject="branch")
def not_required(actor: Actor, branch: Branch, reason: str) -> Branch:
    """The matter needs no permit (不受理, 4): it drops out of the stage."""
    return _simple(actor, branch, Code.NOT_REQUIRED, reason)


@verb("approvals.refuse_acceptance", permission=can_receive, need=NEED_WINDOW, subject="branch")
def refuse_acceptance(actor: Actor, branch: Branch, reason: str) -> Branch:
    """Not this organ's power, or not eligible (不予受理, 5), with reason and remedies."""
    return _simple(actor, branch, Code.REFUSED_ACCEPTANCE, reason)


@verb("approvals.ask_correction", permission=can_receive, need=NEED_WINDOW, subject="branch")
def ask_correction(actor: Actor, branch: Branch, notice: str) -> Branch:
    """Ask for what is missing, all of it at once (一次性告知, 6). Raises ``BadInput`` without a list."""
    if not notice.strip():
        raise BadInput(_("补正须一次性写明全部内容。"), how=_("请逐项填写。"))
    return _simple(actor, branch, Code.CORRECTION_ASKED, notice)


@verb("approvals.answer_correction", permission=is_applicant, need=NEED_APPLICANT, subject="branch")
def answer_correction(actor: Actor, branch: Branch, answer: str = "") -> Branch:
    """What was missing has come (补正结束, 7)."""
    row = locked(branch, wherever=True)
    mended(actor, row, answer)
    restart(row.application, timezone.localdate())
    return _done(actor, branch, row)


def mended(actor: Actor, row: Branch, answer: str) -> None:
    """Event 7 and the points that it answers; part of the verbs by which corrections are answered."""
    write(actor, row, Code.CORRECTION_DONE, opinion=answer)
    row.points.filter(state=CorrectionPoint.State.OPEN).update(state=CorrectionPoint.State.ANSWERED, answered_on=timezone.localdate())


@verb("approvals.withdraw", permission=is_applicant, need=NEED_APPLICANT, subject="branch")
def withdraw(actor: Actor, branch: Branch, reason: str = "") -> Branch:
    """The applicant takes the case back: before acceptance 2, after it 14. Raises ``Conflict`` when it has ended."""
    row = locked(branch, wherever=True)
    before = case_of(row).state in (Code.RECEIVED, Code.CORRECTION_ASKED, Code.CORRECTION_DONE)
    write(actor, row, Code.WITHDRAWN_BEFORE if before else Code.WITHDRAWN, opinion=reason)
    return _done(actor, branch, row)


@verb("approvals.start_work", permission=reviews, need=NEED_DEPARTMENT, subject="branch")
def start_work(actor: Actor, branch: Branch) -> Branch:
    """The department begins (部门开始办理, 8)."""
    return _simple(actor, branch, Code.STARTED, "")


@verb("approvals.begin_special", permission=reviews, need=NEED_DEPARTMENT, subject="branch")
def begin_special(
    actor: Actor, branch: Branch, kind: str, notice: str, *, basis: str = "", maximum: int | None = None, unit: str = "", label: str = ""
) -> str:
    """A special procedure begins (特别程序, 9): the clock stops. Returns the key that ``end_special`` takes. Rules and errors of the stop
    are those of ``casework.stop_clock``; ``label``: the kind in words, for the event."""
    row = locked(branch)
    clock = _clock(row)
    pause = stop_clock(system(actor.name), clock, kind, basis=basis, maximum=maximum, unit=unit, notice=notice)
    write(actor, row, Code.SPECIAL_BEGINS, pause=pause, opinion=f"{label}　{notice}" if label else notice, basis=basis)
    branch.refresh_from_db()
    return pause


@verb("approvals.end_special", permission=reviews, need=NEED_DEPARTMENT, subject="branch")
def end_special(actor: Actor, branch: Branch, pause: str, result: str = "") -> Branch:
    """A special procedure ends (10); when none is left the department goes on by itself (8)."""
    row = locked(branch)
    write(actor, row, Code.SPECIAL_ENDS, pause=pause, opinion=result)
    resume_clock(system(actor.name), _clock(row), pause, result=result)
    _go_on(row, timezone.localdate())
    return _done(actor, branch, row)


def end_special_by_itself(branch: Branch, pause: str, last: date) -> None:
    """The maximum of a special procedure is over: 10, then 8, dated its last day. Called in the transaction of the clock's own entry."""
    row = locked(branch, wherever=True)
    if pause not in case_of(row).open_pauses:
        return
    write(system(), row, Code.SPECIAL_ENDS, on=last, pause=pause, automatic=True)
    _go_on(row, last)


def _go_on(row: Branch, day: date) -> None:
    if not case_of(row).open_pauses:
        write(system(), row, Code.STARTED, on=day, automatic=True)


@verb("approvals.review", permission=reviews, need=NEED_DEPARTMENT, subject="branch")
def review(
    actor: Actor, branch: Branch, proposal: int, opinion: str, *, basis: str = "", conditions: Sequence[Mapping[str, Any]] = ()
) -> Review:
    """A reviewer proposes 11, 12 or 13 (审核), with the legal basis and conditions (``{text, item, op, value, unit}``) that take the place
    of those of an earlier review. Raises ``BadInput`` for another code or without an opinion, ``Conflict`` unless in work."""
    row = locked(branch)
    if proposal not in VERDICTS or not opinion.strip():
        raise BadInput(_("审核须建议通过、容缺通过或不通过，并写明意见。"), how=_("请补填。"))
    if case_of(row).state != Code.STARTED:
        raise Conflict(_("部门开始办理之后才能审核。"), where=str(row))
    made = Review.objects.create(
        branch=row, proposal=proposal, opinion=opinion.strip(), basis=basis.strip()[:300], by_id=actor.user_id, by_name=actor.name
    )
    row.conditions.filter(state=BranchCondition.State.OPEN).update(state=BranchCondition.State.WAIVED)
    BranchCondition.objects.bulk_create(BranchCondition(branch=row, review=made, **one) for one in conditions)
    emit(actor, "approvals.reviewed", row, proposal=int(proposal))
    return made


@verb("approvals.decide", permission=decides, need=NEED_DECIDER, subject="branch")
def decide(actor: Actor, branch: Branch, code: int, opinion: str = "") -> Branch:
    """A decider decides (审定): 11, 12 or 13, after a review by somebody else. Raises ``Conflict`` without a review, ``Refused`` when the
    reviewer is the same person."""
    row = locked(branch)
    if code not in VERDICTS:
        raise BadInput(_("审定须为通过、容缺通过或不通过。"), how=_("请改选。"))
    last = row.reviews.order_by("-pk").first()
    if last is None:
        raise Conflict(_("还没有审核意见，不能审定。"), where=str(row), how=_("请先由审查人审核。"))
    if last.by_id == actor.user_id:
        raise Refused(_("审核人不能审定同一件。"), where=str(row), how=_("请由另一名审定人办理。"))
    if last.returned:
        raise Conflict(_("审核意见已退回重审，不能审定。"), where=str(row), how=_("请等审查人重新审核。"))
    _check_promises(row, Code(code))
    if waiting := open_parts(row):
        raise Conflict(
            _("%(departments)s的联办意见还没有出具，不能审定。") % {"departments": "、".join(waiting)},
            where=str(row),
            how=_("请等它出具，或由审定人写明理由后不再等待。"),
        )
    write(actor, row, Code(code), opinion=opinion or last.opinion, basis=last.basis)
    return _done(actor, branch, row)


def _check_promises(row: Branch, code: Code) -> None:
    """12 is for a case whose materials are still to come, and such a case may not be 11."""
    waiting = open_deferrals(row)
    if code == Code.APPROVED and waiting:
        raise Conflict(_("还有容缺材料没有补齐，只能容缺通过或不通过。"), where=str(row), how=_("请改选，或等材料补齐。"))
    if code == Code.APPROVED_DEFERRED and not waiting:
        raise Conflict(_("没有待补的容缺材料，不能容缺通过。"), where=str(row), how=_("请改选通过或不通过。"))


@verb("approvals.revoke", permission=decides, need=NEED_DECIDER, subject="branch")
def revoke(actor: Actor, branch: Branch, reason: str) -> Branch:
    """Revoke what was approved (撤销, 15), with the reason; the stage's result is revoked with it."""
    return _simple(actor, branch, Code.REVOKED, reason)


def _simple(actor: Actor, branch: Branch, code: Code, opinion: str) -> Branch:
    row = locked(branch)
    write(actor, row, code, opinion=opinion)
    return _done(actor, branch, row)


def _done(actor: Actor, branch: Branch, row: Branch) -> Branch:
    """After an event: the clock of an ended case ends, the stage is joined."""
    clock = Clock.objects.filter(pk=row.clock_id or 0, ended_on=None).first()
    if clock is not None and case_of(row).has_ended:
        end_clock(system(), clock)
        void_parts(actor, row)
    settle(actor, row.application)
    branch.refresh_from_db()
    return branch


def _clock(row: Branch) -> Clock:
    if row.clock is None:
        raise Conflict(_("本件还没有受理，没有时限可停。"), where=str(row))
    return row.clock
