"""Changes of patches that keep their common borders common: for tracing and for mending faults. No Django.

All geometries are polygons on the working grid: whole numbers of grid units (0.1 mm) as floats, so that "the same place" is exact.
What is cut is cut by snap rounding on that grid; a node that comes to lie on a neighbour's border is put into the neighbour too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import split as split_by_line

ObjectArray = NDArray[np.object_]
UNIT = 1.0
_ON_LINE = 0.75
"""A node this near to a border (in units) lies on it: rounding moves a crossing by up to 0.71."""


class CannotBe(ValueError):
    """The change does not give proper patches; ``reason`` is a word: ``not-crossing``, ``not-touching``, ``nothing-left``, ``invalid``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def on_grid(geometry: BaseGeometry) -> BaseGeometry:
    """The geometry with every node on the grid and valid."""
    return shapely.set_precision(shapely.make_valid(geometry), UNIT)


def parts_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The polygons in it, largest first."""
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry], dtype=object)))
    return sorted((part for part in parts if part.geom_type == "Polygon" and part.area > 0), key=lambda part: -part.area)


def cut_away(geometry: BaseGeometry, others: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """What is left of a geometry beside the others, as polygons, largest first."""
    left = on_grid(geometry)
    if others:
        left = shapely.difference(left, shapely.union_all(np.array(others, dtype=object), grid_size=UNIT), grid_size=UNIT)
    return parts_of(left)


def split(geometry: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    """The pieces along a line. Raises ``CannotBe`` when the line does not go right through."""
    cut = parts_of(on_grid(shapely.GeometryCollection(list(split_by_line(geometry, line).geoms))))
    # on_grid of a collection unites what touches; so the pieces are rounded one by one
    cut = [part for piece in split_by_line(geometry, line).geoms for part in parts_of(on_grid(piece))] if len(cut) < 2 else cut
    if len(cut) < 2:
        raise CannotBe("not-crossing")
    return sorted(cut, key=lambda part: -part.area)


def merge(geometries: Sequence[BaseGeometry]) -> BaseGeometry:
    """One patch of several that share borders. Raises ``CannotBe`` when they do not hang together."""
    united = shapely.union_all(np.array(geometries, dtype=object), grid_size=UNIT)
    if united.geom_type != "Polygon":
        raise CannotBe("not-touching")
    return united


def shared_edge(one: BaseGeometry, other: BaseGeometry) -> float:
    """Length of the common border in units; overlapping ground counts as touching along its rim."""
    common = shapely.intersection(shapely.boundary(one), shapely.buffer(other, _ON_LINE, join_style="mitre"))
    return float(common.length)


def longest_neighbour(piece: BaseGeometry, candidates: Sequence[BaseGeometry]) -> int | None:
    """Position of the candidate with the longest common border; None when none touches by more than a point."""
    lengths = [shared_edge(piece, candidate) for candidate in candidates]
    best = int(np.argmax(lengths)) if lengths else -1
    return best if best >= 0 and lengths[best] > 4 * _ON_LINE else None


def with_nodes_of(geometry: BaseGeometry, others: Sequence[BaseGeometry]) -> BaseGeometry:
    """The polygon with a node wherever a node of the others lies on its border: then both sides have the same nodes."""
    if not others:
        return geometry
    nodes = shapely.points(np.unique(shapely.get_coordinates(np.array(others, dtype=object)), axis=0))
    tree = shapely.STRtree(nodes)
    rings = [_with_nodes(ring, nodes, tree) for ring in shapely.get_rings(geometry)]
    fresh = shapely.Polygon(rings[0], rings[1:])
    return fresh if shapely.is_valid(fresh) else geometry


def _with_nodes(ring: BaseGeometry, nodes: ObjectArray, tree: shapely.STRtree) -> NDArray[np.float64]:
    xy = shapely.get_coordinates(ring)
    segments = shapely.linestrings(np.stack((xy[:-1], xy[1:]), axis=1))
    segment, node = tree.query(segments, predicate="dwithin", distance=_ON_LINE)
    places = shapely.get_coordinates(nodes[node])
    own = (places == xy[segment]).all(axis=1) | (places == xy[segment + 1]).all(axis=1)
    segment, places = segment[~own], places[~own]
    along = np.hypot(*(places - xy[segment]).T)
    order = np.lexsort((along, segment))
    return np.insert(xy, segment[order] + 1, places[order], axis=0)


def without_spikes(geometry: BaseGeometry, degrees: float) -> BaseGeometry:
    """The polygon without the nodes at which its border turns back by an angle below ``degrees``. Raises ``CannotBe``."""
    rings = [_blunt(shapely.get_coordinates(ring)[:-1], degrees) for ring in shapely.get_rings(geometry)]
    if len(rings[0]) < 3:
        raise CannotBe("nothing-left")
    mended = on_grid(shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) >= 3]))
    found = parts_of(mended)
    if not found:
        raise CannotBe("nothing-left")
    return found[0] if len(found) == 1 else mended


def _blunt(xy: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    while len(xy) >= 3:
        back, ahead = np.roll(xy, 1, axis=0) - xy, np.roll(xy, -1, axis=0) - xy
        lengths = np.hypot(*back.T) * np.hypot(*ahead.T)
        cosine = np.divide((back * ahead).sum(axis=1), lengths, out=np.ones(len(xy)), where=lengths > 0)
        sharp = np.degrees(np.arccos(np.clip(cosine, -1, 1))) < degrees
        if not sharp.any():
            return xy
        xy = np.delete(xy, int(np.flatnonzero(sharp)[0]), axis=0)
    return xy
