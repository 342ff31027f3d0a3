"""What a quality check gets and gives. No Django: numpy and shapely arrays in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.frames import FrameGuess
from lantu.geodesy.grid import WorkingGrid
from lantu.geodesy.transform import transform
from lantu.plans.quality.messages import MESSAGES
from lantu.plans.quality.relations import CrossRule, EdgeRule, QuotaRule

ObjectArray = NDArray[np.object_]
FloatArray = NDArray[np.float64]

ERROR, WARNING, INFO = "error", "warning", "info"
AREA_UNITS = {"m2": 1.0, "ha": 10_000.0, "mu": 2000 / 3, "ft2": (1200 / 3937) ** 2}
"""Square metres in a unit of area that sources use; the foot is the US survey foot."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of the checks; from the city pack. Lengths in m, areas in m², angles in degrees."""

    k_mm2: float = 4.0
    """A_min = k · 1e-6 · S² (domain 2.3)."""
    width_mm: float = 0.2
    """Width tolerance on the map: 0.2 mm · S, 2 m at 1:10 000."""
    noise_m: float = 0.01
    """Strips narrower than this on average are coordinate noise: counted, never a finding."""
    spike_degrees: float = 1.0
    area_m2: float = 1.0
    area_share: float = 0.001
    area_error_share: float = 0.01
    """An area that differs by more than this share is an error, below a warning."""
    repair_share: float = 0.001
    overlap_m2: float = 0.0
    gap_m2: float = 0.0
    """Overlaps and gaps below this area count as coordinate noise."""
    outside_m: float = 0.0
    """What lies outside of the boundary by less than this mean width is a warning."""

    def smallest_m2(self, scale: int) -> float:
        """Minimum patch at a scale denominator: 400 m² at 1:10 000."""
        return self.k_mm2 * 1e-6 * scale**2

    def narrowest_m(self, scale: int) -> float:
        """Narrowest patch at a scale denominator."""
        return self.width_mm * 1e-3 * scale


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field must be. ``codes``: code → name of the code system; ``separator``: pattern between the codes of mixed use."""

    name: str
    kind: str = "text"
    required: bool = False
    length: int | None = None
    precision: int | None = None
    codes: Mapping[str, str] | None = None
    code_system: str = ""
    separator: str | None = None
    name_field: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The layer's definition and surroundings. Geometries in degrees of the grid's statutory system."""

    grid: WorkingGrid
    geometry_kind: str = "polygon"
    coverage: bool = False
    single_part: bool = False
    scale: int | None = None
    fields: tuple[FieldRule, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    area_field: str | None = None
    area_unit_m2: float = 1.0
    """m² per unit of the stored area: 1, 10 000 for hectares, 666.666… for mu."""
    boundary: BaseGeometry | None = None
    """The administrative boundary (Q11)."""
    extent: BaseGeometry | None = None
    """What a coverage layer must cover (Q09); without it only holes inside the layer are gaps."""
    frame: FrameGuess | None = None
    frame_confirmed: bool = False
    allowed_epsg: frozenset[int] = frozenset()
    required_layers: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    code_field: str | None = None
    cross_rules: tuple[CrossRule, ...] = ()
    quota_rules: tuple[QuotaRule, ...] = ()
    edge_rules: tuple[EdgeRule, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    """Per check ``off`` (not done) or ``warning`` (its errors are warnings); from the city pack."""
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``rows``: source rows concerned; ``geometry`` in degrees, for the map; ``values`` fill the message."""

    check: str
    level: str
    code: str
    rows: tuple[int, ...] = ()
    geometry: BaseGeometry | None = None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence with its values, in Chinese."""
        return MESSAGES[self.code] % self.values if self.values else MESSAGES[self.code]


@dataclass(frozen=True)
class Layer:
    """The features under check: source rows (n,), geometries in degrees (n,; None allowed), attributes as columns by field name."""

    rows: NDArray[np.int64]
    geometries: ObjectArray
    columns: Mapping[str, Sequence[Any]]
    grid: WorkingGrid

    @cached_property
    def metres(self) -> ObjectArray:
        """(n,) the geometries in metres of the working CRS, on the grid: as a release will hold them."""
        return self.to_metres(self.geometries)

    @cached_property
    def sound(self) -> NDArray[np.int64]:
        """Positions of valid, non-empty polygons: those the topology checks can judge (the others are Q06 findings)."""
        usable = ~shapely.is_missing(self.metres) & ~shapely.is_empty(self.metres) & (shapely.get_dimensions(self.metres) == 2)
        usable[usable] = shapely.is_valid(self.metres[usable])
        return np.flatnonzero(usable)

    def to_metres(self, geometries: ObjectArray) -> ObjectArray:
        """Degrees to snapped metres."""
        grid = self.grid
        moved: ObjectArray = shapely.transform(geometries, lambda xy: grid.to_metres(grid.from_degrees(xy)))
        return moved

    def to_degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """One geometry back from metres, for the map."""
        way = transform(self.grid.epsg, self.grid.statutory_epsg)
        return way.geometries(np.array([geometry], dtype=object))[0]

    def rows_at(self, positions: Iterable[int | np.integer[Any]]) -> tuple[int, ...]:
        """Source rows of positions."""
        return tuple(int(self.rows[i]) for i in positions)


Check = Callable[[Layer, Context], Iterable[Finding]]
CHECKS: dict[str, Check] = {}


def check(key: str) -> Callable[[Check], Check]:
    """Register a check under Q01 … Q15."""

    def add(function: Check) -> Check:
        CHECKS[key] = function
        return function

    return add


def mean_width(areas: FloatArray, perimeters: FloatArray) -> FloatArray:
    """2·A/P, the mean width of strips in m; 0 where there is no perimeter."""
    width: FloatArray = np.divide(2 * areas, perimeters, out=np.zeros(len(areas)), where=perimeters > 0)
    return width


def polygons_of(geometry: BaseGeometry) -> ObjectArray:
    """(m,) the polygons in a geometry of any kind."""
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry], dtype=object)))
    result: ObjectArray = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    return result
