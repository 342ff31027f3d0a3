"""Stage cases: the list, one case, one branch, their process pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantu.approvals import acts as offered
from lantu.approvals import office_tables
from lantu.approvals.models import (
    Branch,
    BranchCondition,
    CorrectionPoint,
    Handover,
    JointPart,
    LeadOpinion,
    StageApplication,
    StageResult,
)
from lantu.approvals.permissions import READERS, may_see, visible
from lantu.approvals.picture import case_picture
from lantu.approvals.selectors import cases as reads
from lantu.approvals.services.papers import papers_of
from lantu.approvals.services.recording import case_of
from lantu.approvals.words import Words, state_word
from lantu.casework.selectors.clocks import columns
from lantu.casework.selectors.clocks import many as read_clocks
from lantu.casework.selectors.clocks import state as read_clock
from lantu.casework.subjects import key_of
from lantu.core.access import access
from lantu.core.counting import which_have
from lantu.core.errors import NotFound
from lantu.documents.models import Paper
from lantu.projects import acts


@access(*READERS)
def cases(request: HttpRequest) -> HttpResponse:
    """The stage cases that one may see."""
    table = office_tables.cases(visible(request.actor), Words())  # type: ignore[attr-defined]
    return table.response(request, "approvals/cases/cases.html", {})


_OWN = tuple(field.name for field in StageApplication._meta.concrete_fields)
_SHOWN = (
    *(f"project__{name}" for name in ("code", "name", "demo")),
    *(f"definition__{name}" for name in ("number", "version", "digest")),
    *columns("clock"),
    *(f"applicant__{name}" for name in ("name", "uscc")),
)
"""What the pages of a case say of its project, catalogue and applicant; the rest is read where it is asked for."""


def find(request: HttpRequest, pk: int) -> StageApplication:
    """A case that the actor may see. Raises ``NotFound`` else: who may not see it need not know that it is there."""
    rows = StageApplication.objects.select_related("project", "definition", "clock", "applicant").order_by()
    row = rows.only(*_OWN, *_SHOWN).filter(pk=pk).first()
    if row is None or not may_see(request.actor, row):  # type: ignore[attr-defined]
        raise NotFound(_("没有这件案卷，或您不能查看它。"), how=_("请从案卷列表打开。"))
    return row


def find_branch(request: HttpRequest, pk: int, branch: int) -> Branch:
    """A branch of a case that the actor may see."""
    application = find(request, pk)
    row = application.branches.select_related("clock", "acceptance").filter(pk=branch).first()
    if row is None:
        raise NotFound(_("案卷里没有这个事项。"), where=application.number, how=_("请从案卷页打开。"))
    row.application = application
    return row


@access(*READERS)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: its stage, its branches as a matrix, why it is open, its clock, conditions, corrections, what the lead may do."""
    row = find(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    if actor.role == "builder" and row.applicant_id is not None:
        return redirect(row.applicant_url())
    rounds = reads.rounds(row)
    known = {one.pk: one for one in rounds}
    there = which_have(_parts_of(row, known))
    opinions = list(row.lead_opinions.all()) if LeadOpinion in there else []
    available = offered.case_acts(actor, row, opinions)
    bound, done = acts.carry_out(available, request, row)
    if done is not None:
        return redirect(row)
    words = Words()
    branches = reads.latest_branches(row, rounds)
    clocks = [clock for clock in (row.clock, *(one.clock for one in branches)) if clock is not None]
    readings = {reading.clock.pk: reading for reading in read_clocks(clocks)}
    head, reasons = reads.why_open(row, words, rounds)

    def hanging(model: type[Model]) -> list[Any]:
        return _of(_HANGING[model], known) if model in there else []

    context: dict[str, Any] = {
        "case": row,
        "words": words,
        "stage": words.stage_number(row),
        "lead": words.department(row.lead),
        "steps": reads.steps(row, words),
        "matrix": reads.matrix(row, branches, words, readings),
        "head": head,
        "reasons": reasons,
        "tag": reads.tag_of(row),
        "reading": readings.get(row.clock_id or 0),
        "conditions": [
            (one, words.item(row, one.branch.item), words.department(one.branch.department)) for one in hanging(BranchCondition)
        ],
        "points": [(one, words.item(row, one.branch.item)) for one in hanging(CorrectionPoint)],
        "opinions": opinions,
        "joint": _joint(hanging(JointPart), hanging(Handover), words),
        "results": [(one, words.department(one.branch.department)) for one in sorted(hanging(StageResult), key=_key)],
        "papers": papers_of(row)[:20] if Paper in there else [],
        "mine": _mine(actor, branches),
        "inside": actor.role != "builder",
        **acts.offers(available, request, row, bound),
    }
    return render(request, "approvals/cases/case.html", context)


_HANGING: dict[type[Model], QuerySet[Any]] = {
    BranchCondition: BranchCondition.objects.exclude(state=BranchCondition.State.WAIVED),
    CorrectionPoint: CorrectionPoint.objects.exclude(state=CorrectionPoint.State.MENDED),
    JointPart: JointPart.objects.all(),
    Handover: Handover.objects.filter(kind=Handover.Kind.TRANSFERRED),
    StageResult: StageResult.objects.all(),
}
"""What hangs on the branches of a case and stands on its page."""


def _parts_of(row: StageApplication, branches: Mapping[int, Branch]) -> dict[type[Model], Mapping[str, Collection[str | int]]]:
    """What a case may have, as ``which_have`` asks for it."""
    hanging = {model: {"branch": list(branches)} for model in _HANGING}
    return {**hanging, LeadOpinion: {"application": [row.pk]}, Paper: {key: [value] for key, value in key_of(row).items()}}


def _of(rows: QuerySet[Any], branches: Mapping[int, Branch]) -> list[Any]:
    """Rows that hang on branches which are known already, by item and round; the branch of each is the known one."""
    found = list(rows.filter(branch__in=branches).order_by("pk"))
    for one in found:
        one.branch = branches[one.branch_id]
    return sorted(found, key=lambda one: (one.branch.item, one.branch.round))


def _key(row: Model) -> Any:
    return row.pk


def _joint(parts: list[JointPart], handed: list[Handover], words: Words) -> list[tuple[Any, str, str, str]]:
    """Parts of other levels and hand-overs to other departments: (row, item, department, state in words)."""
    found: list[tuple[Any, str, str, str]] = []
    for one in parts:
        word = one.get_verdict_display() if one.verdict else one.get_state_display()
        found.append((one, words.item(one.branch.application, one.branch.item), words.department(one.department), str(word)))
    for moved in handed:
        way = f"{words.department(moved.by_department)} → {words.department(moved.to)}"
        found.append((moved, words.item(moved.branch.application, moved.branch.item), way, str(moved.get_kind_display())))
    return found


def _to(row: Handover, words: Words) -> str:
    """To whom, people and departments by name."""
    return "、".join(words.department(part) for part in row.to.split("、"))


def _joint_of(row: Branch, words: Words) -> list[tuple[JointPart, str, Any]]:
    parts = list(row.joint_parts.select_related("clock"))
    return [(one, words.department(one.department), read_clock(one.clock) if one.clock else None) for one in parts]


def _mine(actor: Any, branches: list[Branch]) -> Branch | None:
    """The first branch of the actor's department that is being worked on: the page's main button."""
    from lantu.approvals.events import ENDED
    from lantu.casework.people import answers_for

    codes = answers_for(actor.department)
    open_ones = [one for one in branches if one.state is not None and one.state not in ENDED]
    return next((one for one in open_ones if one.department in codes), None)


@access(*READERS)
def branch(request: HttpRequest, pk: int, branch: int) -> HttpResponse:
    """One branch: its events, reviews, conditions, clock, and what one may do with it now."""
    row = find_branch(request, pk, branch)
    actor = request.actor  # type: ignore[attr-defined]
    available = offered.branch_acts(actor, row)
    bound, done = acts.carry_out(available, request, row)
    if done is not None:
        return redirect(row)
    words = Words()
    inside = actor.role != "builder"
    context: dict[str, Any] = {
        "branch": row,
        "case": row.application,
        "item": words.item(row.application, row.item),
        "department": words.department(row.department),
        "stage": words.stage_number(row.application),
        "state": state_word(row.state),
        "kind": reads.KINDS.get(row.state, ("act", "clock"))[0],
        "reading": read_clock(row.clock) if row.clock else None,
        "answering": read_clock(row.acceptance) if row.acceptance else None,
        "events": [(one, state_word(one.code), words.department(one.by_department)) for one in reads.history(row)],
        "reviews": [(one, state_word(one.proposal)) for one in row.reviews.order_by("-pk")] if inside else [],
        "handovers": [(one, _to(one, words)) for one in row.handovers.order_by("-pk")] if inside else [],
        "joint": _joint_of(row, words),
        "conditions": row.conditions.exclude(state=BranchCondition.State.WAIVED),
        "promises": row.promises.all(),
        "points": row.points.all(),
        "objections": row.objections.all(),
        "rounds": row.application.branches.filter(item=row.item).exclude(pk=row.pk),
        "pauses": sorted(case_of(row).open_pauses),
        "technical": inside,
        **acts.offers(available, request, row, bound),
    }
    return render(request, "approvals/cases/branch.html", context)


@access(*READERS)
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The process of a case as a picture, its present state marked."""
    row = find(request, pk)
    words = Words()
    context = {
        "case": row,
        "svg": case_picture(row, words),
        "stage": words.stage_number(row),
        "branches": reads.latest_branches(row),
        "words": words,
    }
    return render(request, "approvals/cases/picture.html", context)
