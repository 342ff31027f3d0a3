"""``/api/v1/blueprint/comparisons``, ``/in-force``: what differs between releases, and what was in force on a day."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date, datetime
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.blueprints.models import BlueprintRelease, Change, Comparison, FusionRun, StaleLayer
from lantu.blueprints.selectors.comparisons import release_label
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.freshness import freshness
from lantu.blueprints.selectors.here import here_on
from lantu.blueprints.selectors.releases import in_force_on, run_named
from lantu.blueprints.services import compare, start_precheck
from lantu.blueprints.services.prechecks import outcome
from lantu.blueprints.services.runs import STARTERS
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.api import JobOut
from lantu.core.errors import BadInput, NotFound
from lantu.core.models import Job
from lantu.plans.models import Delivery

router = Router(tags=["blueprint"])

MOST = 2000


class CompareIn(Schema):
    """Two releases by number ("0.1", "1.0"), or two fusions by number ("R2018-0001")."""

    before: str
    after: str


class ComparisonOut(Schema):
    """What differs. ``totals``: faces, ground per layer, findings per list; ``areas``: m² per layer, class and district."""

    id: int
    before: str
    after: str
    state: str
    totals: dict[str, Any]
    areas: list[dict[str, Any]]
    made_at: datetime | None


class CompareOut(Schema):
    """A comparison and, while it is being made, its job."""

    comparison: ComparisonOut
    job: JobOut | None


class InForceOut(Schema):
    """The release in force at the end of a day."""

    date: date
    number: str
    digest: str
    published_at: datetime
    withdrawn_at: datetime | None
    run: int


class SaidOut(Schema):
    """What one layer said."""

    layer: str
    title: str
    state: str
    text: str
    code: str
    source: str
    distance_m: float | None


class InForceHereOut(Schema):
    """The release in force that day (none: null), and what it and the living layers of the day said at the place."""

    release: InForceOut | None
    place: str | None = None
    rows: list[SaidOut] = []
    findings: list[int] = []


def _out(row: Comparison) -> ComparisonOut:
    return ComparisonOut(
        id=row.pk,
        before=release_label(row.before),
        after=release_label(row.after),
        state=row.state,
        totals=row.totals,
        areas=row.areas,
        made_at=row.made_at,
    )


@router.post("comparisons", response={200: CompareOut, 202: CompareOut}, url_name="blueprint-compare")
@access(*INSIDE)
def ask(request: HttpRequest, asked: CompareIn) -> Any:
    """Compare two releases; 200 when it is there already, 202 with the job while it is being made."""
    row, job = compare(request.actor, run_named(asked.before), run_named(asked.after))  # type: ignore[attr-defined]
    return Status(200 if job is None else 202, CompareOut(comparison=_out(row), job=JobOut.from_orm(job) if job else None))


def _find(pk: int) -> Comparison:
    row = Comparison.objects.filter(pk=pk).select_related("before", "after").first()
    if row is None:
        raise NotFound(_("没有这次对比。"), how="/api/v1/blueprint/comparisons")
    return row


@router.get("comparisons/{pk}", response=ComparisonOut, url_name="blueprint-comparison")
@access(*INSIDE)
def comparison(request: HttpRequest, pk: int) -> ComparisonOut:
    """A comparison."""
    return _out(_find(pk))


@router.get("comparisons/{pk}/changes", url_name="blueprint-comparison-changes")
@access(*INSIDE)
def changes(request: HttpRequest, pk: int, bbox: str = "", layer: str = "", limit: int = 1000) -> dict[str, Any]:
    """Changed ground as a GeoJSON feature collection, the largest first; ``total`` says how many there are in ``bbox``."""
    row = _find(pk)
    rows = Change.objects.filter(comparison=row)
    if bbox:
        rows = rows.in_window(*_box(bbox))
    if layer:
        rows = rows.filter(layer_code=layer)
    words = words_of(row.after)
    chosen = rows.order_by("-area_m2", "number")[: min(max(limit, 1), MOST)]
    features = [
        {
            "type": "Feature",
            "id": one.number,
            "geometry": shapely.geometry.mapping(one.geometry),
            "properties": {
                "layer": one.layer_code,
                "layer_name": words.layer(one.layer_code),
                "before": one.before,
                "after": one.after,
                "decision": one.decision,
                "district": words.district(one.district),
                "area_m2": float(one.area_m2),
            },
        }
        for one in chosen
    ]
    return {"type": "FeatureCollection", "total": rows.count(), "features": features}


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(_("范围「%(text)s」读不懂。") % {"text": text}, how="bbox=west,south,east,north") from None
    return west, south, east, north


class PrecheckIn(Schema):
    """The delivery (of the plans room) to check beforehand."""

    delivery: int


class PrecheckOut(Schema):
    """A check beforehand. ``new_conflicts``: severity → how many the draft brings; ``passed``: none of severity 1 (null while it runs)."""

    id: int
    number: str
    state: str
    delivery: int | None
    new_conflicts: dict[int, int]
    passed: bool | None
    comparison: int | None
    job: JobOut | None = None


class FreshnessOut(Schema):
    """A layer's dataset and when it must be brought up to date."""

    layer: str
    title: str
    owner: str
    dataset: str
    since: date
    cycle: str
    due: date
    late_days: int


