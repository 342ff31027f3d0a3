"""Proposals to repair geometries: always explicit, with the change of area; never done silently, never by buffer(0) (domain 2.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_area
from lantu.plans.quality.base import Context, Layer, polygons_of


@dataclass(frozen=True, slots=True)
class Repair:
    """What could be done to one invalid polygon. ``geometry`` in degrees; None when ``refused`` (``area-change`` or ``no-area``)."""

    row: int
    method: str
    before_m2: float
    after_m2: float
    geometry: BaseGeometry | None
    refused: str | None = None

    @property
    def change_share(self) -> float:
        """Share of the area that the repair adds or takes; 1 where there was none before."""
        return abs(self.after_m2 - self.before_m2) / self.before_m2 if self.before_m2 else 1.0


def propose(layer: Layer, context: Context) -> list[Repair]:
    """One proposal per invalid polygon; refused when the statutory area would change by more than the threshold (0.1 %)."""
    polygons = np.flatnonzero(~shapely.is_missing(layer.geometries) & (shapely.get_dimensions(layer.geometries) == 2))
    broken = polygons[~shapely.is_valid(layer.metres[polygons])]
    return [_repair(layer, context, int(i)) for i in broken]


def _repair(layer: Layer, context: Context, position: int) -> Repair:
    row, original = int(layer.rows[position]), layer.geometries[position]
    before = polygon_area(original, layer.grid.ellipsoid)
    parts = polygons_of(shapely.make_valid(layer.metres[position], method="structure", keep_collapsed=False))
    if not len(parts):
        return Repair(row, "make-valid", before, 0.0, None, "no-area")
    mended = layer.to_degrees(parts[0] if len(parts) == 1 else shapely.multipolygons(parts))
    repair = Repair(row, "make-valid", before, polygon_area(mended, layer.grid.ellipsoid), mended)
    if repair.change_share > context.thresholds.repair_share:
        return Repair(row, repair.method, before, repair.after_m2, None, "area-change")
    return repair
