"""The spatial store finds what looking at every row finds."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from django.db import connection

from lantu.accounts.models import Region
from lantu.core import postgis

pytestmark = pytest.mark.django_db


@pytest.fixture
def boxes() -> list[Region]:
    rng = np.random.default_rng(1)
    rows = []
    for number, (x, y) in enumerate(rng.random((120, 2))):
        row = Region(code=str(number), name_zh=str(number), kind="street", geometry=shapely.box(106 + x, 26 + y, 106.02 + x, 26.02 + y))
        row.save()
        rows.append(row)
    Region.objects.create(code="none", name_zh="无图形", kind="street")
    return rows


def test_intersecting_is_as_by_looking_at_every_row(boxes: list[Region]) -> None:
    shape = shapely.Polygon([(106.2, 26.2), (106.8, 26.3), (106.5, 26.9)])
    expected = {row.code for row in boxes if row.geometry.intersects(shape)}
    assert expected
    assert {row.code for row in Region.objects.intersecting(shape)} == expected


def test_the_window_takes_boxes_that_only_touch(boxes: list[Region]) -> None:
    _west, south, east, north = boxes[0].geometry.bounds
    assert boxes[0].code in {row.code for row in Region.objects.in_window(east, south, east + 1, north)}


def test_nearest_comes_in_order_of_distance(boxes: list[Region]) -> None:
    point = shapely.Point(106.5, 26.5)
    found = Region.objects.nearest(106.5, 26.5, limit=5, within=1.0)
    expected = sorted((row.geometry.distance(point), row.code) for row in boxes)[:5]
    assert [round(distance, 12) for _row, distance in found] == [round(distance, 12) for distance, _code in expected]


def test_on_postgis_the_generated_column_serves_and_elsewhere_the_boxes(boxes: list[Region]) -> None:
    assert postgis.serves(Region) == (connection.vendor == "postgresql")
    rows = Region.objects.in_window(106.2, 26.2, 106.5, 26.5)
    assert (f".{postgis.COLUMN} &&" in str(rows.query)) == postgis.serves(Region)
    west, south, east, north = 106.2, 26.2, 106.5, 26.5
    window = shapely.box(west, south, east, north)
    assert {row.code for row in rows} == {row.code for row in boxes if row.geometry.intersects(window)}
