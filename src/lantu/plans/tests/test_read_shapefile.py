"""Shapefiles as they come: encodings, missing and wrong side files, cut files."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.plans.readers import ReaderError, inspect, read
from lantu.plans.tests.files import GUIYANG, NAMES, shapefile, squares


def codes(path: Path) -> list[str]:
    return [notice.code for notice in inspect(path, city=GUIYANG)[0].notices]


def texts(path: Path, encoding: str | None = None) -> list[str]:
    return [feature.attributes["地类"] for batch in read(path, encoding=encoding) for feature in batch]


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what
    assert caught.value.how
    return caught.value


def test_a_whole_file_is_read_with_rows_and_values(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.name, layer.count, layer.kinds, layer.geometry_kind) == ("tuban.shp", 3, {"Polygon": 3}, "polygon")
    assert [(f.name, f.kind) for f in layer.fields] == [("地类", "text"), ("面积", "number"), ("编号", "integer")]
    assert layer.frame is not None
    assert layer.frame.frame is not None
    assert (layer.frame.frame.epsg, layer.frame.certainty) == (4545, "sure")
    assert layer.notices == ()
    features = [f for batch in read(path, chunk=2) for f in batch]
    assert [f.row for f in features] == [1, 2, 3]
    assert features[1].attributes == {"地类": NAMES[1], "面积": 1.5, "编号": 1}
    assert all(f.geometry.equals(square) for f, square in zip(features, squares(), strict=True))


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8", "Big5"])
@pytest.mark.parametrize("cpg", [True, False])
def test_text_is_right_with_and_without_cpg(tmp_path: Path, encoding: str, cpg: bool) -> None:
    names = ["居住用地", "商業服務設施用地", "道路用地"] if encoding == "Big5" else NAMES
    path = shapefile(tmp_path, encoding="UTF-8" if encoding == "Big5" else encoding, names=["x" * len(n.encode(encoding)) for n in names])
    replace_text(path, names, encoding)
    path.with_suffix(".cpg").write_text(encoding) if cpg else path.with_suffix(".cpg").unlink()
    (layer,) = inspect(path)
    assert layer.encoding is not None
    assert layer.encoding.name == {"GBK": "GB18030"}.get(encoding, encoding)
    key = layer.fields[0].name
    assert [f.attributes[key] for f in layer.sample] == names


def replace_text(path: Path, names: list[str], encoding: str) -> None:
    """Byte surgery: the placeholder texts and the Chinese field names in this encoding."""
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    header, width = struct.unpack("<HH", data[8:12])
    for i, name in enumerate(names):
        start = header + i * width + 1
        data[start : start + len(name.encode(encoding))] = name.encode(encoding)
    for i, field in enumerate(("地類名稱", "面積", "編號") if encoding == "Big5" else ("地类", "面积", "编号")):
        data[32 + 32 * i : 32 + 32 * i + 11] = field.encode(encoding)[:10].ljust(11, b"\0")
    dbf.write_bytes(data)


@pytest.mark.parametrize("wrong", ["UTF-8", "ISO-8859-1", "Big5"])
def test_a_wrong_cpg_is_said_and_the_text_is_right(tmp_path: Path, wrong: str) -> None:
    path = shapefile(tmp_path, encoding="GBK")
    path.with_suffix(".cpg").write_text(wrong)
    assert codes(path) == ["wrong-cpg"]
    assert texts(path) == NAMES


def test_gbk_cpg_over_utf8_text_is_said(tmp_path: Path) -> None:
    path = shapefile(tmp_path, encoding="UTF-8")
    path.with_suffix(".cpg").write_text("GBK")
    assert codes(path) == ["wrong-cpg"]
    assert texts(path) == NAMES


def test_a_wrongly_chosen_encoding_gives_problems_not_mojibake(tmp_path: Path) -> None:
    path = shapefile(tmp_path, encoding="GBK")
    features = [f for batch in read(path, encoding="UTF-8") for f in batch]
    assert [f.problem.code if f.problem else None for f in features] == ["undecodable-text"] * 3
    assert all(f.geometry is not None for f in features)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="火星文"):
        list(read(shapefile(tmp_path), encoding="火星文"))


def test_a_character_cut_by_the_field_end_is_dropped(tmp_path: Path) -> None:
    path = shapefile(tmp_path, encoding="GBK", names=["住宅用地AB"] * 3)
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes().replace("住宅用地AB".encode("gbk"), "住宅用地".encode("gbk") + b" \xc9")
    dbf.write_bytes(data)
    assert {text.strip() for text in texts(path)} == {"住宅用地"}


def test_without_prj_the_numbers_speak_and_it_is_said(tmp_path: Path) -> None:
    path = shapefile(tmp_path, crs=None)
    (layer,) = inspect(path, city=GUIYANG)
    assert "missing-prj" in [n.code for n in layer.notices]
    assert layer.frame is not None
    assert layer.frame.certainty == "likely"
    assert 4545 in [f.epsg for f in layer.frame.candidates]


@pytest.mark.parametrize("what", ["missing", "cut", "nonsense"])
def test_the_index_is_rebuilt(tmp_path: Path, what: str) -> None:
    path = shapefile(tmp_path)
    index = path.with_suffix(".shx")
    if what == "missing":
        index.unlink()
    elif what == "cut":
        index.write_bytes(index.read_bytes()[:-8])
    else:
        index.write_bytes(index.read_bytes()[:100] + b"\x7f" * 24)
    assert codes(path) == ["missing-shx" if what == "missing" else "broken-shx"]
    assert texts(path) == NAMES
    assert not list(tmp_path.glob("data*"))


def test_without_dbf_there_are_shapes_but_an_error_notice(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").unlink()
    (layer,) = inspect(path)
    assert [(n.code, n.level) for n in layer.notices] == [("missing-dbf", "error")]
    assert [f.attributes for batch in read(path) for f in batch] == [{}, {}, {}]


@pytest.mark.parametrize(("suffix", "code"), [(".shp", "shp-truncated"), (".dbf", "dbf-truncated")])
@pytest.mark.parametrize("keep", [0.9, 0.3])
def test_a_cut_file_is_refused_with_both_sizes(tmp_path: Path, suffix: str, code: str, keep: float) -> None:
    path = shapefile(tmp_path)
    part = path.with_suffix(suffix)
    data = part.read_bytes()
    part.write_bytes(data[: int(len(data) * keep)])
    error = refusal(path)
    assert error.code == code
    assert error.where
    assert error.values["actual"] == int(len(data) * keep)


def test_more_shapes_than_rows_are_refused(tmp_path: Path) -> None:
    path, other = shapefile(tmp_path), shapefile(tmp_path, "other", geometries=squares(5))
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    assert refusal(path).code == "rows-differ"


def test_deleted_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    header, width = struct.unpack("<HH", data[8:12])
    data[header + width] = ord("*")
    dbf.write_bytes(data)
    (layer,) = inspect(path)
    assert layer.count == 2
    assert [n.code for n in layer.notices] == ["deleted-rows"]
    assert [f.row for batch in read(path) for f in batch] == [1, 3]


def test_no_features_is_refused(tmp_path: Path) -> None:
    assert refusal(shapefile(tmp_path, geometries=[])).code == "no-features"


def test_features_that_cannot_be_used_are_handed_over_with_the_reason(tmp_path: Path) -> None:
    path = shapefile(tmp_path, geometries=[squares()[0], None, *squares(1, at=(363_500, 2_949_000))])
    data = bytearray(path.read_bytes())
    at = data.rfind(struct.pack("<d", 363_500.0))
    data[at : at + 8] = struct.pack("<d", np.nan)
    path.write_bytes(data)
    (layer,) = inspect(path)
    assert layer.count == 3
    assert [n.code for n in layer.notices] == ["some-unusable"]
    features = [f for batch in read(path) for f in batch]
    assert [f.problem.code if f.problem else None for f in features] == [None, "null-geometry", "not-finite"]
    assert features[2].geometry is None
    assert features[2].attributes["编号"] == 2


def test_heights_are_dropped_and_said(tmp_path: Path) -> None:
    path = shapefile(tmp_path, geometries=[shapely.force_3d(s, 1100.0) for s in squares()], geometry_type="Polygon Z")
    assert codes(path) == ["has-height"]
    assert not any(f.geometry.has_z for batch in read(path) for f in batch if f.geometry)


def test_a_self_crossing_polygon_is_read_for_the_quality_check_to_judge(tmp_path: Path) -> None:
    bow = shapely.Polygon([(363_000, 2_949_000), (363_100, 2_949_100), (363_100, 2_949_000), (363_000, 2_949_100)])
    (batch,) = read(shapefile(tmp_path, geometries=[bow]))
    assert batch[0].problem is None
    assert batch[0].geometry is not None
    assert not batch[0].geometry.is_valid


def test_another_province_is_said(tmp_path: Path) -> None:
    path = shapefile(tmp_path, geometries=[shapely.box(121.4, 31.1, 121.5, 31.2)], crs="EPSG:4490")
    assert "out-of-city" in codes(path)


def test_swapped_axes_are_said(tmp_path: Path) -> None:
    path = shapefile(tmp_path, geometries=[shapely.transform(s, lambda xy: xy[:, ::-1]) for s in squares()], crs=None)
    assert "axes-swapped" in codes(path)


def test_a_wrong_zone_in_the_prj_is_said(tmp_path: Path) -> None:
    assert "wrong-frame-declared" in codes(shapefile(tmp_path, crs="EPSG:4544"))


def test_a_prj_that_is_not_utf8_does_not_stop_the_reading(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    prj = path.with_suffix(".prj")
    prj.write_bytes(prj.read_bytes().replace(b"CGCS2000", "国家2000".encode("gbk")))
    assert inspect(path, city=GUIYANG)[0].count == sum(len(batch) for batch in read(path)) == 3


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cut_or_flipped_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = shapefile(tmp_path)
    part = path.with_suffix(data.draw(st.sampled_from([".shp", ".dbf", ".shx", ".cpg", ".prj"])))
    content = bytearray(part.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    part.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        layers = inspect(path, city=GUIYANG)
        assert sum(len(batch) for batch in read(path)) == layers[0].count
    except ReaderError as error:
        assert error.what
        assert error.how
