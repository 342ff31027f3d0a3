"""The files of a pack as text, and parsed with the line of everything, so that a problem can name its place."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SUFFIXES = {".yaml", ".csv", ".geojson", ".md", ".txt", ".typ"}
FOLDERS = ("code_systems", "crosswalks", "tables", "calendar", "licences", "documents")
MAX_FILE = 64 * 2**20
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader of libyaml where PyYAML has it: ten times faster, the same content and places."""


def parsed(text: str) -> Any:
    """The content of a YAML text. Raises ``yaml.YAMLError``."""
    return yaml.load(text, Loader=_LOADER)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a pack: file, line (0 = the whole file), and what."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(slots=True)
class Report:
    """Collects problems; a pack with any is not loaded."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, line: int, message: str) -> None:
        self.problems.append(Problem(file, line, message))


@dataclass(slots=True)
class Table:
    """A CSV file: its metadata, heads, and rows with their line numbers."""

    file: str
    meta: dict[str, str]
    heads: list[str]
    rows: list[dict[str, str]]
    lines: list[int]

    def __iter__(self) -> Any:
        return iter(zip(self.rows, self.lines, strict=True))


@dataclass(slots=True)
class Tree:
    """A YAML file: its data and the line of each path of keys."""

    file: str
    data: Any
    lines: dict[tuple[Any, ...], int]

    def line(self, *path: Any) -> int:
        """The line of a path, or of the nearest known ancestor."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_folder(folder: Path, report: Report) -> dict[str, str]:
    """Relative path → text (line ends normalised) of every file of the pack."""
    texts: dict[str, str] = {}
    if not folder.is_dir():
        report.add(str(folder), 0, "没有这个文件夹")
        return texts
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        top = name.split("/")[0]
        if not path.is_file() or path.suffix not in SUFFIXES or ("/" in name and top not in FOLDERS):
            continue
        if path.stat().st_size > MAX_FILE:
            report.add(name, 0, f"文件超过 {MAX_FILE // 2**20} MB")
            continue
        try:
            texts[name] = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            report.add(name, 0, f"不是 UTF-8 文本（第 {error.start} 字节）")
    return texts


def digest_of(texts: dict[str, str]) -> str:
    """SHA-256 over the names and texts of all files, in order of name."""
    total = hashlib.sha256()
    for name in sorted(texts):
        data = texts[name].encode()
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def parse_csv(name: str, text: str, report: Report, required: tuple[str, ...] = ()) -> Table:
    """A CSV file with optional ``# key: value`` lines before its head."""
    meta: dict[str, str] = {}
    lines = text.split("\n")
    start = 0
    while start < len(lines) and (lines[start].startswith("#") or not lines[start].strip()):
        key, _sign, value = lines[start].lstrip("# ").partition(":")
        if key.strip():
            meta[key.strip()] = value.strip()
        start += 1
    reader = csv.reader(io.StringIO("\n".join(lines[start:])))
    table = Table(name, meta, next(reader, []), [], [])
    for missing in [head for head in required if head not in table.heads]:
        report.add(name, start + 1, f"缺少列 {missing}")
    for record in reader:
        line = start + reader.line_num
        if not record:
            continue
        if len(record) != len(table.heads):
            report.add(name, line, f"有 {len(record)} 列，表头有 {len(table.heads)} 列")
            continue
        table.rows.append({head: value.strip() for head, value in zip(table.heads, record, strict=True)})
        table.lines.append(line)
    return table


def parse_yaml(name: str, text: str, report: Report) -> Tree:
    """A YAML file; a file that cannot be parsed is reported and counts as empty."""
    try:
        loader = _LOADER(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        report.add(name, mark.line + 1 if mark else 0, f"YAML 写法有错：{getattr(error, 'problem', error)}")
        return Tree(name, {}, {})
    lines: dict[tuple[Any, ...], int] = {}
    if node is not None:
        _walk(node, (), lines)
    return Tree(name, data if data is not None else {}, lines)


def _walk(node: yaml.Node, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*path, key.value)] = key.start_mark.line + 1
            _walk(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines)
