"""``/api/v1/plans/datums/…``: datum parameter sets: list, fit, confirm, withdraw. Numbers are given only by ``reveal``, to few."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.geodesy.datums import ControlPoint
from lantu.plans.models import DatumSet
from lantu.plans.schemas import DatumOut, FitIn, PointIn, ReasonIn
from lantu.plans.services import datums as verbs
from lantu.plans.views.datums import VIEWERS

router = Router(tags=["plans"])


def _find(pk: int) -> DatumSet:
    found = DatumSet.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号转换参数集。") % {"id": pk}, how="/api/v1/plans/datums/")
    return found


def _out(row: DatumSet) -> DatumOut:
    return DatumOut(**{name: getattr(row, name) for name in DatumOut.model_fields if name != "doubts"}, doubts=verbs.doubts_of(row))


def _point(one: PointIn) -> ControlPoint:
    return ControlPoint(one.name, (one.source_y, one.source_x), (one.target_y, one.target_x), one.check, one.source_h, one.target_h)


@router.get("", response=list[DatumOut], url_name="plans-datums")
@access(*VIEWERS)
def datums(request: HttpRequest) -> list[DatumOut]:
    """All sets with their quality."""
    return [_out(row) for row in DatumSet.objects.all()]


@router.post("", response=DatumOut, url_name="plans-datum-fit")
@access("planner")
def fit(request: HttpRequest, said: FitIn) -> DatumOut:
    """Fit a set from control points; a second person has to confirm it before it can be used."""
    points = [_point(one) for one in said.points]
    facts = said.dict(exclude={"name", "kind", "points"})
    return _out(verbs.fit_datum(request.actor, said.name, said.kind, points, **facts))  # type: ignore[attr-defined]


@router.post("{datum}/confirm", response=DatumOut, url_name="plans-datum-confirm")
@access("checker")
def confirm(request: HttpRequest, datum: int, said: ReasonIn) -> DatumOut:
    """Let a set be used; not by its author."""
    return _out(verbs.confirm_datum(request.actor, _find(datum), said.reason))  # type: ignore[attr-defined]


@router.post("{datum}/withdraw", response=DatumOut, url_name="plans-datum-withdraw")
@access("planner", "checker")
def withdraw(request: HttpRequest, datum: int, said: ReasonIn) -> DatumOut:
    """Take a set out of use."""
    return _out(verbs.withdraw_datum(request.actor, _find(datum), said.reason))  # type: ignore[attr-defined]


@router.post("{datum}/reveal", response=dict[str, Any], url_name="plans-datum-reveal")
@access(*VIEWERS)
def reveal(request: HttpRequest, datum: int, said: ReasonIn) -> dict[str, Any]:
    """The numbers and control points, for author, confirmer and custodians; audited with the reason."""
    return verbs.reveal_datum(request.actor, _find(datum), said.reason)  # type: ignore[attr-defined]
