"""Layers as files: what other programs read of them, who took them away, and what never leaves."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from pathlib import Path

import ezdxf
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from lantu.analysis.factories import actor, box, make_living
from lantu.analysis.models import Download
from lantu.analysis.services import start_download, take_download
from lantu.core import jobs
from lantu.core.errors import BadInput, NotFound
from lantu.core.models import AuditEvent, Job
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition


def taken(form: str, layer: str = "C0101", epsg: int = 0) -> tuple[Download, Path]:
    row, job = start_download(actor("planner"), layer, form, epsg=epsg, purpose="规划研究")
    jobs.work_off()
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE
    row.refresh_from_db()
    return row, take_download(actor("planner"), row)


def test_every_form_holds_the_layer_and_its_watermark(release, tmp_path) -> None:
    row, path = taken("gpkg")
    meta, _index, geometry, fields = pyogrio.raw.read(path)
    codes = fields[list(meta["fields"]).index("code")].tolist()
    assert sorted(codes) == ["E2", "G1", "R2"] and "4490" in meta["crs"]
    assert shapely.from_wkb(geometry[codes.index("R2")]).symmetric_difference(box(0, 0, 400, 400)).area < 1e-12
    with sqlite3.connect(path) as file:
        described = file.execute("SELECT description FROM gpkg_contents WHERE table_name = 'C0101'").fetchone()[0]
    assert row.number in described and "规划研究" in described and row.made_by_name in described
    for form in ("shp", "gdb"):
        row, path = taken(form)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / form)
            assert row.number in archive.read("说明.txt").decode()
        assert len(pyogrio.raw.read(tmp_path / form / f"C0101.{form}")[2]) == 3
    row, path = taken("parquet", epsg=standards.working_grid().epsg)
    table = pq.read_table(path)
    assert row.number in table.schema.metadata[b"watermark"].decode() and table.num_rows == 3
    west = shapely.total_bounds(shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object)))[0]
    wanted = transform(4490, standards.working_grid().epsg).points(np.array([box(0, 0, 1, 1).bounds[:2]]))[0, 0]
    assert west == pytest.approx(wanted, abs=1.0)


def test_a_drawing_has_a_layer_per_class_and_the_watermark_in_it(release) -> None:
    row, path = taken("dxf")
    drawing = ezdxf.read(io.StringIO(path.read_text(encoding="utf-8")))
    assert {one.dxf.layer for one in drawing.modelspace().query("LWPOLYLINE")} == {"C0101_R2", "C0101_G1", "C0101_E2"}
    assert row.number in drawing.modelspace().query("TEXT")[0].dxf.text and row.epsg == standards.working_grid().epsg


def test_taking_is_audited_and_the_secret_never_leaves_not_even_later(release) -> None:
    row, _path = taken("gpkg")
    assert AuditEvent.objects.filter(verb="analysis.take_download", subject_id=str(row.pk)).count() == 1
    with pytest.raises(NotFound):
        start_download(actor("planner"), "C0404", "gpkg", purpose="规划研究")
    waiting, _job = start_download(actor("planner"), "C0101", "gpkg", purpose="规划研究")
    LayerDefinition.objects.filter(code="C0101").update(security="restricted")
    standards.clear()
    jobs.work_off()
    waiting.refresh_from_db()
    assert waiting.state == Download.State.FAILED and waiting.stored is None
    with pytest.raises(NotFound):
        take_download(actor("planner"), row)


def test_bad_questions_are_refused_with_what_there_is(release) -> None:
    for layer, form, epsg, purpose, error in (
        ("C0101", "mdb", 0, "研究", "没有「mdb」"),
        ("C0101", "gpkg", 4545 + 1, "研究", "EPSG:4490"),
        ("C0101", "dxf", 4490, "研究", "DXF"),
        ("C0101", "gpkg", 0, " ", "用途"),
    ):
        with pytest.raises(BadInput, match=error):
            start_download(actor("planner"), layer, form, epsg=epsg, purpose=purpose)
    assert not Download.objects.exists()


def test_pages_and_api_ask_wait_and_take(client_as, release) -> None:
    make_living("D0102", (0, 0, 50, 100))
    client = client_as("planner")
    page = client.get("/analysis/downloads/").content.decode()
    assert "C0101" in page and "C0404" not in page
    assert client.post("/analysis/downloads/", {"layer": "C0101", "form": "gpkg", "purpose": ""}).status_code == 422
    asked = client.post("/analysis/downloads/", {"layer": "D0102", "form": "gpkg", "purpose": "核对红线", "epsg": "0"})
    assert asked.status_code == 302
    said = client.post("/api/v1/analysis/downloads", {"layer": "C0101", "form": "shp", "purpose": "核对"}, content_type="application/json")
    assert said.status_code == 202
    address = f"/api/v1/analysis/downloads/{said.json()['id']}/file"
    assert client.get(address).status_code == 422
    jobs.work_off()
    answer = client.get(address)
    assert b"".join(answer.streaming_content)[:2] == b"PK" and "shp.zip" in answer["Content-Disposition"]
    assert client_as("exchange", 5).get("/analysis/downloads/").status_code == 200
