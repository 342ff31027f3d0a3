"""Endpoints of assisted siting."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import json
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from lantu.analysis import selectors
from lantu.analysis.models import SitingSearch
from lantu.analysis.permissions import USERS
from lantu.analysis.schemas import CandidateOut, SearchIn, SearchOut
from lantu.analysis.services import search_sites
from lantu.analysis.siting.stored import ranked
from lantu.analysis.siting.why import why_not
from lantu.core.access import access
from lantu.core.errors import BadInput

router = Router(tags=["analysis"])


def out(row: SitingSearch, weights: list[float] | None = None) -> SearchOut:
    """A search with its candidates under its own or other weights."""
    own = [float(wish["weight"]) for wish in row.asked["criteria"]["wishes"]]
    return SearchOut(
        id=row.pk,
        number=row.number,
        title=row.title,
        release=row.asked["basis"]["release"],
        run=row.asked["basis"]["run"],
        digest=row.digest,
        elapsed_ms=row.elapsed_ms,
        account=row.result["account"],
        candidates=[
            CandidateOut(
                id=one.pk,
                rank=rank,
                score=round(score, 4),
                area_m2=float(one.area_m2),
                compactness=one.compactness,
                district=one.district,
                values=one.values,
                slope=one.slope,
                geometry=json.loads(shapely.to_geojson(one.geometry)),
            )
            for rank, score, one in ranked(row, weights or own)
        ],
        url=row.get_absolute_url(),
    )


@router.post("sites", response={201: SearchOut}, url_name="analysis-sites", summary="辅助选址 Search for sites")
@access(*USERS)
def search(request: HttpRequest, data: SearchIn) -> Any:
    """Search and keep the record."""
    row = search_sites(request.actor, data.criteria, title=data.title, release=data.release)  # type: ignore[attr-defined]
    return Status(201, out(row))


@router.get(
    "sites/{search}", response=SearchOut, url_name="analysis-site-search", summary="选址结果 A search, ranked by other weights when given"
)
@access(*USERS)
def one_search(request: HttpRequest, search: int, weights: str = "") -> Any:
    """A search; ``weights=3,1,2`` ranks it anew."""
    row = selectors.record(SitingSearch, search, request.actor)  # type: ignore[attr-defined]
    if not weights:
        return out(row)
    try:
        values = [float(part) for part in weights.split(",")]
    except ValueError:
        raise BadInput(_("权重不是数字。"), where=weights) from None
    if len(values) != len(row.asked["criteria"]["wishes"]):
        raise BadInput(_("权重要给 %(n)s 个。") % {"n": len(row.asked["criteria"]["wishes"])}, where=weights)
    return out(row, values)


@router.get("sites/{search}/why", url_name="analysis-site-why", summary="为什么不在这里 Why not here")
@access(*USERS)
def why(request: HttpRequest, search: int, lon: float, lat: float) -> dict[str, Any]:
    """Every must-have at a place, and the conclusion."""
    found = why_not(selectors.record(SitingSearch, search, request.actor), lon, lat)  # type: ignore[attr-defined]
    return {
        "answers": [{"text": one.text, "holds": one.holds} for one in found.answers],
        "conclusion": found.conclusion,
        "rank": found.rank,
    }
