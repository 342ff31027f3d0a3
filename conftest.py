"""Test set-up shared by all rooms: a data folder of its own, jobs that run only when a test says so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
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
    if not config.getoption("--only-database"):
        return
    kept, left = [], []
    for item in items:
        (kept if item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames) else left).append(item)  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path: Path) -> None:
    """Files and stores of each test lie in its own temporary folder."""
    settings.LANTU_FILES = tmp_path / "files"
    settings.LANTU_STORE = tmp_path / "store"
    settings.LANTU_AUDIT_KEY = tmp_path / "audit_key"
    settings.LANTU_SEALS = tmp_path / "seals"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow hashing is for keeping secrets, not for tests


@pytest.fixture(autouse=True)
def _own_catalogue() -> None:
    """No test sees the city pack that another one loaded."""
    from lantu.standards import selectors

    selectors.clear()
