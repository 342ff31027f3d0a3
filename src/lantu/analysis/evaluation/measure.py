"""Measuring what a formula of the city pack asks: shares of faces, areas by district; geometry only of living layers.

A *term* is ``{layer, codes | trait}``, ``{living: [layers]}``, ``{all: [terms]}``, ``{any: [terms]}`` or ``{not: term}``; a formula is
``{area: term}``, ``{ratio: {of: term, to: term}}``, ``{count: {living: [layers]}}`` or ``{source: key}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.analysis.partition import Basis, Partition
from lantu.analysis.stats.groups import districts
from lantu.blueprints.ports import indicator_sources
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.planar.clip import clip
from lantu.plans.selectors import living_in_force

Term = Mapping[str, Any]
UNITS = {"公顷": 10_000.0, "ha": 10_000.0, "平方公里": 1_000_000.0, "㎡": 1.0, "亩": 10_000.0 / 15}
"""Square metres of a unit."""


@dataclass(frozen=True, slots=True)
class Value:
    """What came out: the figure for the city (None: it cannot be measured) and by district; ``why`` names what is missing or not seen."""

    whole: float | None
    districts: dict[str, float | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def leaves(term: Any) -> Iterator[Term]:
    """The innermost terms of a term or formula."""
    if isinstance(term, Mapping):
        if "layer" in term or "living" in term:
            yield term
        else:
            for value in term.values():
                yield from leaves(value)
    elif isinstance(term, list):
        for value in term:
            yield from leaves(value)


@dataclass
class Measure:
    """Measures formulas over a basis, with the living layers of a day, as one person sees them."""

    basis: Basis
    actor: Actor
    on: date
    _living: dict[tuple[str, ...], NDArray[np.float64]] = field(default_factory=dict)

    @property
    def partition(self) -> Partition:
        return self.basis.partition

    def value(self, formula: Term, unit: str) -> Value:
        """The figure of a formula in a unit."""
        if "source" in formula:
            key = str(formula["source"])
            try:
                source = indicator_sources.get(key)
            except LookupError:
                return Value(None, missing=(key,))
            return Value(source.value(self.basis.run, self.on))
        missing, unseen = self._lacking(formula)
        if missing or unseen:
            return Value(None, missing=missing, unseen=unseen)
        if "count" in formula:
            return Value(float(living_in_force(self.on).filter(layer_code__in=formula["count"]["living"]).count()))
        if "area" in formula:
            whole, parts = self._sums(formula["area"])
            factor = UNITS.get(unit, 10_000.0)
            return Value(round(whole / factor, 4), {key: round(part / factor, 4) for key, part in parts.items()})
        of, of_parts = self._sums(formula["ratio"]["of"])
        to, to_parts = self._sums(formula["ratio"]["to"])
        scale = 100.0 if unit == "%" else 1.0
        return Value(
            round(of / to * scale, 4) if to else None,
            {key: round(of_parts[key] / part * scale, 4) if part else None for key, part in to_parts.items()},
        )

    def _lacking(self, formula: Term) -> tuple[tuple[str, ...], tuple[str, ...]]:
        missing, unseen = [], []
        known = self.partition.catalogue.layers
        for leaf in leaves(formula):
            for code in leaf["living"] if "living" in leaf else [leaf["layer"]]:
                if code not in known or ("layer" in leaf and code not in self.partition.layers):
                    missing.append(str(code))
                elif not may_see(self.actor, known[code]):
                    unseen.append(str(code))
        return tuple(dict.fromkeys(missing)), tuple(dict.fromkeys(unseen))

    def _sums(self, term: Term) -> tuple[float, dict[str, float]]:
        """Square metres of a term: in the city, and by district."""
        first = next((leaf["layer"] for leaf in leaves(term) if "layer" in leaf), None)
        weight = np.asarray(self.partition.cents(first)) / 100 if first else np.asarray(self.partition.areas())
        amount = weight * self.share(term)
        number, keys = districts(self.partition)
        sums = np.bincount(number, weights=amount, minlength=len(keys))
        return float(amount.sum()), {key: float(sums[n]) for n, key in enumerate(keys[:-1])}

    def share(self, term: Term) -> NDArray[np.float64]:
        """(faces,) which share of each face the term covers."""
        if "all" in term:
            return np.asarray(np.prod([self.share(one) for one in term["all"]], axis=0))
        if "any" in term:
            return np.asarray(np.max([self.share(one) for one in term["any"]], axis=0))
        if "not" in term:
            return 1.0 - self.share(term["not"])
        if "living" in term:
            return self.living(tuple(str(code) for code in term["living"]))
        if "trait" in term:
            return self._of_trait(str(term["layer"]), str(term["trait"])).astype(np.float64)
        return self.partition.faces_having(str(term["layer"]), [str(code) for code in term.get("codes") or ()]).astype(np.float64)

    def _of_trait(self, layer: str, trait: str) -> NDArray[np.bool_]:
        part = self.partition
        table = part.catalogue.table_of(part.catalogue.layers[layer])
        wanted = "yes" if trait == "construction" else "no"

        def has(code: str) -> bool:
            entry = table.find(code) if table else None
            return entry is not None and entry.construction == wanted

        return part.view.any(part.layers[layer].column, part.columns(layer).having(has))

    def living(self, codes: tuple[str, ...]) -> NDArray[np.float64]:
        """(faces,) the share of each face that features of living layers cover; ground under two of them counts once."""
        if codes not in self._living:
            self._living[codes] = self._cover(living_in_force(self.on).filter(layer_code__in=codes))
        return self._living[codes]

    def _cover(self, rows: Any) -> NDArray[np.float64]:
        part = self.partition
        share = np.zeros(len(part.faces.label))
        shapes = [shapely.make_valid(row.geometry) for row in rows if row.geometry is not None and not row.geometry.is_empty]
        if not shapes:
            return share
        ground = part.to_plane(shapely.union_all(shapes))
        found = clip(part.faces, part.index, shapely.make_valid(ground, method="structure", keep_collapsed=False), part.plane)
        whole = part.faces.area2[found.face] * (part.grid.unit_m**2 / 2)
        np.add.at(share, found.face, found.area / whole)
        return np.minimum(share, 1.0)


def rows_behind(formula: Term) -> list[tuple[str, str]]:
    """(layer, code) of the plan patches behind a formula, for links to them."""
    found: list[tuple[str, str]] = []
    for leaf in leaves(formula):
        if "layer" in leaf:
            found += [(str(leaf["layer"]), str(code)) for code in leaf.get("codes") or [""]]
    return list(dict.fromkeys(found))
