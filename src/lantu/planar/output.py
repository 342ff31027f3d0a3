"""The rings of all faces written in canonical order."""

from __future__ import annotations

from typing import Any

from lantu.planar.jit import kernel


@kernel
def write_tile_rings(
    xs: Any, ys: Any, a: Any, b: Any, tag: Any, rings: Any, target: Any, mx: Any, my: Any, base: Any, xy: Any, place: Any
) -> None:
    """Write the rings of one tile: ring k, ending at ``rings[k, 0]`` of ``tag``, to rows from ``target[k]`` of ``xy`` (-1: not at all).

    ``tag``: half-edges of the tile, 2e from node ``a[e]`` and 2e + 1 from ``b[e]``. ``place`` (half-edges,) gets the row of each half-edge;
    ``base`` is added to make it a global one.
    """
    start = 0
    for k in range(len(rings)):
        stop, at = rings[k, 0], target[k]
        if at >= 0:
            for i in range(start, stop):
                half = tag[i]
                node = b[half >> 1] if half & 1 else a[half >> 1]
                xy[at, 0], xy[at, 1] = xs[node] + mx, ys[node] + my
                place[half + base] = at
                at += 1
        start = stop


@kernel
def write_rings(x: Any, y: Any, tag: Any, rings: Any, which: Any, target: Any, mx: Any, my: Any, xy: Any, place: Any) -> None:
    """Write rings over several tiles, those of ``which``, as ``write_tile_rings`` does; tags are global (from -1 down: -1 - half-edge)."""
    for w in range(len(which)):
        k = which[w]
        at = target[k]
        for i in range(rings[k - 1, 0] if k else 0, rings[k, 0]):
            xy[at, 0], xy[at, 1] = x[i] + mx, y[i] + my
            place[tag[i] if tag[i] >= 0 else -1 - tag[i]] = at
            at += 1


@kernel
def write_twins(place: Any, first: Any, stop: Any, twin: Any) -> None:
    """For half-edges ``first:stop``: the row of the opposite half-edge."""
    for h in range(first, stop):
        if place[h] >= 0:
            twin[place[h]] = place[h ^ 1]
