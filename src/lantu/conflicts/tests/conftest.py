"""Stores of tests lie in a folder of their own; requests are made by whom the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from lantu.core.actor import ANONYMOUS, Actor
from lantu.core.middleware import actor_source
from lantu.standards import selectors as standards


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, settings: object) -> None:
    standards.clear()
    settings.LANTU_STORE = tmp_path / "store"  # type: ignore[attr-defined]


@pytest.fixture
def client_as(client: Client) -> Iterator[Callable[[Actor | None], Client]]:
    """A client whose requests are made by an actor; none = nobody."""
    kept = actor_source._implementations.copy()
    acting: list[Actor] = [ANONYMOUS]
    actor_source._implementations.clear()
    actor_source.register("test", lambda request: replace(acting[0], request_id=uuid4().hex))

    def become(actor: Actor | None) -> Client:
        acting[0] = actor or ANONYMOUS
        return client

    yield become
    actor_source._implementations.clear()
    actor_source._implementations.update(kept)
