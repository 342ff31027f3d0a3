"""Zips that people and attackers make, folders, and files that are no plan data at all."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from lantu.plans.readers import Limits, NamedFile, ReaderError, inspect, read
from lantu.plans.tests.files import GUIYANG, NAMES, parts, shapefile, squares, write, zipped


def zip_file(folder: Path, content: bytes, name: str = "资料.zip") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path | list[NamedFile], limits: Limits | None = None) -> ReaderError:
    with pytest.raises(ReaderError) as caught:
        inspect(path, city=GUIYANG, limits=limits)
    assert caught.value.what
    assert caught.value.how
    return caught.value


@pytest.mark.parametrize("gbk_names", [True, False])
def test_a_zip_with_chinese_names_in_nested_folders(tmp_path: Path, gbk_names: bool) -> None:
    files = {f"成果/图层/{name.replace('tuban', '用地图斑')}": data for name, data in parts(shapefile(tmp_path, encoding="GBK")).items()}
    path = zip_file(tmp_path, zipped({**files, "说明.docx.txt": "无".encode()}, gbk_names=gbk_names))
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.name, layer.count) == ("成果/图层/用地图斑.shp", 3)
    assert [n.code for n in layer.notices] == ["ignored-files"]
    assert [f.attributes["地类"] for batch in read(path, layer.name) for f in batch] == NAMES


def test_side_files_are_found_whatever_their_case(tmp_path: Path) -> None:
    files = {name.upper(): data for name, data in parts(shapefile(tmp_path)).items()}
    (layer,) = inspect(zip_file(tmp_path, zipped(files)), city=GUIYANG)
    assert layer.notices == ()


def test_several_layers_in_one_zip_are_told_apart(tmp_path: Path) -> None:
    a, b = parts(shapefile(tmp_path, "a")), parts(shapefile(tmp_path, "b", geometries=squares(2)))
    path = zip_file(tmp_path, zipped({**{f"甲/{n}": d for n, d in a.items()}, **{f"乙/{n}": d for n, d in b.items()}}))
    assert {layer.name: layer.count for layer in inspect(path)} == {"甲/a.shp": 3, "乙/b.shp": 2}
    with pytest.raises(ReaderError, match=r"甲/a.shp"):
        list(read(path))


def test_uploaded_parts_of_a_shapefile_belong_together(tmp_path: Path) -> None:
    shp = shapefile(tmp_path, encoding="GBK")
    files = [NamedFile(path.rename(tmp_path / f"digest{i}"), path.name) for i, path in enumerate(sorted(tmp_path.glob("tuban.*")))]
    (layer,) = inspect(files, city=GUIYANG)
    assert (layer.name, layer.count, layer.notices) == (shp.name, 3, ())


def test_a_folder_is_read_as_a_whole(tmp_path: Path) -> None:
    shapefile(tmp_path)
    write(tmp_path / "b.gpkg", squares())
    assert {layer.format for layer in inspect(tmp_path)} == {"shapefile", "geopackage"}


def test_a_bomb_is_refused_by_ratio_before_unpacking(tmp_path: Path) -> None:
    path = zip_file(tmp_path, zipped({"a.shp": bytes(20 << 20)}))
    error = refusal(path)
    assert error.code == "zip-bomb"
    assert "压缩比" in error.what


def test_unpacked_size_and_number_of_entries_are_limited(tmp_path: Path) -> None:
    path = zip_file(tmp_path, zipped({f"{i}.shp": os.urandom(1000) for i in range(20)}))
    assert refusal(path, Limits(unpacked_bytes=10_000)).code == "zip-bomb"
    assert refusal(path, Limits(entries=10)).code == "zip-bomb"


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.shp": bytes(5000)}))
    size = (5000).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
    assert refusal(zip_file(tmp_path, bytes(data))).code in {"zip-bomb", "zip-damaged"}


@pytest.mark.parametrize("name", ["../x.shp", "/etc/x.shp", "a/../../x.shp", "C:\\x.shp", "..\\x.shp"])
def test_paths_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(zip_file(tmp_path, zipped({name: b"x"}))).code == "zip-path"
    assert not (tmp_path.parent / "x.shp").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.shp")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert refusal(zip_file(tmp_path, out.getvalue())).code == "zip-path"


def test_zips_in_zips_are_opened_and_keep_their_place(tmp_path: Path) -> None:
    inner = zipped(parts(shapefile(tmp_path, encoding="GBK")))
    path = zip_file(tmp_path, zipped({"云岩区/用地.zip": inner, "说明.txt": "无".encode()}))
    (layer,) = inspect(path, city=GUIYANG)
    assert (layer.name, layer.count) == ("云岩区/用地.zip/tuban.shp", 3)
    assert [f.attributes["地类"] for batch in read(path) for f in batch] == NAMES


def test_nested_zips_share_one_budget_and_end_somewhere(tmp_path: Path) -> None:
    content = zipped(parts(shapefile(tmp_path)))
    for _ in range(4):
        content = zipped({"里层.zip": content})
    assert refusal(zip_file(tmp_path, content)).code == "zip-nested"
    many = zipped({f"{i}.zip": zipped({f"{i}.txt": os.urandom(6000)}) for i in range(4)})
    assert refusal(zip_file(tmp_path, many), Limits(unpacked_bytes=40_000)).code == "zip-bomb"
    assert refusal(zip_file(tmp_path, many), Limits(entries=6)).code == "zip-bomb"


@pytest.mark.parametrize(
    ("name", "content", "code", "word"),
    [
        ("用地.rar", b"Rar!\x1a\x07\x01\x00", "rar", "zip"),
        ("用地.7z", b"7z\xbc\xaf\x27\x1c", "7z", "zip"),
        ("总图.dwg", b"AC1027", "dwg", "DXF"),
        ("规划.mdb", b"\x00\x01\x00\x00Standard Jet DB\x00", "mdb-old", "2000"),
    ],
)
def test_what_cannot_be_opened_is_refused_even_beside_good_files(tmp_path: Path, name: str, content: bytes, code: str, word: str) -> None:
    files = {**parts(shapefile(tmp_path)), name: content + bytes(200)}
    error = refusal(zip_file(tmp_path, zipped(files)))
    assert (error.code, error.where) == (code, name)
    assert word in error.how


def test_passwords_and_damage_are_refused(tmp_path: Path) -> None:
    inner = zipped(parts(shapefile(tmp_path)))
    assert refusal(zip_file(tmp_path, inner[: len(inner) // 2])).code == "zip-damaged"
    locked = bytearray(zipped({"a.shp": b"secret"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(zip_file(tmp_path, bytes(locked))).code == "zip-encrypted"
    flipped = bytearray(inner)
    flipped[60:80] = bytes(20)
    assert refusal(zip_file(tmp_path, bytes(flipped))).code == "zip-damaged"
    assert refusal(zip_file(tmp_path, zipped({}))).code == "no-data"


def test_ten_gigabytes_are_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with path.open("wb") as stream:
        stream.truncate(10 << 30)
    error = refusal(path)
    assert (error.code, error.values["size_mb"]) == ("too-large", 10240)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.dwg", b"AC1027" + bytes(100), "dwg"),
        ("a.pdf", b"%PDF-1.7", "unsupported"),
        ("a.kml", b"<?xml version='1.0'?><kml>", "xml-damaged"),
        ("a.xlsx", zipped({"[Content_Types].xml": b"<x/>"}), "unreadable"),
        ("a.geojson", b"<!DOCTYPE html><html>", "unsupported"),
        ("a.dbf", bytes(100), "lone-part"),
        ("a.shp", b"", "empty-file"),
        ("a.shp", b"hello world", "no-data"),
        ("a.txt", "随便写的".encode("gbk"), "no-data"),
    ],
)
def test_what_is_no_plan_data_is_refused_by_name(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path).code == code


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nix.shp").code == "missing-file"


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = tmp_path / "tmp"
    staging.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(staging))
    path = zip_file(tmp_path, zipped(parts(shapefile(tmp_path))))
    inspect(path)
    reading = read(path, chunk=1)
    next(reading)
    reading.close()
    refusal(zip_file(tmp_path, zipped({"里层.zip": zipped({"a.txt": b"x"})}), "b.zip"))
    assert list(staging.iterdir()) == []
