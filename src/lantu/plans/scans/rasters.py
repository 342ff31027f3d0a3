"""Scanned sheets as pictures: images and PDF pages, and what a GeoTIFF or a world file says of its place.

Everything is turned into one RGB picture of bounded size. Pixel (0, 0) is the upper left corner of the upper left pixel.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageOps

PDF_DPI = 200
MOST_PIXELS = 60_000_000
"""A1 at 300 dpi is about 70 million; what is larger is made smaller as it is read."""
PDF_MAGIC = b"%PDF-"
_SCALE, _TIEPOINT, _MATRIX, _KEYS = 33550, 33922, 34264, 34735
_PROJECTED, _GEOGRAPHIC, _RASTER_TYPE = 3072, 2048, 1025
WORLD_SUFFIXES = (".tfw", ".jgw", ".pgw", ".wld", ".tifw", ".jpgw", ".pngw", ".jpegw")


class Unreadable(ValueError):
    """The file is no picture and no PDF, or it is broken; the text says what the library found."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The affine place of a picture as its file states it: east = a·x + b·y + c, north = d·x + e·y + f (pixel corners).
    ``epsg``: None when the file does not say in which system."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    epsg: int | None = None

    def at(self, x: float, y: float) -> tuple[float, float]:
        """East and north of a pixel position."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a picture. ``shrunk``: pixels of the file per pixel of this picture; ``placed``: in pixels of this picture."""

    image: Image.Image
    dpi: float | None
    shrunk: float = 1.0
    placed: Placed | None = None


def page_count(path: Path) -> int:
    """Pages of a PDF or a multi-page TIFF, 1 for other images. Raises ``Unreadable``."""
    if _is_pdf(path):
        with _pdf(path) as document:
            return len(document)
    try:
        with Image.open(path) as image:
            return int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable(str(error)) from error


def read_page(path: Path, number: int = 1, world: str = "") -> Page:
    """Page ``number`` (from 1) as an RGB picture; ``world`` is the text of a world file. Raises ``Unreadable``."""
    return _pdf_page(path, number) if _is_pdf(path) else _image_page(path, number, world)


def png(image: Image.Image) -> bytes:
    """The picture as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=4)
    return buffer.getvalue()


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as stream:
        return PDF_MAGIC in stream.read(1024)


class _pdf:
    """A PDF that is closed again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        try:
            self.document: Any = pdfium.PdfDocument(self.path)
        except pdfium.PdfiumError as error:
            raise Unreadable(str(error)) from error
        return self.document

    def __exit__(self, *_error: object) -> None:
        self.document.close()


def _pdf_page(path: Path, number: int) -> Page:
    with _pdf(path) as document:
        if not 1 <= number <= len(document):
            raise Unreadable(f"page {number} of {len(document)}")
        page = document[number - 1]
        width, height = page.get_size()  # points of 1/72 inch
        dpi = min(PDF_DPI, 72 * (MOST_PIXELS / max(width * height, 1)) ** 0.5)
        return Page(page.render(scale=dpi / 72).to_pil().convert("RGB"), dpi)


def _image_page(path: Path, number: int, world: str) -> Page:
    try:
        with Image.open(path) as image:
            image.seek(number - 1)
            placed = _world(world) if world else geotags(image)
            density = image.info.get("dpi")
            shrunk = max(1.0, (image.width * image.height / MOST_PIXELS) ** 0.5)
            if shrunk > 1:
                image.draft("RGB", (round(image.width / shrunk), round(image.height / shrunk)))
            # one that states its place must not be turned by its camera's note as well
            upright = _opaque(image) if placed else ImageOps.exif_transpose(_opaque(image))
            size = (max(1, round(upright.width / shrunk)), max(1, round(upright.height / shrunk)))
            small = upright.resize(size, Image.Resampling.LANCZOS) if shrunk > 1 else upright
    except (OSError, ValueError, EOFError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable(str(error)) from error
    if placed and shrunk > 1:
        x, y = upright.width / small.width, upright.height / small.height
        placed = Placed(placed.a * x, placed.b * y, placed.c, placed.d * x, placed.e * y, placed.f, placed.epsg)
    return Page(small, float(density[0]) / shrunk if density and density[0] else None, shrunk, placed)


def _opaque(image: Image.Image) -> Image.Image:
    """RGB over white; 16-bit greys are brought to eight bits."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return image.convert("RGB")


def _world(text: str) -> Placed:
    """A world file: A, D, B, E, C, F, one a line; its C and F are the middle of the first pixel."""
    try:
        a, d, b, e, c, f = (float(line) for line in text.split()[:6])
    except ValueError as error:
        raise Unreadable(f"world file: {error}") from error
    return Placed(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)


def geotags(image: Image.Image) -> Placed | None:
    """The tags of OGC GeoTIFF 1.1; None when there are none."""
    tags: Any = getattr(image, "tag_v2", None)
    if not tags:
        return None
    keys = _geo_keys(tags.get(_KEYS) or ())
    epsg = next((keys[key] for key in (_PROJECTED, _GEOGRAPHIC) if 1024 <= keys.get(key, 0) < 32767), None)
    half = 0.5 if keys.get(_RASTER_TYPE) == 2 else 0.0  # PixelIsPoint: coordinates are of pixel middles
    if _MATRIX in tags:
        m = tags[_MATRIX]
        a, b, c, d, e, f = m[0], m[1], m[3], m[4], m[5], m[7]
    elif _SCALE in tags and _TIEPOINT in tags:
        (sx, sy, *_z), (i, j, _k, x, y, *_rest) = tags[_SCALE], tags[_TIEPOINT]
        a, b, c, d, e, f = sx, 0.0, x - i * sx, 0.0, -sy, y + j * sy
    else:
        return None
    return Placed(a, b, c - half * (a + b), d, e, f - half * (d + e), epsg)


def _geo_keys(directory: tuple[int, ...]) -> dict[int, int]:
    """Keys whose value stands in the directory itself."""
    return {directory[i]: directory[i + 3] for i in range(4, len(directory) - 3, 4) if directory[i + 1] == 0}
