"""Two people at the same moment: one act is done, the other is told; and what nobody of the wrong role may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from lantu.blueprints import factories as make
from lantu.blueprints.models import Amendment, BlueprintRelease, FusionRun, Override
from lantu.blueprints.services import AmendmentOrder, close_amendment, publish_release, verify_release, withdraw, withdraw_override
from lantu.blueprints.services.publishing import record_verification
from lantu.blueprints.services.runs import finish_run
from lantu.blueprints.services.staleness import report_stale
from lantu.blueprints.verification import Report
from lantu.core import events
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent
from lantu.core.tests.together import at_once, behind

pytestmark = pytest.mark.django_db(transaction=True)
WITHDRAW = {"classes": {"C0101": "E2"}}
PLANNER, PUBLISHER = make.actor("planner"), make.actor("publisher", 2)


def ended(*acts: Callable[[], Any]) -> list[str]:
    """Do all acts at one moment: what each ended with, ``done`` or ``conflict``, sorted."""
    return sorted("conflict" if isinstance(one, Conflict) else "done" for one in at_once(*acts))


def a_run() -> FusionRun:
    return make.make_run(make.make_releases(make.make_pack()))


def decided(x: float = 0, **more: Any) -> Override:
    return make.make_override(make.box(x, 0, x + 50, 50), ["C0101"], WITHDRAW, **more)


def test_of_two_decisions_about_one_ground_one_is_recorded_and_replaced_once() -> None:
    make.make_releases(make.make_pack())
    assert ended(lambda: decided(0), lambda: decided(20)) == ["conflict", "done"]
    first, second = (Override.objects.get() for _n in range(2))
    assert ended(lambda: decided(100, replaces=[first]), lambda: decided(200, replaces=[second])) == ["conflict", "done"]
    assert Override.objects.filter(state="active").count() == 1


def test_a_decision_is_withdrawn_once_and_its_amendment_closed_once() -> None:
    make.make_releases(make.make_pack())
    row = decided(0, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))])
    amendments = [Amendment.objects.get() for _n in range(2)]
    closed = ended(*(lambda one=one: close_amendment(PLANNER, one, "done", "控规已改") for one in amendments))
    rows = [Override.objects.get(pk=row.pk) for _n in range(2)]
    withdrawn = ended(*(lambda one=one: withdraw_override(PLANNER, one, "批复已撤回") for one in rows))
    assert closed == withdrawn == ["conflict", "done"]
    assert AuditEvent.objects.filter(verb="blueprints.withdraw_override", outcome="done").count() == 1


def test_an_amendment_that_is_cancelled_while_a_new_plan_is_measured_stays_so() -> None:
    pack = make.make_pack()
    make.make_releases(pack)
    decided(0, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))])
    plan = make.make_release(pack, "C0101", [("R2", (0, 0, 100, 100))], number=2)
    released = transaction.atomic(partial(events.emit, system("test"), "plans.released", plan, layer="C0101", digest=plan.digest))
    behind(lambda: close_amendment(PLANNER, Amendment.objects.get(), "cancelled", "不再要求"), released)
    assert Amendment.objects.get().state == "cancelled"


def test_a_number_is_published_once_and_a_release_withdrawn_once() -> None:
    run = a_run()
    assert ended(*(lambda: publish_release(PUBLISHER, run, "0.1") for _n in range(2))) == ["conflict", "done"]
    rows = [BlueprintRelease.objects.get() for _n in range(2)]
    assert ended(*(lambda row=row: withdraw(PUBLISHER, row, "市政府撤回批复") for row in rows)) == ["conflict", "done"]
    assert AuditEvent.objects.filter(verb="blueprints.withdraw", outcome="done").count() == 1


@pytest.mark.django_db
def test_what_a_role_may_not_do_is_refused_by_the_verb() -> None:
    run = a_run()
    release = publish_release(PUBLISHER, run, "0.1")
    decided(0, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))])
    report = Report(run.number, "oracle", True, run.digest, run.digest)
    acts: list[Callable[[], Any]] = [
        lambda: close_amendment(PUBLISHER, Amendment.objects.get(), "done", "控规已改"),
        lambda: finish_run(PUBLISHER, run, run.digest, {}, {}),
        lambda: record_verification(Actor(3, "王工"), release, report),
        lambda: report_stale(PLANNER, []),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert AuditEvent.objects.filter(verb__startswith="blueprints.", outcome="refused").count() == len(acts)


@pytest.mark.django_db
def test_what_cannot_be_is_told() -> None:
    run = a_run()
    release = publish_release(PUBLISHER, run, "0.1")
    decided(0, amendments=[AmendmentOrder("C0101", "GH", date(2018, 12, 31))])
    with pytest.raises(BadInput, match="没有叠加引擎"):
        verify_release(PLANNER, release, "abacus")
    with pytest.raises(BadInput, match="这种办结"):
        close_amendment(PLANNER, Amendment.objects.get(), "short", "控规已改")
