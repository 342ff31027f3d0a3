"""``/api/v1/approvals/…`` for those who handle cases: window, departments and their systems, lead, issue desk. The verbs are those of the
pages; who may do what is said there, per department."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from django.http import HttpRequest
from ninja import Router

from lantu.approvals import services
from lantu.approvals.api_words import actor_of, find_branch, find_case, full_branch_out, full_case_out, readings
from lantu.approvals.models import Branch
from lantu.approvals.schemas import (
    AnswersIn,
    DecideIn,
    FullBranchOut,
    FullCaseOut,
    ReviewIn,
    SpecialEndIn,
    SpecialIn,
    SpecialOut,
    TextIn,
)
from lantu.approvals.services.window import Answer, Point
from lantu.approvals.words import Words
from lantu.core.access import access

router = Router(tags=["approvals: handling"])
REVIEWERS = ("reviewer", "planner")
LEADS = (*REVIEWERS, "decider")


def _branch(request: HttpRequest, pk: int) -> FullBranchOut:
    row = find_branch(actor_of(request), pk)
    return full_branch_out(row, Words(), readings([row]).get(row.clock_id or 0))


def _find(request: HttpRequest, pk: int) -> Branch:
    return find_branch(actor_of(request), pk)


@router.post("cases/{number}/answers", response=FullCaseOut, url_name="approvals-answers")
@access("window")
def answers(request: HttpRequest, number: str, given: AnswersIn) -> FullCaseOut:
    """Answer a filing: accept, accept with materials to come or on a commitment, ask for corrections, not required, refuse; by branch."""
    actor = actor_of(request)
    found = {}
    for one in given.answers:
        facts = one.dict(exclude={"branch", "points"})
        found[one.branch] = Answer(**facts, points=[Point(**point.dict()) for point in one.points])
    services.answer_filing(actor, find_case(actor, number), found)
    return full_case_out(find_case(actor, number))


@router.post("branches/{pk}/start", response=FullBranchOut, url_name="approvals-start")
@access(*REVIEWERS)
def start(request: HttpRequest, pk: int) -> FullBranchOut:
    """The department begins."""
    services.start_work(actor_of(request), _find(request, pk))
    return _branch(request, pk)


@router.post("branches/{pk}/review", response=FullBranchOut, url_name="approvals-review")
@access(*REVIEWERS)
def review(request: HttpRequest, pk: int, given: ReviewIn) -> FullBranchOut:
    """Propose a verdict with opinion, legal basis and conditions."""
    row = _find(request, pk)
    services.review(actor_of(request), row, given.proposal, given.opinion, basis=given.basis, conditions=given.conditions)
    return _branch(request, pk)


@router.post("branches/{pk}/decide", response=FullBranchOut, url_name="approvals-decide")
@access("decider")
def decide(request: HttpRequest, pk: int, given: DecideIn) -> FullBranchOut:
    """Decide; not by who reviewed."""
    services.decide(actor_of(request), _find(request, pk), given.code, given.opinion)
    return _branch(request, pk)


@router.post("branches/{pk}/return", response=FullBranchOut, url_name="approvals-return")
@access("decider")
def give_back(request: HttpRequest, pk: int, given: TextIn) -> FullBranchOut:
    """Return the review to be done again, with a reason."""
    services.return_review(actor_of(request), _find(request, pk), given.text)
    return _branch(request, pk)


@router.post("branches/{pk}/special", response=SpecialOut, url_name="approvals-special")
@access(*REVIEWERS)
def special(request: HttpRequest, pk: int, given: SpecialIn) -> SpecialOut:
    """A special procedure begins: the applicant is told in writing, the clock stops, at most for the time of the law."""
    facts = given.dict(exclude={"kind"})
    pause = services.order_special(actor_of(request), _find(request, pk), given.kind, **facts)
    return SpecialOut(pause=pause)


@router.post("branches/{pk}/special/end", response=FullBranchOut, url_name="approvals-special-end")
@access(*REVIEWERS)
def end_special(request: HttpRequest, pk: int, given: SpecialEndIn) -> FullBranchOut:
    """A special procedure ends."""
    services.end_special(actor_of(request), _find(request, pk), given.pause, given.result)
    return _branch(request, pk)


@router.post("cases/{number}/precheck", response=FullCaseOut, url_name="approvals-precheck")
@access(*LEADS)
def precheck(request: HttpRequest, number: str, given: TextIn) -> FullCaseOut:
    """The lead's pre-check, once."""
    actor = actor_of(request)
    services.precheck(actor, find_case(actor, number), given.text)
    return full_case_out(find_case(actor, number))


@router.post("cases/{number}/conclude", response=FullCaseOut, url_name="approvals-conclude")
@access("decider")
def conclude(request: HttpRequest, number: str, given: TextIn) -> FullCaseOut:
    """The lead's conclusion of the stage, once all branches have ended."""
    actor = actor_of(request)
    services.conclude_stage(actor, find_case(actor, number), given.text)
    return full_case_out(find_case(actor, number))
