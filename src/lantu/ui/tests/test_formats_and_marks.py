"""How values, marks and small maps look."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.ui import formats, marks
from lantu.ui.sketch import Shape, bounds_around, draw


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (formats.number(Decimal("1234567.5")), "1,234,568"),
        (formats.number(None), "—"),
        (formats.square_metres(Decimal("1820.075")), "1,820.08"),
        (formats.hectares(18_200), "1.8200"),
        (formats.mu(2000), "3.00"),
        (formats.share(0.1234), "12.3%"),
        (formats.day(date(2018, 6, 1)), "2018-06-01"),
        (formats.moment(datetime(2018, 6, 1, 1, 2, tzinfo=UTC)), "2018-06-01 09:02"),
        (formats.day(datetime(2018, 6, 1, 17, 0, tzinfo=UTC)), "2018-06-02"),
        (formats.size(1536), "1.5 KB"),
        (formats.size(3 * 1024**3), "3.0 GB"),
    ],
)
def test_values_are_written_for_people(made: str, wanted: str) -> None:
    assert made == wanted


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_what_is_shown_is_within_half_of_its_last_digit(area: Decimal) -> None:
    assert abs(Decimal(formats.square_metres(area).replace(",", "")) - area) <= Decimal("0.005")


def test_marks_say_in_words_what_they_show_and_escape_what_they_hold() -> None:
    assert "严重" in marks.severity(1) and ">1<" in marks.severity(1)
    assert "<b>" not in marks.tag("<b>", "ok")
    assert 'width="100.0"' in marks.bar(7.0, "超额") and 'width="0.0"' in marks.bar(-1, "无")
    with pytest.raises(KeyError):
        marks.light("blue", "无此灯")


def test_a_sketch_shows_what_lies_in_its_window_with_a_round_scale_bar() -> None:
    square = shapely.box(106.60, 26.60, 106.61, 26.61)
    view = bounds_around(square)
    svg = draw([Shape(square, "#ff0000", title="<图斑>"), Shape(shapely.Point(106.605, 26.605))], view, label="位置")
    assert "&lt;图斑&gt;" in svg and 'aria-label="位置"' in svg
    assert re.search(r">(1|2|5)0*(\.\d)? k?m<", svg)
    outside = draw([Shape(shapely.box(0, 0, 1, 1), "#00ff00")], view, label="空")
    assert "#00ff00" not in outside


@given(st.floats(-170, 170), st.floats(-80, 80), st.floats(1e-9, 5), st.floats(1e-9, 5))
def test_the_window_holds_the_geometry_whatever_its_size(lon: float, lat: float, width: float, height: float) -> None:
    west, south, east, north = bounds_around(shapely.box(lon, lat, lon + width, lat + height))
    assert west <= lon and east >= lon + width and south <= lat and north >= lat + height
    assert "<path" in draw([Shape(shapely.box(lon, lat, lon + width, lat + height))], (west, south, east, north), label="x")
