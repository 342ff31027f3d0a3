"""Compile all kernels once, so that the first fusion does not wait for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lantu.planar.dissolve import dissolve
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import RingLayer
from lantu.planar.quality import quality
from lantu.planar.refuse import refuse
from lantu.planar.store import read_arcs, read_faces, write_faces


def warm(tell: Callable[[float, str], None] = lambda share, step: None) -> None:
    """Fuse two tiny layers: every kernel on the way is compiled and cached. Takes a minute or two at first, next to nothing later."""
    square = np.array([[0, 0], [100_000, 0], [100_000, 100_000], [0, 100_000]], dtype=np.int64)
    layers = [RingLayer(square + shift, np.array([0, 4], dtype=np.int64), np.array([0, 1], dtype=np.int64)) for shift in (0, 30_000)]
    PlanarEngine().overlay(layers, lambda share, step: tell(share, str(step)))
    for layer in layers:
        # layers mapped from a store are read-only, to the compiler a type of its own
        for column in (layer.xy, layer.ring_start, layer.patch_start):
            column.flags.writeable = False
    made = PlanarEngine().overlay(layers)
    after = [layers[0], RingLayer(layers[1].xy + 1, layers[1].ring_start, layers[1].patch_start)]
    with tempfile.TemporaryDirectory(prefix="lantu-warm-", ignore_cleanup_errors=True) as folder:
        write_faces(Path(folder) / "faces", made)
        for faces, arcs in ((made, None), (read_faces(Path(folder) / "faces"), read_arcs(Path(folder) / "faces"))):
            refuse(faces, layers, after)
            dissolve(faces, faces.label[:, 0], arcs=arcs)
            quality(faces, 0, 1.0)
