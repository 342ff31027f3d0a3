"""Masks over faces and the connected zones of a mask: siting, and everything else that asks where something holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lantu.planar.components import part_of
from lantu.planar.jit import kernel
from lantu.planar.model import NO_PATCH, Faces, IntArray


@dataclass(frozen=True, slots=True)
class Zones:
    """Connected parts of a mask, numbered by their smallest face.

    ``of_face`` (f,): the zone of each face, -1 = none; ``area2`` (z,): twice the area in grid units squared. Outlines:
    ``dissolve(faces, zones.of_face)``, or at once ``dissolve(faces, np.where(mask, 0, -1), least_area2=…)``.
    """

    of_face: IntArray
    area2: IntArray

    def __len__(self) -> int:
        return len(self.area2)


def covered_by(faces: Faces, layer: int, chosen: ArrayLike) -> NDArray[np.bool_]:
    """(f,) whether a face lies in any of the ``chosen`` (p,) patches of ``layer``; where patches overlap, one chosen is enough."""
    wanted = np.asarray(chosen, dtype=bool)
    label = np.ascontiguousarray(faces.label[:, layer])
    # one table for all labels: sets of patches from the end, none, single patches
    several = np.zeros(len(faces.label_sets), bool)
    for number in np.unique(-2 - label[label < NO_PATCH]).tolist():
        several[number] = wanted[list(faces.label_sets[number])].any()
    table = np.concatenate([several[::-1], [False], wanted])
    return np.asarray(table[label + (len(several) + 1)])


def zones(faces: Faces, mask: ArrayLike, least_area2: int = 0) -> Zones:
    """The parts of ``mask`` (f,) connected by common edges whose doubled area is ``least_area2`` or more."""
    part = part_of(faces, np.where(np.asarray(mask, dtype=bool), 0, -1))
    area2 = sums_by(part, faces.area2, int(part.max(initial=-1)) + 1)
    large = area2 >= least_area2
    number = np.where(large, np.cumsum(large) - 1, -1).astype(np.int64)
    # the last entry serves the faces outside of the mask
    return Zones(np.append(number, -1)[part], area2[large])


@kernel
def sums_by(number: Any, value: Any, count: int) -> Any:
    """(count,) exact sums of integers by number; -1 takes no part."""
    total = np.zeros(count, np.int64)
    for i in range(len(number)):
        if number[i] >= 0:
            total[number[i]] += value[i]
    return total


@kernel
def values_by(number: Any, value: Any, count: int) -> Any:
    """(count,) the value that all with the same number have; -1 takes no part."""
    found = np.zeros(count, np.int64)
    for i in range(len(number)):
        if number[i] >= 0:
            found[number[i]] = value[i]
    return found
