"""Checks of ``documents/templates.yaml`` when a city pack is loaded."""

from __future__ import annotations

import re

from lantu.standards.pack.content import Content
from lantu.standards.pack.files import Report, Tree


def check(tree: Tree, content: Content, report: Report) -> None:
    """Templates of outward papers: names, fields, and that every place in the text is a field."""
    always = {"number", "organ", "date", "title"}
    for code, entry in (tree.data.get("templates") or {}).items() if isinstance(tree.data, dict) else ():
        line = tree.line("templates", code)
        if not isinstance(entry, dict) or not entry.get("name_zh"):
            report.add(tree.file, line, f"{code} 缺少 name_zh")
            continue
        names = [field.get("name", "") for field in entry.get("fields", ())]
        if len(set(names)) != len(names) or "" in names:
            report.add(tree.file, line, f"{code} 的字段重名或没有 name")
        for field in entry.get("fields", ()):
            if field.get("type", "text") not in ("text", "table", "list"):
                report.add(tree.file, line, f"{code}：字段类型「{field.get('type')}」应为 text、table 或 list")
            elif field.get("type") == "table" and not field.get("heads"):
                report.add(tree.file, line, f"{code}：表格字段 {field.get('name')} 缺少 heads")
        text = "".join([*entry.get("paragraphs", ()), *entry.get("closing", ())])
        for place in sorted(set(re.findall(r"\{(\w+)\}", text)) - set(names) - always):
            report.add(tree.file, line, f"{code}：段落里的 {{{place}}} 不是字段")
