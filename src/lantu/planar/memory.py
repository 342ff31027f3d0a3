"""Memory handed back as soon as it is not needed: a partition of a city stands beside its input and its making.

And memory used again where one result follows another: what is new to a process costs 0.15 ms a megabyte where the system has it ready, and
ten times as much on a virtual machine whose host took it back meanwhile.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
import weakref
from typing import Any

import numpy as np

LEAST = 1 << 20
"""Bytes below which arrays are made as usual."""

MOST_IDLE = 8
"""How many pieces of memory wait for their next use: the columns of one partition."""

_idle: list[mmap.mmap] = []


class _Lent:
    """What arrays made of a piece of memory hold; when the last of them goes, the piece waits for its next use."""

    def __init__(self, interface: dict[str, Any]) -> None:
        self.__array_interface__ = interface


def recycled(shape: tuple[int, ...], kind: Any) -> Any:
    """As ``numpy.empty``, of memory that an earlier array made by this function has left, if any fits.

    Idle memory is marked as free to take (MADV_FREE), so that a system that runs short takes it; ``give_back`` hands all of it back.
    """
    kind, free = np.dtype(kind), getattr(mmap, "MADV_FREE", None)
    size = int(np.prod(shape)) * kind.itemsize
    if free is None or size < LEAST:
        return np.empty(shape, kind)
    memory = _taken(size)
    if memory is None:
        # some more, so that a somewhat larger one fits next time; nobody touches it before
        memory = mmap.mmap(-1, size + size // 8, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            memory.madvise(mmap.MADV_HUGEPAGE)
    address = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
    lent = _Lent({"data": (address, False), "shape": shape, "typestr": kind.str, "version": 3})
    weakref.finalize(lent, _wait, memory, free).atexit = False
    return np.asarray(lent)


def _taken(size: int) -> mmap.mmap | None:
    """The smallest idle piece that holds so many bytes, unless it is more than twice as large."""
    for memory in sorted(_idle, key=len):
        if size <= len(memory) <= 2 * size + 2 * LEAST:
            try:
                _idle.remove(memory)
            except ValueError:
                continue  # another thread was faster
            return memory
    return None


def _wait(memory: mmap.mmap, free: int) -> None:
    memory.madvise(free)
    _idle.append(memory)
    del _idle[:-MOST_IDLE]


def give_back() -> None:
    """Hand freed memory back to the system where the C library would keep it for itself (glibc does, by thread), and what is idle here."""
    _idle.clear()
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
