"""Conditions as people write them: 建筑高度 ≤ 24 m is read as something that can be compared; anything else stays a sentence."""

from __future__ import annotations

import re
from typing import Any

_SIGNS = {
    "<=": "≤",
    "≤": "≤",
    "不大于": "≤",
    "不超过": "≤",
    "不高于": "≤",
    ">=": "≥",
    "≥": "≥",
    "不小于": "≥",
    "不低于": "≥",
    "不少于": "≥",
}
_SIGNS |= {"=": "=", "等于": "=", "<": "<", "小于": "<", "＜": "<", ">": ">", "大于": ">", "＞": ">"}
_LINE = re.compile(
    rf"^(?P<item>[^\d<>=≤≥＜＞]+?)\s*(?P<sign>{'|'.join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))})\s*"
    r"(?P<value>-?\d+(?:\.\d+)?)\s*(?P<unit>[^\d\s，。；,;]{0,8})[。；;]?$"
)


def parse(line: str) -> dict[str, Any]:
    """A condition from a line of text."""
    text = line.strip()
    match = _LINE.match(text)
    if match is None:
        return {"text": text}
    return {
        "text": text,
        "item": match["item"].strip(),
        "op": _SIGNS[match["sign"]],
        "value": float(match["value"]),
        "unit": match["unit"],
    }
