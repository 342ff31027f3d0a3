"""Living layers and plans without geometry: what is registered, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import shapely
from openpyxl import Workbook

from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import OutboxEvent
from lantu.plans.models import LivingFeature, PlanDataset, PlanProject, PlanRelease, PlanTarget
from lantu.plans.readers import NamedFile
from lantu.plans.selectors import living_at
from lantu.plans.services import (
    LivingFile,
    create_dataset,
    end_living,
    register_living,
    register_living_file,
    release_table,
    supersede_living,
)
from lantu.plans.tests import files as make
from lantu.plans.tests.conftest import person

LINE, PLAN = "D0101", "C0501"
GROUND = shapely.box(106.60, 26.60, 106.61, 26.61)
DAY = date(2018, 6, 1)


@pytest.fixture
def red_line(city: object, planner: Actor) -> LivingFeature:
    return register_living(planner, LINE, "地字 1 号", GROUND, valid_from=DAY)


def test_a_new_red_line_is_seen_at_once(red_line: LivingFeature) -> None:
    assert living_at(106.605, 26.605, DAY) == [red_line]
    assert living_at(106.605, 26.605, date(2018, 5, 31)) == []
    assert float(red_line.area_m2) == pytest.approx(1_102_000, rel=0.01)
    assert OutboxEvent.objects.filter(name="plans.living_changed").count() == 1


def test_one_that_is_superseded_ends_on_the_day_the_next_begins(red_line: LivingFeature, planner: Actor) -> None:
    new = supersede_living(planner, red_line, shapely.box(106.60, 26.60, 106.62, 26.61), valid_from=date(2018, 9, 1))
    assert living_at(106.605, 26.605, date(2018, 8, 31)) == [red_line]
    assert living_at(106.605, 26.605, date(2018, 9, 1)) == [new]
    with pytest.raises(Conflict, match="已于"):
        supersede_living(planner, red_line, GROUND, valid_from=date(2018, 9, 2))


def test_one_that_is_ended_is_no_longer_there(red_line: LivingFeature, planner: Actor) -> None:
    end_living(planner, red_line, on=date(2018, 7, 1), reason="项目终止")
    assert living_at(106.605, 26.605, date(2018, 7, 1)) == []
    with pytest.raises(Conflict):
        end_living(planner, red_line, on=date(2018, 8, 1), reason="再来")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"feature_id": " "}, "标识"),
        ({"geometry": shapely.Polygon()}, "没有图形"),
        ({"geometry": shapely.Polygon([(106.6, 26.6), (106.7, 26.7), (106.7, 26.6), (106.6, 26.7)])}, "自相交"),
        ({"geometry": shapely.box(116.3, 39.9, 116.4, 40.0)}, "本市范围"),
        ({"layer_code": "C0101"}, "不是活图层"),
    ],
)
def test_what_cannot_be_a_living_feature_is_refused(city: object, planner: Actor, change: dict[str, object], match: str) -> None:
    facts: dict[str, object] = {"layer_code": LINE, "feature_id": "1", "geometry": GROUND, **change}
    with pytest.raises(BadInput, match=match):
        register_living(planner, valid_from=DAY, **facts)  # type: ignore[arg-type]
    assert not LivingFeature.objects.exists()


def test_an_identity_in_force_is_not_given_twice(red_line: LivingFeature, planner: Actor) -> None:
    with pytest.raises(Conflict, match="已有有效的"):
        register_living(planner, LINE, red_line.feature_id, GROUND, valid_from=DAY)


def test_dates_before_the_beginning_are_refused(red_line: LivingFeature, planner: Actor) -> None:
    with pytest.raises(BadInput, match="早于"):
        supersede_living(planner, red_line, GROUND, valid_from=date(2018, 1, 1))
    with pytest.raises(BadInput, match="早于"):
        end_living(planner, red_line, on=date(2018, 1, 1), reason="x")


@pytest.mark.parametrize(
    "act",
    [
        lambda who, line: register_living(who, LINE, "2", GROUND, valid_from=DAY),
        lambda who, line: supersede_living(who, line, GROUND, valid_from=date(2019, 1, 1)),
        lambda who, line: end_living(who, line, on=date(2019, 1, 1), reason="x"),
        lambda who, line: register_living_file(who, LINE, LivingFile([]), valid_from=DAY),
    ],
)
def test_only_a_planner_changes_living_layers(red_line: LivingFeature, act: Callable[[Actor, LivingFeature], object]) -> None:
    with pytest.raises(Refused):
        act(person("viewer", 9), red_line)


def test_a_file_of_red_lines_is_registered_whole_or_not_at_all(city: object, planner: Actor, tmp_path: Path) -> None:
    path = make.write(tmp_path / "red.gpkg", make.squares(3))
    file = LivingFile([NamedFile(path, path.name)], id_field="编号", name_field="地类")
    found = register_living_file(planner, LINE, file, valid_from=DAY, document_no="筑规〔2018〕1号")
    assert [one.feature_id for one in found] == ["0", "1", "2"]
    assert float(found[0].area_m2) == pytest.approx(10_000, rel=1e-3)
    with pytest.raises(BadInput, match="3 个要素不能登记"):
        register_living_file(planner, LINE, file, valid_from=DAY)
    broken = make.write(tmp_path / "broken.gpkg", [make.squares(1)[0], None])
    with pytest.raises(BadInput, match="1 个要素的图形不能用"):
        register_living_file(planner, LINE, LivingFile([NamedFile(broken, broken.name)]), valid_from=DAY)
    assert LivingFeature.objects.count() == 3


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, PLAN, "十三五")


def sheet(heads: list[str], *rows: list[object]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in [heads, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


def test_targets_and_projects_are_released_from_tables(dataset: PlanDataset, planner: Actor) -> None:
    heads = ["指标", "单位", "属性", "目标年", "目标值", "对应图层", "备注"]
    release = release_table(planner, dataset, "t.xlsx", sheet(heads, ["耕地保有量", "万亩", "约束性", 2020, 350.5, "C0101", "含易地"]))
    target = PlanTarget.objects.get(release=release)
    assert (target.name, target.binding, target.target_year, float(target.target_value or 0)) == ("耕地保有量", True, 2020, 350.5)
    assert target.attributes == {"备注": "含易地"}
    text = "项目编号,项目名称,投资（万元）,所在区划\nP1,轨道交通 3 号线,120000,520102\n".encode("gb18030")
    second = release_table(planner, dataset, "p.csv", text)
    assert PlanProject.objects.get(release=second).name == "轨道交通 3 号线"
    release.refresh_from_db()
    assert release.state == PlanRelease.State.SUPERSEDED


def test_a_table_with_bad_cells_names_each_and_is_not_kept(dataset: PlanDataset, planner: Actor) -> None:
    rows = [["耕地", "多", "Z9999"], ["", 1, ""]]
    with pytest.raises(BadInput) as caught:
        release_table(planner, dataset, "t.xlsx", sheet(["指标", "目标值", "对应图层"], *rows))
    assert len(caught.value.values["problems"]) == 3
    assert "第 2 行" in caught.value.where
    assert not PlanRelease.objects.exists()
    for data in (sheet(["甲", "乙"], [1, 2]), sheet(["指标"]), b"PK\x03\x04 broken"):
        with pytest.raises(BadInput):
            release_table(planner, dataset, "t.xlsx", data)
    with pytest.raises(Refused):
        release_table(person("viewer", 9), dataset, "t.xlsx", sheet(["指标"], ["x"]))
