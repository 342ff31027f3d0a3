"""Areas of faces and of the parts of a patch (architecture 3, "Area"; domain 3.4).

A patch's *control area* is the statutory ellipsoidal area of its original vertices. Extra nodes on a straight grid edge change that
formula, so faces use edges densified to 200 m in the working CRS, each edge integrated once; the parts of a patch are then adjusted to
its control area by largest remainder, and the difference is kept for "why this area" (面积由来).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.view import FaceView, sums
from lantu.planar.dissolve import Regions
from lantu.planar.model import Faces, IntArray, ring_successors

FloatArray = NDArray[np.float64]

STEP_M = 200.0
"""Longest piece of an edge that is taken as straight in longitude and latitude."""

CHUNK = 1 << 20


class Frame(Protocol):
    """The working grid: what turns its units into degrees and metres."""

    @property
    def unit_m(self) -> float:
        """Edge of a grid cell in metres."""
        ...

    def to_degrees(self, xy: IntArray | FloatArray) -> FloatArray:
        """(n, 2) grid units (east, north) to (n, 2) degrees (lon, lat), EPSG:4490."""
        ...

    def edge_areas(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """(n,) m²: ellipsoidal area between each edge (degrees) and a fixed meridian; positive sums for counter-clockwise rings."""
        ...


def face_areas(faces: Faces, frame: Frame) -> FloatArray:
    """(faces,) ellipsoidal areas in m², each edge integrated once for the two faces beside it."""
    follower = faces.next_vertex()
    once = (faces.twin < 0) | (np.arange(len(faces.xy)) < faces.twin)
    value = np.zeros(len(faces.xy))
    rows = np.flatnonzero(once)
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK]
        value[chunk] = edge_integrals(faces.xy[chunk], faces.xy[follower[chunk]], frame)
    mirrored = np.flatnonzero(~once)
    value[mirrored] = -value[faces.twin[mirrored]]
    return sums(faces.face_of_vertex(), value, len(faces))


def edge_integrals(start: IntArray, end: IntArray, frame: Frame) -> FloatArray:
    """(n,) m² of straight edges on the grid, cut into equal pieces of at most ``STEP_M``."""
    length = np.hypot(*(end - start).T.astype(np.float64)) * frame.unit_m
    pieces = np.maximum(1, np.ceil(length / STEP_M)).astype(np.int64)
    edge = np.repeat(np.arange(len(start)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    span = (end - start)[edge] / pieces[edge, None]
    left = frame.to_degrees(start[edge] + span * number[:, None])
    right = frame.to_degrees(np.where((number + 1 == pieces[edge])[:, None], end[edge], start[edge] + span * (number + 1)[:, None]))
    return sums(edge, frame.edge_areas(left, right), len(start))


@dataclass(frozen=True, slots=True, eq=False)
class PartAreas:
    """The faces of one layer's patches, in hundredths of a square metre.

    ``cents`` (faces,) int64: adjusted area of each face; where no single patch of the layer covers it, its own area, rounded.
    ``difference`` (patches,) float64 m²: control area minus the sum of the patch's unadjusted faces.
    """

    cents: IntArray
    difference: FloatArray


def adjust(view: FaceView, layer: int, raw_m2: FloatArray, control_m2: FloatArray) -> PartAreas:
    """Make the parts of each patch of ``layer`` sum up to its control area to the hundredth of a square metre.

    The correction is shared out in proportion to the parts; what rounding leaves goes to the largest remainders (ties: canonical face
    order). Faces that several patches overlap keep their own area and are taken off each of those patches first.
    """
    label = view.faces.label[:, layer]
    own = np.rint(raw_m2 * 100).astype(np.int64)
    patches = len(control_m2)
    target = np.rint(control_m2 * 100).astype(np.int64)
    overlapped = np.zeros(patches)
    for number in view.sets_of(layer):
        rows = label == -2 - number
        for patch in view.faces.label_sets[number]:
            overlapped[patch] += raw_m2[rows].sum()
            target[patch] -= own[rows].sum()
    single = np.flatnonzero(label >= 0)
    group = label[single]
    total = sums(group, raw_m2[single], patches)
    cents = own.copy()
    cents[single] = _largest_remainder(group, raw_m2[single], total, target)
    return PartAreas(cents, control_m2 - total - overlapped)


def _largest_remainder(group: NDArray[np.int32], weight: FloatArray, total: FloatArray, target: IntArray) -> IntArray:
    exact = weight / total[group] * target[group]
    floor = np.floor(exact).astype(np.int64)
    short = target - sums(group, floor, len(target)).astype(np.int64)
    order = np.lexsort((np.arange(len(group)), floor - exact, group))
    rank = np.empty(len(group), dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(target)))])[:-1]
    rank[order] = np.arange(len(group)) - first[group[order]]
    return floor + (rank < short[group])


def perimeters(regions: Regions, unit_m: float) -> FloatArray:
    """(regions,) length of all rings in metres of the working CRS."""
    length = np.hypot(*(regions.xy[ring_successors(regions.ring_start)] - regions.xy).T.astype(np.float64)) * unit_m
    vertices = np.diff(regions.ring_start[regions.region_start])
    return sums(np.repeat(np.arange(len(regions)), vertices), length, len(regions))
