"""Fusing again after a plan was amended or a decision taken: only what changed is overlaid anew, the faces are those of a whole run.

The run before must have been made by the same kernel on the same grid with the same administrative units; layers that came or went since
are empty on one of the two sides. Verification never goes this way: it fuses the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lantu.blueprints.inputs import Prepared, prepare
from lantu.blueprints.models import FusionRun
from lantu.blueprints.store import faces_of, folder_of
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import NO_PATCH, Faces, OverlayEngine, Progress, RingLayer
from lantu.planar.refuse import refuse
from lantu.planar.store import read_index

EMPTY = RingLayer(np.empty((0, 2), np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64))


def regions_digest(prepared: Prepared) -> str:
    """SHA-256 of the administrative units on the grid; a run keeps it, so that a later one knows whether they are the same."""
    total = hashlib.sha256(b"lantu regions 1\n")
    rings = prepared.region_rings
    for column in (rings.xy, rings.ring_start, rings.patch_start) if rings is not None else ():
        total.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    return total.hexdigest()


def engine_after(prepared: Prepared, engine: OverlayEngine) -> OverlayEngine:
    """The engine that starts from the run before where that is possible, else ``engine`` itself."""
    run, base = prepared.run, prepared.run.previous
    if not isinstance(engine, PlanarEngine) or base is None or not _usable(base, run, prepared):
        return engine
    return Again(base, list(prepared.rings), engine)


def _usable(base: FusionRun, run: FusionRun, prepared: Prepared) -> bool:
    return (
        base.state == FusionRun.State.DONE
        and base.engine == run.engine
        and base.engine_version == PlanarEngine.version
        and base.grid == prepared.facts()["grid"]
        and base.totals.get("regions") == regions_digest(prepared)
        and folder_of(base.store_key).is_dir()
    )


@dataclass(slots=True)
class Again:
    """An engine for one overlay: the layers ``names`` after ``base``."""

    base: FusionRun
    names: list[str]
    engine: PlanarEngine
    name: str = PlanarEngine.name
    version: str = PlanarEngine.version

    def overlay(self, layers: Sequence[RingLayer], progress: Progress | None = None) -> Faces:
        """As ``OverlayEngine.overlay``."""
        known = prepare(self.base).rings
        wanted = dict(zip(self.names, layers, strict=True))
        every = [*self.names, *(name for name in known if name not in wanted)]
        faces = _arranged(faces_of(self.base.store_key), list(known), every)
        made = refuse(
            faces,
            [known.get(name, EMPTY) for name in every],
            [wanted.get(name, EMPTY) for name in every],
            index=read_index(folder_of(self.base.store_key)),
            threads=self.engine.threads,
            progress=progress,
        )
        return made if len(every) == len(self.names) else replace(made, label=np.ascontiguousarray(made.label[:, : len(self.names)]))


def _arranged(faces: Faces, names: Sequence[str], every: Sequence[str]) -> Faces:
    """The faces with their labels in the order of ``every``; a layer that was not there has no patch anywhere."""
    if list(names) == list(every):
        return faces
    label = np.full((len(faces), len(every)), NO_PATCH, dtype=np.int32)
    for column, name in enumerate(names):
        label[:, every.index(name)] = faces.label[:, column]
    return replace(faces, label=label)
