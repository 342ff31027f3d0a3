"""The search over the faces: a mask, its connected zones as exact geometry, cut to the size asked for, measured and scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Partition
from lantu.analysis.siting.criteria import HECTARE, Criteria, Must, Wish, weighted, weighted_scores
from lantu.analysis.siting.pieces import Zones, pieces, side_of, zones_of
from lantu.analysis.terrain.slopes import ZoneSlopes, zone_slopes
from lantu.analysis.terrain.store import Terrain
from lantu.core.errors import TooLarge
from lantu.geodesy.area import polygon_areas
from lantu.planar.components import components
from lantu.planar.convert import take_parts
from lantu.planar.dissolve import dissolve
from lantu.planar.outlines import Outlines, nearest_distances, outlines_of, shared_areas
from lantu.plans.selectors import living_in_force
from lantu.ui import formats

BoolArray = NDArray[np.bool_]
MOST_PIECES = 200_000
"""Squares that allowed ground is cut into; beyond, fewer shifted lattices, then a refusal."""
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
    """One search over one partition. ``terrain``: the raster by which slopes are told, ``steep`` the percent from which ground is steep;
    ``tell``: told now and then what share is done, and of which step."""

    def __init__(
        self,
        partition: Partition,
        criteria: Criteria,
        most: int,
        *,
        terrain: Terrain | None = None,
        steep: float = 25.0,
        tell: Callable[[float, str], None] = lambda share, step: None,
    ) -> None:
        self.partition, self.criteria, self.most = partition, criteria, most
        self.terrain, self.steep = terrain, steep
        self.account = Account()
        self.tell = tell

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
        outlines = outlines_of(shapes, self.partition.plane)
        measured = []
        for number, wish in enumerate(self.criteria.wishes, start=1):
            measured.append(self._measure(wish, shapes, compact, outlines))
            self.tell(0.5 + 0.4 * number / len(self.criteria.wishes), _("量算优选条件"))
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
        part, asked = self.partition, self.criteria
        mask = allowed(part, asked)
        unit2 = part.grid.unit_m**2 / 2
        self.account.allowed_m2 = float(part.faces.area2[mask].sum() * unit2)
        regions = dissolve(part.faces, np.where(mask, 0, -1), arcs=part.arcs)
        area = np.asarray(regions.area2 * unit2, dtype=np.float64)
        self.account.zones = len(regions)
        fits = area >= asked.least_m2
        self.account.small, self.account.small_m2 = int((~fits).sum()), float(area[~fits].sum())
        self.tell(0.2, _("连片"))
        rings = take_parts(regions.xy, regions.ring_start, regions.region_start, np.flatnonzero(fits))
        zones = self._without_living(Zones(rings[0].astype(np.float64), rings[1], rings[2], area[fits], part.plane))
        result = self._sized(zones)
        self.account.pieces = len(result)
        self.tell(0.5, _("切成地块"))
        return result

    def _sized(self, zones: Zones) -> NDArray[np.object_]:
        """Zones that have the size asked for as they are, larger ones as they are or in pieces."""
        asked = self.criteria
        area = zones.area_m2
        large = (area > asked.most_m2) if not asked.whole else np.zeros(len(zones), dtype=bool)
        result = zones.shapes(np.flatnonzero(~large & (area >= asked.least_m2)))
        if not large.any():
            return result
        squares = area[large].sum() / side_of(asked.least_m2, asked.most_m2) ** 2
        shifts = next((n for n in (4, 2, 1) if n * squares <= MOST_PIECES), 0)
        self.account.cut_short = shifts < 4
        if not shifts:
            raise TooLarge(
                _("符合条件的地有 %(ha)s 公顷，按 %(size)s 公顷切有 %(n)s 块以上，超过上限 %(limit)s 块。")
                % {
                    "ha": formats.hectares(area.sum()),
                    "size": f"{asked.least_m2 / HECTARE:g}–{asked.most_m2 / HECTARE:g}",
                    "n": f"{int(squares):,}",
                    "limit": f"{MOST_PIECES:,}",
                },
                how=_("请加区县或其他必须条件缩小范围，或放大面积。"),
            )
        return np.concatenate([result, pieces(zones, np.flatnonzero(large), asked.least_m2, asked.most_m2, shifts)])

    def _without_living(self, zones: Zones) -> Zones:
        """Take the ground of living layers that must be stayed out of."""
        wanted = [
            code for must in self.criteria.must if must.kind == "outside" for code in must.layers if code not in self.partition.layers
        ]
        if not wanted or not len(zones):
            return zones
        rows = living_in_force(timezone.localdate()).filter(layer_code__in=wanted).values_list("geometry", flat=True)
        taken = np.array([self.partition.to_plane(shape) for shape in rows if shape is not None], dtype=object)
        shapes = zones.shapes(np.arange(len(zones)))
        zone, other = shapely.STRtree(taken).query(shapes, predicate="intersects")
        for number in np.unique(zone).tolist():
            shapes[number] = shapely.difference(shapes[number], shapely.union_all(taken[other[zone == number]]))
        parts = shapely.get_parts(shapes)
        return zones_of(parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= self.criteria.least_m2)], zones.grid)

    # -- measuring

    def _measure(
        self, wish: Wish, shapes: NDArray[np.object_], compact: NDArray[np.float64], outlines: Outlines
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(value, score) of every piece: metres, share or compactness, and 0 to 1."""
        if wish.kind == "compact":
            return compact, np.clip(compact / 0.785, 0, 1)  # a square has full marks
        if wish.kind == "flat":
            mean = self._slopes(shapes).mean
            return mean, np.clip(1 - np.nan_to_num(mean, nan=wish.percent) / wish.percent, 0, 1)
        part = self.partition
        columns = (part.faces, part.index, part.faces_having(wish.layer, list(wish.codes)), outlines, part.plane)
        if wish.kind == "class_share":
            share = np.clip(shared_areas(*columns) / shapely.area(shapes), 0, 1)
            return share, share
        distance = nearest_distances(*columns)
        if wish.kind == "near":
            return distance, np.clip(1 - distance / wish.metres, 0, 1)
        return distance, np.clip(distance / wish.metres, 0, 1)

    # -- choosing

    def _best(
        self, rows: NDArray[np.int64], shapes: NDArray[np.object_], compact: NDArray[np.float64], measured: list[tuple[Any, Any]]
    ) -> list[Candidate]:
        weights = [wish.weight for wish in self.criteria.wishes]
        scores = np.array([np.round(score[rows], 6) for _value, score in measured]).reshape(len(measured), len(rows))
        whole = weighted_scores(scores, weights)
        order = np.lexsort((*shapely.bounds(shapes[rows]).T[::-1], -compact[rows], -whole))
        chosen = _apart(shapes[rows], order, self.most)
        self.account.found = len(chosen)
        if not chosen:
            return []
        best = shapes[rows[chosen]]
        values = [
            [{"value": _plain(value[rows[k]]), "score": round(float(score[rows[k]]), 6)} for value, score in measured] for k in chosen
        ]
        degrees = self.partition.to_degrees(best)
        areas = polygon_areas(self.partition.to_degrees(shapely.segmentize(best, 200.0)), self.partition.grid.ellipsoid)
        slopes = self._told(best)
        return [
            Candidate(shape, float(area), float(compact[rows[k]]), told, weighted(told, weights), self._district(shapes[rows[k]]), slope)
            for k, shape, area, told, slope in zip(chosen, degrees, areas, values, slopes, strict=True)
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


def _apart(shapes: NDArray[np.object_], order: NDArray[np.int64], most: int) -> list[int]:
    """The first ``most`` in order of which none has much of its ground in common with one before."""
    box = shapely.bounds(shapes)
    chosen: list[int] = []
    taken = np.empty((0, 4))
    for k in order.tolist():
        near = np.flatnonzero((taken[:, :2] <= box[k, 2:]).all(axis=1) & (taken[:, 2:] >= box[k, :2]).all(axis=1))
        if len(near):
            others = shapes[[chosen[n] for n in near.tolist()]]
            if shapely.area(shapely.intersection(shapes[k], others)).max() > SAME_GROUND * shapely.area(shapes[k]):
                continue
        chosen.append(k)
        taken = np.vstack([taken, box[k]])
        if len(chosen) == most:
            break
    return chosen


def _plain(value: Any) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
