"""Bringing height files onto one lattice of square cells in the city's working plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from lantu.analysis.terrain.reading import HeightArray, HeightFile
from lantu.core.errors import BadInput, TooLarge
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.transform import Transform, transform

FloatArray = NDArray[np.float64]
Box = tuple[float, float, float, float]
BAND = 256
"""Rows that are worked on at once."""
NODES = 32
"""Coordinates are transformed at every so many cells and interpolated between: within a kilometre the bend is below a centimetre."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Square cells of ``cell`` metres in the plane ``epsg``, north up; ``west``, ``north``: the outer corner of cell (0, 0)."""

    epsg: int
    west: float
    north: float
    cell: float
    rows: int
    columns: int

    @property
    def box(self) -> Box:
        """West, south, east, north in metres."""
        return self.west, self.north - self.rows * self.cell, self.west + self.columns * self.cell, self.north

    def positions(self, metres: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(column, row) of points in metres, whole numbers at cell centres."""
        return (metres[:, 0] - self.west) / self.cell - 0.5, (self.north - metres[:, 1]) / self.cell - 0.5


def way_from(file: HeightFile, epsg: int) -> Transform:
    """From the file's system to the working plane. Raises ``BadInput`` where there is none that may be trusted."""
    try:
        return transform(file.epsg, epsg)
    except (DatumRefused, ValueError) as error:
        raise BadInput(
            _("坐标系 EPSG:%(epsg)s 不能可靠地转换到本市坐标系。") % {"epsg": file.epsg},
            where=file.name,
            how=_("请先转成 CGCS2000（如 EPSG:4490）再传。"),
            code="crs-refused",
        ) from error


def lattice_of(files: Sequence[HeightFile], epsg: int, city: Box, most_cells: int) -> Lattice:
    """The lattice that holds the files within the city's box (metres).

    Cells are as large as those of the finest file; a single file that lies in the plane with square cells keeps its own lattice.
    Raises ``BadInput`` for files that lie elsewhere, ``TooLarge``.
    """
    ways = [way_from(file, epsg) for file in files]
    boxes = [_box(file, way) for file, way in zip(files, ways, strict=True)]
    for file, box in zip(files, boxes, strict=True):
        if box[0] >= city[2] or box[2] <= city[0] or box[1] >= city[3] or box[3] <= city[1]:
            raise BadInput(
                _("栅格不在本市范围内。"),
                where=f"{file.name}　{_where(file)}",
                how=_("请核对坐标系和带号，或换本市的数据。"),
                code="outside-city",
            )
    cell = min(_cell(file, way) for file, way in zip(files, ways, strict=True))
    own = files[0].placed if len(files) == 1 and files[0].epsg == epsg else None
    square = own is not None and own.e < 0 < own.a and abs(own.a + own.e) < 1e-9 * own.a
    cell = own.a if own is not None and square else float(f"{cell:.2g}")
    west0, north0 = (own.c, own.f) if own is not None and square else (0.0, 0.0)
    west, south = max(min(box[0] for box in boxes), city[0]), max(min(box[1] for box in boxes), city[1])
    east, north = min(max(box[2] for box in boxes), city[2]), min(max(box[3] for box in boxes), city[3])
    slack = 1e-6  # a corner that is a cell's own corner but for rounding
    c0, c1 = np.floor((west - west0) / cell + slack), np.ceil((east - west0) / cell - slack)
    r0, r1 = np.floor((north0 - north) / cell + slack), np.ceil((north0 - south) / cell - slack)
    lattice = Lattice(epsg, float(west0 + c0 * cell), float(north0 - r0 * cell), cell, int(r1 - r0), int(c1 - c0))
    if lattice.rows * lattice.columns > most_cells:
        raise TooLarge(
            _("本市范围内有 %(n)s 个格子，超过上限 %(most)s。") % {"n": f"{lattice.rows * lattice.columns:,}", "most": f"{most_cells:,}"},
            how=_("请降低分辨率；上限在城市包 analysis.yaml 的 limits.raster_cells。"),
        )
    return lattice


def _box(file: HeightFile, way: Transform) -> Box:
    """The box of a file in the plane: its outline at sixteen points a side."""
    corners = file.corners()
    share = np.linspace(0, 1, 17)[:, None]
    rim = np.concatenate([corners[k] + (corners[(k + 1) % 4] - corners[k]) * share for k in range(4)])
    try:
        found = way.points(rim)
    except ValueError as error:
        raise BadInput(
            _("栅格不在本市范围内。"), where=f"{file.name}　{_where(file)}", how=_("请核对坐标系。"), code="outside-city"
        ) from error
    (west, south), (east, north) = found.min(axis=0).tolist(), found.max(axis=0).tolist()
    return west, south, east, north


def _where(file: HeightFile) -> str:
    corners = file.corners()
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return f"EPSG:{file.epsg}　{west:g}–{east:g}　{south:g}–{north:g}"


def _cell(file: HeightFile, way: Transform) -> float:
    """Metres of a cell in the middle of a file: the side of a square of its area."""
    rows, columns = file.heights.shape
    x, y = columns // 2, rows // 2
    corner, across, down = way.points(np.array([file.placed.at(x, y), file.placed.at(x + 1, y), file.placed.at(x, y + 1)]))
    (ax, ay), (bx, by) = (across - corner).tolist(), (down - corner).tolist()
    return float(abs(ax * by - ay * bx) ** 0.5)


def warp(files: Sequence[HeightFile], lattice: Lattice) -> HeightArray:
    """(rows, columns) heights at the cell centres, bilinear between the centres of a file; of several files the first that has one."""
    out = np.full((lattice.rows, lattice.columns), np.nan, dtype=np.float32)
    for file in files:
        back = transform(lattice.epsg, file.epsg)
        for first in range(0, lattice.rows, BAND):
            band = out[first : first + BAND]
            column, row = _places(file, back, lattice, first, len(band))
            missing = np.isnan(band)
            band[missing] = sample(file.heights, column[missing], row[missing])
    return out


def _places(file: HeightFile, back: Transform, lattice: Lattice, first: int, count: int) -> tuple[FloatArray, FloatArray]:
    """(count, columns) positions in the file of the cells of a band of rows."""
    rows, columns = _nodes(count), _nodes(lattice.columns)
    x = lattice.west + (columns + 0.5) * lattice.cell
    y = lattice.north - (first + rows + 0.5) * lattice.cell
    east, north = np.meshgrid(x, y)
    there = back.points(np.column_stack([east.ravel(), north.ravel()]))
    placed = file.placed
    column = ((there[:, 0] - placed.c) / placed.a - 0.5).reshape(len(rows), len(columns))
    row = ((there[:, 1] - placed.f) / placed.e - 0.5).reshape(len(rows), len(columns))
    return _between(column, rows, columns), _between(row, rows, columns)


def _nodes(count: int) -> FloatArray:
    """Every ``NODES``-th of so many, the first and the last."""
    return np.unique(np.append(np.arange(0, count, NODES), count - 1)).astype(np.float64)


def _between(values: FloatArray, rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Values at the nodes, linear between them, for every row and column."""
    all_rows, all_columns = np.arange(int(rows[-1]) + 1), np.arange(int(columns[-1]) + 1)
    wide = np.array([np.interp(all_columns, columns, line) for line in values])
    if len(rows) == 1:
        return wide
    upper = np.clip(np.searchsorted(rows, all_rows, side="right"), 1, len(rows) - 1)
    share = ((all_rows - rows[upper - 1]) / (rows[upper] - rows[upper - 1]))[:, None]
    return np.asarray(wide[upper - 1] * (1 - share) + wide[upper] * share)


def sample(heights: NDArray[np.floating], column: FloatArray, row: FloatArray) -> FloatArray:
    """Heights at positions (whole numbers at centres), bilinear; NaN beyond the outer edge and where a neighbour that counts has none."""
    rows, columns = heights.shape
    inside = (column >= -0.5) & (column <= columns - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
    out = np.full(len(column), np.nan)
    x, y = np.clip(column[inside], 0, columns - 1), np.clip(row[inside], 0, rows - 1)
    x0, y0 = np.minimum(np.floor(x), max(columns - 2, 0)).astype(np.int64), np.minimum(np.floor(y), max(rows - 2, 0)).astype(np.int64)
    x1, y1 = np.minimum(x0 + 1, columns - 1), np.minimum(y0 + 1, rows - 1)
    fx, fy = x - x0, y - y0
    total = np.zeros(len(x))
    for r, c, weight in ((y0, x0, (1 - fx) * (1 - fy)), (y0, x1, fx * (1 - fy)), (y1, x0, (1 - fx) * fy), (y1, x1, fx * fy)):
        total += np.where(weight < 1e-9, 0.0, heights[r, c] * weight)
    out[inside] = total
    return out
