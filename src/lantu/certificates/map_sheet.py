"""The map sheet of a certificate (附图): the site's outline on the city's plane, numbered corners, scale, grid, north arrow, as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_area
from lantu.geodesy.transform import transform
from lantu.standards import selectors

WIDTH, HEIGHT = 900, 760
SCALES = (200, 500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000)
SHEET_MM = 156
"""Width of the sheet on paper."""
MAX_POINTS = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """The drawing, its facts, and the corner points (number, northing X, easting Y in metres, as surveyors write them)."""

    svg: str
    facts: list[tuple[str, str]]
    points: list[tuple[str, str, str]]

    def as_dict(self, title: str) -> dict[str, Any]:
        return {"title": title, "svg": self.svg, "facts": self.facts, "points": self.points, "heads": ["点号", "X（北，m）", "Y（东，m）"]}


def draw(geometry: BaseGeometry, *, demo: bool, release: str) -> Sheet:
    """Draw a polygon given in EPSG:4490."""
    grid = selectors.working_grid()
    flat = shapely.transform(geometry, transform(grid.statutory_epsg, grid.epsg).points)
    west, south, east, north = flat.bounds
    scale = next((one for one in SCALES if (east - west) * 1000 / one < SHEET_MM * 0.72 and (north - south) * 1000 / one < 95), SCALES[-1])
    pixels = WIDTH / (SHEET_MM * scale / 1000)
    middle = ((west + east) / 2, (south + north) / 2)

    def place(x: float, y: float) -> tuple[float, float]:
        return WIDTH / 2 + (x - middle[0]) * pixels, HEIGHT / 2 - (y - middle[1]) * pixels

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FBFBF8"/>', *_grid(middle, scale, pixels)]
    rings = [ring for polygon in _polygons(flat) for ring in (polygon.exterior, *polygon.interiors)]
    path = " ".join("M" + " L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in ring.coords[:-1]) + " Z" for ring in rings)
    parts.append(f'<path d="{path}" fill="#D9483B" fill-opacity="0.16" fill-rule="evenodd" stroke="#C8161E" stroke-width="3"/>')
    corners = [(x, y) for ring in rings for x, y in ring.coords[:-1]]
    points = [(f"J{n + 1}", f"{y:.3f}", f"{x:.3f}") for n, (x, y) in enumerate(corners)]
    for name, (x, y) in zip((point[0] for point in points[:MAX_POINTS]), corners[:MAX_POINTS], strict=True):
        left, top = place(x, y)
        parts.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="4" fill="#fff" stroke="#C8161E" stroke-width="1.6"/>')
        parts.append(_label(left + 7, top - 6, name, 15))
    parts += _north() + _bar(scale, pixels)
    if demo:
        parts.append(
            f'<g opacity="0.14" transform="rotate(-24 {WIDTH / 2} {HEIGHT / 2})">{_label(WIDTH / 2 - 150, HEIGHT / 2, "演示数据", 78)}</g>'
        )
    area = polygon_area(geometry, grid.ellipsoid)
    facts = [
        ("比例尺", f"1∶{scale:,}"),
        ("坐标系", f"CGCS2000，EPSG:{grid.epsg}"),
        ("椭球面积", f"{area:,.2f} ㎡（{area / 10_000:,.4f} 公顷）"),
        ("界址点", f"{len(points)} 个" + (f"，列前 {MAX_POINTS} 个" if len(points) > MAX_POINTS else "")),
        ("依据版本", release or "—"),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
    return Sheet(head + "".join(parts) + "</svg>", facts, points[:MAX_POINTS])


def _polygons(geometry: BaseGeometry) -> list[Any]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]


def _label(x: float, y: float, text: str, size: int) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-family="Noto Sans CJK SC" font-size="{size}" fill="#2B3640">{escape(text)}</text>'


def _grid(middle: tuple[float, float], scale: int, pixels: float) -> list[str]:
    """Grid lines of the plane every 10 cm at scale, with their coordinate."""
    step = scale / 10
    lines = []
    for value in np.arange(np.ceil((middle[0] - WIDTH / 2 / pixels) / step) * step, middle[0] + WIDTH / 2 / pixels, step):
        x = WIDTH / 2 + (value - middle[0]) * pixels
        lines += [f'<path d="M{x:.1f} 0V{HEIGHT}" stroke="#CBD3DA" stroke-width="1"/>', _label(x + 4, HEIGHT - 8, f"{value:,.0f}", 14)]
    for value in np.arange(np.ceil((middle[1] - HEIGHT / 2 / pixels) / step) * step, middle[1] + HEIGHT / 2 / pixels, step):
        y = HEIGHT / 2 - (value - middle[1]) * pixels
        lines += [f'<path d="M0 {y:.1f}H{WIDTH}" stroke="#CBD3DA" stroke-width="1"/>', _label(6, y - 5, f"{value:,.0f}", 14)]
    return lines


def _north() -> list[str]:
    return [f'<path d="M{WIDTH - 50} 26l13 42-13-9-13 9z" fill="#2B3640"/>', _label(WIDTH - 57, 90, "北", 16)]


def _bar(scale: int, pixels: float) -> list[str]:
    metres = scale / 25
    width = metres * pixels
    x, y = WIDTH - 40 - width, HEIGHT - 40
    line = f'<path d="M{x:.1f} {y - 8}v8h{width:.1f}v-8" fill="none" stroke="#2B3640" stroke-width="2"/>'
    return [line, _label(x, y - 14, f"{metres:,.0f} m", 15)]
