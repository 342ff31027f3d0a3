"""Entities of a DXF drawing as flat shapes: bulges and curves stroked, hatches with their islands, block references opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ezdxf
import numpy as np
import shapely
from ezdxf import path as paths
from shapely.geometry.base import BaseGeometry

TOLERANCE_M = 0.01
MOST = 2_000_000
"""Entities after opening all block references; more is a mistake, or meant to fill the memory."""
_DEEPEST = 16
_CURVES = frozenset({"LINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "LWPOLYLINE", "POLYLINE", "HELIX"})
_AREAS = frozenset({"HATCH", "MPOLYGON"})
_TEXTS = frozenset({"TEXT", "MTEXT", "ATTRIB"})
_FILLED = frozenset({"SOLID", "TRACE", "3DFACE"})
_BROKEN = (ezdxf.DXFError, ValueError, TypeError, ArithmeticError, IndexError, AttributeError, shapely.errors.ShapelyError)
"""What an entity with senseless values makes the libraries raise."""


class TooManyEntities(Exception):
    """Block references that open to more than ``MOST`` entities."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One entity: its drawing layer, kind, handle, the block it comes from, its shape or text."""

    layer: str
    kind: str
    handle: str
    block: str
    shape: BaseGeometry | None
    text: str = ""
    height: bool = False
    curved: bool = False


@dataclass(slots=True)
class Counts:
    """What was met that cannot become a shape, by entity kind."""

    skipped: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def skip(self, kind: str) -> None:
        self.skipped[kind] = self.skipped.get(kind, 0) + 1


def drawn(document: Any, counts: Counts) -> Iterator[Drawn]:
    """Every entity of the model space, in order. Raises ``TooManyEntities``."""
    for entity in document.modelspace():
        yield from _entity(entity, counts, None, "", 0)


def _entity(entity: Any, counts: Counts, layer: str | None, block: str, depth: int) -> Iterator[Drawn]:
    counts.total += 1
    if counts.total > MOST:
        raise TooManyEntities
    kind = entity.dxftype()
    own = str(entity.dxf.get("layer", "0"))
    # what is drawn on layer 0 inside a block belongs to the layer of the reference
    on = layer if layer is not None and own == "0" else own
    if kind == "INSERT":
        yield from _insert(entity, counts, on, depth)
        return
    handle = str(entity.dxf.get("handle", "") or "")
    try:
        found = _shape(entity, kind)
    except _BROKEN:
        counts.skip(kind)
        return
    if found is None:
        counts.skip(kind)
        return
    shape, text, height, curved = found
    yield Drawn(on, kind, handle, block, shape, text, height, curved)


def _insert(insert: Any, counts: Counts, layer: str, depth: int) -> Iterator[Drawn]:
    name = str(insert.dxf.get("name", ""))
    if depth >= _DEEPEST:
        counts.skip("INSERT")
        return
    try:
        for attribute in insert.attribs:
            yield from _entity(attribute, counts, layer, name, depth + 1)
        copies = insert.multi_insert() if insert.mcount > 1 else (insert,)
        for copy in copies:
            for inner in copy.virtual_entities():
                yield from _entity(inner, counts, layer, name, depth + 1)
    except (ezdxf.DXFError, ValueError, ZeroDivisionError, AttributeError):  # a reference to a block that is not there
        counts.skip("INSERT")


def _shape(entity: Any, kind: str) -> tuple[BaseGeometry, str, bool, bool] | None:
    if kind in _CURVES:
        return _curve(entity, kind)
    if kind in _AREAS:
        return _area(entity)
    if kind in _FILLED:
        points = [tuple(point)[:2] for point in entity.wcs_vertices()]
        return shapely.Polygon(points).buffer(0), "", False, False
    if kind in _TEXTS:
        text = entity.plain_text() if kind != "MTEXT" else entity.plain_text(split=False)
        place = entity.dxf.get("insert")
        return (shapely.Point(place.x, place.y), str(text).strip(), False, False) if place is not None else None
    if kind == "POINT":
        place = entity.dxf.location
        return shapely.Point(place.x, place.y), "", bool(place.z), False
    return None


def _curve(entity: Any, kind: str) -> tuple[BaseGeometry, str, bool, bool] | None:
    if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
        return None  # meshes
    path = paths.make_path(entity)
    points = np.array([(p.x, p.y, p.z) for p in path.flattening(TOLERANCE_M)])
    if len(points) < 2:
        return None
    height = bool(np.abs(points[:, 2]).max() > 0)
    flat = points[:, :2]
    curved = bool(path.has_curves)
    closed = bool(
        getattr(entity, "closed", False) or getattr(entity, "is_closed", False) or kind == "CIRCLE" or np.array_equal(flat[0], flat[-1])
    )
    if closed and len(np.unique(flat, axis=0)) >= 3:
        return shapely.Polygon(flat), "", height, curved
    return (shapely.LineString(flat), "", height, curved) if len(np.unique(flat, axis=0)) >= 2 else None


def _area(entity: Any) -> tuple[BaseGeometry, str, bool, bool] | None:
    """A hatch: rings inside rings are islands (even-odd), rings beside each other are parts."""
    rings, curved = [], False
    for path in paths.from_hatch(entity):
        curved = curved or bool(path.has_curves)
        points = [(p.x, p.y) for p in path.flattening(TOLERANCE_M)]
        if len(set(points)) >= 3:
            rings.append(shapely.make_valid(shapely.Polygon(points)))
    if not rings:
        return None
    total = rings[0]
    for ring in rings[1:]:
        total = shapely.symmetric_difference(total, ring)
    areal = [part for part in shapely.get_parts(total) if part.geom_type == "Polygon"]
    if not areal:
        return None
    return (areal[0] if len(areal) == 1 else shapely.MultiPolygon(areal)), "", False, curved
