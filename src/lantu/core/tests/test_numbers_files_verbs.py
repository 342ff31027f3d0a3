"""Numbers are never given twice, files are kept by content, verbs refuse and leave a trace, places are found."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from lantu.core import audit, events, files, numbers
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import Refused, TooLarge
from lantu.core.models import AuditEvent, OutboxEvent, StoredFile
from lantu.core.permissions import has_role
from lantu.core.spreadsheets import safe_text
from lantu.core.tests.together import at_once
from lantu.core.verbs import verb

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_numbers_reserved_at_once_are_all_different_and_a_retry_gets_the_same() -> None:
    got: list[int] = []

    def work(number: int) -> None:
        for n in range(5):
            first = numbers.reserve("case", f"{number}-{n}")
            assert numbers.reserve("case", f"{number}-{n}") == first
            got.append(first)

    at_once(*(lambda number=number: work(number) for number in range(4)))
    assert sorted(got) == list(range(1, 21))


def test_the_same_bytes_are_stored_once_and_found_by_content() -> None:
    one, two = files.store(io.BytesIO(b"%PDF-1.7 x")), files.store(io.BytesIO(b"%PDF-1.7 x"))
    assert one == two
    assert one.media_type == "application/pdf"
    assert files.path_of(one).read_bytes() == b"%PDF-1.7 x"


def test_a_file_over_the_limit_leaves_nothing() -> None:
    with pytest.raises(TooLarge):
        files.store(io.BytesIO(b"x" * 100), limit=10)
    assert not StoredFile.objects.exists()
    assert not [path for path in Path(settings.LANTU_FILES).rglob("*") if path.is_file()]


def test_a_full_disk_leaves_nothing_half_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.store(Full(b"x"))
    assert not StoredFile.objects.exists()
    assert not [path for path in Path(settings.LANTU_FILES).rglob("*") if path.is_file()]


@verb("test.rename", permission=has_role("planner"), need="规划经办人", subject="row")
def rename(actor: Actor, row: StoredFile, media_type: str, fail: bool = False) -> StoredFile:
    row.media_type = media_type
    row.save()
    audit.remark(why="测试")
    if fail:
        raise ValueError("broken")
    return row


def test_a_verb_is_audited_with_before_and_after() -> None:
    row = files.store(io.BytesIO(b"abc"))
    rename(Actor(1, "王工", Post("planner", "GH")), row, "text/plain")
    event = AuditEvent.objects.get(verb="test.rename")
    assert (event.outcome, event.department, event.detail) == ("done", "GH", {"why": "测试"})
    assert event.before is not None
    assert event.after is not None
    assert (event.before["media_type"], event.after["media_type"]) == ("application/octet-stream", "text/plain")


def test_a_refused_verb_changes_nothing_and_is_audited_too() -> None:
    row = files.store(io.BytesIO(b"abc"))
    with pytest.raises(Refused):
        rename(Actor(1, "王工", Post("viewer")), row, "text/plain")
    row.refresh_from_db()
    assert row.media_type == "application/octet-stream"
    assert AuditEvent.objects.get(verb="test.rename").outcome == "refused"


def test_a_verb_that_breaks_leaves_neither_change_nor_trace_of_success() -> None:
    row = files.store(io.BytesIO(b"abc"))
    with pytest.raises(ValueError, match="broken"):
        rename(system(), row, "text/plain", fail=True)
    row.refresh_from_db()
    assert row.media_type == "application/octet-stream"
    assert not AuditEvent.objects.filter(verb="test.rename", outcome="done").exists()


def test_subscribers_write_in_the_same_transaction_as_the_verb() -> None:
    seen: list[str] = []

    @events.subscribe("test.happened")
    def handler(event: OutboxEvent, actor: Actor) -> None:
        seen.append(event.payload["x"])

    row = files.store(io.BytesIO(b"abc"))
    events.emit(system(), "test.happened", row, x="y")
    assert seen == ["y"]
    assert OutboxEvent.objects.get(name="test.happened").subject_id == str(row.pk)


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r"))
