"""Comparing two finished runs and writing down what differs: ground, findings, areas per district."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from lantu.blueprints.fusion.areas import face_areas
from lantu.blueprints.fusion.decisions import KEEP, decided
from lantu.blueprints.fusion.difference import NOTHING, Difference, Side, difference, mean_widths, region_areas, said_of
from lantu.blueprints.fusion.view import sums
from lantu.blueprints.inputs import Prepared, prepare
from lantu.blueprints.models import Change, Comparison, Finding, FusionRun
from lantu.blueprints.ports import overlay_engines
from lantu.blueprints.store import faces_of
from lantu.core import jobs
from lantu.planar.convert import Grid

CHUNK = 500
Tell = Callable[[float, str], None]


@dataclass(slots=True)
class Numbers:
    """What layers say, as numbers common to both runs. ``overlaps``: sets of them that overlapping patches say together."""

    of: dict[str, int] = field(default_factory=dict)
    overlaps: dict[frozenset[int], int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        return self.of.setdefault(text, len(self.of))

    def words(self) -> dict[int, str]:
        """Number → text; ``NOTHING`` is the empty one."""
        known = {number: text for text, number in self.of.items()} | {NOTHING: ""}
        return known | {number: "+".join(sorted(known[part] for part in told)) for told, number in self.overlaps.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A run read for comparison: its side, and the m² of its faces."""

    prepared: Prepared
    side: Side
    area_m2: Any


def compare_runs(row: Comparison, tell: Tell) -> dict[str, Any]:
    """Fill a comparison (its changes first, its totals last); returns the totals."""
    Change.objects.filter(comparison=row).delete()
    before, after = (prepare(run) for run in (row.before, row.after))
    layers = list(dict.fromkeys(layer.code for one in (after, before) for layer in one.layers))
    numbers, decisions = Numbers(), Numbers()
    units = {region.code: number for number, region in enumerate(after.regions)}
    tell(0.1, "faces")
    old, new = (_read(one, layers, numbers, decisions, units) for one in (before, after))
    tell(0.4, "overlay")
    found = difference(old.side, new.side, overlay_engines.get(row.after.engine))
    tell(0.6, "changes")
    words, named = numbers.words(), decisions.words()
    places = {number: code for code, number in units.items()}
    changes = _changes(row, found, layers, (words, named, places), new.prepared)
    for first in range(0, len(changes), CHUNK):
        with jobs.chunk():
            Change.objects.bulk_create(changes[first : first + CHUNK])
        tell(0.6 + 0.3 * min(1.0, (first + CHUNK) / len(changes)), "changes")
    row.areas = _areas(old, new, layers, words, places)
    row.totals = {
        "faces": {"same": found.same, "gone": found.gone, "new": found.new},
        "layers": _per_layer(changes),
        "findings": {listing: findings_changed(row.before, row.after, listing) for listing in Finding.Listing.values},
    }
    return dict(row.totals)


def _read(prepared: Prepared, layers: list[str], numbers: Numbers, decisions: Numbers, units: dict[str, int]) -> Read:
    plain = faces_of(prepared.run.store_key)
    faces = plain if prepared.decisions is None else decided(plain, prepared.decisions, plain.label.shape[1] - 1)
    said = np.full((len(faces), len(layers)), NOTHING, dtype=np.int64)
    by = np.full((len(faces), len(layers)), NOTHING, dtype=np.int64)
    for column, layer in enumerate(prepared.layers):
        said[:, layers.index(layer.code)] = said_of(faces, column, [numbers.number(text) for text in _texts(layer)], numbers.overlaps)
        if prepared.decisions is not None and column in prepared.decisions.patch:
            speaks = prepared.decisions.patch[column] != KEEP
            put = [decisions.number(row.number) if speaks[k] else NOTHING for k, row in enumerate(prepared.overrides)]
            by[:, layers.index(layer.code)] = said_of(plain, plain.label.shape[1] - 1, put, decisions.overlaps)
    region = np.full(len(faces), NOTHING, dtype=np.int64)
    if prepared.regions:
        region = said_of(faces, len(prepared.layers), [units.setdefault(one.code, len(units)) for one in prepared.regions], {})
    return Read(prepared, Side(faces, said, region, by), face_areas(faces, prepared.grid))


