"""A city for the tests of the room: the Guiyang pack, and people to act."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from lantu.core.actor import Actor, Post, system
from lantu.standards.models import PackVersion
from lantu.standards.services import load_pack


@pytest.fixture
def city(db: None) -> PackVersion:
    """The Guiyang pack in force."""
    return load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")


def person(role: str, user_id: int = 1) -> Actor:
    return Actor(user_id, f"{role} {user_id}", Post(role), "page")


@pytest.fixture
def planner() -> Actor:
    return person("planner", 1)


@pytest.fixture
def checker() -> Actor:
    return person("checker", 2)
