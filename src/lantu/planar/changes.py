"""What differs between two states of the same layers: patches that stayed as they were, segments that came or went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.facts import names_of
from lantu.planar.jit import kernel
from lantu.planar.model import IntArray, LabelArray, RingLayer
from lantu.planar.store import column_file
from lantu.planar.tables import mixed, table_size

Each = Callable[[Callable[[int, int], Any], int], list[Any]]
"""Calls ``work(first, stop)`` over all of ``range(count)``, perhaps in threads."""


def at_once(work: Callable[[int, int], Any], count: int) -> list[Any]:
    """An ``Each`` without threads."""
    return [work(0, count)]


@dataclass(frozen=True, slots=True)
class Change:
    """One layer's change.

    ``renumber`` (p before,) int32: the number that each patch has afterwards, -1 if it is gone. ``segment`` (s, 4) int64: segments that are
    not drawn as often afterwards as before, smaller end first; ``patch`` (s,) their patches (afterwards, or -1 - the one that is gone);
    ``odd`` (s,) whether they are drawn once more or less, or by another odd number. ``patches``: how many came, went or were redrawn.
    """

    renumber: LabelArray
    segment: IntArray
    patch: IntArray
    odd: NDArray[np.bool_]
    patches: int

    @property
    def renumbers(self) -> bool:
        """Whether a patch that stays gets another number."""
        kept = np.flatnonzero(self.renumber >= 0)
        return bool((self.renumber[kept] != kept).any())


def changes(before: Sequence[RingLayer], after: Sequence[RingLayer], each: Each = at_once) -> list[Change]:
    """Compare layer by layer. Patches with the same rings are the same patch wherever they stand; of the others, those with the same number
    are taken as redrawn. ``each`` spreads the reading over threads."""
    if len(before) != len(after):
        raise ValueError(f"{len(before)} layers before, {len(after)} after")
    return [_compare(old, new, each) for old, new in zip(before, after, strict=True)]


def _compare(old: RingLayer, new: RingLayer, each: Each) -> Change:
    renumber = np.arange(len(old), dtype=np.int32)
    if _same_memory(old, new) or _same_files(old, new):
        return Change(renumber, np.empty((0, 4), np.int64), np.empty(0, np.int64), np.empty(0, np.bool_), 0)
    common = min(len(old), len(new))
    equal = _equal_numbers(old, new, common, each)
    gone = np.concatenate([np.flatnonzero(~equal), np.arange(common, len(old))])
    come = np.concatenate([np.flatnonzero(~equal), np.arange(common, len(new))])
    if len(gone) and len(come):
        moved = _moved(old, gone, new, come)
        renumber[moved[:, 0]] = moved[:, 1]
        gone, come = np.setdiff1d(gone, moved[:, 0]), np.setdiff1d(come, moved[:, 1])
    redrawn = np.intersect1d(gone, come)
    renumber[gone] = -1
    renumber[redrawn] = redrawn
    # what went carries its new number, so that a stretch of a redrawn patch that stayed cancels out
    rows, who = _segments(old.xy, old.ring_start, old.patch_start, gone)
    more, whose = _segments(new.xy, new.ring_start, new.patch_start, come)
    number = np.where(renumber[who] >= 0, renumber[who], -1 - who)
    rows, number = np.concatenate([rows, more]), np.concatenate([number, whose])
    balance = _balance(rows, number, len(who))
    left = np.flatnonzero(balance)
    return Change(renumber, rows[left], number[left], balance[left] % 2 != 0, len(gone) + len(come) - len(redrawn))


def _equal_numbers(old: RingLayer, new: RingLayer, common: int, each: Each) -> NDArray[np.bool_]:
    """(common,) whether patches with the same number have the same rings: by the names that stores keep of them, else by reading both."""
    if old.facts is not None and new.facts is not None:
        a, b = old.facts.name[:common], new.facts.name[:common]
        same: NDArray[np.bool_] = (a[:, 0] == b[:, 0]) & (a[:, 1] == b[:, 1])
        return same
    columns = (old.xy, old.ring_start, old.patch_start, new.xy, new.ring_start, new.patch_start)
    equal = np.empty(common, np.bool_)
    each(lambda first, stop: _equal_patches(*columns, first, stop, equal), common)
    return equal


def _same_memory(old: RingLayer, new: RingLayer) -> bool:
    columns = ((old.xy, new.xy), (old.ring_start, new.ring_start), (old.patch_start, new.patch_start))
    return all(a.shape == b.shape and a.__array_interface__["data"][0] == b.__array_interface__["data"][0] for a, b in columns)


def _same_files(old: RingLayer, new: RingLayer) -> bool:
    """Whether both are mapped from the same folder of a store, which nobody writes twice."""
    pairs = ((old.xy, new.xy), (old.ring_start, new.ring_start), (old.patch_start, new.patch_start))
    files = [(column_file(a), column_file(b)) for a, b in pairs]
    return all(a is not None and a == b for a, b in files)


def _moved(old: RingLayer, gone: IntArray, new: RingLayer, come: IntArray) -> IntArray:
    """(k, 2) pairs of patches with the same rings among those given, each once: those with the same name."""
    a, b = names_of(old, gone), names_of(new, come)
    _, which = np.unique(np.concatenate([a[:, 0], b[:, 0]]), return_inverse=True)
    # the first of several equal ones goes with the first there, the second with the second
    first, second = _counted(which[: len(a)]), _counted(which[len(a) :])
    _, i, j = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    same = a[i, 1] == b[j, 1]
    return np.column_stack([gone[i[same]], come[j[same]]])


def _counted(which: IntArray) -> IntArray:
    """Each number with how often it came before: all different."""
    order = np.argsort(which, kind="stable")
    first = np.flatnonzero(np.diff(which[order], prepend=-1))
    before = np.arange(len(which)) - np.repeat(first, np.diff(first, append=len(which)))
    result = np.empty(len(which), np.int64)
    result[order] = which[order].astype(np.int64) << 32 | before
    return result


@kernel
def _segments(xy: Any, ring: Any, patch: Any, chosen: Any) -> Any:
    """((s, 4), (s,)) all segments of the chosen patches, smaller end first, with those without length, and their patches."""
    count = 0
    for p in chosen:
        count += ring[patch[p + 1]] - ring[patch[p]]
    rows, who, n = np.empty((count, 4), np.int64), np.empty(count, np.int64), 0
    for p in chosen:
        for r in range(patch[p], patch[p + 1]):
            for v in range(ring[r], ring[r + 1]):
                w = v + 1 if v + 1 < ring[r + 1] else ring[r]
                if xy[v, 0] > xy[w, 0] or (xy[v, 0] == xy[w, 0] and xy[v, 1] > xy[w, 1]):
                    first, last = w, v
                else:
                    first, last = v, w
                rows[n, 0], rows[n, 1], rows[n, 2], rows[n, 3] = xy[first, 0], xy[first, 1], xy[last, 0], xy[last, 1]
                who[n] = p
                n += 1
    return rows, who


@kernel
def _equal_patches(
    xy: Any, ring: Any, patch: Any, other_xy: Any, other_ring: Any, other_patch: Any, first: Any, stop: Any, equal: Any
) -> None:
    """Whether patches ``first:stop`` have the same rings on both sides, into ``equal``."""
    for p in range(first, stop):
        a, b = patch[p], other_patch[p]
        count = patch[p + 1] - a
        u, v = ring[a], other_ring[b]
        same = other_patch[p + 1] - b == count
        for k in range(count if same else 0):
            if ring[a + k + 1] - u != other_ring[b + k + 1] - v:
                same = False
        if same:
            # without a way out in the middle the compiler compares many at once
            apart = np.int64(0)
            for k in range(ring[patch[p + 1]] - u):
                apart |= (xy[u + k, 0] ^ other_xy[v + k, 0]) | (xy[u + k, 1] ^ other_xy[v + k, 1])
            same = apart == 0
        equal[p] = same


@kernel
def _balance(rows: Any, who: Any, olds: Any) -> Any:
    """(n,) at the first of equal rows with equal ``who``: how often they occur before (the first ``olds`` rows) less after; else 0."""
    table = np.full(table_size(len(rows)), -1, np.int64)
    mask = len(table) - 1
    balance = np.zeros(len(rows), np.int32)
    for i in range(len(rows)):
        key = np.uint64(who[i]) * np.uint64(0x9E3779B97F4A7C15)
        for c in range(4):
            key = (key ^ np.uint64(rows[i, c])) * np.uint64(0xD6E8FEB86659FD93)
            key ^= key >> np.uint64(32)
        slot = np.int64(key >> np.uint64(8)) & mask
        while table[slot] >= 0:
            at = table[slot]
            ends = rows[at, 0] == rows[i, 0] and rows[at, 1] == rows[i, 1] and rows[at, 2] == rows[i, 2] and rows[at, 3] == rows[i, 3]
            if ends and who[at] == who[i]:
                break
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = i
        balance[table[slot]] += 1 if i < olds else -1
    return balance


@kernel
def _spread(key: Any) -> Any:
    """Every bit of the result depends on every bit of the key (the last step of splitmix64)."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


