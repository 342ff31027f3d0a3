"""Checks of ``analysis.yaml`` when a city pack is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lantu.analysis.evaluation.checking import check_indicators
from lantu.standards.pack.content import Content, as_list
from lantu.standards.pack.files import Report, Tree

VERDICTS = {"pass", "conditional", "fail"}


def check_file(tree: Tree, content: Content, report: Report) -> None:
    """Every layer and department named is there, every verdict is one."""
    known, departments = set(content.layer_definitions), content.department_codes
    check = tree.data.get("conformity") or {} if isinstance(tree.data, dict) else {}
    for code, item in (check.get("items") or {}).items():
        line = tree.line("conformity", "items", code)
        if item.get("verdict") not in VERDICTS:
            report.add(tree.file, line, f"{code}：verdict 应为 pass、conditional 或 fail")
        if ("layer" in item) == ("living" in item):
            report.add(tree.file, line, f"{code}：layer 与 living 须正好写一个")
        for department in item.get("departments") or ():
            if department not in departments:
                report.add(tree.file, line, f"{code}：没有部门 {department}")
    check_indicators(tree, report)
    for path, layer in _named_layers((), tree.data):
        if layer not in known:
            report.add(tree.file, tree.line(*path), f"没有图层 {layer}")


def _named_layers(path: tuple[Any, ...], node: Any) -> Iterable[tuple[tuple[Any, ...], str]]:
    """Every layer code in a tree, by the keys ``layer``, ``layers`` and ``living``, with its place."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("layer", "layers", "living"):
                yield from (((*path, key), str(code)) for code in as_list(value))
            else:
                yield from _named_layers((*path, key), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _named_layers((*path, index), value)
