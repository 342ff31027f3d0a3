"""界址点 TXT: round trip and what is wrong where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.geodesy.boundary_text import BoundaryText, Parcel, decode, parse, render
from lantu.geodesy.errors import BoundaryTextError

HEADER = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=36\n[地块坐标]\n"
SQUARE = "J1,1,10.000,36000000.000\nJ2,1,10.000,36000010.000\nJ3,1,20.000,36000010.000\nJ1,1,10.000,36000000.000\n"


def test_x_is_north_and_y_is_east() -> None:
    content = parse(HEADER + "4,0.01,DK-1,地块一,面,,,0701,@\n" + SQUARE)
    assert content.header["带号"] == "36"
    assert content.parcels[0].attributes["地块编号"] == "DK-1"
    assert content.parcels[0].rings == [[(36000000.0, 10.0), (36000010.0, 10.0), (36000010.0, 20.0)]]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("4,0.01,DK-1,,面,,,,@\nJ1,1,abc,2\n", 7),
        ("4,0.01,DK-1,,面,,,,@\nJ1,1,nan,2\n", 7),
        ("4,0.01,DK-1,,面,,,,@\nJ1,1\n", 7),
        ("4,0.01,DK-1,,面,,,,@\nJ1,1,1,1\nJ2,1,2,2\nJ3,1,3,1\n", 6),
        ("4,0.01,DK-1,,面,,,,@\n", 6),
        (SQUARE, 6),
        ("", 0),
    ],
)
def test_what_is_wrong_names_its_line(body: str, line: int) -> None:
    with pytest.raises(BoundaryTextError) as caught:
        parse(HEADER + body)
    assert caught.value.line == line


coordinate = st.integers(0, 10**8).map(lambda n: n / 1000)
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8, unique=True)


@given(st.lists(st.lists(ring, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_written_is_read_again(parcels: list[list[list[tuple[float, float]]]]) -> None:
    content = BoundaryText({"带号": "36"}, [Parcel({"地块编号": str(i)}, rings) for i, rings in enumerate(parcels)])
    back = parse(render(content))
    assert [parcel.rings for parcel in back.parcels] == parcels
    assert back.header == content.header


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(HEADER + text)
    except BoundaryTextError as error:
        assert error.reason


@pytest.mark.parametrize(("encoding", "named"), [("gbk", "gb18030"), ("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig")])
def test_both_usual_encodings_are_told_apart(encoding: str, named: str) -> None:
    assert decode(HEADER.encode(encoding)) == (HEADER, named)


def test_bytes_of_no_encoding_name_their_line() -> None:
    with pytest.raises(BoundaryTextError) as caught:
        decode(b"[x]\n\xff\xff\xff\n")
    assert caught.value.line == 2
