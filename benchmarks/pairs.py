"""Which patches of two layers share ground: the kernel against GEOS pair by pair, and the reason for every difference.

    python -m benchmarks.pairs --size 100k --keep DATA

The kernel counts a pair where a face carries both patches; GEOS where the intersection of the two polygons has an area. A pair that only
one of them has, or whose areas differ by more than the grid allows, is explained by one of

* ``below grid``: the common part is nowhere wider than snapping moves its two sides (two pixels);
* ``invalid patch``: a ring crosses itself; the kernel fills it by the even-odd rule, ``make_valid`` in another way;
* ``UNEXPLAINED``: anything else, which would be an error of one of the two.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.city import City
from benchmarks.engines import CHUNK, valid_shapes
from benchmarks.figures import SIZES
from benchmarks.made_city import shapes_of
from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.model import Faces, IntArray, RingLayer

GRID = Grid()
MOVED = 2 * np.sqrt(2) * GRID.size
"""How much narrower snapping can make a part (metres): each side ends up within a pixel's diagonal of where it was."""

BELOW, INVALID, UNEXPLAINED = "below grid", "invalid patch", "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair of patches on which the two disagree. ``kind``: missing (in the kernel), extra, area; areas in m²."""

    kind: str
    first: int
    second: int
    kernel_m2: float
    geos_m2: float
    reason: str


def pairs_of_faces(faces: Faces) -> tuple[IntArray, IntArray, IntArray]:
    """(first patch, second patch, face) for every face and every pair of patches of the first two layers on it."""
    single = (faces.label[:, :2] >= 0).all(axis=1)
    face = np.flatnonzero(single)
    rows = [np.column_stack([faces.label[face, 0], faces.label[face, 1], face])]
    more = [
        (a, b, number)
        for number in np.flatnonzero(~single & (faces.label[:, :2] != -1).all(axis=1)).tolist()
        for a in faces.patches(number, 0)
        for b in faces.patches(number, 1)
    ]
    rows.append(np.array(more, dtype=np.int64).reshape(-1, 3))
    first, second, of = np.concatenate(rows).astype(np.int64).T
    return first, second, of


def pairs_of_shapes(left: NDArray[np.object_], right: NDArray[np.object_], threads: int) -> tuple[IntArray, IntArray, NDArray[np.object_]]:
    """(first, second, common part) of all pairs whose common part has an area."""
    a, b = shapely.STRtree(right).query(left)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda k: shapely.intersection(left[a[k : k + CHUNK]], right[b[k : k + CHUNK]]), range(0, len(a), CHUNK)))
    part = np.concatenate([*parts, np.empty(0, object)])
    keep = shapely.area(part) > 0
    return a[keep], b[keep], part[keep]


def differences(layers: Sequence[RingLayer], faces: Faces, threads: int = 1) -> tuple[dict[str, int], list[Difference]]:
    """({pairs of the kernel, of GEOS, of both}, all differences with their reasons)."""
    first, second, of = pairs_of_faces(faces)
    a, b, part = pairs_of_shapes(*valid_shapes(layers[:2]), threads)
    width = len(layers[1])
    mine, inverse = np.unique(first * width + second, return_inverse=True)
    area = np.zeros(len(mine))
    np.add.at(area, inverse, faces.area2[of] * (GRID.size**2 / 2))
    order = np.argsort(a * width + b)
    theirs, part = (a * width + b)[order], part[order]
    invalid = [~shapely.is_valid(shapes_of(layer)) for layer in layers[:2]]
    by_pair = np.argsort(inverse, kind="stable")
    since = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(mine)))])

    def reason(pair: int, shape: Any) -> str:
        if invalid[0][pair // width] or invalid[1][pair % width]:
            return INVALID
        return BELOW if bool(shapely.buffer(shape, -MOVED / 2).is_empty) else UNEXPLAINED

    def face_shape(place: int) -> Any:
        return shapely.union_all(faces_to_shapely(faces, GRID, of[by_pair[since[place] : since[place + 1]]]))

    found = []
    for place in np.flatnonzero(~np.isin(theirs, mine)).tolist():
        pair = int(theirs[place])
        found.append(Difference("missing", pair // width, pair % width, 0.0, float(part[place].area), reason(pair, part[place])))
    for place in np.flatnonzero(~np.isin(mine, theirs)).tolist():
        pair = int(mine[place])
        found.append(Difference("extra", pair // width, pair % width, float(area[place]), 0.0, reason(pair, face_shape(place))))
    common, here, there = np.intersect1d(mine, theirs, return_indices=True)
    geos = shapely.area(part[there])
    # every edge may have moved by a pixel's diagonal to either side
    apart = np.abs(area[here] - geos) > MOVED * np.maximum(shapely.length(part[there]), 4 * GRID.size)
    for place in np.flatnonzero(apart).tolist():
        pair = int(common[place])
        ring = invalid[0][pair // width] or invalid[1][pair % width]
        found.append(
            Difference("area", pair // width, pair % width, float(area[here[place]]), float(geos[place]), INVALID if ring else UNEXPLAINED)
        )
    return {"kernel": len(mine), "geos": len(theirs), "both": len(common)}, found


def main() -> int:
    """Exit code 1 when something stays unexplained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder that keeps city and partition")
    parser.add_argument("--json", type=Path, help="keep counts and all differences in this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        city = City(given.keep or Path(temporary), SIZES[given.size], given.threads, 1)
        counts, found = differences(city.layers(2), city.partition()[0], given.threads)
    print(f"pairs: kernel {counts['kernel']:,}, GEOS {counts['geos']:,}, both {counts['both']:,}")
    for (kind, reason), number in sorted(collections.Counter((one.kind, one.reason) for one in found).items()):
        largest = max(abs(one.kernel_m2 - one.geos_m2) for one in found if (one.kind, one.reason) == (kind, reason))
        print(f"{kind}: {number:,} {reason}, largest {largest:.3g} m²")
    if given.json:
        rows = [{name: getattr(one, name) for name in Difference.__slots__} for one in found]
        given.json.write_text(json.dumps({"counts": counts, "differences": rows}, indent=1) + "\n", encoding="utf-8")
    return 1 if any(one.reason == UNEXPLAINED for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
