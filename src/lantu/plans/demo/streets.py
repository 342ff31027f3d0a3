"""Towns: a warped street grid with blocks and parcels. Neighbouring cells share their corner points exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import Floats, blob
from lantu.plans.demo.frame import at

ARTERIAL_EVERY, ARTERIAL_M, STREET_M = 3, 44.0, 22.0
BLOCK_M = 480.0
ROADS_PER_PATCH = 4


@dataclass(frozen=True, slots=True)
class Quarter:
    """A built-up area. ``stretch`` is the ratio of its axes; ``factory`` the share of industry."""

    name: str
    lon: float
    lat: float
    radius_m: float
    stretch: float = 1.2
    factory: float = 0.1


QUARTERS = (
    Quarter("老城", 106.713, 26.580, 4300, 1.3, 0.02),
    Quarter("观山湖", 106.618, 26.648, 4100, 1.4, 0.04),
    Quarter("白云", 106.648, 26.712, 2600, 1.3, 0.22),
    Quarter("花溪", 106.672, 26.432, 2700, 1.5, 0.08),
    Quarter("小河", 106.690, 26.503, 2500, 1.3, 0.34),
    Quarter("龙洞堡", 106.806, 26.545, 2500, 1.5, 0.16),
    Quarter("乌当", 106.762, 26.640, 1900, 1.6, 0.20),
    Quarter("清镇", 106.468, 26.560, 2300, 1.4, 0.24),
    Quarter("修文", 106.592, 26.838, 1700, 1.4, 0.16),
    Quarter("开阳", 106.966, 27.058, 1700, 1.3, 0.18),
    Quarter("息烽", 106.738, 27.092, 1500, 1.5, 0.20),
)


@dataclass(slots=True)
class Town:
    """What is built: parcels, the cells that they lie in (block and the roads on its right and upper side), and where each belongs."""

    parcels: list[shapely.Polygon] = field(default_factory=list)
    parcel_quarter: list[int] = field(default_factory=list)
    parcel_reach: list[float] = field(default_factory=list)
    parcel_cell: list[int] = field(default_factory=list)
    cells: list[shapely.Polygon] = field(default_factory=list)
    cell_road: list[str] = field(default_factory=list)
    cell_centre: list[Floats] = field(default_factory=list)


def _is_free(within: shapely.Polygon, taken: shapely.Geometry, cell: shapely.Polygon) -> bool:
    return bool(within.contains(cell) and not taken.intersects(cell))


def build_town(rng: np.random.Generator, within: shapely.Polygon, keep_off: shapely.Geometry, grain: float) -> Town:
    """Lay out all quarters inside ``within``; cells touching ``keep_off`` (lakes) are left out. ``grain`` scales the blocks."""
    town = Town()
    taken = keep_off
    shapely.prepare(within)
    for number, quarter in enumerate(QUARTERS):
        free = partial(_is_free, within, taken)
        cells = _lay_out(rng, town, number, quarter, grain=grain, free=free)
        if cells:
            taken = shapely.union_all([taken, shapely.union_all(cells).buffer(12.0)])
            shapely.prepare(taken)
    return town


def _lay_out(
    rng: np.random.Generator, town: Town, number: int, quarter: Quarter, *, grain: float, free: Callable[[shapely.Polygon], bool]
) -> list[shapely.Polygon]:
    centre = at(quarter.lon, quarter.lat)
    area = blob(rng, centre, quarter.radius_m, rough=0.3, stretch=quarter.stretch)
    shapely.prepare(area)
    place = _Warp(rng, centre, quarter.radius_m)
    columns = _lines(rng, 2.0 * quarter.radius_m, BLOCK_M * grain * 1.1, grain)
    rows = _lines(rng, 2.0 * quarter.radius_m, BLOCK_M * grain * 0.9, grain)
    cells = []
    for i, across in enumerate(columns):
        for j, along in enumerate(rows):
            middle = place(np.array([[(across[0] + across[2]) / 2, (along[0] + along[2]) / 2]]))[0]
            if not area.contains(shapely.Point(middle)):
                continue
            outline = place(_ring(across, along))
            cell = shapely.Polygon(outline[:8])
            if not free(cell):
                continue
            cells.append(cell)
            town.cells.append(cell)
            town.cell_centre.append(middle)
            town.cell_road.append(f"{number}:{j}:{i // ROADS_PER_PATCH}")
            for parcel in _split(rng, outline[[0, 1, 8, 7]]):
                town.parcels.append(parcel)
                town.parcel_cell.append(len(town.cells) - 1)
                town.parcel_quarter.append(number)
                town.parcel_reach.append(float(np.hypot(*(middle - centre)) / quarter.radius_m))
    return cells


def _ring(across: Floats, along: Floats) -> Floats:
    """The eight points of a cell, counter-clockwise from lower left, and behind them the upper right corner of its block.

    ``across`` and ``along``: where the block begins, where it ends, where the road behind it ends.
    """
    (left, mid_u, right), (bottom, mid_v, top) = across, along
    lower, upper = [(left, bottom), (mid_u, bottom), (right, bottom)], [(right, top), (mid_u, top), (left, top)]
    return np.array([*lower, (right, mid_v), *upper, (left, mid_v), (mid_u, mid_v)])


def _lines(rng: np.random.Generator, reach: float, step: float, grain: float) -> Floats:
    """(cells, 3): where a block begins, where it ends, where the road behind it ends; every third road is an arterial."""
    count = int(2 * reach / step) + 1
    position = np.cumsum(step * rng.uniform(0.72, 1.28, count)) - reach
    half = np.where(np.arange(count) % ARTERIAL_EVERY == 0, ARTERIAL_M, STREET_M) * min(1.0, np.sqrt(grain)) / 2
    return np.column_stack([position[:-1] + half[:-1], position[1:] - half[1:], position[1:] + half[1:]])


class _Warp:
    def __init__(self, rng: np.random.Generator, centre: Floats, radius: float) -> None:
        self.centre = centre
        turn = rng.uniform(-0.6, 0.6)
        self.rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        self.length = radius * rng.uniform(1.6, 2.4, 4)
        self.phase = rng.uniform(0, 2 * np.pi, 4)
        self.size = self.length * rng.uniform(0.02, 0.04, 4)

    def __call__(self, uv: Floats) -> Floats:
        u, v = uv[:, 0], uv[:, 1]
        wave = [np.sin(2 * np.pi * way / length + phase) * size for way, length, phase, size in self._ways(u, v)]
        bent = np.column_stack([u + wave[0] + wave[1], v + wave[2] + wave[3]])
        return np.asarray(np.round(self.centre + bent @ self.rotation.T, 3))

    def _ways(self, u: Floats, v: Floats) -> list[tuple[Floats, float, float, float]]:
        return list(zip((v, u + v, u, u - v), self.length, self.phase, self.size, strict=True))


def _split(rng: np.random.Generator, corners: Floats) -> list[shapely.Polygon]:
    """Cut a block (four corners, counter-clockwise) into one to four parcels."""
    a, b, c, d = corners
    choice = rng.random()
    if choice < 0.5:
        return [shapely.Polygon(corners)]
    share = rng.uniform(0.32, 0.68)
    if rng.random() < 0.5:
        a, b, c, d = b, c, d, a
    low, high = _between(a, b, share), _between(d, c, share)
    first, second = (a, low, high, d), (low, b, c, high)
    if choice < 0.88:
        return [shapely.Polygon(first), shapely.Polygon(second)]
    parts = [first] if choice < 0.96 else _halve(first, rng.uniform(0.35, 0.65))
    return [shapely.Polygon(part) for part in (*parts, *_halve(second, rng.uniform(0.35, 0.65)))]


def _halve(quad: tuple[Floats, Floats, Floats, Floats], share: float) -> list[tuple[Floats, Floats, Floats, Floats]]:
    a, b, c, d = quad
    left, right = _between(a, d, share), _between(b, c, share)
    return [(a, b, right, left), (left, right, c, d)]


def _between(start: Floats, end: Floats, share: float) -> Floats:
    return np.asarray(start + share * (end - start))


def outlines(polygons: list[shapely.Polygon]) -> NDArray[np.object_]:
    """The boundaries as lines."""
    return np.asarray(shapely.boundary(np.array(polygons, dtype=object)))
