"""The crosswalk workbench: proposals by likeness, mixed use with shares, nothing dropped, kept and used again, Excel out and in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyogrio import raw

from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.core.spreadsheets import write_xlsx
from lantu.plans.models import Delivery, PlanDataset
from lantu.plans.services import crosswalks
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.intake import confirm_reading, receive_delivery
from lantu.plans.services.mapping import map_as_said
from lantu.plans.tests import files as make
from lantu.standards.codes import CodeEntry, CodeTable

ENTRIES = {"R2": "二类居住用地", "B1": "商业用地", "G1": "公园绿地"}
TABLE = CodeTable("t", "1", "表", "exact", {code: CodeEntry(code, "", name, "yes", "") for code, name in ENTRIES.items()})
CODES = ["R2", "LA-07", "商住", "XX", "R2"]
NAMES = ["二类居住", "公园绿化用地", "商业、二类居住", "谁也不知道是什么", "二类居住"]


@given(st.lists(st.tuples(st.sampled_from(sorted(TABLE.entries)), st.integers(1, 98)), min_size=1, max_size=4))
def test_shares_are_kept_when_they_make_one_whole_and_refused_when_not(parts: list[tuple[str, int]]) -> None:
    text = "/".join(f"{code}:{share}%" for code, share in parts)
    parsed = TABLE.parse(text)
    if abs(sum(share for _code, share in parts) - 100) <= 1:
        assert parsed is not None
        assert sum(share for _code, share in parsed) == pytest.approx(1)
    else:
        assert parsed is None


SHARED = [("R2:0.7/B1:0.3", [("R2", 0.7), ("B1", 0.3)]), ("R2：70％/B1", None), ("R2:1", [("R2", 1.0)]), ("ZZ:1", None)]


@pytest.mark.parametrize(("text", "codes"), SHARED)
def test_shares_as_people_write_them(text: str, codes: list[tuple[str, float]] | None) -> None:
    parsed = TABLE.parse(text)
    assert parsed == codes if codes is None else [(code, round(share, 6)) for code, share in parsed or []] == codes


@given(one=st.text("居住商业公园绿地工", max_size=6), other=st.text("居住商业公园绿地工", max_size=6))
def test_likeness_is_the_same_both_ways_and_one_only_for_the_same(one: str, other: str) -> None:
    there, back = crosswalks.likeness(one, other), crosswalks.likeness(other, one)
    assert 0 <= there <= 1
    assert abs(there - back) < 0.35  # the longest run in common may be found elsewhere from the other side
    assert (there == 1) == (one == other and bool(one)) or sorted(one) == sorted(other)


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, "C0101", "别人的代码", scale=10_000)


def brought(actor: Actor, dataset: PlanDataset, folder: Path, codes: list[str], names: list[str]) -> Delivery:
    path = folder / "plan.gpkg"
    path.unlink(missing_ok=True)
    raw.write(
        path,
        geometry=np.array([shapely.to_wkb(one) for one in make.squares(len(codes))], dtype=object),
        field_data=[np.array(codes, dtype=object), np.array(names, dtype=object)],
        fields=["YDDM", "YDMC"],
        geometry_type="Polygon",
        crs="EPSG:4545",
        driver=pyogrio.detect_write_driver(path),
    )
    with path.open("rb") as stream:
        delivery = receive_delivery(actor, dataset, [(path.name, stream)])
    delivery = confirm_reading(actor, delivery, layer=delivery.detected["layers"][0]["name"], encoding="", epsg=4545)
    return map_as_said(actor, delivery)


def test_proposals_are_shown_decided_kept_and_used_again(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = brought(planner, dataset, tmp_path, CODES, NAMES)
    assert delivery.account["pending"] == 3
    assert crosswalks.name_fields(delivery)[0] == "YDMC"
    rows = {row.value: row for row in crosswalks.workbench(delivery, "YDMC")}
    assert (rows["R2"].how, rows["R2"].count) == ("code", 2)
    assert rows["LA-07"].candidates[0].code == "G1"
    assert set(rows["商住"].candidates[0].code.split("/")) == {"B1", "R2"}
    assert (rows["XX"].candidates, rows["XX"].decided) == ((), False)
    assert delivery.account["pending"] == 3  # a proposal decides nothing

    with pytest.raises(BadInput, match="不是分类标准里的代码"):
        crosswalks.decide(planner, delivery, {"LA-07": "G1", "XX": "NIX"})
    done = crosswalks.decide(planner, delivery, {"LA-07": "G1", "商住": "B1:0.4/R2:0.6", "XX": ""}, version="2018 版", name_field="YDMC")
    assert (done.account["source"], done.account["in"], done.account["pending"]) == (5, 4, 1)
    mixed = done.features.get(run=done.current_run, source_code="商住")
    assert [(code, round(share, 2)) for code, share in mixed.codes] == [("B1", 0.4), ("R2", 0.6)]
    assert done.features.get(run=done.current_run, source_code="XX").status == "pending"

    again = brought(planner, dataset, tmp_path, ["LA-07", "商住", "XX"], NAMES[1:4])
    assert (again.account["in"], again.account["pending"]) == (2, 1)
    assert {row.value: row.how for row in crosswalks.workbench(again)} == {"LA-07": "saved", "商住": "saved", "XX": ""}


def test_a_value_can_be_left_out_stands_among_the_rejected_and_is_never_forgotten(
    dataset: PlanDataset, planner: Actor, tmp_path: Path
) -> None:
    delivery = brought(planner, dataset, tmp_path, CODES, NAMES)
    done = crosswalks.decide(planner, delivery, {"LA-07": "G1", "商住": "?", "XX": crosswalks.LEFT_OUT})
    assert {key: done.account[key] for key in ("source", "in", "pending", "rejected")} == {
        "source": 5,
        "in": 4,
        "pending": 0,
        "rejected": 1,
    }
    row = done.features.get(run=done.current_run, source_code="XX")
    assert (row.status, row.reason, row.geometry) == ("rejected", "代码「XX」按对照不入库。", None)
    assert {"status": "rejected", "reason": row.reason, "count": 1} in done.account["reasons"]
    (shown,) = [one for one in crosswalks.workbench(done) if one.value == "XX"]
    assert (shown.target, shown.words, shown.count) == ("-", "不入库", 1)
    back = crosswalks.decide(planner, done, {"XX": ""})
    assert (back.account["pending"], back.account["rejected"]) == (1, 0)
    crosswalks.decide(planner, back, {"XX": "-"}, version="定稿")
    again = brought(planner, dataset, tmp_path, ["XX", "R2"], NAMES[:2])
    assert (again.account["in"], again.account["rejected"]) == (1, 1)


def test_the_table_goes_out_to_excel_and_comes_back_filled(dataset: PlanDataset, planner: Actor, tmp_path: Path, client: object) -> None:
    from lantu.accounts import demo
    from lantu.accounts.models import User

    demo.load()
    delivery = brought(planner, dataset, tmp_path, CODES, NAMES)
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    address = f"/plans/deliveries/{delivery.pk}/codes/"
    assert "建议" in client.get(address).content.decode()
    sheet = load_workbook(io.BytesIO(client.get(f"{address}?export=xlsx").content)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    filled = [[row[0], row[1], row[2], {"LA-07": "G1", "商住": "B1/R2", "XX": "?"}.get(row[0], row[3])] for row in cells[1:]]
    upload = io.BytesIO(write_xlsx(cells[0][:4], filled, title="对照"))
    upload.name = "对照.xlsx"
    assert client.post(address, {"table": upload, "version": "表"}).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.account["in"], delivery.account["pending"]) == (5, 0)
    saved = dataset.crosswalks.get(version="表")
    assert {row["value"]: row["target"] for row in saved.rows}["XX"] == "?"
    wrong = io.BytesIO(write_xlsx(["甲", "乙"], [["1", "2"]], title="对照"))
    wrong.name = "错.xlsx"
    assert client.post(address, {"table": wrong}).status_code == 422
