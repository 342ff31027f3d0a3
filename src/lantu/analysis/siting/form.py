"""The search form: its fields read into criteria, criteria laid out as fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

CLASS_ROWS, WISH_ROWS = 3, 6


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A row "layer with these codes"."""

    layer: str = ""
    codes: str = ""


@dataclass(frozen=True, slots=True)
class WishRow:
    """A row of a wish as its fields show it."""

    kind: str = ""
    layer: str = ""
    codes: str = ""
    metres: str = ""
    """Metres, or percent of a slope."""
    weight: str = "1"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything the form shows."""

    title: str
    least: str
    most: str
    classes: list[ClassRow]
    outside: set[str]
    zones: set[str]
    compactness: str
    slope: str
    whole: bool
    wishes: list[WishRow]


def fields_of(data: Mapping[str, Any], title: str = "") -> Fields:
    """The fields of criteria as JSON (a preset of the pack, an earlier search)."""
    must = list(data.get("must") or ())
    least, most = (data.get("area_ha") or ["", ""])[:2]
    classes = [ClassRow(row["layer"], " ".join(row.get("codes") or ())) for row in must if row["kind"] == "class"]
    wishes = [
        WishRow(
            row["kind"],
            row.get("layer", ""),
            " ".join(row.get("codes") or ()),
            f"{value:g}" if (value := row.get("metres") or row.get("percent")) else "",
            f"{row.get('weight', 1):g}",
            bool(row.get("required")),
        )
        for row in data.get("wishes") or ()
    ]
    return Fields(
        title,
        str(least),
        str(most),
        classes + [ClassRow()] * max(1, CLASS_ROWS - len(classes)),
        {layer for row in must if row["kind"] == "outside" for layer in row.get("layers") or ()},
        {code for row in must if row["kind"] == "zone" for code in row.get("codes") or ()},
        next((f"{row['min']:g}" for row in must if row["kind"] == "compactness"), ""),
        next((f"{row['max']:g}" for row in must if row["kind"] == "slope"), ""),
        bool(data.get("whole")),
        wishes + [WishRow()] * max(1, WISH_ROWS - len(wishes)),
    )


def criteria_from(post: QueryDict) -> dict[str, Any]:
    """Criteria as JSON values from the posted fields; rows left empty say nothing."""
    must: list[dict[str, Any]] = []
    for layer, codes in zip(post.getlist("class_layer"), post.getlist("class_codes"), strict=False):
        if layer and codes.strip():
            must.append({"kind": "class", "layer": layer, "codes": _codes(codes)})
    if outside := post.getlist("outside"):
        must.append({"kind": "outside", "layers": outside})
    if zones := post.getlist("zone"):
        must.append({"kind": "zone", "codes": zones})
    if compactness := _number(post.get("compactness", "")):
        must.append({"kind": "compactness", "min": compactness})
    if slope := _number(post.get("slope", "")):
        must.append({"kind": "slope", "max": slope})
    wishes: list[dict[str, Any]] = []
    names = ("wish_kind", "wish_layer", "wish_codes", "wish_metres", "wish_weight")
    for number, (kind, layer, codes, metres, weight) in enumerate(zip(*(post.getlist(name) for name in names), strict=False)):
        if not kind:
            continue
        wish: dict[str, Any] = {"kind": kind, "weight": _number(weight), "required": str(number) in post.getlist("wish_required")}
        if kind == "flat":
            wish |= {"percent": _number(metres)}
        elif kind != "compact":
            wish |= {"layer": layer, "codes": _codes(codes), "metres": _number(metres)}
        wishes.append(wish)
    area = [_number(post.get("least", "")), _number(post.get("most", ""))]
    return {"area_ha": area, "must": must, "wishes": wishes, "whole": bool(post.get("whole"))}


def _codes(text: str) -> list[str]:
    return [code for code in text.replace("、", " ").replace(",", " ").replace("，", " ").replace("/", " ").split() if code]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
