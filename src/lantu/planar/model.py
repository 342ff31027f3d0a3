"""What goes into an overlay and what comes out of it.

All coordinates are integers on the working grid (0.1 mm by default): x = east, y = north, int64. Rings are stored without
repeating their first vertex. A patch is any number of rings filled by the even-odd rule (外环、洞、多部件 alike).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]

NO_PATCH = -1
"""Label of a face that no patch of the layer covers: a gap (缝隙)."""


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """What a store keeps of the patches of a layer, so that two states of it can be compared without reading them.

    ``box`` (p, 4) int64: x, y, x, y of each patch, zeros where it has no vertex; ``name`` (p, 2) uint64: two hashes of its rings.
    """

    box: IntArray
    name: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class RingLayer:
    """The patches of one layer as integer rings.

    ``xy`` (n, 2) int64 vertices; ``ring_start`` (r + 1,) int64 offsets into ``xy``; ``patch_start`` (p + 1,) int64 offsets
    into the rings. Patch i is the rings ``patch_start[i]:patch_start[i + 1]``. ``facts``: what is known of them from a store.
    """

    xy: IntArray
    ring_start: IntArray
    patch_start: IntArray
    facts: PatchFacts | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.patch_start) - 1


@dataclass(frozen=True, slots=True)
class Faces:
    """The cells of the arrangement of all layers, without the unbounded face.

    An edge is kept only if it bounds some patch (even-odd, after snapping), so the two sides of every edge differ in at least one label
    and a face is a largest connected region of equal labels, joined across edges (not across single points).

    Rings: ``xy`` (n, 2) int64; ``ring_start`` (r + 1,); ``face_start`` (f + 1,) offsets into the rings; the first ring of a face is
    its outer ring (counter-clockwise), the others are holes (clockwise).

    Labels: ``label`` (f, l) int32. ``NO_PATCH`` = none of the layer; ``k >= 0`` = exactly patch k; ``-2 - s`` = the overlapping
    patches ``label_sets[s]`` (sorted tuple, two or more; the sets themselves are sorted and unique).

    ``area2`` (f,) int64: twice the plane area in grid units squared. ``neighbour`` (e, 2) int32: pairs of faces with a common
    boundary, a < b, sorted, each once; ``border`` (e,) float64: the length of that common boundary in grid units.

    ``twin`` (n,) int32: the edge from vertex i to the next one of its ring, seen from the face on its other side, starts at vertex
    ``twin[i]``; -1 where the other side is the unbounded face.
    """

    xy: IntArray
    ring_start: IntArray
    face_start: IntArray
    label: LabelArray
    label_sets: tuple[tuple[int, ...], ...]
    area2: IntArray
    neighbour: LabelArray
    border: NDArray[np.float64]
    twin: LabelArray

    def __len__(self) -> int:
        return len(self.face_start) - 1

    def patches(self, face: int, layer: int) -> tuple[int, ...]:
        """The patches of ``layer`` that cover ``face``: none, one or several."""
        value = int(self.label[face, layer])
        if value == NO_PATCH:
            return ()
        return (value,) if value >= 0 else self.label_sets[-2 - value]

    def face_of_vertex(self) -> LabelArray:
        """(n,) int32: the face to which each row of ``xy`` belongs."""
        per_face = self.ring_start[self.face_start[1:]] - self.ring_start[self.face_start[:-1]]
        return np.repeat(np.arange(len(self), dtype=np.int32), per_face)

    def next_vertex(self) -> IntArray:
        """(n,) int64: the row that follows each row of ``xy`` in its ring, the last followed by the first."""
        return ring_successors(self.ring_start)


def ring_successors(ring_start: IntArray) -> IntArray:
    """(n,) int64: row after each row of rings stored one after another without repeating the first vertex."""
    after = np.arange(1, int(ring_start[-1]) + 1, dtype=np.int64)
    filled = ring_start[1:] > ring_start[:-1]
    after[ring_start[1:][filled] - 1] = ring_start[:-1][filled]
    return after


Progress = Callable[[float, str], None]
"""Called now and then with the share done (0 to 1) and a short machine-readable step name; may raise to cancel."""


class OverlayEngine(Protocol):
    """Makes one planar partition of any number of layers; the same input gives the same faces whatever the engine."""

    name: str
    version: str

    def overlay(self, layers: Sequence[RingLayer], progress: Progress | None = None) -> Faces:
        """Node all layers on the grid by hot-pixel snap rounding and label every bounded face.

        Faces come in canonical order (by the smallest vertex of the outer ring, then by the ring itself), each outer ring starts
        at its smallest vertex (x, then y). Raises ``PlanarError`` naming layer and patch for coordinates out of range.
        """
        ...
