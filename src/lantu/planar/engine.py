"""The planar kernel: all layers noded once, tile by tile, into one graph whose faces are traced and labelled."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from lantu.planar.assembly import Assembly, Given
from lantu.planar.checks import check_layers
from lantu.planar.digest import KERNEL_VERSION
from lantu.planar.memory import give_back, let_go
from lantu.planar.model import Faces, IntArray, Progress, RingLayer
from lantu.planar.runs import Runs, Tiling, cut_runs, make_tiling
from lantu.planar.scheduling import Scheduler, Shelves, Threads
from lantu.planar.seams import Seams, join_seams
from lantu.planar.shelf import Room, Shelf, in_memory
from lantu.planar.store import column_file
from lantu.planar.tiles import Part, Tile, node_tile, seam_part, slice_seams, trace_tile

SHELVE_ABOVE = 100_000_000
"""Input vertices above which tiles wait on disk: in memory the pass needs some 25 bytes for each, beside its result."""

TOGETHER = 64
"""Tiles after which progress is told."""

MAPPED = 4 << 30
"""Bytes of layers above which what is mapped of them is dropped now and then meanwhile; mapping it anew costs up to a tenth of the pass."""


class PlanarEngine:
    """Hot-pixel snap rounding on the grid in machine integers; the same faces as the oracle, to the last integer."""

    name = "planar"
    version = KERNEL_VERSION

    def __init__(
        self,
        threads: int | None = None,
        tile_vertices: int = 24_000,
        scheduler: Scheduler | None = None,
        shelve_above: int = SHELVE_ABOVE,
        folder: Path | None = None,
    ) -> None:
        """``threads``: worker threads (default: the processors); ``tile_vertices``: about so many input vertices per tile.

        ``scheduler``: who works on the tiles (default: the threads); the caller closes it. With more than ``shelve_above`` vertices, tiles
        wait in files below ``folder`` (default: where temporary files go), as do vertices and twins of the faces while someone has them.
        """
        self.threads = threads or len(os.sched_getaffinity(0))
        self.tile_vertices = tile_vertices
        self.scheduler = scheduler
        self.shelve_above, self.folder = shelve_above, folder

    def overlay(self, layers: Sequence[RingLayer], progress: Progress | None = None) -> Faces:
        """See ``OverlayEngine.overlay``."""
        given = list(layers)
        with ExitStack() as stack:
            shelf = None
            if sum(len(layer.xy) for layer in given) > self.shelve_above:
                # what is still mapped when the folder goes stays until it is let go of (Windows keeps the file, too)
                folder = tempfile.TemporaryDirectory(prefix="lantu-overlay-", dir=self.folder, ignore_cleanup_errors=True)
                shelf = Shelf(Path(stack.enter_context(folder)))
            own = Threads(self.threads) if shelf is None else Shelves(self.threads, shelf)
            stack.callback(own.close)
            scheduler = self.scheduler or own
            files = _files(given, stack) if scheduler.remote else [layer.xy for layer in given]
            work = _Pass(given, files, own.pool, scheduler, self.tile_vertices, progress or (lambda share, step: None))
            faces = work.run(in_memory if shelf is None else shelf.room)
            if shelf is not None:
                faces.xy.flags.writeable = faces.twin.flags.writeable = False
            return faces


def _files(layers: Sequence[RingLayer], stack: ExitStack) -> list[Path]:
    """The file of the vertices of each layer; those that are in memory only are written for the time of the pass."""
    found: list[Path] = []
    for number, layer in enumerate(layers):
        file = column_file(layer.xy)
        if file is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lantu-overlay-")))
            file = folder / f"{number}.npy"
            np.save(file, layer.xy, allow_pickle=False)
        found.append(file)
    return found


class _Pass:
    """One overlay on its way from rings to faces."""

    def __init__(
        self,
        layers: Sequence[RingLayer],
        vertices: Sequence[IntArray | Path],
        pool: ThreadPoolExecutor,
        scheduler: Scheduler,
        tile_vertices: int,
        tell: Progress,
    ) -> None:
        self.layers, self.vertices, self.pool, self.scheduler, self.tell = layers, vertices, pool, scheduler, tell
        extent = check_layers(layers)
        self.let_go()
        self.mx, self.my = (extent[0] + extent[2]) // 2, (extent[1] + extent[3]) // 2
        outer = make_tiling(extent, sum(len(layer.xy) for layer in layers), tile_vertices)
        self.outer = outer
        self.tiling = Tiling(outer.west - self.mx, outer.south - self.my, outer.size, outer.across, outer.up)
        self.first_patch = np.concatenate([[0], np.cumsum([len(layer) for layer in layers])]).astype(np.int64)

    def run(self, room: Room) -> Faces:
        self.tell(0.0, "segments")
        runs = list(self.pool.map(lambda layer: cut_runs(layer, self.outer), self.layers))
        noded = self.scheduler.keep(node_tile, self.tiles(runs), self.count(0.05, 0.4, "noding"))
        self.let_go()
        del runs
        self.tell(0.4, "seams")
        seams = self.join(self.scheduler.look(seam_part, noded))
        slices = [slice_seams(seams, tile) for tile in range(len(self.tiling))]
        traced = self.scheduler.use(trace_tile, noded, slices, self.count(0.45, 0.65, "faces"))
        give_back()
        given = Given(self.layers, self.tiling, self.mx, self.my, self.first_patch, self.pool, self.tell, room)
        return Assembly(given, traced, seams).run()

    def let_go(self) -> None:
        for layer in self.layers:
            let_go(layer.xy)

    def count(self, since: float, until: float, step: str) -> Callable[[int], None]:
        total = len(self.tiling)

        def count(done: int) -> None:
            if done % TOGETHER == 1:
                if sum(layer.xy.nbytes for layer in self.layers) > MAPPED:
                    self.let_go()
                self.tell(since + (until - since) * (done - 1) / total, step)

        return count

    def tiles(self, runs: Sequence[Runs]) -> Iterator[Tile]:
        for number in range(len(self.tiling)):
            parts = []
            for xy, run, offset in zip(self.vertices, runs, self.first_patch[:-1].tolist(), strict=True):
                take = run.tile_run[run.tile_start[number] : run.tile_start[number + 1]]
                parts.append(Part(xy, run.first[take], run.stop[take], run.wrap[take], run.patch[take], offset))
            yield Tile(self.tiling.rect(number), self.tiling.size, self.mx, self.my, tuple(parts))

    def join(self, parts: Iterator[tuple[IntArray, IntArray, IntArray, IntArray]]) -> Seams:
        own, own_start, own_patch, met = zip(*parts, strict=True)
        counts = np.concatenate([np.diff(start) for start in own_start])
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return join_seams(np.concatenate(own), start, np.concatenate(own_patch), np.concatenate(met), self.tiling)
