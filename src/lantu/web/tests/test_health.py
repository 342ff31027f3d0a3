"""What a watcher of the site gets to know."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_answers_without_signing_in(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})


def test_without_a_database_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", unreachable)
    assert client.get("/health/").status_code == 503
