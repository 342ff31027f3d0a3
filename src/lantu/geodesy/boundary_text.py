"""Boundary-point text (界址点坐标 TXT), the format that land authorities exchange (domain 3.5).

Points are written X = north, Y = east (with zone prefix when the zone is stated); this module reads and writes (east, north).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lantu.geodesy.errors import BoundaryTextError

ATTRIBUTES, PARCELS = "[属性描述]", "[地块坐标]"
PARCEL_FIELDS = ("点数", "面积", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码")


@dataclass(slots=True)
class Parcel:
    """One parcel: header values by ``PARCEL_FIELDS`` and rings of (east, north) points without the closing point; outer ring first."""

    attributes: dict[str, str]
    rings: list[list[tuple[float, float]]] = field(default_factory=list)
    line: int = 0


@dataclass(slots=True)
class BoundaryText:
    """A whole file: the header values and the parcels."""

    header: dict[str, str]
    parcels: list[Parcel]


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding of a file's bytes: UTF-8 if it is valid, else GB18030. Raises ``BoundaryTextError`` with the line."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
    raise BoundaryTextError("既不是 UTF-8 也不是 GB18030 编码", line)


def parse(text: str) -> BoundaryText:
    """Read a file's text. Raises ``BoundaryTextError`` with the line."""
    header: dict[str, str] = {}
    parcels: list[Parcel] = []
    section = ""
    points: dict[int, list[tuple[float, float]]] = {}
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("["):
            section = line
        elif section == ATTRIBUTES:
            key, _, value = line.partition("=")
            header[key.strip()] = value.strip()
        elif section == PARCELS and line.endswith("@"):
            _close(parcels, points)
            points = {}
            values = [part.strip() for part in line[:-1].split(",")]
            parcels.append(Parcel(dict(zip(PARCEL_FIELDS, values, strict=False)), line=number))
        elif section == PARCELS:
            ring, point = _point(line, number)
            if not parcels:
                raise BoundaryTextError("界址点写在第一个地块（以 @ 结尾的行）之前", number)
            points.setdefault(ring, []).append(point)
        else:
            raise BoundaryTextError("内容不在 [属性描述] 或 [地块坐标] 之下", number)
    _close(parcels, points)
    if not parcels:
        raise BoundaryTextError("没有地块")
    return BoundaryText(header, parcels)


def _point(line: str, number: int) -> tuple[int, tuple[float, float]]:
    parts = [part.strip() for part in line.split(",")]
    if len(parts) < 4:
        raise BoundaryTextError("界址点一行要有点号、圈号、X、Y 四项", number)
    try:
        ring, north, east = int(parts[1]), float(parts[2]), float(parts[3])
    except ValueError:
        raise BoundaryTextError("圈号或坐标不是数字", number) from None
    if not (abs(north) < 1e9 and abs(east) < 1e9):  # also false for NaN
        raise BoundaryTextError("坐标不是有限的数", number)
    return ring, (east, north)


def _close(parcels: list[Parcel], points: dict[int, list[tuple[float, float]]]) -> None:
    """Attach the rings collected so far to the last parcel; each must close and have an area."""
    for ring in sorted(points):
        ring_points = points[ring]
        if len(ring_points) < 4 or ring_points[0] != ring_points[-1]:
            raise BoundaryTextError(f"第 {ring} 圈没有闭合（末点应与首点相同，至少 4 点）", parcels[-1].line)
        parcels[-1].rings.append(ring_points[:-1])
    if parcels and not parcels[-1].rings:
        raise BoundaryTextError("地块没有界址点", parcels[-1].line)


def render(content: BoundaryText) -> str:
    """The text of a file; coordinates with three decimals (mm)."""
    lines = [ATTRIBUTES, *(f"{key}={value}" for key, value in content.header.items()), PARCELS]
    for parcel in content.parcels:
        count = sum(len(ring) + 1 for ring in parcel.rings)
        values = {**dict.fromkeys(PARCEL_FIELDS, ""), **parcel.attributes, "点数": str(count)}
        lines.append(",".join(values[name] for name in PARCEL_FIELDS) + ",@")
        number = 0
        for index, ring in enumerate(parcel.rings, start=1):
            for position, (east, north) in enumerate([*ring, ring[0]]):
                label = number + position + 1 if position < len(ring) else number + 1
                lines.append(f"J{label},{index},{north:.3f},{east:.3f}")
            number += len(ring)
    return "\n".join(lines) + "\n"
