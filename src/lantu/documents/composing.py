"""From a template release and data to what stands on the paper, once for PDF, Word and preview."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from lantu.documents.docx import OfficialDocument
from lantu.documents.pdf import compile_pictures, compile_source, qr_svg
from lantu.documents.templates import Template, check_data, fill


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands around the text: title, number, organ, when, the address behind the QR, whether it is demo data."""

    title: str
    number: str = ""
    organ: str = ""
    at: datetime | None = None
    url: str = ""
    demo: bool = False

    @property
    def day(self) -> str:
        """The date in words, Arabic digits without leading zeros (GB/T 9704-2012 7.3.5.4)."""
        when = timezone.localtime(self.at) if self.at else timezone.localtime()
        return f"{when.year}年{when.month}月{when.day}日"


def compose(of: Template, data: dict[str, Any], head: Heading) -> dict[str, Any]:
    """The layout's input. A paragraph all of whose places are empty is left out. Raises ``BadInput`` for incomplete data."""
    whole = check_data(of, data)
    known = {**whole, "title": head.title, "number": head.number, "organ": head.organ, "date": head.day}
    at = timezone.localtime(head.at) if head.at else timezone.localtime()
    tables = [
        {"heading": field.title, "heads": list(field.heads), "rows": [[str(cell) for cell in row] for row in whole[field.name]]}
        for field in of.fields
        if field.kind == "table" and whole[field.name]
    ]
    used = "".join(of.paragraphs + of.closing)
    loose = [str(line) for field in of.fields if field.kind == "list" and f"{{{field.name}}}" not in used for line in whole[field.name]]
    return {
        "title": head.title,
        "number": head.number,
        "addressee": str(whole.get("addressee") or ""),
        "paragraphs": [*_filled(of.paragraphs, known, whole), *loose],
        "tables": tables,
        "closing": _filled(of.closing, known, whole),
        "organ": head.organ,
        "date": head.day,
        "qr": qr_svg(head.url) if head.url else "",
        "demo": head.demo,
        "at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
    }


def _filled(lines: tuple[str, ...], known: dict[str, Any], given: dict[str, Any]) -> list[str]:
    kept = []
    for line in lines:
        places = [name for name in given if f"{{{name}}}" in line]
        if not places or any(given[name] not in ("", [], None) for name in places):
            kept.append(fill(line, known))
    return kept


def machine_readable(of: Template, data: dict[str, Any], head: Heading, **facts: Any) -> bytes:
    """The data attached to the PDF: canonical JSON (sorted keys, no spaces), UTF-8."""
    content = {
        "template": of.code,
        "template_digest": of.digest,
        "title": head.title,
        "number": head.number,
        "organ": head.organ,
        "at": timezone.localtime(head.at).isoformat() if head.at else None,
        "demo": head.demo,
        "data": check_data(of, data),
        **facts,
    }
    return canonical(content)


def canonical(content: Any) -> bytes:
    """JSON with sorted keys and no spaces, the form that is digested."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def pdf_of(of: Template, composed: dict[str, Any], attached: bytes) -> bytes:
    """PDF/A-3b with the attached data."""
    return compile_source(of.layout_text, composed, standard="a-3b", attached=attached)


def preview_of(of: Template, composed: dict[str, Any]) -> list[bytes]:
    """The pages as PNG."""
    return compile_pictures(of.layout_text, composed)


def docx_of(composed: dict[str, Any]) -> bytes:
    """The same paper in the official form, to be edited in an office."""
    paper = OfficialDocument(composed["title"], number=composed["number"], demo=composed["demo"])
    if composed["addressee"]:
        paper.plain(composed["addressee"] + "：")
    for line in composed["paragraphs"]:
        paper.paragraph(line)
    for part in composed["tables"]:
        paper.heading(part["heading"])
        paper.table(part["heads"], part["rows"])
    for line in composed["closing"]:
        paper.paragraph(line)
    if composed["organ"]:
        paper.signature(composed["organ"], composed["date"])
    return paper.save()
