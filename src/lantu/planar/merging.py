"""Equal edges merged: what remains is an edge with the patches that it bounds an odd number of times, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel


@kernel
def odd_members(group: Any, member: Any, source: Any, list_start: Any, listed: Any) -> Any:
    """Patches drawn an odd number of times in each group of equal edges.

    Group g is the edges ``member[group[g]:group[g + 1]]``; edge e comes from ``source[e]`` whose boundary patches are
    ``listed[list_start[source]:list_start[source + 1]]``. Returns offsets (g + 1,) and sorted patches; an empty list is an edge that
    bounds nothing.
    """
    total, longest = 0, 0
    for g in range(len(group) - 1):
        here = 0
        for i in range(group[g], group[g + 1]):
            s = source[member[i]]
            here += list_start[s + 1] - list_start[s]
        total += here
        longest = max(longest, here)
    out_start, out = np.zeros(len(group), np.int32), np.empty(total, np.int32)
    scratch = np.empty(longest, np.int32)
    k = 0
    for g in range(len(group) - 1):
        n = 0
        for i in range(group[g], group[g + 1]):
            s = source[member[i]]
            for j in range(list_start[s], list_start[s + 1]):
                scratch[n] = listed[j]
                n += 1
        _sort(scratch, n)
        i = 0
        while i < n:
            j = i
            while j < n and scratch[j] == scratch[i]:
                j += 1
            if (j - i) % 2:
                out[k] = scratch[i]
                k += 1
            i = j
        out_start[g + 1] = k
    return out_start, out[:k].copy()


@kernel
def _sort(values: Any, n: Any) -> None:
    if n > 40:
        values[:n] = np.sort(values[:n])
        return
    for i in range(1, n):
        value, j = values[i], i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


@kernel
def grouped(first_start: Any, order: Any, second: Any) -> Any:
    """Split the buckets of a counting sort by the second key: sorts ``order`` in place, returns the offsets of groups of equal keys."""
    offsets, n = np.zeros(len(order) + 1, np.int32), 0
    for bucket in range(len(first_start) - 1):
        a, b = first_start[bucket], first_start[bucket + 1]
        if b - a > 40:
            order[a:b] = order[a:b][np.argsort(second[order[a:b]])]
        else:
            for i in range(a + 1, b):
                e, j = order[i], i - 1
                while j >= a and second[order[j]] > second[e]:
                    order[j + 1] = order[j]
                    j -= 1
                order[j + 1] = e
        for i in range(a, b):
            if i == a or second[order[i]] != second[order[i - 1]]:
                offsets[n] = i
                n += 1
    offsets[n] = len(order)
    return offsets[: n + 1].copy()


@kernel
def lists_of(which: Any, who: Any, count: Any) -> Any:
    """(offsets, patches): the patches ``who`` of the given segments by the distinct segment ``which`` they are."""
    start = np.zeros(count + 1, np.int32)
    for i in range(len(which)):
        start[which[i] + 1] += 1
    for k in range(count):
        start[k + 1] += start[k]
    at = start[:-1].copy()
    listed = np.empty(len(which), np.int32)
    for i in range(len(which)):
        listed[at[which[i]]] = who[i]
        at[which[i]] += 1
    return start, listed


@kernel
def take_lists(chosen: Any, start: Any, listed: Any) -> Any:
    """(offsets, values) of the chosen lists."""
    out_start = np.zeros(len(chosen) + 1, np.int32)
    for i in range(len(chosen)):
        out_start[i + 1] = out_start[i] + start[chosen[i] + 1] - start[chosen[i]]
    out = np.empty(out_start[-1], np.int32)
    for i in range(len(chosen)):
        out[out_start[i] : out_start[i + 1]] = listed[start[chosen[i]] : start[chosen[i] + 1]]
    return out_start, out
