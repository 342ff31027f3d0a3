"""Whoever works on the tiles, the faces are the same; a lost worker's tiles are done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lantu.planar.engine import PlanarEngine
from lantu.planar.errors import PlanarError
from lantu.planar.model import RingLayer
from lantu.planar.scheduling import Cluster, Threads
from lantu.planar.store import column_file, read_layer, write_layer
from lantu.planar.tests.cases import crooked, layer, same_faces, square


@pytest.fixture
def layers(tmp_path: Path) -> list[RingLayer]:
    """One layer in a store, one in memory."""
    write_layer(tmp_path / "a", crooked(24, 1))
    return [read_layer(tmp_path / "a"), crooked(24, 2)]


@dataclass(frozen=True, slots=True)
class Machines:
    """A Dask scheduler and three workers, each a process of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    distributed = pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    file = tmp_path / "scheduler.json"
    running: list[subprocess.Popen[bytes]] = []

    def start(program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(file), "--no-dashboard", *options]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return running[-1]

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        workers = [start("dask_worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path)) for _ in range(3)]
        while not file.exists() or not file.read_text():
            assert running[0].poll() is None, "the scheduler did not start"
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=60)
        yield Machines(address, workers)
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_give_the_same_faces(layers: list[RingLayer], threads: int) -> None:
    wanted = PlanarEngine(threads=1, tile_vertices=100_000).overlay(layers)
    scheduler = Threads(threads)
    same_faces(PlanarEngine(1, 60, scheduler).overlay(layers), wanted)
    scheduler.close()


def test_tiles_that_waited_on_disk_give_the_same_faces_and_leave_nothing_there(layers: list[RingLayer], tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    found = PlanarEngine(2, 60, shelve_above=0, folder=folder).overlay(layers)
    assert list(folder.iterdir()) == []
    same_faces(found, PlanarEngine(threads=1).overlay(layers))
    assert column_file(found.xy) is None, "its file is gone"


@pytest.mark.slow
def test_processes_of_a_cluster_give_the_same_faces_also_when_one_is_killed(layers: list[RingLayer], machines: Machines) -> None:
    """In the middle of the work, and when all tiles are noded: what the worker holds is lost. In the end one of three is left."""
    wanted = PlanarEngine(threads=1).overlay(layers)
    scheduler = Cluster(machines.address)
    shares: list[float] = []
    same_faces(PlanarEngine(1, 60, scheduler).overlay(layers, lambda share, step: shares.append(share)), wanted)
    assert shares == sorted(shares) and shares[-1] == 1.0
    for victim, step in zip(machines.workers, ("noding", "seams"), strict=False):

        def tell(share: float, now: str, victim: subprocess.Popen[bytes] = victim, step: str = step) -> None:
            if now == step and victim.poll() is None:
                victim.send_signal(signal.SIGKILL)
                victim.wait()

        same_faces(PlanarEngine(1, 60, scheduler).overlay(layers, tell), wanted)
        assert victim.poll() == -signal.SIGKILL
    assert machines.workers[2].poll() is None
    scheduler.close()


def test_where_nobody_answers_is_said() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(PlanarError, match="no Dask scheduler answers"):
        Cluster("tcp://127.0.0.1:9", timeout=0.5)


def test_the_file_of_a_column_is_found_only_where_it_is_the_whole_file(tmp_path: Path) -> None:
    write_layer(tmp_path / "a", layer([square(0, 0, 9)], [square(20, 3, 5)]))
    mapped = read_layer(tmp_path / "a")
    assert column_file(mapped.xy) == tmp_path / "a" / "xy.npy"
    assert column_file(mapped.xy[1:]) is None
    assert column_file(np.array(mapped.xy)) is None
