"""Files of the city packs for tests, read and parsed once a process."""

from __future__ import annotations

import functools
import pickle
from pathlib import Path
from typing import Any

from django.conf import settings

from lantu.standards.pack.files import parsed


def pack_yaml(name: str, city: str = "guiyang") -> Any:
    """The content of a YAML file of a pack, for the caller to change as it likes."""
    return pickle.loads(_kept(Path(settings.CITIES_DIR) / city / name))


@functools.cache
def _kept(path: Path) -> bytes:
    return pickle.dumps(parsed(path.read_text(encoding="utf-8")))
