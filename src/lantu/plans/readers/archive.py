"""Unpacking a zip that strangers made: names, paths, sizes and nesting are checked before and while anything is written."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lantu.plans.readers.base import Limits
from lantu.plans.readers.messages import ReaderError

_UTF8_FLAG = 0x800
_ENCRYPTED = 0x1
_STEP = 1 << 20
_JUDGED_FROM = 1 << 20
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_OFFICE = ("[Content_Types].xml", "mimetype")


class Budget:
    """What all zips of one upload may unpack to together, nested ones included."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.bytes, self.entries = limits, limits.unpacked_bytes, limits.entries


def is_office(path: Path) -> bool:
    """Whether a zip is an office document (.xlsx, .docx, .ods), which is one file to us."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in _OFFICE for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def unpack(path: Path, label: str, target: Path, budget: Budget) -> list[tuple[Path, str]]:
    """Write the entries into ``target``; returns (path, name in the zip). Raises ``ReaderError``; the caller throws ``target`` away."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive, label, target, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ReaderError("zip-damaged", label, reason=str(error)) from error


def _unpack(archive: zipfile.ZipFile, label: str, target: Path, budget: Budget) -> list[tuple[Path, str]]:
    entries = [(info, _name(info)) for info in archive.infolist() if not info.is_dir()]
    _judge(entries, label, budget)
    budget.entries -= len(entries)
    written, taken = [], set()
    for info, name in entries:
        if any(junk in name for junk in _JUNK):
            continue
        relative = _safe(name, label)
        if str(relative).lower() in taken:
            raise ReaderError("zip-clash", label, name=name)
        taken.add(str(relative).lower())
        out = target / relative
        out.parent.mkdir(parents=True, exist_ok=True)
        budget.bytes -= _write(archive, info, f"{label}/{name}", out, budget.bytes)
        written.append((out, str(relative)))
    return written


def _judge(entries: list[tuple[zipfile.ZipInfo, str]], label: str, budget: Budget) -> None:
    """What the directory of the zip says of itself; it may lie, so sizes are counted again while writing."""
    limits = budget.limits
    if len(entries) > budget.entries:
        raise ReaderError("zip-bomb", label, reason=f"{len(entries)} 个文件，上限 {limits.entries} 个")
    total = sum(info.file_size for info, _name in entries)
    if total > budget.bytes:
        raise ReaderError("zip-bomb", label, reason=f"解开后 {total >> 20} MB，上限 {limits.unpacked_bytes >> 20} MB")
    for info, name in entries:
        if info.flag_bits & _ENCRYPTED:
            raise ReaderError("zip-encrypted", f"{label}/{name}")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ReaderError("zip-path", label, name=name)
        if info.file_size > _JUDGED_FROM and info.file_size > limits.unpack_ratio * max(info.compress_size, 1):
            ratio = info.file_size // max(info.compress_size, 1)
            raise ReaderError("zip-bomb", f"{label}/{name}", reason=f"压缩比 {ratio} 倍，上限 {limits.unpack_ratio:.0f} 倍")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, out: Path, left: int) -> int:
    """Bytes written; never more than the entry claims, nor than is left of the limit."""
    size = 0
    with archive.open(info) as source, out.open("wb") as sink:
        while piece := source.read(_STEP):
            size += len(piece)
            if size > min(left, info.file_size):
                raise ReaderError("zip-bomb", where, reason="实际大小超过压缩包自己写明的大小")
            sink.write(piece)
    return size


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name: Chinese Windows writes GBK without saying so, some programs UTF-8 without the flag."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _safe(name: str, label: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in name:
        raise ReaderError("zip-path", label, name=name)
    return path
