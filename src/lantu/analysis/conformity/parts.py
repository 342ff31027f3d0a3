"""A site cut by the faces: every part once, with an area that adds up to the site's own to the hundredth of a square metre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Partition
from lantu.blueprints.fusion.areas import STEP_M
from lantu.geodesy.area import distribute, polygon_area, polygon_areas
from lantu.planar.clip import clip
from lantu.planar.model import IntArray

NOISE_SHARE = 1e-9
"""Ground outside of all faces below this share of the site is rounding, not ground."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """``face`` (k,) the faces under the site; ``cents`` (k,) their share of it in hundredths of m²; ``shape`` (k,) in metres.

    ``outside_cents``: ground that no plan and no district covers. ``site``: the site in metres, ``total_cents`` its statutory area.
    """

    face: IntArray
    cents: IntArray
    shape: NDArray[np.object_]
    outside_cents: int
    total_cents: int
    site: BaseGeometry

    def amount(self, chosen: NDArray[np.bool_]) -> int:
        """Hundredths of m² of the chosen parts."""
        return int(self.cents[chosen].sum())


def cut(partition: Partition, degrees: BaseGeometry) -> Parts:
    """Cut a valid site in degrees.

    The statutory area is that of the site's own vertices (domain 3.4); the parts are integrated along edges of at most 200 m and
    adjusted to it by largest remainder, so that the classes of every layer add up to the site.
    """
    site = partition.to_plane(degrees)
    if not site.is_valid:
        site = shapely.make_valid(site, method="structure", keep_collapsed=False)  # the grid may close a gap of a tenth of a millimetre
    found = clip(partition.faces, partition.index, site, partition.plane)
    dense = shapely.segmentize(found.shape, STEP_M)
    weight = polygon_areas(partition.to_degrees(dense), partition.grid.ellipsoid) if len(dense) else np.zeros(0)
    rest = max(0.0, site.area - float(found.area.sum()))
    total = polygon_area(degrees, partition.grid.ellipsoid)
    outside = rest * total / site.area if rest > NOISE_SHARE * site.area and rest > 0.005 else 0.0
    values = distribute(np.append(weight, outside), total)
    cents = np.array([int(value * 100) for value in values], dtype=np.int64)
    return Parts(found.face, cents[:-1], found.shape, int(cents[-1]), int(cents.sum()), site)


def _together(shapes: NDArray[np.object_], unit_m: float) -> BaseGeometry:
    """The union of parts that share their borders point for point: twenty times quicker than one of any shapes, which is asked when the
    areas do not add up."""
    if len(shapes) == 1:
        return shapes[0]
    whole = shapely.coverage_union_all(shapes)
    area = float(shapely.area(shapes).sum())
    if whole.is_valid and abs(whole.area - area) <= NOISE_SHARE * area:
        return whole
    return shapely.union_all(shapes, grid_size=unit_m)


def widths(shapes: NDArray[np.object_], unit_m: float) -> tuple[float, float]:
    """(mean width 2·A/P, greatest width) in metres of parts that lie side by side."""
    whole = _together(shapes, unit_m)
    if whole.is_empty or not whole.length:
        return 0.0, 0.0
    # the largest circle that fits in: its diameter is the greatest width
    largest = max(shapely.get_parts(whole).tolist(), key=lambda part: part.area)
    radius = shapely.maximum_inscribed_circle(largest, tolerance=max(0.05, np.sqrt(largest.area) / 500)).length
    return float(2 * whole.area / whole.length), float(2 * radius)
