"""Which face is here, which faces are in this window: a grid of cells over the boxes of the faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.model import Faces, IntArray, LabelArray


@dataclass(frozen=True, slots=True)
class FaceIndex:
    """``box`` (f, 4) int64: x, y, x, y of each face; ``cell_face[cell_start[c]:cell_start[c + 1]]``: faces whose box reaches cell c.

    ``frame`` (5,) int64: west, south, size of a cell, columns, rows. Cells are numbered row by row from the south-west.
    """

    box: IntArray
    cell_start: IntArray
    cell_face: LabelArray
    frame: IntArray

    def window(self, west: int, south: int, east: int, north: int) -> IntArray:
        """The faces whose boxes meet the closed window (grid units), rising."""
        return np.sort(_window(self.box, self.cell_start, self.cell_face, self.frame, west, south, east, north))

    def at(self, faces: Faces, x: int, y: int) -> int:
        """The face that holds the point (grid units), -1 outside of all.

        A point on a boundary belongs to the face east of it or, on a level edge, above it: always to one face only.
        """
        for face in self.window(x, y, x, y).tolist():
            inside = False
            for ring in range(int(faces.face_start[face]), int(faces.face_start[face + 1])):
                xy = faces.xy[faces.ring_start[ring] : faces.ring_start[ring + 1]]
                inside ^= odd_west(xy, x, y)
            if inside:
                return int(face)
        return -1


def odd_west(xy: IntArray, x: int, y: int) -> bool:
    """Whether a ray from (x, y) to the west meets the ring an odd number of times; exact. Edges through the point count."""
    x0, y0 = xy[:, 0], xy[:, 1]
    spans = np.flatnonzero((y0 <= y) != (np.roll(y0, -1) <= y))
    if len(spans) == 0:
        return False
    after = (spans + 1) % len(xy)
    ax, ay, bx, by = x0[spans], y0[spans], x0[after], y0[after]
    cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return bool(np.count_nonzero(np.where(by > ay, cross <= 0, cross >= 0)) % 2)


def build_index(faces: Faces) -> FaceIndex:
    """Index a partition: about two cells for each face."""
    box = _boxes(faces.xy, faces.ring_start, faces.face_start)
    if len(box) == 0:
        return FaceIndex(box, np.zeros(2, np.int64), np.empty(0, np.int32), np.array([0, 0, 1, 1, 1], np.int64))
    west, south, east, north = int(box[:, 0].min()), int(box[:, 1].min()), int(box[:, 2].max()), int(box[:, 3].max())
    width, height = east - west + 1, north - south + 1
    size = max(1, int(np.sqrt(width * float(height) / (2 * len(box)))), -(-max(width, height) // 8192))
    columns, rows = -(-width // size), -(-height // size)
    start, face = _fill(box, west, south, size, columns, rows)
    return FaceIndex(box, start, face, np.array([west, south, size, columns, rows], np.int64))


@kernel
def _boxes(xy: Any, ring_start: Any, face_start: Any) -> NDArray[Any]:
    box = np.empty((len(face_start) - 1, 4), np.int64)
    for f in range(len(box)):
        first = ring_start[face_start[f]]
        box[f, 0] = box[f, 2] = xy[first, 0]
        box[f, 1] = box[f, 3] = xy[first, 1]
        # the first ring is the shell: holes lie within it
        for v in range(first, ring_start[face_start[f] + 1]):
            box[f, 0], box[f, 2] = min(box[f, 0], xy[v, 0]), max(box[f, 2], xy[v, 0])
            box[f, 1], box[f, 3] = min(box[f, 1], xy[v, 1]), max(box[f, 3], xy[v, 1])
    return box


@kernel
def _window(box: Any, cell_start: Any, cell_face: Any, frame: Any, west: Any, south: Any, east: Any, north: Any) -> Any:
    """The faces of ``FaceIndex.window``, in any order."""
    west0, south0, size, columns, rows = frame[0], frame[1], frame[2], frame[3], frame[4]
    c0, c1 = max(0, (west - west0) // size), min(columns - 1, (east - west0) // size)
    r0, r1 = max(0, (south - south0) // size), min(rows - 1, (north - south0) // size)
    room = 0
    for row in range(r0, r1 + 1):
        if c0 <= c1:
            # the cells of a row lie side by side, so do their lists
            room += cell_start[row * columns + c1 + 1] - cell_start[row * columns + c0]
    found, n = np.empty(room, np.int64), 0
    for row in range(r0, r1 + 1):
        for column in range(c0, c1 + 1):
            for k in range(cell_start[row * columns + column], cell_start[row * columns + column + 1]):
                f = cell_face[k]
                if box[f, 0] > east or box[f, 2] < west or box[f, 1] > north or box[f, 3] < south:
                    continue
                # of the cells that it reaches within the window the first one counts
                if max(c0, (box[f, 0] - west0) // size) == column and max(r0, (box[f, 1] - south0) // size) == row:
                    found[n] = f
                    n += 1
    return found[:n]


@kernel
def _fill(box: Any, west: Any, south: Any, size: Any, columns: Any, rows: Any) -> Any:
    start = np.zeros(columns * rows + 1, np.int64)
    for f in range(len(box)):
        for row in range((box[f, 1] - south) // size, (box[f, 3] - south) // size + 1):
            for column in range((box[f, 0] - west) // size, (box[f, 2] - west) // size + 1):
                start[row * columns + column + 1] += 1
    for cell in range(columns * rows):
        start[cell + 1] += start[cell]
    at = start[:-1].copy()
    member = np.empty(start[-1], np.int32)
    for f in range(len(box)):
        for row in range((box[f, 1] - south) // size, (box[f, 3] - south) // size + 1):
            for column in range((box[f, 0] - west) // size, (box[f, 2] - west) // size + 1):
                cell = row * columns + column
                member[at[cell]] = f
                at[cell] += 1
    return start, member
