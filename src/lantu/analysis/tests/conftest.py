"""Stores of tests lie in a folder of their own; requests are made by whom the test says; a published city to ask."""

from __future__ import annotations

import pytest

from lantu.analysis import partition
from lantu.analysis.factories import make_city
from lantu.blueprints.models import BlueprintRelease
from lantu.blueprints.tests.conftest import client_as, own_store

__all__ = ["client_as", "own_store"]


@pytest.fixture(autouse=True)
def nothing_open() -> None:
    partition.forget()


@pytest.fixture
def release(db: None) -> BlueprintRelease:
    """Release 0.1 of the little city."""
    return make_city()[2]
