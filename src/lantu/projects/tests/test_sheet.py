"""The conditions sheet is a function of what was said, whatever the order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lantu.projects.sheet import Said, Topic, compose

TOPICS = [
    Topic("planning", 2, ("容积率", "建筑高度"), ("GH",)),
    Topic("eia", 1, ("环评",), ("STW",)),
    Topic("other", 4),
]
WORDS = st.sampled_from(["办理环评", "建筑高度 ≤ 24 m", "与地铁同步", "落实停车"])
NUMBERS = st.builds(
    lambda by, item, op, value: Said(by, f"{item} {op} {value}", item=item, op=op, value=float(value), unit="m"),
    st.sampled_from(["GH", "STW", "GT"]),
    st.sampled_from(["建筑高度", "容积率", "退界"]),
    st.sampled_from(["≤", "<", "≥", ">", "="]),
    st.integers(1, 9),
)
SAID = st.one_of(NUMBERS, st.builds(Said, st.sampled_from(["GH", "STW", "GT"]), WORDS))


@given(st.lists(SAID, max_size=14), st.randoms())
def test_any_order_of_the_replies_gives_the_same_sheet(said: list[Said], chance: random.Random) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert compose(shuffled, TOPICS) == compose(said, TOPICS)


@given(st.lists(NUMBERS, min_size=1, max_size=14))
def test_nobody_who_asked_is_lost_and_nothing_is_laxer_than_asked(said: list[Said]) -> None:
    lines = compose(said, TOPICS)
    for one in said:
        (line,) = [
            row
            for row in lines
            if row.item == one.item
            and one.by in row.departments
            and row.value is not None
            and _direction(row.op) == _direction(one.op)
            and (one.op != "=" or row.value == one.value)
        ]
        assert line.value is not None
        assert one.value is not None
        if one.op in ("≤", "<"):
            assert line.value <= one.value
        elif one.op in ("≥", ">"):
            assert line.value >= one.value


def _direction(op: str) -> str:
    return {"≤": "upper", "<": "upper", "≥": "lower", ">": "lower"}.get(op, op)


def test_the_strictest_height_stands_with_all_who_asked() -> None:
    said = [
        Said.of("GH", {"text": "建筑高度 ≤ 30 m", "item": "建筑高度", "op": "≤", "value": 30, "unit": "m"}),
        Said.of("WWJ", {"text": "建筑高度 ≤ 24 m", "item": "建筑高度", "op": "≤", "value": 24, "unit": "m"}, "文物保护法"),
    ]
    (line,) = compose(said, TOPICS)
    assert (line.value, line.departments, line.law, line.topic, line.stage) == (24.0, ("GH", "WWJ"), "文物保护法", "planning", 2)


def test_what_fits_no_topic_goes_to_the_last() -> None:
    (line,) = compose([Said("GT", "与地铁同步")], TOPICS)
    assert (line.topic, line.stage) == ("other", 4)
