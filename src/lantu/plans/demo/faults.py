"""Deliberate faults, a handful, so that the quality checks have something to find. What was done is written down as ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.frame import STATUTORY, WORKING, transformer
from lantu.plans.demo.layers import MadeLayer


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``check`` is the check (Q01…) that has to find it, ``ids`` the features (BSM), ``lon``/``lat`` where it is."""

    layer: str
    check: str
    kind: str
    ids: list[str]
    lon: float
    lat: float


def add_faults(rng: np.random.Generator, layers: dict[str, MadeLayer], outline: shapely.Polygon) -> list[Fault]:
    """Spoil features of the layers in place and tell which."""
    urban, use, farmland = layers["C0101"], layers["C0402"], layers["C0404"]
    parcels = rng.permutation(np.flatnonzero(np.isin(urban.fields["YDDM"], ["R2", "B1", "M1"]) & (shapely.area(urban.shapes) > 20_000)))
    found = [
        _overlap(urban, parcels[0]),
        _gap(urban, _where_land_builds(urban, layers["C0401"], parcels[1:])),
        _unknown_code(urban, parcels[2]),
        _spike(use, int(np.argsort(shapely.area(use.shapes))[len(use) // 2])),
        _self_crossing(farmland, int(np.argsort(shapely.area(farmland.shapes))[len(farmland) // 3])),
        _outside(layers["C0741"], outline),
    ]
    return found


def _fault(layer: MadeLayer, check: str, kind: str, row: int, where: shapely.Geometry) -> Fault:
    lon, lat = transformer(WORKING, STATUTORY).transform(where.x, where.y)
    return Fault(layer.code, check, kind, [str(layer.fields["BSM"][row])], round(lon, 6), round(lat, 6))


def _overlap(layer: MadeLayer, row: int) -> Fault:
    grown = layer.shapes[row].buffer(6.0, join_style="mitre")
    where = shapely.point_on_surface(grown.difference(layer.shapes[row]))
    layer.shapes[row] = grown
    return _fault(layer, "Q08", "overlap", row, where)


def _where_land_builds(urban: MadeLayer, control: MadeLayer, parcels: NDArray[np.int64]) -> int:
    """The first parcel whole in a zone where building is allowed: what the urban plan leaves out there is a coverage gap too."""
    zones = control.shapes[control.fields["GZQLXDM"] == "010"]
    tree = shapely.STRtree(zones)
    return next(int(row) for row in parcels[1:] if len(tree.query(urban.shapes[row], predicate="within")))


def _gap(layer: MadeLayer, row: int) -> Fault:
    shrunk = layer.shapes[row].buffer(-12.0, join_style="mitre")
    where = shapely.point_on_surface(layer.shapes[row].difference(shrunk))
    layer.shapes[row] = shrunk
    return _fault(layer, "Q09", "gap", row, where)


def _unknown_code(layer: MadeLayer, row: int) -> Fault:
    layer.fields["YDDM"][row] = "X9"
    layer.fields["YDMC"][row] = "待定"
    return _fault(layer, "Q04", "unknown code", row, shapely.point_on_surface(layer.shapes[row]))


def _spike(layer: MadeLayer, row: int) -> Fault:
    """A needle of 60 m length whose sides are 2 cm apart at its foot."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(layer.shapes[row]))
    length = np.linalg.norm(np.diff(ring, axis=0), axis=1)
    edge = int(np.argmax(length))
    along = (ring[edge + 1] - ring[edge]) / length[edge]
    foot = (ring[edge] + ring[edge + 1]) / 2
    normal = np.array([along[1], -along[0]])
    if layer.shapes[row].contains(shapely.Point(foot + normal)):
        normal = -normal
    tip = foot + 60.0 * normal
    spiked = np.vstack([ring[: edge + 1], foot - 0.01 * along, tip, foot + 0.01 * along, ring[edge + 1 :]])
    holes = [shapely.get_coordinates(hole) for hole in layer.shapes[row].interiors]
    layer.shapes[row] = shapely.Polygon(spiked, holes)
    return _fault(layer, "Q06", "spike", row, shapely.Point(tip))


def _self_crossing(layer: MadeLayer, row: int) -> Fault:
    """Two neighbouring vertices change places, at the longest edge where that makes the ring cross itself."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(layer.shapes[row]))
    holes = [shapely.get_coordinates(hole) for hole in layer.shapes[row].interiors]
    length = np.linalg.norm(np.diff(ring, axis=0), axis=1)
    for edge in np.argsort(-length, kind="stable"):
        if 0 < edge < len(ring) - 2:
            swapped = ring.copy()
            swapped[[edge, edge + 1]] = swapped[[edge + 1, edge]]
            crossing = shapely.Polygon(swapped, holes)
            if not crossing.is_valid:
                layer.shapes[row] = crossing
                return _fault(layer, "Q06", "self-crossing", row, shapely.Point(ring[edge]))
    raise ValueError(f"no edge of {layer.fields['BSM'][row]} can be made to cross")


def _outside(layer: MadeLayer, outline: shapely.Polygon) -> Fault:
    """The last feature is put across the boundary of the city."""
    row = len(layer) - 1
    edge = shapely.line_interpolate_point(shapely.get_exterior_ring(outline), 0.31, normalized=True)
    layer.shapes[row] = edge.buffer(180.0, quad_segs=6)
    return _fault(layer, "Q11", "outside the boundary", row, edge)
