"""The grids of the tiles, 256 px each, y downward.

The degree grid, which the maps of this site use: EPSG:4490, origin (-180°, 90°), zoom 0 is 2 × 1 tiles of 180° (``WorldCRS84Quad`` of OGC
17-083r4). And for other programs Web Mercator (``WebMercatorQuad``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lantu.planar.mvt_areas import View, flat_view, mercator_view

TILE_PX = 256
MAX_ZOOM = 20
EXTENT = 4096
"""Units of a tile's own coordinates (Mapbox Vector Tile)."""

MARGIN = 64 / EXTENT
"""Share of a tile that geometry reaches beyond its border, so that outlines do not show the cut."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile address."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2 << self.z and 0 <= self.y < 1 << self.z

    @property
    def size(self) -> float:
        """Width and height in degrees."""
        return 180.0 / (1 << self.z)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(min lon, min lat, max lon, max lat) in degrees."""
        west, north = -180.0 + self.x * self.size, 90.0 - self.y * self.size
        return west, north - self.size, west + self.size, north

    @property
    def window(self) -> tuple[float, float, float, float]:
        """The bounds with their margin."""
        margin = self.size * MARGIN
        west, south, east, north = self.bounds
        return west - margin, south - margin, east + margin, north + margin

    @property
    def detail(self) -> int:
        """The zoom of the degree grid whose detail it shows."""
        return self.z

    @property
    def path(self) -> str:
        """Where it is kept, below the folder of its source."""
        return f"{self.z}/{self.x}/{self.y}"

    def local(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) places in degrees in the tile's own coordinates, y upwards from the lower edge."""
        west, south, _east, _north = self.bounds
        return np.rint((degrees - (west, south)) * (EXTENT / self.size))

    @property
    def view(self) -> View:
        """The same for the encoder of areas."""
        west, south, _east, _north = self.bounds
        return flat_view(west, south, EXTENT / self.size)


@dataclass(frozen=True, slots=True)
class MercatorTile:
    """An address in Web Mercator: zoom 0 is one tile of the world, to 85.05° north and south."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(min lon, min lat, max lon, max lat) in degrees."""
        return self._between(0.0)

    @property
    def window(self) -> tuple[float, float, float, float]:
        """The bounds with their margin."""
        return self._between(MARGIN)

    def _between(self, margin: float) -> tuple[float, float, float, float]:
        count = 1 << self.z
        west, east = ((self.x + part) / count * 360.0 - 180.0 for part in (-margin, 1 + margin))
        south, north = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (self.y + part) / count)))) for part in (1 + margin, -margin))
        return west, south, east, north

    @property
    def detail(self) -> int:
        """The zoom of the degree grid with the same pixels at the equator."""
        return max(0, self.z - 1)

    @property
    def path(self) -> str:
        return f"mercator/{self.z}/{self.x}/{self.y}"

    def local(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) places in degrees in the tile's own coordinates, y upwards from the lower edge."""
        count = 1 << self.z
        x = (degrees[:, 0] + 180.0) / 360.0 * count - self.x
        y = (1 - np.arcsinh(np.tan(np.radians(degrees[:, 1]))) / np.pi) / 2 * count - self.y
        return np.rint(np.column_stack((x, 1 - y)) * EXTENT)

    @property
    def view(self) -> View:
        """The same for the encoder of areas."""
        count = 1 << self.z
        _west, south, _east, north = self.window
        east, scale = EXTENT * count / 360.0, EXTENT * count / (2 * math.pi)
        return mercator_view(self.x / count * 360.0 - 180.0, east, south, north, scale, EXTENT * (count / 2 - self.y - 1))


AnyTile = Tile | MercatorTile


def pixel(z: int) -> float:
    """Size of a pixel at zoom ``z``, degrees."""
    return 180.0 / (1 << z) / TILE_PX


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """The tile that a place lies in."""
    size = 180.0 / (1 << z)
    return Tile(z, int((lon + 180.0) // size), int((90.0 - lat) // size))
