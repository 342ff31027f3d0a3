"""Coordinates as people type them."""

from __future__ import annotations

import pytest

from lantu.blueprints.places import parse_coordinates

GUIYANG = (106.1, 26.2, 107.3, 27.4)
CAMBRIDGE = (-71.16, 42.35, -71.06, 42.41)


@pytest.mark.parametrize(
    "text",
    [
        "106.63, 26.65",
        "106.63 26.65",
        "26.65，106.63",
        "26.65N 106.63E",
        "E106.63 N26.65",
        "106°37′48″E, 26°39′00″N",
        "106°37'48\" 26°39'0\"",
        "东经106°37′48″ 北纬26°39′",
        "东经106.63度，北纬26.65度",
    ],
)
def test_place_in_guiyang_is_understood_in_any_form(text: str) -> None:
    assert parse_coordinates(text, GUIYANG) == pytest.approx((106.63, 26.65))


@pytest.mark.parametrize("text", ["-71.11, 42.377", "42.377 -71.11", "42.377N 71.11W"])
def test_western_longitudes_are_understood(text: str) -> None:
    assert parse_coordinates(text, CAMBRIDGE) == pytest.approx((-71.11, 42.377))


@pytest.mark.parametrize("text", ["", "云岩区", "106.63", "中华北路 187 号", "1 2 3", "190, 95", "26.65N 27N"])
def test_anything_else_is_no_pair_of_coordinates(text: str) -> None:
    assert parse_coordinates(text, GUIYANG) is None


@pytest.mark.parametrize("text", ["2949581.591, 36363594.529", "36363594.529 2949581.591"])
def test_plane_coordinates_are_handed_over_with_east_first(text: str) -> None:
    assert parse_coordinates(text, GUIYANG, lambda east, north: (east, north)) == (36363594.529, 2949581.591)


def test_plane_coordinates_nobody_knows_are_none() -> None:
    assert parse_coordinates("2949581.591, 36363594.529", GUIYANG) is None
