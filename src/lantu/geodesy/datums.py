"""Datum transformation parameters (转换参数): fitting them from control points, and using them (domain 3.3).

Plane coordinates are (east, north) here. The formulas are those of the Chinese textbooks: four parameters in (north, east); seven
parameters in the *coordinate-frame* convention (EPSG method 9607), rotations in arc seconds, scale in parts per million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from lantu.geodesy import area
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import BEIJING54, LOCAL_EPSG, XIAN80, frame
from lantu.geodesy.transform import FloatArray, ParameterSet, transform

FOUR, SEVEN, THREE, GRID = "four", "seven", "three", "grid"
VALUE_NAMES: dict[str, tuple[str, ...]] = {
    FOUR: ("dx_m", "dy_m", "rotation_s", "scale_ppm"),
    SEVEN: ("tx_m", "ty_m", "tz_m", "rx_s", "ry_s", "rz_s", "scale_ppm"),
    THREE: ("tx_m", "ty_m", "tz_m"),
    GRID: (),
}
LEAST_POINTS = {FOUR: 2, SEVEN: 3, THREE: 1}
_ARC_SECOND = np.pi / 180 / 3600
_UNKNOWNS = {FOUR: 4, SEVEN: 7, THREE: 3}


class DatumFitError(ValueError):
    """Control points that no parameters can be fitted to. ``reason``: few-points, same-place, no-spread, not-plane, bad-projection."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason, self.values = reason, values
        super().__init__(f"{reason} {values}")


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A point known in both systems: plane (east, north) in metres, heights over the ellipsoids (0 when unknown in both).

    ``check`` points take no part in the fit; they test it.
    """

    name: str
    source: tuple[float, float]
    target: tuple[float, float]
    check: bool = False
    source_height: float = 0.0
    target_height: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Parameters with all that is needed to use them. ``values`` by ``VALUE_NAMES``; protected data, as ``source_proj`` is.

    ``source_epsg`` 0 is a local system (城市独立坐标系); ``source_proj`` then may give its projection (PROJ), so that only the
    datum is left to the parameters. ``grid`` is the path of a grid-shift file.
    """

    kind: str
    source_epsg: int
    target_epsg: int
    values: tuple[float, ...] = ()
    source_proj: str = ""
    grid: str = ""

    def apply(self, xy: FloatArray) -> FloatArray:
        """(n, 2) of the source frame to the target frame, (east, north) or (lon, lat) as the frames are."""
        if self.kind == FOUR:
            return _four(self.values, _levelled(xy, self))
        if self.kind == GRID:
            return _grid_shift(xy, self)
        lonlat = _degrees(xy, self.source_epsg, self.source_proj)
        shifted = _shift(self.values, lonlat, np.zeros(len(lonlat)), source_ellipsoid(self))
        return _from_degrees(shifted, self.target_epsg)

    def parameter_set(self, name: str, rms_m: float | None) -> ParameterSet:
        """As ``transform`` takes it."""
        return ParameterSet(name, self.source_epsg, self.target_epsg, self.apply, self.kind, rms_m)


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left over at a point, target minus transformed, in metres. ``suspect``: the fit without it says it is wrong."""

    name: str
    check: bool
    north: float
    east: float
    suspect: bool = False

    @property
    def length(self) -> float:
        """Metres."""
        return float(np.hypot(self.north, self.east))


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted parameters with what they leave over. ``sigma_m``: of unit weight, None without redundancy; ``rms_m`` over the fit points."""

    recipe: Recipe
    residuals: tuple[Residual, ...]
    rms_m: float
    sigma_m: float | None
    check_rms_m: float | None

    @property
    def largest_m(self) -> float:
        """The largest residual of the points in the fit."""
        return max(one.length for one in self.residuals if not one.check)


