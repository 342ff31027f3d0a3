"""The faces of a run on disk: a folder of columns addressed by digest, and the digest itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from lantu.planar.digest import faces_digest
from lantu.planar.model import Faces
from lantu.planar.store import read_faces, write_faces


def run_digest(faces: Faces, grid: str, facts: Mapping[str, str]) -> str:
    """The digest of a run: the faces in canonical order with grid, rules, reading and layers."""
    return faces_digest(faces, grid, facts)


def folder_of(store_key: str) -> Path:
    """Where the faces of a run lie."""
    return Path(settings.LANTU_STORE) / "runs" / store_key


def write_run(faces: Faces, digest: str) -> None:
    """Keep the faces under their digest, complete or not at all."""
    write_faces(folder_of(digest), faces)


def faces_of(store_key: str) -> Faces:
    """The faces of a run, mapped from disk."""
    return read_faces(folder_of(store_key))
