"""Bringing what was uploaded into one folder: unpacked, told apart by content, each dataset under the name its format needs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lantu.plans.readers import archive
from lantu.plans.readers.base import Dataset, FolderReader, Limits, Reader, readers
from lantu.plans.readers.messages import Notice, ReaderError

_HEAD = 64 << 10
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_SHOWN = 5

_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF 文档"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文档"),
    (b"II*\x00", "TIFF 影像"),
    (b"MM\x00*", "TIFF 影像"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
)
_UNSUPPORTED_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "网页"),
    (b"<html", "网页"),
)
_CONVERTIBLE: tuple[tuple[bytes, str], ...] = (
    (b"AC10", "dwg"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
"""What is refused with its own word on how to convert it."""
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A stored file and the name under which it was uploaded (stored files are named by digest)."""

    path: Path
    name: str


Source = Path | NamedFile | Sequence[NamedFile]


@dataclass(frozen=True, slots=True)
class Staged:
    """What was found: datasets with their readers, in order of name."""

    datasets: tuple[tuple[Reader, Dataset], ...]


@contextmanager
def staged(source: Source, limits: Limits) -> Iterator[Staged]:
    """Stage ``source``: a file (a shapefile with its side files beside it), a folder, a zip, or uploaded files. Cleans up after itself.

    Raises ``ReaderError``; sizes are looked at before anything is read.
    """
    files = _files(source)
    _check_sizes(files, limits)
    with tempfile.TemporaryDirectory(prefix="lantu-read-") as folder:
        root = Path(folder)
        yield Staged(tuple(_datasets(list(_unpacked(files, root, limits)), root)))


def _files(source: Source) -> list[NamedFile]:
    if isinstance(source, NamedFile):
        return [source]
    if not isinstance(source, Path):
        return list(source)
    if source.is_dir():
        return [NamedFile(path, str(path.relative_to(source))) for path in sorted(source.rglob("*")) if path.is_file()]
    if not source.is_file():
        raise ReaderError("missing-file", source.name)
    # beside a main file lie its side files; other files of the folder are none of our business
    side = {suffix for reader in readers() if source.suffix.lower() in reader.suffixes for suffix in reader.companions}
    near = [path for path in sorted(source.parent.iterdir()) if path.stem.lower() == source.stem.lower() and path.suffix.lower() in side]
    return [NamedFile(source, source.name), *(NamedFile(path, path.name) for path in near)]


def _check_sizes(files: list[NamedFile], limits: Limits) -> None:
    total = 0
    for file in files:
        if not file.path.is_file():
            raise ReaderError("missing-file", file.name)
        total += file.path.stat().st_size
    if total > limits.total_bytes:
        raise ReaderError("too-large", files[0].name, size_mb=total >> 20, limit_mb=limits.total_bytes >> 20)


def _unpacked(files: list[NamedFile], root: Path, limits: Limits) -> Iterator[NamedFile]:
    """The files themselves, zips replaced by their content; a single zip's name is left out of the labels."""
    budget = archive.Budget(limits)
    for number, file in enumerate(files):
        head = _head(file.path)
        if not head:
            if len(files) == 1:
                raise ReaderError("empty-file", file.name)
        elif head.startswith(_EMPTY_ZIP):
            raise ReaderError("no-data", file.name, files="空的压缩包")
        elif head.startswith(_ZIP) and not archive.is_office(file.path):
            yield from _opened(file, root / f"zip{number}", budget, "" if len(files) == 1 else f"{file.name}/", 1)
            continue
        yield file


def _opened(file: NamedFile, target: Path, budget: archive.Budget, prefix: str, depth: int) -> Iterator[NamedFile]:
    """The content of a zip, zips in it opened as well: all of them share one budget, and there is an end to nesting."""
    for number, (path, name) in enumerate(archive.unpack(file.path, file.name, target, budget)):
        inner = NamedFile(path, f"{prefix}{name}")
        if _head(path).startswith(_ZIP) and not archive.is_office(path):
            if depth >= _DEEPEST:
                raise ReaderError("zip-nested", file.name, name=name, depth=_DEEPEST)
            yield from _opened(inner, target / f"_in{number}", budget, f"{inner.name}/", depth + 1)
            path.unlink()
        else:
            yield inner