def fit(kind: str, points: Sequence[ControlPoint], source_epsg: int, target_epsg: int, source_proj: str = "") -> Fit:
    """Least squares over the points that are not check points. Raises ``DatumFitError``."""
    used = [point for point in points if not point.check]
    if len(used) < LEAST_POINTS[kind]:
        raise DatumFitError("few-points", given=len(used), needed=LEAST_POINTS[kind])
    if frame(target_epsg).geographic or (source_epsg != LOCAL_EPSG and frame(source_epsg).geographic):
        raise DatumFitError("not-plane")
    _check_spread(kind, used)
    blank = Recipe(kind, source_epsg, target_epsg, (), source_proj)
    recipe = _solve(blank, used)
    left = _left_over(recipe, points)
    fitted = np.array([left[i] for i, point in enumerate(points) if not point.check])
    checked = np.array([left[i] for i, point in enumerate(points) if point.check])
    squares = float((fitted**2).sum())
    redundancy = 2 * len(used) - min(_UNKNOWNS[kind], 2 * len(used))
    sigma = float(np.sqrt(squares / redundancy)) if redundancy > 0 else None
    suspects = _suspects(blank, used)
    residuals = tuple(
        Residual(point.name, point.check, float(d[1]), float(d[0]), point.name in suspects) for point, d in zip(points, left, strict=True)
    )
    check_rms = float(np.sqrt((checked**2).sum() / len(checked))) if len(checked) else None
    return Fit(recipe, residuals, float(np.sqrt(squares / len(used))), sigma, check_rms)


def source_ellipsoid(recipe: Recipe) -> area.Ellipsoid:
    """The ellipsoid that the source system is on."""
    if recipe.source_proj:
        crs = _projection(recipe.source_proj).crs
        found = crs.ellipsoid
        if found is not None:
            return area.Ellipsoid(found.name, float(found.semi_major_metre), float(found.inverse_flattening))
    if recipe.source_epsg == LOCAL_EPSG:
        return area.CGCS2000
    return {XIAN80: area.XIAN80, BEIJING54: area.BEIJING54}.get(frame(recipe.source_epsg).datum, area.CGCS2000)


# -- solving


def _solve(blank: Recipe, used: Sequence[ControlPoint]) -> Recipe:
    source = np.array([point.source for point in used], dtype=np.float64)
    target = np.array([point.target for point in used], dtype=np.float64)
    if blank.kind == FOUR:
        values = _solve_four(_levelled(source, blank), target)
    else:
        heights = np.array([(point.source_height, point.target_height) for point in used])
        first = _geocentric(_degrees(source, blank.source_epsg, blank.source_proj), heights[:, 0], source_ellipsoid(blank))
        second = _geocentric(_degrees(target, blank.target_epsg, ""), heights[:, 1], area.CGCS2000)
        values = tuple((second - first).mean(axis=0).tolist()) if blank.kind == THREE else _solve_seven(first, second)
    return Recipe(blank.kind, blank.source_epsg, blank.target_epsg, values, blank.source_proj)


def _solve_four(source: FloatArray, target: FloatArray) -> tuple[float, ...]:
    """Δx, Δy (north, east), rotation in arc seconds, scale in ppm; linear in a = (1+m)cosα, b = (1+m)sinα about the centre."""
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    (east, north), (to_east, to_north) = (source - middle).T, (target - goal).T
    length = float((east**2 + north**2).sum())
    a = float((north * to_north + east * to_east).sum()) / length
    b = float((north * to_east - east * to_north).sum()) / length
    dx = goal[1] - (a * middle[1] - b * middle[0])
    dy = goal[0] - (a * middle[0] + b * middle[1])
    return (float(dx), float(dy), float(np.arctan2(b, a) / _ARC_SECOND), float((np.hypot(a, b) - 1) * 1e6))


