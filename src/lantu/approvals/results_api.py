"""``/api/v1/approvals/…`` for what goes out and what comes in on paper: results made, corrected, handed over and downloaded; the lines of a
technical review; papers at the counter; seals of notices."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import datetime
from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from lantu.approvals import services
from lantu.approvals.api_words import actor_of, find_branch, find_case, find_material, find_paper, find_result, result_out
from lantu.approvals.filing_api import material_out
from lantu.approvals.models import CounterPaper, StageResult
from lantu.approvals.permissions import HANDLERS, INSIDE
from lantu.approvals.schemas import DeliverIn, MaterialOut, ResultOut, TextIn
from lantu.approvals.selectors import technical
from lantu.approvals.selectors.filed import content_of
from lantu.approvals.services.handling import tick_line
from lantu.approvals.services.papers import seal_all
from lantu.core import files
from lantu.core.access import access

router = Router(tags=["approvals: results and papers"])


class MakeIn(Schema):
    """Fields of certificates that take the place of what the case suggests, by result."""

    data: dict[int, dict[str, str]] = {}


class CorrectIn(Schema):
    """What a certificate is to say instead, and why."""

    data: dict[str, str]
    reason: str


class LineOut(Schema):
    """A line of a technical review: the measure beside its limit, what the figures suggest, the last tick."""

    key: str
    group: str
    title: str
    limit: str
    measured: str
    suggested: str
    source: str
    verdict: str
    evidence: str


class TickIn(Schema):
    """A line ticked: ``ok``, ``bad`` or ``na``, with the evidence (drawing, page, sum)."""

    key: str
    verdict: str
    evidence: str
    measured: str = ""


class PaperIn(Schema):
    """A paper brought to the counter: of which material, its title, by whom."""

    code: str
    title: str
    brought_by: str
    pages: int = 1


class CounterPaperOut(Schema):
    """A paper at the counter: taken, compared with its original, handed back."""

    id: int
    title: str
    pages: int
    brought_by: str
    material: str
    compared_at: datetime | None
    returned_to: str
    returned_at: datetime | None


class SealedOut(Schema):
    """Notices sealed, and in words those that could not be."""

    sealed: list[str]
    left: list[str]


@router.get("cases/{number}/results", response=list[ResultOut], url_name="approvals-results")
@access(*INSIDE, "builder", "exchange")
def results(request: HttpRequest, number: str) -> list[ResultOut]:
    """The results of a stage, in one list."""
    return [result_out(row) for row in find_case(actor_of(request), number).results.select_related("branch")]


@router.post("cases/{number}/results/make", response=list[ResultOut], url_name="approvals-make")
@access("decider")
def make(request: HttpRequest, number: str, given: MakeIn) -> list[ResultOut]:
    """Make and seal the results of one's department: all or none."""
    actor = actor_of(request)
    made = services.make_results(actor, find_case(actor, number), given.data)
    return [result_out(row) for row in StageResult.objects.filter(pk__in=[one.pk for one in made]).select_related("branch").order_by("pk")]


@router.post("cases/{number}/results/receive", response=list[ResultOut], url_name="approvals-receive")
@access("builder")
def receive(request: HttpRequest, number: str, given: TextIn) -> list[ResultOut]:
    """The applicant signs, by name, for all results that are out; then they may be downloaded."""
    actor = actor_of(request)
    services.receive_results(actor, find_case(actor, number), given.text)
    return results(request, number)


@router.post("results/{pk}/deliver", response=ResultOut, url_name="approvals-deliver")
@access("window")
def deliver(request: HttpRequest, pk: int, given: DeliverIn) -> ResultOut:
    """A result was handed over or posted."""
    actor = actor_of(request)
    services.deliver(actor, find_result(actor, pk), given.manner, given.receiver, given.receipt_no)
    return result_out(find_result(actor, pk))


