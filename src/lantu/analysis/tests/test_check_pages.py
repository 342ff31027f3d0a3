"""Pages, API, batch and command line of the check."""

from __future__ import annotations

import io
import json

import pytest
import shapely
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from lantu.analysis.cli import analysis
from lantu.analysis.conformity.sites import Site
from lantu.analysis.factories import actor, box
from lantu.analysis.models import Check, CheckBatch
from lantu.analysis.services import run_check
from lantu.core import jobs
from lantu.core.models import AuditEvent, Job

WKT = box(0, 200, 100, 400).wkt
NEW, LIST = "/analysis/checks/new/", "/analysis/checks/"


def test_pasted_coordinates_give_a_report_or_the_pdf(client_as, release) -> None:
    client: Client = client_as("planner")
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, {"way": "text", "text": WKT, "title": "学校"})
    page = client.get(answer["Location"]).content.decode()
    assert "不通过" in page and "永久基本农田" in page and "基本农田内" in page
    answer = client.post(NEW, {"way": "text", "text": WKT, "then": "pdf"}, follow=True)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")


def test_bad_coordinates_keep_the_input_and_say_why(client_as, release) -> None:
    answer = client_as("planner").post(NEW, {"way": "text", "text": "106.63 26.65\nabc"})
    assert answer.status_code == 422
    assert "第 2 行" in answer.content.decode() and "abc</textarea>" in answer.content.decode()


def test_a_drawing_a_number_and_a_file_are_taken(client_as, release) -> None:
    client = client_as("planner")
    feature = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "甲"}, "geometry": json.loads(shapely.to_geojson(box(0, 0, 90, 90)))}],
    }
    upload = SimpleUploadedFile("a.geojson", json.dumps(feature).encode())
    for data in (
        {"way": "drawn", "geojson": shapely.to_geojson(box(0, 0, 90, 90))},
        {"way": "number", "number": "C0101-0"},
        {"way": "file", "upload": upload},
    ):
        assert client.post(NEW, data).status_code == 302, data
    assert set(Check.objects.values_list("source", flat=True)) == {"drawn", "patch", "file"}


def test_a_batch_accounts_for_every_feature(client_as, release) -> None:
    shapes = [box(0, 0, 90, 90), box(0, 200, 100, 400), shapely.box(116, 39, 116.1, 39.1), box(0, 500, 90, 590)]
    features = [
        {"type": "Feature", "properties": {"name": f"地块{n}"}, "geometry": json.loads(shapely.to_geojson(shape))}
        for n, shape in enumerate(shapes)
    ]
    upload = SimpleUploadedFile("many.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())
    client = client_as("planner")
    assert client.post(NEW, {"way": "file", "many": "1", "upload": upload}).status_code == 302
    batch = CheckBatch.objects.get()
    assert not Check.objects.exists() and client.get(batch.get_absolute_url()).status_code == 200
    jobs.work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.total, len(batch.refused), batch.checks.count()) == ("done", 4, 1, 3)
    page = client.get(batch.get_absolute_url()).content.decode()
    assert "不在本市范围内" in page and f"{batch.number}-00002" in page
    book = load_workbook(io.BytesIO(client.get(batch.get_absolute_url() + "?export=xlsx&standing=fail").content))
    assert len(list(book.active.iter_rows())) == 2


def test_a_batch_that_fails_leaves_nothing(client_as, release) -> None:
    upload = SimpleUploadedFile("bad.geojson", b"{broken")
    client_as("planner").post(NEW, {"way": "file", "many": "1", "upload": upload})
    jobs.work_off()
    assert (
        CheckBatch.objects.get().state == "failed"
        and Job.objects.get(kind="analysis.check_batch").state == "failed"
        and not Check.objects.exists()
    )


