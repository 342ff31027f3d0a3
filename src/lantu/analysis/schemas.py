"""What the API of the room takes and gives."""

from __future__ import annotations

from typing import Any

from ninja import Schema


class CheckIn(Schema):
    """A site: exactly one of ``text`` (coordinates, boundary-point text, GeoJSON, WKT), ``geometry`` (GeoJSON, degrees), ``number``."""

    text: str = ""
    geometry: dict[str, Any] | None = None
    number: str = ""
    epsg: int | None = None
    title: str = ""
    use: str = ""
    release: str = ""


class CheckOut(Schema):
    """A check in short. ``url``: its page."""

    id: int
    number: str
    title: str
    verdict: str
    standing: str
    headline: str
    area_m2: float
    release: str | None
    run: str
    digest: str
    elapsed_ms: int
    made_at: str
    url: str


class DismissIn(Schema):
    """A finding to set aside and why."""

    item: str
    reason: str


class BatchIn(Schema):
    """What goes with the files of a batch."""

    use: str = ""
    title: str = ""
    release: str = ""
    epsg: int | None = None


class BatchOut(Schema):
    """A batch and its job."""

    id: int
    number: str
    job: str
    url: str


class VerifyOut(Schema):
    """What a verification found. ``same``: the plans say the same; ``living_changed``: later registrations, no fault."""

    intact: bool
    same: bool
    living_changed: list[str]
    differences: list[str]
    digest: str
    run_digest: str
    at: str
