"""VCT 2.0 and 3.0, faithfully made, good and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.plans.readers import LayerInfo, ReaderError, SourceFeature, inspect, read
from lantu.plans.tests.files import GUIYANG

E0, N0 = 36_363_000.0, 2_949_000.0
HEAD3 = """HeadBegin
Datamark: LANDUSE-VCT
Version:3.0
CoordinateSystemType:P
Dim:2
XAxisDirection:E
YAxisDirection:N
XYUnit:M
Spheroid:CGCS2000,6378137.0,298.257222101
Projection:高斯-克吕格投影
Parameters:108,1,36500000,0,3,36
ExtentMin:36363000,2949000
ExtentMax:36363300,2949200
Separator:,
HeadEnd

FeatureCodeBegin
2003010100,土地用途区,Polygon,TDYTQ
1000600200,行政区界线,Line,XZQJX
3001000000,控制点,Point,KZD
FeatureCodeEnd

TableStructureBegin
TDYTQ,4
BSM,Int10
TDYTQLXDM,Char,3
MC,Char,60
MJ,Float,15,2
0

XZQJX,2
BSM,Int10
JXLX,Char,6
0

KZD,1
BSM,Int10
0
TableStructureEnd
"""


def point(x: float, y: float) -> str:
    return f"{E0 + x},{N0 + y}"


def line3(identity: int, points: list[tuple[float, float]], code: str = "1099000000") -> str:
    coordinates = "\n".join(point(x, y) for x, y in points)
    return f"{identity}\n{code}\nunknown\n1\n1\n11\n{len(points)}\n{coordinates}\n0\n\n"


def polygon3(identity: int, names: str, count: int) -> str:
    return f"{identity}\n2003010100\nunknown\n100\n{point(10, 10)}\n21\n{count}\n{names}\n0\n\n"


def vct3(polygons: str | None = None, more_lines: str = "") -> str:
    """Two squares side by side sharing line 2, the first with a hole."""
    lines = line3(1, [(100, 0), (0, 0), (0, 100), (100, 100)]) + line3(2, [(100, 100), (100, 0)])
    lines += line3(3, [(100, 0), (200, 0), (200, 100), (100, 100)])
    lines += line3(4, [(20, 20), (40, 20), (40, 40), (20, 40), (20, 20)])
    lines += line3(9, [(0, 0), (300, 200)], "1000600200") + more_lines
    faces = polygons or (polygon3(11, "1,2,0,4", 4) + polygon3(12, "3,2", 2))
    return (
        HEAD3
        + f"PointBegin\n8\n3001000000\nunknown\n1\n1\n{point(5, 6)}\n0\nPointEnd\n\n"
        + f"LineBegin\n{lines}LineEnd\n\nPolygonBegin\n{faces}PolygonEnd\n\n"
        + "AttributeBegin\nTDYTQ\n11,11,010,基本农田保护区,9600.00\n12,12,030,城镇建设用地区,10000.00\nTableEnd\n"
        + "XZQJX\n9,9,640200\nTableEnd\nKZD\n8,8\nTableEnd\nAttributeEnd\n"
    )


VCT2 = f"""HeadBegin
DataMark: CNSDTF-VCT
Version: 2.0
Unit: M
Dim: 2
Topo: 1
Coordinate: M
Projection: Gauss-Krueger Projection
Spheroid: IAG-75 Spheroid
Parameters: 6378140,6356755
Meridian: 108
MinX: 36363000
MinY: 2949000
Scale: 10000
Separator: ,
HeadEnd
FeatureCodeBegin
2001010100,地类图斑,Polygon,255,DLTB
FeatureCodeEnd
TableStructureBegin
DLTB,2
BSM,Integer,10
DLMC,Char,20
TableStructureEnd
LineBegin
1
1099000000
JZX
1
4
{point(100, 0)}
{point(0, 0)}
{point(0, 100)}
{point(100, 100)}
2
1099000000
JZX
1
2
{point(100, 0)}
{point(100, 100)}
LineEnd
PolygonBegin
7
2001010100
DLTB
{point(10, 10)}
2
1,-2
PolygonEnd
AttributeBegin
DLTB
7,7,水田
TableEnd
AttributeEnd
"""


def saved(folder: Path, text: str, encoding: str = "gb18030") -> Path:
    path = folder / "规划.vct"
    path.write_bytes(text.encode(encoding))
    return path


def layers_of(path: Path) -> dict[str, LayerInfo]:
    return {layer.name.rpartition("/")[2]: layer for layer in inspect(path, city=GUIYANG)}


def rows_of(path: Path, layer: LayerInfo) -> list[SourceFeature]:
    assert layer.encoding is not None
    return [feature for batch in read(path, layer.name, encoding=layer.encoding.name, chunk=1) for feature in batch]


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what
    assert caught.value.how
    return caught.value


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_version_3_gives_a_layer_per_table(tmp_path: Path, encoding: str) -> None:
    path = saved(tmp_path, vct3(), encoding)
    layers = layers_of(path)
    assert {name: (layer.geometry_kind, layer.count) for name, layer in layers.items()} == {
        "TDYTQ": ("polygon", 2),
        "XZQJX": ("line", 1),
        "KZD": ("point", 1),
    }
    layer = layers["TDYTQ"]
    assert layer.frame is not None
    assert layer.frame.frame is not None
    assert (layer.frame.frame.epsg, layer.frame.certainty) == (4524, "sure")
    first, second = rows_of(path, layer)
    assert first.attributes["MC"] == "基本农田保护区"
    assert (first.attributes["TDYTQLXDM"], first.attributes["MJ"], first.attributes["要素名称"]) == ("010", 9600, "土地用途区")
    assert first.geometry is not None
    assert second.geometry is not None
    assert first.geometry.area == pytest.approx(10_000 - 400)
    assert second.geometry.area == pytest.approx(10_000)
    assert first.geometry.touches(second.geometry)


def test_version_2_and_wrong_directions_of_lines(tmp_path: Path) -> None:
    for names in ("1,-2", "1,2", "-1,2"):
        path = saved(tmp_path, VCT2.replace("1,-2", names))
        (layer,) = layers_of(path).values()
        assert layer.declared_crs == "EPSG:2360"
        (row,) = rows_of(path, layer)
        assert row.attributes["DLMC"] == "水田"
        assert row.geometry is not None
        assert row.geometry.area == pytest.approx(10_000)


def test_direct_coordinates(tmp_path: Path) -> None:
    ring = "\n".join(point(x, y) for x, y in [(0, 0), (50, 0), (50, 50), (0, 50), (0, 0)])
    face = f"11\n2003010100\nunknown\n1\n{point(10, 10)}\n11\n1\n5\n{ring}\n0\n"
    path = saved(tmp_path, vct3(face))
    (row,) = rows_of(path, layers_of(path)["TDYTQ"])
    assert row.geometry is not None
    assert row.geometry.area == pytest.approx(2_500)


def test_arcs_and_counts_without_the_zeros(tmp_path: Path) -> None:
    arc = (
        f"5\n1099000000\nunknown\n1\n2\n12\n3\n{point(0, 0)}\n{point(50, 50)}\n{point(100, 0)}\n11\n2\n{point(100, 0)}\n{point(0, 0)}\n0\n"
    )
    path = saved(tmp_path, vct3(polygon3(11, "5", 1) + polygon3(12, "1,2,0,4", 3), arc))
    half, holed = rows_of(path, layers_of(path)["TDYTQ"])
    assert half.geometry is not None
    assert half.geometry.area == pytest.approx(3.14159 * 50**2 / 2, rel=1e-3)
    assert holed.geometry is not None
    assert len(holed.geometry.interiors) == 1  # type: ignore[attr-defined]


def test_objects_that_cannot_be_put_together_keep_their_row(tmp_path: Path) -> None:
    path = saved(tmp_path, vct3(polygon3(11, "1,99", 2) + polygon3(12, "1,4", 2) + polygon3(13, "1,2", 2)))
    layer = layers_of(path)["TDYTQ"]
    assert [(row.row, row.problem.code if row.problem else "") for row in rows_of(path, layer)] == [
        (1, "vct-shape"),
        (2, "vct-shape"),
        (3, "vct-no-row"),
    ]
    assert "some-unusable" in [n.code for n in layer.notices]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("HeadBegin", "HeadBegun", None),
        ("36363000.0,2949000.0", "36363000.0,二百", "二百"),
        ("TableEnd", "TabelEnd", None),
        ("\n21\n", "\nX\n", "构成类型"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, old: str, new: str, line: str | None) -> None:
    error = refusal(saved(tmp_path, vct3().replace(old, new, 1)))
    assert error.code in {"vct-damaged", "no-data"}
    if line:
        assert error.values["line"] > 1
        assert line in error.what


@pytest.mark.parametrize("keep", [0.95, 0.7, 0.5, 0.2])
def test_a_cut_file_is_refused(tmp_path: Path, keep: float) -> None:
    text = vct3()
    assert refusal(saved(tmp_path, text[: int(len(text) * keep)])).code in {"vct-damaged", "vct-file-damaged"}


_NOISE = [b"\n", b",", b"0", b"-", b"9", b"\xff", b"End", b""]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([b"\n", b",", b"0", b"-", b"9", b"\xff", b"End", b""])), max_size=5), st.booleans()
)
def test_any_broken_file_is_read_or_refused(tmp_path: Path, changes: list[tuple[float, bytes]], second: bool) -> None:
    data = (VCT2 if second else vct3()).encode("gb18030")
    for share, new in changes:
        at = int(share * (len(data) - 1))
        data = data[:at] + new + data[at + 1 :]
    path = tmp_path / "a.vct"
    path.write_bytes(data)
    try:
        for layer in inspect(path, city=GUIYANG):
            assert sum(len(batch) for batch in read(path, layer.name)) == layer.count
    except ReaderError as error:
        assert error.what
