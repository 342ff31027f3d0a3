"""Errors of the geodesy room: plain data, so that rooms above can word them for people."""

from __future__ import annotations


class DatumRefused(ValueError):
    """A transformation that would only look right: ballpark, unknown accuracy, or an old datum without a registered parameter set."""

    def __init__(self, source: str, target: str, reason: str) -> None:
        self.source, self.target, self.reason = source, target, reason
        super().__init__(f"{source} -> {target}: {reason}")


class BoundaryTextError(ValueError):
    """A boundary-point text that cannot be read; ``reason`` is for people, ``line`` counts from 1, 0 = the whole file."""

    def __init__(self, reason: str, line: int = 0) -> None:
        self.reason, self.line = reason, line
        super().__init__(f"第 {line} 行：{reason}" if line else reason)
