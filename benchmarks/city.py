"""The city that the rows of ``figures`` share, kept in files; and taking turns with a peer."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import timed
from benchmarks.made_city import made_layer
from lantu.planar.arcs import Arcs
from lantu.planar.engine import PlanarEngine
from lantu.planar.lookup import FaceIndex
from lantu.planar.model import Faces, RingLayer
from lantu.planar.store import read_arcs, read_faces, read_index, read_layer, write_faces, write_layer

Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class City:
    """Layers of ``patches`` patches below ``base``; each is made when first asked for."""

    base: Path
    patches: int
    threads: int
    repeat: int

    @property
    def folder(self) -> Path:
        return self.base / str(self.patches)

    def layers(self, count: int) -> list[RingLayer]:
        """The first ``count`` layers, mapped from their files."""
        return [self.stored(f"layer-{number:02}", lambda number=number: made_layer(self.patches, number)) for number in range(count)]

    def stored(self, name: str, make: Callable[[], RingLayer]) -> RingLayer:
        """A layer under a name, made when first asked for, mapped from its files as those of a plan are."""
        folder = self.folder / name
        if not folder.is_dir():
            write_layer(folder, make())
        return read_layer(folder)

    def partition(self) -> tuple[Faces, FaceIndex]:
        """Of the first two layers, with its index, mapped."""
        folder = self.folder / "faces-2"
        if not folder.is_dir():
            write_faces(folder, PlanarEngine(self.threads).overlay(self.layers(2)))
        return read_faces(folder), read_index(folder)

    def arcs(self) -> Arcs:
        """Of that partition, mapped."""
        self.partition()
        return read_arcs(self.folder / "faces-2")

    def single(self, number: int) -> tuple[Faces, FaceIndex]:
        """Of one layer alone, with its index, mapped."""
        folder = self.folder / f"single-{number:02}"
        if not folder.is_dir():
            layer = self.layers(number + 1)[number]
            write_faces(folder, PlanarEngine(self.threads).overlay([layer]))
        return read_faces(folder), read_index(folder)


def turns(kernel: Work, peer: Work | None, repeat: int, peer_repeat: int | None = None) -> tuple[dict[str, Any], Any, Any]:
    """Run both by turns: (figures, last result of the kernel, last of the peer). The first run of the kernel does not count: it compiles.

    ``peer_repeat``: how often a slow peer is asked.
    """
    kernel()
    mine, theirs, result, other = [], [], None, None
    for turn in range(repeat):
        result = None
        timing, result = timed(kernel)
        mine.append(timing)
        if peer is not None and turn < (peer_repeat or repeat):
            other = None
            timing, other = timed(peer)
            theirs.append(timing)
    foreign = [one.foreign_cores for one in mine if one.foreign_cores is not None]
    figures: dict[str, Any] = {
        "seconds": median([one.seconds for one in mine]),
        "cpu_seconds": median([one.cpu_seconds for one in mine]),
        "runs": [one.seconds for one in mine],
        "foreign_cores": statistics.mean(foreign) if foreign else None,
    }
    if theirs:
        figures["peer_seconds"] = median([one.seconds for one in theirs])
        figures["peer_cpu_seconds"] = median([one.cpu_seconds for one in theirs])
        figures["peer_runs"] = [one.seconds for one in theirs]
    return figures, result, other


def median(values: Sequence[float]) -> float:
    return float(statistics.median(values))
