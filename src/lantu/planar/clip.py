"""What a site covers: the faces that meet a polygon and how much of each."""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.cutting import cut_faces, edges_of
from lantu.planar.jit import kernel
from lantu.planar.lookup import FaceIndex
from lantu.planar.model import Faces, IntArray


@dataclass(frozen=True, slots=True)
class Outlines:
    """Rings of common parts: ``xy`` (n, 2) metres, each ring closed; ``ring`` (n,) the ring of each vertex, ``polygon`` (r,) the polygon of
    each ring, its shell first; ``part`` (p,) the common part of each polygon, of ``count``."""

    xy: NDArray[np.float64]
    ring: IntArray
    polygon: IntArray
    part: IntArray
    count: int


@dataclass(frozen=True)
class Clip:
    """``face`` (k,) faces that share an area with the site, rising; ``area`` (k,) shared plane area in square metres; ``whole`` (k,) face
    lies within the site; ``outline`` of the common parts."""

    face: IntArray
    area: NDArray[np.float64]
    whole: NDArray[np.bool_]
    outline: Outlines

    @cached_property
    def shape(self) -> NDArray[np.object_]:
        """(k,) the common parts in metres. Of several clips ``shapes_of`` makes them quicker."""
        return shapes_of([self.outline])[0]


def shapes_of(outlines: Sequence[Outlines]) -> list[NDArray[np.object_]]:
    """The common parts of several clips as polygons and multipolygons, all made at once."""
    joined = _together(outlines, np.cumsum([0, *(one.count for one in outlines)])[:-1].tolist())
    single = np.empty(0, object)
    if len(joined.ring):
        single = shapely.polygons(shapely.linearrings(joined.xy, indices=joined.ring), indices=joined.polygon)
    shape = np.empty(joined.count, object)
    shape[joined.part] = single
    if len(single) > joined.count:
        order = np.argsort(joined.part, kind="stable")
        stop = np.cumsum(np.bincount(joined.part, minlength=joined.count))
        for number in np.flatnonzero(np.diff(stop, prepend=0) > 1).tolist():
            shape[number] = shapely.multipolygons(single[order[stop[number - 1] if number else 0 : stop[number]]])
    return np.split(shape, np.cumsum([one.count for one in outlines])[:-1])


def _together(outlines: Sequence[Outlines], first: Sequence[int]) -> Outlines:
    """Outlines one after another, their parts counted from ``first``."""
    if len(outlines) == 1:
        return outlines[0]
    ring = np.cumsum([0, *(len(one.polygon) for one in outlines)]).tolist()
    polygon = np.cumsum([0, *(len(one.part) for one in outlines)]).tolist()
    return Outlines(
        np.concatenate([one.xy for one in outlines]),
        np.concatenate([one.ring + ring[k] for k, one in enumerate(outlines)]),
        np.concatenate([one.polygon + polygon[k] for k, one in enumerate(outlines)]),
        np.concatenate([one.part + first[k] for k, one in enumerate(outlines)]),
        sum(one.count for one in outlines),
    )


