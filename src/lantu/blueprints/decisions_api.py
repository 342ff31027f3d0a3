"""``/api/v1/blueprint/decisions``, ``/amendments``, ``/balance``: what approved decisions say of the map, and what follows from them."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date, datetime
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.blueprints.models import Amendment, Override
from lantu.blueprints.selectors.balance import Balance, balance
from lantu.blueprints.services import AmendmentOrder, CaseRef, close_amendment, record_override, withdraw_override
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound

router = Router(tags=["blueprint"])


class OrderIn(Schema):
    """A plan that must be amended: layer code, department code, by when, what."""

    layer: str
    department: str
    due: date
    text: str = ""


class DecisionIn(Schema):
    """A decision. ``outcome``: ``{"classes": {layer: class}, "accepts": [rule], "condition": text}``; ``geometry``: GeoJSON, degrees,
    EPSG:4490; ``origin``: finding, drawn or uploaded; ``replaces``: numbers of decisions that it takes the place of."""

    title: str
    layers: list[str]
    outcome: dict[str, Any]
    geometry: dict[str, Any]
    document_no: str
    document_date: date
    case: str = ""
    identity: str = ""
    origin: str = "drawn"
    replaces: list[str] = []
    amendments: list[OrderIn] = []
    note: str = ""


class DecisionOut(Schema):
    """A decision. ``geometry``: GeoJSON, only where one is asked for."""

    number: str
    title: str
    state: str
    layers: list[str]
    outcome: dict[str, Any]
    area_m2: float
    district: str
    document_no: str
    document_date: date
    case: str
    identity: str
    digest: str
    recorded_by: str
    recorded_at: datetime
    geometry: dict[str, Any] | None = None


class AmendmentOut(Schema):
    """A plan to be amended. ``share``: how much of the ground the new release shows as decided."""

    id: int
    decision: str
    layer: str
    department: str
    due: date
    text: str
    state: str
    overdue_days: int
    share: float | None
    release: int | None


class CloseIn(Schema):
    """How an amendment is closed: done or cancelled, and on what grounds."""

    state: str
    note: str


class MoveOut(Schema):
    """Ground of one layer that goes from one class to another; empty = the layer has no say."""

    decision: str
    layer: str
    before: str
    after: str
    was_built: bool
    will_be_built: bool
    area_m2: float


class SumOut(Schema):
    """Construction land of one layer, m²."""

    layer: str
    added_m2: float
    withdrawn_m2: float
    other_m2: float
    net_m2: float
    balanced: bool


class BalanceOut(Schema):
    """增减平衡表."""

    balanced: bool
    sums: list[SumOut]
    moves: list[MoveOut]
    accepted: list[str]


class ReasonOfWithdrawal(Schema):
    """Why a decision no longer holds."""

    reason: str


def _out(row: Override, *, whole: bool = False) -> DecisionOut:
    names = (
        "number",
        "title",
        "state",
        "layers",
        "outcome",
        "district",
        "document_no",
        "document_date",
        "identity",
        "digest",
        "recorded_at",
    )
    facts = {name: getattr(row, name) for name in names}
    geometry = shapely.geometry.mapping(row.geometry) if whole else None
    return DecisionOut(case=row.case_label, area_m2=float(row.area_m2), recorded_by=row.recorded_by_name, geometry=geometry, **facts)


def _find(number: str) -> Override:
    found = Override.objects.filter(number=number).first()
    if found is None:
        raise NotFound(_("没有协调结果 %(number)s。") % {"number": number}, how="/api/v1/blueprint/decisions")
    return found


def _amendment(row: Amendment) -> AmendmentOut:
    facts = {name: getattr(row, name) for name in ("department", "due", "text", "state", "share")}
    return AmendmentOut(
        id=row.pk, decision=row.override.number, layer=row.layer_code, overdue_days=row.overdue_days(), release=row.release_id, **facts
    )


@router.get("decisions", response=list[DecisionOut], url_name="blueprint-decisions")
@access(*INSIDE)
def decisions(request: HttpRequest, state: str = "", limit: int = 100, offset: int = 0) -> list[DecisionOut]:
    """Decisions, the latest first."""
    rows = Override.objects.defer("units", "geometry")
    if state:
        rows = rows.filter(state=state)
    first = max(offset, 0)
    return [_out(row) for row in rows[first : first + min(max(limit, 1), 1000)]]


@router.post("decisions", response={201: DecisionOut}, url_name="blueprint-decide")
@access("planner")
def decide(request: HttpRequest, asked: DecisionIn) -> Any:
    """Record a decision. A wrong geometry is refused with the place (``values.place``)."""
    try:
        geometry = shapely.geometry.shape(asked.geometry)
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise BadInput(_("图形不是 GeoJSON 的面。"), where=str(error), how="geometry: Polygon, MultiPolygon") from None
    row = record_override(
        request.actor,  # type: ignore[attr-defined]
        title=asked.title,
        layers=asked.layers,
        outcome=asked.outcome,
        geometry=geometry,
        document_no=asked.document_no,
        document_date=asked.document_date,
        case=CaseRef(label=asked.case, identity=asked.identity),
        amendments=[AmendmentOrder(one.layer, one.department, one.due, one.text) for one in asked.amendments],
        origin=asked.origin,
        replaces=[_find(number) for number in asked.replaces],
        note=asked.note,
    )
    return Status(201, _out(row, whole=True))


@router.get("decisions/{number}", response=DecisionOut, url_name="blueprint-decision")
@access(*INSIDE)
def decision(request: HttpRequest, number: str) -> DecisionOut:
    """A decision with its ground."""
    return _out(_find(number), whole=True)


@router.post("decisions/{number}/withdraw", response=DecisionOut, url_name="blueprint-decision-withdraw")
@access("planner")
def withdrawn(request: HttpRequest, number: str, asked: ReasonOfWithdrawal) -> DecisionOut:
    """Let a decision no longer hold from the next run on."""
    return _out(withdraw_override(request.actor, _find(number), asked.reason))  # type: ignore[attr-defined]


@router.get("amendments", response=list[AmendmentOut], url_name="blueprint-amendments")
@access(*INSIDE)
def amendments(request: HttpRequest, state: str = "", department: str = "", limit: int = 100, offset: int = 0) -> list[AmendmentOut]:
    """Plans that must be amended, the most urgent first."""
    rows = Amendment.objects.select_related("override").defer("override__units", "override__geometry")
    wanted = {name: value for name, value in (("state", state), ("department", department)) if value}
    first = max(offset, 0)
    return [_amendment(row) for row in rows.filter(**wanted)[first : first + min(max(limit, 1), 1000)]]


@router.post("amendments/{pk}/close", response=AmendmentOut, url_name="blueprint-amendment-close")
@access("planner", "checker")
def closed(request: HttpRequest, pk: int, asked: CloseIn) -> AmendmentOut:
    """Close an amendment by hand."""
    row = Amendment.objects.filter(pk=pk).select_related("override").first()
    if row is None:
        raise NotFound(_("没有这项规划修改。"), how="/api/v1/blueprint/amendments")
    return _amendment(close_amendment(request.actor, row, asked.state, asked.note))  # type: ignore[attr-defined]


@router.get("balance", response=BalanceOut, url_name="blueprint-balance")
@access(*INSIDE)
def sheet(request: HttpRequest, document: str = "") -> BalanceOut:
    """The balance sheet of the active decisions, all or those of one document."""
    rows = Override.objects.filter(state=Override.State.ACTIVE).order_by("pk")
    return _balance(balance(rows.filter(document_no=document) if document else rows))


def _balance(found: Balance) -> BalanceOut:
    names = ("layer", "added_m2", "withdrawn_m2", "other_m2", "net_m2", "balanced")
    moves = [
        MoveOut(decision=one.change, **{name: getattr(one, name) for name in MoveOut.model_fields if name != "decision"})
        for one in found.lines
    ]
    sums = [SumOut(**{name: getattr(one, name) for name in names}) for one in found.sums]
    return BalanceOut(balanced=found.balanced, sums=sums, moves=moves, accepted=found.accepted)
