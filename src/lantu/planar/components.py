"""Connected parts of faces with a common key."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lantu.planar.jit import kernel
from lantu.planar.model import Faces, IntArray


def components(faces: Faces, key: ArrayLike) -> IntArray:
    """Number the connected parts of faces that have the same ``key``.

    ``key`` (f,) integers; a negative key takes part in nothing. Faces are connected by a common edge, not by a single point. Returns (f,)
    int64: -1 for negative keys, else the number of the part; parts are numbered by their smallest face.
    """
    keys = np.ascontiguousarray(key, dtype=np.int64)
    if keys.shape != (len(faces),):
        raise ValueError(f"{keys.shape} keys for {len(faces)} faces")
    result: IntArray = _components(keys, faces.neighbour)
    return result


def group(*columns: ArrayLike) -> IntArray:
    """One integer key out of several columns: equal rows get equal numbers, in the order of the sorted rows."""
    stacked = np.column_stack([np.asarray(column) for column in columns])
    return np.unique(stacked, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


@kernel
def root_of(parent: Any, i: Any) -> Any:
    """The root of the tree that ``i`` belongs to (union-find); halves the way there for the next call."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _components(key: Any, neighbour: Any) -> Any:
    count = len(key)
    parent = np.arange(count)
    for row in range(len(neighbour)):
        a, b = neighbour[row, 0], neighbour[row, 1]
        if key[a] >= 0 and key[a] == key[b]:
            low, high = root_of(parent, a), root_of(parent, b)
            # the smaller face is always the root, so parts come out numbered by it
            if low < high:
                parent[high] = low
            elif high < low:
                parent[low] = high
    number = np.full(count, -1, np.int64)
    parts = 0
    for face in range(count):
        if key[face] < 0:
            continue
        root = root_of(parent, face)
        if root == face:
            number[face] = parts
            parts += 1
        else:
            number[face] = number[root]
    return number
