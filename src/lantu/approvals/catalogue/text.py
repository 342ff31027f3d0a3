"""The catalogue as people edit it: the text of ``approvals.yaml``, parsed and checked with the line of every finding."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import yaml

from lantu.approvals import policy
from lantu.approvals.catalogue.validate import ERROR, validate
from lantu.standards.pack.files import Report, parse_yaml

FILE = "approvals.yaml"
MAX_BYTES = 2 << 20
MAX_DEPTH = 40
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding with its line (0: the whole file) and the code of the row that it is about, if any."""

    level: str
    line: int
    message: str
    place: tuple[Any, ...] = ()

    @property
    def item(self) -> str:
        """Code of the item that it is about."""
        return str(self.place[1]) if len(self.place) > 1 and self.place[0] == "items" else ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with its content (empty when it cannot be parsed) and all findings, in the order of the file."""

    content: dict[str, Any]
    findings: list[Marked]

    @property
    def errors(self) -> list[Marked]:
        return [one for one in self.findings if one.level == ERROR]


def check_text(text: str, departments: Collection[str]) -> Checked:
    """Parse and check; never raises for what people may have written."""
    if (refused := _refused(text)) is not None:
        return Checked({}, [refused])
    report = Report()
    tree = parse_yaml(FILE, text, report)
    if report.problems:
        return Checked({}, [Marked(ERROR, one.line, one.message) for one in report.problems])
    found = [Marked(one.level, tree.line(*one.place), one.message, one.place) for one in validate(tree.data, departments)]
    if isinstance(tree.data, dict) and isinstance(tree.data.get("settings") or {}, dict):
        found += [Marked(ERROR, tree.line(*place), message, place) for place, message in policy.faults(tree.data)]
    content = tree.data if isinstance(tree.data, dict) else {}
    return Checked(content, sorted(found, key=lambda one: (one.level != ERROR, one.line)))


def _refused(text: str) -> Marked | None:
    """What is not even parsed: too large, nested too deep, or with references, which may unfold without end."""
    if len(text.encode()) > MAX_BYTES:
        return Marked(ERROR, 0, f"文件超过 {MAX_BYTES >> 20} MB")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                return Marked(ERROR, _line(event.start_mark), "不支持引用（*名称），请直接写出内容")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return Marked(ERROR, _line(event.start_mark), f"嵌套超过 {MAX_DEPTH} 层")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        return Marked(ERROR, _line(getattr(error, "problem_mark", None)), f"YAML 写法有错：{getattr(error, 'problem', error)}")
    return None


def _line(mark: Any) -> int:
    return mark.line + 1 if mark is not None else 0