def test_the_api_checks_verifies_and_dismisses(client_as, release) -> None:
    client, path = client_as("planner"), "/api/v1/analysis/checks"
    answer = client.post(path, json.dumps({"text": WKT, "use": "R2"}), content_type="application/json")
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert (row["verdict"], row["release"]) == ("fail", "0.1") and row["digest"]
    assert client.get(f"{path}/{row['id']}").json()["result"]["lines"][0]["state"] == "hit"
    assert client.get(f"{path}/{row['id']}/report.pdf").content.startswith(b"%PDF")
    assert client.post(f"{path}/{row['id']}/verify").json()["same"] is True
    dismissed = client.post(
        f"{path}/{row['id']}/dismissals", json.dumps({"item": "K01", "reason": "批复已调出"}), content_type="application/json"
    )
    assert dismissed.json()["standing"] == "conditional" or dismissed.json()["standing"] == "pass"
    back = f"{path}/{row['id']}/dismissals/withdraw"
    assert client.post(back, json.dumps({"item": "K01", "reason": " "}), content_type="application/json").status_code == 422
    withdrawn = client.post(back, json.dumps({"item": "K01", "reason": "批复已作废"}), content_type="application/json")
    assert (withdrawn.status_code, withdrawn.json()["standing"]) == (200, "fail")
    assert client.post(back, json.dumps({"item": "K01", "reason": "再一次"}), content_type="application/json").status_code == 409
    assert client.post(path, json.dumps({"text": WKT, "number": "C0101-0"}), content_type="application/json").status_code == 422
    assert (
        client.post(
            path, json.dumps({"geometry": {"type": "Point", "coordinates": [106.63, 26.65]}}), content_type="application/json"
        ).status_code
        == 422
    )


def test_an_officer_takes_a_dismissal_back_on_the_page(client_as, release) -> None:
    row = run_check(actor("planner", 5), Site(box(0, 200, 100, 400), "text"))
    client, back = client_as("planner"), f"/analysis/checks/{row.pk}/dismiss/withdraw/"
    client.post(f"/analysis/checks/{row.pk}/dismiss/", {"item": "K01", "reason": "批复已调出"})
    page = client.get(row.get_absolute_url()).content.decode()
    assert "批复已调出" in page and back in page
    assert back not in client_as("viewer", 7).get(row.get_absolute_url()).content.decode()
    assert client_as("viewer", 7).post(back, {"item": "K01", "reason": "x"}).status_code == 403
    page = client_as("planner").post(back, {"item": "K01", "reason": "批复已作废"}, follow=True).content.decode()
    row.refresh_from_db()
    assert "已撤回改判" in page and "批复已调出" not in page and row.standing == row.verdict
    trail = AuditEvent.objects.filter(verb="analysis.withdraw_dismissal", outcome="done").get()
    assert trail.detail["reason"] == "批复已作废"


def test_a_record_is_not_shown_to_another_department(client_as, release) -> None:
    row = run_check(actor("reviewer", 5), Site(box(0, 0, 90, 90), "text"))
    Check.objects.filter(pk=row.pk).update(department="WWJ", made_by_id=77)
    assert client_as("reviewer", 6).get(row.get_absolute_url()).status_code == 404
    assert client_as("supervisor", 8).get(row.get_absolute_url()).status_code == 200
    assert client_as("planner", 9).get(f"/api/v1/analysis/checks/{row.pk}").status_code == 200


@pytest.mark.parametrize("role", ["builder", "sysadmin"])
def test_pages_refuse_other_roles(client_as, release, role) -> None:
    assert client_as(role).get(LIST).status_code == 403
    assert client_as(role).post(NEW, {"way": "text", "text": WKT}).status_code == 403


def test_the_command_line_checks_and_verifies(release, tmp_path) -> None:
    source, out = tmp_path / "site.wkt", tmp_path / "report.json"
    source.write_text(WKT)
    done = CliRunner().invoke(analysis, ["check", str(source), "--use", "R2", "--out", str(out)], catch_exceptions=False)
    assert "不通过" in done.output and json.loads(out.read_text())["verdict"] == "fail"
    number = Check.objects.get().number
    assert "same=True" in CliRunner().invoke(analysis, ["verify", number], catch_exceptions=False).output
    many = tmp_path / "many.geojson"
    many.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(box(0, 0, 90, 90)))}],
            }
        )
    )
    assert "1" in CliRunner().invoke(analysis, ["batch", str(many)], catch_exceptions=False).output
    assert CheckBatch.objects.get().state == "done"
