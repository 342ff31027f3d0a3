"""Vector tiles of one layer, not cached, as rows of ``figures``: the product beside PostGIS, or beside a request's work in Python."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.city import City, turns
from benchmarks.machine import timed
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


def in_degrees(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes in metres of the made city where it is put."""
    return np.asarray(shapely.transform(shapes, lambda xy: np.column_stack([WEST + xy[:, 0] / EAST_M, SOUTH + xy[:, 1] / NORTH_M])))


def tiles(city: City, peers: bool) -> list[dict[str, Any]]:
    """Tiles of Web Mercator, the grid of the other engines. The levels are made beforehand and mapped from files, as a server has them."""
    degrees = in_degrees(shapes_of(city.layers(1)[0]))
    properties = [{"i": number, "c": f"{number % 40:02}"} for number in range(len(degrees))]
    with tempfile.TemporaryDirectory(dir=city.folder) as temporary:
        pyramid = Pyramid("plan", lambda: (degrees, properties), Path(temporary))
        timing, _levels = timed(pyramid.levels)
        peer = _peer(degrees, pyramid) if peers else None
        pyramid = Pyramid("plan", lambda: ([], []), Path(temporary))
        rows = [_row(pyramid, z, goal, peer) for z, goal in ZOOMS.items()]
    made = {"levels_seconds": timing.seconds, "levels_cpu_seconds": timing.cpu_seconds, "levels_foreign_cores": timing.foreign_cores}
    return [row | made for row in rows]


def _row(pyramid: Pyramid, z: int, goal: str, peer: Peer | None) -> dict[str, Any]:
    places = _places(z)
    first = places[0]
    sizes = [len(pyramid.tile(place)) for place in places]
    near = pyramid.within(first.window, first.detail)
    figures, _mine, theirs = turns(lambda: pyramid.tile(first), (lambda: peer.tile(first)) if peer else None, 9, 3)
    several = [turns(lambda place=place: pyramid.tile(place), None, 5)[0] for place in places]
    medians, used = [one["seconds"] for one in several], [one["cpu_seconds"] for one in several]
    of_all = f"of {TILES} tiles median {np.median(medians) * 1000:.1f} ms, processor {np.median(used) * 1000:.1f} ms"
    row = {"work": f"a tile of z{z}, not cached", "goal": f"{goal} at 500k", "tiles_seconds": medians, "tiles_cpu_seconds": used}
    row |= {"bytes": sizes, **figures, "agrees": f"{len(near[0]):,} shapes, {sizes[0]:,} bytes; {of_all}"}
    return row | ({"peer": peer.name, "peer_bytes": len(theirs)} if peer else {})


@dataclass(frozen=True, slots=True)
class Peer:
    """Another maker of the same tiles."""

    name: str
    tile: Callable[[MercatorTile], bytes]


def _peer(degrees: NDArray[np.object_], pyramid: Pyramid) -> Peer | None:
    """ST_AsMVT where there is a PostGIS (``tools/private_postgres.py -- python -m benchmarks.figures …``), else objects in Python."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return Peer("ST_AsMVT: stored in 3857, half a pixel simplified, tiny ones left out", _postgis(degrees))
    if importlib.util.find_spec("mapbox_vector_tile") is not None:
        return Peer("shapely clip and mapbox_vector_tile", lambda tile: _by_objects(pyramid.within(tile.window, tile.detail), tile))
    return None


RADIUS = 6_378_137.0
"""Metres, of the sphere of EPSG:3857."""


def _postgis(degrees: NDArray[np.object_]) -> Callable[[MercatorTile], bytes]:
    import psycopg

    def projected(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return RADIUS * np.column_stack([np.radians(xy[:, 0]), np.arcsinh(np.tan(np.radians(xy[:, 1])))])

    base = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    base.execute("create extension if not exists postgis")
    base.execute("create temp table plan (i integer, c text, g geometry(geometry, 3857))")
    with base.cursor().copy("copy plan from stdin") as copy:
        for first in range(0, len(degrees), 20_000):
            shapes = shapely.set_srid(shapely.transform(degrees[first : first + 20_000], projected), 3857)
            for number, text in enumerate(shapely.to_wkb(shapes, hex=True, include_srid=True), first):
                copy.write_row((number, f"{number % 40:02}", text))
    base.execute("create index on plan using gist (g)")
    base.execute("analyze plan")

    def tile(place: MercatorTile) -> bytes:
        pixel = 2 * np.pi * RADIUS / (1 << place.z) / 256
        row = base.execute(
            "select st_asmvt(t, 'plan', 4096, 'g') from (select i, c, st_asmvtgeom(st_simplify(g, %(half)s), e, 4096, 64) g from plan,"
            " st_tileenvelope(%(z)s, %(x)s, %(y)s) e where g && st_expand(e, %(margin)s)"
            " and greatest(st_xmax(g) - st_xmin(g), st_ymax(g) - st_ymin(g)) > %(least)s) t where g is not null",
            {"half": pixel / 2, "least": pixel / 4, "margin": pixel * 4, "z": place.z, "x": place.x, "y": place.y},
            prepare=True,
        ).fetchone()
        return bytes(row[0]) if row else b""

    return tile


def _by_objects(near: tuple[NDArray[np.object_], list[Any]], tile: MercatorTile) -> bytes:
    import mapbox_vector_tile

    shapes, properties = near
    cut = shapely.transform(shapely.clip_by_rect(shapes, *tile.window), tile.local)
    rows = [{"geometry": shape, "properties": row} for shape, row in zip(cut, properties, strict=True) if not shape.is_empty]
    data: bytes = mapbox_vector_tile.encode([{"name": "plan", "features": rows}], default_options={"extents": EXTENT})
    return data
