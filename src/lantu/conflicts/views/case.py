"""The page of one case: made for the planner who does three hundred a day."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from lantu.blueprints.selectors.findings import Words
from lantu.casework.models import AgendaItem, Attachment, Consultation, Meeting, Reply, Request
from lantu.casework.selectors.clocks import state
from lantu.casework.subjects import key_of
from lantu.conflicts.models import ConflictCase, Position, Proposal
from lantu.conflicts.offers import offers
from lantu.conflicts.pack import chain, principle_names, stances
from lantu.conflicts.picture import Picture, proposal_sketch
from lantu.conflicts.selectors.comparison import compare
from lantu.conflicts.selectors.neighbours import place_in
from lantu.conflicts.services.approving import step_of_case
from lantu.conflicts.services.moves import MATTER
from lantu.conflicts.services.proposing import options_of
from lantu.conflicts.states import MAIN, UNDECIDED, State
from lantu.conflicts.tables import state_tag
from lantu.conflicts.wiring import INSIDE
from lantu.conflicts.words import ACTS, words
from lantu.core.access import access

VERDICT_KINDS = {"agree": "ok", "conditions": "warn", "disagree": "err", "silent": "line"}


def cases_for_page() -> QuerySet[ConflictCase]:
    """Cases with what their page needs."""
    return ConflictCase.objects.select_related(
        "finding", "finding__run", "finding__run__pack", "batch", "submission", "reopens", "duplicate_of", "release", "verified_run"
    )


@access(*INSIDE)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case with both plans, what they say, ranked ways to settle it, positions, history, documents, and what one may do now."""
    row = get_object_or_404(cases_for_page(), pk=pk)
    named = words()
    query = QueryDict(request.GET.get("in", "group=open"))
    place = place_in(row, query)
    picture = Picture(row)
    options = options_of(row) if row.state in {*UNDECIDED, State.SUBMITTED} else []
    proposal = row.proposals.filter(current=True).first()
    letters = [one.letter for one in options]
    chosen = proposal.letter if proposal and proposal.letter in letters else (letters or [""])[0]
    found = offers(request.actor, row)  # type: ignore[attr-defined]
    consultation = last_round(row)
    context: dict[str, Any] = {
        "case": row,
        "consultation": consultation,
        "clock": state(consultation.clock) if consultation and consultation.clock and consultation.clock.ended_on is None else None,
        "named": named,
        "tag": state_tag(row),
        "rule_name": named.rule(row.rule),
        "other_hits": [f"{hit['rule']} {named.rule(hit['rule'])}" for hit in row.finding.hits if hit["rule"] != row.rule],
        "district": named.district(row.district),
        "departments": [named.department(code) for code in row.departments],
        "sides": picture.sides(),
        "comparison": compare(row, picture),
        "options": options,
        "chosen": chosen,
        "principles": principle_names(),
        "proposal": proposal,
        "amendments": amendments_of(proposal, named),
        "proposed": proposal_sketch(row, row.finding, proposal.geometry) if proposal and proposal.geometry else "",
        "positions": positions_of(row, consultation, named),
        "events": history_of(row, named),
        "approvals": row.approvals.select_related("submission", "proposal")[:20],
        "steps": {step.code: step.name for step in chain()},
        "here": step_of_case(row),
        "main": found[0] if found else None,
        "offers": found[1:],
        "place": place,
        "inside": request.GET.get("in", "group=open"),
        "previous": _url(place.previous, request),
        "next": _url(place.next, request),
        "days": (row.due - timezone.localdate()).days if row.due else None,
        "stages": stages_of(row),
        "meeting": meeting_of(row),
    }
    return render(request, "conflicts/case.html", context)


def _url(pk: int | None, request: HttpRequest) -> str:
    if pk is None:
        return ""
    return reverse("conflicts:case", args=[pk]) + "?" + urlencode({"in": request.GET.get("in", "group=open")})


def last_round(row: ConflictCase) -> Consultation | None:
    """The newest round of asking the departments."""
    return Consultation.objects.filter(**key_of(row), matter=MATTER).select_related("clock").order_by("-round").first()


def positions_of(row: ConflictCase, last: Consultation | None, named: Words) -> list[dict[str, Any]]:
    """One entry for each department of the newest round, with all that it said before."""
    said: dict[str, list[Position]] = {}
    for position in row.positions.filter(current=True).select_related("file").order_by("-round"):
        said.setdefault(position.department, []).append(position)
    requests = list(last.requests.exclude(state=Request.State.WITHDRAWN).select_related("department")) if last else []
    names = {one.code: one.name for one in stances().values()}
    found = []
    for one in requests:
        mine = said.pop(one.department.code, [])
        now = mine[0] if mine and last and mine[0].round == last.round else None
        found.append(_entry(str(one.department), now, mine[1:] if now else mine, names, one))
    found += [_entry(named.department(code), mine[0], mine[1:], names, None) for code, mine in said.items()]
    files = _files_of(row)
    for entry in found:
        entry["file"] = files.get(entry["position"].file_id) if entry["position"] else None
    return found


def _files_of(row: ConflictCase) -> dict[str, int]:
    """Stored file → the attachment by which it is opened, of all answers over a case."""
    replies = Reply.objects.filter(**{f"request__consultation__{name}": value for name, value in key_of(row).items()})
    keys = [str(key) for key in replies.values_list("pk", flat=True)]
    rows = Attachment.objects.filter(subject_type=Reply._meta.label_lower, subject_id__in=keys)
    return {row.stored_id: row.pk for row in rows}


def _entry(name: str, now: Position | None, before: list[Position], names: dict[str, str], request: Request | None) -> dict[str, Any]:
    return {
        "name": name,
        "position": now,
        "stance": names.get(now.stance, now.stance) if now else "",
        "kind": VERDICT_KINDS.get(now.verdict, "line") if now else "line",
        "before": [{"position": one, "stance": names.get(one.stance, one.stance)} for one in before],
        "request": request,
        "late": request is not None and now is None and request.due_on < timezone.localdate(),
    }


def amendments_of(proposal: Proposal | None, named: Words) -> list[dict[str, Any]]:
    """Who must amend which plan by when, in words."""
    rows = proposal.amendments if proposal else []
    return [{**one, "name": named.department(one["department"]), "layer_name": named.layer(one["layer"])} for one in rows]


def history_of(row: ConflictCase, named: Words) -> list[dict[str, Any]]:
    """What happened, the newest first, in words."""
    return [
        {"event": one, "words": ACTS.get(one.act, one.act), "department": named.department(one.department) if one.department else ""}
        for one in row.events.all()[:200]
    ]


def stages_of(row: ConflictCase) -> list[dict[str, Any]]:
    """The main way as steps: done, now, to come."""
    now = {State.RETURNED: State.PROPOSED, State.DEFERRED: State.APPROVED}.get(State(row.state), State(row.state))
    if now not in MAIN:
        return []
    place = MAIN.index(now)
    return [
        {"label": state.label, "state": "done" if index < place else "now" if index == place else ""} for index, state in enumerate(MAIN)
    ]


def meeting_of(row: ConflictCase) -> Meeting | None:
    """The meeting that has, or last had, the case."""
    item = AgendaItem.objects.filter(**key_of(row)).select_related("meeting").order_by("-pk").first()
    return item.meeting if item else None
