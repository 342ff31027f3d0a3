"""Many polygons against chosen faces: what area they share, and how far the nearest one is."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.clip import _shared_areas
from lantu.planar.convert import Grid, take_parts
from lantu.planar.jit import kernel
from lantu.planar.lookup import FaceIndex, _fill, _window
from lantu.planar.model import Faces, IntArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outlines:
    """The edges of polygons, interior on the left: polygon k has the edges ``start[k]:start[k + 1]`` of ``edge`` (e, 4), x, y to x, y in
    grid units. ``box`` (k, 4)."""

    edge: FloatArray
    start: IntArray
    box: FloatArray

    def __len__(self) -> int:
        return len(self.box)


def outlines_of(shapes: NDArray[np.object_], grid: Grid) -> Outlines:
    """Of valid polygons or multipolygons in metres, none of them empty."""
    parts, shape_of = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    units = (xy - np.asarray(grid.origin)) / grid.size
    stays = ring_of[1:] == ring_of[:-1]
    owner = shape_of[part_of[ring_of[:-1][stays]]]
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(shapes)))])
    box = (shapely.bounds(shapes).reshape(-1, 2, 2) - np.asarray(grid.origin)).reshape(-1, 4) / grid.size
    return Outlines(np.hstack([units[:-1][stays], units[1:][stays]]), start, box)


def shared_areas(faces: Faces, index: FaceIndex, chosen: NDArray[np.bool_], outlines: Outlines, grid: Grid) -> FloatArray:
    """(k,) square metres that each polygon shares with the faces ``chosen`` (f,); good to about 1e-9 of its box."""
    columns = (faces.xy, faces.ring_start, faces.face_start, index.box, index.cell_start, index.cell_face, index.frame, chosen)
    return _in_shares(lambda first, stop: _areas(*columns, outlines.edge, outlines.start, outlines.box, grid.size, first, stop), outlines)


def nearest_distances(faces: Faces, index: FaceIndex, chosen: NDArray[np.bool_], outlines: Outlines, grid: Grid) -> FloatArray:
    """(k,) metres from each polygon to the nearest of the faces ``chosen`` (f,), 0 where they meet; infinite without any."""
    some = np.flatnonzero(chosen)
    if not len(some):
        return np.full(len(outlines), np.inf)
    box = np.ascontiguousarray(index.box[some])
    west, south, east, north = int(box[:, 0].min()), int(box[:, 1].min()), int(box[:, 2].max()), int(box[:, 3].max())
    # as ``build_index`` of these faces only: where they are rare, cells are large
    width, height = east - west + 1, north - south + 1
    size = max(1, int(np.sqrt(width * float(height) / (2 * len(box)))), -(-max(width, height) // 4096))
    columns, rows = -(-width // size), -(-height // size)
    xy, ring_start, face_start = take_parts(faces.xy, faces.ring_start, faces.face_start, some)
    cell_start, cell_face = _fill(box, west, south, size, columns, rows)
    frame = np.array([west, south, size, columns, rows], dtype=np.int64)
    asked = (xy, ring_start, face_start, box, cell_start, cell_face, frame, outlines.edge, outlines.start, outlines.box)
    return _in_shares(lambda first, stop: _distances(*asked, first, stop), outlines) * grid.size


def _in_shares(work: Callable[[int, int], FloatArray], outlines: Outlines) -> FloatArray:
    """The results of the polygons, which the processors share out among themselves."""
    workers = len(os.sched_getaffinity(0))
    cuts = np.linspace(0, len(outlines), 4 * workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(work, cuts[:-1], cuts[1:])))


@kernel
def _areas(
    xy: Any, ring_start: Any, face_start: Any, box: Any, cell_start: Any, cell_face: Any, frame: Any, chosen: Any,
    edge: Any, start: Any, outline_box: Any, size: float, first: int, stop: int,
) -> Any:  # fmt: skip
    result = np.zeros(stop - first)
    for k in range(first, stop):
        a, b = start[k], start[k + 1]
        low, high = np.floor(outline_box[k, :2]).astype(np.int64), np.ceil(outline_box[k, 2:]).astype(np.int64)
        near = _window(box, cell_start, cell_face, frame, low[0], low[1], high[0], high[1])
        near = near[chosen[near]]
        result[k - first] = _shared_areas(xy, ring_start, face_start, near, edge[a:b, :2] * size, edge[a:b, 2:] * size, size).sum()
    return result


@kernel
def _distances(
    xy: Any, ring_start: Any, face_start: Any, box: Any, cell_start: Any, cell_face: Any, frame: Any,
    edge: Any, start: Any, outline_box: Any, first: int, stop: int,
) -> Any:  # fmt: skip
    """Units to the nearest face: cells are visited ring by ring around the box of a polygon until nothing nearer can come."""
    west, south, size, columns, rows = frame[0], frame[1], frame[2], frame[3], frame[4]
    result = np.full(stop - first, np.inf)
    asked = np.full(len(box), -1, np.int64)
    for k in range(first, stop):
        mine, own = edge[start[k] : start[k + 1]], outline_box[k]
        c0, c1 = int(np.floor((own[0] - west) / size)), int(np.floor((own[2] - west) / size))
        r0, r1 = int(np.floor((own[1] - south) / size)), int(np.floor((own[3] - south) / size))
        # rings that lie outside of all cells hold nothing
        away = max(0, -c1, c0 - columns + 1, -r1, r0 - rows + 1)
        furthest = max(c1, columns - 1 - c0, r1, rows - 1 - r0)
        best = np.inf
        for ring in range(away, furthest + 1):
            if best <= max(0, ring - 1) * size:
                break
            for row in range(max(0, r0 - ring), min(rows - 1, r1 + ring) + 1):
                whole = ring == away or row == r0 - ring or row == r1 + ring
                west_most, east_most = max(0, c0 - ring), min(columns - 1, c1 + ring)
                column = west_most
                while column <= east_most:
                    if not whole and column != c0 - ring and column != c1 + ring:
                        column = max(column + 1, c1 + ring)  # within the ring: seen before
                        continue
                    cell = row * columns + column
                    for i in range(cell_start[cell], cell_start[cell + 1]):
                        f = cell_face[i]
                        if asked[f] == k:
                            continue
                        asked[f] = k
                        if _apart(own[0], own[1], own[2], own[3], box[f, 0], box[f, 1], box[f, 2], box[f, 3]) < best:
                            best = min(best, _between(mine, own, xy, ring_start, face_start, f, best))
                    column += 1
            if best == 0:
                break
        result[k - first] = best
    return result


@kernel
def _apart(w: float, s: float, e: float, n: float, west: float, south: float, east: float, north: float) -> float:
    """How far two boxes are from each other."""
    return np.hypot(max(0.0, w - east, west - e), max(0.0, s - north, south - n))


@kernel
def _between(mine: Any, own: Any, xy: Any, ring_start: Any, face_start: Any, f: int, best: float) -> float:
    """The distance of a polygon from a face, as far as it is below ``best``."""
    v = ring_start[face_start[f]]
    if _odd(mine, float(xy[v, 0]), float(xy[v, 1])):
        return 0.0
    x, y = mine[0, 0], mine[0, 1]
    odd = False
    for r in range(face_start[f], face_start[f + 1]):
        p = ring_start[r + 1] - 1
        for v in range(ring_start[r], ring_start[r + 1]):
            ax, ay, bx, by = float(xy[p, 0]), float(xy[p, 1]), float(xy[v, 0]), float(xy[v, 1])
            p = v
            odd ^= (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay)
            if _apart(own[0], own[1], own[2], own[3], min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)) >= best:
                continue
            for i in range(len(mine)):
                cx, cy, dx, dy = mine[i, 0], mine[i, 1], mine[i, 2], mine[i, 3]
                if _apart(min(cx, dx), min(cy, dy), max(cx, dx), max(cy, dy), min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)) < best:
                    best = min(best, _edges_apart(ax, ay, bx, by, cx, cy, dx, dy))
    return 0.0 if odd else best


@kernel
def _odd(mine: Any, x: float, y: float) -> bool:
    """Whether a point lies in a polygon."""
    odd = False
    for i in range(len(mine)):
        if (mine[i, 1] > y) != (mine[i, 3] > y):
            odd ^= x < mine[i, 0] + (y - mine[i, 1]) * (mine[i, 2] - mine[i, 0]) / (mine[i, 3] - mine[i, 1])
    return odd


@kernel
def _edges_apart(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> float:
    """The distance of two straight edges."""
    if (_turn(ax, ay, bx, by, cx, cy) > 0) != (_turn(ax, ay, bx, by, dx, dy) > 0) and (_turn(cx, cy, dx, dy, ax, ay) > 0) != (
        _turn(cx, cy, dx, dy, bx, by) > 0
    ):
        return 0.0
    return min(
        _point_apart(ax, ay, cx, cy, dx, dy),
        _point_apart(bx, by, cx, cy, dx, dy),
        _point_apart(cx, cy, ax, ay, bx, by),
        _point_apart(dx, dy, ax, ay, bx, by),
    )


@kernel
def _turn(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


@kernel
def _point_apart(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """The distance of a point from an edge."""
    ux, uy = bx - ax, by - ay
    square = ux * ux + uy * uy
    t = min(1.0, max(0.0, ((x - ax) * ux + (y - ay) * uy) / square)) if square > 0 else 0.0
    return np.hypot(ax + t * ux - x, ay + t * uy - y)
