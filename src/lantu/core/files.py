"""Files stored by content: ``var/files/ab/cd/<sha256>``, written under a temporary name and renamed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from lantu.core.errors import TooLarge
from lantu.core.models import StoredFile

_CHUNK = 1 << 20
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x27\x0a", "application/vnd.shp"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
)


def path_of(stored: StoredFile) -> Path:
    """Where the bytes lie. Read only."""
    digest = stored.sha256
    return Path(settings.LANTU_FILES) / digest[:2] / digest[2:4] / digest


def media_type_of(head: bytes) -> str:
    """Content type by the first bytes, never by a name."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.lstrip()[:1] in (b"{", b"["):
        return "application/json"
    return "application/octet-stream"


def store(stream: BinaryIO, *, limit: int | None = None) -> StoredFile:
    """Store a stream and return its row; the same bytes again give the same row.

    ``limit`` in bytes (default ``settings.LANTU_UPLOAD_LIMIT``). Raises ``TooLarge``; nothing stays half-stored.
    """
    limit = settings.LANTU_UPLOAD_LIMIT if limit is None else limit
    root = Path(settings.LANTU_FILES)
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    handle, name = tempfile.mkstemp(dir=root / "tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TooLarge(
                        _("文件超过 %(limit)s MB 的上限。") % {"limit": limit // 2**20}, how=_("请拆分后再传，或请管理员调整上限。")
                    )
                head = head or chunk[:512]
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        row = StoredFile(sha256=digest.hexdigest(), size=size, media_type=media_type_of(head))
        target = path_of(row)
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    stored, _created = StoredFile.objects.get_or_create(sha256=row.sha256, defaults={"size": size, "media_type": row.media_type})
    return stored


def store_path(path: Path, *, limit: int | None = None) -> StoredFile:
    """Store the file at ``path``."""
    with path.open("rb") as stream:
        return store(stream, limit=limit)
