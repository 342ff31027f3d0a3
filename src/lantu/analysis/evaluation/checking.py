"""Checks of the indicators of a city pack when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantu.standards.pack.files import Report, Tree

KINDS, DIRECTIONS = {"binding", "expected"}, {"min", "max"}
NEEDED = ("name_zh", "kind", "unit", "direction", "formula")


def check_indicators(tree: Tree, report: Report) -> None:
    """Every indicator has what it needs, its formula is one."""
    content = tree.data if isinstance(tree.data, dict) else {}
    for code, row in (content.get("indicators") or {}).items():
        line = tree.line("indicators", code)
        if not isinstance(row, Mapping) or (lacking := [name for name in NEEDED if not row.get(name)]):
            report.add(tree.file, line, f"{code}：缺少 {'、'.join(lacking) if isinstance(row, Mapping) else '内容'}")
            continue
        if row["kind"] not in KINDS:
            report.add(tree.file, line, f"{code}：kind 应为 binding 或 expected")
        if row["direction"] not in DIRECTIONS:
            report.add(tree.file, line, f"{code}：direction 应为 min 或 max")
        if not isinstance(row.get("warn", 0), int | float) or row.get("warn", 0) < 0:
            report.add(tree.file, line, f"{code}：warn 应为不小于 0 的数")
        for problem in formula_problems(row["formula"]):
            report.add(tree.file, tree.line("indicators", code, "formula"), f"{code}：{problem}")
    plan = content.get("implementation")
    if plan:
        for problem in term_problems(plan.get("planned")):
            report.add(tree.file, tree.line("implementation"), f"implementation：{problem}")
        for stage in plan.get("stages") or ():
            if not stage.get("code") or not stage.get("living"):
                report.add(tree.file, tree.line("implementation"), "implementation：每个 stages 须有 code 和 living")


def formula_problems(formula: Any) -> list[str]:
    """What is wrong with a formula (``evaluation.measure``)."""
    if not isinstance(formula, Mapping) or len(formula) != 1:
        return ["formula 应为 area、ratio、count、source 之一"]
    kind, content = next(iter(formula.items()))
    if kind == "source":
        return [] if isinstance(content, str) else ["source 应为数据源的名字"]
    if kind == "area":
        return term_problems(content)
    if kind == "count":
        return [] if isinstance(content, Mapping) and set(content) == {"living"} else ["count 只能数 living"]
    if kind == "ratio" and isinstance(content, Mapping) and set(content) == {"of", "to"}:
        return term_problems(content["of"]) + term_problems(content["to"])
    return ["formula 应为 area、ratio（of、to）、count、source 之一"]


def term_problems(term: Any) -> list[str]:
    """What is wrong with a term."""
    if not isinstance(term, Mapping):
        return ["应为图层、活图层，或 all、any、not"]
    for key in ("all", "any"):
        if key in term:
            parts = term[key] if isinstance(term[key], list) else []
            problems = [problem for part in parts for problem in term_problems(part)] if parts else [f"{key} 应为一列"]
            if sum("living" in str(part) for part in parts) > (1 if key == "all" else 0):
                # shares of faces: where two of them are parts of a face, nobody knows how they lie to each other
                problems.append(f"{key} 里的 living 太多；几个活图层请写在一个 living 里")
            return problems
    if "not" in term:
        return term_problems(term["not"])
    if "living" in term:
        return [] if isinstance(term["living"], list) else ["living 应为一列图层"]
    if "layer" not in term:
        return ["没有写 layer"]
    known = term.get("trait", "construction") in ("construction", "non_construction")
    return [] if known else ["trait 应为 construction 或 non_construction"]
