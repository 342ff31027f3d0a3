"""Reading a GeoJSON collection feature by feature, in bounded memory whatever the size of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from lantu.plans.readers.messages import ReaderError

_STEP = 1 << 20
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class JsonStream:
    """One pass over a JSON object. ``members`` are the top-level values other than the features, as far as they have been passed."""

    stream: TextIO
    label: str
    members: dict[str, Any] = field(default_factory=dict)
    row: int = 0
    _buffer: str = ""
    _at: int = 0
    _ended: bool = False

    def features(self) -> Iterator[Any]:
        """The items of the top-level ``features`` list, one after another; other members are kept in ``members``."""
        self._expect("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            key = self._value()
            self._expect(":")
            if key == "features" and self._peek() == "[":
                yield from self._items()
            else:
                self.members[str(key)] = self._value()
            if self._peek() == "}":
                self._at += 1
                return
            self._expect(",")

    def _items(self) -> Iterator[Any]:
        self._expect("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            self.row += 1
            yield self._value()
            if self._peek() == "]":
                self._at += 1
                return
            self._expect(",")

    def _peek(self) -> str:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                raise self._error("文件在中途结束")

    def _expect(self, char: str) -> None:
        found = self._peek()
        if found != char:
            raise self._error(f"应为“{char}”，却是“{found}”")
        self._at += 1

    def _value(self) -> Any:
        """The next whole value; more text is taken, doubling, until it is complete."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise self._error("嵌套过深") from None
            except json.JSONDecodeError as error:
                if not self._more():
                    raise self._error(f"{error.msg}（第 {error.lineno} 行附近）") from None
                continue
            # a number at the very end of the buffer may go on in the next piece
            if end < len(self._buffer) or not self._more():
                self._at = end
                return value

    def _more(self) -> bool:
        if self._ended:
            return False
        self._buffer = self._buffer[self._at :]
        self._at = 0
        try:
            piece = self.stream.read(max(_STEP, len(self._buffer)))
        except UnicodeDecodeError as error:
            raise self._error(f"文字不是 {error.encoding} 编码") from None
        self._ended = not piece
        self._buffer += piece
        return bool(piece)

    def _error(self, reason: str) -> ReaderError:
        return ReaderError("json-damaged", self.label, row=self.row, reason=reason)
