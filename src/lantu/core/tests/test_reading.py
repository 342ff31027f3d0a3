"""What is read again while one page is made is asked once; never over a request's end, a transaction or a change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import transaction

from lantu.core import audit, reading
from lantu.core.actor import system
from lantu.core.counting import which_have
from lantu.core.models import AuditEvent, Job
from lantu.core.reading import forget, kept, once

pytestmark = pytest.mark.django_db(transaction=True)
asked: list[int] = []


@once
def double(number: int) -> int:
    asked.append(number)
    return number * 2


@kept
def treble(number: int) -> int:
    asked.append(number)
    return number * 3


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    asked.clear()
    yield
    request_finished.send(None)


def test_within_a_request_the_same_question_is_asked_once() -> None:
    request_started.send(None)
    assert [double(2), double(2), double(3)] == [4, 4, 6]
    assert asked == [2, 3]
    request_started.send(None)
    assert double(2) == 4 and asked == [2, 3, 2]


def test_outside_of_requests_and_within_transactions_every_question_is_asked() -> None:
    assert [double(2), double(2)] == [4, 4] and asked == [2, 2]
    request_started.send(None)
    with transaction.atomic():
        assert [double(2), double(2)] == [4, 4]
    assert asked == [2] * 4


def test_a_change_makes_what_was_read_forgotten() -> None:
    request_started.send(None)
    double(2)
    forget()
    double(2)
    assert asked == [2, 2]


def ask_anew(number: int) -> int:
    """As the next request does."""
    request_started.send(None)
    return treble(number)


def test_what_is_kept_holds_over_requests_until_somebody_has_done_something() -> None:
    assert [ask_anew(2), ask_anew(2)] == [6, 6] and asked == [2, 2]  # an empty trail says nothing
    audit.record(system("t"), "t.act", None)
    assert [ask_anew(2), ask_anew(2), ask_anew(3)] == [6, 6, 9] and asked == [2, 2, 2, 3]
    audit.record(system("t"), "t.act", None)
    assert ask_anew(2) == 6 and asked == [2, 2, 2, 3, 2]


def test_what_is_kept_is_read_again_after_its_time_in_transactions_and_outside_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    audit.record(system("t"), "t.act", None)
    ask_anew(2)
    with transaction.atomic():
        treble(2)
    monkeypatch.setattr(reading, "LONGEST", 0.0)
    ask_anew(2)
    request_finished.send(None)
    treble(2)
    assert asked == [2, 2, 2, 2]


def test_tables_are_asked_together_whether_they_have_such_rows() -> None:
    audit.record(system("t"), "t.act", None)
    assert which_have({AuditEvent: {"verb": ["t.act"], "outcome": ["done", "refused"]}, Job: {"state": ["queued"]}}) == {AuditEvent}
    assert which_have({AuditEvent: {"verb": ["t.other"]}, Job: {"state": []}}) == which_have({}) == set()
