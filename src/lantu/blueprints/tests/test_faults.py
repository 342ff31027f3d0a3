"""Killed in the middle of recording, withdrawing or publishing: wholly done or not at all, whichever statement was the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import connection

from lantu.blueprints import factories as make
from lantu.blueprints.models import Amendment, BlueprintRelease, Override
from lantu.blueprints.services import AmendmentOrder, publish_release, withdraw_override
from lantu.core.models import AuditEvent, OutboxEvent

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = ("INSERT", "UPDATE", "DELETE")


class Killed(BaseException):
    """Stands for the end of the process: nothing of the code under test may catch it."""


@contextmanager
def killed_at_write(number: int) -> Iterator[list[str]]:
    """Let the process end before its write number ``number`` (from 0)."""
    seen: list[str] = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            if len(seen) == number:
                raise Killed
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


def traces() -> tuple[Any, ...]:
    """All that the verbs of this room may leave behind."""
    overrides = list(Override.objects.order_by("pk").values_list("number", "state", "withdrawn_reason", "replaced_by"))
    amendments = list(Amendment.objects.order_by("pk").values_list("layer_code", "state"))
    releases = list(BlueprintRelease.objects.values_list("number", "state"))
    return overrides, amendments, releases, OutboxEvent.objects.count(), AuditEvent.objects.count()


def dies_everywhere(act: Callable[[], Any], least: int) -> None:
    """Kill the act before every one of its writes in turn; each time nothing stays, at last it is done."""
    for number in range(200):
        before = traces()
        try:
            with killed_at_write(number):
                act()
        except Killed:
            assert traces() == before, number
            continue
        assert number >= least, "the act writes less than thought: it was not killed where it matters"
        assert traces() != before
        return
    raise AssertionError("never done")


def test_decision_that_replaces_another_and_orders_amendments() -> None:
    make.make_releases(make.make_pack())
    outcome = {"classes": {"C0101": "E2"}}
    order = AmendmentOrder("C0101", "GH", date(2018, 12, 31))
    old = make.make_override(make.box(0, 0, 50, 50), ["C0101"], outcome, amendments=[order])

    def act() -> None:
        old.refresh_from_db()
        make.make_override(make.box(0, 0, 60, 60), ["C0101"], outcome, replaces=[old], amendments=[order, order])

    dies_everywhere(act, least=7)


def test_decision_withdrawn() -> None:
    make.make_releases(make.make_pack())
    row = make.make_override(
        make.box(0, 0, 50, 50), ["C0101"], {"classes": {"C0101": "E2"}}, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))]
    )
    dies_everywhere(lambda: withdraw_override(make.actor("planner"), row, "批复已撤回"), least=3)


def test_release_published() -> None:
    run = make.make_run(make.make_releases(make.make_pack()))
    dies_everywhere(lambda: publish_release(make.actor("publisher", 2), run, "0.1"), least=2)
