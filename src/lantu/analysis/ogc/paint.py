"""Layers as a picture (PNG): what lies in a window, in the colours of the catalogue, with the detail that the picture can show."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from lantu.analysis.ogc.rights import Collection
from lantu.blueprints.selectors.layer_tree import drawn
from lantu.blueprints.tiles import sources
from lantu.blueprints.tiles.grid import pixel
from lantu.plans.maps import fill_of
from lantu.standards import selectors as standards

Painter = Callable[[NDArray[np.float64]], NDArray[np.float64]]
SMOOTH = 2
"""Drawn so many times larger and reduced: soft edges."""
KEPT = 128
_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture: pixels, the window in degrees that it shows, and how degrees become pixels (x right, y down)."""

    width: int
    height: int
    window: tuple[float, float, float, float]
    place: Painter
    transparent: bool
    background: str = "#FFFFFF"

    @property
    def zoom(self) -> int:
        """The zoom of the degree grid with as much detail."""
        west, _south, east, _north = self.window
        return next((z for z in range(20) if pixel(z) <= (east - west) / self.width * 1.01), 20)


def paint(layers: list[Collection], canvas: Canvas, key: str = "") -> bytes:
    """The PNG, lowest layer first; with a ``key`` (digest of all that it follows from) it is kept in memory."""
    if key:
        with _lock:
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
    data = _paint(layers, canvas)
    if key:
        with _lock:
            _kept[key] = data
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return data


def _paint(layers: list[Collection], canvas: Canvas) -> bytes:
    size = (canvas.width * SMOOTH, canvas.height * SMOOTH)
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    for one in layers:
        shapes, codes = features_in(one, canvas)
        pen = pen_of(one)
        layer = Image.new("RGBA", size, (0, 0, 0, 0))
        for shape, code in zip(_on_canvas(shapes, canvas), codes, strict=True):
            for part in shapely.get_parts(shape):
                if part.geom_type == "Polygon" and not part.is_empty:
                    pen.draw(layer, part, code)
        image = Image.alpha_composite(image, layer)
    if not canvas.transparent:
        image = Image.alpha_composite(Image.new("RGBA", size, canvas.background), image)
    stream = io.BytesIO()
    image.reduce(SMOOTH).save(stream, "PNG")
    return stream.getvalue()


def features_in(one: Collection, canvas: Canvas) -> tuple[NDArray[np.object_], list[str]]:
    """The shapes in the window with their codes; of a plan as generalised as its tiles of that zoom."""
    if one.run is not None:
        shapes, properties = sources.layer_pyramid(one.run, one.code).within(canvas.window, canvas.zoom)
        return shapes, [str(row["code"]) for row in properties]
    rows: Any = one.rows()
    found = [row.geometry for row in rows.in_window(*canvas.window)]
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array, [""] * len(found)


def _on_canvas(shapes: NDArray[np.object_], canvas: Canvas) -> NDArray[np.object_]:
    west, south, east, north = canvas.window
    margin = (east - west) * 0.02
    cut = shapely.clip_by_rect(shapes, west - margin, south - margin, east + margin, north + margin)
    return np.asarray(shapely.transform(cut, lambda xy: canvas.place(xy) * SMOOTH), dtype=object)


@dataclass(frozen=True, slots=True)
class Pen:
    """How a layer is drawn: fill by code (empty: none), outline, its width in pixels."""

    fill: Callable[[str], str]
    stroke: str
    width: float

    def draw(self, image: Image.Image, shape: BaseGeometry, code: str) -> None:
        """Draw a polygon given in the picture's own pixels."""
        draw = ImageDraw.Draw(image)
        fill, width = self.fill(code), max(1, round(self.width * SMOOTH))
        rings = [[(float(x), float(y)) for x, y in ring.coords] for ring in (shape.exterior, *shape.interiors)]
        if fill and len(rings) == 1:
            draw.polygon(rings[0], fill=fill)
        elif fill:
            x0, y0 = (int(np.floor(value)) for value in shape.bounds[:2])
            x1, y1 = (int(np.ceil(value)) + 1 for value in shape.bounds[2:])
            mask = Image.new("L", (x1 - x0, y1 - y0), 0)
            inside = ImageDraw.Draw(mask)
            for number, ring in enumerate(rings):
                inside.polygon([(x - x0, y - y0) for x, y in ring], fill=0 if number else 255)
            image.paste(Image.new("RGBA", mask.size, fill), (x0, y0), mask)
        for ring in rings:
            draw.line(ring, fill=self.stroke, width=width)


def pen_of(one: Collection) -> Pen:
    """The style of a layer as the catalogue has it."""
    own = drawn(one.layer.style)
    table = standards.catalogue().table_of(one.layer)
    opacity = round(float(one.layer.style.get("opacity", 0.7)) * 255)

    def fill(code: str) -> str:
        if one.layer.style.get("fill") == "none":
            return ""
        colour = fill_of(one.layer, table, code)
        return f"{colour}{opacity:02X}" if len(colour) == 7 else colour

    return Pen(fill, str(own["stroke"] or "#5D6872"), max(1.0, float(own["width"] or 0.6)))
