"""The city of papers, its people, seal and keys, and an issued certificate."""

from __future__ import annotations

import pytest

from lantu.certificates.factories import grant
from lantu.certificates.models import Certificate
from lantu.certificates.services import issue_certificate, prepare_certificate
from lantu.core.actor import Actor
from lantu.documents.models import Seal
from lantu.documents.tests.conftest import city, decider, keeper, key_folder, seal, store

__all__ = ["city", "decider", "keeper", "key_folder", "seal", "store"]


@pytest.fixture
def certificate(decider: Actor, seal: Seal) -> Certificate:
    """An issued land-use permit."""
    return issue_certificate(decider, prepare_certificate(decider, grant()), seal)
