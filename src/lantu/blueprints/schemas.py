"""Shapes of the map page's answers (docs/rooms.md, blueprints). Coordinates are degrees in EPSG:4490, longitude first."""

from __future__ import annotations

from typing import Any

from ninja import Schema


class FindingsQuery(Schema):
    """Which findings: ``bbox`` west,south,east,north; ``severity`` 1,2; ``sliver`` 1 = the slivers listed apart, else the others.
    ``limit`` (1000 at most) rows from ``offset`` on."""

    run: int
    bbox: str = ""
    severity: str = ""
    district: str = ""
    list: str = "conflict"
    type: str = ""
    sliver: str = ""
    limit: int = 200
    offset: int = 0


class ReleaseOut(Schema):
    """The blueprint release in force."""

    id: int
    number: str
    date: str


class RunOut(Schema):
    """A finished fusion."""

    id: int
    label: str


class BaseMapOut(Schema):
    """A background map configured on this machine."""

    id: str
    title: str
    kind: str
    url: str
    params: dict[str, Any] = {}
    attribution: str = ""


class DistrictOut(Schema):
    """A district of the city."""

    code: str
    name: str


class ContextOut(Schema):
    """What the map page starts with. Coordinates in degrees, EPSG:4490."""

    center: list[float]
    extent: list[float]
    demo: bool
    release: ReleaseOut | None
    run: RunOut | None
    runs: list[RunOut]
    basemaps: list[BaseMapOut]
    districts: list[DistrictOut]


class LayerOut(Schema):
    """One drawable layer."""

    code: str
    title: str
    kind: str
    tiles: str
    geometry: str
    style: dict[str, Any]
    legend: list[dict[str, Any]]
    visible: bool
    opacity: float
    release: str | None
    demo: bool


class GroupOut(Schema):
    """Layers of one plan."""

    key: str
    title: str
    layers: list[LayerOut]


class TreeOut(Schema):
    """Groups in drawing order from above."""

    groups: list[GroupOut]


class AmountOut(Schema):
    """Findings and their ellipsoidal area."""

    count: int
    area_m2: float


class FindingOut(Schema):
    """One finding as a row."""

    id: int
    number: str
    severity: int
    type: str
    title: str
    place: str
    departments: list[str]
    area_m2: float
    center: list[float]
    bbox: list[float]
    url: str


class FindingsOut(Schema):
    """Findings by filter; ``by_severity`` is counted before the severity filter; ``slivers`` stand apart; ``cut``: there are more rows."""

    total: AmountOut
    by_severity: dict[str, AmountOut]
    slivers: AmountOut
    cut: bool
    rows: list[FindingOut]


class StatementOut(Schema):
    """What one layer says at a place."""

    layer: str
    title: str
    state: str
    text: str
    code: str
    color: str
    source: str
    distance_m: float | None
    url: str = ""


class FindingLinkOut(Schema):
    """A finding at a place."""

    id: int
    number: str
    severity: int
    title: str
    url: str


class HereOut(Schema):
    """What every plan and living layer says at a place."""

    place: str
    rows: list[StatementOut]
    findings: list[FindingLinkOut]


class PlaceOut(Schema):
    """A place found."""

    label: str
    kind: str
    center: list[float]
    bbox: list[float] | None


class FeatureOut(Schema):
    """A GeoJSON feature in degrees, EPSG:4490."""

    type: str = "Feature"
    geometry: dict[str, Any]
    properties: dict[str, Any]
