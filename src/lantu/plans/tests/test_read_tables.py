"""Tables with coordinates, parcel numbers and addresses: what is placed, how sure, and what is not."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
import shapely
from openpyxl import Workbook

from lantu.core.actor import Actor
from lantu.plans.models import PlanDataset
from lantu.plans.readers import LayerInfo, ReaderError, SourceFeature, inspect, read
from lantu.plans.readers.tables import CONFIDENCE, HOW
from lantu.plans.services.bulk import Choices, DatasetSpec, import_file, is_target_table
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.geocoding import locate
from lantu.plans.services.intake import confirm_reading, receive_delivery
from lantu.plans.services.living import register_living
from lantu.plans.services.mapping import map_as_said
from lantu.plans.tests import files as make
from lantu.plans.tests.conftest import person

GUIYANG = make.GUIYANG


def csv_file(folder: Path, text: str, encoding: str = "gbk", name: str = "表.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def xlsx_file(folder: Path, rows: list[list[object]], name: str = "表.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(folder / name)
    return folder / name


def only(path: Path) -> tuple[LayerInfo, list[SourceFeature]]:
    (layer,) = inspect(path, city=GUIYANG)
    encoding = layer.encoding.name if layer.encoding else None
    return layer, [feature for batch in read(path, layer.name, encoding=encoding, chunk=2) for feature in batch]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_points_of_a_csv_in_degrees(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "学校分布表\n名称,经度,纬度\n第一小学,106.63,26.65\n第二小学,106°38′24″,26.66\n没有坐标,,\n".replace(",", separator)
    layer, rows = only(csv_file(tmp_path, text, encoding))
    assert (layer.count, layer.kinds) == (3, {"Point": 2})
    assert [row.row for row in rows] == [3, 4, 5]
    assert rows[0].attributes["名称"] == "第一小学"
    assert rows[1].geometry is not None
    assert rows[1].geometry.x == pytest.approx(106.64)
    assert rows[2].problem is not None
    assert rows[2].problem.code == "no-coordinates"
    assert layer.frame is not None
    assert "gcj02-possible" in layer.frame.warnings


@pytest.mark.parametrize("heads", [["名称", "X", "Y"], ["名称", "X坐标", "Y坐标"], ["名称", "纵坐标（米）", "横坐标（米）"]])
def test_surveyors_axes_are_told_by_size_and_name(tmp_path: Path, heads: list[str]) -> None:
    layer, rows = only(xlsx_file(tmp_path, [heads, ["甲", 2949581.591, 363594.529], ["乙", "2949600", "363600"]]))
    assert rows[0].geometry is not None
    assert (rows[0].geometry.x, rows[0].geometry.y) == (363594.529, 2949581.591)
    assert layer.frame is not None
    assert layer.frame.frame is not None
    assert layer.frame.frame.epsg == 4545


def test_east_first_and_zone_prefixes(tmp_path: Path) -> None:
    _layer, rows = only(xlsx_file(tmp_path, [["X", "Y", "n"], [36363594.529, 2949581.591, 1]]))
    assert rows[0].geometry is not None
    assert rows[0].geometry.x == 36363594.529


def test_broken_and_foreign_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError) as caught:
        inspect(xlsx_file(tmp_path, [["名称", "面积"], ["甲", 3]]))
    assert caught.value.code == "table-heads"
    path = xlsx_file(tmp_path, [["经度", "纬度"], [106.6, 26.6]])
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ReaderError):
        inspect(path)
    with pytest.raises(ReaderError) as caught:
        inspect(csv_file(tmp_path, "随便,写的\n1,2\n"))
    assert caught.value.code == "no-data"


@pytest.fixture
def known(city: object, planner: Actor, checker: Actor, tmp_path: Path) -> list[shapely.Geometry]:
    """Three released patches numbered 0 to 2, and a named living feature in 云岩区."""
    path = make.write(tmp_path / "plan.gpkg", make.squares(3), names=["R2", "B1", "G1"])
    choices = Choices(fields={"id": "编号", "code": "地类"}, checker=checker, waive_reason="测试")
    release = import_file(planner, DatasetSpec("C0101", "城规"), [path], choices)
    from lantu.accounts.models import Region

    yunyan = Region.objects.get(name_zh="云岩区").geometry
    spot = yunyan.representative_point().buffer(0.001)
    register_living(planner, "D0201", "X-1", spot, name="黔灵山改造工程", valid_from=date(2018, 1, 1))
    return [patch.geometry for patch in release.patches.order_by("index")]


def test_numbers_and_addresses_are_placed_with_their_confidence(known: list[shapely.Geometry]) -> None:
    asked = [
        ("1", ""),
        ("99", "贵阳市云岩区黔灵山改造工程旁"),
        ("", "花溪区黔灵山改造工程"),
        ("", "贵阳市云岩区北京路 1 号"),
        ("", "火星"),
        ("", "106.63,26.65 附近"),
        ("", ""),
    ]
    found = locate(asked)
    assert [(one.geometry is not None, one.confidence) for one in found] == [
        (True, 1.0),
        (True, 0.9),
        (True, 0.4),
        (False, 0.15),
        (False, 0.0),
        (True, 1.0),
        (False, 0.0),
    ]
    assert found[0].geometry is not None
    assert found[0].geometry.equals(known[1])
    assert "云岩区" in found[3].basis


def test_two_places_of_one_name_are_not_guessed(known: list[shapely.Geometry], planner: Actor) -> None:
    register_living(planner, "D0201", "X-2", shapely.Point(106.7, 26.4).buffer(0.001), name="黔灵山改造工程", valid_from=date(2018, 1, 1))
    vague, told = locate([("", "黔灵山改造工程"), ("", "云岩区黔灵山改造工程")])
    assert vague.geometry is None
    assert "2 处" in vague.basis
    assert told.geometry is not None


def test_a_table_of_parcels_becomes_a_delivery_and_the_unplaced_are_listed(
    known: list[shapely.Geometry], planner: Actor, tmp_path: Path
) -> None:
    dataset: PlanDataset = create_dataset(planner, "C0101", "征收地块")
    path = xlsx_file(tmp_path, [["地块编号", "地类"], ["0", "R2"], [1, "B1"], ["没有这个", "G1"]], "地块.xlsx")
    with path.open("rb") as stream:
        delivery = receive_delivery(planner, dataset, [(path.name, stream)])
    layer = delivery.detected["layers"][0]
    assert layer["frame"]["epsg"] == 4490
    delivery = confirm_reading(planner, delivery, layer=layer["name"], encoding="", epsg=4490)
    done = map_as_said(planner, delivery, {"id": "地块编号", "code": "地类"})
    assert (done.account["in"], done.account["rejected"]) == (2, 1)
    left = done.features.get(status="rejected")
    assert (left.row, left.reason_code) == (4, "not-placed")
    assert "没有这个" in left.reason
    first = done.features.get(row=2)
    assert (first.attributes[HOW], first.attributes[CONFIDENCE]) == ("地块编号", 1)
    assert first.geometry is not None
    assert first.geometry.equals(known[0])


def test_target_tables_stay_what_they_were(city: object) -> None:
    def table(heads: list[str]) -> bytes:
        book = Workbook()
        book.active.append(heads)  # type: ignore[union-attr]
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    assert is_target_table("C0601", table(["项目名称", "地址"]))
    assert is_target_table("C0101", table(["指标", "单位"]))
    assert is_target_table("C0101", table(["甲", "乙"]))
    assert not is_target_table("C0711", table(["名称", "地址"]))


def test_somebody_else_cannot_bring_a_table(city: object, planner: Actor, tmp_path: Path) -> None:
    from lantu.core.errors import Refused

    dataset = create_dataset(planner, "C0711", "学校")
    path = csv_file(tmp_path, "名称,经度,纬度\n甲,106.63,26.65\n")
    with path.open("rb") as stream, pytest.raises(Refused):
        receive_delivery(person("viewer", 9), dataset, [(path.name, stream)])
