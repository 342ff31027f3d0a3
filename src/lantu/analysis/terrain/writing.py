"""Heights written as GeoTIFF: for the demo, and for who tries the reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from lantu.analysis.terrain.reading import HeightArray
from lantu.geodesy.frames import frame

SCALE, TIE_POINT, MATRIX, KEYS, NODATA = 33550, 33922, 34264, 34735, 42113
_TYPES = {SCALE: 12, TIE_POINT: 12, MATRIX: 12, KEYS: 3, NODATA: 2}
"""Doubles, shorts, text."""


def geo_tags(west: float, north: float, cell: tuple[float, float], epsg: int) -> dict[int, Any]:
    """The tags of OGC GeoTIFF 1.1 for north-up cells: outer corner of the first, its width and height, reference system."""
    model, key = (2, 2048) if frame(epsg).geographic else (1, 3072)
    return {
        SCALE: (cell[0], cell[1], 0.0),
        TIE_POINT: (0.0, 0.0, 0.0, west, north, 0.0),
        KEYS: (1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, key, 0, 1, epsg),
    }


def write_geotiff(
    path: Path, heights: HeightArray | np.ndarray, tags: Mapping[int, Any], compression: str | None = "tiff_adobe_deflate"
) -> None:
    """Write one band of heights with these tags."""
    told = TiffImagePlugin.ImageFileDirectory_v2()
    told.tagtype |= _TYPES
    for tag, value in tags.items():
        told[tag] = value
    Image.fromarray(heights).save(path, "TIFF", tiffinfo=told, compression=compression)
