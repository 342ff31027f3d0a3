"""A made city to measure on: coverages whose boundaries agree, differ a little or differ wholly, as those of real plans do.

90 x 90 km. The first layer is a Voronoi coverage of unevenly spread points with fractal arcs shared by both neighbours, about 58 vertices a
patch. Every further layer keeps 35 % of the city vertex for vertex, draws 25 % anew and shifts the rest by 0 to 5 m with jittered
vertices. One patch in a hundred has a hole filled by an island; a few rings come out invalid from arcs that run into each other.
All coordinates are whole millimetres. The same arguments give the same city: every random number is a hash of a place.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.convert import Grid, ranges, rings_to_shapely
from lantu.planar.model import IntArray, RingLayer

SIDE = 90_000.0
"""Metres."""
PER_METRE = 1000
UNITS = 10
"""Grid units (0.1 mm) in a millimetre."""
IDENTICAL, REDRAWN = 0.35, 0.25
PORTION = 1 << 25
"""Vertices worked on at a time, so that cities of millions of patches fit in memory."""
SEGMENT_SHARE = 9.2
"""Segments of an arc whose length is the median; tuned so that a patch has about 58 vertices."""

Floats = NDArray[np.float64]


def made_city(patches: int, layers: int = 2, seed: int = 1) -> list[RingLayer]:
    """``layers`` layers of about ``patches`` patches each, on the grid of 0.1 mm."""
    islands = max(1, patches // 100)
    first = _points(patches - islands, seed)
    return [_layer(first, number, seed, islands) for number in range(layers)]


def made_layer(patches: int, number: int, seed: int = 1) -> RingLayer:
    """Layer ``number`` of such a city alone."""
    islands = max(1, patches // 100)
    return _layer(_points(patches - islands, seed), number, seed, islands)


def _noise(seed: int, *values: IntArray) -> Floats:
    """Uniform numbers in [-1, 1) that depend on whole numbers only (splitmix64)."""
    key = np.full(len(values[0]), seed * 0x9E3779B97F4A7C15 % 2**64, np.uint64)
    for value in values:
        key = key ^ value.astype(np.uint64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
        key ^= key >> np.uint64(31)
    return (key >> np.uint64(11)).astype(float) / 2.0**52 - 1.0


def _points(count: int, seed: int) -> Floats:
    """Seeds of the patches, dense in some quarters and sparse in others."""
    random = np.random.default_rng(seed)
    centre, reach = random.uniform(0, SIDE, (12, 2)), random.uniform(0.04, 0.12, 12) * SIDE
    kept, found = np.empty((0, 2)), 0
    while found < count:
        tried = random.uniform(0, SIDE, (4 * count, 2))
        density = np.concatenate(
            [_density(tried[rows : rows + PORTION // 8], centre, reach) for rows in range(0, len(tried), PORTION // 8)]
        )
        kept = np.concatenate([kept, tried[random.uniform(0, 1.06, len(tried)) < density]])
        found = len(kept)
    result: Floats = kept[:count]
    return result


def _density(tried: Floats, centre: Floats, reach: Floats) -> Floats:
    away = ((tried[:, None, :] - centre) ** 2).sum(axis=2) / reach**2
    found: Floats = 0.06 + np.exp(-away).sum(axis=1).clip(max=1.0)
    return found


def _wave(xy: Floats, seed: int, length: float) -> Floats:
    """A smooth field, about evenly spread over [0, 1)."""
    random = np.random.default_rng(seed)
    total = np.zeros(len(xy))
    for _ in range(6):
        direction = random.normal(size=2)
        total += np.sin(2 * np.pi * (xy @ direction / np.hypot(*direction)) / (length * random.uniform(0.7, 1.4)) + random.uniform(0, 7))
    result: Floats = (1 / (1 + np.exp(-1.02 * total))).clip(0, 1 - 1e-9)
    return result


def _layer(first: Floats, number: int, seed: int, islands: int) -> RingLayer:
    points = first
    if number:
        redrawn = _wave(first, seed * 1000 + number, SIDE / 6) >= 1 - REDRAWN
        points = first.copy()
        fresh = np.random.default_rng([seed, number]).uniform(-0.5, 0.5, (int(redrawn.sum()), 2)) * 1.5 * SIDE / np.sqrt(len(first))
        points[redrawn] = (first[redrawn] + fresh).clip(1.0, SIDE - 1.0)
    node, ring, start = _cells(points)
    xy, ring_start = _drawn(node, ring, start, seed)
    xy, ring_start, patch_start = _with_islands(xy, ring_start, points, islands, seed)
    for rows in range(0, len(xy), PORTION):
        if number:
            xy[rows : rows + PORTION] = _shifted(xy[rows : rows + PORTION], number, seed)
        xy[rows : rows + PORTION] *= UNITS
    return RingLayer(xy, ring_start, patch_start)


def _cells(points: Floats) -> tuple[IntArray, IntArray, IntArray]:
    """Voronoi cells within the square: nodes (n, 2) in millimetres, their numbers along each ring, offsets of the rings."""
    margin = 10 * SIDE / np.sqrt(len(points))
    everything = [points]
    for axis in (0, 1):
        for wall in (0.0, SIDE):
            near = np.concatenate(everything)
            near = near[np.abs(near[:, axis] - wall) < margin]
            mirrored = near.copy()
            # cells of mirrored points make the wall an edge of the coverage
            mirrored[:, axis] = 2 * wall - near[:, axis]
            everything.append(mirrored)
    sites = np.concatenate(everything)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites), ordered=True))[: len(points)]
    xy, of = shapely.get_coordinates(shapely.get_exterior_ring(cells), return_index=True)
    place = np.floor(xy.clip(0, SIDE) * PER_METRE + 0.5).astype(np.int64)
    following = np.zeros(len(place), bool)
    following[1:] = of[1:] == of[:-1]
    # closing vertices and edges shorter than the grid go
    keep = ~following | np.concatenate([[True], (place[1:] != place[:-1]).any(axis=1)])
    keep[np.flatnonzero(np.diff(of, append=-1))] = False
    node, which = np.unique(place[keep, 0] * 2**32 + place[keep, 1], return_inverse=True)
    count = np.bincount(of[keep], minlength=len(points))
    return np.column_stack([node >> 32, node & (2**32 - 1)]), which.reshape(-1), np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _drawn(node: IntArray, ring: IntArray, start: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Replace every edge by its arc: the same one for both neighbours."""
    after = np.arange(1, len(ring) + 1)
    after[start[1:] - 1] = start[:-1]
    here, there = ring, ring[after]
    edge, which = np.unique(np.minimum(here, there) * len(node) + np.maximum(here, there), return_inverse=True)
    low, high = edge // len(node), edge % len(node)
    arc, arc_start = _arcs(node[low], node[high], seed)
    length, begin, forward = np.diff(arc_start)[which.reshape(-1)] - 1, arc_start[which.reshape(-1)], here < there
    total = np.concatenate([[0], np.cumsum(length)])
    xy = np.empty((total[-1], 2), np.int64)
    for first in range(0, len(length), PORTION // 8):
        some = slice(first, first + PORTION // 8)
        rows, size = ranges(np.zeros(len(length[some]), np.int64), length[some]), np.repeat(length[some], length[some])
        at = np.repeat(begin[some], length[some]) + np.where(np.repeat(forward[some], length[some]), rows, size - rows)
        xy[total[first] : total[first] + len(at)] = arc[at]
    return xy, total[start].astype(np.int64)


def _arcs(a: IntArray, b: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Fractal lines from a to b (both ends included): xy in millimetres, offsets."""
    length = np.hypot(*(b - a).T.astype(float)).clip(1.0)
    level = np.floor(np.log2(SEGMENT_SHARE * np.sqrt(length / np.median(length))) + 0.5 * _noise(seed, a[:, 0], b[:, 1]) + 0.5)
    level = level.clip(0, 6).astype(int)
    wall = ((a == b) & ((a == 0) | (a == int(SIDE * PER_METRE)))).any(axis=1)
    start = np.concatenate([[0], np.cumsum(2**level + 1)]).astype(np.int64)
    xy = np.empty((start[-1], 2), np.int64)
    for depth in range(7):
        take = np.flatnonzero(level == depth)
        line = np.stack([a[take], b[take]], axis=1).astype(float)
        for step in range(depth):
            p, q = line[:, :-1], line[:, 1:]
            noise = np.stack([_noise(seed + 97 * step + k, a[take, 0], a[take, 1], b[take, 0]) for k in range(2**step)], axis=1)
            normal = np.stack([p[..., 1] - q[..., 1], q[..., 0] - p[..., 0]], axis=2)
            middle = (p + q) / 2 + normal * (0.11 * noise * ~wall[take][:, None])[..., None]
            finer = np.empty((len(take), 2 ** (step + 1) + 1, 2))
            finer[:, ::2], finer[:, 1::2] = line, middle
            line = finer
        xy[ranges(start[take], start[take + 1])] = np.floor(line.reshape(-1, 2) + 0.5).astype(np.int64)
    return xy.clip(0, int(SIDE * PER_METRE)), start


def _with_islands(xy: IntArray, ring_start: IntArray, points: Floats, islands: int, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Cut a round hole around the middle of some patches; patches that fill the holes follow at the end."""
    chosen = np.sort(np.random.default_rng([seed, 77]).choice(len(points), islands, replace=False))
    middle = np.floor(points[chosen] * PER_METRE).astype(np.int64)
    rows = ranges(ring_start[chosen], ring_start[chosen + 1])
    owner = np.repeat(np.arange(islands), ring_start[chosen + 1] - ring_start[chosen])
    near = np.full(islands, np.inf)
    np.minimum.at(near, owner, np.hypot(*(xy[rows] - middle[owner]).T.astype(float)))
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    island = np.floor(middle[:, None, :] + circle * (0.4 * near)[:, None, None] + 0.5).astype(np.int64).reshape(-1, 2)
    at = np.repeat(ring_start[chosen + 1], 24)
    count = np.diff(ring_start)
    sizes = np.insert(count, chosen + 1, 24)
    per_patch = np.ones(len(points) + islands, np.int64)
    per_patch[chosen] = 2
    all_xy = np.concatenate([np.insert(xy, at, island, axis=0), island])
    all_sizes = np.concatenate([sizes, np.full(islands, 24)])
    return (
        all_xy,
        np.concatenate([[0], np.cumsum(all_sizes)]).astype(np.int64),
        np.concatenate([[0], np.cumsum(per_patch)]).astype(np.int64),
    )


def _shifted(xy: IntArray, number: int, seed: int) -> IntArray:
    """Move what is neither kept nor on the outline by 0 to 5 m and jitter its vertices; equal vertices move alike."""
    metres = xy / PER_METRE
    kept = _wave(metres, seed * 1000 + 500 + number, SIDE / 5) < IDENTICAL / (1 - REDRAWN)  # of what was not redrawn
    edge = ((xy <= 0) | (xy >= int(SIDE * PER_METRE))).any(axis=1)
    reach = 2500 * (1 + np.sin(metres[:, 0] / 1700 + number)) * ~(kept | edge)
    turn = metres[:, 1] / 2300 + number
    jitter = np.column_stack([_noise(seed + 11 * number + k, xy[:, 0], xy[:, 1]) for k in (1, 2)]) * 300 * ~(kept | edge)[:, None]
    moved = xy + np.floor(np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None] + jitter + 0.5).astype(np.int64)
    result: IntArray = moved.clip(0, int(SIDE * PER_METRE))
    return result


def shapes_of(layer: RingLayer) -> NDArray[np.object_]:
    """The patches as polygons in metres: the first ring of a patch is its shell, the second a hole."""
    return rings_to_shapely(layer.xy, layer.ring_start, layer.patch_start, Grid())


def describe(layer: RingLayer) -> dict[str, float]:
    """What a layer is like: patches, vertices a patch, spread of the areas, invalid patches."""
    shapes = shapes_of(layer)
    area = shapely.area(shapes)
    per_patch = np.diff(layer.ring_start[layer.patch_start])
    return {
        "patches": len(layer),
        "vertices": len(layer.xy),
        "vertices_mean": float(per_patch.mean()),
        "vertices_p99": float(np.quantile(per_patch, 0.99)),
        "sd_log_area": float(np.log(area[area > 0]).std()),
        "invalid": int((~shapely.is_valid(shapes)).sum()),
        "area_km2": float(area.sum() / 1e6),
    }
