"""Small maps drawn on the server as SVG: for pages where a sketch says more than coordinates. No basemap, no script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One geometry in degrees with how it is drawn. ``hatch``: 1 crossed, 2 diagonal, 0 none; ``halo``: a white line under the stroke."""

    geometry: BaseGeometry
    fill: str = "none"
    opacity: float = 0.62
    stroke: str = "#5D6872"
    width: float = 0.6
    dash: str = ""
    hatch: int = 0
    halo: bool = False
    title: str = ""


def bounds_around(geometry: BaseGeometry, margin: float = 0.6, least: float = 0.0006) -> Box:
    """The box of a geometry with a margin (share of its size), at least ``least`` degrees wide and high."""
    west, south, east, north = geometry.bounds
    width, height = max(east - west, least), max(north - south, least)
    x, y = (west + east) / 2, (south + north) / 2
    half_x, half_y = width * (0.5 + margin), height * (0.5 + margin)
    return x - half_x, y - half_y, x + half_x, y + half_y


def draw(shapes: Iterable[Shape], bounds: Box, *, label: str, size: tuple[int, int] = (760, 420)) -> SafeString:
    """The shapes, lowest first, clipped to a view of ``size`` pixels that holds ``bounds``. East is stretched by cos(latitude)."""
    view = _View.of(bounds, size)
    parts = [_draw(shape, view) for shape in shapes]
    return format_html(
        '<svg class="map-svg" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="xMidYMid slice">{}'
        '<rect class="map-paper" width="{}" height="{}"/>{}{}</svg>',
        *size, label, _PATTERNS, *size, mark_safe("".join(parts)), view.scale_bar(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _View:
    west: float
    north: float
    scale: float
    squeeze: float
    size: tuple[int, int]
    window: Box

    @classmethod
    def of(cls, bounds: Box, size: tuple[int, int]) -> _View:
        west, south, east, north = bounds
        squeeze = math.cos(math.radians((south + north) / 2))
        scale = min(size[0] / ((east - west) * squeeze), size[1] / (north - south))
        x, y = (west + east) / 2, (south + north) / 2
        half_x, half_y = size[0] / scale / squeeze / 2, size[1] / scale / 2
        return cls(x - half_x, y + half_y, scale, squeeze, size, (x - half_x, y - half_y, x + half_x, y + half_y))

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale

    def scale_bar(self) -> SafeString:
        """A bar of a round length, about a fifth of the width."""
        metres = self.size[0] / self.scale * 111_320 / 5
        step = 10 ** math.floor(math.log10(metres))
        length = next(step * factor for factor in (5, 2, 1) if step * factor <= metres)
        pixels = length / 111_320 * self.scale
        text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
        y = self.size[1] - 12
        line = f"M12 {y - 6}v6h{pixels:.1f}v-6"
        return format_html('<path class="map-bar" d="{}"/><text class="map-bar-t" x="16" y="{}">{}</text>', line, y - 10, text)


_PATTERNS = mark_safe(
    '<defs><pattern id="hatch1" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#A81E1E" fill-opacity=".22"/><path d="M0 0V7M0 0H7" stroke="#A81E1E" stroke-width="1.6"/></pattern>'
    '<pattern id="hatch2" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V7" stroke="#5D6872" stroke-width="1.6"/></pattern></defs>'
)


def _draw(shape: Shape, view: _View) -> SafeString:
    geometry = shapely.clip_by_rect(shapely.make_valid(shape.geometry), *view.window)
    path = _path(geometry, view)
    if not path:
        return SafeString("")
    fill = f"url(#hatch{shape.hatch})" if shape.hatch else shape.fill
    attributes = [("d", path), ("fill", fill), ("stroke", shape.stroke), ("stroke-width", shape.width), ("fill-rule", "evenodd")]
    if fill != "none" and not shape.hatch:
        attributes.append(("fill-opacity", shape.opacity))
    if shape.dash:
        attributes.append(("stroke-dasharray", shape.dash))
    halo = format_html('<path d="{}" fill="none" stroke="#fff" stroke-width="{}"/>', path, shape.width * 2) if shape.halo else ""
    title = format_html("<title>{}</title>", shape.title) if shape.title else ""
    return format_html("{}<path{}>{}</path>", halo, format_html_join("", ' {}="{}"', attributes), title)


def _path(geometry: BaseGeometry, view: _View) -> str:
    pieces: list[str] = []
    for part in shapely.get_parts(shapely.get_parts([geometry])):
        if part.geom_type == "Polygon":
            rings: Sequence[BaseGeometry] = [part.exterior, *part.interiors]
            pieces += [_line(ring, view) + "Z" for ring in rings if not ring.is_empty]
        elif part.geom_type == "Point":
            x, y = view.at(part.x, part.y)
            pieces.append(f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z")
        elif not part.is_empty:
            pieces.append(_line(part, view))
    return "".join(pieces)


def _line(line: BaseGeometry, view: _View) -> str:
    points = (view.at(x, y) for x, y in shapely.get_coordinates(line))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
