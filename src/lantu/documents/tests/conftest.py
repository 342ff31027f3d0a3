"""People, a city, and a key store that is made once: drawing RSA keys takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantu.core.actor import Actor
from lantu.documents.crypto.authority import Authority
from lantu.documents.crypto.keystore import KeyStore
from lantu.documents.factories import make_seal, person, small_city
from lantu.documents.models import Seal
from lantu.standards.models import PackVersion


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key store with the test authority."""
    folder = tmp_path_factory.mktemp("seals")
    Authority(KeyStore(folder)).ensure()
    return folder


@pytest.fixture
def store(key_folder: Path, settings) -> KeyStore:
    """That store as the installation's; keys that a test adds get names of their own."""
    settings.LANTU_SEALS = key_folder
    (key_folder / "revoked.json").unlink(missing_ok=True)
    return KeyStore(key_folder)


@pytest.fixture
def city(db: None) -> PackVersion:
    """A city of papers."""
    return small_city()


@pytest.fixture
def decider(city: PackVersion) -> Actor:
    return person("decider")


@pytest.fixture
def keeper(city: PackVersion) -> Actor:
    return person("secadmin")


@pytest.fixture
def seal(store: KeyStore, city: PackVersion) -> Seal:
    """An approval seal of the planning bureau that the decider may use."""
    return make_seal()
