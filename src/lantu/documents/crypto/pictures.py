"""The picture of a seal, drawn: a red ring with the holder's name along it, a star, what it is for; TEST seals say so."""

from __future__ import annotations

import functools
import io
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parents[1] / "fonts" / "NotoSansCJKsc-Regular.otf"
RED = (200, 22, 30, 235)
PIXELS = 400
"""Side of a drawn seal: 42 mm at some 240 dpi."""


@functools.lru_cache(maxsize=64)
def draw_seal(holder: str, purpose: str, *, test: bool = True) -> bytes:
    """PNG with transparent ground. ``holder`` stands along the ring, ``purpose`` under the star."""
    scale = 2
    side = PIXELS * scale
    image = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    edge = side * 0.012
    pen.ellipse((edge, edge, side - edge, side - edge), outline=RED, width=round(side * 0.024))
    _star(pen, side / 2, side * 0.49, side * 0.125)
    _along_ring(image, holder, side)
    below = [(purpose, 0.70, 0.068)] + ([("测试印章 TEST", 0.80, 0.056)] if test else [])
    for text, height, size in below:
        font = _font(round(side * size))
        width = pen.textlength(text, font=font)
        pen.text(((side - width) / 2, side * height), text, font=font, fill=RED, stroke_width=scale, stroke_fill=RED)
    return _png(image.resize((PIXELS, PIXELS), Image.Resampling.LANCZOS))


def _along_ring(image: Image.Image, text: str, side: int) -> None:
    size = side * min(0.115, 1.55 / max(len(text), 8))
    font = _font(round(size))
    spread = min(math.radians(250), len(text) * size * 1.18 / (side * 0.39))
    for number, letter in enumerate(text):
        angle = -spread / 2 + spread * (number + 0.5) / len(text)
        glyph = Image.new("RGBA", (round(size * 1.6),) * 2, (255, 255, 255, 0))
        pen = ImageDraw.Draw(glyph)
        pen.text((glyph.width / 2, glyph.height / 2), letter, font=font, fill=RED, anchor="mm", stroke_width=2, stroke_fill=RED)
        turned = glyph.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        radius = side * 0.39
        x, y = side / 2 + radius * math.sin(angle), side / 2 - radius * math.cos(angle)
        image.alpha_composite(turned, (round(x - glyph.width / 2), round(y - glyph.height / 2)))


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for number in range(10):
        reach = radius if number % 2 == 0 else radius * 0.382
        angle = math.pi * number / 5
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    pen.polygon(points, fill=RED)


@functools.lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def clean_picture(data: bytes, limit: int = 1200) -> bytes:
    """An uploaded picture as PNG of at most ``limit`` pixels a side. Raises ``ValueError`` for anything that is no picture."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > 40_000_000:
                raise ValueError("picture too large")
            image.thumbnail((limit, limit))
            return _png(image.convert("RGBA"))
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