def _datasets(files: list[NamedFile], root: Path) -> Iterator[tuple[Reader, Dataset]]:
    found: list[tuple[Reader, NamedFile]] = []
    others: list[NamedFile] = []
    folders, files = _folders(files)
    for file in sorted(files, key=lambda f: f.name):
        head = _head(file.path)
        reader = next((r for r in readers() if r.recognises(Path(file.name), head)), None)
        if reader is not None:
            found.append((reader, file))
        else:
            others.append(file)
    if not found and not folders:
        raise _why_nothing(others)
    _refuse_convertible(others)
    sides = _Sides(others)
    linked = [(reader, _link(reader, file, sides, root / f"set{number}")) for number, (reader, file) in enumerate(found)]
    for number, (folder_reader, label, members) in enumerate(folders):
        linked.append((folder_reader, _link_folder(folder_reader, label, members, root / f"folder{number}")))
    unused = [file.name for file in others if file.name not in sides.used]
    for number, (reader, dataset) in enumerate(linked):
        if unused and number == 0:
            shown = "、".join(unused[:_SHOWN]) + ("……" if len(unused) > _SHOWN else "")
            note = Notice("ignored-files", "", {"count": len(unused), "files": shown})
            dataset = Dataset(dataset.path, dataset.label, (*dataset.notices, note))
        yield reader, dataset


_Folder = tuple[Reader, str, list[NamedFile]]


def _folders(files: list[NamedFile]) -> tuple[list[_Folder], list[NamedFile]]:
    """Files that are one dataset because of the folder they lie in (FileGDB), and the rest."""
    found: list[_Folder] = []
    rest = list(files)
    for reader in readers():
        if not isinstance(reader, FolderReader):
            continue
        for mark in [file for file in rest if PurePosixPath(file.name).name.lower() == reader.catalogue]:
            parent = PurePosixPath(mark.name).parent
            members = [file for file in rest if PurePosixPath(file.name).parent == parent and _head(file.path)]
            rest = [file for file in rest if PurePosixPath(file.name).parent != parent]
            found.append((reader, str(parent) if str(parent) != "." else f"数据库{reader.suffix}", members))
    return found, rest


def _link_folder(reader: Reader, label: str, members: list[NamedFile], folder: Path) -> Dataset:
    path = folder / f"data{reader.suffixes[0]}"
    path.mkdir(parents=True)
    for member in members:
        (path / PurePosixPath(member.name).name).symlink_to(member.path.resolve())
    return Dataset(path, label)


def _refuse_convertible(others: list[NamedFile]) -> None:
    """A drawing or archive that cannot be opened is never passed over in silence because something beside it can."""
    for file in others:
        head = _head(file.path)
        code = next((code for magic, code in _CONVERTIBLE if head.startswith(magic)), None)
        if code:
            raise ReaderError(code, file.name)


class _Sides:
    """Side files by (folder and stem, suffix), in lower case; remembers which were taken."""

    def __init__(self, files: list[NamedFile]) -> None:
        self.files = {file.name.lower(): file for file in files}
        self.used: set[str] = set()

    def of(self, reader: Reader, file: NamedFile) -> Iterator[tuple[str, Path]]:
        stem = str(Path(file.name).with_suffix("")).lower()
        for suffix in reader.companions:
            side = self.files.get(stem + suffix)
            if side is not None:
                self.used.add(side.name)
                yield suffix, side.path


def _link(reader: Reader, file: NamedFile, sides: _Sides, folder: Path) -> Dataset:
    """Links with plain names and right extensions, so that neither Chinese names nor wrong extensions matter to a library."""
    folder.mkdir()
    suffix = Path(file.name).suffix.lower()
    notices: tuple[Notice, ...] = ()
    if suffix not in reader.suffixes:
        notices = (Notice("wrong-extension", file.name, {"suffix": suffix or "（无）", "kind": reader.title}),)
        suffix = reader.suffixes[0]
    path = folder / f"data{suffix}"
    path.symlink_to(file.path.resolve())
    for side_suffix, side in sides.of(reader, file):
        (folder / f"data{side_suffix}").symlink_to(side.resolve())
    return Dataset(path, file.name, notices)


def _why_nothing(others: list[NamedFile]) -> ReaderError:
    """The clearest word on files of which none can be read."""
    _refuse_convertible(others)
    for file in others:
        suffix = Path(file.name).suffix.lower()
        if suffix in {side for reader in readers() for side in reader.companions}:
            return ReaderError("lone-part", file.name, suffix=suffix)
        kind = _unsupported(_head(file.path))
        if kind:
            return ReaderError("unsupported", file.name, kind=kind)
    names = "、".join(file.name for file in others[:_SHOWN]) + ("……" if len(others) > _SHOWN else "")
    return ReaderError("no-data", others[0].name if len(others) == 1 else "", files=names or "空的文件夹")


def _unsupported(head: bytes) -> str | None:
    known = next((kind for magic, kind in _UNSUPPORTED if head.startswith(magic)), None)
    if known:
        return known
    lower = head.lower()
    return next((kind for mark, kind in _UNSUPPORTED_TEXT if mark in lower), None)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD)
