"""``/api/v1/approvals/inquiries…``: questions before filing; ``…/branches/{id}/joint``: parts of other levels (市区联办)."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.approvals import services
from lantu.approvals.api_words import actor_of, find_branch
from lantu.approvals.models import Branch, Inquiry, JointPart
from lantu.approvals.permissions import HANDLERS, INSIDE, READERS
from lantu.approvals.schemas import TextIn
from lantu.approvals.selectors import inquiries as reads
from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.projects.selectors.codes import by_any_code

router = Router(tags=["approvals: before filing and joint handling"])
MOST = 200


class InquiryIn(Schema):
    """A question. ``facts``: as the guide asks them; ``project``: a code, empty for none; ``asker``, ``phone``: at the counter."""

    stage: str
    project_class: str
    question: str
    facts: dict[str, Any] = {}
    project: str = ""
    asker: str = ""
    phone: str = ""


class RouteIn(Schema):
    """Whom to ask; without ``departments`` those whose items the facts call for."""

    departments: list[str] | None = None
    note: str = ""


class ProjectIn(Schema):
    """The project for whose stage a draft is begun; empty: that of the question."""

    project: str = ""


class InquiryOut(Schema):
    """A question with what came of it. It binds nobody. ``lines``: what each department said, once the answer went out."""

    number: str
    state: str
    stage: str
    project_class: str
    project: str | None
    facts: dict[str, Any]
    question: str
    asked_at: datetime
    due_on: date
    departments: list[str]
    answer: str
    lines: list[dict[str, Any]]
    answered_at: datetime | None
    binding: bool = False


class JointIn(Schema):
    """Whom of the other level to ask what; ``days``: working days, by default the pack's."""

    department: str
    question: str
    days: int | None = None


class GiveIn(Schema):
    """A part: ``agree``, ``conditions`` or ``disagree``, with opinion and legal basis."""

    verdict: str
    opinion: str
    basis: str = ""


class JointOut(Schema):
    """A part of another level in a branch."""

    id: int
    branch: int
    department: str
    question: str
    state: str
    due_on: date | None
    verdict: str
    opinion: str
    basis: str
    reason: str


def _out(row: Inquiry) -> InquiryOut:
    names = ("number", "state", "stage", "project_class", "facts", "question", "asked_at", "due_on", "answer", "lines", "answered_at")
    asked = [one.department.code for one in reads.requests_of(row)] or reads.departments_called(row)
    return InquiryOut(project=row.project.code if row.project else None, departments=asked, **{name: getattr(row, name) for name in names})


def _find(request: HttpRequest, number: str) -> Inquiry:
    return reads.by_number(actor_of(request), number)


@router.get("inquiries", response=list[InquiryOut], url_name="approvals-inquiries")
@access(*READERS)
def inquiries(request: HttpRequest, state: str = "", limit: int = 50, offset: int = 0) -> list[InquiryOut]:
    """The questions that one may see, newest first."""
    rows = reads.visible(actor_of(request))
    rows = rows.filter(state=state) if state else rows
    first = max(offset, 0)
    return [_out(row) for row in rows.order_by("-asked_at", "-pk")[first : first + min(max(limit, 1), MOST)]]


@router.post("inquiries", response={201: InquiryOut}, url_name="approvals-inquiry-new")
@access("builder", "window")
def ask(request: HttpRequest, given: InquiryIn) -> Status[InquiryOut]:
    """Ask before filing; the window for somebody at the counter, with ``asker``."""
    project = by_any_code(given.project) if given.project else None
    said = (given.stage, given.project_class, given.question, given.facts)
    made = services.open_inquiry(actor_of(request), *said, project=project, asker=given.asker, phone=given.phone)
    return Status(201, _out(made))


@router.get("inquiries/{number}", response=InquiryOut, url_name="approvals-inquiry")
@access("*")
def inquiry(request: HttpRequest, number: str) -> InquiryOut:
    """One question; one asked at the counter is read by everybody who has its whole number."""
    return _out(_find(request, number))


