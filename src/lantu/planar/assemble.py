"""Small steps that both engines share when they put faces together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lantu.planar.model import NO_PATCH, IntArray, LabelArray


class LabelCoder:
    """Between sets of global patch numbers (patches of all layers in a row) and the label columns of ``Faces``."""

    def __init__(self, sizes: Sequence[int]) -> None:
        """``sizes``: the number of patches of each layer."""
        self.first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def encode(self, covered: Sequence[Iterable[int]]) -> tuple[LabelArray, tuple[tuple[int, ...], ...]]:
        """Labels (f, l) int32 and the sorted label sets of faces, each given as the set of all patches that cover it."""
        label = np.full((len(covered), len(self.first) - 1), NO_PATCH, dtype=np.int32)
        several: list[tuple[int, int, tuple[int, ...]]] = []
        for face, patches in enumerate(covered):
            by_layer: dict[int, list[int]] = {}
            for patch in sorted(patches):
                layer = int(np.searchsorted(self.first, patch, side="right")) - 1
                by_layer.setdefault(layer, []).append(patch - int(self.first[layer]))
            for layer, found in by_layer.items():
                if len(found) == 1:
                    label[face, layer] = found[0]
                else:
                    several.append((face, layer, tuple(found)))
        label_sets = tuple(sorted({members for _, _, members in several}))
        number = {members: index for index, members in enumerate(label_sets)}
        for face, layer, members in several:
            label[face, layer] = -2 - number[members]
        return label, label_sets


def edge_lengths(xy: IntArray, successor: IntArray) -> NDArray[np.float64]:
    """(n,) length in grid units of the edge that leaves each row of ``xy``."""
    step = (xy[successor] - xy).astype(np.float64)
    return np.hypot(step[:, 0], step[:, 1])


def adjacency(face_of: LabelArray, twin: LabelArray, length: NDArray[np.float64]) -> tuple[LabelArray, NDArray[np.float64]]:
    """Pairs of faces with a common boundary (e, 2), a < b, sorted, and the length of it (e,)."""
    other = np.where(twin >= 0, face_of[twin], -1)
    once = other > face_of
    pair = (face_of[once].astype(np.int64) << 32) | other[once]
    unique, which = np.unique(pair, return_inverse=True)
    border = np.bincount(which.reshape(-1), weights=length[once], minlength=len(unique)).astype(np.float64)
    return np.column_stack([unique >> 32, unique & 0xFFFFFFFF]).astype(np.int32), border
