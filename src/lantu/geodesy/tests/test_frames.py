"""Reference systems: golden projections, guesses with reasons, and what is refused."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import detect_frame, frame, frame_of_wkt
from lantu.geodesy.grid import WorkingGrid
from lantu.geodesy.transform import ParameterSet, transform

GUIYANG = (106.07, 26.18, 107.3, 27.37)


@pytest.mark.parametrize(
    ("epsg", "east", "north"), [(4524, 36363594.529, 2949581.591), (4523, 35662296.509, 2949885.694), (4545, 363594.529, 2949581.591)]
)
def test_golden_projection(epsg: int, east: float, north: float) -> None:
    assert transform(4490, epsg).points(np.array([[106.63, 26.65]]))[0] == pytest.approx([east, north], abs=1e-3)


@pytest.mark.parametrize("epsg", [2360, 2381, 2412, 2433, 4610, 4214, 21418])
def test_old_datums_are_refused_without_parameters(epsg: int) -> None:
    with pytest.raises(DatumRefused, match="parameters-needed"):
        transform(epsg, 4490)


def test_old_datum_with_a_registered_set_is_used() -> None:
    shift = ParameterSet("测试参数", 2381, 4545, lambda xy: xy + 1.0)
    assert transform(2381, 4545, shift).points(np.array([[1.0, 2.0]])).tolist() == [[2.0, 3.0]]
    prefixed = transform(2360, 4545, shift)  # another zone of the same datum is first brought to the set's own
    assert prefixed.points(np.array([[36_363_594.0, 2_949_581.0]]))[0] == pytest.approx([363_595.0, 2_949_582.0], abs=1e-3)
    for other in (2412, 4214, 4545):
        with pytest.raises(DatumRefused, match="mismatch"):
            transform(other, 4545, shift)


def test_old_datum_within_itself_is_a_projection() -> None:
    assert transform(2381, 4610).accuracy_m == 0


def test_wgs84_and_cgcs2000_keep_their_numbers() -> None:
    point = np.array([[106.63, 26.65]])
    assert (transform(4326, 4490).points(point) == point).all()


def test_foreign_datum_uses_an_operation_of_stated_accuracy() -> None:
    way = transform(26986, 4326)
    assert 0 <= way.accuracy_m <= 5
    assert way.operation


def test_points_outside_of_a_projection_are_an_error() -> None:
    with pytest.raises(ValueError, match="domain"):
        transform(4545, 4490).points(np.array([[np.nan, 1.0]]))


def box_in(epsg: int, lonlat: tuple[float, float, float, float] = (106.6, 26.5, 106.7, 26.6)) -> tuple[float, float, float, float]:
    return transform(4490, epsg).geometries(np.array([shapely.box(*lonlat)]))[0].bounds


@pytest.mark.parametrize("epsg", [4490, 4524, 4523, 4496])
def test_magnitude_tells_the_frame(epsg: int) -> None:
    guess = detect_frame(box_in(epsg), None, GUIYANG)
    assert guess.frame is not None
    assert (guess.frame.epsg, guess.certainty) == (epsg, "likely")
    assert guess.evidence


def test_six_digit_eastings_are_ambiguous_and_listed() -> None:
    guess = detect_frame(box_in(4545), None, GUIYANG)
    assert guess.certainty == "likely"
    assert {4545, 4544} & {f.epsg for f in guess.candidates}


def test_metadata_that_fits_is_sure() -> None:
    guess = detect_frame(box_in(4545), pyproj.CRS.from_epsg(4545).to_wkt("WKT1_ESRI"), GUIYANG)
    assert guess.frame is not None
    assert (guess.frame.epsg, guess.certainty) == (4545, "sure")


def test_metadata_that_contradicts_the_numbers_is_said() -> None:
    guess = detect_frame(box_in(4524), 4545, GUIYANG)
    assert guess.frame is not None
    assert guess.frame.epsg == 4524
    assert "wrong-frame-declared" in guess.warnings


def test_swapped_axes_are_suspected() -> None:
    x0, y0, x1, y1 = box_in(4524)
    assert detect_frame((y0, x0, y1, x1), None, GUIYANG).warnings == ("axes-swapped",)


def test_two_zones_in_one_file_are_said() -> None:
    west, east = box_in(4523), box_in(4524)
    both = (west[0], min(west[1], east[1]), east[2], max(west[3], east[3]))
    assert "two-zones" in detect_frame(both, None, GUIYANG).warnings


def test_another_province_is_unknown() -> None:
    guess = detect_frame((121.4, 31.1, 121.5, 31.2), None, GUIYANG)
    assert guess.frame is None
    assert "out-of-city" in guess.warnings


@pytest.mark.parametrize("epsg", [4524, 4545, 4544, 4496, 2360, 2412])
def test_esri_prj_is_recognised(epsg: int) -> None:
    found = frame_of_wkt(pyproj.CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    assert found is not None
    assert found.epsg == epsg


def test_every_known_frame_agrees_with_proj() -> None:
    for epsg in (*range(4491, 4555), *range(2327, 2391), *range(2401, 2443), *range(21413, 21424), *range(21473, 21484)):
        known, crs = frame(epsg), pyproj.CRS.from_epsg(epsg)
        values = {p.name: p.value for p in crs.coordinate_operation.params}
        assert values["Longitude of natural origin"] == known.central_meridian, epsg
        assert values["False easting"] == 500000 + (1_000_000 * known.zone if known.prefixed and known.zone else 0), epsg


GRID = WorkingGrid(4545, (300_000.0, 2_880_000.0))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=20))
def test_grid_units_survive_the_way_to_degrees_and_back(units: list[tuple[int, int]]) -> None:
    xy = np.array(units, dtype=np.int64)
    assert (GRID.from_degrees(GRID.to_degrees(xy)) == xy).all()


def test_foreign_datum_reaches_cgcs2000_by_way_of_wgs84() -> None:
    way = transform(26986, 4490)
    assert way.accuracy_m == 4.0
    assert "NAD83 to WGS 84" in way.operation
    assert way.points(np.array([[236000.0, 901000.0]])) == pytest.approx(transform(26986, 4326).points(np.array([[236000.0, 901000.0]])))


def test_wrong_zone_prefix_is_suspected() -> None:
    x0, y0, x1, y1 = box_in(4545)
    guess = detect_frame((x0 + 39e6, y0, x1 + 39e6, y1), None, GUIYANG)
    assert (guess.frame, guess.warnings) == (None, ("wrong-zone-prefix",))


def test_two_zones_are_said_even_when_one_of_them_is_declared() -> None:
    west, east = box_in(4523, (106.2, 26.5, 106.3, 26.6)), box_in(4524)
    assert detect_frame((west[0], west[1], east[2], east[3]), 4523, GUIYANG).warnings == ("two-zones",)


def test_degrees_without_a_word_may_be_gcj02_and_are_never_sure() -> None:
    guess = detect_frame((106.6, 26.5, 106.7, 26.6), None, GUIYANG)
    assert guess.certainty == "likely"
    assert "gcj02-possible" in guess.warnings


def test_small_local_numbers_declared_as_degrees_are_not_believed() -> None:
    assert detect_frame((1000.0, 2000.0, 1500.0, 2500.0), 4490, GUIYANG).frame is None


@pytest.mark.parametrize("epsg", [3857, 32648])
def test_wgs84_projections_are_known_when_declared(epsg: int) -> None:
    guess = detect_frame(box_in(epsg), epsg, GUIYANG)
    assert guess.frame is not None
    assert (guess.frame.epsg, guess.certainty) == (epsg, "sure")


def test_web_mercator_is_found_by_magnitude() -> None:
    guess = detect_frame(box_in(3857), None, GUIYANG)
    assert guess.frame is not None
    assert guess.frame.epsg == 3857