def _outlines(shape: NDArray[np.object_]) -> Outlines:
    """The outlines of polygons and multipolygons."""
    single, part = shapely.get_parts(shape, return_index=True)
    rings, polygon = shapely.get_rings(single, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    return Outlines(xy, ring, polygon, part, len(shape))


def clip(faces: Faces, index: FaceIndex, site: Any, grid: Grid) -> Clip:
    """Clip by a valid polygon or multipolygon in metres of the working CRS.

    Faces within the site are taken as they are, only those on its outline are cut, in doubles. Common parts below ``LEAST_SHARE`` do not
    count.
    """
    near, edges = _near(index, site, grid), _edges(site, grid.origin)
    if edges_of(faces.ring_start, faces.face_start, near) * len(edges.start) > MOST_PAIRS:
        return _by_geos(faces, near, site, grid, meets=False)
    whole_units = round(1 / grid.size)
    unit = float(whole_units) if abs(whole_units * grid.size - 1) <= 1e-8 else 1 / grid.size
    columns = (faces.xy, faces.ring_start, faces.face_start, faces.area2)
    found = cut_faces(*columns, near, unit, LEAST_SHARE, edges.start, edges.ring_start)
    face, area, whole, polygons, doubt, xy, ring, polygon = found
    part = np.repeat(np.arange(len(face)), polygons)
    cut = Clip(face, area, whole, Outlines(xy + grid.origin, ring, polygon, part, len(face)))
    if len(doubt) == 0:
        _let_go(faces.xy)
        return cut
    # where outlines touch or run together: what shares nearly all of its area may lie within, that is for GEOS to say
    doubt, shared = _shares(faces, doubt, site, grid)
    return _joined(cut, _by_geos(faces, doubt, site, grid, meets=True, shared=shared))


def _by_geos(faces: Faces, near: IntArray, site: Any, grid: Grid, meets: bool, shared: NDArray[np.float64] | None = None) -> Clip:
    """As ``clip``, of some faces. ``meets``: all are known to share an area with the site, ``shared`` (k,)."""
    own = faces.area2[near] * (grid.size * grid.size / 2)
    whole = np.ones(len(near), bool) if shared is None else shared > own * (1 - DOUBT) - DOUBT
    shape = faces_to_shapely(faces, grid, near)
    shapely.prepare(site)
    whole[whole] = shapely.covers(site, shape[whole])
    cut = np.flatnonzero(~whole)
    cut = cut if meets else cut[shapely.intersects(site, shape[cut])]
    shape[cut] = _areal(shapely.intersection(shape[cut], site))
    area = np.where(whole, own, 0.0)
    area[cut] = shapely.area(shape[cut])
    keep = area > LEAST_SHARE
    return Clip(near[keep], area[keep], whole[keep], _outlines(shape[keep]))


def _joined(one: Clip, other: Clip) -> Clip:
    """Two clips of different faces as one."""
    order = np.argsort(np.concatenate([one.face, other.face]), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    outline = _together([one.outline, other.outline], [0, len(one.face)])

    def both(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([a, b])[order]

    outline = replace(outline, part=place[outline.part])
    return Clip(both(one.face, other.face), both(one.area, other.area), both(one.whole, other.whole), outline)


def shares(faces: Faces, index: FaceIndex, site: Any, grid: Grid) -> tuple[IntArray, NDArray[np.float64]]:
    """The faces that share an area with a site and how much: as ``clip`` without shapes, several times as fast.

    ``site``: a valid polygon or multipolygon in metres. Areas in square metres, summed from trapezoids in doubles: good to about 1e-9 of
    the box of site and face; shares below 1e-6 m² do not count.
    """
    near, area = _shares(faces, _near(index, site, grid), site, grid)
    keep = area > LEAST_SHARE
    return near[keep], area[keep]


def _shares(faces: Faces, near: IntArray, site: Any, grid: Grid) -> tuple[IntArray, NDArray[np.float64]]:
    """As ``shares``, of some faces; without those whose share is far from counting."""
    edges = _edges(site, grid.origin)
    area = _shared_areas(faces.xy, faces.ring_start, faces.face_start, near, edges.start, edges.stop, grid.size)
    keep = area > LEAST_SHARE / 2
    _let_go(faces.xy)
    return near[keep], area[keep]


_asked: WeakKeyDictionary[mmap.mmap, int] = WeakKeyDictionary()


def _let_go(column: NDArray[Any]) -> None:
    """Every now and then give back what is mapped of a column.

    With every page that a site needs the system maps fifteen around it: after some hundred sites the process would seem to hold whole
    files. What is given back stays in the page cache and costs a fault of a microsecond when it is needed again.
    """
    base: Any = column
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    mapped = getattr(base, "_mmap", None)
    if mapped is None or base.mode != "r" or not hasattr(mapped, "madvise"):
        return
    _asked[mapped] = _asked.get(mapped, 0) + 1
    if _asked[mapped] % SITES_HELD == 0:
        mapped.madvise(mmap.MADV_DONTNEED)


class _Edges(NamedTuple):
    """Where the edges of a site begin and end, metres from the origin, ring after ring with the interior on the left; its box."""

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    ring_start: IntArray
    box: tuple[float, float, float, float]


@lru_cache(maxsize=4)
def _edges(site: Any, origin: tuple[float, float]) -> _Edges:
    """The same site is asked of layer after layer."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(site)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    metres = xy - origin
    stays = ring[1:] == ring[:-1]
    start = metres[:-1][stays]
    ring_start = np.concatenate([[0], np.cumsum(np.bincount(ring) - 1)]).astype(np.int64)
    return _Edges(start, metres[1:][stays], ring_start, (*start.min(axis=0).tolist(), *start.max(axis=0).tolist()))


def _near(index: FaceIndex, site: Any, grid: Grid) -> IntArray:
    """The faces whose boxes meet that of a site (metres)."""
    _let_go(index.box)
    west, south, east, north = (edge / grid.size for edge in _edges(site, grid.origin).box)
    return index.window(math.floor(west), math.floor(south), math.ceil(east), math.ceil(north))


LEAST_SHARE = 1e-6
"""Square metres."""
SITES_HELD = 8
"""Sites after which mapped pages are given back."""
MOST_PAIRS = 3_000_000
"""Edges of a site times edges of faces up to which these are summed pair by pair; beyond, GEOS with its index is quicker."""
DOUBT = 1e-6
"""Part of a face and square metres."""


@kernel
def _shared_areas(xy: Any, ring_start: Any, face_start: Any, chosen: Any, start: Any, stop: Any, size: float) -> Any:
    """Area shared by each chosen face with the polygon whose edges run from ``start`` to ``stop`` (metres), interior on the left.

    Both areas are sums of trapezoids below their edges, down to a common level, counted with the direction of the edge; so the shared
    area is the sum over all pairs of edges of what the two trapezoids share.
    """
    result = np.zeros(len(chosen))
    low, west, east = start[0, 1], start[0, 0], start[0, 0]
    for i in range(len(start)):
        low = min(low, start[i, 1])
        west, east = min(west, start[i, 0]), max(east, start[i, 0])
    for k in range(len(chosen)):
        total = 0.0
        for r in range(face_start[chosen[k]], face_start[chosen[k] + 1]):
            last = ring_start[r + 1] - 1
            px, py = xy[last, 0] * size, xy[last, 1] * size
            for v in range(ring_start[r], ring_start[r + 1]):
                qx, qy = xy[v, 0] * size, xy[v, 1] * size
                ax, ay, bx, by = (px, py, qx, qy) if px < qx else (qx, qy, px, py)
                # the upper boundary of what lies on the left of an edge runs back
                sign = -1.0 if px < qx else 1.0
                px, py = qx, qy
                if ax == bx or bx <= west or ax >= east or max(ay, by) <= low:
                    continue
                slope = (by - ay) / (bx - ax)
                for i in range(len(start)):
                    cx, cy, dx, dy = start[i, 0], start[i, 1], stop[i, 0], stop[i, 1]
                    turn = -sign
                    if cx > dx:
                        cx, cy, dx, dy = dx, dy, cx, cy
                        turn = sign
                    x0, x1 = max(ax, cx), min(bx, dx)
                    if x0 >= x1:
                        continue
                    other = (dy - cy) / (dx - cx)
                    u0, u1 = ay + slope * (x0 - ax) - low, ay + slope * (x1 - ax) - low
                    w0, w1 = cy + other * (x0 - cx) - low, cy + other * (x1 - cx) - low
                    total += turn * _below_both(x1 - x0, u0, u1, w0, w1)
        result[k] = total
    return result


@kernel
def _below_both(width: float, u0: float, u1: float, w0: float, w1: float) -> float:
    """Area above zero and below both of two lines over a strip, given their heights at its ends (the second is nowhere below zero)."""
    if (u0 <= w0) != (u1 <= w1):
        # they cross inside: two strips
        t = (w0 - u0) / ((u1 - u0) - (w1 - w0))
        middle = u0 + t * (u1 - u0)
        return _above_zero(width * t, min(u0, w0), middle) + _above_zero(width * (1 - t), middle, min(u1, w1))
    return _above_zero(width, min(u0, w0), min(u1, w1))


@kernel
def _above_zero(width: float, a: float, b: float) -> float:
    """Area between zero and a line over a strip, where the line is above zero."""
    if a >= 0 and b >= 0:
        return width * (a + b) / 2
    if a <= 0 and b <= 0:
        return 0.0
    top = max(a, b)
    return width * top * top / (2 * (top - min(a, b)))


def _areal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Without points and lines where site and face only touch."""
    for number in np.flatnonzero(shapely.get_type_id(shapes) == 7):  # geometry collections
        parts = shapely.get_parts(shapes[number])
        shapes[number] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return shapes
