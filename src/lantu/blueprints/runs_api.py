"""``/api/v1/blueprint/…``: fuse, look at what was found, publish, verify. The findings themselves are under ``/api/v1/map/findings``."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.blueprints import papers
from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.statistics import COLUMNS, Amount, statistics
from lantu.blueprints.services import publish_release, start_run, verify_release, withdraw
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.api import JobOut
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import PlanRelease

router = Router(tags=["blueprint"])


class RunIn(Schema):
    """What to fuse: ids of plan releases, none = all in force. ``reading``: strict or loose; ``engine``: planar or oracle."""

    releases: list[int] = []
    reading: str = "strict"
    engine: str = ""


class FusionOut(Schema):
    """A fusion. ``totals``: count and area of the three lists, each with its slivers and noise apart."""

    id: int
    number: str
    state: str
    reading: str
    engine: str
    digest: str
    releases: list[int]
    totals: dict[str, Any]
    started_by: str
    started_at: datetime


class StartedOut(Schema):
    """A fusion and its job (``/api/v1/jobs/{id}``)."""

    run: FusionOut
    job: JobOut


class FiguresOut(Schema):
    """Findings and their area on the ellipsoid."""

    count: int
    area_m2: float


class LineOut(Schema):
    """A line of the statistics. ``slivers`` stand beside, never among the rest; ``share`` of the area."""

    key: str
    label: str
    findings: FiguresOut
    slivers: FiguresOut
    share: float


class StatisticsOut(Schema):
    """Statistics of a list. ``overlapping``: a finding may stand in several lines, which then add up to more than the total."""

    by: str
    lines: list[LineOut]
    total: LineOut
    overlapping: bool


class PublishIn(Schema):
    """The run to publish, under which number ("0.1")."""

    run: int
    number: str
    note: str = ""


class ReasonIn(Schema):
    """Why."""

    reason: str


class EngineIn(Schema):
    """By which engine to verify; empty = the one it was made by."""

    engine: str = ""


class BlueprintOut(Schema):
    """A release of the blueprint with its digest and last verification."""

    number: str
    state: str
    run: int
    digest: str
    statistics: Any
    note: str
    published_by: str
    published_at: datetime
    verified_at: datetime | None
    verified_report: Any


def _find(run: int) -> FusionRun:
    found = FusionRun.objects.filter(pk=run).first()
    if found is None:
        raise NotFound(_("没有这次融合，或它还没有完成。"), how="/api/v1/blueprint/runs")
    return found


def _published(number: str) -> BlueprintRelease:
    found = BlueprintRelease.objects.filter(number=number).first()
    if found is None:
        raise NotFound(_("没有蓝图版本 %(number)s。") % {"number": number}, how="/api/v1/blueprint/releases")
    return found


def _run(row: FusionRun) -> FusionOut:
    names = ("number", "state", "reading", "engine", "digest", "totals", "started_at")
    facts = {name: getattr(row, name) for name in names}
    return FusionOut(id=row.pk, releases=[one.pk for one in row.releases.all()], started_by=row.started_by_name, **facts)


def _release(row: BlueprintRelease) -> BlueprintOut:
    names = ("number", "state", "digest", "statistics", "note", "published_at", "verified_at", "verified_report")
    facts = {name: getattr(row, name) for name in names}
    return BlueprintOut(run=row.run_id, published_by=row.published_by_name, **facts)


def _figures(amount: Amount) -> FiguresOut:
    return FiguresOut(count=amount.count, area_m2=float(amount.area_m2))


@router.get("runs", response=list[FusionOut], url_name="blueprint-runs")
@access(*INSIDE)
def runs(request: HttpRequest, limit: int = 100, offset: int = 0) -> list[FusionOut]:
    """Fusions, the latest first."""
    first = max(offset, 0)
    rows = FusionRun.objects.prefetch_related("releases").order_by("-started_at")
    return [_run(row) for row in rows[first : first + min(max(limit, 1), 1000)]]


@router.post("runs", response={202: StartedOut}, url_name="blueprint-fuse")
@access("planner")
def fuse(request: HttpRequest, asked: RunIn) -> Any:
    """Fuse plan releases in the background."""
    every = PlanRelease.objects.filter(patches__isnull=False).distinct()
    chosen = every.filter(pk__in=asked.releases) if asked.releases else every.filter(state=PlanRelease.State.RELEASED)
    if missing := set(asked.releases) - {row.pk for row in chosen}:
        names = "、".join(map(str, sorted(missing)))
        raise BadInput(_("没有带图斑的规划成果 %(names)s。") % {"names": names}, how="/api/v1/plans/releases")
    run, job = start_run(request.actor, list(chosen), asked.reading, asked.engine)  # type: ignore[attr-defined]
    return Status(202, StartedOut(run=_run(run), job=JobOut.from_orm(job)))


@router.get("runs/{run}", response=FusionOut, url_name="blueprint-run")
@access(*INSIDE)
def run(request: HttpRequest, run: int) -> FusionOut:
    """A fusion with the totals of its three lists."""
    return _run(_find(run))


@router.get("runs/{run}/statistics", response=StatisticsOut, url_name="blueprint-statistics")
@access(*INSIDE)
def figures(request: HttpRequest, run: int, list: str = "conflict", by: str = "type") -> StatisticsOut:
    """Count, area and share by type, severity, district, department or plans."""
    if list not in Finding.Listing.values or by not in COLUMNS:
        choices = f"list={'|'.join(Finding.Listing.values)}, by={'|'.join(COLUMNS)}"
        raise BadInput(_("没有「%(by)s」这种统计口径。") % {"by": f"{list}, {by}"}, how=choices)
    row = _find(run)
    words, found = words_of(row), statistics(row, list, by)

    def line(one: Any, label: str) -> LineOut:
        return LineOut(key=one.key, label=label, findings=_figures(one.main), slivers=_figures(one.apart), share=one.share)

    lines = [line(one, papers.key_label(by, one.key, words)) for one in found.rows]
    return StatisticsOut(by=by, lines=lines, total=line(found.total, _("合计")), overlapping=found.overlapping)


@router.get("releases", response=list[BlueprintOut], url_name="blueprint-releases")
@access("@")
def releases(request: HttpRequest) -> list[BlueprintOut]:
    """All releases of the blueprint, the latest first; withdrawn ones stay."""
    return [_release(row) for row in BlueprintRelease.objects.order_by("-published_at")]


@router.post("releases", response={201: BlueprintOut}, url_name="blueprint-publish")
@access("publisher")
def publish(request: HttpRequest, asked: PublishIn) -> Any:
    """Publish a run; not one's own."""
    return Status(201, _release(publish_release(request.actor, _find(asked.run), asked.number, asked.note)))  # type: ignore[attr-defined]


@router.get("releases/{number}", response=BlueprintOut, url_name="blueprint-release")
@access("@")
def release(request: HttpRequest, number: str) -> BlueprintOut:
    """A release."""
    return _release(_published(number))


@router.post("releases/{number}/withdraw", response=BlueprintOut, url_name="blueprint-withdraw")
@access("publisher")
def taken_back(request: HttpRequest, number: str, asked: ReasonIn) -> BlueprintOut:
    """Take a release out of force, with the reason."""
    return _release(withdraw(request.actor, _published(number), asked.reason))  # type: ignore[attr-defined]


@router.post("releases/{number}/verify", response={202: JobOut}, url_name="blueprint-verify")
@access("planner", "checker", "publisher", "supervisor", "auditadmin")
def verify(request: HttpRequest, number: str, asked: EngineIn) -> Any:
    """Fuse it again and compare, in the background; the report is the job's result and stands on the release."""
    return Status(202, JobOut.from_orm(verify_release(request.actor, _published(number), asked.engine)))  # type: ignore[attr-defined]
