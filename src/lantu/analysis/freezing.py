"""Numbers and digests of frozen records."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from lantu.core import numbers


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, figures as they are stored."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(asked: Any, result: Any, geometry: BaseGeometry | None = None) -> str:
    """SHA-256 over what was asked, what came out, and the site's very coordinates."""
    total = hashlib.sha256()
    for part in (canonical(asked), canonical(result)):
        total.update(part.encode())
        total.update(b"\0")
    if geometry is not None:
        total.update(shapely.to_wkb(geometry, byte_order=1))
    return total.hexdigest()


def next_number(prefix: str, series: str) -> str:
    """``HG-2018-00042``: the next number of a series of this year; call it in the transaction that writes the record."""
    year = timezone.localdate().year
    return f"{prefix}-{year}-{numbers.reserve(f'{series}-{year}', uuid.uuid4().hex):05d}"
