"""Q01–Q05: completeness, reference system, fields, codes, identities."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from lantu.plans.quality.base import ERROR, WARNING, Context, FieldRule, Finding, Layer, check
from lantu.plans.quality.messages import KIND_WORDS, TYPE_WORDS

_KINDS = ("point", "line", "polygon")
_HARD_DOUBTS = frozenset({"axes-swapped", "two-zones", "wrong-zone-prefix", "wrong-frame-declared"})


@check("Q01")
def completeness(layer: Layer, context: Context) -> Iterator[Finding]:
    """Required layers are there; the layer has features, each with a geometry of the declared kind."""
    for name in context.required_layers:
        if name not in context.layers:
            yield Finding("Q01", ERROR, "required-layer-missing", values={"layer": name})
    if not len(layer.rows):
        yield Finding("Q01", ERROR, "no-features")
        return
    without = np.flatnonzero(shapely.is_missing(layer.geometries) | shapely.is_empty(layer.geometries))
    if len(without):
        yield Finding("Q01", ERROR, "no-geometry", layer.rows_at(without), values={"count": len(without)})
    dimension = shapely.get_dimensions(layer.geometries)
    mixed = shapely.get_type_id(layer.geometries) == shapely.GeometryType.GEOMETRYCOLLECTION
    kinds = np.where(mixed, "collection", np.array([*_KINDS, ""])[dimension])
    for found in sorted(set(kinds) - {context.geometry_kind, ""}):
        positions = np.flatnonzero(kinds == found)
        values = {"wanted": KIND_WORDS[context.geometry_kind], "found": KIND_WORDS[str(found)], "count": len(positions)}
        yield Finding("Q01", ERROR, "wrong-kind", layer.rows_at(positions), values=values)


@check("Q02")
def reference_system(_layer: Layer, context: Context) -> Iterator[Finding]:
    """The frame is known, allowed, free of doubts, and confirmed by a person unless the file itself says it and the numbers agree."""
    guess = context.frame
    if guess is None or guess.frame is None:
        evidence = "；".join(guess.evidence) if guess else "没有检测"
        yield Finding("Q02", ERROR, "frame-unknown", values={"evidence": evidence})
        return
    frame = guess.frame
    if context.allowed_epsg and frame.epsg not in context.allowed_epsg:
        allowed = "、".join(f"EPSG:{epsg}" for epsg in sorted(context.allowed_epsg))
        yield Finding("Q02", ERROR, "frame-not-allowed", values={"frame": frame.name, "epsg": frame.epsg, "allowed": allowed})
    if guess.warnings and not context.frame_confirmed:
        level = ERROR if _HARD_DOUBTS & set(guess.warnings) else WARNING
        yield Finding("Q02", level, "frame-doubt", values={"doubts": "、".join(guess.warnings), "evidence": "；".join(guess.evidence)})
    elif guess.certainty != "sure" and not context.frame_confirmed:
        yield Finding("Q02", WARNING, "frame-unconfirmed", values={"frame": frame.name})


@check("Q03")
def schema(layer: Layer, context: Context) -> Iterator[Finding]:
    """Required fields are there and filled; values have their type, length and decimals."""
    for rule in context.fields:
        column = layer.columns.get(rule.name)
        if column is None:
            if rule.required:
                yield Finding("Q03", ERROR, "field-missing", values={"field": rule.name})
            continue
        empty = [i for i, value in enumerate(column) if _blank(value)]
        if rule.required and empty:
            yield Finding("Q03", ERROR, "value-missing", layer.rows_at(empty), values={"field": rule.name, "count": len(empty)})
        yield from _wrong_values(layer, rule, column)


def _wrong_values(layer: Layer, rule: FieldRule, column: Sequence[Any]) -> Iterator[Finding]:
    """One finding per wrong value, with all its rows."""
    wrong: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, value in enumerate(column):
        code = None if _blank(value) else _fault(rule, value)
        if code:
            wrong[code, str(value)].append(i)
    for (code, text), positions in wrong.items():
        values = {
            "field": rule.name,
            "value": text,
            "wanted": TYPE_WORDS.get(rule.kind, rule.kind),
            "length": rule.length,
            "actual": len(text),
            "precision": rule.precision,
        }
        yield Finding("Q03", ERROR, code, layer.rows_at(positions), values=values)


def _fault(rule: FieldRule, value: Any) -> str | None:
    if not _is_of(rule.kind, value):
        return "value-kind"
    if rule.kind == "text" and rule.length is not None and len(str(value)) > rule.length:
        return "value-too-long"
    if rule.kind == "number" and rule.precision is not None and abs(round(float(value), rule.precision) - float(value)) > 1e-9:
        return "value-too-precise"
    return None


def _is_of(kind: str, value: Any) -> bool:
    if kind in ("integer", "number"):
        try:
            number = float(value)
        except (TypeError, ValueError):
            return False
        return np.isfinite(number).item() and (kind == "number" or number.is_integer())
    if kind == "date":
        try:
            datetime.date.fromisoformat(str(value)[:10].replace("/", "-"))
        except ValueError:
            return False
    return True


@check("Q04")
def codes(layer: Layer, context: Context) -> Iterator[Finding]:
    """Codes are in their code system; the name beside a code is the code's name (代码名称一致性)."""
    for rule in context.fields:
        column = layer.columns.get(rule.name)
        if rule.codes is None or column is None:
            continue
        names = layer.columns.get(rule.name_field or "")
        unknown: dict[str, list[int]] = defaultdict(list)
        differing: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, value in enumerate(column):
            if _blank(value):
                continue
            text = str(value).strip()
            single = re.split(rule.separator, text) if rule.separator else [text]
            if any(part.strip() not in rule.codes for part in single):
                unknown[text].append(i)
            elif names is not None and len(single) == 1 and not _blank(names[i]) and str(names[i]).strip() != rule.codes[text]:
                differing[text, str(names[i]).strip()].append(i)
        for text, positions in unknown.items():
            values = {"field": rule.name, "value": text, "system": rule.code_system, "count": len(positions)}
            yield Finding("Q04", ERROR, "code-unknown", layer.rows_at(positions), values=values)
        for (text, found), positions in differing.items():
            values = {"value": text, "name": rule.codes[text], "name_field": rule.name_field, "found": found, "count": len(positions)}
            yield Finding("Q04", ERROR, "code-name-differs", layer.rows_at(positions), values=values)


@check("Q05")
def identities(layer: Layer, context: Context) -> Iterator[Finding]:
    """Each set of fields that must be unique is; rows with an empty part are Q03's matter."""
    for fields in context.unique:
        columns = [layer.columns.get(name) for name in fields]
        if any(column is None for column in columns):
            continue
        seen: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i, key in enumerate(zip(*(column for column in columns if column is not None), strict=True)):
            if not any(_blank(value) for value in key):
                seen[tuple(str(value).strip() for value in key)].append(i)
        for parts, positions in seen.items():
            if len(positions) > 1:
                values = {"fields": "、".join(fields), "value": "、".join(parts), "count": len(positions)}
                yield Finding("Q05", ERROR, "id-repeated", layer.rows_at(positions), values=values)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
