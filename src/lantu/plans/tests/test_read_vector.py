"""FileGDB, GML, KML, MapInfo, FlatGeobuf, GeoParquet, good and broken; arcs; text that others have spoilt."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.plans.readers import LayerInfo, ReaderError, SourceFeature, inspect, read
from lantu.plans.readers.curves import is_curved, straightened, stroke
from lantu.plans.readers.encoding import REPAIRS, mojibake, repaired
from lantu.plans.tests.files import GUIYANG, NAMES, parts, squares, write, zipped

DEGREES = [shapely.box(106.6 + i / 1000, 26.5, 106.601 + i / 1000, 26.501) for i in range(3)]


def only(path: Path) -> tuple[LayerInfo, list[SourceFeature]]:
    (layer,) = inspect(path, city=GUIYANG)
    encoding = layer.encoding.name if layer.encoding else None
    return layer, [feature for batch in read(path, layer.name, encoding=encoding, chunk=2) for feature in batch]


def refusal(path: Path) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG)
    assert caught.value.what
    assert caught.value.how
    return caught.value


def write_as(path: Path, driver: str, **options: object) -> Path:
    return write(path, options.pop("geometries", squares()), driver=driver, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "driver", "crs", "wanted"),
    [
        ("用地.gdb", "OpenFileGDB", "EPSG:4545", ("filegdb", 4545)),
        ("用地.gml", "GML", "EPSG:4490", ("gml", 4490)),
        ("用地.gml", "GML", "EPSG:4545", ("gml", 4545)),
        ("用地.kml", "KML", "EPSG:4326", ("kml", 4326)),
        ("用地.mif", "MapInfo File", "EPSG:4545", ("mapinfo", 4545)),
        ("用地.tab", "MapInfo File", "EPSG:4545", ("mapinfo", 4545)),
        ("用地.fgb", "FlatGeobuf", "EPSG:4545", ("flatgeobuf", 4545)),
    ],
)
def test_every_format_gives_rows_frame_and_chinese_text(tmp_path: Path, name: str, driver: str, crs: str, wanted: tuple[str, int]) -> None:
    format_key, epsg = wanted
    metres = crs == "EPSG:4545"
    path = write_as(tmp_path / name, driver, geometries=squares() if metres else DEGREES, crs=crs)
    layer, rows = only(path)
    assert (layer.format, layer.count, layer.geometry_kind) == (format_key, 3, "polygon")
    assert layer.frame is not None
    assert layer.frame.frame is not None
    assert layer.frame.frame.epsg == epsg
    assert [row.attributes["地类"] for row in rows] == NAMES
    assert [row.row for row in rows] == [1, 2, 3]
    wanted = squares() if metres else DEGREES
    assert all(
        row.geometry is not None and row.geometry.symmetric_difference(w).area < w.area * 1e-3 for row, w in zip(rows, wanted, strict=True)
    )


def test_a_geodatabase_in_a_zip_with_several_classes(tmp_path: Path) -> None:
    path = write_as(tmp_path / "规划.gdb", "OpenFileGDB", layer="用地")
    write(path, squares(2), driver="OpenFileGDB", layer="红线")
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped({f"成果/规划.gdb/{one.name}": one.read_bytes() for one in sorted(path.iterdir())}))
    assert {layer.name: layer.count for layer in inspect(archive, city=GUIYANG)} == {"成果/规划.gdb/用地": 3, "成果/规划.gdb/红线": 2}
    assert [f.row for batch in read(archive, "成果/规划.gdb/红线") for f in batch] == [1, 2]


def test_a_geodatabase_without_its_tables_is_refused(tmp_path: Path) -> None:
    path = write_as(tmp_path / "a.gdb", "OpenFileGDB")
    archive = tmp_path / "a.zip"
    files = {f"a.gdb/{one.name}": one.read_bytes() for one in sorted(path.iterdir())}
    archive.write_bytes(zipped({name: data[: len(data) // 2] for name, data in files.items()}))
    assert refusal(archive).code in {"unreadable", "gdb-empty", "short-read"}
    kept = {name: data for name, data in files.items() if "a00000001." in name}
    archive.write_bytes(zipped(kept))
    assert refusal(archive).code in {"unreadable", "gdb-empty"}


def test_kmz_is_a_zip_of_kml(tmp_path: Path) -> None:
    kml = write_as(tmp_path / "doc.kml", "KML", geometries=DEGREES, crs="EPSG:4326")
    path = tmp_path / "a.kmz"
    path.write_bytes(zipped({"doc.kml": kml.read_bytes()}))
    layer, rows = only(path)
    assert (layer.format, len(rows)) == ("kml", 3)


@pytest.mark.parametrize(("name", "driver"), [("a.gml", "GML"), ("a.kml", "KML")])
def test_cut_and_malformed_xml_names_the_line(tmp_path: Path, name: str, driver: str) -> None:
    path = write_as(tmp_path / name, driver, geometries=DEGREES, crs="EPSG:4326")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.7)])
    error = refusal(path)
    assert error.code == "xml-damaged"
    assert error.values["line"] > 1
    path.write_bytes(whole.replace(b"</", b"<", 1))
    assert refusal(path).code == "xml-damaged"


def test_entities_in_xml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    bomb = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&b;</name></Document></kml>'
    path.write_text(bomb)
    head = bomb.replace("<!DOCTYPE", "<!-- x --><!DOCTYPE")
    assert refusal(path).code in {"xml-entities", "no-data"}
    gml = tmp_path / "a.gml"
    gml.write_text(head.replace("kml>", "c>").replace("<kml", "<c").replace("/kml/2.2", "/gml"))
    assert refusal(gml).code == "xml-entities"


def test_gml_in_gbk_is_read(tmp_path: Path) -> None:
    path = write_as(tmp_path / "a.gml", "GML", geometries=DEGREES, crs="EPSG:4490")
    text = path.read_text(encoding="utf-8").replace('encoding="utf-8"', 'encoding="GBK"', 1)
    path.write_bytes(text.encode("gbk"))
    _layer, rows = only(path)
    assert [row.attributes["地类"] for row in rows] == NAMES
    path.write_bytes(text.encode("gbk").replace("住宅".encode("gbk"), b"\xff\xff\xff"))
    assert refusal(path).code == "xml-damaged"


@pytest.mark.parametrize("said", ["WindowsLatin1", "Neutral", "WindowsTradChinese"])
@pytest.mark.parametrize("suffix", [".mif", ".tab"])
def test_a_wrong_mapinfo_charset_is_found_out(tmp_path: Path, suffix: str, said: str) -> None:
    path = write(tmp_path / f"a{suffix}", squares(), driver="MapInfo File")
    path.write_bytes(path.read_bytes().replace(b"WindowsSimpChinese", said.encode()))
    layer, rows = only(path)
    assert layer.encoding is not None
    assert layer.encoding.name == "GB18030"
    assert [row.attributes["地类"] for row in rows] == NAMES


@pytest.mark.parametrize("missing", [".dat", ".map", ".mid"])
def test_a_missing_side_file_of_mapinfo_is_named(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path / ("a.mif" if missing == ".mid" else "a.tab"), squares(), driver="MapInfo File")
    path.with_suffix(missing).unlink()
    error = refusal(path)
    assert (error.code, error.values["suffix"]) == ("mapinfo-part", missing)


@pytest.mark.parametrize("keep", [0.9, 0.5, 0.1])
def test_a_cut_flatgeobuf_is_refused(tmp_path: Path, keep: float) -> None:
    path = write(tmp_path / "a.fgb", squares(400), driver="FlatGeobuf")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refusal(path).code in {"unreadable", "short-read"}


def geoparquet(path: Path, geo: dict[str, object] | None, count: int = 3) -> Path:
    table = pa.table({"geometry": [shapely.to_wkb(g) for g in squares(count)], "地类": [NAMES[i % 3] for i in range(count)]})
    meta = {} if geo is None else {"geo": json.dumps(geo)}
    pq.write_table(table.replace_schema_metadata(meta), path)
    return path


def test_geoparquet_good_and_broken(tmp_path: Path) -> None:
    import pyproj

    crs = pyproj.CRS.from_epsg(4545).to_json_dict()
    good = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": crs}}}
    layer, rows = only(geoparquet(tmp_path / "a.parquet", good))
    assert layer.frame is not None
    assert (layer.count, layer.frame.certainty) == (3, "sure")
    assert [row.attributes["地类"] for row in rows] == NAMES
    assert refusal(geoparquet(tmp_path / "b.parquet", None)).code == "parquet-not-geo"
    coded = {**good, "columns": {"geometry": {"encoding": "point"}}}
    assert refusal(geoparquet(tmp_path / "c.parquet", coded)).code == "parquet-coding"
    path = geoparquet(tmp_path / "d.parquet", good, 500)
    path.write_bytes(path.read_bytes()[:-200])
    assert refusal(path).code == "parquet-truncated"
    without = {**good, "columns": {"geometry": {"encoding": "WKB"}}}
    layer, _rows = only(geoparquet(tmp_path / "e.parquet", without))
    assert layer.declared_crs == "EPSG:4326"
    assert "wrong-frame-declared" in [n.code for n in layer.notices]


# arcs

GML_ARC = """<?xml version="1.0" encoding="UTF-8"?><FeatureCollection xmlns="http://www.opengis.net/wfs"
xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="http://a"><gml:featureMember><a:F gml:id="f1"><a:n>x</a:n><a:geom>
<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4545"><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments><gml:Arc>
<gml:posList>2949000 363000 2949100 363100 2949000 363200</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember>
<gml:curveMember><gml:LineString><gml:posList>2949000 363200 2949000 363000</gml:posList></gml:LineString></gml:curveMember>
</gml:Ring></gml:exterior></gml:Polygon></a:geom></a:F></gml:featureMember></FeatureCollection>"""


def test_arcs_are_stroked_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    path.write_text(GML_ARC)
    layer, rows = only(path)
    assert "curves-stroked" in [n.code for n in layer.notices]
    assert rows[0].geometry is not None
    assert rows[0].geometry.area == pytest.approx(np.pi * 100**2 / 2, rel=2e-4)


@given(st.floats(1, 1e5), st.floats(0, 6.28), st.floats(0.01, 6.2))
def test_a_stroked_arc_stays_within_the_tolerance_and_ends_where_it_should(radius: float, begin: float, turn: float) -> None:
    at = lambda angle: np.array([363_000 + radius * np.cos(angle), 2_949_000 + radius * np.sin(angle)])  # noqa: E731
    points = stroke(at(begin), at(begin + turn / 2), at(begin + turn))
    assert (points[0] == at(begin)).all()
    assert (points[-1] == at(begin + turn)).all()
    middles = (points[:-1] + points[1:]) / 2
    off = np.abs(np.hypot(*(middles - [363_000, 2_949_000]).T) - radius)
    assert off.max() <= 0.0101 + 1e-6 * radius


@given(st.binary(min_size=0, max_size=120), st.integers(8, 12), st.booleans())
def test_no_curve_bytes_crash_the_reader(rest: bytes, kind: int, high: bool) -> None:
    wkb = b"\x01" + struct.pack("<I", kind + (1000 if high else 0)) + rest
    assert is_curved(wkb)
    straightened(wkb)


# spoilt text


@pytest.mark.parametrize("repair", ["GB18030←Latin-1", "UTF-8←Latin-1", "UTF-8←GB18030"])
def test_spoilt_text_is_found_and_put_right(tmp_path: Path, repair: str) -> None:
    wrong, right = REPAIRS[repair]
    names = ["住宅用地", "商业服务用地", "公园绿地"]
    spoilt = [_spoil(name, wrong, right) for name in names]
    path = write(tmp_path / "a.gpkg", squares(), names=spoilt)
    layer, rows = only(path)
    assert layer.encoding is not None
    assert layer.encoding.name == repair
    assert "mojibake" in [n.code for n in layer.notices]
    assert [row.attributes["地类"] for row in rows] == names
    assert [row.attributes["地类"] for row in layer.sample] == names


def _spoil(text: str, wrong: str, right: str) -> str:
    data = text.encode(right)
    return (
        "".join(bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in data)
        if wrong == "cp1252"
        else data.decode(wrong)
    )


def test_lost_text_is_said_and_good_text_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", squares(), names=["锟斤拷锟斤拷"] * 3)
    layer, _rows = only(path)
    assert "text-lost" in [n.code for n in layer.notices]
    assert mojibake(NAMES) is None
    assert mojibake(["abc", ""]) is None


@given(st.text(max_size=30), st.sampled_from(sorted(REPAIRS)))
def test_repairing_never_fails(text: str, repair: str) -> None:
    assert isinstance(repaired(text, repair), str)


def test_parts_of_mapinfo_lie_together_in_a_zip(tmp_path: Path) -> None:
    path = write(tmp_path / "用地.tab", squares(), driver="MapInfo File")
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped(parts(path)))
    shutil.copy(archive, tmp_path / "b.zip")
    layer, rows = only(archive)
    assert (layer.name, len(rows), [n.code for n in layer.notices if n.code == "ignored-files"]) == ("用地.tab", 3, [])
