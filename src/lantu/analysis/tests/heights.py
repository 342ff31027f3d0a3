"""GeoTIFF files of made heights, as tests need them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lantu.analysis.terrain.writing import KEYS, NODATA, geo_tags, write_geotiff
from lantu.blueprints.factories import box
from lantu.standards import selectors as standards


def corner_of_city() -> np.ndarray:
    """Metres of the corner from which the boxes of ``blueprints.factories`` are measured."""
    grid = standards.working_grid()
    west, south, _east, _north = box(0, 0, 1, 1).bounds
    return np.asarray(grid.to_metres(grid.from_degrees(np.array([[west, south]])))[0])


def geotiff(path: Path, heights: np.ndarray, west: float, north: float, cell: float | tuple[float, float], **more: object) -> Path:
    """Write a GeoTIFF. ``epsg`` (None: none), ``nodata``, ``tags`` (in place of those that place it), ``compression``."""
    epsg = more.get("epsg", standards.working_grid().epsg)
    tags = geo_tags(west, north, cell if isinstance(cell, tuple) else (cell, cell), int(epsg or 4490))
    if not epsg:
        del tags[KEYS]
    if "tags" in more:
        tags = {KEYS: tags[KEYS], **more["tags"]}
    if "nodata" in more:
        tags[NODATA] = str(more["nodata"])
    write_geotiff(path, heights, tags, more.get("compression"))
    return path


def plane(rows: int, columns: int, cell: float, east: float, north: float) -> np.ndarray:
    """Heights at cell centres of a plane that rises ``east`` and ``north`` metres per metre from its south-west corner at 1000 m."""
    x = (np.arange(columns) + 0.5) * cell
    y = (rows - np.arange(rows) - 0.5) * cell
    return (1000 + east * x[None, :] + north * y[:, None]).astype(np.float32)
