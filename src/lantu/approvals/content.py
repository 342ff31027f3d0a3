"""What a file really is, by its content, and whether a material may be that."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
from django.utils.translation import gettext as _
from PIL import Image

from lantu.core import files
from lantu.core.errors import BadInput
from lantu.core.models import StoredFile

NAMES = {
    "pdf": "PDF", "ofd": "OFD", "image": "JPG / PNG / TIFF", "docx": "Word（.docx）", "xlsx": "Excel（.xlsx）", "zip": "ZIP",
    "dwg": "DWG", "dxf": "DXF", "text": "TXT",
}  # fmt: skip
HEAD = 4096


def examine(stored: StoredFile) -> dict[str, Any]:
    """Kind (a key of ``NAMES``, empty when unknown) and what can be told of the content: ``pages``, ``size`` in pixels, ``version``.

    ``problem`` says why it cannot be read.
    """
    path = files.path_of(stored)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not stored.size:
        return {"kind": "", "problem": _("文件是空的。")}
    if head.startswith(b"%PDF-"):
        return {"kind": "pdf", **_pdf(path)}
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head[:2] == b"AC" and head[2:6].isdigit():
        return {"kind": "dwg", "version": head[:6].decode()}
    if head.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")):
        return {"kind": "image", **_image(path)}
    return _text(head)


def _pdf(path: Path) -> dict[str, Any]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        return {"problem": _("PDF 加了密码，打不开。") if locked else _("PDF 已损坏，打不开。")}
    try:
        pages = len(document)
    finally:
        document.close()
    return {"pages": pages} if pages else {"problem": _("PDF 里没有页。")}


def _zipped(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return {"kind": "zip", "problem": _("压缩文件已损坏，打不开。")}
    for kind, member in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"), ("ofd", "OFD.xml")):
        if member in names:
            return {"kind": kind}
    return {"kind": "zip", "members": len(names)}


def _image(path: Path) -> dict[str, Any]:
    try:
        with warnings.catch_warnings(), Image.open(path) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture.verify()
            return {"size": list(picture.size)}
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"problem": _("图片已损坏，打不开。")}


def _text(head: bytes) -> dict[str, Any]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = head[: HEAD - 4].decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) < HEAD - 4 or error.start < HEAD - 12:
                continue
            text = head[: error.start].decode(encoding)
        if any(ord(character) < 32 and character not in "\r\n\t\f\x1a" for character in text):
            break
        lines = [line.strip() for line in text.splitlines()]
        return {"kind": "dxf" if "SECTION" in lines[:40] and "0" in lines[:40] else "text", "encoding": encoding}
    return {"kind": ""}


def check(stored: StoredFile, row: Mapping[str, Any], filename: str) -> dict[str, Any]:
    """What ``examine`` finds. Raises ``BadInput`` for a file that cannot be read, or is none of what the material may be."""
    facts = examine(stored)
    if facts.get("problem"):
        raise BadInput(str(facts["problem"]), where=filename, how=_("请重新导出后再传。"))
    accepted = list(row.get("accept") or NAMES)
    if facts["kind"] not in accepted:
        found = NAMES.get(facts["kind"], _("认不出的文件"))
        wanted = "、".join(NAMES[kind] for kind in accepted)
        raise BadInput(
            _("「%(material)s」要 %(wanted)s，这个文件按内容是 %(found)s。")
            % {"material": row["name_zh"], "wanted": wanted, "found": found},
            where=filename,
            how=_("请换一个文件；改扩展名没有用。"),
        )
    return facts
