"""Duties run when they are due, one ticker at a time; to find that none is due takes one question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lantu.core import ticks
from lantu.core.models import Tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three duties, of which the second always fails."""
    done: list[str] = []

    def broken() -> None:
        done.append("broken")
        raise ZeroDivisionError("x")

    duties = {"often": lambda: done.append("often"), "broken": broken, "seldom": lambda: done.append("seldom")}
    made = {name: ticks.TickSpec(name, 3600.0 if name == "seldom" else 60.0, duty) for name, duty in duties.items()}
    monkeypatch.setattr(ticks, "TICKS", made)
    return done


def test_a_duty_runs_again_when_its_time_has_come_and_a_broken_one_does_not_stop_the_others(ran: list[str]) -> None:
    assert ticks.run_due("a") == ran == ["often", "broken", "seldom"]
    assert Tick.objects.get(name="broken").error == "ZeroDivisionError: x"
    assert ticks.run_due("a") == []
    Tick.objects.exclude(name="seldom").update(next_at=timezone.now())
    assert ticks.run_due("b") == ["often", "broken"]


def test_what_another_ticker_runs_is_left_to_it_until_its_lease_is_over(ran: list[str]) -> None:
    now = timezone.now()
    Tick.objects.create(name="often", next_at=now, holder="b", lease_until=now + timedelta(minutes=1))
    assert ticks.run_due("a") == ["broken", "seldom"]
    Tick.objects.filter(name="often").update(lease_until=now - timedelta(seconds=1))
    assert ticks.run_due("a") == ["often"]


def test_when_nothing_is_due_one_question_tells(ran: list[str], django_assert_num_queries: Any) -> None:
    ticks.run_due("a")
    with django_assert_num_queries(1):
        assert ticks.run_due("a") == []
