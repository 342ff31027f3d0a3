"""Stores of tests lie in a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, settings: object) -> None:
    settings.LANTU_STORE = tmp_path / "store"  # type: ignore[attr-defined]
