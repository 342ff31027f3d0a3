"""Detail levels of a layer: generalised once per level with shared edges kept together, looked up by a tree, kept on disk by digest."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.tiles.grid import AnyTile, pixel
from lantu.blueprints.tiles.mvt import Properties, encode

LEVEL_ZOOMS = (7, 9, 11, 13)
"""A tile of zoom z takes the first level with zoom ≥ z; above the last it takes the full detail."""

FULL = 99
TOLERANCE_PX = 0.5

Shapes = NDArray[np.object_]


def level_for(z: int) -> int:
    """The level that serves zoom ``z``."""
    return next((zoom for zoom in LEVEL_ZOOMS if zoom >= z), FULL)


def generalise(shapes: Shapes, zoom: int) -> Shapes:
    """Shapes with the detail of half a pixel at ``zoom``; what is smaller than a quarter pixel becomes empty.

    A coverage (no overlaps) is simplified with its shared edges; anything else shape by shape.
    """
    if zoom == FULL or not len(shapes):
        return shapes
    tolerance = pixel(zoom) * TOLERANCE_PX
    areal = shapely.get_dimensions(shapes) == 2
    result = shapes.copy()
    if areal.any() and shapely.coverage_is_valid(shapes[areal]):
        result[areal] = shapely.coverage_simplify(shapes[areal], tolerance)
    else:
        result[areal] = shapely.simplify(shapes[areal], tolerance, preserve_topology=True)
    result[~areal] = shapely.simplify(shapes[~areal], tolerance, preserve_topology=True)
    bounds = shapely.bounds(result)
    reach = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    result[areal & ~(reach > pixel(zoom) / 4)] = shapely.Polygon()
    return result


class Pyramid:
    """The levels of one layer. ``folder`` keeps computed levels for other processes; without it they live in memory only."""

    def __init__(self, name: str, shapes: Shapes, properties: Sequence[Properties], folder: Path | None = None) -> None:
        self.name, self.shapes, self.properties, self.folder = name, shapes, properties, folder
        self._levels: dict[int, tuple[Shapes, shapely.STRtree]] = {}

    def tile(self, tile: AnyTile) -> bytes:
        """The tile's bytes; empty bytes when nothing lies in it."""
        shapes, properties = self.within(tile.window, tile.detail)
        return encode(self.name, tile, shapes, properties) if len(shapes) else b""

    def within(self, window: tuple[float, float, float, float], zoom: int) -> tuple[Shapes, list[Properties]]:
        """What lies in a window (degrees), in drawing order, with the detail of a zoom of the degree grid."""
        shapes, tree = self._level(level_for(zoom))
        hits = np.sort(tree.query(shapely.box(*window)))
        return shapes[hits], [self.properties[i] for i in hits]

    def prepare(self) -> None:
        """Compute all levels now."""
        for zoom in (*LEVEL_ZOOMS, FULL):
            self._level(zoom)

    def _level(self, zoom: int) -> tuple[Shapes, shapely.STRtree]:
        if zoom not in self._levels:
            shapes = self._stored(zoom)
            self._levels[zoom] = (shapes, shapely.STRtree(shapes))
        return self._levels[zoom]

    def _stored(self, zoom: int) -> Shapes:
        if self.folder is None or zoom == FULL:
            return generalise(self.shapes, zoom)
        path = self.folder / f"level-{zoom}.npz"
        if path.exists():
            with np.load(path) as data:
                return _unpack(data["wkb"], data["start"])
        shapes = generalise(self.shapes, zoom)
        wkb, start = _pack(shapes)
        stream = io.BytesIO()
        np.savez(stream, wkb=wkb, start=start)
        write_whole(path, stream.getvalue())
        return shapes


def _pack(shapes: Shapes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    blobs = shapely.to_wkb(shapes)
    start = np.concatenate([[0], np.cumsum([len(blob) for blob in blobs])]).astype(np.int64)
    return np.frombuffer(b"".join(blobs), dtype=np.uint8), start


def _unpack(wkb: NDArray[np.uint8], start: NDArray[np.int64]) -> Shapes:
    data = wkb.tobytes()
    blobs = np.array([data[a:b] for a, b in itertools.pairwise(start)], dtype=object)
    return np.asarray(shapely.from_wkb(blobs), dtype=object)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