def _solve_seven(source: FloatArray, target: FloatArray) -> tuple[float, ...]:
    """Bursa–Wolf with small angles; columns are scaled and the origin moved, since over one city the seven hang closely together."""
    middle = source.mean(axis=0)
    x, y, z = (source - middle).T
    n = len(source)
    rows = np.zeros((3 * n, 7))
    rows[0::3, 0] = rows[1::3, 1] = rows[2::3, 2] = 1.0
    rows[0::3, 4], rows[0::3, 5] = -z, y
    rows[1::3, 3], rows[1::3, 5] = z, -x
    rows[2::3, 3], rows[2::3, 4] = -y, x
    rows[0::3, 6], rows[1::3, 6], rows[2::3, 6] = x, y, z
    size = np.linalg.norm(rows, axis=0)
    solution = np.linalg.lstsq(rows / size, (target - source).ravel(), rcond=1e-14)[0] / size
    # X' = T + (1+m)·R·X is linear in T, m and (1+m)·angles
    shift, turned, scale = solution[:3], solution[3:6], solution[6]
    # back from rotation about the middle (Molodensky–Badekas) to rotation about the earth's centre
    shift = shift - _rotated(turned, middle[None, :])[0] - scale * middle
    return (*shift.tolist(), *(turned / (1 + scale) / _ARC_SECOND).tolist(), float(scale * 1e6))


def _rotated(angles: FloatArray, xyz: FloatArray) -> FloatArray:
    """(R − 1)·X for small angles, coordinate-frame convention."""
    ex, ey, ez = angles
    x, y, z = xyz.T
    return np.column_stack((ez * y - ey * z, -ez * x + ex * z, ey * x - ex * y))


def _check_spread(kind: str, used: Sequence[ControlPoint]) -> None:
    xy = np.array([point.source for point in used])
    if kind != THREE and np.ptp(xy, axis=0).max() < 1.0:
        raise DatumFitError("same-place")
    if kind == SEVEN:
        spread = np.linalg.svd(xy - xy.mean(axis=0), compute_uv=False)
        if spread[1] < 0.01 * spread[0]:
            raise DatumFitError("no-spread")


def _left_over(recipe: Recipe, points: Sequence[ControlPoint]) -> FloatArray:
    """(n, 2) target minus transformed (east, north), metres in the target plane."""
    source = np.array([point.source for point in points], dtype=np.float64)
    if recipe.kind in (SEVEN, THREE):
        lonlat = _degrees(source, recipe.source_epsg, recipe.source_proj)
        heights = np.array([point.source_height for point in points])
        moved = _from_degrees(_shift(recipe.values, lonlat, heights, source_ellipsoid(recipe)), recipe.target_epsg)
    else:
        moved = recipe.apply(source)
    result: FloatArray = np.array([point.target for point in points]) - moved
    return result


def _suspects(blank: Recipe, used: Sequence[ControlPoint]) -> set[str]:
    """Names of points that a fit without them misses by far more than it misses the others (outlier hint, 粗差提示).

    Only the worst such point is named: one gross error spoils the fits without its neighbours too.
    """
    if len(used) < LEAST_POINTS[blank.kind] + 2:
        return set()
    worst: tuple[float, str] = (0.0, "")
    for i, point in enumerate(used):
        rest = [other for j, other in enumerate(used) if j != i]
        try:
            _check_spread(blank.kind, rest)
        except DatumFitError:
            continue
        recipe = _solve(blank, rest)
        others = np.hypot(*_left_over(recipe, rest).T)
        missed = float(np.hypot(*_left_over(recipe, [point])[0]))
        noise = max(float(np.sqrt((others**2).sum() / max(2 * len(rest) - _UNKNOWNS[blank.kind], 1))), 1e-4)
        if missed / noise > worst[0]:
            worst = (missed / noise, point.name)
    return {worst[1]} if worst[0] > _SUSPECT_RATIO else set()


_SUSPECT_RATIO = 6.0
"""Miss of a left-out point over the noise of the others; without gross errors it stays near 1 to 3, with few points up to 5."""


# -- using


def _four(values: tuple[float, ...], xy: FloatArray) -> FloatArray:
    dx, dy, rotation, ppm = values
    scale, angle = 1 + ppm * 1e-6, rotation * _ARC_SECOND
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    east, north = xy.T
    return np.column_stack((dy + a * east + b * north, dx + a * north - b * east))


