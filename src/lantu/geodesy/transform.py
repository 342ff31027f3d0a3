"""Bringing coordinates from one frame to another, never silently wrong.

PROJ offers only a "ballpark" (null) operation from the old Chinese datums to CGCS2000: off by about 100 m, without an error. Every
such operation is refused, except pairs that really are the same at plan accuracy (CGCS2000, WGS 84 and their projections).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.transformer import TransformerGroup

from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import CGCS2000, LOCAL_EPSG, OLD_DATUMS, WGS84, Frame, frame

SAME_AT_PLAN_ACCURACY = frozenset({CGCS2000, WGS84})
"""Datums that agree to centimetres; PROJ calls the step between them ballpark, it is taken as identity."""
MAX_ACCURACY_M = 5.0

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """A registered datum transformation (转换参数): protected data, never in the repository. ``apply`` maps (n, 2) to (n, 2).

    ``kind`` is ``four`` (plane, 四参数) or ``seven`` (Bursa–Wolf, 七参数); ``rms_m`` is what its fit left over, None if not stated.
    """

    name: str
    source_epsg: int
    target_epsg: int
    apply: Callable[[FloatArray], FloatArray]
    kind: str = "four"
    rms_m: float | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """A checked way from one frame to another: ``operation`` says what is done, ``accuracy_m`` how well (None = not stated)."""

    source: Frame
    target: Frame
    operation: str
    accuracy_m: float | None
    _run: Callable[[FloatArray], FloatArray]

    def points(self, xy: FloatArray) -> FloatArray:
        """(n, 2) coordinates (east, north or lon, lat) to the target frame. Raises ``ValueError`` for NaN or infinite results."""
        out = self._run(np.asarray(xy, dtype=np.float64))
        if not np.isfinite(out).all():
            raise ValueError("coordinates outside of the projection's domain")
        return out

    def geometries(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """The geometries (2D) in the target frame; None stays None."""
        result: NDArray[np.object_] = shapely.transform(shapely.force_2d(geometries), self.points)
        return result


def swapped(way: Transform) -> Transform:
    """The same way for coordinates that come as (north, east) or (lat, lon)."""
    return Transform(way.source, way.target, f"X↔Y + {way.operation}", way.accuracy_m, lambda xy: way.points(xy[:, ::-1]))


def transform(source_epsg: int, target_epsg: int, parameters: ParameterSet | None = None) -> Transform:
    """A way from ``source_epsg`` to ``target_epsg``. Raises ``DatumRefused`` when there is none that may be trusted."""
    source, target = frame(source_epsg), frame(target_epsg)
    if parameters is not None:
        return _by_parameters(source, target, parameters)
    if LOCAL_EPSG in (source_epsg, target_epsg):
        raise DatumRefused(source.name, target.name, "parameters-needed")
    if source_epsg == target_epsg:
        return Transform(source, target, "identity", 0.0, lambda xy: xy)
    if {source.datum, target.datum} & OLD_DATUMS and source.datum != target.datum:
        raise DatumRefused(source.name, target.name, "parameters-needed")
    return _proj_transform(source_epsg, target_epsg)


def _by_parameters(source: Frame, target: Frame, parameters: ParameterSet) -> Transform:
    """To the frame of the set on its source datum, through the set, on to the target. Raises ``DatumRefused`` for another datum."""
    begin, end = frame(parameters.source_epsg), frame(parameters.target_epsg)
    if begin.datum != source.datum or (end.datum != target.datum and not {end.datum, target.datum} <= SAME_AT_PLAN_ACCURACY):
        raise DatumRefused(source.name, target.name, "parameter-set-mismatch")
    before = transform(source.epsg, begin.epsg) if source.epsg != begin.epsg else None
    after = transform(end.epsg, target.epsg)

    def run(xy: FloatArray) -> FloatArray:
        return after.points(parameters.apply(before.points(xy) if before else xy))

    return Transform(source, target, parameters.name, parameters.rms_m, run)


@functools.lru_cache(maxsize=64)
def _proj_transform(source_epsg: int, target_epsg: int) -> Transform:
    source, target = frame(source_epsg), frame(target_epsg)
    if source.datum == target.datum or {source.datum, target.datum} <= SAME_AT_PLAN_ACCURACY:
        # both ends on one datum: only projections are computed, the geographic numbers are taken over as they are
        first = _from_geographic(source, inverse=True)
        second = _from_geographic(target, inverse=False)
        return Transform(source, target, f"EPSG:{source_epsg} → EPSG:{target_epsg}", 0.0, lambda xy: second(first(xy)))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # "best operation needs a grid that is not here": the next one is judged by its accuracy
        group = TransformerGroup(source_epsg, target_epsg, always_xy=True, allow_ballpark=False)
    trusted = [t for t in group.transformers if t.accuracy is not None and 0 <= t.accuracy <= MAX_ACCURACY_M]
    if not trusted:
        if CGCS2000 in {source.datum, target.datum}:
            return _by_way_of_wgs84(source, target)
        raise DatumRefused(source.name, target.name, "ballpark")
    best = min(trusted, key=lambda t: t.accuracy)
    return Transform(source, target, best.description, float(best.accuracy), lambda xy: _run_proj(best, xy))


def _by_way_of_wgs84(source: Frame, target: Frame) -> Transform:
    """PROJ knows no way between CGCS2000 and a foreign datum, but one to WGS 84, which is the same at plan accuracy."""
    first, second = _proj_transform(source.epsg, 4326), _proj_transform(4326, target.epsg)
    accuracy = max(first.accuracy_m or 0.0, second.accuracy_m or 0.0)
    return Transform(source, target, f"{first.operation} + {second.operation}", accuracy, lambda xy: second.points(first.points(xy)))


def _from_geographic(of: Frame, *, inverse: bool) -> Callable[[FloatArray], FloatArray]:
    """The projection of a frame alone, from (or with ``inverse`` to) degrees on its own datum."""
    if of.geographic:
        return lambda xy: xy
    crs = pyproj.CRS.from_epsg(of.epsg)
    source, target = (crs, crs.geodetic_crs) if inverse else (crs.geodetic_crs, crs)
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return lambda xy: _run_proj(transformer, xy)


def _run_proj(transformer: pyproj.Transformer, xy: FloatArray) -> FloatArray:
    x, y = transformer.transform(xy[:, 0], xy[:, 1])
    return np.column_stack((x, y))
