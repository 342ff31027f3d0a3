"""The ways to settle a case: ranked, reasoned, only by the data of the pack; of Guiyang's pack every option says what it leaves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.conflicts.factories import RESOLUTION
from lantu.conflicts.facts import Facts
from lantu.conflicts.principles import Principles
from lantu.standards.codes import CodeEntry, CodeTable
from lantu.standards.factories import pack_yaml

URBAN = CodeTable(
    "urban",
    "1",
    "城规",
    "hierarchy",
    {
        code: CodeEntry(code, parent, code, construction, "")
        for code, parent, construction in (("R", "", "yes"), ("R2", "R", "yes"), ("A", "", "yes"), ("A33", "A", "yes"), ("E2", "", "no"))
    },
)
GUIYANG = pack_yaml("resolution.yaml")
RULES = [f"C{number:02d}" for number in range(1, 15)]


def principles(data: dict[str, Any] = RESOLUTION) -> Principles:
    return Principles(data, lambda layer: URBAN if layer == "C0101" else None)


def facts(rule: str = "C01", **more: Any) -> Facts:
    given = {"hits": {"C01": 1, "C06": 2}, "layers": {"C0101": frozenset({"R2"}), "C0404": frozenset()}, "area_m2": Decimal(1000)}
    return Facts(rule, **{**given, **more})


def test_options_come_by_rank_of_principle_and_say_what_they_leave() -> None:
    found = principles().options(facts())
    assert [(one.letter, one.key, one.still_hit) for one in found][:2] == [("A", "keep-farmland", ()), ("B", "swap", ("C06",))]
    assert found[0].outcome == {"classes": {"C0101": "E2"}}
    assert found[0].amend == ("C0101",)


def test_the_ranking_of_the_pack_decides() -> None:
    turned = principles({**RESOLUTION, "ranking": ["3", "1"]})
    assert turned.options(facts())[0].principle == "3"


def test_the_balance_counts_construction_lost_and_farmland_taken() -> None:
    keep, *others = principles().options(facts())
    assert keep.balance == {"construction": {"C0101": "-1000"}, "farmland": "0"}
    swap = next(one for one in others if one.key == "swap")
    assert swap.balance == {"construction": {}, "farmland": "-1000"}
    assert swap.outcome == {"classes": {"C0404": ""}}


def test_existing_rights_are_respected_only_below_critical() -> None:
    rights = facts("C06", hits={"C06": 2}, living=frozenset({"D0102"}))
    assert "rights" in {one.key for one in principles().options(rights)}
    assert "rights" not in {one.key for one in principles().options(facts(living=frozenset({"D0102"})))}


@pytest.mark.parametrize(
    ("tree", "holds"),
    [
        ({"layer": "C0101", "codes": ["R"]}, True),
        ({"layer": "C0101", "codes": ["A"]}, False),
        ({"layer": "C0101", "present": False}, False),
        ({"layer": "C0501", "present": False}, True),
        ({"built": "C0101"}, True),
        ({"built": "C0404"}, False),
        ({"severity": 1}, True),
        ({"any": [{"hit": ["C02"]}, {"not": {"hit": ["C02"]}}]}, True),
        ({"all": [{"hit": ["C01"]}, {"hit": ["C02"]}]}, False),
    ],
)
def test_conditions(tree: dict[str, Any], holds: bool) -> None:
    assert principles().holds(tree, facts()) is holds


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        principles().holds({"moon": "full"}, facts())


@given(
    hits=st.dictionaries(st.sampled_from(RULES), st.integers(1, 5), min_size=1),
    urban=st.sampled_from([None, "R2", "A33", "E2"]),
    layers=st.sets(st.sampled_from(["C0401", "C0404", "C0501", "C0702"])),
)
def test_whatever_the_case_options_of_guiyang_are_lettered_ranked_and_honest(
    hits: dict[str, int], urban: str | None, layers: set[str]
) -> None:
    here = {layer: frozenset({"010"}) for layer in layers} | ({"C0101": frozenset({urban})} if urban else {})
    case = Facts(min(hits), hits, here, area_m2=Decimal(100))
    rank = {code: place for place, code in enumerate(GUIYANG["ranking"])}
    found = principles(GUIYANG).options(case)
    assert [one.letter for one in found] == [chr(65 + place) for place in range(len(found))]
    assert [rank[one.principle] for one in found] == sorted(rank[one.principle] for one in found)
    for one in found:
        assert set(one.still_hit) == set(hits) - set(GUIYANG["options"][one.key]["clears"])
        assert one.outcome.get("classes") or one.outcome.get("accepts")
        assert set(one.outcome.get("accepts", ())) <= set(hits)
        assert set(one.amend) <= set(here)
