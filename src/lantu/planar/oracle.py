"""The plain engine: exact hot-pixel snap rounding written for being read, faces by GEOS polygonize. It stays for ever as the oracle.

Hot pixels are the unit squares [x - 1/2, x + 1/2) x [y - 1/2, y + 1/2) around every input vertex and every proper crossing of two
segments. A segment becomes the chain of the centres of all hot pixels that it meets (Hobby 1999, Guibas and Marimont 1998). Nothing in
this definition depends on an order, and one pass is enough: chains of snapped segments meet only in their nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.assemble import LabelCoder, adjacency, edge_lengths
from lantu.planar.checks import check_layers
from lantu.planar.digest import KERNEL_VERSION
from lantu.planar.errors import PlanarError
from lantu.planar.model import Faces, IntArray, LabelArray, Progress, RingLayer, ring_successors

Segments = tuple[IntArray, IntArray]
"""((s, 4) x0, y0, x1, y1 with the smaller end first; (s,) global patch number)."""


class ShapelyEngine:
    """Overlay by numpy, shapely and Python integers. Good for some ten thousand patches."""

    name = "oracle"
    version = KERNEL_VERSION

    def overlay(self, layers: Sequence[RingLayer], progress: Progress | None = None) -> Faces:
        """See ``OverlayEngine.overlay``."""
        tell = progress or (lambda share, step: None)
        west, south, east, north = check_layers(layers)
        middle = np.array([(west + east) // 2, (south + north) // 2], dtype=np.int64)
        tell(0.0, "segments")
        vertices, (segment, patch) = _segments(layers, middle)
        unique, which = _unique_rows(segment)
        tell(0.1, "crossings")
        hot, _ = _unique_rows(np.concatenate([vertices, _crossings(unique)]))
        tell(0.3, "snapping")
        chain, pixel = _chains(unique, hot)
        edge, patch_of_edge = _odd_edges(chain, pixel, hot, which, patch)
        tell(0.6, "faces")
        return _faces(edge, patch_of_edge, [len(layer) for layer in layers], middle)


def _unique_rows(rows: IntArray) -> tuple[IntArray, IntArray]:
    if len(rows) == 0:
        return rows, np.empty(0, dtype=np.int64)
    unique, inverse = np.unique(rows, axis=0, return_inverse=True)
    return unique, inverse.reshape(-1).astype(np.int64)


def _segments(layers: Sequence[RingLayer], middle: IntArray) -> tuple[IntArray, Segments]:
    """All vertices, and all segments of positive length with the global number of their patch (patches of all layers in a row)."""
    points, rows, patches, first_patch = [np.empty((0, 2), np.int64)], [np.empty((0, 4), np.int64)], [np.empty(0, np.int64)], 0
    for layer in layers:
        start = layer.xy - middle
        stop = start[ring_successors(layer.ring_start)]
        ring_patch = np.repeat(np.arange(len(layer)), np.diff(layer.patch_start))
        vertex_patch = np.repeat(ring_patch, np.diff(layer.ring_start)) + first_patch
        swap = (start[:, 0] > stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] > stop[:, 1]))
        row = np.where(swap[:, None], np.hstack([stop, start]), np.hstack([start, stop]))
        real = (start != stop).any(axis=1)
        points.append(start)
        rows.append(row[real])
        patches.append(vertex_patch[real])
        first_patch += len(layer)
    return np.concatenate(points), (np.concatenate(rows), np.concatenate(patches))


def _crossings(segment: IntArray) -> IntArray:
    """The pixel of every proper crossing (interior with interior, not parallel), rounded exactly: floor(v + 1/2)."""
    if len(segment) == 0:
        return np.empty((0, 2), np.int64)
    x0, y0, x1, y1 = segment.T
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    boxes = shapely.box(x0, low, x1, high)
    first, second = shapely.STRtree(boxes).query(boxes)
    pair = first < second
    a, b = segment[first[pair]], segment[second[pair]]
    # all differences are below 2^31, so each cross product fits int64 exactly
    da, db = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]

    def side(direction: IntArray, origin: IntArray, point: IntArray) -> IntArray:
        return direction[:, 0] * (point[:, 1] - origin[:, 1]) - direction[:, 1] * (point[:, 0] - origin[:, 0])

    a_start, a_stop = side(db, b[:, :2], a[:, :2]), side(db, b[:, :2], a[:, 2:])
    b_start, b_stop = side(da, a[:, :2], b[:, :2]), side(da, a[:, :2], b[:, 2:])
    proper = (np.sign(a_start) * np.sign(a_stop) < 0) & (np.sign(b_start) * np.sign(b_stop) < 0)
    # the crossing is a.start + da * t, t = |a_start| / (|a_start| + |a_stop|): Python integers from here, products need 96 bits
    t_num = np.abs(a_start[proper]).astype(object)
    t_den = t_num + np.abs(a_stop[proper]).astype(object)
    pixel = np.empty((len(t_num), 2), np.int64)
    for axis in (0, 1):
        start, step = a[proper, axis].astype(object), da[proper, axis].astype(object)
        pixel[:, axis] = (2 * (start * t_den + step * t_num) + t_den) // (2 * t_den)
    return pixel


def _chains(segment: IntArray, hot: IntArray) -> tuple[IntArray, IntArray]:
    """(segment number, hot pixel number) of every meeting, ordered along each segment from its smaller end."""
    if len(segment) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    x0, y0, x1, y1 = segment.T
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    # a half-open pixel meets a segment with integer ends iff its centre lies in the segment's box and the line passes the pixel
    number, pixel = shapely.STRtree(shapely.points(hot)).query(shapely.box(x0 - 0.25, low - 0.25, x1 + 0.25, high + 0.25))
    dx, dy = (x1 - x0)[number], (y1 - y0)[number]
    cross = dx * (hot[pixel, 1] - y0[number]) - dy * (hot[pixel, 0] - x0[number])
    reach = dx + np.abs(dy)
    near = np.abs(cross) <= reach
    twice = np.where(near, cross, 0) * 2
    # rising lines leave both touched corners outside the half-open pixel, falling ones have the lower left corner inside
    meets = near & (np.abs(twice) < reach)
    meets |= near & (dy < 0) & (twice == reach)
    meets |= near & (dy == 0)
    number, pixel = number[meets], pixel[meets]
    order = np.lexsort((hot[pixel, 1] * np.sign(dy[meets]), hot[pixel, 0], number))
    return number[order], pixel[order]


def _odd_edges(chain: IntArray, pixel: IntArray, hot: IntArray, which: IntArray, patch: IntArray) -> tuple[IntArray, IntArray]:
    """Edges (k, 4), smaller end first and sorted, with a patch whose boundary runs an odd number of times along each (k,)."""
    link = chain[1:] == chain[:-1]
    owner, start, stop = chain[:-1][link], pixel[:-1][link], pixel[1:][link]
    # hot pixels are sorted by (x, y), so their numbers order the ends
    ends = np.column_stack([np.minimum(start, stop), np.maximum(start, stop)])
    count = np.bincount(owner, minlength=int(which.max(initial=-1)) + 1)
    offset = np.concatenate([[0], np.cumsum(count)])
    times = count[which]
    rows = np.arange(times.sum()) - np.repeat(np.concatenate([[0], np.cumsum(times)])[:-1] - offset[which], times)
    drawn, number = np.unique(np.column_stack([ends[rows], np.repeat(patch, times)]), axis=0, return_counts=True)
    odd = drawn[number % 2 == 1]
    return np.hstack([hot[odd[:, 0]], hot[odd[:, 1]]]), odd[:, 2]


def _faces(edge: IntArray, patch: IntArray, sizes: list[int], middle: IntArray) -> Faces:
    lines, which = _unique_rows(edge)
    polygons = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines.reshape(-1, 2, 2).astype(float)))) if len(lines) else []
    rings = _canonical_rings(np.asarray(polygons, dtype=object))
    xy = np.concatenate([ring for face in rings for ring in face]) if rings else np.empty((0, 2), np.int64)
    ring_start = np.cumsum([0] + [len(ring) for face in rings for ring in face], dtype=np.int64)
    face_start = np.cumsum([0] + [len(face) for face in rings], dtype=np.int64)
    if len(xy) >= 2**31:
        raise PlanarError("too_large", "more than 2^31 edges")
    twin, line_of = _twins(xy, ring_start, lines)
    face_of = np.repeat(np.arange(len(rings)), [sum(len(ring) for ring in face) for face in rings]).astype(np.int32)
    toggles: dict[int, set[int]] = defaultdict(set)
    for line, number in zip(which.tolist(), patch.tolist(), strict=True):
        toggles[line].add(number)
    label, label_sets = _labels(face_of, twin, line_of, toggles, sizes, len(rings))
    successor = ring_successors(ring_start)
    neighbour, border = adjacency(face_of, twin, edge_lengths(xy, successor))
    shifted = xy - xy[ring_start[face_start[:-1]][face_of]] if len(xy) else xy
    product = shifted[:, 0] * shifted[successor, 1] - shifted[successor, 0] * shifted[:, 1]
    area2 = np.zeros(len(rings), np.int64)
    np.add.at(area2, face_of, product)
    return Faces(xy + middle, ring_start, face_start, label, label_sets, area2, neighbour, border, twin)


def _canonical_rings(polygons: NDArray[np.object_]) -> list[list[IntArray]]:
    """The rings of all faces in canonical order: shells counter-clockwise, holes clockwise, each from its smallest vertex."""
    faces = []
    for polygon in shapely.orient_polygons(polygons):
        rings = [_from_smallest(ring) for ring in (polygon.exterior, *polygon.interiors)]
        rings[1:] = sorted(rings[1:], key=lambda ring: ring[:2].tolist())
        faces.append(rings)
    return sorted(faces, key=lambda face: face[0][:2].tolist())


def _from_smallest(ring: Any) -> IntArray:
    xy: IntArray = shapely.get_coordinates(ring)[:-1].astype(np.int64)
    return np.roll(xy, -int(np.lexsort((xy[:, 1], xy[:, 0]))[0]), axis=0)


def _twins(xy: IntArray, ring_start: IntArray, lines: IntArray) -> tuple[LabelArray, IntArray]:
    """For each directed edge: the row of the opposite one (-1: the unbounded face), and the number of its line."""
    if len(xy) == 0:
        return np.empty(0, np.int32), np.empty(0, np.int64)
    stop = xy[ring_successors(ring_start)]
    forward = (xy[:, 0] < stop[:, 0]) | ((xy[:, 0] == stop[:, 0]) & (xy[:, 1] < stop[:, 1]))
    row = np.where(forward[:, None], np.hstack([xy, stop]), np.hstack([stop, xy]))
    both, line = _unique_rows(np.concatenate([lines, row]))
    if len(both) != len(lines):
        raise AssertionError("polygonize made an edge that was not given")
    line = line[len(lines) :]
    at = np.full((2, len(lines)), -1, np.int64)
    at[forward.astype(int), line] = np.arange(len(xy))
    return at[1 - forward.astype(int), line].astype(np.int32), line


def _labels(
    face_of: LabelArray, twin: LabelArray, line: IntArray, toggles: dict[int, set[int]], sizes: list[int], count: int
) -> tuple[LabelArray, tuple[tuple[int, ...], ...]]:
    """Walk from the unbounded face, which no patch covers, across every edge, in and out of the patches whose boundary it is."""
    beside: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for here, back, number in zip(face_of.tolist(), twin.tolist(), line.tolist(), strict=True):
        there = int(face_of[back]) if back >= 0 else -1
        beside[there].append((here, number))
    covered: dict[int, frozenset[int]] = {-1: frozenset()}
    stack = [-1]
    while stack:
        face = stack.pop()
        for other, number in beside[face]:
            if other not in covered:
                covered[other] = covered[face] ^ toggles[number]
                stack.append(other)
    coder = LabelCoder(sizes)
    return coder.encode([covered[face] for face in range(count)])
