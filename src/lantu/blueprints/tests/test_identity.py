"""Identity of findings over runs."""

from __future__ import annotations

import shapely
from hypothesis import given
from hypothesis import strategies as st

from lantu.blueprints.fusion.identity import Known, key_of, name_findings


def known(rule: str, key: str, box: tuple[float, float, float, float], identity: str = "") -> Known:
    return Known(rule, key, shapely.box(*box), identity)


def test_key_does_not_depend_on_the_order_or_repetition_of_sources() -> None:
    assert key_of("C01", [("A", "1"), ("B", "2")]) == key_of("C01", [("B", "2"), ("A", "1"), ("A", "1")])


def test_key_tells_rules_and_features_apart() -> None:
    keys = {key_of("C01", [("A", "1")]), key_of("C02", [("A", "1")]), key_of("C01", [("A", "2")]), key_of("C01", [("B", "1")])}
    assert len(keys) == 4


def test_pieces_with_one_key_are_numbered_in_canonical_order() -> None:
    names = name_findings([known("C01", "k", (0, 0, 1, 1)), known("C01", "k", (5, 0, 6, 1))])
    assert [name.identity for name in names] == ["k-1", "k-2"]
    assert [name.relation for name in names] == ["new", "new"]


def test_same_input_keeps_every_identity() -> None:
    old = [known("C01", "k", (0, 0, 1, 1), "k-1"), known("C01", "k", (5, 0, 6, 1), "k-2")]
    names = name_findings([known("C01", "k", (0, 0, 1, 1)), known("C01", "k", (5, 0, 6, 1))], old)
    assert [(name.identity, name.relation) for name in names] == [("k-1", "same"), ("k-2", "same")]


def test_piece_that_vanished_does_not_shift_the_numbers_of_the_others() -> None:
    old = [known("C01", "k", (0, 0, 1, 1), "k-1"), known("C01", "k", (5, 0, 6, 1), "k-2")]
    names = name_findings([known("C01", "k", (5, 0, 6, 1))], old)
    assert names[0].identity == "k-2"


def test_renamed_sources_are_found_again_by_the_largest_overlap() -> None:
    old = [known("C01", "a", (0, 0, 10, 10), "a-1"), known("C01", "b", (10, 0, 20, 10), "b-1")]
    names = name_findings([known("C01", "z", (1, 0, 12, 10))], old)
    assert names[0].identity == "a-1"
    assert names[0].relation == "merge"
    assert set(names[0].parents) == {"a-1", "b-1"}


def test_split_patch_keeps_its_identity_in_the_larger_piece() -> None:
    old = [known("C01", "k", (0, 0, 10, 10), "k-1")]
    names = name_findings([known("C01", "k", (0, 0, 3, 10)), known("C01", "k", (4, 0, 10, 10))], old)
    assert [name.identity for name in names] == ["k-2", "k-1"]
    assert [name.relation for name in names] == ["split", "split"]


def test_other_rule_never_takes_an_identity() -> None:
    names = name_findings([known("C02", "z", (0, 0, 1, 1))], [known("C01", "k", (0, 0, 1, 1), "k-1")])
    assert names[0].identity == "z-1"


boxes = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 6), st.integers(1, 6)).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
knowns = st.lists(st.builds(Known, st.sampled_from(["C01", "C02"]), st.sampled_from(["a", "b", "c"]), boxes), max_size=8)


@given(knowns, knowns)
def test_identities_are_never_given_twice(before: list[Known], after: list[Known]) -> None:
    olds = [Known(item.rule, item.key, item.shape, name.identity) for item, name in zip(before, name_findings(before), strict=True)]
    identities = [name.identity for name in name_findings(after, olds)]
    assert all(identities)
    assert len(set(identities)) == len(identities)
