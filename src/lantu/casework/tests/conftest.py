"""People of two departments, a subject, and 2018's calendar."""

from __future__ import annotations

import pytest

from lantu.accounts.models import Region
from lantu.casework import factories
from lantu.core.actor import Actor


@pytest.fixture
def subject(db: None) -> Region:
    factories.make_calendar()
    return factories.make_subject("朱昌九年一贯制学校")


@pytest.fixture
def planner(db: None) -> Actor:
    return factories.make_actor("planner", "GH", "规划经办")


@pytest.fixture
def decider(db: None) -> Actor:
    return factories.make_actor("decider", "GH", "审定人")


@pytest.fixture
def reviewer(db: None) -> Actor:
    """Of the department of roads."""
    return factories.make_actor("reviewer", "JW", "交委审查")
