"""Along the approval chain of the city (报审): passed on, returned, deferred, approved with document number and date.

Who proposed may not approve; who may act at a step, and what they need, the city pack says. Nothing is approved without a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import rules
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.conflicts.models import Approval, ConflictCase, Proposal, Submission
from lantu.conflicts.pack import Step, chain, holds_step, next_step
from lantu.conflicts.pack import step as step_of
from lantu.conflicts.services.meetings import minuted
from lantu.conflicts.services.moves import lock, move, move_many, need_text, numbers_of
from lantu.conflicts.states import State
from lantu.core import audit, events, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.locking import still_may
from lantu.core.models import StoredFile
from lantu.core.permissions import has_role, is_system
from lantu.core.verbs import verb

NEED = gettext_lazy("须由审批链当前环节的人员办理。")
NEED_COORDINATION = gettext_lazy("报审须由部门协调组办理。")
Verdict = Approval.Verdict


def coordination() -> Step:
    """The step that takes proposals over from who made them: the second of the chain."""
    steps = chain()
    return steps[1] if len(steps) > 1 else steps[0]


def step_of_case(case: ConflictCase) -> Step | None:
    """The step that has a case now; none while it is with the planners or through."""
    if case.state == State.MEETING:
        return coordination()
    if case.state == State.SUBMITTED and case.submission and case.submission.step:
        return step_of(case.submission.step)
    return None


@rules.predicate
def at_coordination(actor: Actor, target: object = None) -> bool:
    """In the role and department of the coordination step."""
    return holds_step(actor.role, actor.department, coordination())


@rules.predicate
def at_step(actor: Actor, target: Submission | ConflictCase | None = None) -> bool:
    """In the role and department of the step that has the submission, or the case, now. Where nobody has it, the verb says so."""
    if isinstance(target, Submission):
        here = step_of(target.step) if target.step else None
    else:
        here = step_of_case(target) if target is not None else None
    return any(holds_step(actor.role, actor.department, one) for one in ([here] if here else chain()[1:]))


@verb("conflicts.submit", permission=is_system | at_coordination, need=NEED_COORDINATION)
def submit(actor: Actor, cases: Sequence[ConflictCase], title: str) -> Submission:
    """The coordination group passes agreed proposals on, as one submission to the next step.

    Raises ``Conflict`` for a case that is not at the meeting or, where the step needs minutes, whose meeting is not concluded;
    ``Refused`` when the actor proposed one of them.
    """
    text = need_text(title, _("报批件的名称"))
    if not cases:
        raise BadInput(_("没有选案件。"), how=_("请至少选一件。"))
    rows = _locked([case.pk for case in cases])
    here, following = coordination(), next_step(coordination().code)
    proposals = _proposals(rows)
    _not_the_proposer(actor, rows, proposals)
    if away := [case for case in rows if case.state != State.MEETING or case.in_doubt]:
        raise Conflict(_("%(cases)s 不在上会协调中。") % {"cases": numbers_of(away)}, how=_("请只报上会协调过的案件。"))
    known = minuted(rows) if "minutes" in here.needs else None
    if known is not None and (without := [case for case in rows if case.pk not in known]):
        raise Conflict(_("%(cases)s 还没有会议纪要。") % {"cases": numbers_of(without)}, how=_("请先结束协调会并记录各议题的决定。"))
    year = timezone.localdate().year
    submission = Submission.objects.create(
        number=f"BP-{year}-{numbers.reserve(f'conflict-submission/{year}', f'{actor.request_id}/{text}')}",
        title=text,
        step=following.code if following else "",
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        demo=any(case.demo for case in rows),
    )
    _verdicts(actor, submission, rows, proposals, step=here.code, verdict=Verdict.SUBMIT)
    move_many(actor, rows, State.SUBMITTED, "submitted", note=submission.number, submission=submission)
    audit.remark(submission=submission.number, cases=len(rows))
    events.emit(actor, "conflicts.submitted", submission, number=submission.number, cases=len(rows), step=submission.step)
    return submission


@verb("conflicts.pass_on", permission=is_system | at_step, need=NEED, subject="submission")
def pass_on(actor: Actor, submission: Submission, minutes: str = "", *, version: int | None = None) -> Submission:
    """The step that has a submission agrees and passes it on. Raises ``BadInput`` when the step needs minutes and there are none."""
    row, here = _at(actor, submission, version, "submit")
    if "minutes" in here.needs:
        need_text(minutes, _("会议纪要（文号或要点）"))
    following = next_step(here.code)
    if following is None:
        raise Conflict(_("「%(step)s」是最后环节。") % {"step": here.name}, how=_("请批准或退回。"), where=row.number)
    cases = _going(row)
    proposals = _proposals(cases)
    _not_the_proposer(actor, cases, proposals)
    _verdicts(actor, row, cases, proposals, step=here.code, verdict=Verdict.SUBMIT, note=minutes.strip())
    move_many(actor, cases, State.SUBMITTED, "passed_on", note=f"{here.name} → {following.name}")
    row.step, row.minutes = following.code, {**row.minutes, here.code: minutes.strip()}
    _save(row, submission)
    events.emit(actor, "conflicts.passed_on", submission, number=row.number, step=row.step)
    return submission


@verb("conflicts.approve", permission=is_system | at_step, need=NEED, subject="submission")
def approve(
    actor: Actor,
    submission: Submission,
    document_no: str,
    document_date: date,
    *,
    document: StoredFile | None = None,
    document_name: str = "",
    note: str = "",
    version: int | None = None,
) -> Submission:
    """Approve all cases of a submission that were not returned before, by one document (批复). Deferrals become remaining conflicts.

    Raises ``BadInput`` without number or date of the document or with a date to come, ``Refused`` when the actor proposed one of them.
    """
    row, here = _at(actor, submission, version, "approve")
    number = need_text(document_no, _("批复文号"))
    if document_date is None or document_date > timezone.localdate():
        raise BadInput(_("批复日期 %(day)s 不对。") % {"day": document_date or "—"}, how=_("请填批复文件上的日期，不晚于今天。"))
    cases = _going(row)
    if not cases:
        raise Conflict(_("%(number)s 里没有待批的案件。") % {"number": row.number}, where=row.number)
    proposals = _proposals(cases)
    _not_the_proposer(actor, cases, proposals)
    given: dict[str, Any] = {"document_no": number, "document_date": document_date}
    for kind, verdict, state, act in (
        (Proposal.Kind.RESOLVE, Verdict.APPROVE, State.APPROVED, "approved"),
        (Proposal.Kind.DEFER, Verdict.DEFER, State.DEFERRED, "deferred"),
    ):
        mine = [case for case in cases if proposals[case.pk].kind == kind]
        _verdicts(actor, row, mine, proposals, step=here.code, verdict=verdict, note=note.strip(), **given)
        move_many(actor, mine, state, act, note=number, **given)
    row.state, row.step = Submission.State.APPROVED, ""
    row.document_no, row.document_date, row.document, row.document_name = number, document_date, document, document_name
    _save(row, submission)
    audit.remark(submission=row.number, document_no=number, document_date=document_date.isoformat(), cases=len(cases))
    events.emit(actor, "conflicts.approved", submission, number=row.number, document_no=number, cases=len(cases))
    return submission


@verb("conflicts.return_case", permission=is_system | at_step, need=NEED, subject="case")
def return_case(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """Send one case back to the planners (退回) with the reason; the rest of its submission goes on."""
    text = need_text(reason, _("退回的理由"))
    _lock_after_submission(case, version)
    here = _here(actor, case, "return")
    submission = case.submission
    _verdicts(actor, submission, [case], _proposals([case]), step=here.code, verdict=Verdict.RETURN, note=text)
    move(actor, case, State.RETURNED, "returned", note=text, facts={"step": here.code}, submission=None)
    if submission is not None and not submission.cases.filter(state=State.SUBMITTED).exists():
        Submission.objects.filter(pk=submission.pk, state=Submission.State.GOING).update(state=Submission.State.RETURNED, step="")
    return case


@verb("conflicts.defer", permission=is_system | at_step, need=NEED, subject="case")
def defer(
    actor: Actor,
    case: ConflictCase,
    reason: str,
    document_no: str = "",
    document_date: date | None = None,
    *,
    version: int | None = None,
) -> ConflictCase:
    """Leave a case open as a remaining conflict (暂缓，列为遗留). A critical one only by an approving document.

    Raises ``BadInput`` for a critical case without document number and date, ``Refused`` for who proposed it.
    """
    text = need_text(reason, _("暂缓的理由"))
    _lock_after_submission(case, version)
    here = _here(actor, case, "defer")
    proposals = _proposals([case])
    _not_the_proposer(actor, [case], proposals)
    number = document_no.strip()
    if min(case.severity, case.found_severity) == 1 and not (number and document_date):
        raise BadInput(
            _("%(number)s 是一级案件，暂缓须有批复文号和日期。") % {"number": case.number}, where=case.number, how=_("请填写批复文件。")
        )
    given: dict[str, Any] = {"document_no": number, "document_date": document_date if number else None}
    _verdicts(actor, case.submission, [case], proposals, step=here.code, verdict=Verdict.DEFER, note=text, **given)
    move(actor, case, State.DEFERRED, "deferred", note=text, facts={"step": here.code, **given}, **given)
    return case


@verb(
    "conflicts.resume",
    permission=has_role("planner"),
    need=NEED,
    subject="case",
)
def resume(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """Take a deferred case up again."""
    text = need_text(reason, _("重新办理的理由"))
    lock(case, version)
    if case.state != State.DEFERRED:
        raise Conflict(_("%(number)s 不是暂缓的案件。") % {"number": case.number}, where=case.number)
    given: dict[str, Any] = {"batch": None, "submission": None, "due": None, "document_no": "", "document_date": None}
    move(actor, case, State.TRIAGED, "resumed", note=text, **given)
    return case


# -- parts


def _locked(keys: Sequence[int]) -> list[ConflictCase]:
    return list(ConflictCase.objects.filter(pk__in=keys).select_for_update().order_by("pk"))


def _lock_after_submission(case: ConflictCase, version: int | None) -> None:
    """Take the locks in the order in which whole submissions take them, so that neither waits for the other."""
    list(Submission.objects.filter(cases=case.pk).select_for_update(of=("self",)))
    lock(case, version)


def _going(submission: Submission) -> list[ConflictCase]:
    return list(submission.cases.filter(state=State.SUBMITTED).select_for_update().order_by("pk"))


def _at(actor: Actor, submission: Submission, version: int | None, act: str) -> tuple[Submission, Step]:
    """The locked row and the step that has it. Raises ``Conflict`` when it is through, changed meanwhile (passed on from the actor's step
    too), or the step may not ``act``."""
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    if version is not None and version != row.version:
        raise Conflict(_("%(number)s 已被别人办理。") % {"number": row.number}, how=_("请刷新后再看。"), where=row.number, code="changed")
    if not row.step:
        raise Conflict(_("%(number)s 已是「%(state)s」。") % {"number": row.number, "state": row.get_state_display()}, where=row.number)
    still_may(actor, is_system | at_step, row)
    here = step_of(row.step)
    if act not in here.may:
        raise Conflict(_("「%(step)s」环节不能这样办理。") % {"step": here.name}, where=row.number, how=here.task)
    return row, here


def _here(actor: Actor, case: ConflictCase, act: str) -> Step:
    here = step_of_case(case)
    if here is None:
        raise Conflict(
            _("%(number)s 现在是「%(state)s」，不在审批中。") % {"number": case.number, "state": case.get_state_display()},
            where=case.number,
        )
    still_may(actor, is_system | at_step, case)
    if act not in here.may:
        raise Conflict(_("「%(step)s」环节不能这样办理。") % {"step": here.name}, where=case.number, how=here.task)
    return here


def _save(row: Submission, given: Submission) -> None:
    row.version += 1
    row.save()
    given.refresh_from_db()


def _proposals(cases: Sequence[ConflictCase]) -> dict[int, Proposal]:
    found: dict[int, Proposal] = {}
    for first in range(0, len(cases), 500):
        keys = [case.pk for case in cases[first : first + 500]]
        found.update({row.case_id: row for row in Proposal.objects.filter(case__in=keys, current=True).defer("geometry")})
    if missing := [case for case in cases if case.pk not in found]:
        raise Conflict(_("%(cases)s 没有处理方案。") % {"cases": numbers_of(missing)}, how=_("请先提出方案。"))
    return found


def _not_the_proposer(actor: Actor, cases: Sequence[ConflictCase], proposals: dict[int, Proposal]) -> None:
    own = [case for case in cases if actor.user_id is not None and proposals[case.pk].by_id == actor.user_id]
    if own:
        raise Refused(_("提出方案的人不能审批：%(cases)s。") % {"cases": numbers_of(own)}, how=_("请由另一位有此岗位的人办理。"))


def _verdicts(
    actor: Actor,
    submission: Submission | None,
    cases: Sequence[ConflictCase],
    proposals: dict[int, Proposal],
    *,
    step: str,
    verdict: str,
    note: str = "",
    document_no: str = "",
    document_date: date | None = None,
) -> None:
    Approval.objects.bulk_create(
        [
            Approval(
                case=case,
                submission=submission,
                proposal=proposals[case.pk],
                step=step,
                verdict=verdict,
                note=note,
                document_no=document_no,
                document_date=document_date,
                by_id=actor.user_id,
                by_name=actor.name,
            )
            for case in cases
        ],
        batch_size=500,
    )
