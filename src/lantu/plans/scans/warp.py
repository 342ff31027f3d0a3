"""A referenced sheet drawn north up in degrees, to lie under the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lantu.plans.scans.georef import Fit, affine_inverse

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
Way = Callable[[FloatArray], FloatArray]
MOST_SIDE = 4096
CELL = 64
"""Pixels of the result between two exact positions; in between a straight quadrilateral is good to a fraction of a pixel."""


@dataclass(frozen=True, slots=True)
class Warped:
    """RGBA picture of a box in degrees (west, south, east, north); clear where the sheet is not."""

    image: Image.Image
    bounds: Bounds


def outline(fitted: Fit, width: int, height: int, steps: int = 24) -> FloatArray:
    """(n, 2) metres along the edge of the sheet, clockwise from the upper left corner, not closed."""
    share = np.linspace(0, 1, steps, endpoint=False)[:, None]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    edge = np.concatenate([corners[i] + share * (corners[(i + 1) % 4] - corners[i]) for i in range(4)])
    return fitted.forward(edge)


def warp(image: Image.Image, fitted: Fit, to_degrees: Way, to_metres: Way, most: int = MOST_SIDE) -> Warped:
    """Bring the sheet to the degree grid. ``to_degrees``, ``to_metres``: between metres of the fit and degrees."""
    edge = to_degrees(outline(fitted, image.width, image.height))
    west, south = edge.min(axis=0)
    east, north = edge.max(axis=0)
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = min(most, max(image.size) * 1.2) / max((east - west) * squeeze, north - south)
    width, height = max(2, round((east - west) * squeeze * scale)), max(2, round((north - south) * scale))
    columns, rows = _lines(width), _lines(height)
    grid = np.array([[west + (east - west) * x / width, north - (north - south) * y / height] for y in rows for x in columns])
    metres = to_metres(grid)
    pixels = fitted.inverse(metres, affine_inverse(fitted, image.width, image.height)(metres)).reshape(len(rows), len(columns), 2)
    mesh = [
        ((columns[j], rows[i], columns[j + 1], rows[i + 1]), tuple(float(value) for corner in quad for value in corner))
        for i in range(len(rows) - 1)
        for j in range(len(columns) - 1)
        for quad in [(pixels[i, j], pixels[i + 1, j], pixels[i + 1, j + 1], pixels[i, j + 1])]
        if np.isfinite(quad).all()
    ]
    drawn = image.convert("RGBA").transform((width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    return Warped(drawn, (float(west), float(south), float(east), float(north)))


def _lines(length: int) -> list[int]:
    return [*range(0, length, CELL), length] if length % CELL else list(range(0, length + 1, CELL))
