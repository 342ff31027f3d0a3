"""The rings of all faces written in canonical order."""

from __future__ import annotations

from typing import Any

from lantu.planar.jit import kernel


@kernel
def write_rings(x: Any, y: Any, tag: Any, ring_stop: Any, target: Any, mx: Any, my: Any, base: Any, xy: Any, place: Any) -> None:
    """Write the rings of one tile: ring k, ending at row ``ring_stop[k]``, to rows from ``target[k]`` of ``xy`` (-1: not at all).

    ``place`` (half-edges,) gets the row of each half-edge; tag + ``base`` is the global half-edge (tags from -1 downwards: -1 - half-edge).
    """
    start = 0
    for k in range(len(ring_stop)):
        stop, at = ring_stop[k], target[k]
        if at >= 0:
            for i in range(start, stop):
                xy[at, 0], xy[at, 1] = x[i] + mx, y[i] + my
                place[tag[i] + base if tag[i] >= 0 else -1 - tag[i]] = at
                at += 1
        start = stop


@kernel
def write_twins(place: Any, first: Any, stop: Any, twin: Any) -> None:
    """For half-edges ``first:stop``: the row of the opposite half-edge."""
    for h in range(first, stop):
        if place[h] >= 0:
            twin[place[h]] = place[h ^ 1]