@kernel
def altered(points: Any, segment: Any, patch: Any, layer: Any, odd: Any) -> Any:
    """(p,) whether a point, off all segments, lies in other patches afterwards.

    Then a ray to the west crosses the changed segments of some patch of a layer an odd number of times. Segments are looked up by strips.
    """
    result = np.zeros(len(points), np.bool_)
    if len(segment) == 0:
        return result
    south, north = min(segment[:, 1].min(), segment[:, 3].min()), max(segment[:, 1].max(), segment[:, 3].max())
    strips = min(4096, len(segment))
    size = (north - south) // strips + 1
    start = np.zeros(strips + 1, np.int64)
    inside = np.empty(0, np.int64)
    at = start
    for fill in range(2):
        if fill:
            for r in range(strips):
                start[r + 1] += start[r]
            at = start[:-1].copy()
            inside = np.empty(start[-1], np.int64)
        for i in range(len(segment)):
            y0, y1 = min(segment[i, 1], segment[i, 3]), max(segment[i, 1], segment[i, 3])
            if odd[i] and y0 < y1:
                for r in range((y0 - south) // size, (y1 - south) // size + 1):
                    if fill:
                        inside[at[r]] = i
                        at[r] += 1
                    else:
                        start[r + 1] += 1
    for p in range(len(points)):
        x, y = points[p, 0], points[p, 1]
        if y < south or y > north:
            continue
        r = (y - south) // size
        # what is crossed twice cancels out: of nothing and of any other set of patches the mixed numbers differ
        crossed = np.uint64(0)
        for k in range(start[r], start[r + 1]):
            i = inside[k]
            x0, y0, x1, y1 = segment[i, 0], segment[i, 1], segment[i, 2], segment[i, 3]
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            if y0 <= y < y1 and (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) < 0:
                crossed ^= _spread(mixed(patch[i], layer[i]))
        result[p] = crossed != np.uint64(0)
    return result
