"""The tile endpoints."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.tiles import sources
from lantu.blueprints.tiles.grid import MAX_ZOOM, Tile
from lantu.blueprints.visibility import INSIDE, may_see
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound, Refused
from lantu.plans.models import PlanRelease
from lantu.standards.models import LayerDefinition

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
A_DAY = 86_400


def _tile(z: int, x: int, y: int) -> Tile:
    tile = Tile(z, x, y)
    if not tile.exists:
        raise BadInput(_("没有瓦片 %(z)s/%(x)s/%(y)s。") % {"z": z, "x": x, "y": y}, how=_("级别为 0 到 %(max)s。") % {"max": MAX_ZOOM})
    return tile


def _answer(data: bytes, *, kept: bool) -> HttpResponse:
    response = HttpResponse(data, content_type=MEDIA_TYPE)
    response["Cache-Control"] = f"private, max-age={A_DAY}" if kept else "no-store"
    return response


def _require(allowed: bool) -> None:
    if not allowed:
        raise Refused(_("您所在的岗位不能查看这个图层。"), how=_("请向规划部门申请查看。"))


def _definition(code: str, **of: object) -> LayerDefinition:
    definition = LayerDefinition.objects.filter(code=code, **of).first()
    if definition is None:
        raise NotFound(_("图层目录里没有 %(codes)s。") % {"codes": code})
    return definition


@access("@")
def plan(request: HttpRequest, release: int, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a plan release."""
    row = PlanRelease.objects.filter(pk=release).exclude(state=PlanRelease.State.WRITING).first()
    if row is None:
        raise NotFound(_("没有这个规划成果。"))
    _require(may_see(request.actor, _definition(row.layer_code, pack_id=row.pack_id)))  # type: ignore[attr-defined]
    return _answer(sources.plan_tile(row, _tile(z, x, y)), kept=True)


@access(*INSIDE)
def findings(request: HttpRequest, run: int, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a run's findings; ``?list=`` one of the three lists."""
    listing = request.GET.get("list", "")
    if listing and listing not in Finding.Listing.values:
        raise BadInput(_("没有「%(list)s」这个清单。") % {"list": listing}, how="difference, conflict, gap")
    row = FusionRun.objects.filter(pk=run, state=FusionRun.State.DONE).first()
    if row is None:
        raise NotFound(_("没有这次融合，或它还没有完成。"))
    return _answer(sources.findings_tile(row, listing, _tile(z, x, y)), kept=True)


@access("@")
def districts(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """A tile of the district outlines."""
    return _answer(sources.districts_tile(_tile(z, x, y)), kept=True)


@access("@")
def living(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a living layer as it is today."""
    _require(may_see(request.actor, _definition(layer, pack__in_force=True)))  # type: ignore[attr-defined]
    return _answer(sources.living_tile(layer, _tile(z, x, y)), kept=False)
