"""Places typed by people: coordinates in several forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Extent = tuple[float, float, float, float]
Unproject = Callable[[float, float], tuple[float, float] | None]

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_DEGREES = re.compile(
    rf"(?P<before>[NSEW东西南北]?)[经纬]?\s*(?P<deg>{_NUMBER})\s*(?:[°度]\s*(?:(?P<min>\d+(?:\.\d+)?)\s*[′'分]\s*(?:(?P<sec>\d+(?:\.\d+)?)\s*[″\"秒])?)?)?"
    r"\s*(?P<after>[NSEW]?)",
    re.IGNORECASE,
)
_NEGATIVE = "SW南西"
_LATITUDE = "NS南北"
_LONGITUDE = "EW东西"


def parse_coordinates(text: str, extent: Extent, unproject: Unproject | None = None) -> tuple[float, float] | None:
    """(lon, lat) in degrees of what was typed, or None when it is no pair of coordinates.

    Understood: decimal degrees and degrees-minutes-seconds with or without hemisphere (Latin or Chinese), in either order, and plane
    coordinates in metres (7-digit northing, 6- or 8-digit easting) where ``unproject(east, north)`` knows them. Where the order is
    open, the pair that lies in or nearest to ``extent`` (min lon, min lat, max lon, max lat) is taken.
    """
    found = list(_DEGREES.finditer(text.replace(",", " ").replace("，", " ").replace(";", " ")))
    rest = _DEGREES.sub("", text).strip(" ,，;；°()（）")
    if len(found) != 2 or rest:
        return None
    values = [_value(match) for match in found]
    sides = [_side(match) for match in found]
    if all(abs(value) > 1000 for value in values) and not any(sides):
        return _plane(values[0], values[1], unproject)
    candidates = list(_orders(values, sides))
    if not candidates:
        return None
    return min(candidates, key=lambda place: _away(place, extent))


def _value(match: re.Match[str]) -> float:
    degrees = float(match["deg"])
    size = abs(degrees) + float(match["min"] or 0) / 60 + float(match["sec"] or 0) / 3600
    letter = (match["before"] or match["after"] or "").upper()
    return -size if degrees < 0 or (letter and letter in _NEGATIVE) else size


def _side(match: re.Match[str]) -> str:
    letter = (match["before"] or match["after"] or "").upper()
    if letter and letter in _LATITUDE:
        return "lat"
    return "lon" if letter and letter in _LONGITUDE else ""


def _orders(values: list[float], sides: list[str]) -> Iterator[tuple[float, float]]:
    first, second = values
    if sides[0] != "lat" and sides[1] != "lon" and _possible(first, second):
        yield first, second
    if sides[0] != "lon" and sides[1] != "lat" and _possible(second, first):
        yield second, first


def _possible(lon: float, lat: float) -> bool:
    return abs(lon) <= 180 and abs(lat) <= 90


def _plane(first: float, second: float, unproject: Unproject | None) -> tuple[float, float] | None:
    """Northings have seven digits before the point here; eastings six, or eight with their zone."""
    north = [value for value in (first, second) if 1e6 <= value < 1e7]
    if unproject is None or len(north) != 1:
        return None
    east = second if north[0] == first else first
    return unproject(east, north[0])


def _away(place: tuple[float, float], extent: Extent) -> float:
    lon, lat = place
    west, south, east, north = extent
    return max(west - lon, 0.0, lon - east) + max(south - lat, 0.0, lat - north)
