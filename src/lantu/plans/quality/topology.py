"""Q08, Q09, Q11: the patches of a layer against one another and against the boundary, exactly, on the grid of the release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lantu.plans.quality.base import ERROR, INFO, WARNING, Context, Finding, Layer, ObjectArray, check, mean_width, polygons_of


@dataclass(slots=True)
class _Noise:
    """Strips too narrow to be anything but coordinate noise: one number, never a finding (domain 2.3)."""

    limit_m: float
    smallest_m2: float = 0.0
    count: int = 0
    area_m2: float = 0.0

    def takes(self, piece: BaseGeometry) -> bool:
        """Whether the piece is noise; counts it if so."""
        if _width(piece) >= self.limit_m and piece.area >= self.smallest_m2:
            return False
        self.count += 1
        self.area_m2 += piece.area
        return True

    def finding(self, check_key: str, code: str) -> Iterator[Finding]:
        if self.count:
            yield Finding(check_key, INFO, code, values={"count": self.count, "limit_m": self.limit_m, "area_m2": self.area_m2})


def _width(piece: BaseGeometry) -> float:
    return float(mean_width(np.array([piece.area]), np.array([piece.length]))[0])


def _sizes(piece: BaseGeometry) -> dict[str, float]:
    return {"area_m2": float(piece.area), "width_m": _width(piece)}


@check("Q08")
def overlaps(layer: Layer, context: Context) -> Iterator[Finding]:
    """Every piece of ground that two patches of a coverage layer both claim."""
    if not context.coverage:
        return
    shapes = layer.metres[layer.sound]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    in_order = np.lexsort((second, first))
    first, second = first[in_order], second[in_order]
    common = shapely.intersection(shapes[first], shapes[second])
    noise = _Noise(context.thresholds.noise_m, context.thresholds.overlap_m2)
    for k in np.flatnonzero(shapely.area(common) > context.thresholds.noise_m**2):
        pair = layer.rows_at(sorted((layer.sound[first[k]], layer.sound[second[k]])))
        for piece in polygons_of(common[k]):
            if not noise.takes(piece):
                yield Finding("Q08", ERROR, "overlap", pair, layer.to_degrees(piece), _sizes(piece))
    yield from noise.finding("Q08", "overlap-noise")


@check("Q09")
def gaps(layer: Layer, context: Context) -> Iterator[Finding]:
    """Ground inside the extent (or enclosed by the layer) that no patch of a coverage layer claims; rows are the patches around it."""
    if not context.coverage or not len(layer.sound):
        return
    shapes = layer.metres[layer.sound]
    union = shapely.union_all(shapes)
    if context.extent is not None:
        extent = layer.to_metres(np.array([context.extent], dtype=object))[0]
        missing = polygons_of(shapely.difference(shapely.make_valid(extent), union))
    else:
        missing = _holes(union)
    noise = _Noise(context.thresholds.noise_m, context.thresholds.gap_m2)
    real = [piece for piece in missing if not noise.takes(piece)]
    tree = shapely.STRtree(shapes)
    for piece in real:
        around = tree.query(piece, predicate="intersects")
        yield Finding("Q09", ERROR, "gap", layer.rows_at(sorted(layer.sound[around])), layer.to_degrees(piece), _sizes(piece))
    yield from noise.finding("Q09", "gap-noise")


def _holes(union: BaseGeometry) -> ObjectArray:
    rings = [ring for polygon in polygons_of(union) for ring in polygon.interiors]
    holes: ObjectArray = shapely.polygons(rings) if rings else np.empty(0, dtype=object)
    return holes


@check("Q11")
def boundary(layer: Layer, context: Context) -> Iterator[Finding]:
    """What lies outside of the administrative boundary; strips within the scale's width tolerance are warnings."""
    if context.boundary is None:
        yield Finding("Q11", INFO, "no-boundary")
        return
    border = shapely.make_valid(layer.to_metres(np.array([context.boundary], dtype=object))[0])
    shapely.prepare(border)
    usable = ~shapely.is_missing(layer.metres) & ~shapely.is_empty(layer.metres)
    usable[usable] = shapely.is_valid(layer.metres[usable])
    usable[usable] = ~shapely.covers(border, layer.metres[usable])
    noise = _Noise(context.thresholds.noise_m)
    narrow = max(context.thresholds.narrowest_m(context.scale) if context.scale else 0.0, context.thresholds.outside_m)
    for i in np.flatnonzero(usable):
        outside = shapely.difference(layer.metres[i], border)
        row = layer.rows_at([i])
        dimension = shapely.get_dimensions(layer.metres[i])
        if dimension == 0:
            yield Finding("Q11", ERROR, "outside-point", row, layer.geometries[i])
        elif dimension == 1 and outside.length > context.thresholds.noise_m:
            yield Finding("Q11", ERROR, "outside-line", row, layer.to_degrees(outside), {"length_m": float(outside.length)})
        else:
            for piece in polygons_of(outside):
                if not noise.takes(piece):
                    level = WARNING if _width(piece) < narrow else ERROR
                    yield Finding("Q11", level, "outside", row, layer.to_degrees(piece), _sizes(piece))
    yield from noise.finding("Q11", "outside-noise")
