"""What a site covers: the faces that meet a polygon and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.lookup import FaceIndex
from lantu.planar.model import Faces, IntArray


@dataclass(frozen=True, slots=True)
class Clip:
    """``face`` (k,) faces that share an area with the site, rising; ``area`` (k,) shared plane area in square metres; ``whole`` (k,) face
    lies within the site; ``shape`` (k,) the common part in metres."""

    face: IntArray
    area: NDArray[np.float64]
    whole: NDArray[np.bool_]
    shape: NDArray[np.object_]


def clip(faces: Faces, index: FaceIndex, site: Any, grid: Grid) -> Clip:
    """Clip by a valid polygon or multipolygon in metres of the working CRS.

    Faces within the site are taken as they are, only those on its outline are cut (by GEOS, in doubles). Common parts without area do not
    count.
    """
    west, south, east, north = (np.array(site.bounds).reshape(2, 2) - grid.origin).reshape(-1) / grid.size
    near = index.window(int(np.floor(west)), int(np.floor(south)), int(np.ceil(east)), int(np.ceil(north)))
    shape = faces_to_shapely(faces, grid, near)
    shapely.prepare(site)
    whole = shapely.covers(site, shape)
    cut = np.flatnonzero(~whole & shapely.intersects(site, shape))
    shape[cut] = _areal(shapely.intersection(shape[cut], site))
    area = np.zeros(len(near))
    area[cut] = shapely.area(shape[cut])
    area[whole] = faces.area2[near[whole]] * (grid.size * grid.size / 2)
    keep = area > 0
    return Clip(near[keep], area[keep], whole[keep], shape[keep])


def _areal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Without points and lines where site and face only touch."""
    for number in np.flatnonzero(shapely.get_type_id(shapes) == 7):  # geometry collections
        parts = shapely.get_parts(shapes[number])
        shapes[number] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return shapes
