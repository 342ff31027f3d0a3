"""The search over the faces: a mask, its connected zones as exact geometry, cut to the size asked for, measured and scored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Partition
from lantu.analysis.siting.criteria import Criteria, Must, Wish, weighted
from lantu.analysis.terrain.slopes import ZoneSlopes, zone_slopes
from lantu.analysis.terrain.store import Terrain
from lantu.geodesy.area import polygon_areas
from lantu.planar.components import components
from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.dissolve import dissolve
from lantu.plans.selectors import living_in_force

BoolArray = NDArray[np.bool_]
MOST_PIECES = 20_000
SAME_GROUND = 0.02
"""Of two pieces that share more than this share of their ground only the better one is kept."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A zone: geometry in degrees, ellipsoidal area, compactness 4πA/P², per wish the measured value and its score (0 to 1).

    ``slope``: mean and greatest slope in percent, share of steep ground; empty where no raster says it.
    """

    geometry: BaseGeometry
    area_m2: float
    compactness: float
    values: list[dict[str, Any]]
    score: float
    district: str
    slope: dict[str, float]


@dataclass(slots=True)
class Account:
    """What became of the ground: every step with counts, so that nothing vanishes silently. Areas in m² of the plane."""

    allowed_m2: float = 0.0
    zones: int = 0
    small: int = 0
    small_m2: float = 0.0
    pieces: int = 0
    cut_short: bool = False
    dropped: dict[str, int] = field(default_factory=dict)
    found: int = 0


def mask_of(partition: Partition, must: Must) -> BoolArray | None:
    """(faces,) where a must-have holds; None for those that are about whole zones or living layers."""
    if must.kind == "class":
        return partition.faces_having(must.layers[0], list(must.codes))
    if must.kind == "outside":
        hit = np.zeros(len(partition.faces), dtype=bool)
        for layer in must.layers:
            if layer in partition.layers:
                hit |= partition.faces_having(layer, list(must.codes) if len(must.layers) == 1 else [])
        return ~hit
    if must.kind == "zone":
        column = partition.region_column
        wanted = np.array([code in must.codes for code in partition.regions], dtype=bool)
        return partition.view.any(column, wanted) if column is not None else np.zeros(len(partition.faces), dtype=bool)
    return None


def allowed(partition: Partition, criteria: Criteria) -> BoolArray:
    """(faces,) where every must-have about ground holds."""
    mask = np.ones(len(partition.faces), dtype=bool)
    for must in criteria.must:
        part = mask_of(partition, must)
        if part is not None:
            mask &= part
    return mask


class Search:
    """One search over one partition. ``terrain``: the raster by which slopes are told, ``steep`` the percent from which ground is steep."""

    def __init__(self, partition: Partition, criteria: Criteria, most: int, terrain: Terrain | None = None, steep: float = 25.0) -> None:
        self.partition, self.criteria, self.most = partition, criteria, most
        self.terrain, self.steep = terrain, steep
        self.account = Account()
        self._targets: dict[tuple[str, tuple[str, ...]], tuple[shapely.STRtree, NDArray[np.object_]]] = {}

    def run(self) -> list[Candidate]:
        """The best candidates, best first; at most ``most``."""
        shapes = self._pieces()
        if not len(shapes):
            return []
        compact = compactness(shapes)
        keep = np.ones(len(shapes), dtype=bool)
        for must in self.criteria.must:
            if must.kind == "compactness":
                keep &= compact >= must.least
                self.account.dropped["compactness"] = int((~keep).sum())
        shapes, compact = self._flat_enough(shapes[keep], compact[keep])
        measured = [self._measure(wish, shapes, compact) for wish in self.criteria.wishes]
        keep = np.ones(len(shapes), dtype=bool)
        for wish, (_value, score) in zip(self.criteria.wishes, measured, strict=True):
            if wish.required:
                keep &= score > 0 if wish.kind in ("near", "flat") else score >= 1
        self.account.dropped["required"] = int((~keep).sum())
        return self._best(np.flatnonzero(keep), shapes, compact, measured)

    def _flat_enough(self, shapes: NDArray[np.object_], compact: NDArray[np.float64]) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
        """Without the pieces that are too steep on average, or whose slope is not known where one is asked for."""
        for must in self.criteria.must:
            if must.kind == "slope":
                mean = self._slopes(shapes).mean
                keep = mean <= must.most  # not for NaN
                self.account.dropped["slope"] = self.account.dropped.get("slope", 0) + int((~keep & ~np.isnan(mean)).sum())
                self.account.dropped["slope_unknown"] = int(np.isnan(mean).sum())
                shapes, compact = shapes[keep], compact[keep]
        return shapes, compact

    def _slopes(self, shapes: NDArray[np.object_]) -> ZoneSlopes:
        assert self.terrain is not None  # ``services.siting`` refuses slope criteria without a raster
        return zone_slopes(shapes, self.terrain.lattice, self.terrain.slope, self.steep)

    # -- zones and pieces

    def _pieces(self) -> NDArray[np.object_]:
        """Zones of the size asked for, in metres; larger ones cut by squares."""
        part = self.partition
        mask = allowed(part, self.criteria)
        unit2 = part.grid.unit_m**2 / 2
        self.account.allowed_m2 = float(part.faces.area2[mask].sum() * unit2)
        regions = dissolve(part.faces, np.where(mask, 0, -1), arcs=part.arcs)
        area = regions.area2 * unit2
        self.account.zones = len(regions)
        fits = area >= self.criteria.least_m2
        self.account.small, self.account.small_m2 = int((~fits).sum()), float(area[~fits].sum())
        shapes = regions.to_shapely(Grid(part.grid.origin, part.grid.unit_m))[fits]
        shapes = self._without_living(shapes)
        if self.criteria.whole:
            found = [shape for shape in shapes if shape.area >= self.criteria.least_m2]
        else:
            found = []
            for shape in shapes:
                found += [shape] if shape.area <= self.criteria.most_m2 else list(self._cut(shape))
                if len(found) > MOST_PIECES:
                    self.account.cut_short = True
                    break
        result = np.array([shape for shape in found if shape.area >= self.criteria.least_m2], dtype=object)
        self.account.pieces = len(result)
        return result

    def _without_living(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Take the ground of living layers that must be stayed out of."""
        wanted = [
            code for must in self.criteria.must if must.kind == "outside" for code in must.layers if code not in self.partition.layers
        ]
        if not wanted or not len(shapes):
            return shapes
        rows = living_in_force(timezone.localdate()).filter(layer_code__in=wanted).values_list("geometry", flat=True)
        taken = [self.partition.to_plane(shape) for shape in rows if shape is not None]
        if not taken:
            return shapes
        rest = shapely.difference(shapes, shapely.union_all(np.array(taken, dtype=object)))
        parts = shapely.get_parts(rest)
        return np.asarray(parts[shapely.area(parts) >= self.criteria.least_m2])

    def _cut(self, shape: BaseGeometry) -> Iterator[BaseGeometry]:
        """Pieces of a zone that is too large: squares of the size asked for, on lattices shifted by half a square each way."""
        side = math.sqrt(min((self.criteria.least_m2 * 1.15 + self.criteria.most_m2) / 2, self.criteria.most_m2))
        for dx in (0.0, side / 2):
            for dy in (0.0, side / 2):
                west, south = shape.bounds[0] - dx, shape.bounds[1] - dy
                across = math.ceil((shape.bounds[2] - west) / side)
                up = math.ceil((shape.bounds[3] - south) / side)
                yield from self._halve(shape, (west, south, side), (0, across, 0, up))

    def _halve(self, shape: BaseGeometry, lattice: tuple[float, float, float], cells: tuple[int, int, int, int]) -> Iterator[BaseGeometry]:
        """Cut along the middle lattice line again and again: every vertex is looked at only log(cells) times."""
        if shape.is_empty or shape.area < self.criteria.least_m2:
            return
        (west, south, side), (c0, c1, r0, r1) = lattice, cells
        if c1 - c0 <= 1 and r1 - r0 <= 1:
            parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
            largest = max(parts, key=lambda part: part.area, default=None)
            if largest is not None and self.criteria.least_m2 <= largest.area <= self.criteria.most_m2 * (1 + 1e-9):
                yield largest
            return
        if c1 - c0 >= r1 - r0:
            middle = (c0 + c1) // 2
            halves = ((c0, middle, r0, r1), (middle, c1, r0, r1))
        else:
            middle = (r0 + r1) // 2
            halves = ((c0, c1, r0, middle), (c0, c1, middle, r1))
        for half in halves:
            box = (west + half[0] * side, south + half[2] * side, west + half[1] * side, south + half[3] * side)
            yield from self._halve(_area_only(shapely.clip_by_rect(shape, *box)), lattice, half)

    # -- measuring

    def _measure(
        self, wish: Wish, shapes: NDArray[np.object_], compact: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(value, score) of every piece: metres, share or compactness, and 0 to 1."""
        if wish.kind == "compact":
            return compact, np.clip(compact / 0.785, 0, 1)  # a square has full marks
        if wish.kind == "flat":
            mean = self._slopes(shapes).mean
            return mean, np.clip(1 - np.nan_to_num(mean, nan=wish.percent) / wish.percent, 0, 1)
        tree, targets = self._target(wish.layer, wish.codes)
        if wish.kind == "class_share":
            share = np.zeros(len(shapes))
            if len(targets) and len(shapes):
                mine, other = tree.query(shapes, predicate="intersects")
                common = shapely.area(shapely.intersection(shapes[mine], targets[other]))
                np.add.at(share, mine, common)
                share = np.clip(share / shapely.area(shapes), 0, 1)
            return share, share
        distance = np.full(len(shapes), np.inf)
        if len(targets) and len(shapes):
            (mine, _other), found = tree.query_nearest(shapes, return_distance=True, all_matches=False)
            distance[mine] = found
        if wish.kind == "near":
            return distance, np.clip(1 - distance / wish.metres, 0, 1)
        return distance, np.clip(distance / wish.metres, 0, 1)

    def _target(self, layer: str, codes: tuple[str, ...]) -> tuple[shapely.STRtree, NDArray[np.object_]]:
        """The patches of a layer that a wish is about, as faces in metres."""
        key = (layer, codes)
        if key not in self._targets:
            faces = np.flatnonzero(self.partition.faces_having(layer, list(codes)))
            shapes = faces_to_shapely(self.partition.faces, self.partition.plane, faces)
            self._targets[key] = shapely.STRtree(shapes), shapes
        return self._targets[key]

    # -- choosing

    def _best(
        self, rows: NDArray[np.int64], shapes: NDArray[np.object_], compact: NDArray[np.float64], measured: list[tuple[Any, Any]]
    ) -> list[Candidate]:
        weights = [wish.weight for wish in self.criteria.wishes]
        values = [[{"value": _plain(value[i]), "score": round(float(score[i]), 6)} for value, score in measured] for i in rows]
        corner = shapely.bounds(shapes[rows])
        order = sorted(range(len(rows)), key=lambda k: (-weighted(values[k], weights), -float(compact[rows[k]]), *corner[k].tolist()))
        tree = shapely.STRtree(shapes[rows])
        taken = np.zeros(len(rows), dtype=bool)
        chosen: list[int] = []
        for k in order:
            shape = shapes[rows[k]]
            near = [other for other in tree.query(shape, predicate="intersects").tolist() if taken[other]]
            if near and shapely.area(shapely.intersection(shape, shapes[rows[near]])).max() > SAME_GROUND * shape.area:
                continue
            taken[k] = True
            chosen.append(k)
            if len(chosen) == self.most:
                break
        self.account.found = len(chosen)
        if not chosen:
            return []
        best = shapes[rows[chosen]]
        degrees = self.partition.to_degrees(best)
        areas = polygon_areas(self.partition.to_degrees(shapely.segmentize(best, 200.0)), self.partition.grid.ellipsoid)
        slopes = self._told(best)
        return [
            Candidate(
                shape, float(area), float(compact[rows[k]]), values[k], weighted(values[k], weights), self._district(shapes[rows[k]]), slope
            )
            for k, shape, area, slope in zip(chosen, degrees, areas, slopes, strict=True)
        ]

    def _told(self, shapes: NDArray[np.object_]) -> list[dict[str, float]]:
        """The slopes of zones as a record keeps them."""
        if self.terrain is None:
            return [{} for _shape in shapes]
        found = self._slopes(shapes)
        return [
            {
                "mean": round(float(found.mean[n]), 2),
                "most": round(float(found.most[n]), 2),
                "steep": round(float(found.steep[n]), 4),
                "known": round(float(found.known[n] / max(found.cells[n], 1)), 4),
            }
            if found.known[n]
            else {}
            for n in range(len(shapes))
        ]

    def _district(self, shape: BaseGeometry) -> str:
        column = self.partition.region_column
        if column is None:
            return ""
        face = face_at(self.partition, shape.point_on_surface())
        label = int(self.partition.faces.label[face, column]) if face >= 0 else -1
        return self.partition.regions[label] if 0 <= label < len(self.partition.regions) else ""


def face_at(partition: Partition, metres: BaseGeometry) -> int:
    """The face under a point in metres, -1 outside of all."""
    x, y = partition.plane.snap(np.array([[metres.x, metres.y]]))[0].tolist()
    return partition.index.at(partition.faces, x, y)


def zone_at(partition: Partition, criteria: Criteria, face: int) -> float:
    """m² (plane) of the connected zone that a face belongs to, 0 where it is not allowed."""
    mask = allowed(partition, criteria)
    if not mask[face]:
        return 0.0
    part = components(partition.faces, np.where(mask, 0, -1))
    return float(partition.faces.area2[part == part[face]].sum() * partition.grid.unit_m**2 / 2)


def compactness(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """4πA/P² of each shape."""
    length = shapely.length(shapes)
    return np.asarray(4 * np.pi * shapely.area(shapes) / np.where(length > 0, length, 1) ** 2)


def _area_only(shape: BaseGeometry) -> BaseGeometry:
    """A clipped shape without lines and points, made valid where the clip touched itself."""
    if not shape.is_valid:
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _plain(value: Any) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
