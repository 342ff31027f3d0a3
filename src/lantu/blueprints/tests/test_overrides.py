"""Decisions on the map: what they change in the next run, what is refused and where."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import shapely

from lantu.blueprints import factories as make
from lantu.blueprints.models import Amendment, Finding, FusionRun, Override
from lantu.blueprints.services import AmendmentOrder, CaseRef, record_override, withdraw_override
from lantu.blueprints.verification import verify_run
from lantu.core.errors import BadInput, Conflict, LantuError, NotFound, Refused
from lantu.core.models import OutboxEvent
from lantu.plans.models import PlanRelease

pytestmark = pytest.mark.django_db

WITHDRAW = {"classes": {"C0101": "E2"}}


@pytest.fixture
def releases() -> list[PlanRelease]:
    return make.make_releases(make.make_pack())


def found(run: FusionRun, rule: str) -> list[Finding]:
    return list(Finding.objects.filter(run=run, listing="conflict", rule=rule))


def test_class_that_was_decided_ends_the_conflict_and_only_that(releases: list[PlanRelease]) -> None:
    before = make.make_run(releases)
    (conflict,) = found(before, "C01")
    override = make.make_override(conflict.geometry, ["C0101", "C0404"], WITHDRAW)
    after = make.make_run(releases)
    assert found(after, "C01") == []
    kept = {row.identity: row.area_m2 for row in Finding.objects.filter(run=after)}
    assert kept == {row.identity: row.area_m2 for row in Finding.objects.filter(run=before).exclude(pk=conflict.pk)}
    assert list(after.overrides.all()) == [override]
    assert after.decisions == [{"number": override.number, "digest": override.digest}]


def test_ground_of_a_finding_comes_back_to_the_same_integers(releases: list[PlanRelease]) -> None:
    run = make.make_run(releases)
    (conflict,) = found(run, "C01")
    override = make.make_override(conflict.geometry, ["C0101"], WITHDRAW)
    assert override.geometry.equals(conflict.geometry)
    assert abs(override.area_m2 - conflict.area_m2) < Decimal("0.05")
    assert override.district == "520103"


@pytest.mark.parametrize("engine", ["oracle", "planar"])
def test_digest_covers_decisions_and_without_them_is_what_it_was(releases: list[PlanRelease], engine: str) -> None:
    first = make.make_run(releases, engine=engine)
    override = make.make_override(make.box(100, 100, 150, 150), ["C0101"], WITHDRAW)
    second = make.make_run(releases, engine=engine)
    withdraw_override(make.actor("planner"), override, "批复已撤回")
    third = make.make_run(releases, engine=engine)
    assert first.digest == third.digest != second.digest
    assert first.decisions == third.decisions == []


def test_run_is_verified_with_the_decisions_it_was_made_with(releases: list[PlanRelease]) -> None:
    override = make.make_override(make.box(0, 300, 100, 400), ["C0101"], WITHDRAW)
    run = make.make_run(releases)
    withdraw_override(make.actor("planner"), override, "批复已撤回")
    for engine in ("oracle", "planar"):
        report = verify_run(run, engine, expected=run.digest)
        assert report.agrees, report.differences


def test_meddled_decision_is_found_out(releases: list[PlanRelease]) -> None:
    override = make.make_override(make.box(0, 300, 100, 400), ["C0101"], WITHDRAW)
    run = make.make_run(releases)
    Override.objects.filter(pk=override.pk).update(outcome={"classes": {"C0101": "R2"}})
    report = verify_run(run, "oracle", expected=run.digest)
    assert {"what": "findings", "list": "conflict", "type": "C01", "expected": 0, "found": 1} in report.differences


def test_layer_that_holds_silences_the_others(releases: list[PlanRelease]) -> None:
    (conflict,) = found(make.make_run(releases), "C01")
    make.make_override(conflict.geometry, ["C0101", "C0404"], {"holds": "C0101"})
    assert found(make.make_run(releases), "C01") == []


def test_control_line_can_be_moved_off_and_onto_ground(releases: list[PlanRelease]) -> None:
    (conflict,) = found(make.make_run(releases), "C01")
    make.make_override(conflict.geometry, ["C0404"], {"classes": {"C0404": ""}})
    assert found(make.make_run(releases), "C01") == []
    make.make_override(make.box(100, 100, 200, 200), ["C0404"], {"classes": {"C0404": "+"}})
    (moved,) = found(make.make_run(releases), "C01")
    assert float(moved.area_m2) == pytest.approx(10_000, rel=0.01)


def test_accepted_hit_does_not_come_back_but_other_rules_do(releases: list[PlanRelease]) -> None:
    run = make.make_run(releases)
    (conflict,) = found(run, "C06")
    make.make_override(conflict.geometry, ["C0101"], {"accepts": ["C01"], "condition": "保留耕作层"})
    assert len(found(make.make_run(releases), "C06")) == 1
    make.make_override(conflict.geometry, ["C0101"], {"accepts": ["C06"]})
    assert found(make.make_run(releases), "C06") == []


def test_decision_on_part_of_a_conflict_leaves_the_rest(releases: list[PlanRelease]) -> None:
    (conflict,) = found(make.make_run(releases), "C01")
    make.make_override(make.box(0, 300, 50, 400), ["C0101"], WITHDRAW)
    (rest,) = found(make.make_run(releases), "C01")
    assert rest.identity == conflict.identity
    assert float(rest.area_m2) == pytest.approx(float(conflict.area_m2) / 2, rel=1e-3)


def test_decision_can_make_a_new_conflict_that_names_it(releases: list[PlanRelease]) -> None:
    override = make.make_override(make.box(0, 400, 100, 500), ["C0101"], {"classes": {"C0101": "R2"}})
    rows = found(make.make_run(releases), "C01")
    sources = [source for row in rows for source in row.sources if source["feature_id"] == override.number]
    assert sources == [{"layer": "C0101", "release": None, "index": None, "feature_id": override.number, "code": "R2"}]


def refused(kind: type[LantuError], match: str, geometry: Any = None, **more: Any) -> LantuError:
    facts = {"layers": ["C0101"], "outcome": WITHDRAW, **more}
    with pytest.raises(kind, match=match) as caught:
        make.make_override(make.box(0, 0, 50, 50) if geometry is None else geometry, **facts)
    assert not Override.objects.filter(title="协调结果", note="").exclude(document_no="旧").exists()
    return caught.value


def test_self_intersection_is_refused_with_the_place(releases: list[PlanRelease]) -> None:
    a, b, c, d = (make.box(x, y, x + 1, y + 1).exterior.coords[2] for x, y in ((0, 0), (40, 40), (40, 0), (0, 40)))
    error = refused(BadInput, "自相交.*东经 106", shapely.Polygon([a, b, c, d]))
    lon, lat = error.values["place"]
    assert shapely.Point(lon, lat).distance(make.box(20, 20, 21, 21)) < 1e-5


def test_ground_outside_of_the_city_is_refused_with_the_place(releases: list[PlanRelease]) -> None:
    error = refused(BadInput, "超出行政区界", make.box(1900, 0, 2100, 100))
    assert error.values["place"][0] > make.box(2000, 0, 2001, 1).bounds[0]


def test_drawn_outline_that_leaves_a_strip_is_refused_with_its_width_and_place(releases: list[PlanRelease]) -> None:
    nearly = make.box(0.5, 0, 400, 400)
    error = refused(BadInput, "没有对齐.*C0101-0.*0.499", nearly, origin="drawn")
    assert error.values["place"][0] < make.box(1, 0, 2, 1).bounds[0]
    make.make_override(make.box(0, 0, 100, 400), ["C0101"], WITHDRAW, origin="drawn")


def test_ground_that_another_decision_covers_is_refused_unless_it_is_replaced(releases: list[PlanRelease]) -> None:
    old = make.make_override(make.box(0, 0, 50, 50), ["C0101"], WITHDRAW, document_no="旧")
    make.make_override(make.box(50, 0, 100, 50), ["C0101"], WITHDRAW, document_no="旧")
    make.make_override(make.box(0, 0, 50, 50), ["C0401"], {"classes": {"C0401": "010"}}, document_no="旧")
    error = refused(Conflict, f"{old.number} 重叠", make.box(20, 20, 49, 49))
    assert error.values["place"]
    new = make.make_override(make.box(20, 20, 49, 49), ["C0101"], WITHDRAW, replaces=[old])
    old.refresh_from_db()
    assert (old.state, old.replaced_by) == ("withdrawn", new)


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"document_no": " "}, "批复文号"),
        ({"document_date": None}, "批复日期"),
        ({"document_date": date(2999, 1, 1)}, "今天之后"),
        ({"layers": ["D0102"]}, "没有可以融合的图层 D0102"),
        ({"layers": []}, "没有写明决定所及的图层"),
        ({"outcome": {"classes": {"C0101": "Z9"}}}, "没有「Z9」"),
        ({"outcome": {"classes": {"C0401": "010"}}}, "不在所列图层里"),
        ({"outcome": {"holds": "C0101"}}, "没有可以让位"),
        ({"outcome": {"accepts": ["C01"]}}, "须写明条件"),
        ({"outcome": {"accepts": ["C99"], "condition": "x"}}, "没有规则 C99"),
        ({"outcome": {}}, "没有写明结果"),
        ({"outcome": {"kind": "x"}}, "看不懂的项「kind」"),
        ({"layers": ["C0404"], "outcome": {"classes": {"C0404": "011"}}}, "没有分类标准"),
        ({"amendments": [{"layer": "C0101", "department": "GH"}]}, "缺少「due」"),
        ({"amendments": [{"layer": "C0101", "department": "GH", "due": "年底"}]}, "不是日期"),
        ({"title": ""}, "没有写明协调结果的名称"),
    ],
)
def test_what_is_not_whole_is_refused(releases: list[PlanRelease], more: dict[str, Any], match: str) -> None:
    refused(BadInput, match, **more)


def test_only_planners_record_and_withdraw(releases: list[PlanRelease]) -> None:
    with pytest.raises(Refused):
        make.make_override(make.box(0, 0, 50, 50), ["C0101"], WITHDRAW, by=make.actor("decider"))
    row = make.make_override(make.box(0, 0, 50, 50), ["C0101"], WITHDRAW)
    with pytest.raises(Refused):
        withdraw_override(make.actor("publisher"), row, "不要了")
    with pytest.raises(BadInput, match="撤销原因"):
        withdraw_override(make.actor("planner"), row, "")
    withdraw_override(make.actor("planner"), row, "批复已撤回")
    with pytest.raises(Conflict, match="已经撤销"):
        withdraw_override(make.actor("planner"), row, "再撤")


def test_case_and_amendments_are_kept_and_fall_with_the_decision(releases: list[PlanRelease]) -> None:
    row = record_override(
        make.actor("planner"),
        title="某地块",
        layers=["C0101"],
        outcome=WITHDRAW,
        geometry=make.box(0, 0, 50, 50),
        document_no="筑府函〔2018〕1号",
        document_date=date(2018, 9, 20),
        case=CaseRef("conflicts.conflictcase", "7", "MD2018-0007", "abc"),
        amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31), "改为农林用地")],
    )
    amendment = Amendment.objects.get(override=row)
    assert (row.case_label, amendment.department, amendment.is_open) == ("MD2018-0007", "GH", True)
    assert amendment.overdue_days(date(2019, 1, 2)) == 2
    payload = OutboxEvent.objects.get(name="blueprints.override_recorded").payload
    assert (payload["case_type"], payload["case_id"]) == ("conflicts.conflictcase", "7")
    withdraw_override(make.actor("planner"), row, "批复已撤回")
    amendment.refresh_from_db()
    assert (amendment.state, amendment.overdue_days(date(2019, 1, 2))) == ("cancelled", 0)


def test_faulty_amendment_leaves_no_decision_behind(releases: list[PlanRelease]) -> None:
    with pytest.raises(NotFound, match="没有部门 XX"):
        make.make_override(make.box(0, 0, 50, 50), ["C0101"], WITHDRAW, amendments=[AmendmentOrder("C0101", "XX", date(2018, 12, 31))])
    with pytest.raises(BadInput, match="早于批复日期"):
        make.make_override(make.box(0, 0, 50, 50), ["C0101"], WITHDRAW, amendments=[AmendmentOrder("C0101", "GH", date(2018, 1, 1))])
    assert not Override.objects.exists()


def test_end_of_a_run_is_told_with_its_purpose(releases: list[PlanRelease]) -> None:
    run = make.make_run(releases)
    event = OutboxEvent.objects.get(name="blueprints.run_done")
    assert event.subject_id == str(run.pk)
    assert event.payload == {"run": run.pk, "number": run.number, "digest": run.digest, "purpose": "blueprint"}
