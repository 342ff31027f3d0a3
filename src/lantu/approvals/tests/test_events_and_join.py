"""Case events in their order and pairs; the join under any interleaving of verdicts, withdrawals and rounds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.approvals.events import ENDED, Case, Code, IllegalEvent, fold
from lantu.approvals.join import Outcome, Required, Standing, Why, join

STATES = st.sampled_from([None, *Code])
ITEMS = ("scheme", "defence", "permit", "trees")
REQUIRED = (
    Required("scheme", "GH"),
    Required("defence", "RFB"),
    Required("permit", "GH", ("scheme", "defence")),
)


def stand(*states: Code | None, round_: int = 1) -> list[Standing]:
    """Scheme, civil defence and works permit in these states."""
    return [Standing(one.item, one.department, round_, state) for one, state in zip(REQUIRED, states, strict=True)]


# -- events


@pytest.mark.parametrize(
    "codes",
    [
        [1, 3, 8, 11],
        [1, 6, 7, 6, 7, 3, 8, 12, 11],
        [1, 6, 2],
        [1, 4],
        [1, 3, 14],
        [1, 3, 8, 12, 15],
        [1, 3, 8, 11, 15],
    ],
)
def test_lawful_courses(codes: list[int]) -> None:
    assert fold([(Code(code), "") for code in codes]).state == codes[-1]


@pytest.mark.parametrize("codes", [[3], [1, 8], [1, 7], [1, 3, 6], [1, 3, 8, 13, 15], [1, 3, 11], [1, 2, 3], [1, 3, 8, 10], [1, 6, 3]])
def test_unlawful_courses(codes: list[int]) -> None:
    with pytest.raises(IllegalEvent):
        fold([(Code(code), "") for code in codes])


def test_each_special_procedure_has_its_own_end_and_work_goes_on_only_after_the_last() -> None:
    begun = [(Code(1), ""), (Code(3), ""), (Code(8), ""), (Code(9), "a"), (Code(9), "b")]
    one_left = fold([*begun, (Code(10), "a")])
    assert one_left.open_pauses == {"b"}
    for code in (Code.STARTED, Code.APPROVED):
        with pytest.raises(IllegalEvent):
            one_left.after(code)
    with pytest.raises(IllegalEvent):
        one_left.after(Code.SPECIAL_ENDS, "a")
    with pytest.raises(IllegalEvent):
        one_left.after(Code.SPECIAL_BEGINS, "b")
    assert one_left.after(Code.SPECIAL_ENDS, "b").after(Code.STARTED).allowed() == {9, 11, 12, 13, 14}


@given(st.data())
def test_pairs_always_match_and_what_is_final_stays_so(data: st.DataObject) -> None:
    case, history = Case(), []
    for step in range(data.draw(st.integers(0, 25))):
        if not case.allowed():
            break
        code = data.draw(st.sampled_from(sorted(case.allowed())))
        pause = f"p{step}" if code == Code.SPECIAL_BEGINS else ""
        if code == Code.SPECIAL_ENDS:
            pause = data.draw(st.sampled_from(sorted(case.open_pauses)))
        case = case.after(code, pause)
        history.append((code, pause))
        assert fold(history) == case  # saved and restored between any two steps
    begun = [pause for code, pause in history if code == Code.SPECIAL_BEGINS]
    ended = [pause for code, pause in history if code == Code.SPECIAL_ENDS]
    assert len(set(ended)) == len(ended) and set(ended) <= set(begun)
    assert case.open_pauses == (frozenset() if case.has_ended else set(begun) - set(ended))
    codes = [code for code, _pause in history]
    assert codes.count(Code.CORRECTION_DONE) <= codes.count(Code.CORRECTION_ASKED)
    assert all(code not in ENDED for code in codes[:-1] if code not in (Code.APPROVED, Code.APPROVED_DEFERRED))


# -- join

OK, NO, OUT = Code.APPROVED, Code.REJECTED, Code.NOT_REQUIRED


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ((OK, OK, OK), Outcome.APPROVED),
        ((OK, OUT, OK), Outcome.APPROVED),
        ((OUT, OUT, OUT), Outcome.NOT_REQUIRED),
        ((OK, Code.APPROVED_DEFERRED, OK), Outcome.APPROVED_DEFERRED),
        ((OK, NO, None), Outcome.REJECTED),
        ((Code.REFUSED_ACCEPTANCE, OK, None), Outcome.REJECTED),
        ((OK, NO, Code.STARTED), Outcome.OPEN),
        ((Code.STARTED, NO, None), Outcome.OPEN),
        ((OK, OK, None), Outcome.OPEN),
        ((OK, Code.WITHDRAWN, None), Outcome.OPEN),
        ((OK, OK, Code.WITHDRAWN), Outcome.OPEN),
        ((Code.WITHDRAWN, Code.WITHDRAWN_BEFORE, None), Outcome.WITHDRAWN),
        ((Code.WITHDRAWN, OUT, None), Outcome.WITHDRAWN),
        ((OK, OK, Code.REVOKED), Outcome.REVOKED),
        ((None, None, None), Outcome.OPEN),
    ],
)
def test_what_a_stage_comes_to(states: tuple[Code | None, ...], outcome: Outcome) -> None:
    assert join(REQUIRED, stand(*states)).outcome == outcome


def test_it_says_why_it_is_open_and_what_may_start() -> None:
    result = join(REQUIRED, stand(OK, Code.CORRECTION_ASKED, None))
    assert [(one.why, one.item, one.others) for one in result.reasons] == [
        (Why.RUNNING, "defence", ()),
        (Why.WAITS_FOR, "permit", ("defence",)),
    ]
    assert result.startable == ()
    assert join(REQUIRED, stand(OK, OK, None)).startable == (("permit", "GH"),)


def test_a_refusal_keeps_what_depends_on_it_from_starting_however_far() -> None:
    chain = [*REQUIRED, Required("handover", "ZJJ", ("permit",))]
    result = join(chain, stand(OK, NO, None))
    assert result.outcome == Outcome.REJECTED
    assert [(one.item, one.others) for one in result.reasons if one.why == Why.BLOCKED] == [
        ("handover", ("permit",)),
        ("permit", ("defence",)),
    ]


def test_the_latest_round_counts_for_each_department_by_itself() -> None:
    """The lesson of FredCo-438: a department added in round 2 must not be overlooked because its round number differs."""
    first = stand(OK, NO, None)
    second = [Standing("defence", "RFB", 2, OK), Standing("permit", "GH", 1, OK)]
    assert join(REQUIRED, [*first[:2], *second]).outcome == Outcome.APPROVED
    added = [*REQUIRED, Required("trees", "CGJ")]
    assert join(added, [*first[:2], *second]).outcome == Outcome.OPEN
    assert join(added, [*first[:2], *second, Standing("trees", "CGJ", 2, Code.STARTED)]).outcome == Outcome.OPEN


def test_what_was_started_without_being_required_counts() -> None:
    assert join(REQUIRED, [*stand(OK, OK, OK), Standing("trees", "CGJ", 1, Code.STARTED)]).outcome == Outcome.OPEN
    assert join(REQUIRED, [*stand(OK, OK, OK), Standing("trees", "CGJ", 1, NO)]).outcome == Outcome.REJECTED


BRANCHES = st.lists(st.builds(Standing, st.sampled_from(ITEMS), st.sampled_from(["GH", "RFB"]), st.integers(1, 3), STATES), max_size=8)


def unique(branches: list[Standing]) -> list[Standing]:
    """At most one branch for each item, department and round."""
    return list({(one.key, one.round): one for one in branches}.values())


@given(BRANCHES, st.randoms(use_true_random=False))
def test_the_order_in_which_verdicts_come_does_not_matter(branches: list[Standing], shuffler: random.Random) -> None:
    known = unique(branches)
    shuffled, needs = known[:], list(REQUIRED)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(needs)
    assert join(needs, shuffled) == join(REQUIRED, known)


@given(BRANCHES, STATES)
def test_older_rounds_never_matter(branches: list[Standing], state: Code | None) -> None:
    known = unique(branches)
    older = [Standing(one.item, one.department, 0, state) for one in known]
    assert join(REQUIRED, [*known, *older]) == join(REQUIRED, known)


@given(BRANCHES)
def test_no_result_while_any_latest_branch_runs(branches: list[Standing]) -> None:
    known = unique(branches)
    result = join(REQUIRED, known)
    last = {one.key: one for one in sorted(known, key=lambda one: one.round)}
    running = [one for one in last.values() if one.state is not None and one.state not in ENDED]
    if running:
        assert result.outcome == Outcome.OPEN
        assert {one.key for one in running} <= {(one.item, one.department) for one in result.reasons}


@given(BRANCHES)
def test_an_approval_has_every_required_branch_ended_well(branches: list[Standing]) -> None:
    known = unique(branches)
    if join(REQUIRED, known).outcome in (Outcome.APPROVED, Outcome.APPROVED_DEFERRED):
        last = {one.key: one.state for one in sorted(known, key=lambda one: one.round)}
        assert all(last.get(one.key) in (Code.APPROVED, Code.APPROVED_DEFERRED, Code.NOT_REQUIRED) for one in REQUIRED)
        assert not {Code.REJECTED, Code.REVOKED, Code.REFUSED_ACCEPTANCE} & set(last.values())


@given(BRANCHES)
def test_an_open_stage_always_says_what_it_waits_for(branches: list[Standing]) -> None:
    result = join(REQUIRED, unique(branches))
    assert (result.outcome == Outcome.OPEN) == any(
        one.why in (Why.RUNNING, Why.NOT_STARTED, Why.WAITS_FOR, Why.FILE_AGAIN) for one in result.reasons
    )
    assert result.outcome == Outcome.OPEN or not result.startable
