"""The ground that all made plans are drawn on: one exact partition of the city into units (parcel, road, river, village, field …).

All outlines are noded together and traced again, so neighbours share every vertex; plans that are dissolved from units are clean
coverages, and two plans share edges until one of them is moved or drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import Floats, blob, curve, wander
from lantu.plans.demo.frame import City, at
from lantu.plans.demo.streets import QUARTERS, Town, build_town, outlines

GRID_M = 0.0001
LAKES = (  # name, lon, lat, radius, stretch
    ("红枫湖", 106.405, 26.515, 3100, 2.6),
    ("百花湖", 106.525, 26.672, 1500, 3.0),
    ("阿哈水库", 106.637, 26.545, 800, 1.8),
    ("花溪水库", 106.628, 26.405, 560, 2.4),
    ("松柏山水库", 106.585, 26.345, 640, 2.0),
    ("岩鹰山水库", 106.545, 26.905, 520, 2.0),
)
RIVERS = (  # name, width, "lon lat" of the places that it passes
    (
        "南明河",
        84,
        "106.585 26.345 106.628 26.402 106.672 26.445 106.686 26.505 106.702 26.548 106.718 26.578 106.735 26.602 106.790 26.612 "
        "106.852 26.655 106.905 26.735 106.985 26.800 107.020 26.900 107.110 26.985",
    ),
    ("猫跳河", 62, "106.408 26.530 106.470 26.625 106.525 26.672 106.518 26.760 106.455 26.845 106.470 26.935 106.420 27.010"),
    ("息烽河", 46, "106.640 27.140 106.720 27.085 106.790 27.110 106.850 27.180 106.900 27.230"),
)
HIGHWAYS = (  # name, width, places; the last one is the railway
    (
        "环城高速",
        46,
        "106.555 26.600 106.560 26.690 106.620 26.755 106.720 26.730 106.800 26.660 106.850 26.570 106.800 26.480 106.730 26.385 "
        "106.610 26.400 106.575 26.480 106.555 26.600",
    ),
    ("贵遵高速", 40, "106.660 26.745 106.625 26.840 106.690 26.960 106.700 27.080 106.640 27.200"),
    ("贵开公路", 34, "106.800 26.660 106.860 26.800 106.930 26.930 106.960 27.060 107.060 27.150"),
    ("贵黄公路", 34, "106.560 26.600 106.490 26.575 106.400 26.600 106.300 26.640 106.200 26.690"),
    ("沪昆铁路", 30, "106.330 26.480 106.480 26.520 106.600 26.580 106.660 26.605 106.850 26.600 106.960 26.560"),
)
REDRAWN = ("白云", "清镇", "龙洞堡", "开阳")  # here the land plan draws its own limit of construction, across parcels
SMALL_M2, THIN_M = 600.0, 4.0


@dataclass(slots=True, eq=False)
class Ground:
    """The partition.

    ``kind[i]`` is parcel, road, river, lake, belt, highway, rail, village, town or field; ``owner[i]`` the thing of that kind;
    ``shape`` single polygons of the working system, ``district`` index into the city's districts, ``limit``: inside a
    limit of construction that the land plan draws by itself, ``centre`` (n, 2) a point inside;
    ``place`` the same, but one for all units of a street cell, so that what is decided by place is decided for whole blocks.
    """

    city: City
    town: Town
    shape: NDArray[np.object_]
    kind: NDArray[np.str_]
    owner: NDArray[np.int64]
    district: NDArray[np.int64]
    limit: NDArray[np.bool_]
    centre: Floats
    place: Floats
    lakes: list[shapely.Polygon]
    rivers: list[shapely.Polygon]
    built: shapely.Geometry

    def __len__(self) -> int:
        return len(self.shape)


def make_ground(rng: np.random.Generator, city: City, grain: float) -> Ground:
    """Make the partition; ``grain`` scales the size of blocks, villages and fields (1 gives about 7,000 patches of all plans)."""
    inner = city.outline.buffer(-400.0)
    lakes = [blob(rng, at(lon, lat), radius, 0.5, stretch, points=96) for _, lon, lat, radius, stretch in LAKES]
    rivers = [shapely.LineString(_course(rng, places)).buffer(width / 2, quad_segs=4) for _, width, places in RIVERS]
    town = build_town(rng, inner, shapely.union_all([lake.buffer(150.0) for lake in lakes]), grain)
    built = shapely.union_all(town.cells)
    water = shapely.union_all(lakes + rivers)
    belts = [river.buffer(46.0, quad_segs=4).intersection(built) for river in rivers]
    roads = [shapely.LineString(_course(rng, places, 0.02)).buffer(width / 2, quad_segs=4) for _, width, places in HIGHWAYS]
    # a highway ends where the town's own streets begin
    roads = [_long_pieces(road.intersection(inner).difference(built.buffer(20.0))) for road in roads]
    settlements, is_town = _settlements(rng, inner, shapely.union_all([built.buffer(250.0), water, *roads]), grain)
    seeds = _seeds(rng, city.outline, built, grain)
    fields = _field_edges(rng, seeds, city.outline, built)
    limits = [
        blob(rng, at(q.lon, q.lat), 1.02 * q.radius_m, 0.22, q.stretch, points=40).intersection(inner)
        for q in QUARTERS
        if q.name in REDRAWN
    ]
    lines = np.concatenate(
        [
            shapely.boundary(city.districts),
            outlines(town.cells),
            outlines(town.parcels),
            outlines([*lakes, *rivers, *belts, *roads, *settlements, *limits]),
            fields,
        ]
    )
    noded = shapely.union_all(lines[~shapely.is_empty(lines)], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    points = shapely.point_on_surface(faces)
    shapely.prepare(city.outline)
    faces, points = (values[shapely.contains(city.outline, points)] for values in (faces, points))
    kind = np.full(len(faces), "field", dtype="<U8")
    owner = _nearest(seeds, shapely.get_coordinates(points))
    _paint(kind, owner, points, settlements, "village")
    kind[(kind == "village") & np.isin(owner, np.flatnonzero(is_town))] = "town"
    _paint(kind, owner, points, town.cells, "road")
    _paint(kind, owner, points, town.parcels, "parcel")
    _paint(kind, owner, points, roads, "highway")
    kind[(kind == "highway") & (owner == len(HIGHWAYS) - 1)] = "rail"
    _paint(kind, owner, points, belts, "belt")
    _paint(kind, owner, points, rivers, "river")
    _paint(kind, owner, points, lakes, "lake")
    district = np.zeros(len(faces), dtype=np.int64)
    district[:] = _nearest_area(city.districts, points)
    limit = np.zeros(len(faces), dtype=bool)
    limit[shapely.STRtree(points).query(limits, predicate="contains")[1]] = True
    labels = _Labels(kind, owner, district, limit)
    _absorb_small(faces, labels)
    return _units(city, town, faces, labels, lakes=lakes, rivers=rivers, built=built)


def _course(rng: np.random.Generator, places: str, share: float = 0.2) -> Floats:
    numbers = [float(number) for number in places.split()]
    stops = np.array([at(lon, lat) for lon, lat in zip(numbers[::2], numbers[1::2], strict=True)])
    return curve(np.vstack([wander(rng, a, b, 3, share)[:-1] for a, b in pairwise(stops)] + [stops[-1:]]), 3)


def _long_pieces(road: shapely.Geometry) -> shapely.Geometry:
    pieces = shapely.get_parts(road)
    return shapely.multipolygons(pieces[shapely.area(pieces) > 60_000.0])


def _settlements(
    rng: np.random.Generator, inner: shapely.Polygon, keep_off: shapely.Geometry, grain: float
) -> tuple[list[shapely.Polygon], NDArray[np.bool_]]:
    shapely.prepare(inner)
    shapely.prepare(keep_off)
    count = int(250 / grain**2)
    found: list[Any] = []
    towns: list[Any] = []
    west, south, east, north = inner.bounds
    index = shapely.Point()
    for number in range(12 * count):
        if len(found) >= count:
            break
        is_town = number % 9 == 0
        radius = (rng.uniform(300, 620) if is_town else rng.uniform(110, 260)) * grain
        shape = blob(rng, np.array([rng.uniform(west, east), rng.uniform(south, north)]), radius, 0.35, rng.uniform(1, 2.2), points=20)
        if inner.contains(shape) and not keep_off.intersects(shape) and not index.intersects(shape):
            found.append(shape)
            towns.append(is_town)
            index = shapely.union(index, shape.buffer(120.0)) if len(found) > 1 else shape.buffer(120.0)
    return found, np.array(towns, dtype=bool)


def _seeds(rng: np.random.Generator, outline: shapely.Polygon, built: shapely.Geometry, grain: float) -> Floats:
    """Points for the fields: far apart in the hills, close around the towns."""
    west, south, east, north = outline.bounds
    wide = np.column_stack([rng.uniform(west, east, 5000), rng.uniform(south, north, 5000)])
    ring = np.vstack([at(q.lon, q.lat) + rng.normal(0, 1.35 * q.radius_m, (700, 2)) for q in QUARTERS])
    kept: list[Floats] = []
    near = np.concatenate([np.ones(len(ring), dtype=bool), np.zeros(len(wide), dtype=bool)])
    taken = np.empty((0, 2))
    for point, close in zip(np.vstack([ring, wide]), near, strict=True):
        gap = (1000.0 if close else 2700.0) * grain
        if len(taken) == 0 or ((taken - point) ** 2).sum(axis=1).min() > gap**2:
            kept.append(point)
            taken = np.array(kept)
    points = shapely.points(taken)
    return taken[shapely.contains(outline, points) & ~shapely.contains(built, points)]


def _field_edges(rng: np.random.Generator, seeds: Floats, outline: shapely.Polygon, built: shapely.Geometry) -> NDArray[np.object_]:
    edges = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=outline, only_edges=True))
    natural = []
    for edge in shapely.get_parts(shapely.segmentize(edges, 1e9)):
        ends = shapely.get_coordinates(edge)
        for start, end in pairwise(ends):
            levels = 3 if np.hypot(*(end - start)) > 500.0 else 2
            natural.append(shapely.LineString(wander(rng, start, end, levels, 0.13)))
    inside = shapely.intersection(np.array(natural, dtype=object), outline)
    return np.asarray(shapely.difference(inside, built))


def _nearest(seeds: Floats, points: Floats) -> NDArray[np.int64]:
    tree = shapely.STRtree(shapely.points(seeds))
    return np.asarray(tree.nearest(shapely.points(points)), dtype=np.int64)


def _nearest_area(areas: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.asarray(shapely.STRtree(areas).nearest(points), dtype=np.int64)


def _paint(
    kind: NDArray[np.str_],
    owner: NDArray[np.int64],
    points: NDArray[np.object_],
    areas: list[shapely.Polygon],
    name: str,
) -> None:
    """Give the faces inside ``areas`` a kind; later calls go over earlier ones."""
    hit, area = shapely.STRtree(np.array(areas, dtype=object)).query(points, predicate="within")
    kind[hit] = name
    owner[hit] = area


@dataclass(slots=True, eq=False)
class _Labels:
    kind: NDArray[np.str_]
    owner: NDArray[np.int64]
    district: NDArray[np.int64]
    limit: NDArray[np.bool_]

    def copy(self, source: int, target: int) -> None:
        for column in (self.kind, self.owner, self.district, self.limit):
            column[target] = column[source]


def _absorb_small(faces: NDArray[np.object_], labels: _Labels) -> None:
    """Chips left by crossing outlines take the labels of the rest of their parcel, else of the neighbour with the longest common edge."""
    area, width = shapely.area(faces), 2 * shapely.area(faces) / shapely.length(faces)
    chips = np.flatnonzero((area < SMALL_M2) | (width < THIN_M))
    tree = shapely.STRtree(faces)
    for chip in chips[np.argsort(area[chips])[::-1]]:
        near = tree.query(faces[chip], predicate="intersects")
        near = near[(near != chip) & ~np.isin(near, chips)]
        if len(near):
            common = shapely.length(shapely.intersection(shapely.boundary(faces[near]), shapely.boundary(faces[chip])))
            same = (labels.kind[near] == labels.kind[chip]) & (labels.owner[near] == labels.owner[chip])
            labels.copy(int(near[int(np.argmax(common * np.where(same, 1e6, 1.0)))]), int(chip))


def _units(
    city: City,
    town: Town,
    faces: NDArray[np.object_],
    labels: _Labels,
    *,
    lakes: list[shapely.Polygon],
    rivers: list[shapely.Polygon],
    built: shapely.Geometry,
) -> Ground:
    kinds, number = np.unique(labels.kind, return_inverse=True)
    key = np.column_stack([number, labels.owner, labels.district, labels.limit])
    shapes, rows = dissolve(faces, key)
    centre = shapely.get_coordinates(shapely.point_on_surface(shapes))
    kept = key[rows]
    named = kinds[kept[:, 0]]
    place = centre.copy()
    cells = np.array(town.cell_centre)
    place[named == "road"] = cells[kept[named == "road", 1]]
    place[named == "parcel"] = cells[np.array(town.parcel_cell)[kept[named == "parcel", 1]]]
    return Ground(city, town, shapes, named, kept[:, 1], kept[:, 2], kept[:, 3] > 0, centre, place, lakes, rivers, built)


def dissolve(shapes: NDArray[np.object_], key: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Join the neighbours of a coverage that have the same row of ``key``.

    Returns single polygons and, for each, the row of one of its members. Vertices where neighbours meet are kept.
    """
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    starts = np.searchsorted(group.ravel()[order], np.arange(len(first)))
    parts, rows = [], []
    for number, members in enumerate(np.split(order, starts[1:])):
        joined = shapely.coverage_union_all(shapes[members]) if len(members) > 1 else shapes[members[0]]
        for part in shapely.get_parts(joined):
            parts.append(part)
            rows.append(first[number])
    result = np.array(parts, dtype=object)
    return result, np.array(rows, dtype=np.int64)
