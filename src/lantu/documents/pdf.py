"""PDF/A from Typst templates.

Data never becomes part of the template's source: it goes in as JSON and the template reads it by
``json(bytes(sys.inputs.data))``, so nothing that people typed can be run as markup.
"""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path
from typing import Any

import segno
import typst
from django.template.loader import get_template

FONTS = Path(__file__).parent / "fonts"
COMMON = Path(__file__).parent / "templates" / "documents"
DATA_NAME = "data.json"
"""Name of the machine-readable data attached to a paper."""


def render_pdf(template: str, data: dict[str, Any], *, standard: str = "a-2b") -> bytes:
    """The PDF of Typst template ``template`` (a path under any room's ``templates/``) filled with ``data`` (JSON values).

    Templates may ``#import "official.typ": *`` for the shared page set-up. Raises ``typst.TypstError`` for a broken template.
    """
    origin: Any = get_template(template)
    return compile_source(Path(origin.origin.name).read_text(encoding="utf-8"), data, standard=standard)


def compile_source(source: str, data: dict[str, Any], *, standard: str = "a-2b", attached: bytes | None = None) -> bytes:
    """The PDF of a layout's text. ``attached``: JSON bytes that the layout attaches by ``official(attach: true)``; needs standard a-3b."""
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    if attached is not None:
        inputs["attached"] = attached.decode()
    pdf: bytes = _compile(source, inputs, format="pdf", pdf_standards=[standard])
    return pdf


def compile_pictures(source: str, data: dict[str, Any], *, pixels_per_inch: float = 110) -> list[bytes]:
    """The pages of a layout as PNG, for previews."""
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    pages = _compile(source, inputs, format="png", ppi=pixels_per_inch)
    return pages if isinstance(pages, list) else [pages]


def _compile(source: str, inputs: dict[str, str], **options: Any) -> Any:
    common = (COMMON / "official.typ").read_bytes()
    compile_: Any = typst.compile  # its stubs know no virtual files
    return compile_({"main.typ": source.encode(), "official.typ": common}, font_paths=_fonts(), sys_inputs=inputs, **options)


@functools.lru_cache(maxsize=1)
def _fonts() -> Any:
    fonts: Any = typst.Fonts
    return fonts(font_paths=[str(FONTS)], include_system_fonts=False)


def qr_svg(text: str) -> str:
    """A QR code (level M) as SVG text."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, svgns=True, border=2)
    return out.getvalue().decode()


def qr_png(text: str, scale: int = 8) -> bytes:
    """A QR code as PNG."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=scale, border=2)
    return out.getvalue()
