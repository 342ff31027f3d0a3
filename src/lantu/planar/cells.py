"""Regions cut by a lattice of squares: of each square the largest connected part of the region in it.

Borders are followed from square to square, so a lattice costs as much as it has crossings, not a clip of the whole region per square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.jit import kernel
from lantu.planar.tables import grown

FloatArray = NDArray[np.float64]
BOTTOM, RIGHT, TOP, LEFT = range(4)
"""Sides of a square, counter-clockwise from its south-western corner."""
CELL, ROW, COUNT = range(3)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Squares of ``side`` from (``west``, ``south``), ``across`` by ``up`` of them, numbered row by row; all in grid units.

    No vertex may lie on a line: for vertices on the grid take whole sides and a corner between the grid's lines.
    """

    west: float
    south: float
    side: float
    across: int
    up: int

    def box(self, cell: int) -> tuple[float, float, float, float]:
        """West, south, east, north of a square."""
        x, y = self.west + cell % self.across * self.side, self.south + cell // self.across * self.side
        return x, y, x + self.side, y + self.side


@dataclass(frozen=True, slots=True)
class Pieces:
    """``xy``, ``ring_start``, ``piece_start`` as in ``Faces`` but in doubles: what was found, the shell of each piece first.

    ``cell`` (p,) the square of each. ``unclear`` the squares where borders meet so closely that doubles do not tell their order: cut these
    in another way.
    """

    xy: FloatArray
    ring_start: NDArray[np.int64]
    piece_start: NDArray[np.int64]
    cell: NDArray[np.int64]
    unclear: NDArray[np.int64]


def cut(xy: FloatArray, ring_start: NDArray[np.int64], lattice: Lattice, least: float, most: float) -> Pieces:
    """The parts of one region (its rings, interior on the left) with an area (units squared) of ``least`` to ``most``."""
    column = np.floor((xy[:, 0] - lattice.west) / lattice.side).astype(np.int64)
    row = np.floor((xy[:, 1] - lattice.south) / lattice.side).astype(np.int64)
    frame = (lattice.west, lattice.south, lattice.side, lattice.across, lattice.up)
    chains, ends, crossed = _chains(xy, ring_start, column, row, *frame)
    order = np.argsort(chains[:, CELL], kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(chains[:, CELL], minlength=lattice.across * lattice.up))])
    return Pieces(*_pieces(xy, ring_start, chains[order], ends[order], start, crossed, *frame, least, most))


@kernel
def _chains(xy: Any, ring_start: Any, column: Any, row: Any, west: float, south: float, side: float, across: int, up: int) -> Any:
    """Every stretch of border within one square.

    (k, 3) ``CELL``, ``ROW`` first vertex, ``COUNT`` of vertices (going on from the end of a ring to its beginning); (k, 2) where it
    comes in and goes out, as the way along the square from its south-western corner, -1 for a ring that lies within; (up, across) whether
    the lower side of a square is crossed an odd number of times.
    """
    room = len(ring_start)
    for r in range(len(ring_start) - 1):
        p = ring_start[r + 1] - 1
        for v in range(ring_start[r], ring_start[r + 1]):
            room += abs(column[v] - column[p]) + abs(row[v] - row[p])
            p = v
    chains, ends, n = np.empty((room, 3), np.int64), np.empty((room, 2)), 0
    crossed = np.zeros((up, across), np.bool_)
    for r in range(len(ring_start) - 1):
        first, stop = ring_start[r], ring_start[r + 1]
        if first == stop:
            continue
        begin = -1
        for v in range(first, stop):
            w = v + 1 if v + 1 < stop else first
            if column[v] != column[w] or row[v] != row[w]:
                begin = v
                break
        if begin < 0:
            chains[n, CELL], chains[n, ROW], chains[n, COUNT] = row[first] * across + column[first], first, stop - first
            ends[n, 0] = ends[n, 1] = -1.0
            n += 1
            continue
        opened = n
        v = begin
        for _step in range(stop - first):
            w = v + 1 if v + 1 < stop else first
            c, line = column[v], row[v]
            x, y, dx, dy = xy[v, 0], xy[v, 1], xy[w, 0] - xy[v, 0], xy[w, 1] - xy[v, 1]
            east, north = column[w] > c, row[w] > line
            while c != column[w] or line != row[w]:
                at_x = ((west + (c + east) * side) - x) / dx if c != column[w] else np.inf
                at_y = ((south + (line + north) * side) - y) / dy if line != row[w] else np.inf
                if at_x <= at_y:
                    along = min(max(y + at_x * dy - (south + line * side), 0.0), side)
                    leaves, enters = (
                        (RIGHT * side + along, LEFT * side + side - along) if east else (LEFT * side + side - along, RIGHT * side + along)
                    )
                    c += 1 if east else -1
                else:
                    along = min(max(x + at_y * dx - (west + c * side), 0.0), side)
                    leaves, enters = (TOP * side + side - along, along) if north else (along, TOP * side + side - along)
                    crossed[line + 1 if north else line, c] ^= True
                    line += 1 if north else -1
                if n > opened:
                    ends[n - 1, 1] = leaves
                else:
                    last = leaves  # of the stretch that the walk will end with
                chains[n, CELL], chains[n, ROW], chains[n, COUNT] = line * across + c, w, 0
                ends[n, 0] = enters
                n += 1
            chains[n - 1, COUNT] += 1
            v = w
        ends[n - 1, 1] = last
    return chains[:n], ends[:n], crossed