@router.post("results/{pk}/correct", response=ResultOut, url_name="approvals-correct")
@access("decider")
def correct(request: HttpRequest, pk: int, given: CorrectIn) -> ResultOut:
    """Correct a certificate after issue: a successor takes its place."""
    actor = actor_of(request)
    services.correct_result(actor, find_result(actor, pk), given.data, given.reason)
    return result_out(find_result(actor, pk))


@router.get("results/{pk}/file", url_name="approvals-result-file")
@access(*INSIDE, "builder")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of a result that is out; its applicant signs for it first."""
    actor = actor_of(request)
    return HttpResponse(content_of(actor, find_result(actor, pk)), content_type="application/pdf")


@router.post("cases/{number}/seal", response=SealedOut, url_name="approvals-seal")
@access("window", *HANDLERS)
def seal(request: HttpRequest, number: str) -> SealedOut:
    """Seal the notices of one's department that have no seal yet."""
    actor = actor_of(request)
    sealed, left = seal_all(actor, find_case(actor, number))
    return SealedOut(sealed=[str(one) for one in sealed], left=left)


@router.get("branches/{pk}/lines", response=list[LineOut], url_name="approvals-lines")
@access(*INSIDE)
def lines(request: HttpRequest, pk: int) -> list[LineOut]:
    """The lines of a technical review."""
    row = find_branch(actor_of(request), pk)
    found = technical.groups(row, technical.check_of(row.application))
    names = ("key", "title", "limit", "measured", "suggested", "source")
    return [
        LineOut(
            group=group.title,
            verdict=one.tick.verdict if one.tick else "",
            evidence=one.tick.evidence if one.tick else "",
            **{name: getattr(one, name) for name in names},
        )
        for group in found
        for one in group.rows
    ]


@router.post("branches/{pk}/lines", response=list[LineOut], url_name="approvals-tick")
@access(*HANDLERS)
def tick(request: HttpRequest, pk: int, given: TickIn) -> list[LineOut]:
    """Tick a line with its evidence."""
    actor = actor_of(request)
    tick_line(actor, find_branch(actor, pk), **given.dict())
    return lines(request, pk)


def _paper(row: CounterPaper) -> CounterPaperOut:
    names = ("title", "pages", "brought_by", "returned_to", "returned_at")
    return CounterPaperOut(
        id=row.pk, material=row.material.code, compared_at=row.material.checked_at, **{name: getattr(row, name) for name in names}
    )


@router.post("cases/{number}/papers", response={201: CounterPaperOut}, url_name="approvals-take-paper")
@access("window")
def take(request: HttpRequest, number: str, given: Form[PaperIn], file: File[UploadedFile]) -> Status[CounterPaperOut]:
    """Take a paper at the counter, with its scan."""
    actor = actor_of(request)
    stored = files.store(cast("BinaryIO", file))
    facts = given.dict(exclude={"code"})
    made = services.take_paper(actor, find_case(actor, number), given.code, stored, file.name or given.code, **facts)
    return Status(201, _paper(made))


@router.post("cases/{number}/materials/{pk}/original", response=MaterialOut, url_name="approvals-original")
@access("window")
def original(request: HttpRequest, number: str, pk: int) -> MaterialOut:
    """A file that came online is as the original that was shown at the counter."""
    row = find_material(find_case(actor_of(request), number), pk)
    return material_out(services.check_original(actor_of(request), row))


@router.post("cases/{number}/papers/{pk}/compare", response=CounterPaperOut, url_name="approvals-compare-paper")
@access("window")
def compare(request: HttpRequest, number: str, pk: int) -> CounterPaperOut:
    """The scan is as the original."""
    services.compare_paper(actor_of(request), find_paper(actor_of(request), number, pk))
    return _paper(find_paper(actor_of(request), number, pk))


@router.post("cases/{number}/papers/{pk}/return", response=CounterPaperOut, url_name="approvals-return-paper")
@access("window")
def give_back(request: HttpRequest, number: str, pk: int, given: TextIn) -> CounterPaperOut:
    """Hand the paper back, to whom."""
    services.return_paper(actor_of(request), find_paper(actor_of(request), number, pk), given.text)
    return _paper(find_paper(actor_of(request), number, pk))
