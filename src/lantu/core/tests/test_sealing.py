"""The audit trail is a chain: what is changed afterwards is found."""

from __future__ import annotations

import pytest

from lantu.core import audit, sealing
from lantu.core.actor import system
from lantu.core.models import AuditEvent, AuditHead
from lantu.core.tests.together import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> list[AuditEvent]:
    made = [audit.record(system(), f"test.verb{n}", None, detail={"数": n, "b": [1, None]}) for n in range(5)]
    sealing.seal()
    return made


def test_a_sealed_trail_holds_and_new_rows_go_on_after_it(rows: list[AuditEvent]) -> None:
    assert sealing.verify() == []
    audit.record(system(), "test.later", None)
    assert sealing.verify() == []
    assert sealing.seal() == 1
    assert sealing.seal() == 0
    assert sealing.verify() == []
    assert list(AuditEvent.objects.order_by("pk").values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_changed_row_is_named(rows: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=rows[2].pk).update(actor_name="别人")
    assert [(one.position, one.event) for one in sealing.verify()] == [(3, rows[2].pk)]


def test_a_deleted_row_is_missed(rows: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=rows[1].pk).delete()
    assert 2 in {one.position for one in sealing.verify()}


def test_a_chain_that_was_made_anew_does_not_agree_with_the_signed_head(rows: list[AuditEvent]) -> None:
    head = sealing.sign_head()
    assert head is not None
    assert sealing.verify() == []
    AuditEvent.objects.update(position=None, previous="", digest="")
    AuditEvent.objects.filter(pk=rows[0].pk).update(outcome="refused")
    sealing.seal()
    assert [one.position for one in sealing.verify()] == [head.position]


def test_a_forged_signature_is_found(rows: list[AuditEvent]) -> None:
    sealing.sign_head()
    AuditHead.objects.update(digest="f" * 64)
    assert len(sealing.verify()) == 1


@pytest.mark.django_db(transaction=True)
def test_sealers_and_writers_at_once_make_one_chain() -> None:
    def work(number: int) -> None:
        for n in range(10):
            audit.record(system(), f"test.{number}.{n}", None)
            sealing.seal()

    at_once(*(lambda number=number: work(number) for number in range(4)))
    sealing.seal()
    assert sealing.verify() == []
    assert sorted(AuditEvent.objects.values_list("position", flat=True)) == list(range(1, 41))
