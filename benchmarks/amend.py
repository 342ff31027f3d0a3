"""Amendments of a layer: vertices in some places move, alike in all patches that share them, so that a share of the patches changes."""

from __future__ import annotations

import numpy as np

from benchmarks.made_city import Floats
from lantu.planar.model import IntArray, RingLayer

FARTHEST = 30_000
"""How far a vertex in the middle of a place moves, grid units (3 m)."""


def changed_patches(before: RingLayer, after: RingLayer) -> int:
    """How many patches have other vertices."""
    rows = np.flatnonzero((before.xy != after.xy).any(axis=1))
    ring = np.searchsorted(before.ring_start, rows, side="right") - 1
    return len(np.unique(np.searchsorted(before.patch_start, ring, side="right") - 1))


def in_one_place(layer: RingLayer, share: float) -> RingLayer:
    """A disc of the city that holds ``share`` of the patches."""
    first = layer.xy[layer.ring_start[layer.patch_start[:-1]]]
    middle = first.min(axis=0) + (np.ptp(first, axis=0) * 0.45).astype(np.int64)
    reach = float(np.quantile(np.hypot(*(first - middle).T.astype(float)), share))
    return _moved(layer, middle[None], 0.97 * reach)


def scattered(layer: RingLayer, share: float, seed: int = 3) -> RingLayer:
    """Corners of patches all over the city, 80 m around; about four patches meet in each place."""
    count = max(1, int(len(layer) * share / 4))
    chosen = np.random.default_rng(seed).choice(len(layer), count, replace=False)
    return _moved(layer, layer.xy[layer.ring_start[layer.patch_start[chosen]]], 800_000.0)


def _moved(layer: RingLayer, middle: IntArray, reach: float) -> RingLayer:
    xy = layer.xy.copy()
    order = np.argsort(layer.xy[:, 0], kind="stable")
    east = layer.xy[order, 0]
    for place in middle:
        rows = order[slice(*np.searchsorted(east, [place[0] - reach, place[0] + reach]))]
        away: Floats = np.hypot(*(layer.xy[rows] - place).T.astype(float)) / reach
        rows, away = rows[away < 1], away[away < 1]
        xy[rows] = layer.xy[rows] + np.rint(np.outer(1 - away, [FARTHEST, FARTHEST / 2])).astype(np.int64)
    return RingLayer(xy, layer.ring_start, layer.patch_start)
