"""Faces seen through facts about patches: "is there a patch of this layer, with this property, on this face?"."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lantu.planar.arcs import Arcs, find_arcs
from lantu.planar.model import NO_PATCH, Faces

BoolArray = NDArray[np.bool_]


class FaceView:
    """Answers questions about all faces at once. Layers are column numbers of ``faces.label``."""

    def __init__(self, faces: Faces) -> None:
        self.faces = faces
        self._sets_of: dict[int, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.faces)

    @cached_property
    def arcs(self) -> Arcs:
        """What the faces have in common: found once for all lists."""
        return find_arcs(self.faces)

    def covered(self, layer: int) -> BoolArray:
        """Faces on which the layer has at least one patch."""
        return np.asarray(self.faces.label[:, layer] != NO_PATCH)

    def any(self, layer: int, holds: BoolArray) -> BoolArray:
        """Faces on which at least one patch of the layer has the property; ``holds`` (patches,) bool."""
        sets = self.sets_of(layer)
        top = int(sets.max()) + 1 if len(sets) else 0
        # One table for all labels: patches from the front, then, counted from the back, "none" (-1) and the sets (-2, -3, …).
        table = np.zeros(len(holds) + top + 1, dtype=bool)
        table[: len(holds)] = holds
        for number in sets:
            table[-2 - number] = holds[list(self.faces.label_sets[number])].any()
        return np.asarray(table[self.faces.label[:, layer]])

    def sets_of(self, layer: int) -> NDArray[np.int64]:
        """Numbers of the label sets that occur in the layer (its overlaps)."""
        if layer not in self._sets_of:
            column = self.faces.label[:, layer]
            self._sets_of[layer] = np.unique(-2 - column[column < NO_PATCH].astype(np.int64))
        return self._sets_of[layer]

    def overlapping(self, layer: int) -> BoolArray:
        """Faces that several patches of the layer cover."""
        return np.asarray(self.faces.label[:, layer] < NO_PATCH)


def sums(group: NDArray[np.integer], weight: NDArray[np.generic], count: int) -> NDArray[np.float64]:
    """(count,) sum of the weights of each group."""
    return np.bincount(group, weights=weight, minlength=count).astype(np.float64)
