from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from lantu.core.actor import system
from lantu.standards import selectors
from lantu.standards.services import load_pack


@pytest.fixture
def guiyang(db: None) -> None:
    """The city pack of Guiyang."""
    selectors.clear()
    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