@router.post("inquiries/{number}/route", response=InquiryOut, url_name="approvals-inquiry-route")
@access("window")
def route(request: HttpRequest, number: str, given: RouteIn) -> InquiryOut:
    """Ask the departments concerned."""
    return _out(services.route_inquiry(actor_of(request), _find(request, number), given.departments, given.note))


@router.post("inquiries/{number}/answer", response=InquiryOut, url_name="approvals-inquiry-answer")
@access("window")
def answer(request: HttpRequest, number: str, given: TextIn) -> InquiryOut:
    """Send the one answer."""
    return _out(services.answer_inquiry(actor_of(request), _find(request, number), given.text))


@router.post("inquiries/{number}/withdraw", response=InquiryOut, url_name="approvals-inquiry-withdraw")
@access("builder", "window")
def withdraw(request: HttpRequest, number: str, given: TextIn) -> InquiryOut:
    """Take a question back that is not answered yet."""
    return _out(services.withdraw_inquiry(actor_of(request), _find(request, number), given.text))


@router.post("inquiries/{number}/draft", response={201: dict[str, int]}, url_name="approvals-inquiry-draft")
@access("builder")
def draft(request: HttpRequest, number: str, given: ProjectIn) -> Status[dict[str, int]]:
    """Begin the draft of the stage from an answered question; gives its id (``…/drafts/{id}``)."""
    project = by_any_code(given.project) if given.project else None
    return Status(201, {"id": services.draft_from_inquiry(actor_of(request), _find(request, number), project).pk})


def _joint(row: JointPart) -> JointOut:
    names = ("department", "question", "state", "verdict", "opinion", "basis", "reason")
    due = row.clock.due_on if row.clock else None
    return JointOut(id=row.pk, branch=row.branch_id, due_on=due, **{name: getattr(row, name) for name in names})


def _part(request: HttpRequest, pk: int, part: int) -> tuple[Branch, JointPart]:
    branch = find_branch(actor_of(request), pk)
    row = branch.joint_parts.select_related("clock").filter(pk=part).first()
    if row is None:
        raise NotFound(_("这个事项没有第 %(id)s 件联办。") % {"id": part}, where=str(branch))
    row.branch = branch
    return branch, row


@router.get("branches/{pk}/joint", response=list[JointOut], url_name="approvals-joint")
@access(*INSIDE)
def parts(request: HttpRequest, pk: int) -> list[JointOut]:
    """The parts of other levels in a branch."""
    return [_joint(row) for row in find_branch(actor_of(request), pk).joint_parts.select_related("clock")]


@router.post("branches/{pk}/joint", response={201: JointOut}, url_name="approvals-joint-invite")
@access(*HANDLERS)
def invite(request: HttpRequest, pk: int, given: JointIn) -> Status[JointOut]:
    """Ask a department of the other level for its part."""
    actor = actor_of(request)
    return Status(201, _joint(services.invite_joint(actor, find_branch(actor, pk), given.department, given.question, given.days)))


@router.post("branches/{pk}/joint/{part}/give", response=JointOut, url_name="approvals-joint-give")
@access(*HANDLERS)
def give(request: HttpRequest, pk: int, part: int, given: GiveIn) -> JointOut:
    """Give one's part."""
    row = _part(request, pk, part)[1]
    return _joint(services.give_joint(actor_of(request), row, given.verdict, given.opinion, given.basis))


@router.post("branches/{pk}/joint/{part}/waive", response=JointOut, url_name="approvals-joint-waive")
@access("decider")
def waive(request: HttpRequest, pk: int, part: int, given: TextIn) -> JointOut:
    """Go on without a part, with the reason."""
    branch, row = _part(request, pk, part)
    return _joint(services.waive_joint(actor_of(request), branch, row, given.text))
