"""What is read again while one page is made is asked once; never over a request's end, a transaction or a change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import transaction

from lantu.core.reading import forget, once

pytestmark = pytest.mark.django_db(transaction=True)
asked: list[int] = []


@once
def double(number: int) -> int:
    asked.append(number)
    return number * 2


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
