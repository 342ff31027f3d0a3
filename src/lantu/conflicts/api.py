"""``/api/v1/conflicts/…``: cases, what may be done with them, issue lists, submissions, bulk acts. The same verbs as the pages."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import base64
import binascii
import io
import json
from typing import Any

import shapely
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from lantu.blueprints.models import Comparison
from lantu.blueprints.selectors.comparisons import release_labels
from lantu.casework.models import Meeting
from lantu.conflicts import services
from lantu.conflicts.geometry import read_geometry
from lantu.conflicts.models import Batch, BulkAct, ConflictCase, Submission
from lantu.conflicts.offers import offers
from lantu.conflicts.schemas import (
    ActIn,
    ApproveIn,
    BatchIn,
    BatchOut,
    BetweenOut,
    BulkIn,
    BulkOut,
    CaseOut,
    CasesOut,
    EventOut,
    FullCaseOut,
    OptionOut,
    PassIn,
    PositionOut,
    SubmissionOut,
    SubmitIn,
)
from lantu.conflicts.selectors.balance import nets
from lantu.conflicts.selectors.versions import WHAT, cases_between, counts_between, ends_of
from lantu.conflicts.services.proposing import options_of
from lantu.conflicts.states import State
from lantu.conflicts.tables import batch_rows, cases_in, filtered, submission_rows
from lantu.conflicts.views.case import cases_for_page
from lantu.conflicts.wiring import INSIDE
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound

router = Router(tags=["conflicts"])


def _case(row: ConflictCase) -> CaseOut:
    names = (
        "number", "state", "open", "severity", "rule", "district", "departments", "identity", "due", "round", "asked", "answered",
        "document_no", "document_date", "still_hit", "version", "moved_at",
    )  # fmt: skip
    return CaseOut(
        id=row.pk,
        area_m2=float(row.area_m2),
        center=[row.anchor_lon, row.anchor_lat],
        finding=row.finding_id,
        batch=row.batch.number if row.batch else None,
        submission=row.submission.number if row.submission else None,
        override=row.override_number,
        **{name: getattr(row, name) for name in names},
    )


def _find(number: str) -> ConflictCase:
    row = cases_for_page().filter(number=number).first()
    if row is None:
        raise NotFound(_("没有案件「%(number)s」。") % {"number": number}, how="/api/v1/conflicts/cases")
    return row


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


@router.get("cases", response=CasesOut, url_name="conflict-cases")
@access(*INSIDE)
def cases(request: HttpRequest, limit: int = 100, offset: int = 0) -> CasesOut:
    """Cases by the filters of the list page: ``group``, ``severity``, ``rule``, ``state``, ``district``, ``batch``, ``q`` …"""
    return _page(filtered(request.GET), limit, offset)


def _page(rows: QuerySet[ConflictCase], limit: int, offset: int) -> CasesOut:
    first = max(offset, 0)
    shown = rows.select_related("batch", "submission").order_by("severity", "pk")[first : first + min(max(limit, 1), 1000)]
    return CasesOut(total=rows.count(), rows=[_case(row) for row in shown])


@router.get("comparisons/{pk}", response=BetweenOut, url_name="conflict-between")
@access(*INSIDE)
def between(request: HttpRequest, pk: int, what: str = "remaining", limit: int = 100, offset: int = 0) -> BetweenOut:
    """What became of the cases between the two versions of a comparison (of ``/api/v1/blueprint/comparisons``): how many were ``opened``,
    ``closed``, are ``remaining``, and the cases of one of these."""
    row = Comparison.objects.select_related("before", "after").filter(pk=pk).first()
    if row is None or what not in WHAT:
        raise NotFound(_("没有这次对比，或没有「%(what)s」这个清单。") % {"what": what}, how="opened, closed, remaining")
    first, last = ends_of(row)
    labels = release_labels((first, last))
    found = _page(cases_between(row, what), limit, offset)
    return BetweenOut(first=labels[first.pk], last=labels[last.pk], counts=counts_between(row), cases=found)


@router.get("cases/{number}", response=FullCaseOut, url_name="conflict-case")
@access(*INSIDE)
def case(request: HttpRequest, number: str) -> FullCaseOut:
    """One case."""
    row = _find(number)
    options = [
        OptionOut(
            letter=one.letter, key=one.key, principle=one.principle, title=one.title, reason=one.reason, outcome=one.outcome,
            amend=list(one.amend), months=one.months, still_hit=list(one.still_hit), balance=one.balance, remark=one.remark,
        )
        for one in options_of(row)
    ]  # fmt: skip
    positions = row.positions.filter(current=True).order_by("-round", "department").defer("geometry")
    events = [
        EventOut(at=one.at, act=one.act, before=one.before, after=one.after, by=one.actor_name, note=one.note, facts=one.facts)
        for one in row.events.all()[:500]
    ]
    acts = [one.key for one in offers(_actor(request), row)]
    said = [PositionOut.from_orm(one) for one in positions]
    return FullCaseOut(case=_case(row), options=options, positions=said, events=events, acts=acts)


@router.post("cases/{number}/{act}", response=CaseOut, url_name="conflict-act")
@access(*INSIDE)
def act(request: HttpRequest, number: str, act: str, given: ActIn) -> CaseOut:
    """Do an act; the names are those of ``acts``. 409 with code ``changed`` and who did what when the version is not the one now."""
    row, actor, seen = _find(number), _actor(request), given.version
    work = {
        "triage": lambda: services.triage(
            actor, row, severity=given.severity, departments=given.departments, note=given.note, version=seen
        ),
        "list": lambda: services.list_case(actor, row, _batch(given.batch), version=seen),
        "unlist": lambda: services.unlist_case(actor, row, given.note, version=seen),
        "ask": lambda: services.ask_departments(actor, row, given.due, given.question, departments=given.departments, version=seen),
        "position": lambda: _position(actor, row, given),
        "propose": lambda: services.propose(actor, row, given.option, given.reason, geometry=_geometry(given), due=given.due, version=seen),
        "propose-deferral": lambda: services.propose_deferral(actor, row, given.reason, version=seen),
        "meeting": lambda: services.to_meeting(actor, row, _meeting(given.meeting), version=seen),
        "return": lambda: services.return_case(actor, row, given.reason, version=seen),
        "defer": lambda: services.defer(actor, row, given.reason, given.document_no, given.document_date, version=seen),
        "resume": lambda: services.resume(actor, row, given.reason, version=seen),
        "doubt": lambda: services.report_false_positive(actor, row, given.reason, version=seen),
        "confirm-doubt": lambda: services.confirm_false_positive(actor, row, given.note, version=seen),
        "reject-doubt": lambda: services.reject_false_positive(actor, row, given.reason, version=seen),
        "duplicate": lambda: services.mark_duplicate(actor, row, _find(given.of), given.note, version=seen),
        "undo-duplicate": lambda: services.undo_duplicate(actor, row, given.note, version=seen),
        "apply": lambda: services.apply_case(actor, row, version=seen),
        "redo": lambda: services.redo(actor, row, given.reason, version=seen),
        "unsettle": lambda: services.unsettle(actor, row, given.reason, version=seen),
    }.get(act)
    if work is None:
        raise NotFound(_("没有「%(key)s」这种办理。") % {"key": act}, how="/api/v1/docs")
    work()
    return _case(_find(number))


def _position(actor: Any, row: ConflictCase, given: ActIn) -> None:
    try:
        stored = files.store(io.BytesIO(base64.b64decode(given.file, validate=True))) if given.file else None
    except binascii.Error as error:
        raise BadInput(_("附件不是 base64。"), where=str(error), how="file") from None
    services.take_position(
        actor, row, given.stance, given.reason, given.law, department=given.department, file=stored, file_name=given.file_name,
        geometry=_geometry(given), version=given.version,
    )  # fmt: skip


def _geometry(given: ActIn) -> shapely.Geometry | None:
    return read_geometry(json.dumps(given.geometry).encode()) if given.geometry else None


def _batch(key: int | None) -> Batch:
    row = Batch.objects.filter(pk=key or 0).first()
    if row is None:
        raise NotFound(_("没有问题清单 %(key)s。") % {"key": key}, how="/api/v1/conflicts/batches")
    return row


def _meeting(key: int | None) -> Meeting:
    row = Meeting.objects.filter(pk=key or 0).first()
    if row is None:
        raise NotFound(_("没有会议 %(key)s。") % {"key": key}, how="/work/")
    return row


@router.post("bulk", response={202: BulkOut}, url_name="conflict-bulk")
@access("planner")
def bulk(request: HttpRequest, asked: BulkIn) -> Any:
    """Start a bulk act; many cases make a job."""
    params = {name: value for name in ("batch", "meeting", "note") if (value := getattr(asked, name))}
    return Status(202, _bulk(services.start_bulk(_actor(request), asked.act, cases=asked.cases, query=asked.query, **params)))


@router.get("bulk/{key}", response=BulkOut, url_name="conflict-bulk-act")
@access("planner", "checker", "supervisor")
def bulk_act(request: HttpRequest, key: int) -> BulkOut:
    """How far a bulk act is."""
    row = BulkAct.objects.filter(pk=key).first()
    if row is None:
        raise NotFound(_("没有这次批量办理。"))
    return _bulk(row)


def _bulk(row: BulkAct) -> BulkOut:
    facts = {name: getattr(row, name) for name in ("act", "total", "done", "refused", "rows")}
    return BulkOut(id=row.pk, job=str(row.job_id) if row.job_id else None, finished=row.finished_at is not None, **facts)


@router.get("batches", response=list[BatchOut], url_name="conflict-batches")
@access(*INSIDE)
def batches(request: HttpRequest) -> list[BatchOut]:
    """Issue lists, the latest first."""
    return [_batch_out(row, row.case_count) for row in batch_rows()[:1000]]


@router.post("batches", response={201: BatchOut}, url_name="conflict-new-batch")
@access("planner")
def new_batch(request: HttpRequest, asked: BatchIn) -> Any:
    """Begin an issue list."""
    return Status(201, _batch_out(services.create_batch(_actor(request), asked.title, asked.deadline, asked.question)))


@router.post("batches/{key}/send", response={202: BulkOut}, url_name="conflict-send-batch")
@access("planner")
def send(request: HttpRequest, key: int) -> Any:
    """Send an issue list to its departments."""
    row = services.send_batch(_actor(request), _batch(key))
    return Status(202, _bulk(services.start_bulk(_actor(request), "ask", query=cases_in(row, State.LISTED))))


def _batch_out(row: Batch, cases: int = 0) -> BatchOut:
    return BatchOut(id=row.pk, number=row.number, title=row.title, state=row.state, deadline=row.deadline, cases=cases)


@router.get("submissions", response=list[SubmissionOut], url_name="conflict-submissions")
@access(*INSIDE)
def submissions(request: HttpRequest) -> list[SubmissionOut]:
    """Submissions, the latest first."""
    rows = list(submission_rows()[:200])
    balances = nets(rows)
    return [_submission(row, row.case_count, balances[row.pk]) for row in rows]


@router.post("submissions", response={201: SubmissionOut}, url_name="conflict-submit")
@access("checker", "planner", "decider")
def submit(request: HttpRequest, asked: SubmitIn) -> Any:
    """The coordination group submits what the meeting agreed to."""
    rows = list(ConflictCase.objects.filter(pk__in=asked.cases))
    if missing := set(asked.cases) - {row.pk for row in rows}:
        raise BadInput(_("没有案件 %(keys)s。") % {"keys": sorted(missing)}, how="/api/v1/conflicts/cases")
    return Status(201, _one(services.submit(_actor(request), rows, asked.title)))


@router.post("submissions/{number}/pass", response=SubmissionOut, url_name="conflict-pass-on")
@access("checker", "planner", "decider")
def pass_on(request: HttpRequest, number: str, asked: PassIn) -> SubmissionOut:
    """Agree and pass on to the next step."""
    return _one(services.pass_on(_actor(request), _submitted(number), asked.minutes, version=asked.version))


@router.post("submissions/{number}/approve", response=SubmissionOut, url_name="conflict-approve")
@access("checker", "planner", "decider")
def approve(request: HttpRequest, number: str, asked: ApproveIn) -> SubmissionOut:
    """Approve by a document."""
    row = _submitted(number)
    services.approve(_actor(request), row, asked.document_no, asked.document_date, note=asked.note, version=asked.version)
    return _one(row)


def _submitted(number: str) -> Submission:
    row = Submission.objects.filter(number=number).first()
    if row is None:
        raise NotFound(_("没有报批件 %(number)s。") % {"number": number}, how="/api/v1/conflicts/submissions")
    return row


def _one(row: Submission) -> SubmissionOut:
    return _submission(row, row.cases.count(), nets([row])[row.pk])


def _submission(row: Submission, cases: int, balance: dict[str, float]) -> SubmissionOut:
    names = ("number", "title", "state", "step", "document_no", "document_date", "version")
    return SubmissionOut(id=row.pk, cases=cases, balance=balance, **{name: getattr(row, name) for name in names})
