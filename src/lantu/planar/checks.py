"""What both engines ask of their input before they look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lantu.planar.errors import PlanarError
from lantu.planar.jit import kernel
from lantu.planar.model import IntArray, RingLayer

COORDINATE_LIMIT = 2**52
"""Largest absolute coordinate: grid units stay exact when a reader passes them through a double."""

EXTENT_LIMIT = 2**31 - 4
"""Widest extent of all layers together, in grid units (214 km at 0.1 mm): cross products of differences then fit int64."""


def patch_of_vertex(layer: RingLayer, vertex: int) -> int:
    """The patch to which row ``vertex`` of ``layer.xy`` belongs."""
    ring = int(np.searchsorted(layer.ring_start, vertex, side="right")) - 1
    return int(np.searchsorted(layer.patch_start, ring, side="right")) - 1


def check_layers(
    layers: Sequence[RingLayer], bounds: Callable[[int], tuple[IntArray, IntArray]] | None = None
) -> tuple[int, int, int, int]:
    """Refuse what no engine can overlay; return the extent (xmin, ymin, xmax, ymax) of all vertices, (0, 0, 0, 0) when there are none.

    ``bounds``: gives the smallest and largest coordinates of a layer by its number, for callers that must read all vertices anyway; it is
    asked after the offsets were found sound, and only of layers that have vertices.
    """
    boxes = []
    for number, layer in enumerate(layers):
        _check_offsets(layer, number)
        if len(layer.xy) == 0:
            continue
        low, high = bounds_of(layer) if bounds is None else bounds(number)
        if low.min() < -COORDINATE_LIMIT or high.max() > COORDINATE_LIMIT:
            outside = (layer.xy < -COORDINATE_LIMIT) | (layer.xy > COORDINATE_LIMIT)
            vertex = int(np.flatnonzero(outside.any(axis=1))[0])
            raise PlanarError("out_of_range", f"coordinate {layer.xy[vertex].tolist()} beyond 2^52", number, patch_of_vertex(layer, vertex))
        boxes.append((low, high))
    if not boxes:
        return 0, 0, 0, 0
    low = np.min([box[0] for box in boxes], axis=0)
    high = np.max([box[1] for box in boxes], axis=0)
    if (high - low).max() > EXTENT_LIMIT:
        raise _extent_error(layers, low, high)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def bounds_of(layer: RingLayer) -> tuple[IntArray, IntArray]:
    """Smallest and largest coordinates, (2,) each, of a layer that has vertices: by the boxes that its store keeps, else by reading it."""
    if layer.facts is not None:
        return box_bounds(layer, layer.facts.box)
    low, high = _bounds(layer.xy)
    return low, high


def box_bounds(layer: RingLayer, box: IntArray) -> tuple[IntArray, IntArray]:
    """As ``bounds_of`` by the boxes of its patches (p, 4)."""
    low, high = _box_bounds(box, layer.ring_start, layer.patch_start)
    return low, high


@kernel
def _box_bounds(box: Any, ring_start: Any, patch_start: Any) -> Any:
    """As ``_bounds``, of the boxes of patches that have vertices."""
    low, high = np.full(2, np.iinfo(np.int64).max), np.full(2, np.iinfo(np.int64).min)
    for p in range(len(box)):
        if ring_start[patch_start[p]] < ring_start[patch_start[p + 1]]:
            for axis in range(2):
                low[axis], high[axis] = min(low[axis], box[p, axis]), max(high[axis], box[p, 2 + axis])
    return low, high


@kernel
def _bounds(xy: Any) -> Any:
    """Smallest and largest coordinates, (2,) each; numpy needs ten times as long along the short axis."""
    low, high = xy[0].copy(), xy[0].copy()
    for v in range(len(xy)):
        for axis in range(2):
            low[axis], high[axis] = min(low[axis], xy[v, axis]), max(high[axis], xy[v, axis])
    return low, high


def _extent_error(layers: Sequence[RingLayer], low: IntArray, high: IntArray) -> PlanarError:
    """Name the patch that lies farthest from the middle of all vertices: most likely the misplaced one."""
    middle = np.median(np.concatenate([layer.xy for layer in layers]), axis=0)
    best, where = -1.0, (0, 0)
    for number, layer in enumerate(layers):
        if len(layer.xy) == 0:
            continue
        away = np.abs(layer.xy - middle).max(axis=1)
        vertex = int(away.argmax())
        if away[vertex] > best:
            best, where = float(away[vertex]), (number, patch_of_vertex(layer, vertex))
    span = (high - low).tolist()
    return PlanarError("extent", f"the layers span {span} grid units, more than {EXTENT_LIMIT}; farthest from the rest", *where)


def _check_offsets(layer: RingLayer, number: int) -> None:
    for name, array in (("xy", layer.xy), ("ring_start", layer.ring_start), ("patch_start", layer.patch_start)):
        if array.dtype != np.int64:
            raise PlanarError("dtype", f"{name} is {array.dtype}, not int64", number)
    if layer.xy.ndim != 2 or layer.xy.shape[1] != 2:
        raise PlanarError("dtype", f"xy has shape {layer.xy.shape}, not (n, 2)", number)
    for name, start, end in (
        ("ring_start", layer.ring_start, len(layer.xy)),
        ("patch_start", layer.patch_start, len(layer.ring_start) - 1),
    ):
        if len(start) == 0 or start[0] != 0 or start[-1] != end or np.any(start[1:] < start[:-1]):
            raise PlanarError("offsets", f"{name} does not rise from 0 to {end}", number)
