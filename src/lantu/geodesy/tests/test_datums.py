"""Datum parameters: fitted again from made control points, checked against PROJ, never trusted blindly. All numbers are made."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.geodesy.datums import FOUR, GRID, SEVEN, THREE, ControlPoint, DatumFitError, Recipe, fit
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import LOCAL_EPSG
from lantu.geodesy.transform import transform

MADE_FOUR = (58.3, 112.7, 1.9, 3.1)
MADE_SEVEN = (-35.0, 60.0, 80.0, 0.4, -0.6, 0.9, 2.5)


def spread(count: int = 8, seed: int = 1) -> np.ndarray:
    """Points over the city, metres of a 3-degree zone with central meridian 108°E."""
    rng = np.random.default_rng(seed)
    return np.column_stack((rng.uniform(320_000, 440_000, count), rng.uniform(2_900_000, 3_020_000, count)))


def points_of(recipe: Recipe, source: np.ndarray, noise: float = 0.0, checks: int = 0, seed: int = 2) -> list[ControlPoint]:
    target = recipe.apply(source) + np.random.default_rng(seed).normal(0, noise, source.shape)
    return [
        ControlPoint(f"K{i}", tuple(map(float, source[i])), tuple(map(float, target[i])), check=i >= len(source) - checks)  # type: ignore[arg-type]
        for i in range(len(source))
    ]


@settings(max_examples=30, deadline=None)
@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(-60, 60), st.floats(-30, 30), st.integers(0, 99))
def test_four_parameters_are_found_again(dx: float, dy: float, rotation: float, ppm: float, seed: int) -> None:
    recipe = Recipe(FOUR, 2381, 4545, (dx, dy, rotation, ppm))
    found = fit(FOUR, points_of(recipe, spread(5, seed)), 2381, 4545)
    assert found.recipe.values[2:] == pytest.approx(recipe.values[2:], abs=1e-5)
    assert found.rms_m < 1e-6
    assert np.abs(found.recipe.apply(spread(20, 7)) - recipe.apply(spread(20, 7))).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=3, max_size=3), st.lists(st.floats(-3, 3), min_size=4, max_size=4), st.integers(0, 99))
def test_a_seven_parameter_fit_transforms_as_the_made_parameters_do(shift: list[float], rest: list[float], seed: int) -> None:
    # over one city the seven values hang together, so what counts is where points come to, not the values
    recipe = Recipe(SEVEN, 2381, 4545, (*shift, *rest))
    found = fit(SEVEN, points_of(recipe, spread(8, seed)), 2381, 4545)
    assert np.abs(found.recipe.apply(spread(20, 7)) - recipe.apply(spread(20, 7))).max() < 0.03  # heights are dropped


def test_seven_parameters_agree_with_proj_in_the_coordinate_frame_convention() -> None:
    tx, ty, tz, rx, ry, rz, s = MADE_SEVEN
    proj = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +a=6378140 +rf=298.257 "
        f"+step +proj=helmert +x={tx} +y={ty} +z={tz} +rx={rx} +ry={ry} +rz={rz} +s={s} +convention=coordinate_frame "
        "+step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    lonlat = np.array([[106.63, 26.65], [106.2, 26.3], [107.2, 27.2]])
    lon, lat, _height = proj.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(3))
    ours = Recipe(SEVEN, 4610, 4490, MADE_SEVEN).apply(lonlat)
    assert np.abs(ours - np.column_stack((lon, lat))).max() * 111_000 < 1e-3
    wrong = pyproj.Transformer.from_pipeline(proj.definition.replace("coordinate_frame", "position_vector"))
    lon, lat, _height = wrong.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(3))
    assert np.abs(ours - np.column_stack((lon, lat))).max() * 111_000 > 1


def test_three_parameters_from_one_point() -> None:
    recipe = Recipe(THREE, 2381, 4545, (-20.0, 30.0, 40.0))
    found = fit(THREE, points_of(recipe, spread(2)), 2381, 4545)
    assert found.recipe.values == pytest.approx(recipe.values, abs=200)  # heights are unknown: the vertical part is free
    assert found.residuals[0].length < 0.5


def test_noise_shows_in_residuals_and_check_points_take_no_part() -> None:
    recipe = Recipe(FOUR, 2381, 4545, MADE_FOUR)
    points = points_of(recipe, spread(10), noise=0.02, checks=3)
    found = fit(FOUR, points, 2381, 4545)
    assert 0.005 < found.rms_m < 0.05
    assert found.check_rms_m is not None
    assert 0.003 < found.check_rms_m < 0.08
    moved = [*points[:-1], ControlPoint("K9", points[-1].source, (points[-1].target[0] + 5, points[-1].target[1]), check=True)]
    again = fit(FOUR, moved, 2381, 4545)
    assert again.recipe.values == found.recipe.values
    assert again.check_rms_m is not None
    assert again.check_rms_m > 2


@pytest.mark.parametrize("kind", [FOUR, SEVEN])
def test_a_gross_error_is_pointed_at_and_good_points_are_not(kind: str) -> None:
    recipe = Recipe(FOUR, 2381, 4545, MADE_FOUR)
    points = points_of(recipe, spread(12), noise=0.01)
    assert not any(one.suspect for one in fit(kind, points, 2381, 4545).residuals)
    bad = points[4]
    points[4] = ControlPoint(bad.name, bad.source, (bad.target[0] + 0.8, bad.target[1] - 0.5))
    assert [one.name for one in fit(kind, points, 2381, 4545).residuals if one.suspect] == ["K4"]


@pytest.mark.parametrize(
    ("kind", "source", "reason"),
    [
        (FOUR, spread(1), "few-points"),
        (SEVEN, spread(2), "few-points"),
        (FOUR, np.tile(spread(1), (3, 1)), "same-place"),
        (SEVEN, np.column_stack((np.arange(5) * 1000.0 + 360_000, np.arange(5) * 500.0 + 2_940_000)), "no-spread"),
    ],
)
def test_points_that_determine_nothing_are_refused(kind: str, source: np.ndarray, reason: str) -> None:
    points = [ControlPoint(str(i), tuple(map(float, p)), tuple(map(float, p + 50))) for i, p in enumerate(source)]  # type: ignore[arg-type]
    with pytest.raises(DatumFitError) as caught:
        fit(kind, points, 2381, 4545)
    assert caught.value.reason == reason


def test_a_local_system_with_its_own_meridian_leads_to_the_national_one() -> None:
    proj = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=50000 +y_0=-2900000 +a=6378140 +rf=298.257"
    local = Recipe(FOUR, LOCAL_EPSG, 4545, MADE_FOUR, proj)
    source = np.random.default_rng(3).uniform((20_000, 20_000), (90_000, 90_000), (7, 2))
    points = points_of(local, source, checks=2)
    found = fit(FOUR, points, LOCAL_EPSG, 4545, proj)
    assert found.check_rms_m is not None
    assert found.check_rms_m < 1e-5
    assert fit(FOUR, points, LOCAL_EPSG, 4545).rms_m > 1  # without its projection a similarity is not enough
    way = transform(LOCAL_EPSG, 4490, found.recipe.parameter_set("演示城市系", found.rms_m))
    lonlat = way.points(source)
    assert (np.abs(lonlat - [106.5, 26.6]) < 1).all()
    with pytest.raises(DatumRefused, match="parameters-needed"):
        transform(LOCAL_EPSG, 4490)


def test_there_and_back_over_all_zones_of_a_datum() -> None:
    recipe = Recipe(FOUR, 2381, 4545, MADE_FOUR)
    ways = [transform(epsg, 4490, recipe.parameter_set("m", 0.01)) for epsg in (2381, 2360, 2380, 4610, 2332)]
    lonlat80 = np.array([[106.63, 26.65]])
    results = [way.points(transform(4610, way.source.epsg).points(lonlat80)) for way in ways]
    assert all(np.abs(one - results[0]).max() * 111_000 < 1e-3 for one in results)


def ntv2(path: Path, shift_seconds: float = 3.6) -> Path:
    """A grid-shift file over the city with one constant shift (NTv2: seconds, longitude positive west)."""
    south, north, east, west, step = (26 * 3600.0, 28 * 3600.0, -108 * 3600.0, -106 * 3600.0, 3600.0)

    def text(name: str, value: bytes) -> bytes:
        return name.ljust(8).encode() + value.ljust(8, b"\0")

    def number(name: str, value: float) -> bytes:
        return name.ljust(8).encode() + struct.pack("<d", value)

    def integer(name: str, value: int) -> bytes:
        return text(name, struct.pack("<i", value))

    head = [integer("NUM_OREC", 11), integer("NUM_SREC", 11), integer("NUM_FILE", 1), text("GS_TYPE", b"SECONDS"), text("VERSION", b"MADE")]
    head += [text("SYSTEM_F", b"MADE80"), text("SYSTEM_T", b"MADE2000")]
    head += [number("MAJOR_F", 6378140), number("MINOR_F", 6356755), number("MAJOR_T", 6378137), number("MINOR_T", 6356752)]
    sub = [text("SUB_NAME", b"MADE"), text("PARENT", b"NONE"), text("CREATED", b"20180101"), text("UPDATED", b"20180101")]
    sub += [number("S_LAT", south), number("N_LAT", north), number("E_LONG", east), number("W_LONG", west)]
    sub += [number("LAT_INC", step), number("LONG_INC", step), integer("GS_COUNT", 9)]
    rows = struct.pack("<4f", shift_seconds, -shift_seconds, 0.0, 0.0) * 9
    path.write_bytes(b"".join([*head, *sub]) + rows + text("END", b"\0" * 8))
    return path


def test_a_grid_shift_file_is_used_and_its_edge_respected(tmp_path: Path) -> None:
    recipe = Recipe(GRID, 4610, 4490, grid=str(ntv2(tmp_path / "made.gsb")))
    way = transform(4610, 4490, recipe.parameter_set("演示格网", None))
    assert way.points(np.array([[106.63, 26.65]]))[0] == pytest.approx([106.631, 26.651], abs=1e-7)
    with pytest.raises((DatumRefused, ValueError)):
        way.points(np.array([[120.0, 30.0]]))
