"""Stores of tests lie in a folder of their own; requests are made by whom the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from lantu.blueprints import factories as make
from lantu.blueprints.ports import publication_guards
from lantu.core.actor import ANONYMOUS, Actor
from lantu.core.middleware import actor_source
from lantu.standards import selectors as standards


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, settings: object) -> None:
    standards.clear()
    settings.LANTU_STORE = tmp_path / "store"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def only_own_guards() -> Iterator[None]:
    """Rooms above have their say about publishing in their own tests."""
    kept = publication_guards._implementations.copy()
    publication_guards._implementations.clear()
    yield
    publication_guards._implementations.clear()
    publication_guards._implementations.update(kept)


@pytest.fixture
def client_as(client: Client) -> Iterator[Callable[..., Client]]:
    """A client whose requests are made by a person in a role; ``""`` = nobody."""
    kept = actor_source._implementations.copy()
    acting: list[Actor] = [ANONYMOUS]
    actor_source._implementations.clear()
    actor_source.register("test", lambda request: acting[0])

    def become(role: str, user_id: int = 1) -> Client:
        acting[0] = make.actor(role, user_id) if role else ANONYMOUS
        return client

    yield become
    actor_source._implementations.clear()
    actor_source._implementations.update(kept)
