"""The cache of compiled kernels."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

KINDS = ("int8", "int16", "int32", "int64", "float32", "float64")
MODULE = """
from lantu.planar.jit import kernel

@kernel
def doubled(values):
    total = 0
    for i in range(len(values)):
        total += 2 * values[i]
    return total
"""
CALL = """
# a slow disk: between reading the list of compiled types and writing it another process has time to do the same
import sys, time
import numpy as np
from numba.core.caching import IndexDataCacheFile
from doubling import doubled

write = IndexDataCacheFile._save_index

def slowly(self, names):
    time.sleep(0.5)
    write(self, names)

IndexDataCacheFile._save_index = slowly
time.sleep(max(0.0, float(sys.argv[1]) - time.time()))
for kind in sys.argv[2:]:
    print(kind, int(doubled(np.arange(10, dtype=kind))))
"""


@pytest.mark.slow
def test_processes_that_compile_at_once_leave_a_cache_that_gives_right_results(tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text(MODULE, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def call(start: float, *kinds: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CALL, str(start), *kinds]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    start = time.time() + 4
    for one in [call(start, kind) for kind in KINDS]:
        assert one.communicate(timeout=120)[0].split()[1] == "90"
    compiled = list((tmp_path / "cache").rglob("*.nbc"))
    assert len(compiled) == len(KINDS), "every type has a file of its own"
    out, error = call(0, *KINDS).communicate(timeout=120)
    assert (out.split(), error) == ([word for kind in KINDS for word in (kind, "90")], "")
