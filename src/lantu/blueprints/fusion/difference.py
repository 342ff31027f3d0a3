"""What differs between two partitions: ground on which a layer says something else. No database.

Faces that are the same in both (same rings, same say of every layer) are put aside by one hash each; only the others are overlaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.areas import Frame, edge_integrals, perimeters
from lantu.blueprints.fusion.view import sums
from lantu.planar.components import group
from lantu.planar.convert import take_parts
from lantu.planar.dissolve import Regions, dissolve
from lantu.planar.model import NO_PATCH, Faces, IntArray, OverlayEngine, RingLayer, ring_successors

NOTHING = -1
"""The say of a layer that has no patch there."""

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One partition as it is compared. ``said`` (faces, layers) int64: number of what each layer says, ``NOTHING``; ``region`` (faces,):
    number of the administrative unit, ``NOTHING``; ``decision`` (faces, layers): number of the decision that says it, ``NOTHING``."""

    faces: Faces
    said: IntArray
    region: IntArray
    decision: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """The changed ground of one layer: ``regions`` with ``before``, ``after``, ``decision``, ``unit`` (numbers as in ``Side``)."""

    layer: int
    regions: Regions
    before: IntArray
    after: IntArray
    decision: IntArray
    unit: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Faces that are the same, only before, only after; and per layer what moved."""

    same: int
    gone: int
    new: int
    moved: list[Moved]


def difference(before: Side, after: Side, engine: OverlayEngine) -> Difference:
    """Compare two partitions on one grid; their layers and numbers mean the same."""
    old, new = (face_hashes(side) for side in (before, after))
    gone, come = np.flatnonzero(~np.isin(old, new)), np.flatnonzero(~np.isin(new, old))
    same = len(old) - len(gone)
    if not len(gone) and not len(come):
        return Difference(same, 0, 0, [])
    small = engine.overlay([_layer(before.faces, gone), _layer(after.faces, come)])
    said = [_at(side.said, chosen, small.label[:, column]) for column, (side, chosen) in enumerate(((before, gone), (after, come)))]
    unit = _units(before, after, gone, come, small)
    decision = _at(after.decision, come, small.label[:, 1])
    moved = [
        _moved(small, layer, np.column_stack([said[0][:, layer], said[1][:, layer], decision[:, layer], unit]))
        for layer in range(before.said.shape[1])
    ]
    return Difference(same, len(gone), len(come), [one for one in moved if one is not None])


def face_hashes(side: Side) -> NDArray[np.uint64]:
    """(faces,) one number per face out of its rings and what every layer says on it."""
    faces = side.faces
    first = faces.ring_start[faces.face_start[:-1]]
    face = faces.face_of_vertex()
    place = (np.arange(len(faces.xy), dtype=np.int64) - first[face]).astype(np.uint64)
    ring = np.repeat(np.arange(len(faces.ring_start) - 1), np.diff(faces.ring_start)) - faces.face_start[:-1][face]
    with np.errstate(over="ignore"):
        value = _scrambled(faces.xy[:, 0].astype(np.uint64) * _MIX[0] ^ _scrambled(faces.xy[:, 1].astype(np.uint64) + _MIX[1]))
        value = _scrambled(value ^ place * _MIX[2] ^ ring.astype(np.uint64) * _MIX[1])
        total = np.add.reduceat(value, first) if len(first) else np.zeros(0, np.uint64)
        for column in range(side.said.shape[1]):
            total = _scrambled(total ^ (side.said[:, column].astype(np.uint64) + np.uint64(column + 1) * _MIX[0]))
    return np.asarray(total, dtype=np.uint64)


def _scrambled(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64: every bit of the input moves every bit of the output."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


def _layer(faces: Faces, chosen: IntArray) -> RingLayer:
    return RingLayer(*take_parts(faces.xy, faces.ring_start, faces.face_start, chosen))


def _at(said: IntArray, chosen: IntArray, label: NDArray[np.int32]) -> IntArray:
    """What the chosen faces say on the faces of the small overlay; nothing where none of them lies."""
    result = np.full((len(label), said.shape[1]), NOTHING, dtype=np.int64)
    rows = np.flatnonzero(label >= 0)
    result[rows] = said[chosen[label[rows]]]
    return result


def _units(before: Side, after: Side, gone: IntArray, come: IntArray, small: Faces) -> IntArray:
    old = _at(before.region[:, None], gone, small.label[:, 0])[:, 0]
    new = _at(after.region[:, None], come, small.label[:, 1])[:, 0]
    return np.asarray(np.where(new != NOTHING, new, old))


def _moved(small: Faces, layer: int, facts: IntArray) -> Moved | None:
    """``facts`` (faces, 4): before, after, decision, unit."""
    # ground that only snapping touched has no label in one of the two; it says nothing of the layers
    known = (small.label[:, 0] != NO_PATCH) | (small.label[:, 1] != NO_PATCH)
    rows = np.flatnonzero((facts[:, 0] != facts[:, 1]) & known)
    if not len(rows):
        return None
    key = np.full(len(small), -1, dtype=np.int64)
    key[rows] = group(*facts[rows].T)
    regions = dissolve(small, key)
    first = np.full(len(regions), len(small), dtype=np.int64)
    np.minimum.at(first, regions.of_face[rows], rows)
    return Moved(layer, regions, *facts[first].T)


def region_areas(regions: Regions, frame: Frame) -> NDArray[np.float64]:
    """(regions,) ellipsoidal m² of regions, edges cut to 200 m as everywhere."""
    follower = ring_successors(regions.ring_start)
    vertices = np.diff(regions.ring_start[regions.region_start])
    owner = np.repeat(np.arange(len(regions)), vertices)
    return sums(owner, edge_integrals(regions.xy, regions.xy[follower], frame), len(regions))


def mean_widths(regions: Regions, area_m2: NDArray[np.float64], unit_m: float) -> NDArray[np.float64]:
    """(regions,) 2·A/P in metres: strips below the numeric tolerance are rounding, no change."""
    return np.asarray(2 * area_m2 / perimeters(regions, unit_m))


def said_of(faces: Faces, column: int, number: Sequence[int], overlap: dict[frozenset[int], int]) -> IntArray:
    """(faces,) what a layer says by its labels; ``number``: patch → what it says. Several patches that say different things say them all:
    ``overlap`` numbers such sets (new ones are added)."""
    label = faces.label[:, column]
    table = np.asarray([*number, NOTHING], dtype=np.int64)
    result = np.where(label >= NO_PATCH, table[np.maximum(label, NO_PATCH)], NOTHING)
    for at in np.unique(-2 - label[label < NO_PATCH].astype(np.int64)):
        told = frozenset(int(table[patch]) for patch in faces.label_sets[at]) - {NOTHING} or frozenset((NOTHING,))
        result[label == -2 - at] = next(iter(told)) if len(told) == 1 else overlap.setdefault(told, -2 - len(overlap))
    return np.asarray(result, dtype=np.int64)
