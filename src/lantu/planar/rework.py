"""Edges in one cluster of marked cells made again: what ``tiles`` does for a tile, where only the part within the marks is whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lantu.planar.clusters import cluster_at
from lantu.planar.graph import links, merged_edges, walk_cycles
from lantu.planar.jit import kernel
from lantu.planar.kept import WALKED
from lantu.planar.marks import CHANGED, SEEN, spans
from lantu.planar.merging import lists_of, take_lists
from lantu.planar.noding import cells_of_nodes, cells_of_segments, crossings, hot_pixels, meetings, order_meetings, unique_segments
from lantu.planar.tables import grown, point_slot, table_size


class Made(NamedTuple):
    """What a change made of a cluster. ``missing`` (m, 4) not empty: nothing else counts, see ``_known_edges``.

    ``xs``, ``ys`` nodes; ``a``, ``b`` (e,) those of the edges that run through a changed cell; ``patch_start``, ``patch`` what each bounds.
    """

    missing: Any
    xs: Any
    ys: Any
    a: Any
    b: Any
    patch_start: Any
    patch: Any


class Graph(NamedTuple):
    """Everything around the faces made again: edges that a change made, then those that stay (``kept.Kept``).

    ``xs``, ``ys`` nodes; ``a``, ``b`` (e,) those of the edges; ``member`` (2e,): cycle of each half-edge, ``kept.STAYS`` for those of faces
    that stay. The rest as in ``graph.walk_cycles``.
    """

    xs: Any
    ys: Any
    a: Any
    b: Any
    member: Any
    x: Any
    y: Any
    tag: Any
    rings: Any
    cycles: Any


@kernel
def _changed(c: Any, r: Any, mark: Any, slot: Any, of: Any, cluster: Any, across: Any) -> Any:
    """Whether a cell is a changed one of the cluster."""
    return mark[r * across + c] in (CHANGED, SEEN) and cluster_at(slot, of, c, r, across) == cluster


@kernel
def _touches(ax: Any, ay: Any, bx: Any, by: Any, mark: Any, slot: Any, of: Any, cluster: Any, frame: Any, out: Any) -> Any:
    """Whether the line runs through a changed cell of the cluster."""
    x0, y0, x1, y1 = (np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by))
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    c, r = (x0 - frame[2]) >> frame[4], (y0 - frame[3]) >> frame[4]
    if (x1 - frame[2]) >> frame[4] == c and (y1 - frame[3]) >> frame[4] == r:
        return _changed(c, r, mark, slot, of, cluster, frame[5])
    for k in range(spans(x0, y0, x1, y1, frame, 0, out)):
        for r in range(out[k, 1], out[k, 2] + 1):
            if _changed(out[k, 0], r, mark, slot, of, cluster, frame[5]):
                return True
    return False


@kernel
def _covered(ax: Any, ay: Any, bx: Any, by: Any, slot: Any, of: Any, cluster: Any, frame: Any, out: Any) -> Any:
    """Whether all cells within two pixels of the line belong to the cluster, so that no hot pixel on it can be unknown."""
    x0, y0, x1, y1 = (np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by))
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    for k in range(spans(x0, y0, x1, y1, frame, 2, out)):
        for r in range(out[k, 1], out[k, 2] + 1):
            if cluster_at(slot, of, out[k, 0], r, frame[5]) != cluster:
                return False
    return True


@kernel
def _known_edges(
    rows: Any, low: Any, high: Any, start: Any, nodes: Any, xs: Any, ys: Any, mark: Any, slot: Any, of_cell: Any, cluster: Any, frame: Any
) -> Any:
    """(from, to, segment, missing (m, 4)): edges between following nodes that lie within the marks.

    ``missing``: stretches in grid units through a changed cell that leave the marks, so that these must grow.
    """
    most = len(nodes) + 2 * len(rows)
    a, b, of, n = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32), 0
    missing, m = np.empty((8, 4), np.int64), 0
    out = np.empty((frame[5] + 1, 3), np.int64)
    for s in range(len(rows)):
        if rows[s, 0] == rows[s, 2] and rows[s, 1] == rows[s, 3]:
            continue
        here, px, py = low[s], rows[s, 0], rows[s, 1]
        for i in range(start[s], start[s + 1] + 1):
            there = nodes[i] if i < start[s + 1] else high[s]
            qx, qy = (xs[there], ys[there]) if there >= 0 else (rows[s, 2], rows[s, 3])
            if here >= 0 and there >= 0 and _covered(px, py, qx, qy, slot, of_cell, cluster, frame, out):
                a[n], b[n], of[n] = here, there, s
                n += 1
            elif _touches(px, py, qx, qy, mark, slot, of_cell, cluster, frame, out):
                if m == len(missing):
                    missing = grown(missing, m)
                missing[m, 0], missing[m, 1] = min(px, qx) + frame[0], (py if px <= qx else qy) + frame[1]
                missing[m, 2], missing[m, 3] = max(px, qx) + frame[0], (qy if px <= qx else py) + frame[1]
                m += 1
            here, px, py = there, qx, qy
    return a[:n].copy(), b[:n].copy(), of[:n].copy(), missing[:m].copy()


@kernel
def rework(segs: Any, who: Any, box: Any, mark: Any, slot: Any, of_cell: Any, cluster: Any, frame: Any) -> Any:
    """The columns of ``Made`` for one cluster.

    ``segs`` (n, 4), ``who`` (n,): segments that reach the cluster and their patches; ``box``: its cells, of which ``cluster_at`` by
    ``slot`` and ``of_cell`` says ``cluster`` (one more than its number: 0 is no cluster).
    """
    shift = frame[4]
    unique, which = unique_segments(segs, len(segs))
    list_start, listed = lists_of(which, who, len(unique))
    west, south = frame[2] + (box[0] << shift), frame[3] + (box[1] << shift)
    east, north = frame[2] + ((box[2] + 1) << shift) - 1, frame[3] + ((box[3] + 1) << shift) - 1
    rect = (west, south, east, north)
    # as fine as the marks, but never many more cells than segments
    across, up = ((east - west) >> shift) + 1, ((north - south) >> shift) + 1
    while across * up > 8 * len(unique) + 64:
        shift += 1
        across, up = ((east - west) >> shift) + 1, ((north - south) >> shift) + 1
    start, inside = cells_of_segments(unique, west, south, shift, across, up)
    crossed = crossings(unique, start, inside, west, south, shift, across)
    xs, ys, low, high = hot_pixels(unique, crossed, rect)
    node_start, node = cells_of_nodes(xs, ys, west, south, shift, across, up)
    seg, hit = meetings(unique, start, inside, node_start, node, xs, ys)
    along, nodes = order_meetings(unique, seg, hit, xs, ys)
    a, b, of, missing = _known_edges(unique, low, high, along, nodes, xs, ys, mark, slot, of_cell, cluster, frame)
    none, no_list = np.empty((0, 4), np.int32), np.empty(0, np.int32)
    a, b, edge_start, edge_patch = merged_edges(xs, ys, a, b, of, list_start, listed, none, np.zeros(1, np.int32), no_list)
    out = np.empty((frame[5] + 1, 3), np.int64)
    kept, n = np.empty(len(a), np.int32), 0
    for e in range(len(a)):
        if _touches(xs[a[e]], ys[a[e]], xs[b[e]], ys[b[e]], mark, slot, of_cell, cluster, frame, out):
            kept[n] = e
            n += 1
    kept = kept[:n]
    edge_start, edge_patch = take_lists(kept, edge_start, edge_patch)
    return missing, xs, ys, a[kept], b[kept], edge_start, edge_patch


@kernel
def joined(xs: Any, ys: Any, a: Any, b: Any, edge: Any, kept_member: Any) -> Any:
    """The columns of ``Graph``: edges ``a``, ``b`` between nodes ``xs``, ``ys``, which may repeat, and those of ``Kept``."""
    count, most = len(a), min(len(xs), 2 * len(a)) + 2 * len(edge)
    table, place = np.full(table_size(most), -1, np.int32), np.full(len(xs), -1, np.int32)
    node_x, node_y, n = np.empty(most, np.int32), np.empty(most, np.int32), 0
    ends = np.empty((2, count + len(edge)), np.int32)
    for e in range(count + len(edge)):
        for end in range(2):
            if e < count:
                given = a[e] if end == 0 else b[e]
                if place[given] >= 0:
                    ends[end, e] = place[given]
                    continue
                x, y = xs[given], ys[given]
            else:
                given = -1
                x, y = edge[e - count, 2 * end], edge[e - count, 2 * end + 1]
                # mostly rings go on
                if end == 0 and e > count and edge[e - count - 1, 2] == x and edge[e - count - 1, 3] == y:
                    ends[end, e] = ends[1, e - 1]
                    continue
            slot = point_slot(table, node_x, node_y, x, y)
            if table[slot] < 0:
                table[slot] = n
                node_x[n], node_y[n] = x, y
                n += 1
            ends[end, e] = table[slot]
            if given >= 0:
                place[given] = table[slot]
    node_x, node_y = node_x[:n].copy(), node_y[:n].copy()
    member = np.full(2 * (count + len(edge)), WALKED, np.int32)
    member[2 * count :] = kept_member
    origin, after = links(node_x, node_y, ends[0], ends[1], np.empty((0, 4), np.int32))
    x, y, tag, rings, cycles = walk_cycles(node_x, node_y, len(member), origin, after, member)
    return node_x, node_y, ends[0], ends[1], member, x, y, tag, rings, cycles
