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
from lantu.planar.store import read_arcs, read_faces, read_index, read_layer, write_faces, write_layer


def warm(tell: Callable[[float, str], None] = lambda share, step: None) -> None:
    """Fuse two tiny layers: every kernel on the way is compiled and cached. Takes a minute or two at first, next to nothing later."""
    square = np.array([[0, 0], [100_000, 0], [100_000, 100_000], [0, 100_000]], dtype=np.int64)
    layers = [RingLayer(square + shift, np.array([0, 4], dtype=np.int64), np.array([0, 1], dtype=np.int64)) for shift in (0, 30_000)]
    PlanarEngine().overlay(layers, lambda share, step: tell(share, str(step)))
    with tempfile.TemporaryDirectory(prefix="lantu-warm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for number, layer in enumerate(layers):
            write_layer(folder / str(number), layer)
        # what is mapped from a store is read-only, to the compiler a type of its own
        mapped = [read_layer(folder / str(number)) for number in range(len(layers))]
        made = PlanarEngine().overlay(mapped)
        after = [mapped[0], RingLayer(layers[1].xy + 1, layers[1].ring_start, layers[1].patch_start)]
        write_faces(folder / "faces", made)
        read = read_faces(folder / "faces")
        for faces, index, arcs in ((made, None, None), (read, read_index(folder / "faces"), read_arcs(folder / "faces"))):
            refuse(faces, mapped, after, index=index)
            dissolve(faces, faces.label[:, 0], arcs=arcs)
            quality(faces, 0, 1.0)
