"""Encoding of one tile: clip, quantise, drop what collapses, write Mapbox Vector Tile 2.1 bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.tiles.grid import EXTENT, AnyTile
from lantu.planar.mvt import encode_layer

Properties = Mapping[str, str | int | float | bool]


def encode(name: str, tile: AnyTile, shapes: NDArray[np.object_], properties: Sequence[Properties]) -> bytes:
    """The tile's bytes with one layer ``name``; ``shapes`` in degrees (EPSG:4490), already of the detail that the zoom needs."""
    return encode_layer(name, in_tile(tile, shapes), properties, EXTENT)


def in_tile(tile: AnyTile, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes in degrees clipped to the window of a tile, in its own whole coordinates, areas sound."""
    west, south, east, north = tile.window
    cut = shapely.clip_by_rect(shapes, west, south, east, north)
    return _sound(shapely.transform(cut, tile.local))


def _sound(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas kept simple after quantising; collapsed ones empty."""
    areal = shapely.get_dimensions(shapes) == 2
    collapsed = areal & (shapely.area(shapes) < 1)
    broken = np.flatnonzero(areal & ~collapsed & ~shapely.is_valid(shapes))
    result = shapes.copy()
    result[collapsed] = shapely.Polygon()
    result[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return result
