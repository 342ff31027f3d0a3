"""Small maps as SVG, made on the server: a preview of features, places of findings. No script, no inline style."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from shapely.geometry.base import BaseGeometry

from lantu.accounts.models import Region
from lantu.standards.codes import CodeTable
from lantu.standards.models import LayerDefinition

Bounds = tuple[float, float, float, float]
WIDTH, HEIGHT = 430, 330
PLAIN_FILL = "#C9D6E2"
UNKNOWN_FILL = "#E6E6E6"
_SMALLEST = 2e-4
"""Degrees: a map is never narrower than some twenty metres."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to be found again: its point in degrees, a link and what it says. ``level``: error, warning or info."""

    lon: float
    lat: float
    level: str
    label: str
    url: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries in degrees with one fill each (a colour, or ``none``)."""

    geometries: Sequence[BaseGeometry | None]
    fills: Sequence[str]
    stroke: str = "#5D6872"
    css: str = ""


def fill_of(layer: LayerDefinition, table: CodeTable | None, code: str) -> str:
    """The colour of a code in the layer's official style."""
    style = layer.style
    fills = style.get("fills") or {}
    if code in fills:
        return str(fills[code])
    entry = table.find(code) if table and code else None
    if entry and entry.color:
        return str(entry.color)
    fill = str(style.get("fill") or "")
    return fill if fill.startswith("#") else (UNKNOWN_FILL if fill == "code" else PLAIN_FILL)


def coded(features: Iterable[Any], layer: LayerDefinition, table: CodeTable | None, css: str = "") -> Shapes:
    """Features (with ``geometry`` and ``codes``) in the colours of their first code; ``css`` ``pmap__f`` draws them faint."""
    found = list(features)
    fills = [fill_of(layer, table, str(one.codes[0][0]) if one.codes else "") for one in found]
    return Shapes([one.geometry for one in found], fills, css=css)


def bounds_of(geometries: Iterable[BaseGeometry | None]) -> Bounds | None:
    """The box of all geometries, None when there is nothing."""
    found = [one for one in geometries if one is not None]
    box = shapely.total_bounds(np.array(found, dtype=object)) if found else np.full(4, np.nan)
    if not np.isfinite(box).all():
        return None
    west, south, east, north = (float(value) for value in box)
    return west, south, east, north


def picture(shapes: Sequence[Shapes], bounds: Bounds | None, label: str, marks: Sequence[Mark] = ()) -> SafeString:
    """An SVG of the box (widened to the picture's form) with the outlines of districts beneath."""
    if bounds is None:
        return mark_safe("")
    frame = _Frame.around(bounds)
    drawn = [frame.paths(one) for one in (*_districts(frame), *shapes)]
    return format_html(
        '<svg class="pmap" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" role="{}" aria-label="{}">'
        '<rect width="{}" height="{}" fill="#F4F3EE"/>{}{}</svg>',
        WIDTH,
        HEIGHT,
        "group" if marks else "img",  # marks are links; a picture may hold none
        label,
        WIDTH,
        HEIGHT,
        format_html_join("", "{}", ((one,) for one in drawn)),
        format_html_join("", "{}", ((frame.mark(one),) for one in marks)),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    west: float
    north: float
    scale_x: float
    scale_y: float
    box: BaseGeometry

    @classmethod
    def around(cls, bounds: Bounds) -> _Frame:
        west, south, east, north = bounds
        squeeze = math.cos(math.radians(min(max((south + north) / 2, -89), 89)))
        width, height = max((east - west) * squeeze, _SMALLEST) * 1.12, max(north - south, _SMALLEST) * 1.12
        scale = min(WIDTH / width, HEIGHT / height)
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        half_x, half_y = WIDTH / scale / squeeze / 2, HEIGHT / scale / 2
        box = shapely.box(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)
        return cls(middle_x - half_x, middle_y + half_y, scale * squeeze, scale, box)

    def paths(self, shapes: Shapes) -> SafeString:
        """One path per colour; what is smaller than a picture point is simplified away."""
        groups: dict[str, list[BaseGeometry]] = defaultdict(list)
        for geometry, fill in zip(shapes.geometries, shapes.fills, strict=True):
            if geometry is not None:
                groups[fill].append(geometry)
        return format_html_join(
            "",
            '<path d="{}" fill="{}" stroke="{}" class="{}"/>',
            ((self._path(found), fill, shapes.stroke, shapes.css) for fill, found in groups.items()),
        )

    def _path(self, geometries: list[BaseGeometry]) -> str:
        shown = np.array(geometries, dtype=object)
        shown = shown[shapely.intersects(shapely.envelope(shown), self.box)]
        shown = shapely.simplify(shown, 0.6 / self.scale_y, preserve_topology=False)
        parts = shapely.get_parts(shown)
        polygons = parts[shapely.get_dimensions(parts) == 2]
        text = [self._line(ring, closed=True) for ring in shapely.get_rings(polygons)]
        text += [self._line(line, closed=False) for line in parts[shapely.get_dimensions(parts) == 1]]
        text += [self._dot(point) for point in parts[shapely.get_dimensions(parts) == 0]]
        return "".join(text)

    def _line(self, line: BaseGeometry, *, closed: bool) -> str:
        places = [f"{x:.1f} {y:.1f}" for x, y in self._places(shapely.get_coordinates(line))]
        return f"M{'L'.join(places[:-1] if closed else places)}{'Z' if closed else ''}" if len(places) > 1 else ""

    def _dot(self, point: BaseGeometry) -> str:
        places = self._places(shapely.get_coordinates(point))
        return f"M{places[0][0] - 3:.1f} {places[0][1]:.1f}h6m-3-3v6" if len(places) else ""

    def _places(self, degrees: np.ndarray) -> np.ndarray:
        return np.column_stack(((degrees[:, 0] - self.west) * self.scale_x, (self.north - degrees[:, 1]) * self.scale_y))

    def mark(self, mark: Mark) -> SafeString:
        x, y = self._places(np.array([[mark.lon, mark.lat]]))[0]
        body = format_html(
            '<g class="pmark pmark--{}{}" transform="translate({} {})"><title>{}</title><circle r="8"/>'
            '<path d="M-3.5-3.5 3.5 3.5M3.5-3.5-3.5 3.5"/></g>',
            mark.level,
            " is-current" if mark.current else "",
            round(float(x), 1),
            round(float(y), 1),
            mark.label,
        )
        return format_html('<a href="{}" aria-label="{}">{}</a>', mark.url, mark.label, body) if mark.url else body


def _districts(frame: _Frame) -> list[Shapes]:
    """Outlines of the districts in view."""
    regions = Region.objects.counties().in_window(*frame.box.bounds)
    found = [region.geometry for region in regions]
    return [Shapes(found, ["none"] * len(found), "#9AA5AE", "pmap__b")] if found else []
