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
    goes, comes = np.ones(len(old), np.bool_), np.ones(len(new), np.bool_)
    goes[:common] = comes[:common] = ~equal
    gone, come = np.flatnonzero(goes), np.flatnonzero(comes)
    if len(gone) and len(come):
        moved = _moved(old, gone, new, come)
        renumber[moved[:, 0]] = moved[:, 1]
        goes[moved[:, 0]] = comes[moved[:, 1]] = False
    renumber[goes] = -1
    redrawn = np.flatnonzero(goes[:common] & comes[:common])
    renumber[redrawn] = redrawn
    come = np.flatnonzero(comes)
    before = np.full(len(new), -1, np.int64)
    before[redrawn] = redrawn
    goes[redrawn] = False
    lost = np.flatnonzero(goes)
    # a stretch of a redrawn patch that stayed cancels out
    was, now = np.concatenate([before[come], lost]), np.concatenate([come, np.full(len(lost), -1, np.int64)])
    columns = (old.xy, old.ring_start, old.patch_start, was, new.xy, new.ring_start, new.patch_start, now)
    segment, patch, odd = _unbalanced(*columns)
    return Change(renumber, segment, patch, odd, len(was))


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
def _unbalanced(xy: Any, ring: Any, patch: Any, was: Any, other_xy: Any, other_ring: Any, other_patch: Any, now: Any) -> Any:
    """(segments (n, 4), patches, odd) as in ``Change``: those of patches ``was`` and of what each became, ``now`` (-1: nothing)."""
    most, total = 0, 0
    for g in range(len(was)):
        here = 0
        if was[g] >= 0:
            here += ring[patch[was[g] + 1]] - ring[patch[was[g]]]
        if now[g] >= 0:
            here += other_ring[other_patch[now[g] + 1]] - other_ring[other_patch[now[g]]]
        most, total = max(most, here), total + here
    rows, who, odd, n = np.empty((total, 4), np.int64), np.empty(total, np.int64), np.empty(total, np.bool_), 0
    drawn, balance, table = np.empty((most, 4), np.int64), np.empty(most, np.int32), np.full(table_size(most), -1, np.int64)
    for g in range(len(was)):
        m = 0
        if was[g] >= 0:
            m = _count(xy, ring, patch, was[g], 1, g, table, drawn, balance, m)
        if now[g] >= 0:
            m = _count(other_xy, other_ring, other_patch, now[g], -1, g, table, drawn, balance, m)
        for i in range(m):
            if balance[i]:
                for c in range(4):
                    rows[n, c] = drawn[i, c]
                who[n], odd[n] = now[g] if now[g] >= 0 else -1 - was[g], balance[i] % 2 != 0
                n += 1
    return rows[:n].copy(), who[:n].copy(), odd[:n].copy()


@kernel
def _count(xy: Any, ring: Any, patch: Any, p: Any, step: Any, stamp: Any, table: Any, drawn: Any, balance: Any, m: Any) -> Any:
    """Add ``step`` for each segment of a patch, smaller end first: to ``balance`` (m,) of the ``drawn`` (m, 4), which grow; how many then.

    Slots of ``table`` hold 2^32 times the stamp and a number, so that nobody has to empty it.
    """
    mask = len(table) - 1
    for r in range(patch[p], patch[p + 1]):
        last = ring[r + 1] - 1
        if last < ring[r]:
            continue
        px, py = xy[last, 0], xy[last, 1]
        for v in range(ring[r], ring[r + 1]):
            qx, qy = xy[v, 0], xy[v, 1]
            ax, ay, bx, by = (qx, qy, px, py) if px > qx or (px == qx and py > qy) else (px, py, qx, qy)
            px, py = qx, qy
            key = np.uint64(0x9E3779B97F4A7C15)
            for value in (ax, ay, bx, by):
                key = (key ^ np.uint64(value)) * np.uint64(0xD6E8FEB86659FD93)
                key ^= key >> np.uint64(32)
            slot = np.int64(key >> np.uint64(8)) & mask
            while table[slot] >> 32 == stamp:
                at = table[slot] & 0xFFFFFFFF
                if drawn[at, 0] == ax and drawn[at, 1] == ay and drawn[at, 2] == bx and drawn[at, 3] == by:
                    break
                slot = (slot + 1) & mask
            if table[slot] >> 32 != stamp:
                table[slot] = np.int64(stamp) << 32 | m
                drawn[m, 0], drawn[m, 1], drawn[m, 2], drawn[m, 3] = ax, ay, bx, by
                balance[m] = 0
                m += 1
            balance[table[slot] & 0xFFFFFFFF] += step
    return m


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
def _spread(key: Any) -> Any:
    """Every bit of the result depends on every bit of the key (the last step of splitmix64)."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


@kernel
def altered(points: Any, segment: Any, patch: Any, layer: Any, odd: Any) -> Any:
    """(p,) whether a point, off all segments, lies in other patches afterwards.

    Then a ray to the west crosses the changed segments of some patch of a layer an odd number of times. Points are looked up by strips.
    """
    # what is crossed twice cancels out: of nothing and of any other set of patches the mixed numbers differ
    crossed = np.zeros(len(points), np.uint64)
    order = np.argsort(points[:, 1])
    x, y = points[order, 0], points[order, 1]
    if len(points) == 0 or len(segment) == 0:
        return crossed != np.uint64(0)
    south, shift = y[0], 0
    while (y[-1] - south) >> shift >= 4096:
        shift += 1
    # the first point of each strip or of one farther north
    first, k = np.empty(((y[-1] - south) >> shift) + 1, np.int64), 0
    for r in range(len(first)):
        while (y[k] - south) >> shift < r:
            k += 1
        first[r] = k
    for i in range(len(segment)):
        x0, y0, x1, y1 = segment[i, 0], segment[i, 1], segment[i, 2], segment[i, 3]
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        if not odd[i] or y1 <= south or y0 > y[-1]:
            continue
        k = first[max(y0 - south, 0) >> shift]
        while k < len(y) and y[k] < y0:
            k += 1
        while k < len(y) and y[k] < y1:
            if (x1 - x0) * (y[k] - y0) - (y1 - y0) * (x[k] - x0) < 0:
                crossed[order[k]] ^= _spread(mixed(patch[i], layer[i]))
            k += 1
    return crossed != np.uint64(0)
