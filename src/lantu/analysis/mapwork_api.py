"""Endpoints of map work: buffers, bookmarks and notes."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import json
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from lantu.analysis.mapwork.buffers import buffered, shape_of
from lantu.analysis.models import MapMark
from lantu.analysis.schemas import BufferIn, MarkIn, MarkOut
from lantu.analysis.services import mark_map, unmark_map
from lantu.analysis.services.marks import marks_of
from lantu.core.access import access
from lantu.core.errors import NotFound

router = Router(tags=["analysis"])


@router.post("buffer", url_name="analysis-buffer", summary="缓冲区 The ground within so many metres")
@access("@")
def buffer(request: HttpRequest, data: BufferIn) -> dict[str, Any]:
    """The buffer as a GeoJSON feature with its ellipsoidal area."""
    shape, area = buffered(shape_of(data.geometry), data.metres)
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(shape)),
        "properties": {"area_m2": round(area, 2), "metres": data.metres},
    }


def _out(row: MapMark, actor: Any) -> MarkOut:
    names = [name for name in MarkOut.model_fields if name not in ("own", "author")]
    return MarkOut(**{name: getattr(row, name) for name in names}, own=row.user_id == actor.user_id, author=row.made_by_name)


@router.get("marks", response=list[MarkOut], url_name="analysis-marks", summary="书签与批注 Bookmarks and notes")
@access("@")
def marks(request: HttpRequest) -> Any:
    """One's own, and those shared in the department."""
    actor = request.actor  # type: ignore[attr-defined]
    return [_out(row, actor) for row in marks_of(actor)[:500]]


@router.post("marks", response={201: MarkOut}, url_name="analysis-mark", summary="存书签、写批注 Keep a bookmark or a note")
@access("@")
def mark(request: HttpRequest, data: MarkIn) -> Any:
    """Keep a view or pin a note."""
    actor = request.actor  # type: ignore[attr-defined]
    row = mark_map(actor, data.kind, data.text, lon=data.lon, lat=data.lat, address=data.address, shape=data.shape, shared=data.shared)
    return Status(201, _out(row, actor))


@router.delete("marks/{mark}", response={204: None}, url_name="analysis-unmark", summary="删除 Delete one's own")
@access("@")
def unmark(request: HttpRequest, mark: int) -> Any:
    """Delete a mark of one's own."""
    actor = request.actor  # type: ignore[attr-defined]
    row = marks_of(actor).filter(pk=mark).first()
    if row is None:
        raise NotFound(_("没有这个书签或批注。"))
    unmark_map(actor, row)
    return Status(204, None)
