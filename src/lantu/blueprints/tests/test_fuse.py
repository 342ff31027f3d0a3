"""From faces to findings on a flat little city."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantu.blueprints.fusion.conditions import All, Covered, Has, Not
from lantu.blueprints.fusion.evaluate import FaceRule, Kind
from lantu.blueprints.fusion.fuse import Draft, Fused, LayerInput, fuse
from lantu.blueprints.fusion.slivers import SliverLimits
from lantu.blueprints.tests.plane import GRID, Box, PlaneFrame, layer, rings
from lantu.planar.engine import PlanarEngine
from lantu.planar.oracle import ShapelyEngine

URBAN, LAND = 0, 1
NO_LIMITS = SliverLimits(area_k_mm2=0.0, width_mm=0.0, noise_width_m=0.0)


def yes(count: int) -> np.ndarray:
    return np.ones(count, dtype=bool)


def overlap_rule(urban: int, land: int, code: str = "C01", severity: int = 1) -> FaceRule:
    return FaceRule(code, 1, Kind.CONFLICT, severity, All((Has(URBAN, yes(urban)), Has(LAND, yes(land)))), (URBAN, LAND))


def gap_rule(urban: int) -> FaceRule:
    return FaceRule("G01", 90, Kind.GAP, 3, All((Has(URBAN, yes(urban)), Covered(LAND, present=False))), (URBAN, LAND))


def run(
    layers: list[LayerInput], rules: list[FaceRule], limits: SliverLimits = NO_LIMITS, regions: list[Box] | None = None, **more: object
) -> Fused:
    return fuse(layers, rules, limits, ShapelyEngine(), PlaneFrame(), regions=rings(regions) if regions else None, **more)  # type: ignore[arg-type]


def only(fused: Fused, kind: Kind) -> Draft:
    (draft,) = fused.lists[kind]
    return draft


def test_overlap_is_a_conflict_and_the_silent_side_a_gap() -> None:
    fused = run([layer("U", [(0, 0, 10, 10)]), layer("L", [(6, 0, 16, 10)])], [overlap_rule(1, 1), gap_rule(1)])
    assert only(fused, Kind.CONFLICT).area_cents == 40_00
    assert only(fused, Kind.GAP).area_cents == 60_00
    assert fused.lists[Kind.DIFFERENCE] == []


def test_tolerated_ground_is_a_difference_and_no_conflict() -> None:
    rule = overlap_rule(2, 1)
    green = Has(URBAN, np.array([False, True]))
    mild = FaceRule(rule.code, rule.order, rule.kind, rule.severity, rule.when, rule.named, tolerated=green)
    fused = run([layer("U", [(0, 0, 10, 10), (10, 0, 20, 10)]), layer("L", [(0, 0, 20, 5)])], [mild])
    assert only(fused, Kind.CONFLICT).sources == ((URBAN, 0), (LAND, 0))
    assert only(fused, Kind.DIFFERENCE).sources == ((URBAN, 1), (LAND, 0))


def test_lowest_number_is_primary_and_highest_severity_is_shown() -> None:
    minor = overlap_rule(1, 1, "C06", severity=3)
    grave = FaceRule("C09", 9, Kind.CONFLICT, 1, Has(LAND, yes(1)), (LAND,))
    minor = FaceRule("C06", 6, minor.kind, minor.severity, minor.when, minor.named)
    fused = run([layer("U", [(0, 0, 10, 10)]), layer("L", [(6, 0, 16, 10)])], [grave, minor])
    both, rest = sorted(fused.lists[Kind.CONFLICT], key=lambda draft: draft.area_cents)
    assert (both.rule, both.severity, [hit.rule for hit in both.hits]) == (1, 1, [1, 0])
    assert (rest.rule, rest.severity, rest.area_cents) == (0, 1, 60_00)


def test_patches_of_one_key_are_joined_over_layers_the_rule_does_not_name() -> None:
    third = layer("T", [(4, 0, 6, 10)])
    fused = run([layer("U", [(0, 0, 10, 10)]), layer("L", [(0, 0, 10, 10)]), third], [overlap_rule(1, 1)])
    assert only(fused, Kind.CONFLICT).area_cents == 100_00


def test_overlapping_patches_of_one_layer_make_one_key_and_no_ground_counts_twice() -> None:
    fused = run([layer("U", [(0, 0, 10, 10), (5, 0, 15, 10)]), layer("L", [(0, 0, 15, 10)])], [overlap_rule(2, 1)])
    drafts = fused.lists[Kind.CONFLICT]
    assert sorted(draft.sources for draft in drafts) == [
        ((URBAN, 0), (URBAN, 1), (LAND, 0)),
        ((URBAN, 0), (LAND, 0)),
        ((URBAN, 1), (LAND, 0)),
    ]
    assert sum(draft.area_cents for draft in drafts) == 150_00


def test_ground_outside_the_city_is_never_a_finding() -> None:
    fused = run([layer("U", [(0, 0, 10, 10)]), layer("L", [(0, 0, 10, 10)])], [overlap_rule(1, 1)], regions=[(0, 0, 3, 10), (3, 0, 7, 10)])
    draft = only(fused, Kind.CONFLICT)
    assert draft.area_cents == 70_00
    assert draft.region == 1


def test_pieces_that_meet_in_a_point_are_two_patches() -> None:
    fused = run([layer("U", [(0, 0, 10, 10), (10, 10, 20, 20)]), layer("L", [(0, 0, 20, 20)])], [overlap_rule(2, 1)])
    assert len(fused.lists[Kind.CONFLICT]) == 2


def test_narrow_sliver_goes_to_the_strip_rule_and_keeps_what_made_it() -> None:
    rule = overlap_rule(1, 1, severity=2)
    strip = FaceRule("C14", 14, Kind.CONFLICT, 5, Has(URBAN, np.zeros(1, bool)), ())
    limits = SliverLimits(area_k_mm2=0.0, width_mm=0.2)
    fused = run([layer("U", [(0, 0, 10, 1000)], 10_000), layer("L", [(9, 0, 20, 1000)], 5_000)], [rule, strip], limits, strip_rule=1)
    draft = only(fused, Kind.CONFLICT)
    assert (draft.rule, draft.severity, draft.sliver, draft.apart) == (1, 5, True, True)
    assert [hit.rule for hit in draft.hits] == [0]


def test_sliver_that_breaks_a_severity_1_rule_stays_in_the_list() -> None:
    strip = FaceRule("C14", 14, Kind.CONFLICT, 5, Has(URBAN, np.zeros(1, bool)), ())
    fused = run(
        [layer("U", [(0, 0, 10, 1000)], 10_000), layer("L", [(9, 0, 20, 1000)], 5_000)],
        [overlap_rule(1, 1), strip],
        SliverLimits(),
        strip_rule=1,
    )
    draft = only(fused, Kind.CONFLICT)
    assert (draft.rule, draft.severity, draft.sliver, draft.apart) == (0, 1, True, False)


def test_noise_is_one_number_and_no_finding_even_of_severity_1() -> None:
    limits = SliverLimits(noise_width_m=1.5)
    fused = run([layer("U", [(0, 0, 10, 1000)], 10_000), layer("L", [(9, 0, 20, 1000)], 5_000)], [overlap_rule(1, 1)], limits)
    assert fused.lists[Kind.CONFLICT] == []
    assert (fused.noise[Kind.CONFLICT].count, fused.noise[Kind.CONFLICT].area_m2) == (1, pytest.approx(1000.0))


@st.composite
def box_layer(draw: st.DrawFn) -> list[Box]:
    corners = draw(
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=5)
    )
    return [(x, y, x + w, y + h) for x, y, w, h in corners]


def described(fused: Fused, layers: list[LayerInput], kind: Kind) -> list[tuple[object, ...]]:
    """The findings of a list in terms that know no order of layers or features."""
    outlines = fused.patches[kind].regions.to_shapely(GRID)
    return sorted(
        (
            draft.rule,
            tuple(
                sorted(
                    (layers[number].code, layers[number].rings.xy[int(layers[number].rings.ring_start[patch])].tolist())
                    for number, patch in draft.sources
                )
            ),
            round(draft.raw_m2 * 100),
            shapely.to_wkt(shapely.normalize(outlines[draft.patch])),
        )
        for draft in fused.lists[kind]
    )


@settings(max_examples=25, deadline=None)
@given(box_layer(), box_layer())
def test_findings_of_a_list_do_not_overlap_and_cover_exactly_what_the_rule_says(urban: list[Box], land: list[Box]) -> None:
    fused = run([layer("U", urban), layer("L", land)], [overlap_rule(len(urban), len(land)), gap_rule(len(urban))])
    one, two = (shapely.union_all([shapely.box(*box) for box in boxes]) for boxes in (urban, land))
    for kind, expected in ((Kind.CONFLICT, one.intersection(two)), (Kind.GAP, one.difference(two))):
        outlines = fused.patches[kind].regions.to_shapely(GRID)
        assert all(a.intersection(b).area == 0 for a, b in itertools.combinations(outlines, 2))
        assert shapely.union_all(outlines).symmetric_difference(expected).area == 0
        assert sum(draft.raw_m2 for draft in fused.lists[kind]) == pytest.approx(expected.area)


@settings(max_examples=25, deadline=None)
@given(box_layer(), box_layer(), st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_features(urban: list[Box], land: list[Box], random: object) -> None:
    turned, other = list(urban), list(land)
    random.shuffle(turned)  # type: ignore[attr-defined]
    random.shuffle(other)  # type: ignore[attr-defined]
    rules = [overlap_rule(len(urban), len(land)), gap_rule(len(urban))]
    first, second = [layer("U", urban), layer("L", land)], [layer("U", turned), layer("L", other)]
    for kind in (Kind.CONFLICT, Kind.GAP):
        assert described(run(first, rules), first, kind) == described(run(second, rules), second, kind)


@settings(max_examples=25, deadline=None)
@given(box_layer(), box_layer())
def test_findings_do_not_depend_on_the_order_of_layers(urban: list[Box], land: list[Box]) -> None:
    rule, gap = overlap_rule(len(urban), len(land)), gap_rule(len(urban))
    turned = [
        FaceRule(rule.code, rule.order, rule.kind, rule.severity, All((Has(1, yes(len(urban))), Has(0, yes(len(land))))), (1, 0)),
        FaceRule(gap.code, gap.order, gap.kind, gap.severity, All((Has(1, yes(len(urban))), Not(Covered(0)))), (1, 0)),
    ]
    first, second = [layer("U", urban), layer("L", land)], [layer("L", land), layer("U", urban)]
    for kind in (Kind.CONFLICT, Kind.GAP):
        assert described(run(first, [rule, gap]), first, kind) == described(run(second, turned), second, kind)


@settings(max_examples=15, deadline=None)
@given(box_layer(), box_layer())
def test_both_engines_give_the_same_findings(urban: list[Box], land: list[Box]) -> None:
    layers, rules = [layer("U", urban), layer("L", land)], [overlap_rule(len(urban), len(land)), gap_rule(len(urban))]
    ours, theirs = (fuse(layers, rules, NO_LIMITS, engine, PlaneFrame()) for engine in (ShapelyEngine(), PlanarEngine()))
    for kind in Kind:
        assert ours.lists[kind] == theirs.lists[kind]
        assert ours.patches[kind].regions.xy.tolist() == theirs.patches[kind].regions.xy.tolist()