def _shift(values: tuple[float, ...], lonlat: FloatArray, heights: FloatArray, ellipsoid: area.Ellipsoid) -> FloatArray:
    """Degrees on the source ellipsoid to degrees on CGCS2000 by three or seven parameters."""
    xyz = _geocentric(lonlat, heights, ellipsoid)
    if len(values) == 3:
        moved = xyz + np.array(values)
    else:
        turned = xyz + _rotated(np.array(values[3:6]) * _ARC_SECOND, xyz)
        moved = np.array(values[:3]) + (1 + values[6] * 1e-6) * turned
    return _geographic(moved)


def _geocentric(lonlat: FloatArray, heights: FloatArray, ellipsoid: area.Ellipsoid) -> FloatArray:
    lon, lat = np.radians(lonlat).T
    normal = ellipsoid.a / np.sqrt(1 - ellipsoid.e2 * np.sin(lat) ** 2)
    flat = (normal + heights) * np.cos(lat)
    return np.column_stack((flat * np.cos(lon), flat * np.sin(lon), (normal * (1 - ellipsoid.e2) + heights) * np.sin(lat)))


def _geographic(xyz: FloatArray) -> FloatArray:
    """Geocentric to degrees on CGCS2000 (the height falls away)."""
    e2, a = area.CGCS2000.e2, area.CGCS2000.a
    x, y, z = xyz.T
    flat = np.hypot(x, y)
    lat = np.arctan2(z, flat * (1 - e2))
    for _ in range(6):
        normal = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
        lat = np.arctan2(z + e2 * normal * np.sin(lat), flat)
    return np.column_stack((np.degrees(np.arctan2(y, x)), np.degrees(lat)))


def _degrees(xy: FloatArray, epsg: int, proj: str) -> FloatArray:
    """Coordinates of a frame to degrees on its own ellipsoid."""
    if proj:
        lon, lat = _projection(proj)(xy[:, 0], xy[:, 1], inverse=True)
        return np.column_stack((lon, lat))
    if epsg == LOCAL_EPSG:
        raise DatumFitError("bad-projection", proj="")
    known = frame(epsg)
    return xy if known.geographic else transform(epsg, _geographic_code(known.datum)).points(xy)


def _from_degrees(lonlat: FloatArray, epsg: int) -> FloatArray:
    return lonlat if frame(epsg).geographic else transform(_geographic_code(frame(epsg).datum), epsg).points(lonlat)


def _geographic_code(datum: str) -> int:
    return {XIAN80: 4610, BEIJING54: 4214}.get(datum, 4490)


def _levelled(xy: FloatArray, recipe: Recipe) -> FloatArray:
    """Source plane coordinates, for a local projection first brought to the central meridian of the target's zone on its own ellipsoid."""
    if not recipe.source_proj:
        return xy
    target = frame(recipe.target_epsg)
    lon, lat = _projection(recipe.source_proj)(xy[:, 0], xy[:, 1], inverse=True)
    ellipsoid = source_ellipsoid(recipe)
    zone = pyproj.Proj(
        proj="tmerc", lat_0=0, lon_0=target.central_meridian or 0, k=1, x_0=500000, y_0=0, a=ellipsoid.a, rf=ellipsoid.inverse_flattening
    )
    return np.column_stack(zone(lon, lat))


def _projection(text: str) -> pyproj.Proj:
    try:
        return pyproj.Proj(text)
    except pyproj.exceptions.ProjError as error:
        raise DatumFitError("bad-projection", proj=str(error)[:120]) from error


def _grid_shift(xy: FloatArray, recipe: Recipe) -> FloatArray:
    """By a grid-shift file (NTv2 .gsb or GeoTIFF). Raises ``DatumRefused`` for points outside of the grid."""
    lonlat = _degrees(xy, recipe.source_epsg, recipe.source_proj)
    shifter = pyproj.Transformer.from_pipeline(
        f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=hgridshift +grids={recipe.grid} "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    lon, lat = shifter.transform(lonlat[:, 0], lonlat[:, 1])
    moved: NDArray[np.float64] = np.column_stack((lon, lat))
    if not np.isfinite(moved).all():
        raise DatumRefused(frame(recipe.source_epsg).name, frame(recipe.target_epsg).name, "outside-grid")
    return _from_degrees(moved, recipe.target_epsg)
