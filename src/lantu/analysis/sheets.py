"""Map sheets as SVG with everything said in attributes: for PDF, at an exact scale, with scale bar, north arrow and title block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.utils.html import escape
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.grid import WorkingGrid

SCALES = (500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000)
FONT = "Noto Sans CJK SC"
MM_PER_M = 1000.0
HATCH = {
    "diagonal": "M0 0V2",
    "counter": "M0 0H2",
    "cross": "M0 0V2M0 0H2",
    "plus": "M1 .4V1.6M.4 1H1.6",
    "dots": "M1 1h.01",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A geometry in degrees with how it is drawn: colours, line width and dash in mm, a hatch of ``HATCH`` in the stroke's colour."""

    geometry: BaseGeometry
    fill: str = "none"
    opacity: float = 1.0
    stroke: str = "#5D6872"
    width: float = 0.15
    dash: str = ""
    hatch: str = ""
    halo: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawn sheet: its SVG, its scale denominator and its window in degrees."""

    svg: str
    scale: int
    window: tuple[float, float, float, float]


def window_of(
    grid: WorkingGrid, geometry: BaseGeometry, size_mm: tuple[float, float], scale: int | None = None, room: float = 1.6
) -> tuple[int, BaseGeometry]:
    """The scale at which a geometry (degrees) fits into a sheet with some room, and the sheet's window in metres of the working CRS."""
    west, south, east, north = _plane(grid, geometry).bounds
    width, height = max(east - west, 1.0) * room, max(north - south, 1.0) * room
    fitting = max(width * MM_PER_M / size_mm[0], height * MM_PER_M / size_mm[1])
    chosen = scale or next((value for value in SCALES if value >= fitting), math.ceil(fitting / 100_000) * 100_000)
    half = np.array(size_mm) * chosen / MM_PER_M / 2
    x, y = (west + east) / 2, (south + north) / 2
    return chosen, shapely.box(x - half[0], y - half[1], x + half[0], y + half[1])


def degrees_window(grid: WorkingGrid, window: BaseGeometry) -> tuple[float, float, float, float]:
    """The box in degrees that holds a window in metres."""
    corners = np.array(window.exterior.coords)[:4]
    lonlat = grid.to_degrees((corners - np.array(grid.origin)) / grid.unit_m)
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    return float(west), float(south), float(east), float(north)


def draw(grid: WorkingGrid, shapes: Sequence[Drawn], window: BaseGeometry, scale: int, size_mm: tuple[float, float]) -> Sheet:
    """The shapes, lowest first, cut at the window; one unit of the SVG is a millimetre on paper."""
    west, _south, _east, north = window.bounds
    factor = MM_PER_M / scale

    def page(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(((xy[:, 0] - west) * factor, (north - xy[:, 1]) * factor))

    parts: list[str] = []
    patterns: dict[tuple[str, str], str] = {}
    for shape in shapes:
        plane = shapely.clip_by_rect(shapely.make_valid(_plane(grid, shape.geometry)), *window.bounds)
        path = _path(plane, page)
        if not path:
            continue
        fill = shape.fill
        if shape.hatch:
            key = f"h{len(patterns)}" if (shape.hatch, shape.stroke) not in patterns else patterns[shape.hatch, shape.stroke]
            patterns[shape.hatch, shape.stroke] = key
            fill = f"url(#{key})"
        if shape.halo:
            parts.append(f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="{shape.width * 2.2}"/>')
        dash = f' stroke-dasharray="{escape(shape.dash)}"' if shape.dash else ""
        parts.append(
            f'<path d="{path}" fill="{escape(fill)}" fill-opacity="{shape.opacity}" fill-rule="evenodd" '
            f'stroke="{escape(shape.stroke)}" stroke-width="{shape.width}"{dash}/>'
        )
    width, height = size_mm
    defs = "".join(_pattern(key, hatch, colour) for (hatch, colour), key in patterns.items())
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
        f'<defs>{defs}<clipPath id="w"><rect width="{width}" height="{height}"/></clipPath></defs>'
        f'<rect width="{width}" height="{height}" fill="#F4F3EE"/><g clip-path="url(#w)">{"".join(parts)}</g>'
        f"{_scale_bar(scale, height)}{_north(width)}"
        f'<rect width="{width}" height="{height}" fill="none" stroke="#3B4855" stroke-width=".3"/></svg>'
    )
    return Sheet(svg, scale, degrees_window(grid, window))


def _plane(grid: WorkingGrid, geometry: BaseGeometry) -> BaseGeometry:
    return shapely.transform(geometry, lambda xy: grid.to_metres(grid.from_degrees(xy)))


def _pattern(key: str, hatch: str, colour: str) -> str:
    return (
        f'<pattern id="{key}" width="2" height="2" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="{HATCH[hatch]}" stroke="{escape(colour)}" stroke-width=".25" stroke-linecap="round" fill="none"/></pattern>'
    )


def _path(geometry: BaseGeometry, page: object) -> str:
    pieces = []
    for part in shapely.get_parts(shapely.get_parts([geometry])):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            if ring.is_empty:
                continue
            xy = page(shapely.get_coordinates(ring))  # type: ignore[operator]
            if part.geom_type == "Point":
                pieces.append(f"M{xy[0, 0] - 0.8:.2f} {xy[0, 1]:.2f}a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0 -1.6 0Z")
                continue
            points = [f"{x:.2f} {y:.2f}" for x, y in xy]
            pieces.append("M" + "L".join(points) + ("Z" if part.geom_type == "Polygon" else ""))
    return "".join(pieces)


def _scale_bar(scale: int, height: float) -> str:
    """A bar of a round length, about 30 mm."""
    metres = 30 * scale / MM_PER_M
    step = 10 ** math.floor(math.log10(metres))
    length = next(step * factor for factor in (5, 2, 1) if step * factor <= metres)
    mm = length * MM_PER_M / scale
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    y = height - 5
    return (
        f'<rect x="3" y="{y - 5.2}" width="{mm + 16}" height="8.4" fill="#ffffff" fill-opacity=".86"/>'
        f'<path d="M5 {y - 1.5}v1.5h{mm:.2f}v-1.5" fill="none" stroke="#182430" stroke-width=".3"/>'
        f'<text x="5" y="{y - 2.2}" font-family="{FONT}" font-size="2.6" fill="#182430">0</text>'
        f'<text x="{5 + mm:.2f}" y="{y - 2.2}" text-anchor="middle" font-family="{FONT}" font-size="2.6" fill="#182430">{text}</text>'
    )


def _north(width: float) -> str:
    x = width - 8
    return (
        f'<g transform="translate({x} 4)"><path d="M2.5 0 5 8 2.5 6.4 0 8Z" fill="#182430"/>'
        f'<text x="2.5" y="11.4" text-anchor="middle" font-family="{FONT}" font-size="3" fill="#182430">北</text></g>'
    )
