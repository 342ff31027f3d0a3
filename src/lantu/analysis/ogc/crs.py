"""Reference systems of the services, with the axis order that each authority gives (Part 2: 4490 is latitude first, CRS84 longitude)."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pyproj
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from lantu.core.errors import BadInput
from lantu.geodesy.transform import transform

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OFFERED = (4490, 4545, 4326, 3857)
STORED = 4490


def uri(epsg: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{epsg}"


URIS: dict[str, tuple[int, bool]] = {CRS84: (STORED, False)}
"""URI → (EPSG of the figures, whether north comes first). CRS84 and CGCS2000 degrees are the same at plan accuracy."""
for _epsg in OFFERED:
    URIS[uri(_epsg)] = (_epsg, pyproj.CRS.from_epsg(_epsg).axis_info[0].direction == "north")


def crs_of(text: str | None) -> str:
    """The URI asked for, by default CRS84. Raises ``BadInput`` for one that is not offered."""
    wanted = (text or CRS84).strip("[]")
    if wanted not in URIS:
        raise BadInput(_("不提供坐标系 %(crs)s。") % {"crs": wanted}, how="、".join(URIS))
    return wanted


def out(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Geometries in degrees of 4490 (longitude first) as the CRS wants them."""
    epsg, north_first = URIS[crs]
    moved = shapes if epsg == STORED else np.asarray(shapely.transform(shapes, _way(STORED, epsg)), dtype=object)
    return np.asarray(shapely.transform(moved, lambda xy: xy[:, ::-1]), dtype=object) if north_first else moved


def back(shape: Any, crs: str) -> Any:
    """A geometry in the CRS as degrees of 4490, longitude first."""
    epsg, north_first = URIS[crs]
    straight = shapely.transform(shape, lambda xy: xy[:, ::-1]) if north_first else shape
    return straight if epsg == STORED else shapely.transform(straight, _way(epsg, STORED))


def degrees(xy: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """(n, 2) places east first in the CRS's units as degrees of 4490, longitude first."""
    epsg = URIS[crs][0]
    return xy if epsg == STORED else np.asarray(_way(epsg, STORED)(xy))


def eastings(xy: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """The way back: degrees, longitude first, as places east first in the CRS's units."""
    epsg = URIS[crs][0]
    return xy if epsg == STORED else np.asarray(_way(STORED, epsg)(xy))


@functools.lru_cache(maxsize=16)
def _way(source: int, target: int) -> Any:
    return transform(source, target).points
