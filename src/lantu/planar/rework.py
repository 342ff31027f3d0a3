"""The graph of one cluster of marked cells made again: what ``tiles`` does for a tile, where only the part within the marks is whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lantu.planar.graph import links, merged_edges, walk_cycles
from lantu.planar.jit import kernel
from lantu.planar.marks import CHANGED, SEEN, spans
from lantu.planar.merging import lists_of, take_lists
from lantu.planar.noding import cells_of_nodes, cells_of_segments, crossings, hot_pixels, meetings, order_meetings, unique_segments
from lantu.planar.tables import grown, segment_slot, table_size


class Made(NamedTuple):
    """The graph of a cluster. ``missing`` (m, 4) not empty: nothing else counts, see ``_known_edges``.

    ``xs``, ``ys`` nodes; ``a``, ``b`` (E,) the nodes of edges; ``patch_start``, ``patch`` what each edge bounds. ``member`` (2E,): cycle of
    each half-edge, -3 for those of faces that stay, whose row is in ``other`` (2E,) (-1: the unbounded face, untouched). The rest as in
    ``graph.walk_cycles``.
    """

    missing: Any
    xs: Any
    ys: Any
    a: Any
    b: Any
    patch_start: Any
    patch: Any
    other: Any
    member: Any
    x: Any
    y: Any
    tag: Any
    rings: Any
    cycles: Any


@kernel
def _touches(ax: Any, ay: Any, bx: Any, by: Any, mark: Any, of: Any, cluster: Any, frame: Any, out: Any) -> Any:
    """Whether the line runs through a changed cell of the cluster."""
    x0, y0, x1, y1 = (np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by))
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    c, r = (x0 - frame[2]) >> frame[4], (y0 - frame[3]) >> frame[4]
    if (x1 - frame[2]) >> frame[4] == c and (y1 - frame[3]) >> frame[4] == r:
        cell = r * frame[5] + c
        return of[cell] == cluster and (mark[cell] == CHANGED or mark[cell] == SEEN)
    for k in range(spans(x0, y0, x1, y1, frame, 0, out)):
        for r in range(out[k, 1], out[k, 2] + 1):
            cell = r * frame[5] + out[k, 0]
            if of[cell] == cluster and (mark[cell] == CHANGED or mark[cell] == SEEN):
                return True
    return False


@kernel
def _covered(ax: Any, ay: Any, bx: Any, by: Any, of: Any, cluster: Any, frame: Any, out: Any) -> Any:
    """Whether all cells within two pixels of the line belong to the cluster, so that no hot pixel on it can be unknown."""
    x0, y0, x1, y1 = (np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by))
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    for k in range(spans(x0, y0, x1, y1, frame, 2, out)):
        for r in range(out[k, 1], out[k, 2] + 1):
            if of[r * frame[5] + out[k, 0]] != cluster:
                return False
    return True


@kernel
def _known_edges(
    rows: Any, low: Any, high: Any, start: Any, nodes: Any, xs: Any, ys: Any, mark: Any, of_cell: Any, cluster: Any, frame: Any
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
            if here >= 0 and there >= 0 and _covered(px, py, qx, qy, of_cell, cluster, frame, out):
                a[n], b[n], of[n] = here, there, s
                n += 1
            elif _touches(px, py, qx, qy, mark, of_cell, cluster, frame, out):
                if m == len(missing):
                    missing = grown(missing, m)
                missing[m, 0], missing[m, 1] = min(px, qx) + frame[0], (py if px <= qx else qy) + frame[1]
                missing[m, 2], missing[m, 3] = max(px, qx) + frame[0], (qy if px <= qx else py) + frame[1]
                m += 1
            here, px, py = there, qx, qy
    return a[:n].copy(), b[:n].copy(), of[:n].copy(), missing[:m].copy()


@kernel
def _old_edges(xs: Any, ys: Any, a: Any, b: Any, touched: Any, xy: Any, rows: Any, mark: Any, of: Any, cluster: Any, frame: Any) -> Any:
    """(2E,) for each half-edge: the name of the old edge to be made again that it is (see ``marks.rows_of_faces``), -1 = none.

    Of no edge that is ``touched`` (E,), and so of no old one that is, anybody asks.
    """
    table = np.full(table_size(len(rows)), -1, np.int32)
    edge, name, n = np.empty((len(rows), 4), np.int32), np.empty(len(rows), np.int64), 0
    out = np.empty((frame[5] + 1, 3), np.int64)
    for i in range(len(rows)):
        for end in range(2):
            edge[n, 2 * end], edge[n, 2 * end + 1] = xy[rows[i, end], 0] - frame[0], xy[rows[i, end], 1] - frame[1]
        if _touches(edge[n, 0], edge[n, 1], edge[n, 2], edge[n, 3], mark, of, cluster, frame, out):
            continue
        table[segment_slot(table, edge, edge[n, 0], edge[n, 1], edge[n, 2], edge[n, 3])] = n
        name[n] = rows[i, 2]
        n += 1
    found = np.full(2 * len(a), -1, np.int64)
    for e in range(len(a)):
        if touched[e]:
            continue
        u, v = a[e], b[e]
        at = table[segment_slot(table, edge, xs[u], ys[u], xs[v], ys[v])]
        if at >= 0:
            found[2 * e] = name[at]
        at = table[segment_slot(table, edge, xs[v], ys[v], xs[u], ys[u])]
        if at >= 0:
            found[2 * e + 1] = name[at]
    return found


@kernel
def rework(segs: Any, who: Any, box: Any, mark: Any, of_cell: Any, cluster: Any, frame: Any, xy: Any, twin: Any, rows: Any) -> Any:
    """The columns of ``Made`` for one cluster.

    ``segs`` (n, 4), ``who`` (n,): segments that reach the cluster and their patches; ``box``: its cells, of which ``of_cell`` says
    ``cluster`` (one more than its number: 0 is no cluster); ``rows`` (k, 3): edges of old faces to be made again that begin in it.
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
    a, b, of, missing = _known_edges(unique, low, high, along, nodes, xs, ys, mark, of_cell, cluster, frame)
    none, no_list = np.empty((0, 4), np.int32), np.empty(0, np.int32)
    a, b, edge_start, edge_patch = merged_edges(xs, ys, a, b, of, list_start, listed, none, np.zeros(1, np.int32), no_list)
    out = np.empty((frame[5] + 1, 3), np.int64)
    touched = np.empty(len(a), np.bool_)
    for e in range(len(a)):
        touched[e] = _touches(xs[a[e]], ys[a[e]], xs[b[e]], ys[b[e]], mark, of_cell, cluster, frame, out)
    old = _old_edges(xs, ys, a, b, touched, xy, rows, mark, of_cell, cluster, frame)
    kept = np.empty(len(a), np.int32)
    n = 0
    for e in range(len(a)):
        if touched[e] or old[2 * e] >= 0 or old[2 * e + 1] >= 0:
            kept[n] = e
            n += 1
    kept = kept[:n]
    edge_start, edge_patch = take_lists(kept, edge_start, edge_patch)
    a, b = a[kept], b[kept]
    member, other = np.full(2 * n, -1, np.int32), np.full(2 * n, -1, np.int64)
    for k in range(n):
        if touched[kept[k]]:
            continue
        for side in range(2):
            here, back = old[2 * kept[k] + side], old[2 * kept[k] + 1 - side]
            if here < 0:
                member[2 * k + side] = -3
                other[2 * k + side] = twin[back] if back < len(twin) else back - len(twin)
    origin, after = links(xs, ys, a, b, none)
    x, y, tag, rings, cycles = walk_cycles(xs, ys, 2 * n, origin, after, member)
    return missing, xs, ys, a, b, edge_start, edge_patch, other, member, x, y, tag, rings, cycles
