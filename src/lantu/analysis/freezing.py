"""Numbers, digests and the common facts of frozen records."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any

import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Basis
from lantu.core import numbers
from lantu.core.actor import Actor
from lantu.documents.composing import canonical


def digest_of(asked: Any, result: Any, geometry: BaseGeometry | None = None) -> str:
    """SHA-256 over what was asked, what came out, and the site's very coordinates."""
    total = hashlib.sha256()
    for part in (asked, result):
        total.update(canonical(part) + b"\0")
    if geometry is not None:
        total.update(shapely.to_wkb(geometry, byte_order=1))
    return total.hexdigest()


def next_number(prefix: str, series: str) -> str:
    """``HG-2018-00042``: the next number of a series of this year; call it in the transaction that writes the record."""
    year = timezone.localdate().year
    return f"{prefix}-{year}-{numbers.reserve(f'{series}-{year}', uuid.uuid4().hex):05d}"


def facts(
    actor: Actor, found: Basis, asked: dict[str, Any], result: dict[str, Any], geometry: BaseGeometry | None = None
) -> dict[str, Any]:
    """The fields that every record has whatever was asked; number, title and time taken are for who saves it."""
    return {
        "run": found.run,
        "release": found.release,
        "asked": asked,
        "result": result,
        "digest": digest_of(asked, result, geometry),
        "demo": found.demo,
        "made_by_id": actor.user_id,
        "made_by_name": actor.name,
        "department": actor.department,
        "made_at": timezone.now(),
    }


def elapsed_ms(began: float) -> int:
    """Milliseconds since ``time.perf_counter()`` was ``began``."""
    return round((time.perf_counter() - began) * 1000)
