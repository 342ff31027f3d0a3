"""In which face an island lies: the nearest edge west of its westernmost vertex."""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.exact import side
from lantu.planar.jit import kernel


@kernel
def look_west(px: Any, py: Any, edges: Any, best: Any, best_half: Any, first_half: Any, half_of: Any) -> None:
    """For each point (p,) the edge of ``edges`` (n, 4) that a ray to the west meets first, kept if nearer than ``best`` (p, 4).

    The ray runs a little above the point, so an edge counts when its y range, without the upper end, holds the point's y. ``best_half``
    gets the half-edge that runs down, whose face lies on its left, towards the point: ``half_of[e]`` is the global half-edge
    from the first end to the second when given, else ``first_half + 2e``; -1 = none so far.
    """
    for e in range(len(edges)):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if y0 == y1:
            continue
        half = half_of[e] if len(half_of) else first_half + 2 * e
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        else:
            half ^= 1
        for p in range(len(px)):
            if py[p] < y0 or py[p] >= y1 or side(x0, y0, x1, y1, px[p], py[p]) >= 0:
                continue
            # side < 0: the point lies east of the upward edge
            if best_half[p] < 0 or east_of(x0, y0, x1, y1, best[p, 0], best[p, 1], best[p, 2], best[p, 3]):
                best[p, 0], best[p, 1], best[p, 2], best[p, 3] = x0, y0, x1, y1
                best_half[p] = half


@kernel
def east_of(ax0: Any, ay0: Any, ax1: Any, ay1: Any, bx0: Any, by0: Any, bx1: Any, by1: Any) -> Any:
    """Of two upward edges that do not cross and have heights in common: whether a runs east of b there."""
    turn = -side(bx0, by0, bx1, by1, ax0, ay0) if ay0 >= by0 else side(ax0, ay0, ax1, ay1, bx0, by0)
    if turn == 0:
        turn = -side(bx0, by0, bx1, by1, ax1, ay1) if ay1 <= by1 else side(ax0, ay0, ax1, ay1, bx1, by1)
    return turn > 0


@kernel
def within(best: Any, best_half: Any, py: Any, west: Any) -> Any:
    """(p,) whether the edge found crosses the ray in this tile, so that nothing in the tiles further west can be nearer."""
    done = np.zeros(len(py), np.bool_)
    for p in range(len(py)):
        if best_half[p] >= 0:
            # pixels further west end at west - 1, their edges in view all lie left of this edge
            done[p] = side(best[p, 0], best[p, 1], best[p, 2], best[p, 3], west - 1, py[p]) > 0
    return done
