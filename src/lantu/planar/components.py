"""Connected parts of faces with a common key."""

from __future__ import annotations

import os
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lantu.planar.jit import kernel
from lantu.planar.model import Faces, IntArray, LabelArray


def components(faces: Faces, key: ArrayLike) -> IntArray:
    """Number the connected parts of faces that have the same ``key``.

    ``key`` (f,) integers; a negative key takes part in nothing. Faces are connected by a common edge, not by a single point. Returns (f,)
    int64: -1 for negative keys, else the number of the part; parts are numbered by their smallest face.
    """
    return part_of(faces, key).astype(np.int64)


def part_of(faces: Faces, key: ArrayLike, threads: int | None = None) -> LabelArray:
    """As ``components``, in int32."""
    keys = np.ascontiguousarray(key, dtype=np.int64)
    if keys.shape != (len(faces),):
        raise ValueError(f"{keys.shape} keys for {len(faces)} faces")
    workers = threads or len(os.sched_getaffinity(0))
    parent, number = np.empty(len(keys), np.int32), np.empty(len(keys), np.int32)
    # neighbours are close by their numbers too: few of them lie in different shares
    cuts = np.linspace(0, len(keys), workers + 1).astype(int).tolist()
    rows = [bisect_left(range(len(faces.neighbour)), cut, key=lambda row: faces.neighbour[row, 0]) for cut in cuts]
    with ThreadPoolExecutor(workers) as pool:
        apart = list(pool.map(lambda *share: _join(keys, faces.neighbour, parent, *share), cuts, cuts[1:], rows, rows[1:]))
        for left in apart:
            _join_apart(faces.neighbour, parent, left)
        roots = np.cumsum([0, *pool.map(lambda a, b: _count_roots(keys, parent, a, b), cuts, cuts[1:])]).tolist()
        list(pool.map(lambda a, b, first: _number_roots(keys, parent, a, b, first, number), cuts, cuts[1:], roots))
        list(pool.map(lambda a, b: _number(keys, parent, a, b, number), cuts, cuts[1:]))
    return number


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
def _unite(parent: Any, a: Any, b: Any) -> None:
    """The smaller face is always the root, so parts come out numbered by it."""
    low, high = root_of(parent, a), root_of(parent, b)
    if low < high:
        parent[high] = low
    elif high < low:
        parent[low] = high


@kernel
def _join(key: Any, neighbour: Any, parent: Any, first: Any, stop: Any, row: Any, last: Any) -> Any:
    """Unite the faces ``first:stop`` among themselves by the rows ``row:last``; the rows that lead to other faces."""
    for f in range(first, stop):
        parent[f] = f
    apart, n = np.empty(16, np.int64), 0
    for k in range(row, last):
        a, b = neighbour[k, 0], neighbour[k, 1]
        if key[a] < 0 or key[a] != key[b]:
            continue
        if b < stop:
            _unite(parent, a, b)
            continue
        if n == len(apart):
            more = np.empty(2 * n, np.int64)
            more[:n] = apart
            apart = more
        apart[n] = k
        n += 1
    return apart[:n]


@kernel
def _join_apart(neighbour: Any, parent: Any, rows: Any) -> None:
    for k in rows:
        _unite(parent, neighbour[k, 0], neighbour[k, 1])


@kernel
def _count_roots(key: Any, parent: Any, first: Any, stop: Any) -> Any:
    roots = 0
    for f in range(first, stop):
        roots += key[f] >= 0 and parent[f] == f
    return roots


@kernel
def _number_roots(key: Any, parent: Any, first: Any, stop: Any, n: Any, number: Any) -> None:
    for f in range(first, stop):
        number[f] = -1
        if key[f] >= 0 and parent[f] == f:
            number[f] = n
            n += 1


@kernel
def _number(key: Any, parent: Any, first: Any, stop: Any, number: Any) -> None:
    """What is no root gets the number of its root; roots have theirs, and nobody changes them meanwhile."""
    for f in range(first, stop):
        if key[f] >= 0 and parent[f] != f:
            root = parent[f]
            while parent[root] != root:
                root = parent[root]
            number[f] = number[root]
