"""A flat little city for tests: one grid unit is one metre, areas are plane areas, layers are lists of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.fusion.fuse import LayerInput
from lantu.planar.convert import Grid, layer_from_shapely
from lantu.planar.model import RingLayer

GRID = Grid(size=1.0)

Box = tuple[int, int, int, int]


class PlaneFrame:
    """Degrees are metres, the ellipsoid is a plane."""

    unit_m = 1.0

    def to_degrees(self, xy: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(xy, dtype=np.float64)

    def edge_areas(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        return (start[:, 0] * end[:, 1] - end[:, 0] * start[:, 1]) / 2


def shapes(boxes: Sequence[Box]) -> list[shapely.Polygon]:
    """Boxes (x min, y min, x max, y max)."""
    return [shapely.box(*box) for box in boxes]


def rings(boxes: Sequence[Box]) -> RingLayer:
    return layer_from_shapely(shapes(boxes), GRID)


def layer(code: str, boxes: Sequence[Box], scale: int = 1) -> LayerInput:
    """A layer whose control areas are its plane areas."""
    return LayerInput(code, rings(boxes), scale, np.array([shape.area for shape in shapes(boxes)]))
