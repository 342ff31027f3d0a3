"""``/api/v1/plans/collections/…``: collection rounds: open, hand in, receive or return, remind, close."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.plans.models import CollectionRequest, CollectionRound, CollectionSubmission
from lantu.plans.permissions import COLLECTORS, READERS
from lantu.plans.selectors import requests_seen_by
from lantu.plans.services import collecting

router = Router(tags=["plans"])


class RoundOut(Schema):
    """A round and how many of its requests are in which state."""

    id: int
    title: str
    note: str
    due: date
    state: str
    demo: bool
    counts: dict[str, int]


class RoundIn(Schema):
    """``layers``: ``department:layer``, as ``STW:C0501``."""

    title: str
    due: date
    layers: list[str]
    note: str = ""


class SubmissionOut(Schema):
    """What a department handed in: receipt, files, the checks' outcome, the verdict."""

    id: int
    number: int
    receipt_no: str
    files: list[dict[str, Any]]
    delivery: int | None
    score: float | None
    problem: str
    checked: bool
    submitted_by_name: str
    submitted_at: datetime
    verdict: str
    reasons: str


class RequestOut(Schema):
    """One layer asked of one department."""

    id: int
    round: int
    department: str
    layer_code: str
    due: date
    state: str
    reminders: int
    submissions: list[SubmissionOut]


class NoteIn(Schema):
    """What the department says to it."""

    note: str = ""


class VerdictIn(Schema):
    """Received, or returned with reasons."""

    accept: bool
    reasons: str = ""


class ToldOut(Schema):
    """How many people were told."""

    told: int


def _round(pk: int) -> CollectionRound:
    found = CollectionRound.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号汇交。") % {"id": pk}, how="/api/v1/plans/collections")
    return found


def _request(request: HttpRequest, pk: int) -> CollectionRequest:
    found = requests_seen_by(request.actor).filter(pk=pk).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(_("没有第 %(id)s 号汇交任务，或它不是本部门的。") % {"id": pk}, how="/api/v1/plans/collections/requests")
    return found


def _submission(row: CollectionSubmission) -> SubmissionOut:
    facts = {name: getattr(row, name) for name in SubmissionOut.model_fields if name not in ("delivery", "score")}
    return SubmissionOut(**facts, delivery=row.delivery_id, score=row.delivery.score if row.delivery else None)


def _told(row: CollectionRequest) -> RequestOut:
    given = [_submission(one) for one in row.submissions.select_related("delivery")]
    names = ("id", "layer_code", "due", "state", "reminders")
    facts = {name: getattr(row, name) for name in names}
    return RequestOut(**facts, round=row.round_id, department=row.department.code, submissions=given)


def _board(row: CollectionRound) -> RoundOut:
    facts = {name: getattr(row, name) for name in RoundOut.model_fields if name != "counts"}
    return RoundOut(**facts, counts=collecting.counts_of(row.requests.all()))


@router.get("", response=list[RoundOut], url_name="plans-collections")
@access(*READERS)
def rounds(request: HttpRequest) -> list[RoundOut]:
    """All rounds, the latest first."""
    return [_board(row) for row in CollectionRound.objects.all()[:200]]


@router.post("", response={201: RoundOut}, url_name="plans-collection-open")
@access("planner")
def open_round(request: HttpRequest, said: RoundIn) -> Any:
    """Ask departments for layers by a day; they are told."""
    wanted = [collecting.wanted(text) for text in said.layers]
    made = collecting.open_round(request.actor, said.title, said.due, wanted, note=said.note)  # type: ignore[attr-defined]
    return Status(201, _board(made))


@router.post("{pk}/close", response=RoundOut, url_name="plans-collection-close")
@access("planner")
def close(request: HttpRequest, pk: int) -> RoundOut:
    """End a round; refused while something waits to be received."""
    return _board(collecting.close_round(request.actor, _round(pk)))  # type: ignore[attr-defined]


@router.get("requests", response=list[RequestOut], url_name="plans-collection-requests")
@access(*COLLECTORS)
def requests(request: HttpRequest, round: int = 0, state: str = "") -> list[RequestOut]:
    """The requests that one may see: a reviewer those of the own department."""
    rows = requests_seen_by(request.actor)  # type: ignore[attr-defined]
    rows = rows.filter(round_id=round) if round else rows
    return [_told(row) for row in (rows.filter(state=state) if state else rows)[:1000]]


@router.get("requests/{pk}", response=RequestOut, url_name="plans-collection-request")
@access(*COLLECTORS)
def one_request(request: HttpRequest, pk: int) -> RequestOut:
    """One request with what was handed in for it."""
    return _told(_request(request, pk))


@router.post("requests/{pk}/submissions", response={202: SubmissionOut}, url_name="plans-collection-submit")
@access("planner", "reviewer")
def submit(request: HttpRequest, pk: int, files: File[list[UploadedFile]], said: Form[NoteIn]) -> Any:
    """Hand files in; receipted at once, checked by a job."""
    streams = [(str(one.name), one.file) for one in files]
    found = _request(request, pk)
    return Status(202, _submission(collecting.submit(request.actor, found, streams, said.note)))  # type: ignore[attr-defined, arg-type]


@router.post("requests/{pk}/remind", response=ToldOut, url_name="plans-collection-remind")
@access("planner")
def remind(request: HttpRequest, pk: int) -> ToldOut:
    """Remind a department, at most once a day."""
    return ToldOut(told=collecting.remind(request.actor, _request(request, pk)))  # type: ignore[attr-defined]


@router.post("requests/{pk}/withdraw", response=RequestOut, url_name="plans-collection-withdraw")
@access("planner")
def withdraw(request: HttpRequest, pk: int) -> RequestOut:
    """Ask for a layer no more."""
    return _told(collecting.withdraw(request.actor, _request(request, pk)))  # type: ignore[attr-defined]


@router.post("submissions/{pk}/verdict", response=SubmissionOut, url_name="plans-collection-verdict")
@access("planner")
def verdict(request: HttpRequest, pk: int, said: VerdictIn) -> SubmissionOut:
    """Receive what was handed in, or return it with reasons."""
    found = CollectionSubmission.objects.select_related("request").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号汇交件。") % {"id": pk}, how="/api/v1/plans/collections/requests")
    return _submission(collecting.decide(request.actor, found, accept=said.accept, reasons=said.reasons))  # type: ignore[attr-defined]
