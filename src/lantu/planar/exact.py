"""The exact decisions: on which side a point lies, where two segments cross, which pixels a segment meets.

All coordinates are relative to the middle of the extent and differ by less than 2^31, so every cross product of differences fits int64.
No float decides anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lantu.planar.jit import kernel


@kernel
def side(x0: Any, y0: Any, x1: Any, y1: Any, x: Any, y: Any) -> Any:
    """Positive where (x, y) lies left of the line from (x0, y0) to (x1, y1), negative right of it, zero on it."""
    return (np.int64(x1) - np.int64(x0)) * (np.int64(y) - np.int64(y0)) - (np.int64(y1) - np.int64(y0)) * (np.int64(x) - np.int64(x0))


@kernel
def rounded_share(step: Any, num: Any, den: Any) -> Any:
    """floor(step * num / den + 1/2) for 0 < num < den < 2^63 and abs(step) < 2^32, without overflow."""
    size = np.uint64(abs(step))
    n, d = np.uint64(num), np.uint64(den)
    if n < np.uint64(1 << 31):
        product = size * n
        q = product // d
        r = product - q * d
    else:
        # schoolbook: the quotient bit by bit, remainders stay below d so nothing overflows
        q, r = np.uint64(0), np.uint64(0)
        for bit in range(32):
            q += q
            if r >= d - r:
                r -= d - r
                q += np.uint64(1)
            else:
                r += r
            if (size >> np.uint64(31 - bit)) & np.uint64(1):
                if r >= d - n:
                    r -= d - n
                    q += np.uint64(1)
                else:
                    r += n
    if step >= 0:
        return np.int64(q) + (1 if r >= d - r else 0)
    # -v + 1/2 floored: a half goes up, that is towards zero
    return -(np.int64(q) + (1 if r > d - r else 0))


@kernel
def meets_pixel(x0: Any, y0: Any, x1: Any, y1: Any, x: Any, y: Any) -> Any:
    """Whether a segment (x0 <= x1) meets the half-open pixel [x - 1/2, x + 1/2) x [y - 1/2, y + 1/2), given (x, y) in its closed box.

    The ends are integers, so the centre lies in the segment's box whenever the pixel is met; then the line decides. A rising line
    touches only corners that do not belong to the pixel, a falling one may touch the lower left corner, which does.
    """
    dx, dy = np.int64(x1) - np.int64(x0), np.int64(y1) - np.int64(y0)
    cross = dx * (np.int64(y) - np.int64(y0)) - dy * (np.int64(x) - np.int64(x0))
    reach = dx + abs(dy)
    if cross > reach or cross < -reach:
        return False
    if dy < 0:
        return -reach < 2 * cross <= reach
    return dy == 0 or -reach < 2 * cross < reach
