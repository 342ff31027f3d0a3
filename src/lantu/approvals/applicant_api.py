"""``/api/v1/approvals/units…``, and the rest of what an applicant does: sign, promise, take back, large files in pieces, amend, rate."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile

from lantu.approvals import services
from lantu.approvals.api_words import actor_of, find_case, find_material, full_case_out
from lantu.approvals.filing_api import draft_out, material_out
from lantu.approvals.models import Applicant, Membership, Upload
from lantu.approvals.schemas import DraftOut, FullCaseOut, MaterialOut
from lantu.approvals.selectors import applicants
from lantu.approvals.services.uploading import append, begin_upload
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.projects.selectors.codes import by_any_code

router = Router(tags=["approvals: applicants"])


class MemberOut(Schema):
    """Who may act for a unit; ``project``: the one project it is limited to."""

    id: int
    username: str
    name: str
    kind: str
    project: str | None
    real_name_by: str
    since: datetime


class UnitOut(Schema):
    """A unit that files, with who acts for it."""

    uscc: str
    name: str
    verified: bool
    members: list[MemberOut]


class AgentIn(Schema):
    """A person who may act for the unit; an account that is there already needs no password. ``project``: a code, empty for all."""

    username: str
    full_name: str = ""
    identity: str = ""
    phone: str = ""
    password: str = ""
    project: str = ""


class UploadIn(Schema):
    """A file to come in pieces, up to 2 GB; the same again goes on with what is there."""

    code: str
    filename: str
    size: int
    part: int = 1


class UploadOut(Schema):
    """How much of a file is there; ``material`` once it is whole and was looked at."""

    token: str
    received: int
    size: int
    material: MaterialOut | None = None


class RateIn(Schema):
    """How it went, 1 to 5."""

    score: int
    text: str = ""


class AnswersIn(Schema):
    """Fields of the form to change."""

    answers: dict[str, Any]


def _member(row: Membership) -> MemberOut:
    return MemberOut(
        id=row.pk,
        username=row.user.username,
        name=str(row.user),
        kind=row.kind,
        project=row.project.code if row.project else None,
        real_name_by=row.real_name_by,
        since=row.since,
    )


def _unit(row: Applicant) -> UnitOut:
    members = row.memberships.filter(ended_at=None).select_related("user", "project")
    return UnitOut(uscc=row.uscc, name=row.name, verified=row.verified, members=[_member(one) for one in members])


def _own(request: HttpRequest, uscc: str) -> Applicant:
    row = applicants.memberships(actor_of(request)).filter(applicant__uscc=uscc.upper()).first()
    if row is None:
        raise NotFound(_("没有这个单位，或您不能代表它。"), where=uscc[:18], how="/api/v1/approvals/units")
    return row.applicant


@router.get("units", response=list[UnitOut], url_name="approvals-units")
@access("builder")
def units(request: HttpRequest) -> list[UnitOut]:
    """The units that one acts for."""
    return [_unit(row.applicant) for row in applicants.memberships(actor_of(request))]


@router.post("units/{uscc}/agents", response={201: MemberOut}, url_name="approvals-agent")
@access("builder")
def name_agent(request: HttpRequest, uscc: str, given: AgentIn) -> Status[MemberOut]:
    """Let a person act for the unit, as one of its owners."""
    project = by_any_code(given.project) if given.project else None
    facts = given.dict(exclude={"username", "project"})
    return Status(201, _member(services.name_agent(actor_of(request), _own(request, uscc), given.username, project=project, **facts)))


@router.post("units/{uscc}/agents/{pk}/end", response=UnitOut, url_name="approvals-agent-end")
@access("builder")
def end_agent(request: HttpRequest, uscc: str, pk: int) -> UnitOut:
    """End what a person may do for the unit."""
    unit = _own(request, uscc)
    row = unit.memberships.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("这个单位没有这名办事人员。"), where=str(unit))
    services.end_agent(actor_of(request), row)
    return _unit(unit)


@router.post("drafts/{pk}/sign", response=DraftOut, url_name="approvals-draft-sign")
@access("builder")
def sign(request: HttpRequest, pk: int) -> DraftOut:
    """Sign what is about to be filed, as an owner of the unit."""
    row = applicants.draft(actor_of(request), pk)
    services.sign_draft(actor_of(request), row)
    return draft_out(actor_of(request), row)


@router.post("drafts/{pk}/refresh", response=DraftOut, url_name="approvals-draft-refresh")
@access("builder")
def refresh(request: HttpRequest, pk: int) -> DraftOut:
    """Bring a draft to the release in force; what was answered stays."""
    row = applicants.draft(actor_of(request), pk)
    services.refresh_draft(actor_of(request), row)
    return draft_out(actor_of(request), row)


@router.post("drafts/{pk}/discard", response={204: None}, url_name="approvals-draft-discard")
@access("builder")
def discard(request: HttpRequest, pk: int) -> Status[None]:
    """Give a draft up."""
    services.discard_draft(actor_of(request), applicants.draft(actor_of(request), pk))
    return Status(204, None)


@router.post("drafts/{pk}/materials/{code}/later", response={201: MaterialOut}, url_name="approvals-draft-later")
@access("builder")
def later(request: HttpRequest, pk: int, code: str) -> Status[MaterialOut]:
    """Promise a material that may come later."""
    return Status(201, material_out(services.commit_later(actor_of(request), applicants.draft(actor_of(request), pk), code)))


@router.delete("drafts/{pk}/materials/{material}", response={204: None}, url_name="approvals-draft-take-back")
@access("builder")
def take_back(request: HttpRequest, pk: int, material: int) -> Status[None]:
    """Take a file of a draft back."""
    actor = actor_of(request)
    services.take_back_material(actor, find_material(applicants.draft(actor, pk), material))
    return Status(204, None)


def _begun(row: Upload) -> UploadOut:
    return UploadOut(token=row.token, received=row.received, size=row.size)


@router.post("drafts/{pk}/uploads", response={201: UploadOut}, url_name="approvals-draft-upload")
@access("builder")
def begin_draft(request: HttpRequest, pk: int, given: UploadIn) -> Status[UploadOut]:
    """Begin, or go on with, a large file of a draft."""
    return Status(201, _begun(begin_upload(actor_of(request), applicants.draft(actor_of(request), pk), **given.dict())))


@router.post("cases/{number}/uploads", response={201: UploadOut}, url_name="approvals-case-upload")
@access("builder")
def begin_case(request: HttpRequest, number: str, given: UploadIn) -> Status[UploadOut]:
    """The same for a filed application."""
    return Status(201, _begun(begin_upload(actor_of(request), find_case(actor_of(request), number), **given.dict())))


@router.put("uploads/{token}", response=UploadOut, url_name="approvals-upload")
@access("builder")
def piece(request: HttpRequest, token: str, offset: int) -> UploadOut:
    """Append a piece (the body) at ``offset``; a piece that does not fit is told how much is there (``values.received``)."""
    row, made = append(actor_of(request), token, offset, cast("BinaryIO", request))
    return UploadOut(token=token, received=row.size if made else row.received, size=row.size, material=material_out(made) if made else None)


@router.post("cases/{number}/materials", response={201: MaterialOut}, url_name="approvals-case-material")
@access("builder", "window")
def hand_in(request: HttpRequest, number: str, code: str, file: File[UploadedFile], part: int = 1) -> Status[MaterialOut]:
    """A new version of a material of a filed application, or one that was promised."""
    row, stored = find_case(actor_of(request), number), files.store(cast("BinaryIO", file))
    return Status(201, material_out(services.hand_in(actor_of(request), row, code, stored, file.name or code, part=part)))


@router.patch("cases/{number}/form", response=FullCaseOut, url_name="approvals-amend")
@access("builder", "window")
def amend(request: HttpRequest, number: str, given: AnswersIn) -> FullCaseOut:
    """Change the form of a filed application, as a new version."""
    services.amend_form(actor_of(request), find_case(actor_of(request), number), given.answers)
    return full_case_out(find_case(actor_of(request), number))


@router.post("cases/{number}/rating", response={201: RateIn}, url_name="approvals-rate")
@access("builder")
def rate(request: HttpRequest, number: str, given: RateIn) -> Status[RateIn]:
    """Say how it went, once."""
    made = services.rate(actor_of(request), find_case(actor_of(request), number), given.score, given.text)
    return Status(201, RateIn(score=made.score, text=made.text))
