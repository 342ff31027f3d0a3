"""What a page answers with: a file to keep, or a word on the act that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from lantu.core.errors import LantuError

T = TypeVar("T")

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml; charset=utf-8",
    "zip": "application/zip",
}


def download(body: bytes | str, name: str) -> HttpResponse:
    """``body`` as a file ``name`` (any script) to keep. Raises ``KeyError`` for an ending that is not in ``MEDIA_TYPES``."""
    response = HttpResponse(body, content_type=MEDIA_TYPES[PurePath(name).suffix.lstrip(".")])
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def attempt(request: HttpRequest, act: Callable[[], T], done: str | Callable[[T], str]) -> None:
    """Do an act, and say at the head of the next page that it is done, or why it is not."""
    try:
        result = act()
    except LantuError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done(result) if callable(done) else done)
