"""Rows as the API tells them, and finding them; shared by its routers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from lantu.approvals.models import Branch, CounterPaper, Draft, Material, StageApplication, StageResult
from lantu.approvals.permissions import may_see
from lantu.approvals.schemas import BranchOut, CaseEventOut, CaseOut, ClockBrief, FullBranchOut, FullCaseOut, ResultOut
from lantu.approvals.selectors.cases import latest_branches, why_open
from lantu.approvals.selectors.dossier import form as form_of
from lantu.approvals.words import Words, state_word
from lantu.casework.models import Clock
from lantu.casework.selectors.clocks import Reading, many, state
from lantu.core.actor import Actor
from lantu.core.errors import NotFound


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def find_case(actor: Actor, number: str) -> StageApplication:
    """A case by number that the actor may see; a service client sees what it filed itself. Raises ``NotFound``."""
    row = StageApplication.objects.select_related("project", "definition", "clock").filter(number=number).first()
    own = row is not None and actor.role == "exchange" and row.filed_by_id == actor.user_id
    if row is None or not (own or may_see(actor, row)):
        raise NotFound(_("没有案卷 %(number)s，或您不能查看它。") % {"number": number}, how="/api/v1/approvals/cases")
    return row


def find_branch(actor: Actor, pk: int) -> Branch:
    """A branch of a case that the actor may see. Raises ``NotFound``."""
    row = Branch.objects.select_related("application__project", "application__definition", "clock").filter(pk=pk).first()
    if row is None or not may_see(actor, row.application):
        raise NotFound(_("没有第 %(id)s 号事项，或您不能查看它。") % {"id": pk}, how="/api/v1/approvals/branches")
    return row


def find_result(actor: Actor, pk: int) -> StageResult:
    """A result of a case that the actor may see. Raises ``NotFound``."""
    row = StageResult.objects.select_related("application__project", "branch", "paper").filter(pk=pk).first()
    if row is None or not may_see(actor, row.application):
        raise NotFound(_("没有第 %(id)s 号结果，或您不能查看它。") % {"id": pk})
    return row


def find_paper(actor: Actor, number: str, pk: int) -> CounterPaper:
    """A paper that was brought to the counter for a case that the actor may see. Raises ``NotFound``."""
    row = find_case(actor, number).counter_papers.select_related("material").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("案卷里没有第 %(id)s 件来件。") % {"id": pk}, where=number)
    return row


def find_material(holder: Draft | StageApplication, pk: int) -> Material:
    """A file of a draft or of a case. Raises ``NotFound``."""
    row = holder.materials.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("这里没有第 %(id)s 号材料。") % {"id": pk}, where=str(holder))
    return row


def clock_brief(reading: Reading | None) -> ClockBrief | None:
    if reading is None:
        return None
    now, row = reading.state, reading.clock
    return ClockBrief(
        id=row.pk,
        limit=row.limit,
        used=now.used,
        remaining=now.remaining,
        unit=row.unit,
        due_on=row.due_on,
        light=now.light.value,
        phase=now.phase.value,
    )


def readings(rows: list[Branch]) -> dict[int, Reading]:
    """The readings of their clocks, in one go."""
    return {reading.clock.pk: reading for reading in many(row.clock for row in rows if row.clock is not None)}


def branch_out(row: Branch, words: Words, reading: Reading | None) -> BranchOut:
    return BranchOut(**_branch(row, words, reading))


def _branch(row: Branch, words: Words, reading: Reading | None) -> dict[str, Any]:
    return {
        "id": row.pk,
        "case": row.application.number,
        "item": row.item,
        "name": words.item(row.application, row.item),
        "department": row.department,
        "round": row.round,
        "state": row.state,
        "word": state_word(row.state),
        "clock": clock_brief(reading),
    }


def full_branch_out(row: Branch, words: Words, reading: Reading | None) -> FullBranchOut:
    events = [
        CaseEventOut(
            number=one.number,
            code=one.code,
            word=state_word(one.code),
            on=one.on,
            opinion=one.opinion,
            automatic=one.automatic,
            by=one.by_name,
        )
        for one in row.events.all()
    ]
    conditions = [
        {"text": one.text, "item": one.item, "op": one.op, "value": one.value, "unit": one.unit, "state": one.state}
        for one in row.conditions.all()
    ]
    return FullBranchOut(**_branch(row, words, reading), events=events, conditions=conditions)


def case_out(row: StageApplication) -> CaseOut:
    return CaseOut(**_case(row))


def _case(row: StageApplication) -> dict[str, Any]:
    return {
        "number": row.number,
        "project": row.project.code,
        "project_name": row.project.name,
        "stage": row.stage,
        "project_class": row.project_class,
        "state": row.state,
        "lead": row.lead,
        "release": row.definition.number,
        "received_on": row.received_on,
        "filed_at": row.filed_at,
        "concluded_at": row.concluded_at,
        "due_on": row.clock.due_on if row.clock else None,
    }


def result_out(row: StageResult) -> ResultOut:
    names = ("kind", "title", "number", "state", "out_at", "manner", "receiver")
    return ResultOut(id=row.pk, item=row.branch.item, **{name: getattr(row, name) for name in names})


def full_case_out(row: StageApplication) -> FullCaseOut:
    """A case with all that its page shows."""
    words = Words()
    rows = latest_branches(row)
    found = readings(rows)
    head, reasons = why_open(row, words)
    filled = form_of(row)
    return FullCaseOut(
        **_case(row),
        facts=row.facts,
        clock=clock_brief(state(Clock.objects.get(pk=row.clock_id)) if row.clock_id else None),
        head=head,
        reasons=reasons,
        branches=[full_branch_out(one, words, found.get(one.clock_id or 0)) for one in rows],
        form=dict(filled.values) if filled is not None else {},
        results=[result_out(one) for one in row.results.select_related("branch")],
    )
