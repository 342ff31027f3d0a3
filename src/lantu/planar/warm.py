"""Compile all kernels once, so that the first fusion does not wait for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from lantu.planar.areas import areas_of, box_tree, boxes_of
from lantu.planar.cells import Lattice, cut
from lantu.planar.clip import clip
from lantu.planar.convert import Grid
from lantu.planar.dissolve import dissolve
from lantu.planar.engine import PlanarEngine
from lantu.planar.levels import thinned
from lantu.planar.lookup import FaceIndex, build_index
from lantu.planar.model import Faces, RingLayer
from lantu.planar.mvt_areas import columns_of, encode_areas, flat_view
from lantu.planar.outlines import nearest_distances, outlines_of, shared_areas
from lantu.planar.quality import quality
from lantu.planar.refuse import refuse
from lantu.planar.store import read_arcs, read_faces, read_index, read_layer, write_faces, write_layer

SIDE, ACROSS = 100_000, 8
"""Side of a square, and how many stand side by side: so many that one that moves is little of the whole, else all would be made anew."""


def warm(tell: Callable[[float, str], None] = lambda share, step: None) -> None:
    """Fuse two tiny layers, fuse again with one square moved, ask of a site, draw a tile: every kernel on the way is compiled and cached.

    Takes some two minutes of one core at first, next to nothing later.
    """
    layers = [_squares(shift) for shift in (0, 30_000)]
    PlanarEngine().overlay(layers, lambda share, step: tell(share, str(step)))
    with tempfile.TemporaryDirectory(prefix="lantu-warm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for number, layer in enumerate(layers):
            write_layer(folder / str(number), layer)
        # what is mapped from a store is read-only, to the compiler a type of its own
        mapped = [read_layer(folder / str(number)) for number in range(len(layers))]
        made = PlanarEngine().overlay(mapped)
        moved = layers[1].xy.copy()
        # the last square bounds the unbounded face too
        moved[-4:] += 1
        after = [mapped[0], RingLayer(moved, layers[1].ring_start, layers[1].patch_start)]
        write_layer(folder / "after", after[1])
        write_faces(folder / "faces", made)
        read = read_faces(folder / "faces")
        for faces, index, arcs in ((made, None, None), (read, read_index(folder / "faces"), read_arcs(folder / "faces"))):
            for new in (after[1], read_layer(folder / "after")):
                refuse(faces, mapped, [mapped[0], new], index=index)
            dissolve(faces, faces.label[:, 0], arcs=arcs)
            quality(faces, 0, 1.0)
            # one site that cuts faces, one whose outline runs along theirs
            for site in (shapely.box(1, 1, 2 * SIDE, 2 * SIDE), shapely.box(0, 0, 2 * SIDE, 2 * SIDE)):
                clip(faces, index or build_index(faces), site, Grid(size=1.0))
        _measure(read, read_index(folder / "faces"))
    _draw()


def _measure(faces: Faces, index: FaceIndex) -> None:
    """Cut a region by squares and ask what polygons have in common with faces, as a search for sites does."""
    region = dissolve(faces, np.zeros(len(faces), dtype=np.int64))
    cut(region.xy.astype(np.float64), region.ring_start, Lattice(-0.5, -0.5, SIDE / 3, 3 * ACROSS + 2, 3 * ACROSS + 2), 1.0, np.inf)
    grid, chosen = Grid(size=1.0), np.ones(len(faces), dtype=np.bool_)
    outlines = outlines_of(shapely.box(np.array([10.0, 20.0]), 10.0, 90.0, 90.0), grid)
    shared_areas(faces, index, chosen, outlines, grid)
    nearest_distances(faces, index, chosen, outlines, grid)


def _draw() -> None:
    """A tile of squares of half a degree and of a needle, which GEOS has to mend."""
    squares = shapely.box(*(np.array([[west, 0, west + 0.5, 0.5] for west in (0, 0.5, 1)]).T))
    shapes = np.append(squares, shapely.Polygon([(0, 0), (1, 1e-7), (1, 0)]))
    areas, columns = areas_of(shapes), columns_of([{"code": "R2", "area": 1.5}] * len(shapes))
    assert areas is not None and columns is not None
    coarse = thinned(areas, 1e-3, 1e-3)
    chosen = box_tree(boxes_of(coarse)).within((0.0, 0.0, 1.0, 1.0))
    encode_areas("warm", coarse, columns, chosen, flat_view(0.0, 0.0, 4096.0), lambda found: shapes[found], 4096, 64)


def _squares(shift: int) -> RingLayer:
    """A coverage of squares, moved by ``shift`` both ways."""
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.int64)
    west, south = (axis.ravel() for axis in np.meshgrid(np.arange(ACROSS), np.arange(ACROSS)))
    xy = (np.stack([west, south], axis=1)[:, None] + corner).reshape(-1, 2) * SIDE + shift
    return RingLayer(xy, np.arange(0, len(xy) + 1, 4), np.arange(len(west) + 1))
