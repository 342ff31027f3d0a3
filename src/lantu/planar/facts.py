"""Boxes and names of the patches of a layer: read once when the layer is stored, so that nobody must read all its vertices again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.model import IntArray, PatchFacts, RingLayer


def find_facts(layer: RingLayer, chosen: IntArray | None = None) -> PatchFacts:
    """Of all patches of a layer or of the chosen ones, in their order, from their vertices."""
    every = np.arange(len(layer)) if chosen is None else chosen
    return PatchFacts(*_facts(layer.xy, layer.ring_start, layer.patch_start, every))


def names_of(layer: RingLayer, chosen: IntArray) -> NDArray[np.uint64]:
    """(n, 2) the names of some patches: those that came with the layer, else found."""
    return find_facts(layer, chosen).name if layer.facts is None else layer.facts.name[chosen]


def joined_facts(layers: Sequence[RingLayer]) -> PatchFacts | None:
    """Of several layers put one after another; None where one has none."""
    facts = [layer.facts for layer in layers]
    known = [one for one in facts if one is not None]
    if not known or len(known) < len(facts):
        return None
    return PatchFacts(np.concatenate([one.box for one in known]), np.concatenate([one.name for one in known]))


@kernel
def _facts(xy: Any, ring_start: Any, patch_start: Any, chosen: Any) -> Any:
    """(boxes, names). The two hashes mix by multiplying and shifting (constants of splitmix64 and xxhash), each its own way."""
    box, name = np.empty((len(chosen), 4), np.int64), np.empty((len(chosen), 2), np.uint64)
    for i in range(len(chosen)):
        p = chosen[i]
        a, b = ring_start[patch_start[p]], ring_start[patch_start[p + 1]]
        x0 = y0 = x1 = y1 = np.int64(0)
        if a < b:
            x0, y0 = xy[a, 0], xy[a, 1]
            x1, y1 = x0, y0
        one, two = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x27D4EB2F165667C5)
        for r in range(patch_start[p], patch_start[p + 1]):
            size = np.uint64(ring_start[r + 1] - ring_start[r])
            one = (one ^ size) * np.uint64(0xC2B2AE3D27D4EB4F)
            two = (two ^ (two >> np.uint64(31)) ^ size) * np.uint64(0x94D049BB133111EB)
            for v in range(ring_start[r], ring_start[r + 1]):
                x, y = xy[v, 0], xy[v, 1]
                x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
                one = (one ^ np.uint64(x)) * np.uint64(0xD6E8FEB86659FD93)
                one ^= one >> np.uint64(32)
                one = (one ^ np.uint64(y)) * np.uint64(0xD6E8FEB86659FD93)
                one ^= one >> np.uint64(32)
                two = (two + np.uint64(x)) * np.uint64(0xBF58476D1CE4E5B9)
                two ^= two >> np.uint64(29)
                two = (two + np.uint64(y)) * np.uint64(0xBF58476D1CE4E5B9)
                two ^= two >> np.uint64(29)
        box[i, 0], box[i, 1], box[i, 2], box[i, 3] = x0, y0, x1, y1
        name[i, 0], name[i, 1] = one, two
    return box, name
