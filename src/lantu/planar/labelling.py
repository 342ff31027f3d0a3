"""Neighbouring faces, and the patches that cover each face."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel
from lantu.planar.tables import grown, table_size


@kernel
def face_pairs(xs: Any, ys: Any, a: Any, b: Any, left: Any, right: Any, list_start: Any, listed: Any) -> Any:
    """Pairs of faces with a common boundary in this tile: (low, high, length, offsets, patches between them), each pair once.

    ``left``, ``right`` (e,): faces on both sides, -1 the unbounded one. All edges between the same two faces bound the same patches, so the
    first one stands for all.
    """
    table = np.full(table_size(len(a)), -1, np.int32)
    mask = len(table) - 1
    low, high = np.empty(len(a), np.int32), np.empty(len(a), np.int32)
    length, first = np.empty(len(a), np.float64), np.empty(len(a), np.int32)
    n, total = 0, 0
    for e in range(len(a)):
        f, g = min(left[e], right[e]), max(left[e], right[e])
        dx, dy = float(np.int64(xs[b[e]]) - xs[a[e]]), float(np.int64(ys[b[e]]) - ys[a[e]])
        run = np.sqrt(dx * dx + dy * dy)
        key = np.uint64(f) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(g) * np.uint64(0xC2B2AE3D27D4EB4F)
        slot = np.int64(key >> np.uint64(40)) & mask
        while True:
            at = table[slot]
            if at < 0:
                table[slot] = n
                low[n], high[n], length[n], first[n] = f, g, run, e
                total += list_start[e + 1] - list_start[e]
                n += 1
                break
            if low[at] == f and high[at] == g:
                length[at] += run
                break
            slot = (slot + 1) & mask
    out_start, out = np.zeros(n + 1, np.int32), np.empty(total, np.int32)
    k = 0
    for i in range(n):
        for j in range(list_start[first[i]], list_start[first[i] + 1]):
            out[k] = listed[j]
            k += 1
        out_start[i + 1] = k
    return low[:n].copy(), high[:n].copy(), length[:n].copy(), out_start, out


@kernel
def sort_pairs(low: Any, high: Any, length: Any, count: Any) -> Any:
    """Pairs of all tiles sorted and made unique: (low, high, length, row of the first of each); ``low`` may be -1."""
    start = np.zeros(count + 2, np.int64)
    for i in range(len(low)):
        start[low[i] + 2] += 1
    for k in range(count + 1):
        start[k + 1] += start[k]
    at = start[:-1].copy()
    order = np.empty(len(low), np.int32)
    for i in range(len(low)):
        order[at[low[i] + 1]] = i
        at[low[i] + 1] += 1
    out_low, out_high = np.empty(len(low), np.int32), np.empty(len(low), np.int32)
    out_length, row = np.empty(len(low), np.float64), np.empty(len(low), np.int32)
    n = 0
    for bucket in range(count + 1):
        p, q = start[bucket], start[bucket + 1]
        if q - p > 40:
            order[p:q] = order[p:q][np.argsort(high[order[p:q]])]
        else:
            for i in range(p + 1, q):
                e, j = order[i], i - 1
                while j >= p and high[order[j]] > high[e]:
                    order[j + 1] = order[j]
                    j -= 1
                order[j + 1] = e
        for i in range(p, q):
            e = order[i]
            if i > p and high[e] == out_high[n - 1]:
                out_length[n - 1] += length[e]
            else:
                out_low[n], out_high[n], out_length[n], row[n] = low[e], high[e], length[e], e
                n += 1
    return out_low[:n].copy(), out_high[:n].copy(), out_length[:n].copy(), row[:n].copy()


@kernel
def _beside(low: Any, high: Any, count: Any) -> Any:
    """(offsets, pair) of the pairs at each face; the unbounded face is number ``count``."""
    start = np.zeros(count + 2, np.int64)
    for i in range(len(low)):
        start[(low[i] if low[i] >= 0 else count) + 1] += 1
        start[high[i] + 1] += 1
    for k in range(count + 1):
        start[k + 1] += start[k]
    at = start[:-1].copy()
    pair = np.empty(2 * len(low), np.int32)
    for i in range(len(low)):
        f = low[i] if low[i] >= 0 else count
        pair[at[f]] = i
        at[f] += 1
        pair[at[high[i]]] = i
        at[high[i]] += 1
    return start, pair


@kernel
def spread_labels(low: Any, high: Any, row: Any, list_start: Any, listed: Any, first_patch: Any, layer_of: Any, count: Any) -> Any:
    """Walk from the unbounded face, which nothing covers, over all pairs: a boundary crossed takes one in or out of its patches.

    ``list_start``/``listed``: global patches between the faces of ``row[i]``. ``first_patch`` (l,), ``layer_of`` (patches,). Returns labels
    (f, l) as in ``Faces`` but with sets numbered as they came up, their offsets and members (sorted, may repeat), and the number of
    faces reached.
    """
    label = np.full((count + 1, len(first_patch)), -1, np.int32)
    seen = np.zeros(count + 1, np.bool_)
    seen[count] = True
    begin = np.full(1, count, np.int32)
    none = np.zeros(1, np.int64), np.empty(0, np.int32)
    return spread_further(low, high, row, list_start, listed, first_patch, layer_of, label, seen, begin, none[0], none[1])


@kernel
def spread_further(
    low: Any,
    high: Any,
    row: Any,
    list_start: Any,
    listed: Any,
    first_patch: Any,
    layer_of: Any,
    label: Any,
    seen: Any,
    begin: Any,
    old_set_start: Any,
    old_sets: Any,
) -> Any:
    """As ``spread_labels``, from the faces ``begin`` whose ``label`` (f + 1, l) is known to those not yet ``seen`` (f + 1,).

    The last row is the unbounded face. ``old_set_start``, ``old_sets``: offsets and members of the sets that known labels name.
    """
    count, layers = len(label) - 1, len(first_patch)
    start, pair = _beside(low, high, count)
    stack = np.empty(count + 1, np.int32)
    n_sets = len(old_set_start) - 1
    set_start, sets = np.zeros(n_sets + 16, np.int64), np.empty(len(old_sets) + 64, np.int32)
    set_start[: n_sets + 1], sets[: len(old_sets)] = old_set_start, old_sets
    top, reached = len(begin), 0
    stack[:top] = begin
    while top:
        top -= 1
        face = stack[top]
        for k in range(start[face], start[face + 1]):
            i = pair[k]
            low_face = low[i] if low[i] >= 0 else count
            other = high[i] if low_face == face else low_face
            if seen[other]:
                continue
            seen[other] = True
            reached += 1
            stack[top] = other
            top += 1
            for layer in range(layers):
                label[other, layer] = label[face, layer]
            for j in range(list_start[row[i]], list_start[row[i] + 1]):
                layer = layer_of[listed[j]]
                patch = listed[j] - first_patch[layer]
                was = label[other, layer]
                if was == -1:
                    label[other, layer] = patch
                elif was == patch:
                    label[other, layer] = -1
                else:
                    since, end = (set_start[-2 - was], set_start[-1 - was]) if was < -1 else (np.int64(0), np.int64(1))
                    while set_start[n_sets] + end - since + 1 > len(sets):
                        sets = grown(sets, set_start[n_sets])
                    if n_sets + 2 > len(set_start):
                        set_start = grown(set_start, n_sets + 1)
                    at = set_start[n_sets]
                    placed = False
                    for m in range(since, end):
                        item = sets[m] if was < -1 else was
                        if not placed and item >= patch:
                            placed = True
                            if item == patch:
                                continue
                            sets[at] = patch
                            at += 1
                        sets[at] = item
                        at += 1
                    if not placed:
                        sets[at] = patch
                        at += 1
                    if at - set_start[n_sets] == 1:
                        label[other, layer] = sets[set_start[n_sets]]
                    else:
                        label[other, layer] = -2 - n_sets
                        n_sets += 1
                        set_start[n_sets] = at
    return label[:count], set_start[: n_sets + 1].copy(), sets[: set_start[n_sets]].copy(), reached


def canonical_sets(label: Any, set_start: Any, sets: Any) -> Any:
    """(labels, label sets): the sets sorted, each once, and only those that a face has. Changes ``label`` (C-contiguous) in place."""
    if len(set_start) == 1:
        return label, ()
    flat = label.reshape(-1)
    several = np.flatnonzero(flat < -1)
    named = -2 - flat[several]
    used = np.unique(named)
    members = {int(number): tuple(sets[set_start[number] : set_start[number + 1]].tolist()) for number in used}
    label_sets = tuple(sorted(set(members.values())))
    place = {labels: index for index, labels in enumerate(label_sets)}
    renumber = np.full(len(set_start), -1, np.int32)
    for number, labels in members.items():
        renumber[number] = -2 - place[labels]
    flat[several] = renumber[named]
    return label, label_sets
