"""What a measurement was made on, and who else was using it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "shapely", "geopandas", "polars", "polars-st", "duckdb", "duckdb-extension-spatial")


@dataclass(frozen=True, slots=True)
class Timing:
    """One run: wall seconds, processor seconds of this process, and the cores that others used meanwhile (None where nobody tells)."""

    seconds: float
    cpu_seconds: float
    foreign_cores: float | None


def _busy_seconds() -> float | None:
    """Processor seconds of the whole machine so far (Linux)."""
    stat = Path("/proc/stat")
    if not stat.is_file():
        return None
    user, nice, system, _idle, _wait, irq, soft, steal = (int(value) for value in stat.read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], Any]) -> tuple[Timing, Any]:
    """Run ``work`` once."""
    busy, own = _busy_seconds(), time.process_time()
    since = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - since
    now, used = _busy_seconds(), time.process_time() - own
    foreign = None if busy is None or now is None else max(0.0, (now - busy - used) / max(seconds, 0.01))
    return Timing(seconds, used, foreign), result


def peak_memory_mb() -> float:
    """Largest resident memory of this process since its start, in MB.

    Linux says it of the program that runs now; ``getrusage`` would also count what the parent had when it forked.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def describe_machine() -> dict[str, Any]:
    """Processor, cores, Python and the packages measured."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(), **versions}
