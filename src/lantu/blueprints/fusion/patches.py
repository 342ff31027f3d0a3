"""From faces to patches: connected faces with equal primary type and equal patches of every layer that the rule names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.evaluate import NO_RULE, FaceRule, Kind, ListHits
from lantu.blueprints.fusion.view import FaceView, sums
from lantu.planar.components import group
from lantu.planar.dissolve import Regions, dissolve
from lantu.planar.model import NO_PATCH, IntArray

NOT_NAMED = NO_PATCH


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """The patches of one list, in canonical order (by their first face).

    ``of_face`` (faces,) int64: patch of each face, -1 = none. ``first`` (patches,) int64: first face. ``rule`` (patches,) int32: primary
    rule. ``severity`` (patches,) int8: highest severity of any hit on any of its faces. ``regions``: their outlines on the grid.
    """

    kind: Kind
    of_face: IntArray
    first: IntArray
    rule: NDArray[np.int32]
    severity: NDArray[np.int8]
    regions: Regions

    def __len__(self) -> int:
        return len(self.first)

    def total(self, per_face: NDArray[np.generic]) -> NDArray[np.float64]:
        """(patches,) sums of a quantity of faces."""
        return sums(self.of_face[self.of_face >= 0], per_face[self.of_face >= 0], len(self))


def make_patches(view: FaceView, hits: ListHits, rules: Sequence[FaceRule]) -> Patches:
    """Join the faces of a list to patches."""
    regions = dissolve(view.faces, _keys(view, hits, rules), arcs=view.arcs)
    of_face = regions.of_face
    rows = np.flatnonzero(of_face >= 0)
    first = np.full(len(regions), len(view), dtype=np.int64)
    np.minimum.at(first, of_face[rows], rows)
    severity = np.full(len(regions), np.iinfo(np.int8).max, dtype=np.int8)
    np.minimum.at(severity, of_face[rows], hits.severity[rows])
    return Patches(hits.kind, of_face, first, hits.primary[first], severity, regions)


def _keys(view: FaceView, hits: ListHits, rules: Sequence[FaceRule]) -> IntArray:
    """(faces,) int64: number of the key (primary rule, patches of its named layers); -1 where nothing is hit."""
    rows = np.flatnonzero(hits.primary != NO_RULE)
    result = np.full(len(view), -1, dtype=np.int64)
    if not len(rows):
        return result
    table = np.full((len(rows), 1 + view.faces.label.shape[1]), NOT_NAMED, dtype=np.int32)
    table[:, 0] = hits.primary[rows]
    for index in np.unique(table[:, 0]):
        mine = table[:, 0] == index
        for layer in rules[index].named:
            table[mine, 1 + layer] = view.faces.label[rows[mine], layer]
    result[rows] = group(table)
    return result
