"""Checks of ``resolution.yaml`` when a city pack is loaded."""

from __future__ import annotations

from typing import Any

from lantu.standards.pack.content import Content, as_list
from lantu.standards.pack.files import Report, Tree


def check_file(tree: Tree, content: Content, report: Report) -> None:
    """The ways to settle a case: principles of the dictionary, rules, layers and codes that there are."""
    data, layers, departments = tree.data, content.layer_definitions, content.department_codes
    if not isinstance(data, dict) or not data:
        return
    systems = content.codes_of_systems
    rules = set(content.rules.data.get("rules", {}))
    dictionary = content.dictionaries.data.get("resolution_principles", {}).get("items", ())
    principles = {str(item["code"]) for item in dictionary}
    for index, code in enumerate(data.get("ranking", ())):
        if str(code) not in principles:
            report.add(tree.file, tree.line("ranking", index), f"协调原则字典里没有 {code}")
    for rule, codes in (data.get("consult") or {}).items():
        for code in codes:
            if rule not in rules or code not in departments:
                report.add(tree.file, tree.line("consult", rule), f"没有规则 {rule} 或部门 {code}")
    for key, option in data.get("options", {}).items():
        line = tree.line("options", key)
        for name in ("principle", "title_zh", "reason_zh", "when"):
            if option.get(name) is None:
                report.add(tree.file, line, f"{key} 缺少 {name}")
        if str(option.get("principle")) not in {str(code) for code in data.get("ranking", ())}:
            report.add(tree.file, line, f"{key}：ranking 里没有原则 {option.get('principle')}")
        for rule in [*option.get("accepts", ()), *option.get("clears", ())]:
            if rule not in rules:
                report.add(tree.file, line, f"{key}：没有规则 {rule}")
        for layer in [*option.get("classes", {}), *option.get("amend", ())]:
            if layer not in layers:
                report.add(tree.file, line, f"{key}：没有图层 {layer}")
        for layer, code in option.get("classes", {}).items():
            system = layers.get(layer, {}).get("code_system")
            if code and code not in systems.get(system or "", set()):
                report.add(tree.file, line, f"{key}：图层 {layer} 的代码表里没有 {code}")
        _situation(tree, ("options", key, "when"), option.get("when") or {}, (rules, set(layers)), report)


def _situation(tree: Tree, path: tuple[Any, ...], node: Any, known: tuple[set[str], set[str]], report: Report) -> None:
    """A condition on a case (``docs/city-pack.md``, resolution.yaml)."""
    line = tree.line(*path)
    rules, layers = known
    if not isinstance(node, dict) or len(node.keys() & {"all", "any", "not", "hit", "layer", "built", "living", "severity"}) != 1:
        report.add(tree.file, line, f"看不懂的条件 {node}")
        return
    for key in ("all", "any"):
        for index, part in enumerate(node.get(key, ())):
            _situation(tree, (*path, key, index), part, known, report)
    if "not" in node:
        _situation(tree, (*path, "not"), node["not"], known, report)
    for rule in node.get("hit", ()):
        if rule not in rules:
            report.add(tree.file, line, f"没有规则 {rule}")
    for layer in [*as_list(node.get("layer")), *as_list(node.get("built")), *as_list(node.get("living"))]:
        if layer not in layers:
            report.add(tree.file, line, f"没有图层 {layer}")
