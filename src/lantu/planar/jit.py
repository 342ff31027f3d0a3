"""Compilation of the kernels, cached under the hash of this package.

numba renews a cached function when its own file changes, not when a function that it calls in another file does; a stale cache would give
silently wrong results. So every state of the package has a cache folder of its own.

Nor does numba keep processes apart that write the cache of one function at once: two that compile it for different types give both results
the same file name, and whoever loads it later runs machine code made for other types. So writing takes a lock.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])


@cache
def package_hash() -> str:
    """SHA-256 of all sources of the kernel (first 16 digits)."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where compiled kernels lie: under NUMBA_CACHE_DIR, else the user's cache folder, else a private temporary folder."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    homes = [Path(given)] if given else []
    homes += [Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lantu" / "kernels"]
    for home in homes:
        folder = home / f"planar-{package_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue  # read-only or foreign: the next place
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="lantu-kernels-"))


def kernel(function: F) -> F:
    """Compile with numba: machine integers only, no GIL, cached. Decorated functions hold no Python objects."""
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    try:
        compiled: Any = numba.njit(cache=True, nogil=True, boundscheck=bool(os.environ.get("LANTU_BOUNDSCHECK")))(function)
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]
    store, folder = compiled._cache.save_overload, cache_folder()

    def one_at_a_time(signature: Any, result: Any) -> None:
        with _locked(folder / ".lock"):
            store(signature, result)

    compiled._cache.save_overload = one_at_a_time
    return cast(F, compiled)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes, where the system has one (not on Windows)."""
    if importlib.util.find_spec("fcntl") is None:
        yield
        return
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
