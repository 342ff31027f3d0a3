"""Whether an XML file (GML, KML) is whole and harmless: GDAL reads a cut one as far as it goes and says nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lantu.plans.readers.messages import ReaderError

_STEP = 4 << 20
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
CHINESE = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "big5": "big5"}


def declared_encoding(path: Path) -> str:
    """The encoding in the XML declaration, lower case; UTF-8 without one."""
    with path.open("rb") as stream:
        found = _ENCODING.search(stream.read(400))
    return found.group(1).decode().lower() if found else "utf-8"


def check(path: Path, label: str) -> None:
    """Parse the whole file once, in bounded memory. Raises ``ReaderError``: cut, malformed, or with entities of its own."""
    parser = expat.ParserCreate()

    def entity(*_what: Any) -> None:
        raise ReaderError("xml-entities", label)

    parser.EntityDeclHandler = entity
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_STEP):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ReaderError("xml-damaged", label, line=error.lineno, reason=expat.errors.messages.get(error.code, str(error))) from error


def as_utf8(path: Path, label: str, out: Path, encoding: str) -> Path:
    """A copy in UTF-8 of a file in a Chinese encoding, which GDAL's parser may not know.

    Raises ``ReaderError`` for bytes that are not of that encoding.
    """
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as source, out.open("w", encoding="utf-8", newline="") as sink:
            while piece := source.read(_STEP):
                if line == 0:
                    piece = re.sub(r"(<\?xml[^>]*encoding\s*=\s*[\"'])[A-Za-z0-9._-]+", r"\1UTF-8", piece, count=1)
                line += piece.count("\n") + 1
                sink.write(piece)
    except UnicodeDecodeError as error:
        raise ReaderError("xml-damaged", label, line=line, reason=f"按声明的编码 {encoding} 解不出文字") from error
    return out
