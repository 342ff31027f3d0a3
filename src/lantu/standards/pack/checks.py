"""Cross references of a pack: every name that a file uses is defined, every value is of its list. One function per file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lantu.standards.pack.content import Content, as_list, color, day, items, pairs
from lantu.standards.pack.files import Report, Table, Tree
from lantu.standards.ports import pack_files

REGION_KINDS = {"province", "city", "county", "street", "village", "functional"}
GEOMETRIES = {"polygon", "line", "point", "none", "raster"}
STRENGTHS = {"hard", "conditional", "reference"}
RULE_KINDS = {"conflict", "difference", "gap", "strip"}
CONSTRUCTION = {"yes", "no", "depends"}
RELATIONS = {"exact", "broader", "narrower", "none"}
LEVELS = {"error", "warning", "off"}
COMBINATIONS = {"all", "any", "not", "first_of"}


def check(content: Content, report: Report) -> None:
    """All cross checks; problems go to the report."""
    _pack(content, report)
    regions = _unique(content.regions, report)
    _regions(content, regions, report)
    departments = _unique(content.departments, report)
    _departments(content, regions, departments, report)
    systems = _code_systems(content, report)
    _crosswalks(content, systems, report)
    layers = _layers(content, departments, systems, report)
    _rules(content, layers, report)
    _tolerances(content, report)
    _calendars(content, report)
    _chain(content, departments, report)
    for name, tree in content.more.items():
        pack_files.get(name)(tree, content, report)


def _pack(content: Content, report: Report) -> None:
    data, file = content.pack.data, content.pack.file
    for key in ("code", "version", "name_zh", "region", "crs", "grid_m", "extent", "center", "languages"):
        if not isinstance(data, dict) or key not in data:
            report.add(file, 0, f"缺少 {key}")
            return
    for key in ("working", "statutory", "accepted"):
        if key not in data["crs"]:
            report.add(file, content.pack.line("crs"), f"crs 缺少 {key}")
    if not (
        isinstance(data["extent"], list)
        and len(data["extent"]) == 4
        and data["extent"][0] < data["extent"][2]
        and data["extent"][1] < data["extent"][3]
    ):
        report.add(file, content.pack.line("extent"), "extent 应为 [西, 南, 东, 北]")
    if str(data["region"]) not in {row["code"] for row in content.regions.rows}:
        report.add(file, content.pack.line("region"), f"regions.csv 里没有 {data['region']}")


def _unique(table: Table, report: Report) -> set[str]:
    seen: set[str] = set()
    for row, line in table:
        code = row.get("code", "")
        if not code:
            report.add(table.file, line, "缺少 code")
        elif code in seen:
            report.add(table.file, line, f"代码 {code} 重复")
        seen.add(code)
    return seen


def _validity(table: Table, report: Report) -> None:
    for row, line in table:
        start, end = day(row.get("valid_from", ""), table.file, line, report), day(row.get("valid_to", ""), table.file, line, report)
        if start and end and end <= start:
            report.add(table.file, line, "valid_to 须在 valid_from 之后")


def _regions(content: Content, codes: set[str], report: Report) -> None:
    table = content.regions
    _validity(table, report)
    earlier: set[str] = set()
    for row, line in table:
        if row.get("kind") not in REGION_KINDS:
            report.add(table.file, line, f"kind「{row.get('kind')}」不在 {sorted(REGION_KINDS)} 里")
        if row.get("parent") and row["parent"] not in earlier:
            report.add(table.file, line, f"上级 {row['parent']} 不在本行之前")
        earlier.add(row.get("code", ""))
    for code in content.outlines.keys() - codes:
        report.add("regions.geojson", 0, f"regions.csv 里没有 {code}")


def _departments(content: Content, regions: set[str], codes: set[str], report: Report) -> None:
    table = content.departments
    _validity(table, report)
    for row, line in table:
        if row.get("region") and row["region"] not in regions:
            report.add(table.file, line, f"regions.csv 里没有 {row['region']}")
        for successor in items(row.get("successors", "")):
            if successor not in codes:
                report.add(table.file, line, f"没有承接部门 {successor}")


def _code_systems(content: Content, report: Report) -> dict[str, set[str]]:
    systems: dict[str, set[str]] = {}
    for table in content.code_systems:
        for key in ("system", "version", "name_zh", "match"):
            if not table.meta.get(key):
                report.add(table.file, 1, f"缺少 # {key}:")
        codes = _unique(table, report)
        systems.setdefault(table.meta.get("system", ""), set()).update(codes)
        for row, line in table:
            if row.get("parent") and row["parent"] not in codes:
                report.add(table.file, line, f"没有上级代码 {row['parent']}")
            if row.get("construction") not in CONSTRUCTION:
                report.add(table.file, line, f"construction「{row.get('construction')}」应为 yes、no 或 depends")
            color(row.get("color", ""), table.file, line, report)
            pairs(row.get("traits", ""), table.file, line, report)
    return systems


def _crosswalks(content: Content, systems: Mapping[str, set[str]], report: Report) -> None:
    for table in (*content.crosswalks, *content.tables):
        source, target = systems.get(table.meta.get("from_system", "")), systems.get(table.meta.get("to_system", ""))
        for key, found in (("from_system", source), ("to_system", target)):
            if found is None:
                report.add(table.file, 1, f"{key}「{table.meta.get(key, '')}」不是已有的代码表")
        for row, line in table:
            if source is not None and row.get("from_code") not in source:
                report.add(table.file, line, f"来源代码表里没有 {row.get('from_code')}")
            for code in items(row.get("to_codes", "")):
                if target is not None and code not in target:
                    report.add(table.file, line, f"目标代码表里没有 {code}")
            if "relation" in row and row["relation"] not in RELATIONS:
                report.add(table.file, line, f"relation「{row['relation']}」不在 {sorted(RELATIONS)} 里")


def _layers(content: Content, departments: set[str], systems: Mapping[str, set[str]], report: Report) -> dict[str, dict[str, Any]]:
    tree, data = content.layers, content.layers.data
    plans, layers = data.get("plans", {}), data.get("layers", {})
    for code, plan in plans.items():
        if plan.get("owner") not in departments:
            report.add(tree.file, tree.line("plans", code), f"没有部门 {plan.get('owner')}")
    for code, layer in layers.items():
        line = tree.line("layers", code)
        for key in ("name_zh", "plan", "owner", "geometry", "strength", "scale", "order"):
            if layer.get(key) is None:
                report.add(tree.file, line, f"{code} 缺少 {key}")
        if layer.get("plan") not in plans:
            report.add(tree.file, line, f"{code}：没有规划 {layer.get('plan')}")
        if layer.get("owner") not in departments:
            report.add(tree.file, line, f"{code}：没有部门 {layer.get('owner')}")
        if layer.get("geometry") not in GEOMETRIES:
            report.add(tree.file, line, f"{code}：geometry「{layer.get('geometry')}」不在 {sorted(GEOMETRIES)} 里")
        if layer.get("strength") not in STRENGTHS:
            report.add(tree.file, line, f"{code}：strength「{layer.get('strength')}」不在 {sorted(STRENGTHS)} 里")
        if layer.get("code_system") and layer["code_system"] not in systems:
            report.add(tree.file, line, f"{code}：没有代码表 {layer['code_system']}")
    return dict(layers)


def _rules(content: Content, layers: Mapping[str, dict[str, Any]], report: Report) -> None:
    tree = content.rules
    plans = set(content.layers.data.get("plans", {}))
    tables = {table.meta.get("name", "") for table in content.tables}
    orders: dict[tuple[str, int], str] = {}
    for code, rule in tree.data.get("rules", {}).items():
        line = tree.line("rules", code)
        for key in ("name_zh", "kind", "order", "severity"):
            if rule.get(key) is None:
                report.add(tree.file, line, f"{code} 缺少 {key}")
        if rule.get("kind") not in RULE_KINDS:
            report.add(tree.file, line, f"{code}：kind「{rule.get('kind')}」不在 {sorted(RULE_KINDS)} 里")
        if rule.get("severity") not in (1, 2, 3, 4, 5):
            report.add(tree.file, line, f"{code}：severity 应为 1–5")
        key_of_order = (str(rule.get("kind")), int(rule.get("order") or 0))
        if key_of_order in orders:
            report.add(tree.file, line, f"{code}：与 {orders[key_of_order]} 的 order 相同")
        orders[key_of_order] = code
        if rule.get("when") is None and rule.get("kind") != "strip":
            report.add(tree.file, line, f"{code} 缺少 when")
        known = _Known(set(layers), plans, tables)
        for part in ("when", "tolerated"):
            if rule.get(part) is not None:
                _tree(tree, ("rules", code, part), rule[part], known, report)
        for part in ("requires", "names"):
            for index, item in enumerate(rule.get(part) or ()):
                for layer in _layer_codes(item):
                    if layer not in layers:
                        report.add(tree.file, tree.line("rules", code, part, index), f"{code}：没有图层 {layer}")


class _Known:
    def __init__(self, layers: set[str], plans: set[str], tables: set[str]) -> None:
        self.layers, self.plans, self.tables = layers, plans, tables


def _layer_codes(item: Any) -> Iterable[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for part in item.get("first_of", ()):
            yield from _layer_codes(part)


def _tree(tree: Tree, path: tuple[Any, ...], node: Any, known: _Known, report: Report) -> None:
    """A predicate tree: known combinations, terms over known layers, plans and tables."""
    line = tree.line(*path)
    if not isinstance(node, dict):
        report.add(tree.file, line, "条件应为映射")
        return
    combination = next((key for key in COMBINATIONS if key in node), None)
    if combination:
        parts = [node[combination]] if combination == "not" else node[combination]
        for index, part in enumerate(parts):
            _tree(tree, (*path, combination, index) if combination != "not" else (*path, combination), part, known, report)
        return
    used = [node.get("layer"), *(node.get("pair") or ()), *(as_list(node.get("living")))]
    for layer in filter(None, used):
        if layer not in known.layers:
            report.add(tree.file, line, f"没有图层 {layer}")
    if "plan" in node and node["plan"] not in known.plans:
        report.add(tree.file, line, f"没有规划 {node['plan']}")
    if "table" in node and node["table"] not in known.tables:
        report.add(tree.file, line, f"没有对应表 {node['table']}")
    if not node.keys() & {"present", "codes", "trait", "pair", "living", "reading"}:
        report.add(tree.file, line, f"看不懂的条件 {node}")


def _tolerances(content: Content, report: Report) -> None:
    tree = content.tolerances
    for key in ("k_mm2", "width_mm", "noise_m"):
        if not isinstance(tree.data.get("sliver", {}).get(key), int | float):
            report.add(tree.file, tree.line("sliver"), f"sliver 缺少数值 {key}")
    for code, values in tree.data.get("checks", {}).items():
        if values.get("level") not in LEVELS:
            report.add(tree.file, tree.line("checks", code), f"{code}：level 应为 error、warning 或 off")


def _calendars(content: Content, report: Report) -> None:
    for table in content.calendars:
        known = [day(table.meta.get(key, ""), table.file, 1, report) for key in ("known_from", "known_to")]
        if None in known:
            report.add(table.file, 1, "缺少 # known_from: 或 # known_to:")
        for row, line in table:
            when = day(row.get("date", ""), table.file, line, report)
            if when and known[0] and known[1] and not known[0] <= when <= known[1]:
                report.add(table.file, line, f"{when} 不在 known_from 与 known_to 之间")
            if row.get("kind") not in ("off", "work"):
                report.add(table.file, line, f"kind「{row.get('kind')}」应为 off 或 work")


def _chain(content: Content, departments: set[str], report: Report) -> None:
    tree = content.approval_chain
    for index, step in enumerate(tree.data.get("chain", ()) if isinstance(tree.data, dict) else ()):
        if step.get("department") not in departments:
            report.add(tree.file, tree.line("chain", index), f"没有部门 {step.get('department')}")
