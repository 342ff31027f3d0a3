"""``/api/v1/plans/deliveries/{id}/mending|codes``: faults mended one by one or by rule, and source codes brought to the catalogue's."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from lantu.core import jobs
from lantu.core.access import access
from lantu.core.api import JobOut
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import Delivery, QualityFinding
from lantu.plans.permissions import READERS
from lantu.plans.schemas import StartedOut
from lantu.plans.selectors import open_findings
from lantu.plans.services import crosswalks, mending
from lantu.plans.services.mending_ways import METHODS, Offer
from lantu.ui.answers import download

router = Router(tags=["plans"])


class ChangeOut(Schema):
    """What one patch would be; ``into``: the row it goes into. m², ellipsoidal."""

    row: int
    before_m2: float
    after_m2: float
    into: int | None


class OfferOut(Schema):
    """A way to mend a finding. ``refused``: why it may not be done. ``place``: GeoJSON in EPSG:4490."""

    finding: int
    method: str
    title: str
    moved_m2: float
    refused: str
    changes: list[ChangeOut]
    place: dict[str, Any] | None


class MendIn(Schema):
    """One of the ways offered for a finding."""

    finding: int
    method: str


class LogOut(Schema):
    """A patch that was changed."""

    row: int
    method: str
    area_before_m2: float
    area_after_m2: float


class PreviewOut(Schema):
    """What a rule would do; ``version`` of the delivery goes with the order to do it."""

    rule: str
    good: int
    refused: int
    moved_m2: float
    version: int
    offers: list[OfferOut]


class RuleIn(Schema):
    """A rule to mend by. ``version``: as previewed; a delivery that has changed since is refused."""

    rule: str
    version: int | None = None


class CandidateOut(Schema):
    """A code that a value may mean; ``likeness`` of the names, 0 to 1."""

    code: str
    name: str
    likeness: float


class CodeOut(Schema):
    """A source value. ``target``: code, shares as ``R2:0.7/B1:0.3``, ``?`` unclassified, ``-`` left out, empty while undecided."""

    value: str
    name: str
    count: int
    target: str
    how: str
    words: str
    candidates: list[CandidateOut]


class CodesIn(Schema):
    """Decisions: source value → target. ``version``: name under which the crosswalk is kept."""

    targets: dict[str, str]
    version: str = ""
    name_field: str = ""


class VersionIn(Schema):
    """Name under which the crosswalk is kept; field of the source with the names of classes."""

    version: str = ""
    name_field: str = ""


MOST = 500
"""Offers in one answer at most; the sums count all."""


def _find(pk: int) -> Delivery:
    found = Delivery.objects.select_related("dataset").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号入库。") % {"id": pk}, how="/api/v1/plans/deliveries")
    return found


def _finding(delivery: Delivery, pk: int) -> QualityFinding:
    found = open_findings(delivery).filter(pk=pk).first()
    if found is None:
        raise NotFound(
            _("没有第 %(id)s 号质检问题，或它已经修好。") % {"id": pk}, how=f"GET /api/v1/plans/deliveries/{delivery.pk}/mending"
        )
    return found


def _offer(one: Offer) -> OfferOut:
    changes = [ChangeOut(row=each.row, before_m2=each.before_m2, after_m2=each.after_m2, into=each.into) for each in one.changes]
    place = None if one.place is None else dict(shapely.geometry.mapping(one.place))
    return OfferOut(
        finding=one.finding,
        method=one.method,
        title=one.word,
        moved_m2=one.moved_m2,
        refused=one.refused,
        changes=changes,
        place=place,
    )


@router.get("deliveries/{delivery}/mending", response=dict[str, int], url_name="plans-mending")
@access(*READERS)
def rules(request: HttpRequest, delivery: int) -> dict[str, int]:
    """The rules and how many findings each looks at."""
    return mending.counts_by_rule(_find(delivery))


@router.get("deliveries/{delivery}/mending/findings/{finding}", response=list[OfferOut], url_name="plans-mending-offers")
@access(*READERS)
def offers(request: HttpRequest, delivery: int, finding: int) -> list[OfferOut]:
    """The ways to mend one finding, each with the change of area of every patch concerned."""
    return [_offer(one) for one in mending.offers(_finding(_find(delivery), finding))]


@router.post("deliveries/{delivery}/mending/findings", response=list[LogOut], url_name="plans-mend")
@access("planner")
def mend(request: HttpRequest, delivery: int, said: MendIn) -> Any:
    """Mend one finding as offered; the delivery is to be checked again (``POST mapping``)."""
    return mending.mend_finding(request.actor, _finding(_find(delivery), said.finding), said.method)  # type: ignore[attr-defined]


@router.get("deliveries/{delivery}/mending/rules/{rule}", response=PreviewOut, url_name="plans-mending-preview")
@access(*READERS)
def preview(request: HttpRequest, delivery: int, rule: str) -> PreviewOut:
    """What a rule would do, without doing it."""
    seen = mending.preview(_find(delivery), rule)
    return PreviewOut(
        rule=rule,
        good=len(seen.good),
        refused=len(seen.refused),
        moved_m2=seen.moved_m2,
        version=seen.version,
        offers=[_offer(one) for one in seen.offers[:MOST]],
    )


@router.post("deliveries/{delivery}/mending/rules", response={202: StartedOut}, url_name="plans-mend-rule")
@access("planner")
def mend_by_rule(request: HttpRequest, delivery: int, said: RuleIn) -> Any:
    """Mend all that a rule can, in the background, and check again."""
    if said.rule not in mending.RULES:
        raise BadInput(_("没有「%(rule)s」这条修复规则。") % {"rule": said.rule}, how="、".join(mending.RULES))
    found = _find(delivery)
    title = f"{METHODS[said.rule]} {found.dataset.name}"
    job = jobs.enqueue(request.actor, "plans.mend_by_rule", title, subject=found, delivery=found.pk, **said.dict())  # type: ignore[attr-defined]
    return Status(202, StartedOut(delivery=found.pk, job=JobOut.from_orm(job)))


@router.get("deliveries/{delivery}/codes", response=list[CodeOut], url_name="plans-codes")
@access(*READERS)
def codes(request: HttpRequest, delivery: int, name_field: str = "") -> Any:
    """The workbench: every source value, what it is taken as and what it may mean; the undecided first."""
    return crosswalks.workbench(_find(delivery), name_field)


@router.get("deliveries/{delivery}/codes.xlsx", url_name="plans-codes-xlsx")
@access(*READERS)
def codes_xlsx(request: HttpRequest, delivery: int, name_field: str = "") -> HttpResponse:
    """The workbench as a spreadsheet to fill in."""
    found = _find(delivery)
    return download(crosswalks.as_xlsx(crosswalks.workbench(found, name_field), str(_("代码对照"))), f"codes-{found.pk}.xlsx")


@router.post("deliveries/{delivery}/codes", response=list[CodeOut], url_name="plans-codes-decide")
@access("planner")
def decide(request: HttpRequest, delivery: int, said: CodesIn) -> Any:
    """Take decisions over, map again by them and keep them for the next delivery of the source."""
    done = crosswalks.decide(request.actor, _find(delivery), said.targets, version=said.version, name_field=said.name_field)  # type: ignore[attr-defined]
    return crosswalks.workbench(done, said.name_field)


@router.post("deliveries/{delivery}/codes.xlsx", response=list[CodeOut], url_name="plans-codes-table")
@access("planner")
def decide_by_table(request: HttpRequest, delivery: int, file: File[UploadedFile], said: Form[VersionIn]) -> Any:
    """The same from a filled spreadsheet (.xlsx or .csv)."""
    targets = crosswalks.read_xlsx(file.read())
    done = crosswalks.decide(request.actor, _find(delivery), targets, version=said.version, name_field=said.name_field)  # type: ignore[attr-defined]
    return crosswalks.workbench(done, said.name_field)