@kernel
def _pieces(
    xy: Any, ring_start: Any, chains: Any, ends: Any, start: Any, crossed: Any,
    west: float, south: float, side: float, across: int, up: int, least: float, most: float,
) -> Any:  # fmt: skip
    """The columns of ``Pieces``; ``chains``, ``ends`` by square, those of square c are ``start[c]:start[c + 1]``."""
    out, filled = np.empty((256, 2)), 0
    ring_end, rings = np.zeros(16, np.int64), 1
    piece_end, cell, pieces = np.zeros(16, np.int64), np.empty(16, np.int64), 0
    unclear, doubtful = np.empty(16, np.int64), 0
    ring_of = np.empty(len(xy), np.int64)
    for r in range(len(ring_start) - 1):
        ring_of[ring_start[r] : ring_start[r + 1]] = r
    for line in range(up):
        inside = False
        for c in range(across):
            here = line * across + c
            a, b = start[here], start[here + 1]
            # ``inside``: whether the south-western corner is
            corner = inside
            inside ^= crossed[line, c]
            if a == b and not corner:
                continue
            x0, y0 = west + c * side, south + line * side
            if a == b:
                loops, loop_end, clear = np.empty((4, 2)), np.array([0, 4]), True
                loops[0, 0], loops[0, 1], loops[1, 0], loops[1, 1] = 0.0, 0.0, side, 0.0
                loops[2, 0], loops[2, 1], loops[3, 0], loops[3, 1] = side, side, 0.0, side
                area, mine = side * side, np.array([0])
            else:
                loops, loop_end, clear = _loops(xy, ring_start, ring_of, chains, ends, a, b, x0, y0, side, corner)
                area, mine = _largest(loops, loop_end)
            if not clear:
                if doubtful == len(unclear):
                    unclear = grown(unclear, doubtful)
                unclear[doubtful] = here
                doubtful += 1
                continue
            if area < least or area > most:
                continue
            for k in mine:
                count = loop_end[k + 1] - loop_end[k]
                while filled + count > len(out):
                    more = np.empty((2 * len(out), 2))
                    more[:filled] = out[:filled]
                    out = more
                for i in range(loop_end[k], loop_end[k + 1]):
                    out[filled, 0], out[filled, 1] = x0 + loops[i, 0], y0 + loops[i, 1]
                    filled += 1
                if rings == len(ring_end):
                    ring_end = grown(ring_end, rings)
                ring_end[rings] = filled
                rings += 1
            if pieces + 1 == len(piece_end):
                piece_end, cell = grown(piece_end, pieces + 1), grown(cell, pieces)
            cell[pieces] = here
            pieces += 1
            piece_end[pieces] = rings - 1
    return out[:filled].copy(), ring_end[:rings].copy(), piece_end[: pieces + 1].copy(), cell[:pieces].copy(), unclear[:doubtful].copy()


