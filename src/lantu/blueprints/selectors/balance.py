"""The balance sheet of decisions (增减平衡表): what ground they take from which class and give to which, per plan and district.

Areas are ellipsoidal, of the patches of the plan releases in force (or of a run) on the ground of each decision. Withdrawals must balance
additions: per plan the construction land may not grow (domain 2.6, principle 3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.fusion.decisions import Outcome
from lantu.blueprints.models import FusionRun
from lantu.geodesy.area import polygon_areas
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.codes import CodeTable

LEAST_M2 = 0.005
"""Pieces that do not make a hundredth of a square metre are left out."""


class Change(Protocol):
    """What a balance is made of: an ``Override``, or a proposal before it is approved. ``geometry`` in degrees; ``label`` names it."""

    @property
    def layers(self) -> Any: ...
    @property
    def outcome(self) -> Any: ...
    @property
    def geometry(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change that is only proposed (for ``balance``): ``label`` is how the sheet names it."""

    label: str
    layers: Sequence[str]
    outcome: Mapping[str, Any]
    geometry: BaseGeometry

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Line:
    """One move: ``area_m2`` of ``layer`` in one change goes from class ``before`` to ``after`` (empty = the layer has no say)."""

    change: str
    layer: str
    before: str
    after: str
    was_built: bool
    will_be_built: bool
    area_m2: float


@dataclass(slots=True)
class Sum:
    """Per layer, m²: construction land ``added`` and ``withdrawn``; ``other``: class changes that leave it as it is."""

    layer: str
    added_m2: float = 0.0
    withdrawn_m2: float = 0.0
    other_m2: float = 0.0

    @property
    def net_m2(self) -> float:
        return self.added_m2 - self.withdrawn_m2

    @property
    def balanced(self) -> bool:
        """Whether construction land does not grow (half a square metre for rounding)."""
        return self.net_m2 <= 0.5


@dataclass(slots=True)
class Balance:
    """Lines per change, sums per layer; ``accepted`` names changes that move nothing because the document lets a hit stand."""

    lines: list[Line] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        return all(row.balanced for row in self.sums)


def balance(changes: Iterable[Change], run: FusionRun | None = None) -> Balance:
    """The sheet of these changes against the releases of ``run``, else those in force."""
    releases = run.releases.all() if run is not None else PlanRelease.objects.filter(state=PlanRelease.State.RELEASED)
    by_layer: dict[str, list[int]] = defaultdict(list)
    for pk, code in releases.values_list("pk", "layer_code"):
        by_layer[code].append(pk)
    catalogue = standards.catalogue(run.pack if run is not None else None)
    reading = run.reading if run is not None else FusionRun.Reading.STRICT
    sheet = Balance()
    for change in changes:
        outcome = Outcome.read(change.outcome, change.layers)
        if not outcome.classes:
            sheet.accepted.append(str(change))
        for layer, after in outcome.classes.items():
            definition = catalogue.layers.get(layer)
            table = catalogue.table_of(definition) if definition else None
            for before, area in sorted(_classes(change.geometry, by_layer[layer]).items()):
                if before != after and area >= LEAST_M2:
                    built = [_built(table, code, reading) for code in (before, after)]
                    sheet.lines.append(Line(str(change), layer, before, after, built[0], built[1], area))
    sheet.sums = _sums(sheet.lines)
    return sheet


def _classes(ground: BaseGeometry, releases: list[int]) -> dict[str, float]:
    """Main class → m² of the ground; the empty class is ground that no patch covers."""
    patches = list(PlanPatch.objects.filter(release__in=releases).in_window(*ground.bounds).only("code", "geometry"))
    shapes = shapely.make_valid(np.array([patch.geometry for patch in patches], dtype=object))
    areas = polygon_areas(shapely.intersection(shapes, ground)) if patches else np.zeros(0)
    found: dict[str, float] = defaultdict(float)
    for patch, area in zip(patches, areas.tolist(), strict=True):
        if area:
            found[patch.code or "+"] += area
    whole = float(polygon_areas(np.array([ground], dtype=object))[0])
    rest = whole - sum(found.values())
    if rest >= LEAST_M2:
        found[""] += rest
    return dict(found)


def _built(table: CodeTable | None, code: str, reading: str) -> bool:
    entry = table.find(code) if table is not None and code else None
    return entry is not None and (entry.construction == "yes" or (reading == "loose" and entry.traits.get("loose") == "yes"))


def _sums(lines: Iterable[Line]) -> list[Sum]:
    sums: dict[str, Sum] = {}
    for line in lines:
        row = sums.setdefault(line.layer, Sum(line.layer))
        if line.will_be_built and not line.was_built:
            row.added_m2 += line.area_m2
        elif line.was_built and not line.will_be_built:
            row.withdrawn_m2 += line.area_m2
        else:
            row.other_m2 += line.area_m2
    return [sums[layer] for layer in sorted(sums)]
