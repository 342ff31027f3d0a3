"""Personal geodatabases (.mdb), good and broken; shapes with holes, islands, heights and arcs; any bytes give an answer."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj.enums import WktVersion

from lantu.plans.readers import ReaderError, SourceFeature, inspect, read
from lantu.plans.readers.esrishape import HAS_CURVES, ShapeError, shape
from lantu.plans.readers.jet import Damaged, Database
from lantu.plans.tests.files import GUIYANG, zipped
from lantu.plans.tests.jetfiles import BOOLEAN, DOUBLE, LONG, MEMO, MOMENT, TEXT, JetFile, area, personal

EMPTY = Path(__file__).parent / "data" / "access-2003-empty.mdb.gz"
"""Written by Access itself; from the Python package msaccessdb 1.0.0 (Apache-2.0)."""
WKT = pyproj.CRS.from_epsg(4545).to_wkt(WktVersion.WKT1_ESRI)
E0, N0 = 363_000.0, 2_949_000.0
COLUMNS = (("地类代码", TEXT), ("面积", DOUBLE), ("年份", LONG), ("批准日期", MOMENT), ("永久", BOOLEAN), ("备注", MEMO))


def ring(x: float, y: float, size: float, *, clockwise: bool = True) -> list[tuple[float, float]]:
    points = [(E0 + x, N0 + y), (E0 + x, N0 + y + size), (E0 + x + size, N0 + y + size), (E0 + x + size, N0 + y), (E0 + x, N0 + y)]
    return points if clockwise else points[::-1]


def row(number: int, value: bytes | None, **attributes: object) -> dict[str, object]:
    return {"OBJECTID": number, "SHAPE": value, **attributes}


def features(path: Path) -> list[SourceFeature]:
    return [feature for batch in read(path, chunk=2) for feature in batch]


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what and caught.value.how
    return caught.value


def test_a_personal_geodatabase_gives_rows_frame_text_and_numbers(tmp_path: Path) -> None:
    long_note = "道路红线以内的部分待拆迁。" * 700
    rows = [
        row(7, area(ring(0, 0, 100)), 地类代码="R2 二类居住用地", 面积=10_000.5, 年份=2018, 批准日期=43_101.5, 永久=True, 备注=long_note),
        row(9, area(ring(200, 0, 100)), 地类代码="B1", 面积=None, 年份=None, 备注="abc 商业"),
        row(10, area(ring(900, 0, 100)), 地类代码="删", _how="deleted"),
        row(12, area(ring(400, 0, 100), ring(420, 20, 10, clockwise=False)), 地类代码="G1", 备注="x" * 2000, _how="elsewhere"),
    ]
    path = personal(tmp_path / "总规.mdb", {"用地": (COLUMNS, rows)}, frame=WKT)
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.name, layer.format, layer.count, layer.geometry_kind) == ("总规.mdb", "personal-gdb", 3, "polygon")
    assert layer.frame is not None and layer.frame.frame is not None and layer.frame.frame.epsg == 4545 and not layer.notices
    assert {field.name: field.kind for field in layer.fields}["批准日期"] == "datetime"
    first, second, third = features(path)
    assert [one.row for one in (first, second, third)] == [7, 9, 12]
    assert first.attributes == {
        "OBJECTID": 7, "地类代码": "R2 二类居住用地", "面积": 10_000.5, "年份": 2018,
        "批准日期": "2018-01-01T12:00:00", "永久": True, "备注": long_note,
    }  # fmt: skip
    assert (second.attributes["面积"], second.attributes["永久"], second.attributes["备注"]) == (None, False, "abc 商业")
    assert first.geometry is not None and first.geometry.area == 10_000
    assert third.geometry is not None and third.geometry.area == 9_900 and third.attributes["备注"] == "x" * 2000


def test_many_rows_over_many_pages_and_several_classes(tmp_path: Path) -> None:
    rows = [row(i + 1, area(ring(i * 10.0, 0, 9)), 地类代码=f"代码{i}") for i in range(500)]
    path = personal(tmp_path / "a.mdb", {"甲": (COLUMNS, rows), "乙": (COLUMNS, rows[:3])}, frame=WKT)
    assert [(layer.name, layer.count) for layer in inspect(path, city=GUIYANG)] == [("a.mdb/甲", 500), ("a.mdb/乙", 3)]
    read_back = [feature for batch in read(path, "a.mdb/甲", chunk=64) for feature in batch]
    assert [one.attributes["地类代码"] for one in read_back] == [f"代码{i}" for i in range(500)]


def test_a_row_without_shape_or_with_a_senseless_one_is_accounted_for(tmp_path: Path) -> None:
    square, solid = area(ring(0, 0, 10)), struct.pack("<I", 54) + bytes(60)
    shapes = [square, None, struct.pack("<I", 0), square[:60], solid]
    path = personal(tmp_path / "a.mdb", {"用地": ((), [row(i + 1, one) for i, one in enumerate(shapes)])}, frame=WKT)
    codes = [one.problem.code if one.problem else None for one in features(path)]
    assert codes == [None, "null-geometry", "null-geometry", "unreadable-geometry", "unreadable-geometry"]


def test_islands_heights_and_arcs() -> None:
    island, _high, _curved = shape(area(ring(0, 0, 100), ring(10, 10, 50, clockwise=False), ring(20, 20, 10)))
    assert island is not None and island.geom_type == "MultiPolygon" and island.area == 10_000 - 2_500 + 100
    turned, _high, _curved = shape(area(ring(0, 0, 100, clockwise=False)))  # wrongly turned, yet one shell
    assert turned is not None and turned.area == 10_000
    heights = struct.pack("<7d", 0, 9, 1, 2, 3, 4, 5)
    flat, high, _curved = shape(area(ring(0, 0, 100), extra=heights, kind=15))
    assert flat is not None and high and not flat.has_z
    half = [(E0, N0), (E0, N0 + 20), (E0, N0)]  # down again by an arc through a point to the right
    through = struct.pack("<iii2di", 1, 1, 1, E0 + 10, N0 + 10, 0x80)
    round_, _high, curved = shape(area(half, extra=through, kind=51 | HAS_CURVES))
    assert round_ is not None and curved and round_.area == pytest.approx(math.pi * 50, rel=2e-3)
    centre = struct.pack("<iii2di", 1, 1, 1, E0, N0 + 10, 0)  # the same by its centre, clockwise
    same, _high, _curved = shape(area(half, extra=centre, kind=51 | HAS_CURVES))
    assert same is not None and same.symmetric_difference(round_).area < 0.5
    pulled = struct.pack("<iii4d", 1, 1, 4, E0 + 13.3333, N0 + 20, E0 + 13.3333, N0)
    bent, _high, _curved = shape(area(half, extra=pulled, kind=51 | HAS_CURVES))
    assert bent is not None and bent.area == pytest.approx(math.pi * 50, rel=3e-2)
    with pytest.raises(ShapeError):  # elliptic arcs are not read
        shape(area(half, extra=struct.pack("<iii5di", 1, 1, 5, 0, 0, 0, 1, 1, 0), kind=51 | HAS_CURVES))


def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    good = personal(tmp_path / "a.mdb", {"用地": (COLUMNS, [row(1, area(ring(0, 0, 10)))])}, frame=WKT).read_bytes()
    path = tmp_path / "b.mdb"
    cases = [
        (gzip.decompress(EMPTY.read_bytes()), "mdb-not-geo"),
        (personal(tmp_path / "c.mdb", {"用地": ((), [])}, key=b"abcd").read_bytes(), "mdb-locked"),
        (good[:0x14] + b"\x00" + good[0x15:], "mdb-old"),
        (good[: len(good) // 2 // 4096 * 4096], "mdb-damaged"),
        (good[:-1000], "mdb-damaged"),
    ]
    for content, code in cases:
        path.write_bytes(content)
        assert refusal(path).code == code
    plain = JetFile()
    plain.table("台账", COLUMNS, [])
    path.write_bytes(plain.bytes())
    assert "台账" in refusal(path).what


def test_access_itself_wrote_a_catalogue_that_is_read() -> None:
    database = Database(gzip.decompress(EMPTY.read_bytes()))
    assert database.tables() == ["MSysObjects", "MSysACEs", "MSysQueries", "MSysRelationships"]
    assert len(list(database.rows(database.table("msysaces")))) == database.table("MSysACEs").rows == 23


def test_it_is_found_in_a_zip_under_another_name(tmp_path: Path) -> None:
    content = personal(tmp_path / "a.mdb", {"用地": (COLUMNS, [row(1, area(ring(0, 0, 10)))])}, frame=WKT).read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(zipped({"规划/用地.dat": content}))
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.name, [note.code for note in layer.notices]) == ("规划/用地.dat", ["wrong-extension"])


@given(at=st.integers(4096, 40_000), value=st.binary(min_size=1, max_size=12))
def test_any_damage_is_read_or_refused_never_a_crash(at: int, value: bytes) -> None:
    content = bytearray(_sample())
    at = min(at, len(content) - len(value))
    content[at : at + len(value)] = value
    try:
        database = Database(bytes(content))
        for name in database.tables():
            for one in database.rows(database.table(name)):
                if isinstance(one.get("SHAPE"), bytes):
                    shape(one["SHAPE"])
    except (Damaged, ShapeError, KeyError):
        pass


def _sample() -> bytes:
    made = JetFile()
    made.table("用地", (("SHAPE", 11), *COLUMNS), [row(i, area(ring(i, 0, 10)), 地类代码="R2", 备注="长" * 50 * i) for i in range(40)])
    return made.bytes()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_shape_or_a_shape_error(raw: bytes) -> None:
    try:
        found, _high, _curved = shape(raw)
    except ShapeError:
        return
    assert found is None or isinstance(found, shapely.Geometry)
