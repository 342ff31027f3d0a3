"""Vector tiles of one layer, not cached, as a row of ``figures``: the product's own encoder against one request's work in shapely."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.city import City, turns
from benchmarks.made_city import SIDE, shapes_of
from lantu.blueprints.tiles.grid import EXTENT, MercatorTile
from lantu.blueprints.tiles.pyramid import Pyramid

WEST, SOUTH = 106.2, 26.2
"""Where the city is put, degrees."""
EAST_M, NORTH_M = 111_320 * np.cos(np.radians(26.6)), 110_800.0
"""Metres of a degree there, nearly."""
ZOOMS = {14: "≤ 4 ms", 10: "≤ 60 ms"}
TILES = 9


def _places(z: int) -> list[MercatorTile]:
    """Tiles that lie in the city."""
    random = np.random.default_rng(z)
    found = []
    for x, y in random.uniform(0.3, 0.7, (TILES, 2)) * SIDE:
        lon, lat = WEST + x / EAST_M, SOUTH + y / NORTH_M
        count = 1 << z
        down = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * count
        found.append(MercatorTile(z, int((lon + 180) / 360 * count), int(down)))
    return found


def tiles(city: City, peers: bool) -> list[dict[str, Any]]:
    """Tiles of Web Mercator, the grid of the other engines. The level of a zoom is made beforehand, as theirs are."""
    shapes = shapes_of(city.layers(1)[0])
    degrees = shapely.transform(shapes, lambda xy: np.column_stack([WEST + xy[:, 0] / EAST_M, SOUTH + xy[:, 1] / NORTH_M]))
    del shapes
    properties = [{"i": number, "c": f"{number % 40:02}"} for number in range(len(degrees))]
    pyramid = Pyramid("plan", degrees, properties)
    return [_row(pyramid, z, goal, peers and importlib.util.find_spec("mapbox_vector_tile") is not None) for z, goal in ZOOMS.items()]


def _row(pyramid: Pyramid, z: int, goal: str, peers: bool) -> dict[str, Any]:
    places = _places(z)
    first = places[0]
    sizes = [len(pyramid.tile(place)) for place in places]
    near = pyramid.within(first.window, first.detail)
    figures, _mine, _theirs = turns(lambda: pyramid.tile(first), (lambda: _by_objects(near, first)) if peers else None, 9, 1)
    medians = [turns(lambda place=place: pyramid.tile(place), None, 5)[0]["seconds"] for place in places]
    of_all = f"of {TILES} tiles median {np.median(medians) * 1000:.1f} ms"
    row = {"work": f"a tile of z{z}, not cached", "goal": f"{goal} at 500k", "tiles_seconds": medians, "bytes": sizes, **figures}
    row["agrees"] = f"{len(near[0]):,} shapes, {sizes[0]:,} bytes; {of_all}"
    return row | ({"peer": "shapely clip and mapbox_vector_tile"} if peers else {})


def _by_objects(near: tuple[NDArray[np.object_], list[Any]], tile: MercatorTile) -> bytes:
    import mapbox_vector_tile

    shapes, properties = near
    cut = shapely.transform(shapely.clip_by_rect(shapes, *tile.window), tile.local)
    rows = [{"geometry": shape, "properties": row} for shape, row in zip(cut, properties, strict=True) if not shape.is_empty]
    data: bytes = mapbox_vector_tile.encode([{"name": "plan", "features": rows}], default_options={"extents": EXTENT})
    return data
