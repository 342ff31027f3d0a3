"""``/api/v1/approvals/drafts…`` for applicants, ``/api/v1/approvals/cases`` (POST) for other systems."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import BinaryIO, cast

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Router, Status
from ninja.files import UploadedFile
from shapely.errors import ShapelyError

from lantu.approvals import services
from lantu.approvals.api_words import actor_of, find_case, full_case_out
from lantu.approvals.models import Draft, Material
from lantu.approvals.schemas import DraftChange, DraftIn, DraftOut, FileIn, FullCaseOut, GapOut, MaterialOut, TextIn
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.readiness import readiness
from lantu.core import files
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.projects.selectors.codes import by_any_code

router = Router(tags=["approvals: filing"])


def draft_out(actor: Actor, row: Draft) -> DraftOut:
    """A draft with its gaps, as this person may file it."""
    row = Draft.objects.select_related("definition", "project", "applicant", "application").get(pk=row.pk)
    prepared = Prepared(row)
    ready = readiness(prepared, applicants.membership_in(actor, row.applicant, row.project))
    names = ("stage", "project_class", "state", "version", "situation", "answers", "derived")
    return DraftOut(
        id=row.pk,
        project=row.project.code,
        release=row.definition.number,
        items=[item.code for item in prepared.items],
        score=ready.score,
        gaps=[GapOut(step=one.step, code=one.code, message=one.message) for one in ready.gaps],
        case=row.application.number if row.application else None,
        **{name: getattr(row, name) for name in names},
    )


@router.get("drafts", response=list[DraftOut], url_name="approvals-drafts")
@access("builder")
def drafts(request: HttpRequest) -> list[DraftOut]:
    """The drafts of one's units."""
    return [draft_out(actor_of(request), row) for row in applicants.drafts(actor_of(request))[:100]]


@router.post("drafts", response={201: DraftOut}, url_name="approvals-drafts-new")
@access("builder")
def begin(request: HttpRequest, given: DraftIn) -> Status[DraftOut]:
    """Begin an application for a stage; the draft that there is comes back."""
    row = services.start_draft(actor_of(request), by_any_code(given.project), given.stage, given.project_class)
    return Status(201, draft_out(actor_of(request), row))


@router.get("drafts/{pk}", response=DraftOut, url_name="approvals-draft")
@access("builder")
def draft(request: HttpRequest, pk: int) -> DraftOut:
    """One draft with its gaps."""
    return draft_out(actor_of(request), applicants.draft(actor_of(request), pk))


@router.patch("drafts/{pk}", response=DraftOut, url_name="approvals-draft-change")
@access("builder")
def change(request: HttpRequest, pk: int, given: DraftChange) -> DraftOut:
    """Keep facts, answers, a site; what is wrong with them stands in ``gaps``."""
    actor = actor_of(request)
    row = applicants.draft(actor, pk)
    keep(actor, row, given)
    return draft_out(actor, row)


def keep(actor: Actor, row: Draft, given: DraftChange) -> None:
    """Keep what was given of a draft. Raises what its verbs raise, ``BadInput`` for a site that is no GeoJSON."""
    if given.situation:
        services.answer_situation(actor, row, given.situation)
    if given.answers:
        services.save_answers(actor, row, given.answers, version=given.version)
    if given.site is not None:
        try:
            shape = shapely.geometry.shape(given.site)
        except (ShapelyError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                _("用地范围不是 GeoJSON 面。"), where=str(error), how=_("请给 EPSG:4490 的 Polygon 或 MultiPolygon。")
            ) from error
        services.set_site(actor, row, shape, _("接口传入"))


@router.post("drafts/{pk}/materials", response={201: MaterialOut}, url_name="approvals-draft-material")
@access("builder")
def hand_in(request: HttpRequest, pk: int, code: str, file: File[UploadedFile], part: int = 1) -> Status[MaterialOut]:
    """Hand in a file of a material; it is looked at by its content."""
    actor = actor_of(request)
    row = applicants.draft(actor, pk)
    made = services.hand_in(actor, row, code, files.store(cast("BinaryIO", file)), file.name or code, part=part)
    return Status(201, material_out(made))


def material_out(row: Material) -> MaterialOut:
    names = ("code", "part", "version", "filename", "source", "scan", "facts")
    return MaterialOut(id=row.pk, **{name: getattr(row, name) for name in names})


@router.post("drafts/{pk}/file", response={201: FullCaseOut}, url_name="approvals-draft-file")
@access("builder")
def file_draft(request: HttpRequest, pk: int) -> Status[FullCaseOut]:
    """File the draft; with gaps it is refused, ``values.gaps`` says which."""
    actor = actor_of(request)
    made = services.file_draft(actor, applicants.draft(actor, pk))
    return Status(201, full_case_out(find_case(actor, made.number)))


@router.post("filings", response={201: FullCaseOut}, url_name="approvals-file")
@access("exchange", "window")
def file_case(request: HttpRequest, given: FileIn) -> Status[FullCaseOut]:
    """File a stage for a project by another system; sent again it gives the case that there is."""
    actor = actor_of(request)
    made = services.file_by_client(actor, by_any_code(given.project), given.stage, given.project_class, given.facts)
    return Status(201, full_case_out(find_case(actor, made.number)))


@router.post("cases/{number}/withdraw", response=FullCaseOut, url_name="approvals-withdraw")
@access("builder")
def withdraw(request: HttpRequest, number: str, given: TextIn) -> FullCaseOut:
    """Withdraw the whole stage, with a reason."""
    actor = actor_of(request)
    row = find_case(actor, number)
    services.withdraw_stage(actor, row, given.text)
    return full_case_out(find_case(actor, number))


@router.post("cases/{number}/corrections", response=FullCaseOut, url_name="approvals-corrections")
@access("builder", "window")
def corrections(request: HttpRequest, number: str) -> FullCaseOut:
    """What was to be mended has come: all open corrections are answered."""
    actor = actor_of(request)
    services.answer_corrections(actor, find_case(actor, number))
    return full_case_out(find_case(actor, number))
