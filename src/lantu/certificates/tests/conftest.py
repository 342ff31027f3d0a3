"""A city of papers, a bureau with a seal, and a key store made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantu.accounts.models import User
from lantu.certificates.factories import grant
from lantu.certificates.models import Certificate
from lantu.certificates.services import issue_certificate, prepare_certificate
from lantu.core.actor import Actor
from lantu.documents.crypto.authority import Authority
from lantu.documents.crypto.keystore import KeyStore
from lantu.documents.factories import person, small_city
from lantu.documents.models import Seal
from lantu.documents.services import grant_seal, register_seal
from lantu.standards.models import PackVersion

_numbers = iter(range(1, 10_000))


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate-seals")
    Authority(KeyStore(folder)).ensure()
    return folder


@pytest.fixture
def store(key_folder: Path, settings) -> KeyStore:
    settings.LANTU_SEALS = key_folder
    (key_folder / "revoked.json").unlink(missing_ok=True)
    return KeyStore(key_folder)


@pytest.fixture
def city(db: None) -> PackVersion:
    return small_city()


@pytest.fixture
def decider(city: PackVersion) -> Actor:
    return person("decider")


def make_seal(department: str = "GH") -> Seal:
    """An approval seal of a department that its decider may use."""
    keeper, decider = person("secadmin"), person("decider", department)
    seal = register_seal(keeper, code=f"CT-{next(_numbers)}", name="行政审批专用章", kind="approval", department=department)
    grant_seal(keeper, seal, User.objects.get(pk=decider.user_id))
    return seal


@pytest.fixture
def seal(store: KeyStore, city: PackVersion) -> Seal:
    return make_seal()


@pytest.fixture
def certificate(decider: Actor, seal: Seal) -> Certificate:
    """An issued land-use permit."""
    return issue_certificate(decider, prepare_certificate(decider, grant()), seal)
