"""The whole content of a pack, parsed and checked for form; cross references are checked in ``checks``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from lantu.standards.pack.files import Report, Table, Tree, parse_csv, parse_yaml
from lantu.standards.ports import pack_files

REGION_HEADS = ("code", "name_zh", "name_en", "kind", "parent", "valid_from", "valid_to", "is_functional_zone")
DEPARTMENT_HEADS = ("code", "name_zh", "name_en", "short_zh", "region", "valid_from", "valid_to", "successors")
CODE_HEADS = ("code", "parent", "name_zh", "name_en", "construction", "group", "color", "traits")
CROSSWALK_HEADS = ("from_code", "to_codes", "relation", "note")
PAIR_HEADS = ("from_code", "to_codes")
CALENDAR_HEADS = ("date", "kind", "name_zh")
REQUIRED_FILES = ("pack.yaml", "regions.csv", "departments.csv", "layers.yaml", "rules.yaml", "tolerances.yaml")
_RGB = re.compile(r"(\d{1,3}),(\d{1,3}),(\d{1,3})")


@dataclass(slots=True)
class Content:
    """Everything in a pack, by file."""

    pack: Tree
    regions: Table
    departments: Table
    layers: Tree
    rules: Tree
    tolerances: Tree
    approval_chain: Tree
    dictionaries: Tree
    outlines: dict[str, BaseGeometry] = field(default_factory=dict)
    more: dict[str, Tree] = field(default_factory=dict)
    code_systems: list[Table] = field(default_factory=list)
    crosswalks: list[Table] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    calendars: list[Table] = field(default_factory=list)

    # what the files of other rooms are checked against
    @property
    def department_codes(self) -> set[str]:
        return {row.get("code", "") for row in self.departments.rows}

    @property
    def layer_definitions(self) -> dict[str, dict[str, Any]]:
        return dict(self.layers.data.get("layers", {}))

    @property
    def codes_of_systems(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table in self.code_systems:
            found.setdefault(table.meta.get("system", ""), set()).update(row.get("code", "") for row in table.rows)
        return found


def parse(texts: dict[str, str], report: Report) -> Content:
    """Parse all files. What is missing or malformed is reported with its place; parsing goes on so that all problems come at once."""
    for name in REQUIRED_FILES:
        if name not in texts:
            report.add(name, 0, "缺少这个文件")
    content = Content(
        pack=parse_yaml("pack.yaml", texts.get("pack.yaml", ""), report),
        regions=parse_csv("regions.csv", texts.get("regions.csv", ""), report, REGION_HEADS),
        departments=parse_csv("departments.csv", texts.get("departments.csv", ""), report, DEPARTMENT_HEADS),
        layers=parse_yaml("layers.yaml", texts.get("layers.yaml", ""), report),
        rules=parse_yaml("rules.yaml", texts.get("rules.yaml", ""), report),
        tolerances=parse_yaml("tolerances.yaml", texts.get("tolerances.yaml", ""), report),
        approval_chain=parse_yaml("approval_chain.yaml", texts.get("approval_chain.yaml", ""), report),
        dictionaries=parse_yaml("dictionaries.yaml", texts.get("dictionaries.yaml", ""), report),
    )
    content.more = {name: parse_yaml(name, texts[name], report) for name in pack_files.keys() if name in texts}  # noqa: SIM118
    content.outlines = _outlines(texts.get("regions.geojson"), report)
    for folder, heads, target in (
        ("code_systems/", CODE_HEADS, content.code_systems),
        ("crosswalks/", CROSSWALK_HEADS, content.crosswalks),
        ("tables/", PAIR_HEADS, content.tables),
        ("calendar/", CALENDAR_HEADS, content.calendars),
    ):
        target.extend(
            parse_csv(name, text, report, heads) for name, text in texts.items() if name.startswith(folder) and name.endswith(".csv")
        )
    return content


def _outlines(text: str | None, report: Report) -> dict[str, BaseGeometry]:
    name = "regions.geojson"
    if text is None:
        return {}
    try:
        features = json.loads(text)["features"]
    except (ValueError, KeyError, TypeError) as error:
        report.add(name, 0, f"不是 GeoJSON 要素集合：{error}")
        return {}
    outlines = {}
    for index, feature in enumerate(features):
        try:
            geometry = shapely.from_geojson(json.dumps(feature["geometry"]))
            outlines[str(feature["properties"]["code"])] = geometry
        except (KeyError, TypeError, ValueError, shapely.errors.GEOSException) as error:
            report.add(name, 0, f"第 {index + 1} 个要素读不出：{error}")
            continue
        if geometry.geom_type not in ("Polygon", "MultiPolygon") or not geometry.is_valid:
            report.add(name, 0, f"{feature['properties']['code']} 的边界不是有效的面")
    return outlines


def day(value: str, file: str, line: int, report: Report) -> date | None:
    """A date cell; empty is None."""
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        report.add(file, line, f"日期「{value}」应写成 YYYY-MM-DD")
        return None


def color(value: str, file: str, line: int, report: Report) -> str:
    """``R,G,B`` as ``#RRGGBB``; empty stays empty."""
    if not value:
        return ""
    match = _RGB.fullmatch(value.replace(" ", ""))
    if not match or any(int(part) > 255 for part in match.groups()):
        report.add(file, line, f"颜色「{value}」应写成 R,G,B（0–255）")
        return ""
    return "#{:02X}{:02X}{:02X}".format(*(int(part) for part in match.groups()))


def pairs(value: str, file: str, line: int, report: Report) -> dict[str, str]:
    """``key=value;key=value`` of the column traits."""
    result: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in value.split(";"))):
        key, sign, content = part.partition("=")
        if not sign:
            report.add(file, line, f"特征「{part}」应写成 名=值")
        result[key.strip()] = content.strip()
    return result


def items(value: str) -> list[str]:
    """A list inside a cell, separated by semicolons."""
    return [part.strip() for part in value.split(";") if part.strip()]


def as_list(value: Any) -> list[Any]:
    """A value that may be written alone or as a list."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)
