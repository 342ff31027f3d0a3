"""Writing an event of a case, and what follows from it for the stage. Every verb takes the stage's lock first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.events import NEEDS_REASON, Case, Code, IllegalEvent, fold
from lantu.approvals.join import Outcome, Result, Standing, join
from lantu.approvals.models import Branch, BranchEvent, StageApplication
from lantu.approvals.services.acceptance import after_event
from lantu.approvals.words import definition_of
from lantu.casework.models import Clock
from lantu.casework.services import end_clock
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.locking import lock_row


def locked(branch: Branch, *, wherever: bool = False) -> Branch:
    """The branch under its stage's lock, fresh. Raises ``Conflict`` when it went over to another department since ``branch`` was read, as
    who might act over it then may not be the one who may now; not for an act that may follow it there (``wherever``)."""
    application = lock_row(StageApplication.objects.select_related("project", "definition"), branch.application_id)
    row = Branch.objects.select_for_update().get(pk=branch.pk)
    row.application = application
    if row.department != branch.department and not wherever:
        raise Conflict(_("这一项刚移交给别的部门。"), where=str(row), how=_("请刷新页面，看现在由哪个部门承办。"), code="changed")
    return row


def case_of(branch: Branch) -> Case:
    """Where a case stands, from its events."""
    return fold((Code(code), pause) for code, pause in branch.events.values_list("code", "pause"))


def write(
    actor: Actor, branch: Branch, code: Code, *, on: date | None = None, pause: str = "", opinion: str = "", **facts: Any
) -> BranchEvent:
    """Append an event. Raises ``Conflict`` for one that may not come now, ``BadInput`` for a missing reason."""
    try:
        case_of(branch).after(code, pause)
    except IllegalEvent as error:
        state = error.state.value if error.state else "—"
        allowed = "、".join(str(one.value) for one in sorted(error.allowed)) or "—"
        words = {"state": state, "code": code.value, "allowed": allowed}
        raise Conflict(
            _("办件状态为 %(state)s，不能接 %(code)s；可接：%(allowed)s。") % words, where=str(branch), how=_("请刷新页面。")
        ) from error
    if code in NEEDS_REASON and not opinion.strip():
        raise BadInput(_("不受理、不予受理、不通过和撤销须写明理由。"), where=str(branch), how=_("请填理由。"))
    if code in (Code.NOT_REQUIRED, Code.REFUSED_ACCEPTANCE, Code.REJECTED):
        facts.setdefault("remedy", _("可依法申请行政复议或提起行政诉讼。"))
    last = branch.events.order_by("-number").values_list("number", flat=True).first() or 0
    event = BranchEvent.objects.create(
        branch=branch,
        number=last + 1,
        code=code,
        on=on or timezone.localdate(),
        pause=pause,
        opinion=opinion.strip(),
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=actor.department,
        **facts,
    )
    branch.state = code
    branch.save(update_fields=["state"])
    after_event(branch, code, event.on)
    remark(event=code.value, branch=str(branch))
    emit(actor, "approvals.case_event", branch, code=code.value, on=event.on.isoformat(), number=event.number)
    return event


def result_of(application: StageApplication, branches: Sequence[Branch] | None = None) -> Result:
    """The join of a stage as it stands; ``branches``: its branches of all rounds, by round, when they are known already."""
    definition = definition_of(application)
    rows = list(Branch.objects.filter(application=application).order_by("round")) if branches is None else branches
    holders = {row.item: row.department for row in rows}  # a branch may have gone over to another department
    required = [
        replace(one, department=holders.get(one.item, one.department))
        for one in definition.required(application.stage, application.project_class, application.facts)
    ]
    standing = [Standing(row.item, row.department, row.round, Code(row.state) if row.state else None) for row in rows]
    return join(required, standing)


def settle(actor: Actor, application: StageApplication) -> Result:
    """After an event: what waited and may start now is received; a stage that has its result says so, once."""
    result = result_of(application)
    for item, department in result.startable:
        branch = Branch.objects.filter(application=application, item=item, department=department).order_by("-round").first()
        if branch is not None and branch.state is None:
            write(system(), branch, Code.RECEIVED, automatic=True)
    if result.startable:
        result = result_of(application)
    if result.outcome.value != application.state:
        _conclude(actor, application, result)
    return result


def _conclude(actor: Actor, application: StageApplication, result: Result) -> None:
    ended = result.outcome != Outcome.OPEN
    application.state = result.outcome.value
    application.concluded_at = timezone.now() if ended else None
    application.save(update_fields=["state", "concluded_at"])
    clock = Clock.objects.filter(pk=application.clock_id or 0, ended_on=None).first()
    if ended and clock is not None:
        end_clock(system(), clock, result=result.outcome.value)
    if ended:
        reasons = [[one.why.value, one.item, one.department] for one in result.reasons]
        emit(actor, "approvals.stage_concluded", application, outcome=result.outcome.value, reasons=reasons)
