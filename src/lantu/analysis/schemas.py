"""What the API of the room takes and gives."""

from __future__ import annotations

from typing import Any

from ninja import Schema


class RecordOut(Schema):
    """What every frozen record is known by. ``url``: its page."""

    id: int
    number: str
    title: str
    digest: str
    url: str


class CheckIn(Schema):
    """A site: exactly one of ``text`` (coordinates, boundary-point text, GeoJSON, WKT), ``geometry`` (GeoJSON, degrees), ``number``."""

    text: str = ""
    geometry: dict[str, Any] | None = None
    number: str = ""
    epsg: int | None = None
    title: str = ""
    use: str = ""
    release: str = ""


class CheckOut(RecordOut):
    """A check in short."""

    verdict: str
    standing: str
    headline: str
    area_m2: float
    release: str | None
    run: str
    elapsed_ms: int
    made_at: str


class DismissIn(Schema):
    """A finding to set aside, or whose dismissal to take back, and why."""

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


class SearchIn(Schema):
    """A search: ``criteria`` as the city pack's presets have them (``area_ha``, ``must``, ``wishes``, ``whole``)."""

    criteria: dict[str, Any]
    title: str = ""
    release: str = ""


class CandidateOut(Schema):
    """A candidate zone. ``geometry``: GeoJSON in degrees, EPSG:4490; ``values``: per wish the value and its score, in their order."""

    id: int
    rank: int
    score: float
    area_m2: float
    compactness: float
    district: str
    values: list[dict[str, Any]]
    slope: dict[str, float]
    geometry: dict[str, Any]


class SearchOut(RecordOut):
    """A search and its candidates."""

    release: str | None
    run: str
    elapsed_ms: int
    account: dict[str, Any]
    candidates: list[CandidateOut]


class StatisticIn(Schema):
    """``kind`` cross, balance, two_plans, three_lines or series; ``parameters`` as the page has them (``layer``, ``columns``, …)."""

    kind: str
    parameters: dict[str, Any] = {}
    title: str = ""
    release: str = ""
    shared: bool = False


class StatisticOut(RecordOut):
    """A statistic, whole."""

    kind: str
    made_at: str
    demo: bool
    asked: dict[str, Any]
    tables: list[dict[str, Any]]


class EvaluateIn(Schema):
    """Which release to evaluate; empty: the one in force."""

    title: str = ""
    release: str = ""


class EvaluationOut(RecordOut):
    """An evaluation, whole. ``result``: indicators and plan implementation (m²)."""

    made_at: str
    by: str
    met: int
    warned: int
    missed: int
    asked: dict[str, Any]
    result: dict[str, Any]


class DownloadIn(Schema):
    """A layer to be written: ``form`` gpkg, shp, gdb, parquet or dxf; ``epsg`` 0: as usual for the form."""

    layer: str
    form: str
    epsg: int = 0
    purpose: str


class DownloadOut(Schema):
    """A download and its job."""

    id: int
    number: str
    job: str
    state: str


class BufferIn(Schema):
    """A GeoJSON geometry in degrees and a distance in metres."""

    geometry: dict[str, Any]
    metres: float


class MarkIn(Schema):
    """A bookmark (``address``: what stands after the map's path) or a note; the place in degrees, ``shape``: GeoJSON drawn there."""

    kind: str
    text: str
    lon: float
    lat: float
    address: str = ""
    shape: dict[str, Any] | None = None
    shared: bool = False


class MarkOut(Schema):
    """A bookmark or note. ``own``: it may be deleted by the reader."""

    id: int
    kind: str
    text: str
    address: str
    lon: float
    lat: float
    shape: dict[str, Any] | None
    shared: bool
    own: bool
    author: str


class RasterFacts(Schema):
    """What is said of a raster of heights. ``surveyed_on``: ISO day."""

    title: str
    source: str
    licence: str
    height_datum: str = ""
    surveyed_on: str = ""


class RasterIn(RasterFacts):
    """What goes with the files of a raster. ``epsg``, ``nodata``: where the file does not say."""

    epsg: int | None = None
    nodata: float | None = None


class RasterOut(RasterFacts):
    """A raster of heights. ``box``: west, south, east, north in degrees; heights and ``cell_m`` in metres."""

    number: str
    cell_m: float
    rows: int
    columns: int
    box: list[float]
    lowest_m: float
    highest_m: float
    void_share: float
    digest: str
    demo: bool
    made_at: str
    removed: bool


class RemoveIn(Schema):
    """Why a raster is taken out of use."""

    reason: str


class ProfileIn(Schema):
    """A line: exactly one of ``line`` (GeoJSON, degrees) and ``text`` (points, WKT); ``raster``: number, by default the finest there."""

    line: dict[str, Any] | None = None
    text: str = ""
    epsg: int | None = None
    title: str = ""
    release: str = ""
    raster: str = ""


class ProfileOut(RecordOut):
    """A profile, whole. ``result``: figures, points [along, lon, lat, height], classes by layer."""

    made_at: str
    demo: bool
    asked: dict[str, Any]
    result: dict[str, Any]
    line: dict[str, Any]