@kernel
def _loops(
    xy: Any, ring_start: Any, ring_of: Any, chains: Any, ends: Any, a: int, b: int, x0: float, y0: float, side: float, corner: bool
) -> Any:
    """(vertices from the corner of the square, offsets, whether all is clear) of the rings that bound the region within a square.

    The region is on the left: where a stretch goes out, the ring goes on along the square, counter-clockwise, to the next that comes in.
    """
    passing, room = 0, 8
    for k in range(a, b):
        passing += ends[k, 0] >= 0
        room += chains[k, COUNT] + 6
    loops, n = np.empty((room, 2)), 0
    loop_end, count = np.zeros(b - a + 2, np.int64), 1
    way, what = np.empty(2 * passing), np.empty(2 * passing, np.int64)
    i = 0
    for k in range(a, b):
        if ends[k, 0] >= 0:
            way[i], what[i], way[i + 1], what[i + 1] = ends[k, 0], 2 * (k - a), ends[k, 1], 2 * (k - a) + 1
            i += 2
    order = np.argsort(way)
    following = np.full(b - a, -1, np.int64)
    for i in range(len(order)):
        now, after = order[i], order[(i + 1) % len(order)]
        # out and in take turns, and no two at the same place
        if what[now] % 2 == what[after] % 2 or (i > 0 and way[order[i - 1]] == way[now]):
            return loops[:0], loop_end[:1], False
        if what[now] % 2:
            following[what[now] // 2] = what[after] // 2
    if passing == 0 and corner:
        # rings within a square that is inside: they are holes
        for s in range(4):
            loops[n, 0], loops[n, 1] = _corner(s, side)
            n += 1
        loop_end[count] = n
        count += 1
    for k in range(a, b):
        if ends[k, 0] < 0:
            n = _copy(xy, ring_start, ring_of, chains, k, x0, y0, loops, n)
            loop_end[count] = n
            count += 1
            continue
        at = k
        if following[at - a] < 0:
            continue
        while following[at - a] >= 0:
            loops[n, 0], loops[n, 1] = _place(ends[at, 0], side)
            n = _copy(xy, ring_start, ring_of, chains, at, x0, y0, loops, n + 1)
            after = a + following[at - a]
            following[at - a] = -1
            leaves, enters = ends[at, 1], ends[after, 0]
            loops[n, 0], loops[n, 1] = _place(leaves, side)
            n += 1
            if enters < leaves:
                enters += 4 * side
            s = int(leaves // side) + 1
            while s * side < enters:
                loops[n, 0], loops[n, 1] = _corner(s % 4, side)
                n += 1
                s += 1
            at = after
        loop_end[count] = n
        count += 1
    return loops[:n], loop_end[:count], True


@kernel
def _copy(xy: Any, ring_start: Any, ring_of: Any, chains: Any, k: int, x0: float, y0: float, loops: Any, n: int) -> int:
    """Append the vertices of a stretch; how many there are then."""
    v = chains[k, ROW]
    ring = ring_of[v]
    for _i in range(chains[k, COUNT]):
        loops[n, 0], loops[n, 1] = xy[v, 0] - x0, xy[v, 1] - y0
        n += 1
        v += 1
        if v == ring_start[ring + 1]:
            v = ring_start[ring]
    return n


@kernel
def _corner(s: int, side: float) -> Any:
    """The corner where side s begins."""
    return (side if s in (1, 2) else 0.0), (side if s in (2, 3) else 0.0)


@kernel
def _place(way: float, side: float) -> Any:
    """The point after a way along a square."""
    s = min(int(way // side), 3)
    along = way - s * side
    if s == BOTTOM:
        return along, 0.0
    if s == RIGHT:
        return side, along
    if s == TOP:
        return side - along, side
    return 0.0, side - along


@kernel
def _largest(loops: Any, loop_end: Any) -> Any:
    """(area, rings) of the largest part: its shell, then its holes."""
    count = len(loop_end) - 1
    area, owner = np.zeros(count), np.full(count, -1, np.int64)
    for k in range(count):
        p = loop_end[k + 1] - 1
        for v in range(loop_end[k], loop_end[k + 1]):
            area[k] += (loops[p, 0] * loops[v, 1] - loops[v, 0] * loops[p, 1]) / 2
            p = v
    total = area.copy()
    for k in range(count):
        if area[k] >= 0:
            continue
        # the middle of an edge: a hole may touch its shell in a vertex, and the first one is as likely as any
        v = loop_end[k]
        x, y = (loops[v, 0] + loops[v + 1, 0]) / 2, (loops[v, 1] + loops[v + 1, 1]) / 2
        for s in range(count):
            # of shells around one another none is: the parts of a region do not lie in each other's holes but by other regions
            if area[s] > 0 and _within(loops, loop_end[s], loop_end[s + 1], x, y) and (owner[k] < 0 or area[s] < area[owner[k]]):
                owner[k] = s
        if owner[k] >= 0:
            total[owner[k]] += area[k]
    best = -1
    for s in range(count):
        if area[s] > 0 and (best < 0 or total[s] > total[best]):
            best = s
    if best < 0:
        return 0.0, np.empty(0, np.int64)
    rings, n = np.empty(count, np.int64), 1
    rings[0] = best
    for k in range(count):
        if owner[k] == best:
            rings[n] = k
            n += 1
    return total[best], rings[:n]


@kernel
def _within(loops: Any, first: int, stop: int, x: float, y: float) -> bool:
    odd = False
    p = stop - 1
    for v in range(first, stop):
        if (loops[p, 1] > y) != (loops[v, 1] > y):
            odd ^= x < loops[p, 0] + (y - loops[p, 1]) * (loops[v, 0] - loops[p, 0]) / (loops[v, 1] - loops[p, 1])
        p = v
    return odd
