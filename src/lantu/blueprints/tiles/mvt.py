"""Encoding of one tile: clip, drop what is smaller than a pixel, quantise, write Mapbox Vector Tile 2.1 bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.tiles.grid import EXTENT, Tile

Properties = Mapping[str, str | int | float | bool]


def encode(name: str, tile: Tile, shapes: NDArray[np.object_], properties: Sequence[Properties]) -> bytes:
    """The tile's bytes with one layer ``name``; ``shapes`` in degrees (EPSG:4490), already of the detail that the zoom needs."""
    west, south, east, north = tile.window
    cut = shapely.clip_by_rect(shapes, west, south, east, north)
    west, south, _east, _north = tile.bounds
    factor = EXTENT / tile.size
    local = shapely.transform(cut, lambda xy: np.rint((xy - (west, south)) * factor))
    features = []
    for shape, values in zip(local, properties, strict=True):
        for part in _parts(shape):
            features.append({"geometry": part, "properties": dict(values)})
    layer = {"name": name, "features": features}
    return bytes(mapbox_vector_tile.encode([layer], default_options={"extents": EXTENT, "check_winding_order": True}))


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """What remains to be drawn after quantising: nothing of collapsed rings, areas kept simple."""
    if shape.is_empty:
        return []
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        if shape.area < 1:
            return []
        sound = shape if shape.is_valid else shapely.make_valid(shape, method="structure", keep_collapsed=False)
        return [sound] if not sound.is_empty and sound.geom_type in ("Polygon", "MultiPolygon") else []
    return [shape]
