"""Finding a place by name or coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.blueprints.places import parse_coordinates
from lantu.blueprints.selectors.names import name_of
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards

LIMIT = 12


def find_places(text: str) -> list[dict[str, Any]]:
    """Regions and streets whose name or code has the text, or the place that it gives by coordinates: [{label, kind, center, bbox}]."""
    text = text.strip()
    if not text:
        return []
    pack = standards.pack()
    place = parse_coordinates(text, tuple(pack.settings["extent"]), lambda east, north: _unproject(pack.settings["crs"], east, north))
    if place is not None:
        return [{"label": f"{place[0]:.6f}, {place[1]:.6f}", "kind": _("坐标"), "center": list(place), "bbox": None}]
    rows = Region.objects.filter(valid_to=None).filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(code__startswith=text))
    return [found for region in rows.select_related("parent")[:LIMIT] if (found := _region(region))]


def _unproject(crs: dict[str, Any], east: float, north: float) -> tuple[float, float] | None:
    """Degrees of plane coordinates: with a zone prefix by their zone, without one in the working CRS."""
    zone = int(east // 1_000_000)
    epsg = 4513 + zone - 25 if 25 <= zone <= 45 else 4491 + zone - 13 if 13 <= zone <= 23 else int(crs["working"])
    try:
        lon, lat = transform(epsg, int(crs["statutory"])).points(np.array([[east, north]]))[0]
    except (ValueError, DatumRefused):
        return None
    return float(lon), float(lat)


def _region(region: Region) -> dict[str, Any] | None:
    """A region, or where it has no outline of its own the one above it that has."""
    outlined = region
    while outlined.geometry is None and outlined.parent is not None:
        outlined = outlined.parent
    shape: Any = outlined.geometry
    if shape is None:
        return None
    point = shape.representative_point()
    above = f"（{name_of(region.parent)}）" if region.parent else ""
    return {
        "label": f"{name_of(region)}{above}",
        "kind": str(region.get_kind_display()),
        "center": [point.x, point.y],
        "bbox": list(shape.bounds),
    }
