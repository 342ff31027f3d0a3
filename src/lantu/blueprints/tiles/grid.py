"""The degree grid of the tiles: EPSG:4490, origin (-180°, 90°), zoom 0 is 2 × 1 tiles of 180°, 256 px each, y downward."""

from __future__ import annotations

from dataclasses import dataclass

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


def pixel(z: int) -> float:
    """Size of a pixel at zoom ``z``, degrees."""
    return 180.0 / (1 << z) / TILE_PX


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """The tile that a place lies in."""
    size = 180.0 / (1 << z)
    return Tile(z, int((lon + 180.0) // size), int((90.0 - lat) // size))