class StaleLayerOut(Schema):
    """A finding about a layer past its date."""

    layer_code: str
    dataset: str
    owner: str
    since: date
    cycle: str
    due: date
    found_at: datetime
    settled_at: datetime | None


def _precheck(run: FusionRun, job: Job | None = None) -> PrecheckOut:
    found = outcome(run)
    return PrecheckOut(
        id=run.pk,
        number=run.number,
        state=run.state,
        delivery=run.draft_id,
        new_conflicts=found.new_by_severity,
        passed=found.passed if found.comparison is not None else None,
        comparison=found.comparison.pk if found.comparison is not None else None,
        job=JobOut.from_orm(job) if job is not None else None,
    )


@router.post("prechecks", response={202: PrecheckOut}, url_name="blueprint-precheck-start")
@access(*STARTERS)
def check_beforehand(request: HttpRequest, asked: PrecheckIn) -> Any:
    """Check a draft plan against the release in force, in the background."""
    delivery = Delivery.objects.filter(pk=asked.delivery).select_related("dataset").first()
    if delivery is None:
        raise NotFound(_("没有这次入库。"), how="/api/v1/plans/deliveries")
    run, job = start_precheck(request.actor, delivery)  # type: ignore[attr-defined]
    return Status(202, _precheck(run, job))


@router.get("prechecks/{run}", response=PrecheckOut, url_name="blueprint-precheck")
@access(*INSIDE)
def precheck(request: HttpRequest, run: int) -> PrecheckOut:
    """A check beforehand and what it found."""
    row = FusionRun.objects.filter(pk=run, purpose=FusionRun.Purpose.PRECHECK).first()
    if row is None:
        raise NotFound(_("没有这次预检。"), how="/api/v1/blueprint/prechecks")
    return _precheck(row)


@router.get("freshness", response=list[FreshnessOut], url_name="blueprint-freshness")
@access(*INSIDE)
def up_to_date(request: HttpRequest, stale: bool = False) -> list[FreshnessOut]:
    """Every layer by its update cycle, the most overdue first; ``stale``: only those past their date."""
    names = list(FreshnessOut.model_fields)
    return [FreshnessOut(**{name: getattr(row, name) for name in names}) for row in freshness() if row.late_days or not stale]


@router.get("freshness/findings", response=list[StaleLayerOut], url_name="blueprint-stale")
@access(*INSIDE)
def stale_layers(request: HttpRequest, open: bool = True) -> list[StaleLayerOut]:
    """The findings about layers past their date; ``open=false`` also gives those settled since."""
    rows = StaleLayer.objects.filter(settled_at=None) if open else StaleLayer.objects.all()
    return [StaleLayerOut.from_orm(row) for row in rows[:MOST]]


@router.get("in-force", response=InForceHereOut, url_name="blueprint-in-force")
@access("@")
def in_force_then(request: HttpRequest, date: date, lon: float | None = None, lat: float | None = None) -> InForceHereOut:
    """What was in force on ``date``, and at a place when ``lon`` and ``lat`` are given (degrees, EPSG:4490)."""
    if lon is None or lat is None:
        return InForceHereOut(release=_then(in_force_on(date), date))
    release, here = here_on(lon, lat, date, actor=request.actor)  # type: ignore[attr-defined]
    names = list(SaidOut.model_fields)
    rows = [SaidOut(**{name: getattr(one, name) for name in names}) for one in here.statements]
    return InForceHereOut(release=_then(release, date), place=here.place, rows=rows, findings=[one.pk for one in here.findings])


def _then(release: BlueprintRelease | None, day: date) -> InForceOut | None:
    if release is None:
        return None
    facts = {name: getattr(release, name) for name in ("number", "digest", "published_at", "withdrawn_at")}
    return InForceOut(date=day, run=release.run_id, **facts)
