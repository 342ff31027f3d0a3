"""Test set-up shared by all rooms: a data folder of its own, jobs that run only when a test says so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("LANTU_VAR", tempfile.mkdtemp(prefix="lantu-test-"))


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path: Path) -> None:
    """Files and stores of each test lie in its own temporary folder."""
    settings.LANTU_FILES = tmp_path / "files"
    settings.LANTU_STORE = tmp_path / "store"
