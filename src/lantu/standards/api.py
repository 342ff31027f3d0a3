"""``/api/v1/standards/…``: the standards in force, for programs. Read only; rows as in the city pack (docs/city-pack.md)."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.standards import selectors
from lantu.standards.models import Crosswalk

router = Router(tags=["standards"])


class LayerOut(Schema):
    """A layer of the catalogue."""

    code: str
    name_zh: str
    name_en: str
    plan: str
    owner: str
    geometry: str
    strength: str
    living: bool
    scale: int
    code_system: str | None
    fields: list[dict[str, Any]]


class CodeOut(Schema):
    """A class of a classification. ``construction``: yes, no or depends; ``color``: #RRGGBB."""

    code: str
    parent: str
    name_zh: str
    name_en: str
    construction: str
    color: str


class SystemOut(Schema):
    """A classification."""

    system: str
    version: str
    name_zh: str
    name_en: str


class CrosswalkOut(Schema):
    """A line between two classifications."""

    source_code: str
    target_code: str
    relation: str
    note: str


class RuleOut(Schema):
    """A rule with its condition as in ``rules.yaml``."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    severity: int
    direction_zh: str
    when: dict[str, Any]


@router.get("layers", response=list[LayerOut], url_name="standards-layers")
@access("@")
def layers(request: HttpRequest) -> list[LayerOut]:
    """The layer catalogue in drawing order."""
    rows = selectors.pack().layers.select_related("code_system")
    return [
        LayerOut(
            code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            plan=row.plan,
            owner=row.owner,
            geometry=row.geometry_kind,
            strength=row.strength,
            living=row.is_living,
            scale=row.scale,
            code_system=row.code_system.system if row.code_system else None,
            fields=row.schema,
        )
        for row in rows
    ]


@router.get("systems", response=list[SystemOut], url_name="standards-systems")
@access("@")
def systems(request: HttpRequest) -> Any:
    """The classifications."""
    return selectors.pack().code_systems.all()


@router.get("systems/{system}/{version}", response=list[CodeOut], url_name="standards-codes")
@access("@")
def codes(request: HttpRequest, system: str, version: str) -> list[CodeOut]:
    """The codes of a classification."""
    found = selectors.pack().code_systems.filter(system=system, version=version).first()
    if found is None:
        raise NotFound(f"{system} {version}", how="/api/v1/standards/systems")
    return [
        CodeOut(
            code=row.code,
            parent=row.parent_code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            construction=row.construction,
            color=row.color,
        )
        for row in found.codes.all()
    ]


@router.get("crosswalks/{name}", response=list[CrosswalkOut], url_name="standards-crosswalk")
@access("@")
def crosswalk(request: HttpRequest, name: str) -> Any:
    """The lines of a crosswalk."""
    found = Crosswalk.objects.filter(pack=selectors.pack(), name=name).first()
    if found is None:
        names = selectors.pack().crosswalks.values_list("name", flat=True)
        raise NotFound(name, how=", ".join(names))
    return found.rows.order_by("source_code", "pk")


@router.get("rules", response=list[RuleOut], url_name="standards-rules")
@access("@")
def rules(request: HttpRequest) -> Any:
    """The rules in their order."""
    return selectors.pack().rules.all()
