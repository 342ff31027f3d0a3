"""Statistics: they add up to the control areas, agree with geometry, are kept and lead to their rows."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
import shapely
from click.testing import CliRunner
from openpyxl import load_workbook

from lantu.analysis.cli import analysis
from lantu.analysis.factories import actor, box
from lantu.analysis.models import Statistic
from lantu.analysis.partition import basis
from lantu.analysis.services import keep_statistic
from lantu.analysis.stats.groups import cross, weights
from lantu.core.errors import BadInput, Refused
from lantu.geodesy.area import polygon_area
from lantu.plans.models import PlanPatch

PLANNER = actor("planner")


def table(kind: str, data: dict | None = None, number: int = 0, **options) -> dict:
    return keep_statistic(PLANNER, kind, data or {}, **options).result["tables"][number]


def cents(layer: str, code: str) -> int:
    rows = PlanPatch.objects.filter(release__layer_code=layer, code=code)
    return int(sum((row.control_area_m2 for row in rows), Decimal(0)) * 100)


def test_classes_add_up_to_the_control_areas_of_their_patches(release) -> None:
    found = {row["key"]: row["total"] for row in table("cross", {"layer": "C0101"})["rows"]}
    assert {code: found[code] for code in ("R2", "G1", "E2")} == {code: cents("C0101", code) for code in ("R2", "G1", "E2")}


def test_a_cross_table_of_two_plans_is_what_the_geometry_says(release) -> None:
    part = basis().partition
    cells = cross(part, "C0101", "C0401", weights(part, "C0101"))
    assert abs(cells.cents["R2", "030"] / 100 - polygon_area(box(200, 0, 400, 400))) < 1
    assert abs(cells.cents["G1", "010"] / 100 - polygon_area(box(600, 0, 700, 400))) < 1
    assert cells.row("R2") == cents("C0101", "R2")


def test_a_drawn_shape_and_a_district_bound_what_is_counted(release) -> None:
    shape = box(100, 100, 300, 300)
    found = table("cross", {"layer": "C0101", "geojson": shapely.to_geojson(shape)})
    assert abs(found["total"] / 100 - polygon_area(shape)) < 1 and [row["key"] for row in found["rows"]] == ["R2"]
    one, other = (table("balance", {"districts": [code]})["total"] for code in ("520103", "520102"))
    assert one + other == table("balance")["total"]


def test_the_balance_rolls_classes_up_and_gives_shares_of_construction_land(release) -> None:
    found = table("balance")
    rows = {row["key"]: row for row in found["rows"]}
    assert rows["R"]["total"] == rows["R2"]["total"] and rows["R2"]["depth"] == 1
    assert abs(rows["R"]["of_built"] + rows["G"]["of_built"] - 1) < 1e-6 and rows["E2"]["of_built"] is None
    assert found["built"] == rows["R"]["total"] + rows["G"]["total"]
    order = [row["key"] for row in found["rows"]]
    assert order.index("R2") == order.index("R") + 1 and order.index("G1") == order.index("G") + 1


def test_two_plans_are_told_apart_by_construction(release) -> None:
    rows = table("two_plans")["rows"]
    assert sum(row["total"] for row in rows) == sum(cents("C0101", code) for code in ("R2", "G1", "E2"))
    assert abs(rows[1]["total"] / 100 - polygon_area(box(200, 0, 600, 400))) < 2


def test_the_three_lines_are_spread_over_districts(release) -> None:
    rows = {row["key"]: row for row in table("three_lines")["rows"]}
    assert abs(rows["520103"]["cents"][0] / 100 - polygon_area(box(0, 300, 100, 500))) < 1
    assert rows["520102"]["cents"] == [0]
    with pytest.raises(BadInput):
        keep_statistic(actor("window", 4), "three_lines", {})


def test_the_series_has_a_column_per_release(release) -> None:
    found = table("series", {"layer": "C0101"})
    assert [column["key"] for column in found["columns"]] == ["0.1"] and all(row["change"] == 0 for row in found["rows"])


def test_what_cannot_be_counted_is_told(release) -> None:
    for data in ({"layer": "C0999"}, {}):
        with pytest.raises(BadInput):
            keep_statistic(PLANNER, "cross", data)
    with pytest.raises(BadInput):
        keep_statistic(PLANNER, "nonsense", {})
    with pytest.raises(Refused):
        keep_statistic(actor("builder", 3), "balance", {})


def test_the_api_and_the_command_line_count_what_the_page_counts(client_as, release, tmp_path) -> None:
    client = client_as("planner")
    path = "/api/v1/analysis/statistics"
    made = client.post(path, json.dumps({"kind": "balance", "parameters": {"layer": "C0101"}}), content_type="application/json")
    assert made.status_code == 201, made.content
    body = made.json()
    assert client.get(f"{path}/{body['id']}").json()["tables"] == body["tables"] == Statistic.objects.get().result["tables"]
    assert client.get(f"{path}/{body['id']}/report.docx").content.startswith(b"PK")
    assert client.get(f"{path}/{body['id']}/report.csv").status_code == 404
    Statistic.objects.update(department="WWJ", made_by_id=77)
    assert client_as("window", 9).get(f"{path}/{body['id']}").status_code == 404
    assert client_as("planner").post(path, json.dumps({"kind": "all"}), content_type="application/json").status_code == 422
    out = tmp_path / "balance.json"
    done = CliRunner().invoke(analysis, ["count", "balance", "-p", "layer=C0101", "--out", str(out)], catch_exceptions=False)
    assert "合计" in done.output and json.loads(out.read_text())["tables"] == body["tables"]
    with pytest.raises(BadInput, match="等号"):
        CliRunner().invoke(analysis, ["count", "balance", "-p", "layer"], catch_exceptions=False)


def test_pages_count_keep_export_and_lead_to_the_rows(client_as, release) -> None:
    client, path = client_as("planner"), "/analysis/statistics/"
    page = client.get(path).content.decode()
    assert "用地平衡表" in page and "/analysis/patches/?layer=C0101&amp;code=R2" in page
    for kind in ("cross&layer=C0101&columns=district", "two_plans", "three_lines", "series"):
        assert client.get(f"{path}?kind={kind}").status_code == 200, kind
    assert client.get(f"{path}?kind=cross").status_code == 422
    book = load_workbook(io.BytesIO(client.get(f"{path}?kind=balance&export=xlsx").content))
    assert "蓝图" in book.active["A2"].value
    assert client.get(f"{path}?kind=two_plans&export=docx").content.startswith(b"PK")
    kept = client.post(path, {"kind": "balance", "title": "年终", "shared": "1"})
    row = Statistic.objects.get()
    assert kept["Location"] == row.get_absolute_url() and row.digest and json.dumps(row.result)
    assert "年终" in client_as("window", 9).get(row.get_absolute_url()).content.decode()
    assert "年终" in client_as("planner").get("/analysis/statistics/kept/").content.decode()
    rows = client.get("/analysis/patches/?layer=C0101&code=R").content.decode()
    assert "C0101-0" in rows and "C0101-1" not in rows
    assert "C0404-0" not in client_as("window", 9).get("/analysis/patches/").content.decode()
