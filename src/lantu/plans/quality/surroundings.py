"""Q13, Q14, Q15: a layer against the others: what must lie within what, totals against targets, common borders with neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_areas
from lantu.plans.quality.base import ERROR, INFO, WARNING, Context, Finding, Layer, ObjectArray, check, mean_width, polygons_of
from lantu.plans.quality.relations import CrossRule, EdgeRule, covered_by


@check("Q13")
def cross_layer(layer: Layer, context: Context) -> Iterator[Finding]:
    """What must lie within another layer does, what must stay apart does (e.g. farmland within the farmland zone)."""
    for rule in context.cross_rules:
        if rule.shapes is None:
            yield Finding("Q13", INFO, "cross-missing", values={"rule": rule.title, "layer": rule.layer})
            continue
        yield from _cross(layer, context, rule)


def _cross(layer: Layer, context: Context, rule: CrossRule) -> Iterator[Finding]:
    shapes = _sound(layer, rule.shapes)
    tree = shapely.STRtree(shapes)
    for i in _of_codes(layer, context, rule.codes):
        own = layer.metres[i]
        near = shapes[tree.query(own, predicate="intersects")]
        wrong = _wrong(own, near, within=rule.within)
        for piece in polygons_of(wrong):
            width = float(mean_width(np.array([piece.area]), np.array([piece.length]))[0])
            if piece.area >= rule.area_m2 and width >= context.thresholds.noise_m:
                values = {"rule": rule.title, "area_m2": float(piece.area), "layer": rule.layer}
                code = "cross-outside" if rule.within else "cross-overlap"
                yield Finding("Q13", ERROR, code, layer.rows_at([i]), layer.to_degrees(piece), values)


def _wrong(own: BaseGeometry, near: ObjectArray, *, within: bool) -> BaseGeometry:
    if not len(near):
        return own if within else shapely.Polygon()
    other = shapely.union_all(near)
    return shapely.difference(own, other) if within else shapely.intersection(own, other)


@check("Q14")
def quotas(layer: Layer, context: Context) -> Iterator[Finding]:
    """Totals of the layer against the targets of a plan (ellipsoidal areas): at most, or at least."""
    for rule in context.quota_rules:
        if rule.target_m2 is None:
            yield Finding("Q14", INFO, "quota-missing", values={"rule": rule.title, "target": rule.target})
            continue
        chosen = _of_codes(layer, context, rule.codes)
        total = float(polygon_areas(layer.geometries[chosen], layer.grid.ellipsoid).sum()) if len(chosen) else 0.0
        values = {
            "rule": rule.title,
            "total_ha": total / 10_000,
            "target_ha": rule.target_m2 / 10_000,
            "difference_ha": abs(total - rule.target_m2) / 10_000,
        }
        room = rule.target_m2 * rule.tolerance
        if rule.at_most and total > rule.target_m2 + room:
            yield Finding("Q14", ERROR, "quota-over", values=values)
        elif not rule.at_most and total < rule.target_m2 - room:
            yield Finding("Q14", ERROR, "quota-under", values=values)


@check("Q15")
def edges(layer: Layer, context: Context) -> Iterator[Finding]:
    """Along borders with neighbouring sheets of the same layer: gaps and overlaps up to a width, and classes that differ across."""
    for rule in context.edge_rules:
        shapes = _sound(layer, rule.shapes)
        if not len(shapes) or not len(layer.sound):
            continue
        yield from _mismatches(layer, rule, shapes)
        if rule.codes is not None:
            yield from _classes_across(layer, context, rule, shapes)


def _mismatches(layer: Layer, rule: EdgeRule, others: ObjectArray) -> Iterator[Finding]:
    """Strips between the two layers, or claimed by both, no wider than the tolerance: borders that were meant to be one."""
    own = layer.metres[layer.sound]
    tree = shapely.STRtree(others)
    mine, theirs = tree.query(own, predicate="dwithin", distance=rule.tolerance_m)
    if not len(mine):
        return
    ours = shapely.union_all(own[np.unique(mine)])
    yours = shapely.union_all(others[np.unique(theirs)])
    both = shapely.union(ours, yours)
    half = rule.tolerance_m / 2
    closed = shapely.buffer(shapely.buffer(both, half, join_style="mitre"), -half, join_style="mitre")  # closes strips up to the tolerance
    gap = shapely.difference(closed, both)
    for code, found in (("edge-gap", gap), ("edge-overlap", shapely.intersection(ours, yours))):
        for piece in polygons_of(found):
            width = float(mean_width(np.array([piece.area]), np.array([piece.length]))[0])
            if rule.noise_m <= width <= rule.tolerance_m and _touches_both(piece, ours, yours):
                rows = layer.rows_at(layer.sound[np.unique(mine)][shapely.intersects(own[np.unique(mine)], piece)])
                values = {"neighbour": rule.title, "width_m": width, "length_m": float(piece.length / 2), "finer": rule.finer}
                yield Finding("Q15", WARNING, code, rows, layer.to_degrees(piece), values)


def _touches_both(piece: BaseGeometry, ours: BaseGeometry, yours: BaseGeometry) -> bool:
    """A strip between two borders runs along both; the ends of gaps that belong to one side alone do not."""
    near = shapely.buffer(piece, 1e-3)
    return all(shapely.intersection(near, shapely.boundary(one)).length > piece.length / 8 for one in (ours, yours))


def _classes_across(layer: Layer, context: Context, rule: EdgeRule, others: ObjectArray) -> Iterator[Finding]:
    own = layer.metres
    tree = shapely.STRtree(others)
    for i in layer.sound:
        code = _code(layer, context, int(i))
        for j in tree.query(own[i], predicate="dwithin", distance=rule.tolerance_m):
            theirs = str(rule.codes[j]) if rule.codes is not None else ""
            if not code or not theirs or code == theirs:
                continue
            common = shapely.intersection(shapely.boundary(own[i]), shapely.buffer(others[j], rule.tolerance_m))
            same_ground = shapely.intersection(own[i], others[j]).area > rule.tolerance_m * common.length  # on top, not beside
            if common.length > rule.length_m and not same_ground:
                values = {"neighbour": rule.title, "code": code, "other": theirs, "length_m": float(common.length)}
                yield Finding("Q15", WARNING, "edge-class", layer.rows_at([i]), layer.to_degrees(common), values)


def _sound(layer: Layer, shapes: ObjectArray | None) -> ObjectArray:
    """Other layers' polygons in metres."""
    if shapes is None or not len(shapes):
        return np.empty(0, dtype=object)
    return shapely.make_valid(layer.to_metres(shapes))


def _of_codes(layer: Layer, context: Context, codes: Iterable[str]) -> NDArray[np.int64]:
    """Positions of sound polygons that have one of the codes (or one below it); all when there are none."""
    wanted = tuple(codes)
    if not wanted:
        return layer.sound
    return np.array([i for i in layer.sound if covered_by(_code(layer, context, int(i)), wanted)], dtype=np.int64)


def _code(layer: Layer, context: Context, position: int) -> str:
    column = layer.columns.get(context.code_field or "")
    value = column[position] if column is not None else None
    return str(value) if value is not None else ""
