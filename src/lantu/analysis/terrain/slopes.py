"""Slope (坡度) in percent: of every cell after Horn (1981), of zones as means over the cells whose centres lie within.

A zone is filled by scan lines through the rows of cell centres: exact for any polygon, without asking each cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.analysis.terrain.warping import BAND, FloatArray, Lattice
from lantu.planar.convert import ranges

MOST_CELLS = 2_000_000
"""Cells of zones that are looked at together."""


def slope_of(heights: NDArray[np.floating], cell: float) -> NDArray[np.float32]:
    """(rows, columns) slope in percent, exact on a plane; NaN at the rim and where one of the nine heights is missing.

    Horn, B. K. P. (1981): Hill shading and the reflectance map. Proc. IEEE 69 (1).
    """
    rows, columns = heights.shape
    out = np.full((rows, columns), np.nan, dtype=np.float32)
    if rows < 3 or columns < 3:
        return out
    for first in range(1, rows - 1, BAND):
        last = min(first + BAND, rows - 1)
        z = np.asarray(heights[first - 1 : last + 1], dtype=np.float64)
        up, middle, down = z[:-2], z[1:-1], z[2:]
        east = (up[:, 2:] + 2 * middle[:, 2:] + down[:, 2:]) - (up[:, :-2] + 2 * middle[:, :-2] + down[:, :-2])
        south = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) - (up[:, :-2] + 2 * up[:, 1:-1] + up[:, 2:])
        out[first:last, 1:-1] = np.hypot(east, south) / (8 * cell) * 100 + 0 * middle[:, 1:-1]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class ZoneSlopes:
    """Per zone: ``cells`` whose centres lie within, ``known`` of them with a slope, ``mean`` and ``most`` in percent (NaN: none known),
    ``steep`` share of the known cells above the threshold."""

    cells: NDArray[np.int64]
    known: NDArray[np.int64]
    mean: FloatArray
    most: FloatArray
    steep: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Cells of zones, row by row: zone ``zone[i]`` has the columns ``first[i]`` to ``stop[i]`` (without it) of row ``row[i]``. By zone."""

    zone: NDArray[np.int64]
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    stop: NDArray[np.int64]


def runs_of(zones: NDArray[np.object_], lattice: Lattice) -> Runs:
    """The cells whose centres lie within each zone (valid polygons or multipolygons in metres), on and beyond the lattice."""
    parts, zone_of = shapely.get_parts(zones, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    column, row = lattice.positions(xy)
    stays = ring_of[1:] == ring_of[:-1]
    x0, y0, x1, y1 = column[:-1][stays], row[:-1][stays], column[1:][stays], row[1:][stays]
    zone = zone_of[part_of[ring_of[:-1][stays]]]
    # an edge crosses the rows from its upper end (with it) to its lower one (without it): each crossing counts once
    top, bottom = np.ceil(np.minimum(y0, y1)).astype(np.int64), np.ceil(np.maximum(y0, y1)).astype(np.int64)
    count = bottom - top
    at, edge = ranges(top, bottom), np.repeat(np.arange(len(count)), count)
    cross = x0[edge] + (at - y0[edge]) * ((x1[edge] - x0[edge]) / (y1[edge] - y0[edge]))
    order = np.lexsort((cross, at, zone[edge]))
    at, cross, owner = at[order], np.ceil(cross[order]).astype(np.int64), zone[edge][order]
    return Runs(owner[0::2], at[0::2], cross[0::2], cross[1::2])


def zone_slopes(zones: NDArray[np.object_], lattice: Lattice, slope: NDArray[np.floating], threshold: float) -> ZoneSlopes:
    """The slopes of zones; one that holds no cell centre has the slope of the cell that it lies in."""
    count = len(zones)
    cells, known = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    total, above, most = np.zeros(count), np.zeros(count), np.full(count, -np.inf)
    if count:
        runs = runs_of(zones, lattice)
        np.add.at(cells, runs.zone, runs.stop - runs.first)
        for zone, values in _values(runs, lattice, slope):
            some = ~np.isnan(values)
            zone, values = zone[some], values[some].astype(np.float64)
            known += np.bincount(zone, minlength=count)
            total += np.bincount(zone, weights=values, minlength=count)
            above += np.bincount(zone, weights=values > threshold, minlength=count)
            np.maximum.at(most, zone, values)
        small = np.flatnonzero(cells == 0)
        if len(small):
            values = nearest(slope, lattice, shapely.get_coordinates(shapely.point_on_surface(zones[small])))
            some = ~np.isnan(values)
            known[small], total[small], most[small] = some, np.where(some, values, 0), np.where(some, values, -np.inf)
            above[small] = some & (values > threshold)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ZoneSlopes(cells, known, total / known, np.where(known > 0, most, np.nan), above / known)


def _values(runs: Runs, lattice: Lattice, slope: NDArray[np.floating]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.floating]]]:
    """(zone, slope) of the cells of runs that lie on the lattice, so many runs at once that the cells stay within bounds."""
    first, stop = np.clip(runs.first, 0, lattice.columns), np.clip(runs.stop, 0, lattice.columns)
    keep = (runs.row >= 0) & (runs.row < lattice.rows) & (stop > first)
    zone, row, first, stop = runs.zone[keep], runs.row[keep], first[keep], stop[keep]
    parts = np.cumsum(stop - first) // MOST_CELLS
    for part in range(int(parts[-1]) + 1 if len(parts) else 0):
        a, b = np.searchsorted(parts, [part, part + 1])
        length = stop[a:b] - first[a:b]
        yield np.repeat(zone[a:b], length), slope[np.repeat(row[a:b], length), ranges(first[a:b], stop[a:b])]


def nearest(values: NDArray[np.floating], lattice: Lattice, metres: FloatArray) -> FloatArray:
    """The values of the cells that points (metres) lie in, NaN outside of the lattice."""
    column, row = (np.floor(found + 0.5).astype(np.int64) for found in lattice.positions(metres))
    inside = (column >= 0) & (column < lattice.columns) & (row >= 0) & (row < lattice.rows)
    out = np.full(len(metres), np.nan)
    out[inside] = values[row[inside], column[inside]]
    return out
