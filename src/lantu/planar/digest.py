"""One name for one partition: a SHA-256 over integers and labels in canonical order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from lantu.planar.model import Faces

KERNEL_VERSION = "1"
"""Rules of noding, labelling and canonical order. Changing any of them makes a new kernel; a digest names the kernel that made it."""


def faces_digest(faces: Faces, grid: str, facts: Mapping[str, str] | None = None) -> str:
    """The hexadecimal digest of a partition.

    Covers the kernel version, ``grid`` (text naming CRS, origin and size), ``facts`` (for example the rule release) and, in canonical
    order, rings, offsets, labels and label sets. No float enters: areas and borders follow from the integers.
    """
    digest = hashlib.sha256()
    head = {"kernel": KERNEL_VERSION, "grid": grid, **(facts or {})}
    for key in sorted(head):
        digest.update(f"{len(key)}:{key}={len(head[key])}:{head[key]}\n".encode())
    for array, kind in ((faces.xy, "<i8"), (faces.ring_start, "<i8"), (faces.face_start, "<i8"), (faces.label, "<i4")):
        digest.update(f"{array.shape}{kind}\n".encode())
        _feed(digest, array, kind)
    for labels in faces.label_sets:
        digest.update((",".join(map(str, labels)) + "\n").encode())
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, array: np.ndarray, kind: str, rows: int = 1 << 20) -> None:
    """In portions, so that a memory-mapped column is never whole in memory."""
    for start in range(0, len(array), rows):
        digest.update(np.ascontiguousarray(array[start : start + rows], dtype=kind).data)
