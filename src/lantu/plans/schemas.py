"""What the endpoints of the plans room take and give."""

from datetime import date, datetime
from typing import Any

from ninja import Schema

from lantu.core.api import JobOut


class ReleaseOut(Schema):
    """A release of a dataset. ``control_area_m2``: sum of its patches on the ellipsoid."""

    id: int
    layer_code: str
    dataset: str
    number: int
    state: str
    digest: str
    patch_count: int
    control_area_m2: float
    document_no: str
    valid_from: date | None
    valid_to: date | None
    demo: bool


class DatasetIn(Schema):
    """The dataset a file goes to; it is opened when there is none of that name. ``owner``: department code."""

    layer: str
    name: str
    plan_name: str = ""
    owner: str = ""
    scale: int | None = None
    document_no: str = ""
    document_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    demo: bool = False


class CheckOut(Schema):
    """A quality check of a delivery: what it found, who waived it, whether it holds the release back."""

    code: str
    title: str
    errors: int
    warnings: int
    repaired: int
    waived_by: str
    blocking: bool


class DeliveryOut(Schema):
    """Where a delivery stands. ``detected``: layers with encoding, reference system and the evidence; ``account``: source = in + pending +
    rejected; ``fields`` and ``codes``: the mapping, proposed or confirmed."""

    id: int
    layer_code: str
    dataset: str
    number: int
    state: str
    detected: Any
    reading: Any
    fields: Any
    codes: dict[str, str]
    account: Any
    checks: list[CheckOut]
    version: int


class StartedOut(Schema):
    """A delivery and the job that works on it (``/api/v1/jobs/{id}``)."""

    delivery: int
    job: JobOut


class ReadingIn(Schema):
    """How the file is to be read. ``datum``: the parameter set that leads out of an old or local system (``GET datums``), for a local one
    with ``epsg`` 0; ``swap``: north or latitude comes first in the file. ``version``: of the delivery as last seen; another one is
    refused."""

    layer: str
    encoding: str = ""
    epsg: int
    datum: int | None = None
    swap: bool = False
    version: int | None = None


class MappingIn(Schema):
    """``fields``: id, code, area, names {field of the catalogue: field of the file}, area_unit; ``codes``: {value of the file: code}, ``?``
    = unclassified, ``-`` = left out. What is left out is as proposed. ``check``: go on to the quality checks."""

    fields: dict[str, Any] | None = None
    codes: dict[str, str] = {}
    unclassified: bool = False
    check: bool = True


class WaiverIn(Schema):
    """Let a check's errors pass, with the reason; by a second person."""

    check: str
    reason: str


class LegalIn(Schema):
    """On what a release rests; what is left out is as on the dataset."""

    document_no: str | None = None
    document_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class FeatureOut(Schema):
    """A source feature and its destiny: ``in``, ``pending`` or ``rejected`` with the reason. ``row`` counts from 1 in ``file``."""

    file: str
    row: int
    status: str
    reason: str
    feature_id: str
    source_code: str
    codes: list[Any]
    attributes: dict[str, Any]


class FeaturesOut(Schema):
    """A page of source features."""

    count: int
    rows: list[FeatureOut]


class QualityOut(Schema):
    """A finding of the checks with its place (GeoJSON in EPSG:4490)."""

    check: str
    level: str
    rows: list[int]
    message: str
    repaired: bool
    geometry: dict[str, Any] | None


class LivingOut(Schema):
    """A feature of a living layer, in force; geometry as GeoJSON in EPSG:4490."""

    id: int
    layer_code: str
    feature_id: str
    name: str
    valid_from: date
    valid_to: date | None
    area_m2: float | None
    registered_at: datetime
    geometry: dict[str, Any]


class LivingIn(Schema):
    """A feature to register; ``geometry``: GeoJSON in EPSG:4490."""

    layer: str
    feature_id: str
    geometry: dict[str, Any]
    name: str = ""
    valid_from: date
    document_no: str = ""
    attributes: dict[str, Any] = {}


class SupersedeIn(Schema):
    """The shape that takes a feature's place from a day on."""

    geometry: dict[str, Any]
    valid_from: date
    name: str = ""
    document_no: str = ""


class EndIn(Schema):
    """From which day on a feature is no longer in force, and why."""

    on: date
    reason: str


class DatumOut(Schema):
    """A datum parameter set: its quality and who answers for it, never its numbers. Metres; residuals in millimetres."""

    id: int
    name: str
    kind: str
    source_epsg: int
    source_name: str
    target_epsg: int
    state: str
    rms_m: float | None
    sigma_m: float | None
    largest_m: float | None
    check_rms_m: float | None
    point_count: int
    check_count: int
    residuals: list[dict[str, Any]]
    author_name: str
    confirmed_by_name: str
    fingerprint: str
    demo: bool
    doubts: list[str]


class PointIn(Schema):
    """A control point: plane coordinates in metres, x north and y east as surveyors write them. ``check``: tests the fit only."""

    name: str
    source_x: float
    source_y: float
    target_x: float
    target_y: float
    source_h: float = 0.0
    target_h: float = 0.0
    check: bool = False


class FitIn(Schema):
    """``kind``: four, seven, three; ``source_epsg`` 0: a local system, with its projection in ``source_proj``."""

    name: str
    kind: str
    source_epsg: int
    points: list[PointIn]
    source_proj: str = ""
    source_name: str = ""
    note: str = ""


class ReasonIn(Schema):
    """Why."""

    reason: str = ""


class MetadataIn(Schema):
    """Metadata of a dataset; what is left out stays. ``security``: public, internal, restricted, secret; ``accuracy_m`` in metres."""

    abstract: str | None = None
    purpose: str | None = None
    method: str | None = None
    data_date: date | None = None
    accuracy_m: float | None = None
    licence: str | None = None
    security: str | None = None
    contact: str | None = None


class MetadataOut(MetadataIn):
    """With what the platform knows: owner, scale, and where the release in force comes from."""

    dataset: int
    name: str
    layer_code: str
    owner: str
    scale: int
    missing: list[str]
    provenance: list[str]
