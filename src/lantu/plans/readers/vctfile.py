"""The text of a VCT exchange file (GB/T 17798, versions 2.0 and 3.0), read line by line in bounded memory.

Sections: head, feature codes, table structures, points, lines, polygons, annotations, attributes. Objects are runs of lines: identity,
feature code, representation or layer name, kind, coordinates. A polygon names its lines (negative = backwards, 0 = next ring) or has
coordinates.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from lantu.plans.readers.curves import stroke

Points = NDArray[np.float64]
SECTIONS = ("Head", "FeatureCode", "TableStructure", "Point", "Line", "Polygon", "Annotation", "Attribute")
_GEOMETRIES = ("Point", "Line", "Polygon")
DIRECT, INDIRECT = "1", "100"
_MOST_POINTS = 50_000_000


class VctError(ValueError):
    """What is wrong and in which line (from 1; 0 = the whole file)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        self.reason, self.line = reason, line
        super().__init__(f"{line}: {reason}")


@dataclass(frozen=True, slots=True)
class FeatureCode:
    """A kind of feature: its code, name, geometry (Point, Line, Polygon) and attribute table."""

    code: str
    name: str
    geometry: str
    table: str


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table."""

    name: str
    kind: str
    length: int | None
    precision: int | None


@dataclass(frozen=True, slots=True)
class VctObject:
    """One object: identity, code and rings or chains of points; ``problem`` when its shape cannot be put together."""

    identity: str
    code: str
    parts: tuple[Points, ...]
    problem: str = ""


@dataclass(slots=True)
class Index:
    """What one pass over the file has found. Points of lines lie in a temporary file, attributes are found by their place."""

    head: dict[str, str] = field(default_factory=dict)
    codes: dict[str, FeatureCode] = field(default_factory=dict)
    tables: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    sections: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Section → (byte, line) behind its first line."""
    counts: dict[str, int] = field(default_factory=dict)
    """Feature code → objects."""
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Table → identity → byte of the attribute row."""
    points: IO[bytes] | None = None
    first: tuple[float, float] | None = None
    samples: list[bytes] = field(default_factory=list)

    @property
    def separator(self) -> bytes:
        """Between values."""
        return (self.head.get("separator") or ",").encode()[:1] or b","

    @property
    def turned(self) -> bool:
        """Whether north comes first."""
        return self.head.get("xaxisdirection", "").upper().startswith("N")


class Lines:
    """The lines of the file with their number; empty ones are left out."""

    def __init__(self, stream: IO[bytes], line: int = 0) -> None:
        self.stream, self.number = stream, line

    def next(self) -> bytes:
        """The next line. Raises ``VctError`` at the end of the file."""
        while raw := self.stream.readline(1 << 24):
            self.number += 1
            if text := raw.strip():
                return text
        raise VctError("文件到这里就断了，缺少结束标记", self.number)

    def peek(self) -> bytes:
        """The next line without taking it; empty at the end."""
        place, number = self.stream.tell(), self.number
        try:
            return self.next()
        except VctError:
            return b""
        finally:
            self.stream.seek(place)
            self.number = number

    def integer(self, what: str) -> int:
        """A whole number."""
        text = self.next()
        try:
            return int(text)
        except ValueError:
            raise VctError(f"{what}应为整数，实际是“{_shown(text)}”", self.number) from None


def index(path: Path) -> Index:
    """One pass over the file. Raises ``VctError``."""
    found = Index(points=tempfile.TemporaryFile(prefix="lantu-vct-"))  # noqa: SIM115  (closed with the index)
    with path.open("rb") as stream:
        lines = Lines(stream)
        if lines.peek().lower() not in (b"headbegin", b"\xef\xbb\xbfheadbegin"):
            raise VctError("第一行应为 HeadBegin", 1)
        while lines.peek():
            name = _section(lines.next(), lines.number)
            found.sections[name] = (stream.tell(), lines.number)
            _READ.get(name, _skip)(found, lines, f"{name}End".lower().encode())
    if "Attribute" not in found.sections or not any(name in found.sections for name in _GEOMETRIES):
        raise VctError("缺少图形段或属性段，文件可能没有拷完", lines.number)
    return found


def _section(text: bytes, line: int) -> str:
    word = text.removeprefix(b"\xef\xbb\xbf").lower()
    name = next((name for name in SECTIONS if word == f"{name}Begin".lower().encode()), None)
    if name is None:
        raise VctError(f"应为某一段的开始（如 LineBegin），实际是“{_shown(text)}”", line)
    return name


def _head(found: Index, lines: Lines, end: bytes) -> None:
    while (text := lines.next()).lower() != end:
        key, _mark, value = text.partition(b":")
        found.samples.append(value.strip())
        found.head[key.strip().decode("ascii", "replace").lower()] = _loose(value.strip())


def _feature_codes(found: Index, lines: Lines, end: bytes) -> None:
    while (text := lines.next()).lower() != end:
        parts = [part.strip() for part in text.split(found.separator)]
        if len(parts) < 3:
            raise VctError("要素代码一行要有代码、名称、几何类型", lines.number)
        found.samples.append(parts[1])
        code = _loose(parts[0])
        found.codes[code] = FeatureCode(code, _loose(parts[1]), _loose(parts[2]).capitalize(), "\n".join(map(_loose, parts[3:])))


def _tables(found: Index, lines: Lines, end: bytes) -> None:
    while (text := lines.next()).lower() != end:
        if text == b"0":
            continue
        parts = [part.strip() for part in text.split(found.separator)]
        if len(parts) < 2 or not parts[1].isdigit():
            raise VctError("表结构应以“表名,字段数”开头", lines.number)
        columns = [_column(lines.next(), lines.number, found.separator) for _ in range(min(int(parts[1]), 2000))]
        found.tables[_loose(parts[0])] = tuple(columns)
    for code, one in found.codes.items():
        table = next((name for name in one.table.split("\n") if name in found.tables), "")
        found.codes[code] = FeatureCode(one.code, one.name, one.geometry, table)


def _column(text: bytes, line: int, separator: bytes) -> Column:
    parts = [_loose(part.strip()) for part in text.split(separator)]
    if len(parts) < 2:
        raise VctError("字段一行要有名称和类型", line)
    numbers = [int(part) if part.isdigit() else None for part in parts[2:4]]
    kind = next((kind for word, kind in _KINDS if parts[1].lower().startswith(word)), "text")
    return Column(parts[0], kind, *[*numbers, None, None][:2])


_KINDS = (("int", "integer"), ("float", "number"), ("double", "number"), ("numeric", "number"), ("date", "date"))


_Section = Callable[[Index, Lines, bytes], None]


def _geometries(name: str) -> _Section:
    def read(found: Index, lines: Lines, end: bytes) -> None:
        for one in objects(found, lines, name, resolve=False):
            found.counts[one.code] = found.counts.get(one.code, 0) + 1
            if name == "Line" and found.points is not None and one.parts:
                found.lines[one.identity] = (found.points.seek(0, 2), len(one.parts[0]))
                found.points.write(one.parts[0].tobytes())
            if found.first is None and one.parts and len(one.parts[0]):
                found.first = (float(one.parts[0][0, 0]), float(one.parts[0][0, 1]))

    return read


def _attributes(found: Index, lines: Lines, end: bytes) -> None:
    while (text := lines.next()).lower() != end:
        table = _loose(text)
        places = found.rows.setdefault(table, {})
        while True:
            place = lines.stream.tell()
            row = lines.next()
            if row.lower() == b"tableend":
                break
            if row.lower() == end or _loose(row) in found.tables:
                raise VctError(f"属性表 {table} 没有 TableEnd", lines.number)
            identity = _loose(row.split(found.separator, 1)[0].strip())
            places[identity] = place
            if len(found.samples) < 5000:
                found.samples += row.split(found.separator)


def _skip(found: Index, lines: Lines, end: bytes) -> None:
    while lines.next().lower() != end:
        pass


_READ: dict[str, _Section] = {
    "Head": _head,
    "FeatureCode": _feature_codes,
    "TableStructure": _tables,
    "Attribute": _attributes,
    **{name: _geometries(name) for name in _GEOMETRIES},
}


# -- objects


def objects(found: Index, lines: Lines, section: str, *, resolve: bool = True) -> Iterator[VctObject]:
    """The objects of a section from here to its end. ``resolve``: put polygons together from their lines."""
    end = f"{section}End".lower().encode()
    read = {"Point": _point, "Line": _line, "Polygon": _polygon}[section]
    while (identity := lines.next()).lower() != end:
        code = lines.next()
        if code.lower() == end:
            raise VctError("对象只有标识码", lines.number)
        lines.next()  # representation or layer name
        yield read(found, lines, _loose(identity), _loose(code), resolve)


def _point(found: Index, lines: Lines, identity: str, code: str, _resolve: bool) -> VctObject:
    text = lines.next()
    while found.separator not in text:  # kind, and in 3.0 the number of points
        text = lines.next()
    xy = _coordinates(text, lines.number, found)
    _take_end(lines)
    return VctObject(identity, code, (np.array([xy]),))


def _line(found: Index, lines: Lines, identity: str, code: str, _resolve: bool) -> VctObject:
    kind = lines.integer("线的特征类型")
    if kind == int(INDIRECT):
        raise VctError("线由别的线构成（特征类型 100），不能读取", lines.number)
    pieces: list[Points] = []
    if _is_third(found):
        for _ in range(lines.integer("线段条数")):
            shape = lines.integer("线段类型")
            pieces.append(_curve(_run(found, lines), shape == 12))
    else:
        pieces.append(_curve(_run(found, lines), kind == 2))
    _take_end(lines)
    if not pieces:
        raise VctError("线没有坐标", lines.number)
    return VctObject(identity, code, (np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])]),))


def _curve(points: Points, arc: bool) -> Points:
    return stroke(points[0], points[1], points[2]) if arc and len(points) == 3 else points


def _run(found: Index, lines: Lines) -> Points:
    """A count and that many coordinates."""
    count = lines.integer("点数")
    if not 0 < count <= _MOST_POINTS:
        raise VctError(f"点数 {count} 不合理", lines.number)
    return np.array([_coordinates(lines.next(), lines.number, found) for _ in range(count)])


def _polygon(found: Index, lines: Lines, identity: str, code: str, resolve: bool) -> VctObject:
    kind = ""
    text = lines.next()
    if found.separator not in text:
        kind, text = _loose(text), lines.next()
    _coordinates(text, lines.number, found)  # the label point
    topology = found.head.get("topo", "")
    direct = kind == DIRECT or (not kind and topology == "0")
    if direct:
        return VctObject(identity, code, tuple(_direct_rings(found, lines)))
    if _is_third(found) and lines.integer("面的构成类型") == 22:
        raise VctError("面由别的面构成（类型 22），不能读取", lines.number)
    names = _names(found, lines)
    if not resolve:
        return VctObject(identity, code, ())
    rings, problem = _rings(found, names)
    return VctObject(identity, code, tuple(rings), problem)


def _direct_rings(found: Index, lines: Lines) -> Iterator[Points]:
    """Rings of coordinates, each after its count, up to the 0; numbers of rings and kinds that stand alone are passed over."""
    while (text := lines.next()) != b"0":
        if found.separator in text:
            raise VctError("坐标之前应有点数", lines.number)
        if not text.lstrip(b"-").isdigit():
            raise VctError(f"应为点数，实际是“{_shown(text)}”", lines.number)
        if found.separator in lines.peek():
            yield np.array([_coordinates(lines.next(), lines.number, found) for _ in range(int(text))])


def _names(found: Index, lines: Lines) -> list[str]:
    """The identities of the lines; 0 begins the next ring. Writers differ in whether the count includes the zeros."""
    count = lines.integer("构成面的线数")
    if not 0 <= count <= _MOST_POINTS:
        raise VctError(f"线数 {count} 不合理", lines.number)
    names: list[str] = []
    while len(names) < count:
        names += _identities(lines, found)
    if "0" in names and sum(name != "0" for name in names) < count and found.separator in lines.peek():
        while sum(name != "0" for name in names) < count:
            names += _identities(lines, found)
    _take_end(lines)
    return names


def _identities(lines: Lines, found: Index) -> list[str]:
    values = [_loose(part.strip()) for part in lines.next().split(found.separator) if part.strip()]
    if not all(value.lstrip("-").isdigit() for value in values):
        raise VctError(f"应为线的标识码，实际是“{'、'.join(values)[:40]}”", lines.number)
    return values


def _take_end(lines: Lines) -> None:
    """The 0 that ends an object in 3.0."""
    if lines.peek() == b"0":
        lines.next()


def _rings(found: Index, names: list[str]) -> tuple[list[Points], str]:
    """The rings that the lines make; a line that lies the wrong way round is turned."""
    rings: list[Points] = []
    chain: list[Points] = []
    for name in [*names, "0"]:
        if name != "0":
            points = _line_points(found, name.lstrip("-"))
            if points is None:
                return [], f"引用的线 {name} 不存在"
            chain.append(points[::-1] if name.startswith("-") else points)
        elif chain:
            ring = _joined(chain)
            if ring is None:
                return [], "线没有首尾相接，围不成面"
            rings.append(ring)
            chain = []
    return rings, "" if rings else "没有引用任何线"


def _line_points(found: Index, name: str) -> Points | None:
    place = found.lines.get(name)
    if place is None or found.points is None:
        return None
    found.points.seek(place[0])
    return np.frombuffer(found.points.read(16 * place[1]), dtype=np.float64).reshape(-1, 2)


def _joined(chain: list[Points]) -> Points | None:
    first = chain[0]
    if len(chain) > 1 and not any(np.array_equal(first[-1], end) for end in (chain[1][0], chain[1][-1])):
        first = first[::-1]
    pieces = [first]
    for piece in chain[1:]:
        end = pieces[-1][-1]
        if not np.array_equal(end, piece[0]):
            piece = piece[::-1]
        if not np.array_equal(end, piece[0]):
            return None
        pieces.append(piece)
    ring = np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])
    return ring if len(ring) >= 4 and np.array_equal(ring[0], ring[-1]) else None


def _coordinates(text: bytes, line: int, found: Index) -> tuple[float, float]:
    parts = text.split(found.separator)
    try:
        x, y = float(parts[0]), float(parts[1])
    except (ValueError, IndexError):
        raise VctError(f"坐标不对：“{_shown(text)}”", line) from None
    return (y, x) if found.turned else (x, y)


def _is_third(found: Index) -> bool:
    return found.head.get("version", "").strip().startswith("3")


def _loose(value: bytes) -> str:
    """Text before the encoding is known; names of tables and codes are ASCII, the rest is only shown."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")


def _shown(text: bytes) -> str:
    return _loose(text[:40])
