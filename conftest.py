"""Test set-up shared by all rooms: a data folder of its own, jobs that run only when a test says so."""

from __future__ import annotations

import gc
import os
import pickle
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("lantu", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no timed assertions
hypothesis_settings.load_profile("lantu")
DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
os.environ.setdefault("LANTU_VAR", tempfile.mkdtemp(prefix="lantu-test-"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database", action="store_true", help="leave out the tests that touch no database: a second one changes nothing for them"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)  # first, so that none is left alone at the end
    if not config.getoption("--only-database"):
        return
    kept, left = [], []
    for item in items:
        (kept if item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames) else left).append(item)  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of garbage need not walk through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path: Path) -> None:
    """Files and stores of each test lie in its own temporary folder."""
    settings.LANTU_FILES = tmp_path / "files"
    settings.LANTU_STORE = tmp_path / "store"
    settings.LANTU_AUDIT_KEY = tmp_path / "audit_key"
    settings.LANTU_SEALS = tmp_path / "seals"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow hashing is for keeping secrets, not for tests


DRAWN: list[rsa.RSAPrivateKey] = []
"""RSA keys of 2048 bits that this process has drawn for tests."""


@pytest.fixture(autouse=True)
def _keys_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test gets the same RSA keys one after the other: to draw them takes most of the time of a test that seals."""
    order, draw = count(), rsa.generate_private_key

    def drawn(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        if (public_exponent, key_size) != (65537, 2048):
            return draw(public_exponent, key_size)
        number = next(order)
        if number == len(DRAWN):
            DRAWN.append(draw(public_exponent, key_size))
        return DRAWN[number]

    monkeypatch.setattr(rsa, "generate_private_key", drawn)


@pytest.fixture(scope="session", autouse=True)
def _packs_read_once() -> Iterator[None]:
    """The packs of the repository, which no test writes into, are read and checked once in a process; each loading gets a copy."""
    from django.conf import settings

    from lantu.standards import services

    read, kept = services.read_pack, {}

    def read_once(folder: Path) -> Any:
        if folder.resolve().parent != settings.CITIES_DIR:
            return read(folder)
        if folder not in kept:
            kept[folder] = pickle.dumps(read(folder))
        return pickle.loads(kept[folder])

    services.read_pack = read_once
    yield
    services.read_pack = read


@pytest.fixture(scope="session", autouse=True)
def _only_what_was_written_is_emptied() -> Iterator[None]:
    """After a test that commits, PostgreSQL deletes the rows there are: to truncate hundreds of tables, most of them empty, makes all their
    files anew."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    truncate = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: list[str], *, reset_sequences: bool = False, **more: Any) -> list[str]:
        if reset_sequences or not tables:
            return truncate(self, style, tables, reset_sequences=reset_sequences, **more)
        with self.connection.cursor() as cursor:
            cursor.execute(" union all ".join(f"(select '{name}' from {self.quote_name(name)} limit 1)" for name in tables))
            written = [name for (name,) in cursor.fetchall()]
        # without the checks of foreign keys, as all that could point at a row goes too
        return ["set local session_replication_role = replica", *(f"delete from {self.quote_name(name)}" for name in written)]

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = truncate


@pytest.fixture(autouse=True)
def _own_catalogue() -> None:
    """No test sees the city pack that another one loaded."""
    from lantu.standards import selectors

    selectors.clear()
