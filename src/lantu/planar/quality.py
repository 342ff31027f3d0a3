"""What is wrong with a layer: gaps, overlaps and slivers, read from the labels of the faces. No geometry is computed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lantu.planar.components import part_of
from lantu.planar.jit import kernel
from lantu.planar.model import NO_PATCH, Faces, IntArray
from lantu.planar.zones import sums_by


@dataclass(frozen=True, slots=True)
class Parts:
    """Connected parts of faces.

    ``of_face`` (f,) number of the part or -1; ``area2`` (k,) doubled area in grid units squared, ``perimeter`` (k,) in grid units.
    """

    of_face: IntArray
    area2: IntArray
    perimeter: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.area2)

    @property
    def width(self) -> NDArray[np.float64]:
        """(k,) mean width: area over half the perimeter, grid units."""
        return np.asarray(self.area2 / self.perimeter)


@dataclass(frozen=True, slots=True)
class Quality:
    """Findings about one layer; ``slivers``: the faces of it narrower than the limit, rising."""

    gaps: Parts
    overlaps: Parts
    slivers: IntArray


def perimeters(faces: Faces, threads: int | None = None) -> NDArray[np.float64]:
    """(f,) length of all rings of each face, grid units."""
    result = np.empty(len(faces))
    cuts = np.linspace(0, len(faces), 4 * (threads or len(os.sched_getaffinity(0))) + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        list(pool.map(lambda a, b: _perimeters(faces.xy, faces.ring_start, faces.face_start, a, b, result), cuts[:-1], cuts[1:]))
    return result


def quality(
    faces: Faces, layer: int, narrow: float, *, within: ArrayLike | None = None, perimeter: NDArray[np.float64] | None = None
) -> Quality:
    """Gaps and overlaps of ``layer``, and its faces of a mean width below ``narrow`` grid units.

    A gap is a connected part of faces without a patch of the layer, among those ``within`` (f,) a mask (default: everywhere); an overlap
    is a connected part of faces in the same two or more patches. ``perimeter``: as ``perimeters`` gives it, when at hand.
    """
    around = perimeters(faces) if perimeter is None else perimeter
    label = faces.label[:, layer]
    open_ground = label == NO_PATCH
    if within is not None:
        open_ground &= np.asarray(within, dtype=bool)
    covered = np.flatnonzero(label != NO_PATCH)
    thin = faces.area2[covered] < narrow * around[covered]
    return Quality(
        _parts(faces, np.where(open_ground, 0, -1), around),
        _parts(faces, np.where(label < NO_PATCH, -2 - label.astype(np.int64), -1), around),
        covered[thin],
    )


def _parts(faces: Faces, key: IntArray, perimeter: NDArray[np.float64]) -> Parts:
    part = part_of(faces, key)
    count = int(part.max(initial=-1)) + 1
    return Parts(part.astype(np.int64), sums_by(part, faces.area2, count), _outlines(part, perimeter, faces.neighbour, faces.border, count))


@kernel
def _perimeters(xy: Any, ring_start: Any, face_start: Any, first: Any, stop: Any, out: Any) -> None:
    for f in range(first, stop):
        total = 0.0
        for r in range(face_start[f], face_start[f + 1]):
            last = ring_start[r + 1] - 1
            px, py = xy[last, 0], xy[last, 1]
            for v in range(ring_start[r], ring_start[r + 1]):
                dx, dy = float(xy[v, 0] - px), float(xy[v, 1] - py)
                total += np.sqrt(dx * dx + dy * dy)
                px, py = xy[v, 0], xy[v, 1]
        out[f] = total


@kernel
def _outlines(part: Any, perimeter: Any, neighbour: Any, border: Any, count: int) -> Any:
    """Perimeters of parts: those of their faces, less both sides of what lies between them."""
    total = np.zeros(count)
    for f in range(len(part)):
        if part[f] >= 0:
            total[part[f]] += perimeter[f]
    for i in range(len(neighbour)):
        a, b = part[neighbour[i, 0]], part[neighbour[i, 1]]
        if a >= 0 and a == b:
            total[a] -= 2 * border[i]
    return total
