"""What the city pack says of this room (``analysis.yaml``): items of the check, limits, needs, siting, balance tables, three
lines, indicators, plan implementation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lantu.blueprints.inputs import pair_tables
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition, PackPart, PackVersion
from lantu.standards.selectors import Catalogue

PART = "analysis"

DEFAULT_LIMITS: dict[str, float] = {
    "min_area_m2": 1.0,
    "min_width_m": 2.0,
    "max_vertices": 200_000,
    "max_area_ha": 100_000,
    "inline_vertices": 20_000,
    "inline_faces": 3_000_000,
    "siting_faces": 300_000,
    "batch_sites": 20_000,
    "near_m": 6_000,
    "candidates": 200,
    "raster_cells": 64_000_000,
    "profile_vertices": 2_000,
    "profile_km": 200,
    "steep_percent": 25,
}
"""Limits when the pack names none.

``inline_vertices``, ``inline_faces``: a process over a larger site or partition becomes a job; ``siting_faces``: so does a search that the
page starts, which takes over a second then.
``near_m``: how far the nearest patch of a line that is not hit is looked for. ``raster_cells``: cells of a raster of heights, in the file
and within the city. ``steep_percent``: ground steeper than this is told as a share (坡度, percent)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the check (核对项): a plan layer (or a living one), some of its codes or all, and what a hit means.

    ``table``: a pair table of the pack; where the intended use is among what it allows for the codes hit, the ground is kept for it.
    """

    code: str
    layer: str
    verdict: str
    codes: tuple[str, ...] = ()
    living: bool = False
    rule: str = ""
    table: str = ""
    name_zh: str = ""
    name_en: str = ""
    reason_zh: str = ""
    reason_en: str = ""
    departments: tuple[str, ...] = ()
    assessments: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The room's part of a pack."""

    items: tuple[Item, ...]
    limits: dict[str, float]
    use: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    needs: tuple[dict[str, Any], ...] = ()
    siting: dict[str, Any] = field(default_factory=dict)
    balance: tuple[dict[str, Any], ...] = ()
    three_lines: tuple[dict[str, Any], ...] = ()
    indicators: tuple[dict[str, Any], ...] = ()
    implementation: dict[str, Any] = field(default_factory=dict)


_known: dict[int, tuple[Catalogue, Settings]] = {}


def settings_of(pack: PackVersion | None = None) -> Settings:
    """The settings of a pack version, by default the one in force; what it leaves open is filled from the layer catalogue.

    A version never changes: its settings are kept as long as its catalogue.
    """
    version = pack or standards.pack()
    catalogue = standards.catalogue(version)
    kept = _known.get(version.pk)
    if kept is None or kept[0] is not catalogue:
        kept = _known[version.pk] = catalogue, _read(version)
    return kept[1]


def _read(version: PackVersion) -> Settings:
    part = PackPart.objects.filter(pack=version, name=PART).first()
    content: dict[str, Any] = (part.content if part else None) or {}
    check = content.get("conformity") or {}
    items = tuple(_item(code, row) for code, row in (check.get("items") or {}).items())
    return Settings(
        items=items or tuple(_by_strength(standards.catalogue(version).layers.values())),
        limits={**DEFAULT_LIMITS, **(content.get("limits") or {})},
        use=check.get("use") or {},
        tables=pair_tables(version),
        needs=tuple(check.get("needs") or ()),
        siting=content.get("siting") or {},
        balance=tuple(content.get("balance") or ()),
        three_lines=tuple(content.get("three_lines") or ()),
        indicators=tuple({"code": code, **row} for code, row in (content.get("indicators") or {}).items()),
        implementation=content.get("implementation") or {},
    )


def _item(code: str, row: dict[str, Any]) -> Item:
    return Item(
        code=code,
        layer=row.get("layer") or row["living"],
        verdict=row["verdict"],
        codes=tuple(str(value) for value in row.get("codes") or ()),
        living="living" in row,
        rule=row.get("rule", ""),
        table=row.get("table", ""),
        name_zh=row.get("name_zh", ""),
        name_en=row.get("name_en", ""),
        reason_zh=row.get("reason_zh", ""),
        reason_en=row.get("reason_en", ""),
        departments=tuple(row.get("departments") or ()),
        assessments=tuple(row.get("assessments") or ()),
    )


def _by_strength(layers: Any) -> list[Item]:
    """Without items of its own a pack is checked by the strength of its layers: a hard one fails, a living one asks for a look."""
    found: list[Item] = []
    for layer in sorted(layers, key=lambda row: row.order):
        if layer.geometry_kind != "polygon":
            continue
        if layer.is_living:
            found.append(Item(layer.code, layer.code, "conditional", living=True))
        elif layer.strength == LayerDefinition.Strength.HARD and not layer.is_coverage:
            found.append(Item(layer.code, layer.code, "fail"))
    return found
