"""Whatever the order in which branches of a stage move within their days, the stage comes to the same result and the same remaining time;
every step works on what the database gives back, not on what a caller still holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.approvals import services
from lantu.approvals.events import ENDED, Code
from lantu.approvals.factories import at, branch, codes, make_deferral
from lantu.approvals.join import Outcome
from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.services.recording import case_of, result_of
from lantu.casework.models import Clock
from lantu.casework.selectors.clocks import state as reading_of
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]
FIRST, ITEMS = date(2018, 9, 20), ("scheme", "defence", "preliminary")
"""The days run over the Mid-Autumn holiday (22 to 24 September) and the made-up working Saturdays before the National Day."""
Step = tuple[int, str, str]
"""Day of the stage, item, what is done."""

SCRIPT = st.fixed_dictionaries(
    {
        "accepted": st.integers(0, 2),
        "corrected": st.none() | st.integers(0, 3),
        "pauses": st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=2),
        "reviewed": st.integers(0, 2),
        "returned": st.booleans(),
        "verdict": st.sampled_from([Code.APPROVED, Code.APPROVED, Code.APPROVED_DEFERRED, Code.REJECTED]),
    }
)


def steps(item: str, script: dict[str, Any]) -> list[Step]:
    """What happens to one branch, in its order; pauses may overlap."""
    day, found = script["accepted"], []
    if script["corrected"] is not None:
        found += [(day, item, "correct"), (day + script["corrected"], item, "mend")]
        day += script["corrected"]
    found += [(day, item, "accept"), (day, item, "start")]
    pauses = [(day + gap, day + gap + length, str(number)) for number, (gap, length) in enumerate(script["pauses"])]
    if len(pauses) == 2 and pauses[1][0] > pauses[0][1]:  # the second begins when the first is over: after an 8 of its own
        pauses = pauses[:1]
    moves = [(begin, 0, f"pause {key}") for begin, _end, key in pauses] + [(end, 1, f"resume {key}") for _begin, end, key in pauses]
    found += [(when, item, what) for when, _order, what in sorted(moves)]
    day = max([day, *(end for _begin, end, _key in pauses)]) + script["reviewed"]
    if script["returned"]:
        found += [(day, item, f"review {script['verdict']}"), (day, item, "return")]
    return [*found, (day, item, f"review {script['verdict']}"), (day, item, f"decide {script['verdict']}")]


def merged(lines: list[list[Step]], pick: Callable[[list[int]], int]) -> list[Step]:
    """One order of all steps by days; within a day ``pick`` says whose turn it is, each branch keeping its own order."""
    left, found = [list(line) for line in lines], []
    while any(left):
        day = min(line[0][0] for line in left if line)
        ready = [number for number, line in enumerate(left) if line and line[0][0] == day]
        found.append(left[pick(ready)].pop(0))
    return found


def do(who: Who, application: int, step: Step, pauses: dict[tuple[str, str], str]) -> None:
    """One step, on a branch that is read anew from the database."""
    day, item, what = step
    row = branch(StageApplication.objects.get(pk=application), item)
    reviewer, decider = who[f"{row.department}.reviewer"], who[f"{row.department}.decider"]
    act, _space, detail = what.partition(" ")
    with at((FIRST + timedelta(days=day)).isoformat()):
        if act == "correct":
            services.ask_correction(who["window"], row, "缺图")
        elif act == "mend":
            services.answer_correction(who["builder"], row)
        elif act == "accept":
            services.accept(who["window"], row)
        elif act == "start":
            services.start_work(reviewer, row)
        elif act == "pause":
            pauses[item, detail] = services.begin_special(reviewer, row, "expert", f"告知书 {detail}")
        elif act == "resume":
            services.end_special(reviewer, row, pauses[item, detail])
        elif act == "review":
            services.review(reviewer, row, int(detail), "意见")
        elif act == "return":
            services.return_review(decider, row, "补充")
        else:
            if int(detail) == Code.APPROVED_DEFERRED:
                make_deferral(row, FIRST + timedelta(days=90))
            services.decide(decider, row, int(detail))


def told(application: int) -> dict[str, Any]:
    """What the stage has come to, read from the database: outcome, events, time of each clock."""
    row = StageApplication.objects.get(pk=application)
    clocks = {}
    for one in [row.clock, *(found.clock for found in row.branches.select_related("clock"))]:
        if one is not None:
            state = reading_of(one, FIRST + timedelta(days=40)).state
            clocks[one.title] = (one.due_on, one.ended_on, state.used, state.remaining, state.stopped)
    return {"state": row.state, "events": {found.item: codes(found) for found in row.branches.all()}, "clocks": clocks}


def check(application: int) -> None:
    """What the database keeps for lists is what its own rows come to."""
    row = StageApplication.objects.get(pk=application)
    assert row.state == result_of(row).outcome.value
    for one in Branch.objects.filter(application=row).select_related("clock"):
        case = case_of(one)
        assert one.state == case.state
        if one.clock is not None:
            assert (one.clock.ended_on is not None) == (one.state in ENDED)
            assert (one.clock.state == Clock.State.PAUSED) == bool(case.open_pauses)


@contextmanager
def undone() -> Iterator[None]:
    """Everything done within is taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def play(who: Who, application: int, order: list[Step]) -> dict[str, Any]:
    pauses: dict[tuple[str, str], str] = {}
    for step in order:
        do(who, application, step, pauses)
        check(application)
    return told(application)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts=st.tuples(SCRIPT, SCRIPT, SCRIPT), shuffler=st.randoms(use_true_random=False))
def test_any_interleaving_comes_to_the_same_result_and_the_same_time(
    stage: StageApplication, who: Who, scripts: tuple[dict[str, Any], ...], shuffler: random.Random
) -> None:
    lines = [steps(item, script) for item, script in zip(ITEMS, scripts, strict=True)]
    with undone():
        straight = play(who, stage.pk, merged(lines, lambda ready: ready[0]))
    with undone():
        mixed = play(who, stage.pk, merged(lines, shuffler.choice))
    assert mixed == straight
    never = permit_never_starts(scripts)
    assert straight["events"]["works_permit"] == ([] if never else [1])
    assert straight["state"] == (Outcome.REJECTED if never else Outcome.OPEN).value  # a permit in work keeps the stage open


def permit_never_starts(scripts: tuple[dict[str, Any], ...]) -> bool:
    """Whether scheme or defence, on which the permit rests, was refused."""
    return any(script["verdict"] == Code.REJECTED for item, script in zip(ITEMS, scripts, strict=True) if item != "preliminary")
