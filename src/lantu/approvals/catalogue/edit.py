"""Changing a value in the text of a YAML file and leaving every other character as it is: comments, order and layout are people's work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

Path = Sequence[str]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML has it: the same content and places, thirty times faster."""


def change(text: str, path: Path, value: Any) -> str:
    """The text with ``value`` at ``path`` (keys); ``None`` takes the last key away. What was there is replaced, what was missing is added.

    Raises ``KeyError`` when the mapping that should hold the last key is not there. The result is parsed again and must differ from the old
    content in nothing but this value, else ``ValueError``.
    """
    before = yaml.load(text, Loader=_LOADER)
    wanted = _changed(before, path, value)
    if wanted == before:
        return text
    parent = _find(yaml.compose(text, Loader=_LOADER), path[:-1])
    pair = next((one for one in parent.value if one[0].value == path[-1]), None)
    if pair is None:
        made = _insert(text, parent, path[-1], value)
    elif value is None:
        made = _remove(text, parent, pair)
    else:
        made = text[: pair[1].start_mark.index] + _written(value, pair[1], text) + text[_end(pair[1]) :]
    if yaml.load(made, Loader=_LOADER) != wanted:
        raise ValueError(f"{'/'.join(path)}")
    return made


def _changed(data: Any, path: Path, value: Any) -> Any:
    """A copy of the content with the value at its place."""
    head, rest = path[0], path[1:]
    made = dict(data)
    if rest:
        made[head] = _changed(data[head], rest, value)
    elif value is None:
        made.pop(head, None)
    else:
        made[head] = value
    return made


def _find(node: Any, path: Path) -> yaml.MappingNode:
    for key in path:
        node = next((value for name, value in node.value if name.value == key), None) if isinstance(node, yaml.MappingNode) else None
    if not isinstance(node, yaml.MappingNode):
        raise KeyError("/".join(path))
    return node


def _end(node: Any) -> int:
    """Where a value really ends: a block's own mark stands after the blank lines and comments that follow it."""
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value
    if not block:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def flow(value: Any) -> str:
    """A value on one line, as these files write it."""
    written = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**6)
    return written.removesuffix("\n").removesuffix("\n...")


def _written(value: Any, node: Any, text: str) -> str:
    """The new value; a text keeps the quotation marks that it had."""
    style = getattr(node, "style", None)
    if isinstance(value, str) and style == '"' and '"' not in value and "\\" not in value:
        return f'"{value}"'
    start = int(node.start_mark.index)
    empty = start > 0 and text[start - 1] == ":"  # `key:` without a value
    return (" " if empty else "") + flow(value)


def _insert(text: str, parent: yaml.MappingNode, key: str, value: Any) -> str:
    line = f"{flow(key)}: {flow(value)}"
    if parent.flow_style:
        place = int(parent.end_mark.index) - 1
        kept = text[:place].rstrip()
        comma = "" if kept.endswith("{") else ", "
        return kept + comma + line + text[place:]
    indent = " " * int(parent.value[0][0].start_mark.column)
    place = _end(parent)
    newline = text.find("\n", place)  # after a comment at the end of that line
    place = len(text) if newline < 0 else newline
    return text[:place] + f"\n{indent}{line}" + text[place:]


def _remove(text: str, parent: yaml.MappingNode, pair: tuple[Any, Any]) -> str:
    start, end = int(pair[0].start_mark.index), _end(pair[1])
    if not parent.flow_style:
        start = text.rfind("\n", 0, start) + 1
        newline = text.find("\n", end)
        return text[:start] + (text[newline + 1 :] if newline >= 0 else "")
    rest = text[end:]
    after = rest.lstrip()
    if after.startswith(","):
        return text[:start] + after[1:].lstrip()
    return text[:start].rstrip().removesuffix(",").rstrip() + rest
