"""What the tests of stages share: the people of the departments, and a second stage filed for a school on 20 September 2018."""

from __future__ import annotations

import pytest

from lantu.approvals.factories import at, make_stage, people
from lantu.approvals.models import StageApplication
from lantu.core.actor import Actor


@pytest.fixture
def who(db: None) -> dict[str, Actor]:
    return people()


@pytest.fixture
def stage(who: dict[str, Actor]) -> StageApplication:
    with at("2018-09-20"):
        return make_stage(who["builder"])
