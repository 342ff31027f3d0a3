"""Q13–Q15, levels and marks: what is found between layers, against targets and along common borders."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.plans.quality import Context, CrossRule, EdgeRule, QuotaRule, marks, run, total
from lantu.plans.tests.test_quality import GRID, box, check, degrees, layer, told


def test_q13_what_must_lie_within_and_what_must_stay_apart() -> None:
    farmland = layer([box(0, 0, 100, 100), box(100, 0, 200, 100)], DM=["0101", "0201"])
    zone = degrees([box(-10, -10, 150, 110)])
    inside = CrossRule("农田在区内", "C0402", within=True, shapes=zone)
    found = check("Q13", farmland, cross_rules=(inside,), code_field="DM")
    assert told(found) == [("cross-outside", "error", (2,))]
    assert abs(found[0].values["area_m2"] - 5000) < 1
    only = CrossRule("耕地在区内", "C0402", within=True, shapes=zone, codes=("01",))
    assert check("Q13", farmland, cross_rules=(only,), code_field="DM") == []
    apart = CrossRule("农田不重叠", "C0401", within=False, shapes=degrees([box(90, 0, 100, 50), box(500, 500, 600, 600)]))
    assert told(check("Q13", farmland, cross_rules=(apart,))) == [("cross-overlap", "error", (1,))]
    missing = CrossRule("农田在区内", "C0402", within=True, shapes=None)
    assert told(check("Q13", farmland, cross_rules=(missing,))) == [("cross-missing", "info", ())]
    nothing_there = CrossRule("农田在区内", "C0402", within=True, shapes=degrees([]))
    assert told(check("Q13", farmland, cross_rules=(nothing_there,))) == [
        ("cross-outside", "error", (1,)),
        ("cross-outside", "error", (2,)),
    ]


def test_q14_totals_against_targets() -> None:
    zones = layer([box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100)], DM=["010", "011", "030"])
    over = QuotaRule("建设用地", "总规模", True, 15_000.0, ("010",))
    assert told(check("Q14", zones, quota_rules=(over,), code_field="DM")) == [("quota-over", "error", ())]
    roomy = QuotaRule("建设用地", "总规模", True, 15_000.0, ("010",), tolerance=0.4)
    assert check("Q14", zones, quota_rules=(roomy,), code_field="DM") == []
    under = QuotaRule("农田", "保护面积", False, 40_000.0)
    assert told(check("Q14", zones, quota_rules=(under,))) == [("quota-under", "error", ())]
    unknown = QuotaRule("农田", "保护面积", False, None)
    assert told(check("Q14", zones, quota_rules=(unknown,))) == [("quota-missing", "info", ())]


def test_q15_borders_that_do_not_meet_and_classes_that_differ() -> None:
    own = layer([box(0, 0, 100, 100), box(0, 100, 100, 200)], DM=["R2", "B1"])
    beside = degrees([box(101, 0, 200, 100), box(100, 100, 200, 200)])
    rule = EdgeRule("邻区城规", beside, 4.0, ["R2", "G1"], finer="邻区城规")
    found = check("Q15", own, edge_rules=(rule,), code_field="DM")
    assert [(one.code, one.rows) for one in found] == [("edge-gap", (1, 2)), ("edge-class", (2,))]
    assert abs(found[0].values["width_m"] - 1.0) < 0.1
    overlapping = EdgeRule("邻区城规", degrees([box(99, 0, 200, 200)]), 4.0, None)
    assert {one.code for one in check("Q15", own, edge_rules=(overlapping,), code_field="DM")} == {"edge-overlap"}
    meeting = EdgeRule("邻区城规", degrees([box(100, 0, 200, 200)]), 4.0, None)
    assert check("Q15", own, edge_rules=(meeting,), code_field="DM") == []
    far = EdgeRule("远区城规", degrees([box(150, 0, 200, 200)]), 4.0, ["R2"])
    assert check("Q15", own, edge_rules=(far,), code_field="DM") == []


def test_the_pack_switches_checks_off_and_lowers_their_errors() -> None:
    overlapping = layer([box(0, 0, 100, 100), box(50, 0, 150, 100)])
    assert told(check("Q08", overlapping, coverage=True))[0][1] == "error"
    assert told(check("Q08", overlapping, coverage=True, levels={"Q08": "warning"}))[0][1] == "warning"
    assert check("Q08", overlapping, coverage=True, levels={"Q08": "off"}) == []
    assert run(overlapping, Context(grid=GRID, levels=dict.fromkeys([f"Q{n:02}" for n in range(1, 16)], "off"))) == []


@given(
    findings=st.lists(
        st.tuples(st.sampled_from(["Q06", "Q08"]), st.sampled_from(["error", "warning", "info"]), st.sets(st.integers(1, 20)).map(tuple)),
        max_size=12,
    )
)
def test_a_score_is_between_none_and_all_and_never_better_for_another_finding(findings: list[tuple[str, str, tuple[int, ...]]]) -> None:
    weights = {"Q06": 2.0, "Q08": 1.0}
    scores = [total(marks(findings[:n], 20, weights, 0.3)) for n in range(len(findings) + 1)]
    assert scores[0] == 100
    assert all(0 <= later <= earlier for earlier, later in itertools.pairwise(scores))


def test_a_score_says_how_it_came_about() -> None:
    found = marks(
        [("Q08", "error", (1, 2)), ("Q08", "error", (2, 3)), ("Q10", "warning", (5,)), ("Q14", "error", ())],
        10,
        {"Q08": 10, "Q10": 5, "Q14": 5},
        0.3,
    )
    assert [(one.check, round(one.mark, 1)) for one in found] == [("Q08", 70.0), ("Q10", 97.0), ("Q14", 0.0)]
    assert total(found) == round((700 + 485 + 0) / 20, 1)
    assert np.isfinite(total([]))
    assert shapely.is_valid(box(0, 0, 1, 1))
