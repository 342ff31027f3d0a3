"""Base maps from files: MBTiles and GeoTIFF laid into the data folder are offered and served; what cannot be shown is named."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image, TiffImagePlugin

from lantu.blueprints import basemaps
from lantu.blueprints import factories as make

pytestmark = pytest.mark.django_db

As = Callable[..., Client]


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "#88aacc").save(out, "PNG")
    return out.getvalue()


def _mbtiles(path: Path, form: str = "png") -> None:
    database = sqlite3.connect(path)
    database.execute("create table metadata (name text, value text)")
    facts = [("name", "影像 2023"), ("format", form), ("minzoom", "0"), ("maxzoom", "3"), ("attribution", "测绘院")]
    database.executemany("insert into metadata values (?, ?)", facts)
    database.execute("create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    database.execute("insert into tiles values (3, 6, 4, ?)", (_png(),))  # row 4 from the south is row 3 from the north
    database.commit()
    database.close()


def _geotiff(path: Path, epsg: int = 4545) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550], tags[33922] = (1.0, 1.0, 0.0), (0.0, 0.0, 0.0, 660_000.0, 2_940_000.0, 0.0)
    tags.tagtype[33550] = tags.tagtype[33922] = 12
    tags[34735] = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg)
    tags.tagtype[34735] = 3
    Image.new("RGB", (16, 16), "#88aacc").save(path, "TIFF", tiffinfo=tags)


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    (tmp_path / "basemaps").mkdir()
    return tmp_path / "basemaps"


def test_files_are_offered_with_what_they_say_of_themselves(folder: Path, settings) -> None:
    _mbtiles(folder / "image.mbtiles")
    _geotiff(folder / "relief.tif")
    settings.LANTU_BASEMAPS = [
        {"id": "t", "title": "天地图", "kind": "tianditu", "url": "https://example.org/img_c/wmts", "params": {"layer": "img"}}
    ]
    service, image, relief = basemaps.all_base_maps()
    assert (service.kind, image.title, image.attribution, image.params) == (
        "tianditu",
        "影像 2023",
        "测绘院",
        {"minZoom": "0", "maxZoom": "3"},
    )
    assert relief.params["crs"] == "EPSG:4545"
    assert "CGCS2000" in relief.params["definition"]
    assert basemaps.problems() == []


def test_tiles_count_from_the_north(folder: Path, client_as: As) -> None:
    _mbtiles(folder / "image.mbtiles")
    client = client_as("viewer")
    there = client.get("/tiles/base/image/3/6/3")
    assert (there.status_code, there["Content-Type"], there.content) == (200, "image/png", _png())
    assert client.get("/tiles/base/image/3/6/4").status_code == 204


def test_a_geotiff_is_read_by_ranges(folder: Path, client_as: As) -> None:
    _geotiff(folder / "relief.tif")
    data, client = (folder / "relief.tif").read_bytes(), client_as("viewer")
    part = client.get("/tiles/base/relief.tif", headers={"Range": "bytes=4-99"})
    assert (part.status_code, part.content, part["Content-Range"]) == (206, data[4:100], f"bytes 4-99/{len(data)}")
    assert b"".join(client.get("/tiles/base/relief.tif")) == data
    assert client.get("/tiles/base/relief.tif", headers={"Range": f"bytes={len(data)}-"}).status_code == 416


def test_the_map_page_lists_them(folder: Path, client_as: As) -> None:
    make.make_pack()
    _mbtiles(folder / "image.mbtiles")
    listed = client_as("viewer").get("/api/v1/map/context").json()["basemaps"]
    assert [(one["kind"], one["url"]) for one in listed] == [("mbtiles", "/tiles/base/image/{z}/{x}/{y}")]


def test_what_cannot_be_shown_is_named_with_its_reason(folder: Path) -> None:
    (folder / "a.mbtiles").write_bytes(b"no database at all, only a name")
    _mbtiles(folder / "b.mbtiles", form="pbf")
    (folder / "c.tif").write_bytes(b"II*\x00")
    Image.new("RGB", (4, 4)).save(folder / "d.tif", "TIFF")
    _geotiff(folder / "e.tif", epsg=32767)
    assert basemaps.all_base_maps() == []
    reasons = dict(basemaps.problems())
    assert list(reasons) == ["a.mbtiles", "b.mbtiles", "c.tif", "d.tif", "e.tif"]
    assert "pbf" in reasons["b.mbtiles"]
    assert "32767" in reasons["e.tif"]


@pytest.mark.parametrize("path", ["/tiles/base/image/0/0/0", "/tiles/base/..%2F..%2Fsecret_key/0/0/0", "/tiles/base/secret_key.tif"])
def test_no_path_leads_outside_and_none_is_there_without_a_file(folder: Path, client_as: As, path: str) -> None:
    (folder.parent / "secret_key").write_text("secret")
    assert client_as("viewer").get(path).status_code == 404


def test_who_is_not_signed_in_sees_no_base_map(folder: Path, client: Client) -> None:
    _mbtiles(folder / "image.mbtiles")
    assert client.get("/tiles/base/image/3/6/3").status_code in (302, 401, 403)


def test_the_doctor_names_a_file_that_cannot_be_shown(folder: Path) -> None:
    (folder / "a.mbtiles").write_bytes(b"no database")
    assert [condition.well for condition in basemaps.conditions()] == [False]
