"""Compile all kernels once, so that the first fusion does not wait for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lantu.planar.engine import PlanarEngine
from lantu.planar.model import RingLayer
from lantu.planar.refuse import refuse


def warm(tell: Callable[[float, str], None] = lambda share, step: None) -> None:
    """Fuse two tiny layers: every kernel on the way is compiled and cached. Takes seconds at first, next to nothing later."""
    square = np.array([[0, 0], [100_000, 0], [100_000, 100_000], [0, 100_000]], dtype=np.int64)
    layers = [RingLayer(square + shift, np.array([0, 4], dtype=np.int64), np.array([0, 1], dtype=np.int64)) for shift in (0, 30_000)]
    PlanarEngine().overlay(layers, lambda share, step: tell(share, str(step)))
    for layer in layers:
        # layers mapped from a store are read-only, to the compiler a type of its own
        for column in (layer.xy, layer.ring_start, layer.patch_start):
            column.flags.writeable = False
    faces = PlanarEngine().overlay(layers)
    refuse(faces, layers, [layers[0], RingLayer(layers[1].xy + 1, layers[1].ring_start, layers[1].patch_start)])
