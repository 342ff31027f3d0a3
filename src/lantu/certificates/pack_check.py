"""Checks of ``certificates.yaml`` when a city pack is loaded."""

from __future__ import annotations

from lantu.standards.pack.content import Content
from lantu.standards.pack.files import Report, Tree


def check(tree: Tree, content: Content, report: Report) -> None:
    """Certificate types: issuers, type codes, layers, numbering."""
    layers, departments = content.layer_definitions, content.department_codes
    data = tree.data if isinstance(tree.data, dict) else {}
    issuers = data.get("issuers") or {}
    for code, issuer in issuers.items():
        if code not in departments or len(str(issuer.get("code", ""))) != 18:
            report.add(tree.file, tree.line("issuers", code), f"{code} 不是部门，或代码不是 18 位")
    for code, entry in (data.get("types") or {}).items():
        line = tree.line("types", code)
        missing = [key for key in ("name_zh", "type_code", "number", "issuers", "seal", "fields") if not entry.get(key)]
        if missing:
            report.add(tree.file, line, f"{code} 缺少 {'、'.join(missing)}")
            continue
        if len(str(entry["type_code"])) != 21:
            report.add(tree.file, line, f"{code}：type_code 应为 18 位代码加 3 位数字")
        if "{serial}" not in entry["number"]:
            report.add(tree.file, line, f"{code}：number 里没有 {{serial}}，会重号")
        for one in entry["issuers"]:
            if one not in issuers:
                report.add(tree.file, line, f"{code}：issuers 里没有 {one}")
        layer = entry.get("layer")
        if layer and not layers.get(layer, {}).get("living"):
            report.add(tree.file, line, f"{code}：{layer} 不是活图层")
