"""Memory handed back as soon as it is not needed: a partition of a city stands beside its input and its making."""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import Any


def give_back() -> None:
    """Hand freed memory back to the system where the C library would keep it for itself (glibc does, by thread)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def let_go(array: Any) -> None:
    """Drop the pages of an array mapped from a file; they come back from there when someone looks. Other arrays stay as they are."""
    if not array.flags.writeable:
        drop_pages(array)


def drop_pages(array: Any) -> None:
    """As ``let_go`` for an array mapped from a file and shared with it, even one that is being written."""
    owner = array
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = getattr(owner, "base", None)
    if owner is not None and sys.platform == "linux":
        owner.madvise(mmap.MADV_DONTNEED)