def _texts(layer: Any) -> list[str]:
    """What each patch of a layer says: its codes; that it is there, when it has none."""
    codes: dict[int, list[str]] = defaultdict(list)
    for patch, code in zip(layer.facts.part_patch.tolist(), layer.facts.part_code.tolist(), strict=True):
        codes[patch].append(layer.facts.codes[code].value)
    return ["/".join(codes[patch]) if codes[patch] else "+" for patch in range(len(layer.patches))]


def _changes(row: Comparison, found: Difference, layers: list[str], words: tuple[dict[int, str], ...], prepared: Prepared) -> list[Change]:
    said, named, places = words
    rows: list[Change] = []
    for moved in found.moved:
        shapes = shapely.transform(moved.regions.to_shapely(Grid(size=1.0)), prepared.grid.to_degrees)
        areas = region_areas(moved.regions, prepared.grid)
        wide = mean_widths(moved.regions, areas, prepared.grid.unit_m) >= prepared.limits.noise_width_m
        for at in np.flatnonzero(wide).tolist():
            rows.append(
                Change(
                    comparison=row,
                    layer_code=layers[moved.layer],
                    before=said[int(moved.before[at])][:80],
                    after=said[int(moved.after[at])][:80],
                    decision=named[int(moved.decision[at])][:80],
                    area_m2=Decimal(f"{areas[at]:.2f}"),
                    district=places.get(int(moved.unit[at]), ""),
                    geometry=shapes[at],
                )
            )
    rows.sort(key=lambda one: (one.layer_code, -one.area_m2, one.before, one.after))
    for number, one in enumerate(rows, start=1):
        one.number = number
    return rows


def _per_layer(changes: list[Change]) -> dict[str, dict[str, Any]]:
    count: Counter[str] = Counter(one.layer_code for one in changes)
    area: dict[str, Decimal] = defaultdict(Decimal)
    for one in changes:
        area[one.layer_code] += one.area_m2
    return {layer: {"count": count[layer], "area_m2": str(area[layer])} for layer in sorted(count)}


def _areas(old: Read, new: Read, layers: list[str], words: dict[int, str], places: dict[int, str]) -> list[dict[str, Any]]:
    """Per layer, class and district the m² before and after, where they differ by a tenth of a square metre or more."""
    tables = [_by_class(one, words, places, layers) for one in (old, new)]
    rows = []
    for key in sorted(tables[0].keys() | tables[1].keys()):
        before, after = (table.get(key, 0.0) for table in tables)
        if abs(after - before) >= 0.1:
            rows.append({"layer": key[0], "code": key[1], "district": key[2], "before_m2": round(before, 2), "after_m2": round(after, 2)})
    return rows


def _by_class(one: Read, words: dict[int, str], places: dict[int, str], layers: list[str]) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for column, layer in enumerate(layers):
        pairs = np.stack([one.side.said[:, column], one.side.region], axis=1)
        unique, number = np.unique(pairs, axis=0, return_inverse=True)
        area = sums(number.reshape(-1), one.area_m2, len(unique))
        for (said, region), size in zip(unique.tolist(), area.tolist(), strict=True):
            if said != NOTHING:
                found[layer, words[said], places.get(region, "")] = size
    return found


def findings_changed(before: FusionRun, after: FusionRun, listing: str) -> dict[str, int]:
    """How many findings of a list are new, gone, the same, or changed in area (by identity)."""
    old, new = (
        dict(Finding.objects.filter(run=run, listing=listing, living=False).values_list("identity", "area_m2")) for run in (before, after)
    )
    both = old.keys() & new.keys()
    changed = sum(old[identity] != new[identity] for identity in both)
    return {"new": len(new.keys() - both), "gone": len(old.keys() - both), "changed": changed, "same": len(both) - changed}
