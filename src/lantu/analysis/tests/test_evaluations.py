"""Indicators: measured over faces and living layers, judged, frozen, verified."""

from __future__ import annotations

from datetime import date

import pytest

from lantu.analysis.evaluation.checking import formula_problems
from lantu.analysis.evaluation.judge import next_day, progress_of, status_of
from lantu.analysis.evaluation.measure import Measure, Value
from lantu.analysis.factories import actor, make_living
from lantu.analysis.models import Evaluation
from lantu.analysis.partition import basis
from lantu.analysis.services import evaluate, verify_evaluation
from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.casework.models import Notification
from lantu.core.errors import Conflict
from lantu.standards.models import PackPart


def by_code(row: Evaluation) -> dict[str, dict]:
    return {one["code"]: one for one in row.result["indicators"]}


def test_indicators_are_measured_over_faces_living_layers_and_sources(release) -> None:
    make_living("D0102", (0, 0, 100, 100))
    make_living("D0102", (50, 0, 150, 100))  # half of it lies on the first: ground counts once
    indicator_sources.register("test", IndicatorSource("外来数", lambda run, on: 7.0, lambda on: "/conflicts/?state=open"))
    try:
        found = by_code(evaluate(actor("planner")))
    finally:
        indicator_sources.unregister("test")
    assert found["I01"]["value"] == pytest.approx(2.0, rel=2e-3)  # (0,300)-(100,500)
    # R2 is construction, 400 × 400; of it 010 lies left of 200 m
    assert found["I02"]["value"] == pytest.approx(100 * 200 / 400, rel=0.35)
    assert found["I03"]["value"] == pytest.approx(1.5, rel=2e-3)
    assert found["I04"]["value"] == 7.0 and found["I04"]["status"] == "met"
    assert found["I03"]["status"] == "missed" and found["I01"]["next"] == next_day("P1Y", date.today())
    assert sum(part["value"] for part in found["I03"]["districts"]) <= found["I03"]["value"] + 1e-6


def test_plan_implementation_tells_planned_approved_on_and_off_the_planned_ground(release) -> None:
    make_living("D0102", (300, 350, 400, 450))  # half on R2 (construction), half on E2
    found = evaluate(actor("planner")).result["implementation"]
    planned, on, off = found["total"]
    assert planned >= 160_000 * 0.99 and on == pytest.approx(5000, rel=0.01) and off == pytest.approx(5000, rel=0.01)


def test_what_is_missing_or_not_to_be_seen_is_said_and_not_judged(release) -> None:
    found = by_code(evaluate(actor("window")))
    assert found["I01"]["status"] == "unseen" and found["I01"]["unseen"] == ["C0404"] and found["I01"]["value"] is None
    assert found["I04"]["status"] == "unknown" and found["I04"]["missing"] == ["test"]


CASES = (
    # value, target, direction, binding, warn → status
    (100, 100, "min", True, 0.0, "met"),
    (99.9, 100, "min", True, 0.1, "missed"),
    (105, 100, "min", True, 0.1, "warned"),
    (95, 100, "max", True, 0.1, "warned"),
    (101, 100, "max", True, 0.1, "missed"),
    (95, 100, "min", False, 0.1, "warned"),
    (89, 100, "min", False, 0.1, "missed"),
    (105, 100, "max", False, 0.1, "warned"),
    (0, 0, "max", True, 0.0, "met"),
    (None, 100, "min", True, 0.0, "unknown"),
)


def test_judgements_at_their_thresholds() -> None:
    for value, target, direction, binding, warn, wanted in CASES:
        assert status_of(Value(value), target=target, direction=direction, binding=binding, warn=warn) == wanted
    assert progress_of(15, 10, 20) == 0.5 and progress_of(1, 2, 2) is None
    assert next_day("P3M", date(2018, 11, 30)) == "2019-02-28" and next_day("P10D", date(2018, 1, 1)) == "2018-01-11"


def test_terms_are_shares_of_faces_that_add_up(release) -> None:
    measure = Measure(basis(), actor("planner"), date.today())
    land = {"layer": "C0101", "codes": ["R2"]}
    whole = measure.value({"area": land}, "㎡").whole
    other = {"layer": "C0401", "codes": ["030"]}
    both, without = (measure.value({"area": {"all": [land, term]}}, "㎡").whole for term in (other, {"not": other}))
    assert both + without == pytest.approx(whole, abs=0.02) and both > 0 and without > 0
    assert measure.value({"area": {"any": [land, land]}}, "㎡").whole == whole
    assert measure.value({"count": {"living": ["D0102"]}}, "宗").whole == 0


def test_an_evaluation_can_be_verified_and_tampering_shows(release) -> None:
    row = evaluate(actor("planner"))
    assert verify_evaluation(actor("planner"), row)["intact"] and verify_evaluation(actor("planner"), row)["same"]
    make_living("D0102", (0, 0, 100, 100))
    later = verify_evaluation(actor("planner"), row)
    assert later["same"] and "I03" in later["living_changed"]
    row.result["indicators"][0]["value"] = 3.0
    row.save()
    forged = verify_evaluation(actor("planner"), row)
    assert not forged["intact"] and forged["differences"] == ["I01"]


def test_a_pack_without_indicators_is_told_so(release) -> None:
    PackPart.objects.filter(name="analysis").update(content={})
    with pytest.raises(Conflict, match="没有定义指标"):
        evaluate(actor("planner"))


def test_pages_api_and_files_give_the_same_evaluation(client_as, release) -> None:
    client = client_as("planner")
    made = client.post("/analysis/evaluations/", {"title": "年度评价"})
    row = Evaluation.objects.get()
    assert made["Location"] == row.get_absolute_url() and row.title == "年度评价"
    page = client.get(row.get_absolute_url()).content.decode()
    assert "基本农田" in page and "规划建设用地" in page
    assert "基本农田" in client.get("/analysis/indicators/I01/").content.decode()
    assert client.get("/analysis/indicators/none/").status_code == 404
    for form in ("xlsx", "docx", "json"):
        assert len(client.get(row.get_absolute_url(), {"export": form}).content) > 1000
    assert row.number in client.get("/analysis/evaluations/").content.decode()
    assert client.post(f"{row.get_absolute_url()}verify/").status_code == 302
    said = client.get(f"/api/v1/analysis/evaluations/{row.pk}").json()
    assert said["digest"] == row.digest and said["result"] == row.result
    assert client.post(f"/api/v1/analysis/evaluations/{row.pk}/verify").json()["same"]
    assert client_as("window", 9).get(f"/api/v1/analysis/evaluations/{row.pk}").status_code == 200  # the same department
    assert Notification.objects.count() == 0  # nobody is in supervision here


def test_formulas_of_a_pack_are_checked_before_it_is_loaded() -> None:
    sound = (
        {"area": {"layer": "A"}},
        {"ratio": {"of": {"living": ["L"]}, "to": {"layer": "A"}}},
        {"source": "x"},
        {"count": {"living": ["L"]}},
    )
    assert not any(formula_problems(one) for one in sound)
    living = {"living": ["L"]}
    broken = (
        {}, {"area": {}}, {"area": {"all": []}}, {"area": {"all": [living, living]}}, {"area": {"any": [living, {"layer": "A"}]}},
        {"ratio": {"of": {"layer": "A"}}}, {"count": {"layer": "A"}}, {"area": {"layer": "A", "trait": "x"}}, {"sum": 1}, "area",
    )  # fmt: skip
    assert all(formula_problems(one) for one in broken)
