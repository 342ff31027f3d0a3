"""Endpoints of the map page (``/api/v1/map/…``): context, layers, findings in view, what is here, places."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from dataclasses import asdict
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router

from lantu.accounts.models import Region
from lantu.blueprints.basemaps import all_base_maps
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.schemas import (
    AmountOut,
    BaseMapOut,
    ContextOut,
    DistrictOut,
    FeatureOut,
    FindingLinkOut,
    FindingOut,
    FindingsOut,
    FindingsQuery,
    HereOut,
    PlaceOut,
    ReleaseOut,
    RunOut,
    StatementOut,
    TreeOut,
)
from lantu.blueprints.selectors import releases
from lantu.blueprints.selectors.findings import Words, amount, findings, words_of
from lantu.blueprints.selectors.here import what_is_here
from lantu.blueprints.selectors.layer_tree import layer_tree
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.selectors.place_search import find_places
from lantu.blueprints.visibility import INSIDE, may_see_internal
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound
from lantu.standards import selectors as standards

router = Router(tags=["map"])

MAX_ROWS = 1000


def _run(run: int | None) -> FusionRun | None:
    found = releases.shown_run(run)
    if run is not None and found is None:
        raise NotFound(_("没有这次融合，或它还没有完成。"))
    return found


def _label(run: FusionRun) -> RunOut:
    return RunOut(id=run.pk, label=f"{run.number}　{run.get_reading_display()}")


@router.get("context", response=ContextOut, url_name="map-context")
@access("@")
def context(request: HttpRequest, run: int | None = None) -> ContextOut:
    """Centre, extent, release in force, runs, base maps, districts."""
    pack = standards.pack()
    internal = may_see_internal(request.actor)  # type: ignore[attr-defined]
    release = releases.in_force()
    shown = _run(run) if internal else None
    counties = Region.objects.counties()
    return ContextOut(
        center=list(pack.settings["center"]),
        extent=list(pack.settings["extent"]),
        demo=pack.demo,
        release=ReleaseOut(id=release.pk, number=release.number, date=release.published_at.date().isoformat()) if release else None,
        run=_label(shown) if shown else None,
        runs=[_label(row) for row in releases.runs()] if internal else [],
        basemaps=[BaseMapOut(**asdict(one)) for one in all_base_maps()],
        districts=[DistrictOut(code=row.code, name=name_of(row)) for row in counties],
    )


@router.get("layers", response=TreeOut, url_name="map-layers")
@access("@")
def layers(request: HttpRequest, run: int | None = None) -> dict[str, Any]:
    """The layer tree with styles and legends; layers that the post may not see are left out."""
    return {"groups": [group.as_dict() for group in layer_tree(_run(run), request.actor)]}  # type: ignore[attr-defined]


@router.get("findings", response=FindingsOut, url_name="map-findings")
@access(*INSIDE)
def findings_in_view(request: HttpRequest, query: Query[FindingsQuery]) -> FindingsOut:
    """Findings of a run by filter, the gravest first."""
    found = _run(query.run)
    if found is None:
        raise NotFound(_("没有这次融合，或它还没有完成。"))
    words = words_of(found)
    every = findings(found, listing=query.list, window=_window(query.bbox), district=query.district, rule=query.type)
    shown = every.filter(apart=query.sliver == "1")
    chosen = shown.filter(severity__in=_numbers(query.severity)) if query.severity else shown
    count, area = amount(chosen)
    rows = chosen.order_by("severity", "number").defer("hits", "sources", "area_account", "lineage")[_page(query)]
    apart_count, apart_area = amount(every.filter(apart=True))
    by_severity = {str(number): amount(shown.filter(severity=number)) for number in range(1, 6)}
    return FindingsOut(
        total=AmountOut(count=count, area_m2=float(area)),
        by_severity={number: AmountOut(count=n, area_m2=float(a)) for number, (n, a) in by_severity.items()},
        slivers=AmountOut(count=apart_count, area_m2=float(apart_area)),
        cut=count > max(query.offset, 0) + len(rows),
        rows=[_row(row, words) for row in rows],
    )


def _page(query: FindingsQuery) -> slice:
    first = max(query.offset, 0)
    return slice(first, first + min(max(query.limit, 1), MAX_ROWS))


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part]
    except ValueError:
        raise BadInput(_("严重程度「%(text)s」不是数字。") % {"text": text}, how="severity=1,2") from None


def _window(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(_("范围「%(text)s」不是四个数。") % {"text": text}, how="bbox=106.6,26.5,106.8,26.7") from None
    return west, south, east, north


def _row(row: Finding, words: Words) -> FindingOut:
    return FindingOut(
        id=row.pk,
        number=str(row.number),
        severity=row.severity,
        type=row.rule,
        title=words.rule(row.rule),
        place=words.district(row.district),
        departments=[words.department(code) for code in row.departments],
        area_m2=float(row.area_m2),
        center=[row.anchor_lon, row.anchor_lat],
        bbox=[row.min_x or 0.0, row.min_y or 0.0, row.max_x or 0.0, row.max_y or 0.0],
        url=row.get_absolute_url(),
    )


@router.get("findings/{finding}", response=FeatureOut, url_name="map-finding")
@access(*INSIDE)
def one_finding(request: HttpRequest, finding: int) -> FeatureOut:
    """One finding as GeoJSON with its row as properties."""
    row = Finding.objects.filter(pk=finding, run__state=FusionRun.State.DONE).select_related("run").first()
    if row is None:
        raise NotFound(_("没有这个图斑。"))
    return FeatureOut(geometry=shapely.geometry.mapping(row.geometry), properties=_row(row, words_of(row.run)).dict())


@router.get("here", response=HereOut, url_name="map-here")
@access("@")
def here(request: HttpRequest, lon: float, lat: float, run: int | None = None) -> HereOut:
    """What every plan and living layer says at a place, and the findings there."""
    actor = request.actor  # type: ignore[attr-defined]
    found = what_is_here(lon, lat, _run(run), actor=actor)
    shown = found.findings if may_see_internal(actor) else []
    words = words_of(shown[0].run) if shown else None
    return HereOut(
        place=found.place,
        rows=[
            StatementOut(**{name: getattr(row, name) for name in StatementOut.model_fields if name != "url"}) for row in found.statements
        ],
        findings=[
            FindingLinkOut(
                id=row.pk,
                number=str(row.number),
                severity=row.severity,
                title=words.rule(row.rule) if words else row.rule,
                url=row.get_absolute_url(),
            )
            for row in shown
        ],
    )


@router.get("places", response=list[PlaceOut], url_name="map-places")
@access("@")
def places(request: HttpRequest, q: str = "") -> list[dict[str, Any]]:
    """Regions, streets and coordinates."""
    return find_places(q)
