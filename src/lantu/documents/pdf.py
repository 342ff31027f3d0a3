"""PDF/A from Typst templates.

Data never becomes part of the template's source: it goes in as JSON and the template reads it by
``json(bytes(sys.inputs.data))``, so nothing that people typed can be run as markup.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst
from django.template.loader import get_template

FONTS = Path(__file__).parent / "fonts"
COMMON = Path(__file__).parent / "templates" / "documents"


def render_pdf(template: str, data: dict[str, Any], *, standard: str = "a-2b") -> bytes:
    """The PDF of Typst template ``template`` (a path under any room's ``templates/``) filled with ``data`` (JSON values).

    Templates may ``#import "official.typ": *`` for the shared page set-up. Raises ``typst.TypstError`` for a broken template.
    """
    origin: Any = get_template(template)
    path = Path(origin.origin.name)
    common = (COMMON / "official.typ").read_text(encoding="utf-8")
    source = {"main.typ": path.read_bytes(), "official.typ": common.encode()}
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    compile_: Any = typst.compile  # its stubs know no virtual files
    pdf: bytes = compile_(
        source, font_paths=[str(FONTS)], ignore_system_fonts=True, sys_inputs=inputs, format="pdf", pdf_standards=[standard]
    )
    return pdf
