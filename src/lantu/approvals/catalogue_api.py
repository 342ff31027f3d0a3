"""``/api/v1/approvals/catalogue/draft…``: the item catalogue edited, checked, submitted and published; ``…/catalogue/{number}/try``: what a
made project would need by a release or by the draft."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.approvals import services
from lantu.approvals.api import guide_out
from lantu.approvals.api_words import actor_of
from lantu.approvals.catalogue.text import check_text
from lantu.approvals.models import CatalogueDraft
from lantu.approvals.schemas import FindingOut, GuideOut, ReleaseOut, TextIn
from lantu.approvals.selectors import catalogue as reads
from lantu.approvals.services.cataloguing import EDITORS, departments
from lantu.core.access import access
from lantu.core.errors import NotFound

router = Router(tags=["approvals: catalogue"])


class DraftTextIn(Schema):
    """The whole file; ``version``: the one that was read, so that nobody's change is lost."""

    text: str
    version: int | None = None


class PlaceIn(Schema):
    """A value at its place, ``["items", "scheme", "days"]``; null takes it away."""

    place: list[str]
    value: Any = None


class ChangesIn(Schema):
    """Values to change; all else in the file stays as it is, comments too."""

    changes: list[PlaceIn]
    version: int | None = None


class SubmitIn(Schema):
    """The release's own version number, e.g. 2019-1, and what was changed."""

    release_version: str
    note: str = ""
    version: int | None = None


class TryIn(Schema):
    """A made project: its class and facts."""

    project_class: str
    facts: dict[str, Any] = {}


class CatalogueDraftOut(Schema):
    """The draft with what the validator says of it."""

    version: int
    state: str
    base: str
    release_version: str
    note: str
    returned: str
    text: str
    errors: int
    findings: list[FindingOut]


def finding_out(one: Any) -> FindingOut:
    return FindingOut(level=one.level, line=one.line, message=one.message, place=[str(part) for part in one.place])


def _out(row: CatalogueDraft) -> CatalogueDraftOut:
    row.refresh_from_db()
    checked = check_text(row.text, departments())
    names = ("version", "state", "note", "returned", "text")
    return CatalogueDraftOut(
        base=str(row.base),
        release_version=str(checked.content.get("version", "")),
        errors=len(checked.errors),
        findings=[finding_out(one) for one in checked.findings],
        **{name: getattr(row, name) for name in names},
    )


def _find() -> CatalogueDraft:
    found = reads.open_draft()
    if found is None:
        raise NotFound(_("现在没有编辑稿。"), how="POST /api/v1/approvals/catalogue/draft")
    return found


@router.get("catalogue/draft", response=CatalogueDraftOut, url_name="approvals-catalogue-draft")
@access(*EDITORS)
def draft(request: HttpRequest) -> CatalogueDraftOut:
    """The draft under way."""
    return _out(_find())


@router.post("catalogue/draft", response={201: CatalogueDraftOut}, url_name="approvals-catalogue-start")
@access(*EDITORS)
def start(request: HttpRequest) -> Status[CatalogueDraftOut]:
    """Begin a draft from the catalogue in force; the one under way comes back."""
    return Status(201, _out(services.start_catalogue(actor_of(request))))


@router.put("catalogue/draft", response=CatalogueDraftOut, url_name="approvals-catalogue-text")
@access(*EDITORS)
def text(request: HttpRequest, given: DraftTextIn) -> CatalogueDraftOut:
    """Replace the whole text; mistakes are kept and told."""
    return _out(services.edit_catalogue(actor_of(request), _find(), given.text, version=given.version))


@router.patch("catalogue/draft", response=CatalogueDraftOut, url_name="approvals-catalogue-change")
@access(*EDITORS)
def change(request: HttpRequest, given: ChangesIn) -> CatalogueDraftOut:
    """Change values at their places."""
    changes = [(one.place, one.value) for one in given.changes]
    return _out(services.change_catalogue(actor_of(request), _find(), changes, version=given.version))


@router.post("catalogue/draft/submit", response=CatalogueDraftOut, url_name="approvals-catalogue-submit")
@access(*EDITORS)
def submit(request: HttpRequest, given: SubmitIn) -> CatalogueDraftOut:
    """Hand it to who publishes."""
    return _out(services.submit_catalogue(actor_of(request), _find(), given.release_version, given.note, version=given.version))


@router.post("catalogue/draft/return", response=CatalogueDraftOut, url_name="approvals-catalogue-return")
@access(*EDITORS)
def give_back(request: HttpRequest, given: TextIn) -> CatalogueDraftOut:
    """Give a submitted draft back, with the reason."""
    return _out(services.return_catalogue(actor_of(request), _find(), given.text))


@router.post("catalogue/draft/discard", response=CatalogueDraftOut, url_name="approvals-catalogue-discard")
@access(*EDITORS)
def discard(request: HttpRequest) -> CatalogueDraftOut:
    """Give the draft up."""
    return _out(services.discard_catalogue(actor_of(request), _find()))


@router.post("catalogue/draft/publish", response=ReleaseOut, url_name="approvals-catalogue-publish")
@access("sysadmin")
def publish(request: HttpRequest) -> ReleaseOut:
    """Publish the draft as the next release and version of the city pack; not by who edited it."""
    made = services.publish_catalogue(actor_of(request), _find())
    names = ("number", "version", "state", "digest", "published_by", "published_at", "warnings")
    return ReleaseOut(**{name: getattr(made, name) for name in names}, pack=str(made.pack), cases=0)


@router.post("catalogue/check", response=list[FindingOut], url_name="approvals-catalogue-check")
@access(*EDITORS)
def check(request: HttpRequest, given: TextIn) -> list[FindingOut]:
    """What the validator says of a file; nothing is kept."""
    return [finding_out(one) for one in check_text(given.text, departments()).findings]


@router.post("catalogue/{number}/try", response=GuideOut, url_name="approvals-catalogue-try")
@access("@")
def try_out(request: HttpRequest, number: str, given: TryIn) -> GuideOut:
    """What a made project would need by a release, by ``current`` or by the ``draft`` (for editors), and which row of a rule decided."""
    if number == reads.DRAFT and actor_of(request).role not in EDITORS:
        raise NotFound(_("没有这一版事项库。"), how="/api/v1/approvals/catalogue")
    return guide_out(reads.find(number), given.project_class, given.facts)
