"""A city for the tests of the room: the Guiyang pack, and people to act."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings

from lantu.core.actor import Actor, Post, system
from lantu.standards.models import PackVersion
from lantu.standards.services import load_pack


@pytest.fixture
def city(db: None) -> PackVersion:
    """The Guiyang pack in force."""
    return load_pack(system(), Path(django_settings.CITIES_DIR) / "guiyang")


def person(role: str, user_id: int = 1) -> Actor:
    return Actor(user_id, f"{role} {user_id}", Post(role), "page")


@pytest.fixture
def planner() -> Actor:
    return person("planner", 1)


@pytest.fixture
def checker() -> Actor:
    return person("checker", 2)


@pytest.fixture(autouse=True)
def data_key(tmp_path: Path, settings: object) -> Path:
    """A key of the test's own for sealed data."""
    settings.LANTU_DATA_KEY = tmp_path / "data_key"  # type: ignore[attr-defined]
    return tmp_path / "data_key"
