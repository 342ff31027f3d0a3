"""Detail levels of a layer: generalised once with shared edges kept together, found by a tree of boxes, kept on disk by digest.

A layer of areas is kept as columns that every process maps: a tile needs neither the database nor an object for each area. Anything else
(lines, points, mixed layers, properties of different names) goes shape by shape.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.tiles.grid import EXTENT, MARGIN, AnyTile, pixel
from lantu.blueprints.tiles.mvt import Properties, encode, in_tile
from lantu.planar.areas import Areas, BoxTree, areas_of, box_tree, boxes_of, shapes_of
from lantu.planar.levels import thinned
from lantu.planar.mvt_areas import Columns, columns_of, encode_areas
from lantu.planar.store import read_meta, write_columns

LEVEL_ZOOMS = (7, 9, 11, 13)
"""A tile of zoom z takes the first level with zoom ≥ z; above the last it takes the full detail."""

FULL = 99
TOLERANCE_PX = 0.5
LEAST_PX = 0.25
"""Rings smaller than this both ways are not drawn."""

Shapes = NDArray[np.object_]
Loader = Callable[[], tuple[Sequence[object], Sequence[Properties]]]
Window = tuple[float, float, float, float]


def level_for(z: int) -> int:
    """The level that serves zoom ``z``."""
    return next((zoom for zoom in LEVEL_ZOOMS if zoom >= z), FULL)


def generalise(shapes: Shapes, zoom: int) -> Shapes:
    """Any shapes with the detail of half a pixel at ``zoom``, one by one; what is smaller than a quarter pixel becomes empty."""
    if zoom == FULL or not len(shapes):
        return shapes
    result = shapely.simplify(shapes, pixel(zoom) * TOLERANCE_PX, preserve_topology=True)
    bounds = shapely.bounds(result)
    reach = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    result[(shapely.get_dimensions(shapes) == 2) & ~(reach > pixel(zoom) * LEAST_PX)] = shapely.Polygon()
    return np.asarray(result)


@dataclass(frozen=True, slots=True)
class AreaLevel:
    """Areas of one level and the tree of their boxes."""

    areas: Areas
    tree: BoxTree

    @classmethod
    def of(cls, areas: Areas) -> AreaLevel:
        return cls(areas, box_tree(boxes_of(areas)))


class AreaLevels:
    """The levels of a layer of areas, with their properties; what is not given is made from the level above when first asked for."""

    def __init__(self, columns: Columns, level: dict[int, AreaLevel]) -> None:
        self.columns, self._level = columns, level

    @classmethod
    def of(cls, shapes: Shapes, properties: Sequence[Properties]) -> AreaLevels | None:
        """None when some shapes are no areas, or properties differ in their names."""
        areas, columns = areas_of(shapes), columns_of(properties)
        return None if areas is None or columns is None else cls(columns, {FULL: AreaLevel.of(areas)})

    def at(self, zoom: int) -> AreaLevel:
        """A level by its own zoom."""
        if zoom not in self._level:
            finer = self.at(level_for(zoom + 1))
            self._level[zoom] = AreaLevel.of(thinned(finer.areas, pixel(zoom) * TOLERANCE_PX, pixel(zoom) * LEAST_PX))
        return self._level[zoom]

    def write(self, folder: Path) -> None:
        """Make all levels and keep them."""
        parts: dict[str, Any] = {"columns": self.columns}
        for zoom in (*LEVEL_ZOOMS, FULL):
            parts |= {f"areas{zoom}": self.at(zoom).areas, f"tree{zoom}": self.at(zoom).tree}
        columns = {
            f"{name}.{field.name}": getattr(part, field.name)
            for name, part in parts.items()
            for field in fields(part)
            if field.name != "keys"
        }
        write_columns(folder, columns, {"kind": "levels", "keys": list(self.columns.keys)})

    @classmethod
    def read(cls, folder: Path) -> AreaLevels:
        """Open what ``write`` wrote; the files are read as they are used."""
        zooms = (*LEVEL_ZOOMS, FULL)
        level = {zoom: AreaLevel(_mapped(folder, f"areas{zoom}", Areas), _mapped(folder, f"tree{zoom}", BoxTree)) for zoom in zooms}
        return cls(_mapped(folder, "columns", Columns, keys=tuple(read_meta(folder)["keys"])), level)

    def tile(self, name: str, tile: AnyTile) -> bytes:
        level = self.at(level_for(tile.detail))
        hits = level.tree.within(tile.window)
        if not len(hits):
            return b""
        mend = functools.partial(_mended, tile, level.areas)
        return encode_areas(name, level.areas, self.columns, hits, tile.view, mend, EXTENT, round(MARGIN * EXTENT))

    def within(self, window: Window, zoom: int) -> tuple[Shapes, list[Properties]]:
        level = self.at(level_for(zoom))
        hits = level.tree.within(window)
        return shapes_of(level.areas, hits), list(self.columns.rows(hits))


T = TypeVar("T")


def _mapped(folder: Path, name: str, kind: type[T], **given: Any) -> T:
    """The columns of a part; private copies on write, so that the compiled kernels take them for any other array."""
    found = dict(given)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name not in given:
            path = folder / f"{name}.{field.name}.npy"
            column = np.load(path, allow_pickle=False)[:] if path.stat().st_size <= EMPTY_FILE else np.load(path, mmap_mode="c")
            found[field.name] = column.view(np.ndarray)
    return kind(**found)


EMPTY_FILE = 128
"""Bytes of the head of a column: a file without rows cannot be mapped."""


class ShapeLevels:
    """The levels of any shapes, as objects in memory."""

    def __init__(self, shapes: Shapes, properties: Sequence[Properties]) -> None:
        self.shapes, self.properties = shapes, properties
        self._level: dict[int, tuple[Shapes, shapely.STRtree]] = {}

    def within(self, window: Window, zoom: int) -> tuple[Shapes, list[Properties]]:
        shapes, tree = self._of(level_for(zoom))
        hits = np.sort(tree.query(shapely.box(*window)))
        return shapes[hits], [self.properties[i] for i in hits]

    def tile(self, name: str, tile: AnyTile) -> bytes:
        shapes, properties = self.within(tile.window, tile.detail)
        return encode(name, tile, shapes, properties) if len(shapes) else b""

    def _of(self, zoom: int) -> tuple[Shapes, shapely.STRtree]:
        if zoom not in self._level:
            shapes = generalise(self.shapes, zoom)
            self._level[zoom] = shapes, shapely.STRtree(shapes)
        return self._level[zoom]


class Pyramid:
    """The levels of one layer, made from what ``load`` gives when they are not yet kept in ``folder``; without it in memory only."""

    def __init__(self, name: str, load: Loader, folder: Path | None = None) -> None:
        self.name, self.load, self.folder = name, load, folder
        self._lock = Lock()
        self._made: AreaLevels | ShapeLevels | None = None

    def tile(self, tile: AnyTile) -> bytes:
        """The tile's bytes; empty bytes when nothing lies in it."""
        return self.levels().tile(self.name, tile)

    def within(self, window: Window, zoom: int) -> tuple[Shapes, list[Properties]]:
        """What lies in a window (degrees), in drawing order, with the detail of a zoom of the degree grid."""
        return self.levels().within(window, zoom)

    def levels(self) -> AreaLevels | ShapeLevels:
        """All levels, made on first use."""
        with self._lock:
            if self._made is None:
                self._made = self._found()
            return self._made

    def _found(self) -> AreaLevels | ShapeLevels:
        kept = self.folder / "levels" if self.folder else None
        if kept is not None and kept.is_dir():
            return AreaLevels.read(kept)
        given, properties = self.load()
        shapes = np.empty(len(given), dtype=object)
        shapes[:] = given
        made = AreaLevels.of(shapes, properties)
        if made is None:
            return ShapeLevels(shapes, properties)
        if kept is None:
            return made
        made.write(kept)
        return AreaLevels.read(kept)


def _mended(tile: AnyTile, areas: Areas, chosen: NDArray[np.int64]) -> Shapes:
    """The chosen areas clipped and sound in the coordinates of the tile."""
    return in_tile(tile, shapes_of(areas, chosen))


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
