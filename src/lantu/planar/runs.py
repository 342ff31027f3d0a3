"""Rings cut into short runs of segments and handed to the tiles that they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.model import IntArray, RingLayer

RUN_LENGTH = 48
"""Segments per run: a patch of a city plan is one or two runs, a river of a million vertices never costs a tile more than its share."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Squares of ``size`` grid units from (west, south), ``across`` x ``up`` of them, numbered row by row."""

    west: int
    south: int
    size: int
    across: int
    up: int

    def __len__(self) -> int:
        return self.across * self.up

    def rect(self, tile: int) -> tuple[int, int, int, int]:
        """Smallest and largest coordinates of the pixels of a tile: x, y, x, y, all included."""
        x = self.west + tile % self.across * self.size
        y = self.south + tile // self.across * self.size
        return x, y, x + self.size - 1, y + self.size - 1


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one layer: rows ``first:stop`` of xy, the segment of the last row ends at row ``wrap``; and the runs of each tile."""

    first: IntArray
    stop: IntArray
    wrap: IntArray
    patch: NDArray[np.int32]
    tile_start: IntArray
    tile_run: NDArray[np.int32]


def make_tiling(extent: tuple[int, int, int, int], vertices: int, per_tile: int) -> Tiling:
    """Tiles with about ``per_tile`` vertices each, squares of equal size."""
    west, south, east, north = extent
    width, height = east - west + 1, north - south + 1
    wanted = max(1, min(1 << 16, vertices // max(1, per_tile)))
    size = max(1, int(np.ceil(np.sqrt(width * float(height) / wanted))))
    size = max(size, -(-max(width, height) // 4096))
    return Tiling(west, south, size, -(-width // size), -(-height // size))


def cut_runs(layer: RingLayer, tiling: Tiling) -> Runs:
    """Cut one layer; ``tiling`` is in the coordinates of the layer."""
    first, stop, wrap, patch, box = _cut(layer.xy, layer.ring_start, layer.patch_start, RUN_LENGTH, tiling.west, tiling.south, tiling.size)
    tile_start, tile_run = _hand_out(box, tiling.across, tiling.up)
    return Runs(first, stop, wrap, patch, tile_start, tile_run)


@kernel
def _cut(xy: Any, ring_start: Any, patch_start: Any, length: int, west: int, south: int, size: int) -> Any:
    count = 0
    for ring in range(len(ring_start) - 1):
        count += (ring_start[ring + 1] - ring_start[ring] + length - 1) // length
    first, stop, wrap = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    patch_of, box = np.empty(count, np.int32), np.empty((count, 4), np.uint16)
    k = 0
    for patch in range(len(patch_start) - 1):
        for ring in range(patch_start[patch], patch_start[patch + 1]):
            begin, end = ring_start[ring], ring_start[ring + 1]
            for a in range(begin, end, length):
                b = min(a + length, end)
                last = b if b < end else begin
                x0 = x1 = xy[last, 0]
                y0 = y1 = xy[last, 1]
                for v in range(a, b):
                    x0, x1 = min(x0, xy[v, 0]), max(x1, xy[v, 0])
                    y0, y1 = min(y0, xy[v, 1]), max(y1, xy[v, 1])
                first[k], stop[k], wrap[k], patch_of[k] = a, b, last, patch
                box[k, 0], box[k, 1] = (x0 - west) // size, (y0 - south) // size
                box[k, 2], box[k, 3] = (x1 - west) // size, (y1 - south) // size
                k += 1
    return first, stop, wrap, patch_of, box


@kernel
def _hand_out(box: Any, across: int, up: int) -> Any:
    start = np.zeros(across * up + 1, np.int64)
    for k in range(len(box)):
        for row in range(np.int64(box[k, 1]), np.int64(box[k, 3]) + 1):
            for column in range(np.int64(box[k, 0]), np.int64(box[k, 2]) + 1):
                start[row * across + column + 1] += 1
    for tile in range(across * up):
        start[tile + 1] += start[tile]
    at = start[:-1].copy()
    runs = np.empty(start[-1], np.int32)
    for k in range(len(box)):
        for row in range(np.int64(box[k, 1]), np.int64(box[k, 3]) + 1):
            for column in range(np.int64(box[k, 0]), np.int64(box[k, 2]) + 1):
                tile = row * across + column
                runs[at[tile]] = k
                at[tile] += 1
    return start, runs
