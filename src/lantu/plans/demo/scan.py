"""A scanned plan sheet made of patches: a map with legend, grid crosses and title, skewed, noisy, as JPEG or PDF; for demo and tests."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from shapely.geometry.base import BaseGeometry

from lantu import documents

Window = tuple[float, float, float, float]
Cross = tuple[float, float, float, float]
Place = Callable[[NDArray[np.float64]], NDArray[np.float64]]
NOISE = 5.0
WIDTH, HEIGHT, MARGIN, LEGEND = 1500, 1150, 90, 330
FONT = Path(documents.__file__).parent / "fonts" / "NotoSansCJKsc-Regular.otf"


@dataclass(frozen=True, slots=True)
class Patch:
    """What is drawn: a polygon in metres of the working system, its class, the words for it and its colour."""

    shape: BaseGeometry
    code: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Scan:
    """The picture and what is true of it: ``crosses`` (pixel x, y, east, north) of the grid, ``legend`` (code, pixel x, y)."""

    image: Image.Image
    crosses: list[Cross]
    legend: list[tuple[str, float, float]]

    def jpeg(self) -> bytes:
        """The bytes as a scanner writes them."""
        buffer = io.BytesIO()
        self.image.save(buffer, "JPEG", quality=85, dpi=(150, 150))
        return buffer.getvalue()


def make_scan(patches: Sequence[Patch], window: Window, *, title: str, tilt: float = 1.7, seed: int = 7) -> Scan:
    """Draw the patches within a window (west, south, east, north in m), then turn the sheet by ``tilt`` degrees and add noise."""
    west, south, east, north = window
    scale = min((WIDTH - 2 * MARGIN - LEGEND) / (east - west), (HEIGHT - 2 * MARGIN) / (north - south))

    def place(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack((MARGIN + (metres[:, 0] - west) * scale, MARGIN + (north - metres[:, 1]) * scale))

    image = Image.new("RGB", (WIDTH, HEIGHT), (253, 252, 248))
    draw = ImageDraw.Draw(image)
    frame = shapely.box(*window)
    for patch in patches:
        for part in shapely.get_parts(shapely.intersection(patch.shape, frame)):
            if part.geom_type == "Polygon" and not part.is_empty:
                _polygon(draw, part, place, patch.color)
    corner = place(np.array([[west, north], [east, south]]))
    draw.rectangle([*map(float, corner.ravel())], outline="black", width=3)
    crosses = _crosses(draw, window, place)
    legend = _legend(draw, patches, float(corner[1, 0]) + 40)
    draw.text((MARGIN, 30), title, fill="black", font=_font(26))
    return _scanned(Scan(image, crosses, legend), tilt, seed)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def _polygon(draw: ImageDraw.ImageDraw, part: BaseGeometry, place: Place, color: str) -> None:
    rings = [[tuple(map(float, xy)) for xy in place(shapely.get_coordinates(ring))] for ring in shapely.get_rings(part)]
    draw.polygon(rings[0], fill=color)
    for hole in rings[1:]:
        draw.polygon(hole, fill=(253, 252, 248))
    for ring in rings:
        draw.line(ring, fill="black", width=2)


def _crosses(draw: ImageDraw.ImageDraw, window: Window, place: Place) -> list[Cross]:
    """Grid crosses at round coordinates, as on paper maps."""
    west, south, east, north = window
    step = 10 ** math.floor(math.log10((east - west) / 2))
    step = next(
        one for one in (5 * step, 2 * step, step, step / 2, step / 5) if (east - west) / one >= 2.5 and (north - south) / one >= 1.5
    )
    found = []
    for x in np.arange(math.ceil(west / step) * step, east, step):
        for y in np.arange(math.ceil(south / step) * step, north, step):
            px, py = place(np.array([[x, y]]))[0]
            draw.line([(px - 9, py), (px + 9, py)], fill="black", width=2)
            draw.line([(px, py - 9), (px, py + 9)], fill="black", width=2)
            draw.text((px + 6, py + 4), f"{x:.0f}\n{y:.0f}", fill="black", font=_font(11))
            found.append((float(px), float(py), float(x), float(y)))
    return found


def _legend(draw: ImageDraw.ImageDraw, patches: Sequence[Patch], left: float) -> list[tuple[str, float, float]]:
    draw.text((left, MARGIN), "图例", fill="black", font=_font(22))
    found = []
    classes = {patch.code: patch for patch in patches}
    for number, patch in enumerate(sorted(classes.values(), key=lambda one: one.code)):
        top = float(MARGIN + 50 + number * 42)
        draw.rectangle((left, top, left + 54, top + 28), fill=patch.color, outline="black", width=2)
        draw.text((left + 64, top), f"{patch.code} {patch.name}", fill="black", font=_font(17))
        found.append((patch.code, left + 27, top + 14))
    return found


def _scanned(drawn: Scan, tilt: float, seed: int) -> Scan:
    """As it comes off the glass: turned about its middle, a little uneven."""
    image, crosses, legend = drawn.image, drawn.crosses, drawn.legend
    turned = image.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=(253, 252, 248))
    angle = math.radians(-tilt)

    def moved(x: float, y: float) -> tuple[float, float]:
        u, v = x - WIDTH / 2, y - HEIGHT / 2
        return u * math.cos(angle) - v * math.sin(angle) + WIDTH / 2, u * math.sin(angle) + v * math.cos(angle) + HEIGHT / 2

    random = np.random.default_rng(seed)
    grey = np.asarray(turned).astype(np.float64)
    shade = 1 - 0.02 * np.linspace(0, 1, WIDTH)[None, :, None]
    noisy = (grey * shade + random.normal(0, NOISE, (HEIGHT, WIDTH, 1))).clip(0, 255).astype(np.uint8)
    return Scan(
        Image.fromarray(noisy),
        [(*moved(px, py), x, y) for px, py, x, y in crosses],
        [(code, *moved(px, py)) for code, px, py in legend],
    )
