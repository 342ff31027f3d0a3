"""Detail levels of a layer: generalised once per level with shared edges kept together, looked up by a tree, kept on disk by digest."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.tiles.grid import EXTENT, MARGIN, AnyTile, pixel
from lantu.blueprints.tiles.mvt import Properties, encode, in_tile
from lantu.planar.mvt_areas import Areas, Columns, areas_of, columns_of, encode_areas

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


@dataclass(frozen=True, slots=True)
class Level:
    """The shapes of one level, their tree and, where all are areas, their columns for the encoder."""

    shapes: Shapes
    tree: shapely.STRtree
    areas: Areas | None

    def within(self, window: tuple[float, float, float, float]) -> NDArray[np.int64]:
        """The numbers of the shapes whose boxes meet a window (degrees), rising."""
        return np.sort(self.tree.query(shapely.box(*window)))


class Pyramid:
    """The levels of one layer. ``folder`` keeps computed levels for other processes; without it they live in memory only."""

    def __init__(self, name: str, shapes: Shapes, properties: Sequence[Properties], folder: Path | None = None) -> None:
        self.name, self.shapes, self.properties, self.folder = name, shapes, properties, folder
        self._levels: dict[int, Level] = {}

    @functools.cached_property
    def _columns(self) -> Columns | None:
        return columns_of(self.properties)

    def tile(self, tile: AnyTile) -> bytes:
        """The tile's bytes; empty bytes when nothing lies in it."""
        level = self._level(level_for(tile.detail))
        hits = level.within(tile.window)
        if not len(hits):
            return b""
        if level.areas is None or self._columns is None:
            return encode(self.name, tile, level.shapes[hits], [self.properties[i] for i in hits])
        mend = functools.partial(_mended, tile, level.shapes)
        return encode_areas(self.name, level.areas, self._columns, hits, tile.local, mend, EXTENT, round(MARGIN * EXTENT))

    def within(self, window: tuple[float, float, float, float], zoom: int) -> tuple[Shapes, list[Properties]]:
        """What lies in a window (degrees), in drawing order, with the detail of a zoom of the degree grid."""
        level = self._level(level_for(zoom))
        hits = level.within(window)
        return level.shapes[hits], [self.properties[i] for i in hits]

    def prepare(self) -> None:
        """Compute all levels now."""
        for zoom in (*LEVEL_ZOOMS, FULL):
            self._level(zoom)

    def _level(self, zoom: int) -> Level:
        if zoom not in self._levels:
            shapes = self._stored(zoom)
            self._levels[zoom] = Level(shapes, shapely.STRtree(shapes), areas_of(shapes))
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


def _mended(tile: AnyTile, shapes: Shapes, chosen: NDArray[np.int64]) -> Shapes:
    """The chosen shapes clipped and sound in the coordinates of the tile."""
    return in_tile(tile, shapes[chosen])


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
