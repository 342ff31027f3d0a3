"""What a fusion reads: plan releases as layers with the facts of their patches, rules, tolerances, administrative units."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.blueprints.fusion.compile import Compiled, RuleError, RuleText, compile_rules
from lantu.blueprints.fusion.decisions import HERE, KEEP, Decisions, Outcome
from lantu.blueprints.fusion.evaluate import FaceRule
from lantu.blueprints.fusion.facts import CodeFacts, LayerFacts, layer_facts
from lantu.blueprints.fusion.fuse import Draft, Fused, LayerInput, fuse, input_layers
from lantu.blueprints.fusion.slivers import SliverLimits
from lantu.blueprints.ground import read_units
from lantu.blueprints.models import FusionRun, Override
from lantu.blueprints.parts import Part, Source, drafted, join_rings, released
from lantu.blueprints.selectors.regions import counties
from lantu.blueprints.store import run_digest
from lantu.core.errors import Conflict
from lantu.geodesy.grid import WorkingGrid
from lantu.planar.convert import Grid, layer_from_shapely
from lantu.planar.model import NO_PATCH, Faces, OverlayEngine, Progress, RingLayer
from lantu.standards import selectors as standards
from lantu.standards.codes import CodeTable
from lantu.standards.models import LayerDefinition, PackVersion, Rule


@dataclass(frozen=True, slots=True, eq=False)
class PlanLayer:
    """All chosen releases of one layer definition as one layer: their patches one after another, then those that overrides put there."""

    definition: LayerDefinition
    parts: list[Part]
    patches: list[Source]
    facts: LayerFacts
    input: LayerInput

    @property
    def code(self) -> str:
        return self.definition.code


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run ready to be fused."""

    run: FusionRun
    pack: PackVersion
    grid: WorkingGrid
    layers: list[PlanLayer]
    compiled: Compiled
    limits: SliverLimits
    regions: list[Region]
    overrides: list[Override]
    decisions: Decisions | None

    @property
    def rules(self) -> tuple[FaceRule, ...]:
        return self.compiled.rules

    @property
    def skipped(self) -> dict[str, list[str]]:
        return self.compiled.skipped

    def fuse(self, engine: OverlayEngine, progress: Progress | None = None) -> Fused:
        """Carry out the fusion."""
        return fuse(
            [layer.input for layer in self.layers],
            self.rules,
            self.limits,
            engine,
            self.grid,
            regions=self.region_rings,
            strip_rule=self.compiled.strip,
            decisions=self.decisions,
            progress=progress,
        )

    @cached_property
    def region_rings(self) -> RingLayer | None:
        """The administrative units on the grid, None when the pack has no outlines."""
        if not self.regions:
            return None
        units = [_to_units(region.geometry, self.grid) for region in self.regions]
        return layer_from_shapely(units, Grid(size=1.0))

    @property
    def rings(self) -> dict[str, RingLayer]:
        """The layers of the partition by code, in the order of the labels."""
        return input_layers([layer.input for layer in self.layers], self.region_rings, self.decisions)

    def digest(self, faces: Faces) -> str:
        """The digest of the faces with all that they were made by."""
        facts = self.facts()
        made_by = {
            "rules": facts["rule_digest"],
            "reading": self.run.reading,
            "layers": json.dumps([[layer["code"], layer["digests"]] for layer in facts["layers"]]),
        }
        if self.overrides:
            made_by["overrides"] = json.dumps([[row["number"], row["digest"]] for row in facts["overrides"]])
        return run_digest(faces, json.dumps(facts["grid"], sort_keys=True), made_by)

    def facts(self) -> dict[str, Any]:
        """What the run row keeps of its inputs."""
        return {
            "rule_digest": self.pack.digest,
            "grid": {"epsg": self.grid.epsg, "origin": list(self.grid.origin), "unit_m": self.grid.unit_m},
            "layers": [
                {
                    "code": layer.code,
                    "name": layer.definition.name_zh,
                    "scale": layer.input.scale,
                    "patches": len(layer.input.control_m2),
                    "releases": [part.release.pk for part in layer.parts if part.release is not None],
                    "digests": [part.digest for part in layer.parts],
                }
                for layer in self.layers
            ],
            "overrides": [{"number": row.number, "digest": row.digest} for row in self.overrides],
        }

    def origin_rule(self, draft: Draft) -> str:
        """The rule that found a patch; of a strip the first of those that made it."""
        return self.rules[draft.hits[0].rule].code

    def sources(self, draft: Draft) -> list[tuple[str, str]]:
        """The source features of a finding as (layer code, feature id)."""
        return [(self.layers[layer].code, self.layers[layer].patches[patch].feature_id) for layer, patch in draft.sources]

    def source_rows(self, draft: Draft) -> list[dict[str, Any]]:
        """The source features as the finding keeps them."""
        rows = []
        for layer, patch in draft.sources:
            source = self.layers[layer].patches[patch]
            rows.append(
                {
                    "layer": self.layers[layer].code,
                    "release": source.release,
                    "index": source.index,
                    "feature_id": source.feature_id,
                    "code": source.code,
                }
            )
        return rows

    def departments(self, draft: Draft) -> list[str]:
        """The departments that own the layers of a finding, in the order in which the rule names them."""
        return list(dict.fromkeys(owner for layer, _p in draft.sources if (owner := self.layers[layer].definition.owner)))

    def region_code(self, number: int) -> str:
        return self.regions[number].code if number >= 0 else ""


def prepare(run: FusionRun) -> Prepared:
    """Read all that a run needs. Raises ``Conflict`` for layers that the pack does not know and for rules that cannot be read."""
    pack = run.pack
    catalogue = standards.catalogue(pack)
    parts = _parts(run)
    unknown = sorted({part.layer_code for part in parts} - set(catalogue.layers))
    if unknown:
        raise Conflict(_("图层目录里没有 %(codes)s。") % {"codes": "、".join(unknown)}, how=_("请先在城市包里登记这些图层，再发起融合。"))
    overrides = list(run.overrides.order_by("pk"))
    said = [Outcome.read(row.outcome, row.layers) for row in overrides]
    layers, put = [], {}
    for code, group in groupby(parts, key=lambda part: part.layer_code):
        definition = catalogue.layers[code]
        changes = {k: outcome.classes[code] for k, outcome in enumerate(said) if code in outcome.classes}
        layer, put[code] = _plan_layer(definition, catalogue.table_of(definition), list(group), changes, overrides)
        layers.append(layer)
    layers.sort(key=lambda layer: (layer.definition.order, layer.code))
    try:
        compiled = compile_rules(rule_texts(pack), [layer.facts for layer in layers], run.reading, pair_tables(pack))
    except RuleError as error:
        raise Conflict(_("城市包里的规则读不懂：%(error)s") % {"error": error}, how=_("请改正 rules.yaml 后重新装入城市包。")) from error
    decisions = _decisions(overrides, said, {column: put[layer.code] for column, layer in enumerate(layers)}) if overrides else None
    limits = sliver_limits(catalogue.tolerances)
    return Prepared(run, pack, standards.working_grid(pack), layers, compiled, limits, city_regions(), overrides, decisions)


def _parts(run: FusionRun) -> list[Part]:
    """The plans of a run in the order of layers, datasets and keys; a draft stands in the place of its dataset's release."""
    releases = run.releases.select_related("dataset")
    parts = [(release.layer_code, release.dataset.name, release.pk, released(release)) for release in releases]
    if run.draft is not None:
        dataset = run.draft.dataset
        parts.append((dataset.layer_code, dataset.name, 0, drafted(run.draft, run.pack)))
    return [part for *_order, part in sorted(parts, key=lambda row: row[:3])]


def _decisions(overrides: Sequence[Override], said: Sequence[Outcome], put: Mapping[int, dict[int, int]]) -> Decisions:
    """``put``: column → override → the patch that is read there."""
    patch = {column: np.array([at.get(k, KEEP) for k in range(len(overrides))], dtype=np.int64) for column, at in put.items() if at}
    rules = sorted({rule for outcome in said for rule in outcome.accepts})
    return Decisions(
        layer_from_shapely([read_units(row.units) for row in overrides], Grid(size=1.0)),
        patch,
        {rule: np.array([rule in outcome.accepts for outcome in said]) for rule in rules},
    )


def city_regions() -> list[Region]:
    """The counties that have an outline."""
    return [row for row in counties() if row.geometry is not None]


def rule_texts(pack: PackVersion) -> list[RuleText]:
    """The rules of a pack."""
    return [
        RuleText(
            code=rule.code,
            kind=rule.kind,
            order=rule.order,
            severity=rule.severity,
            when=rule.when or None,
            names=rule.names,
            requires=rule.meta.get("requires", ()),
            readings=rule.meta.get("readings") or ("strict", "loose"),
            tolerated=rule.meta.get("tolerated"),
        )
        for rule in Rule.objects.filter(pack=pack).order_by("order")
    ]


def pair_tables(pack: PackVersion) -> dict[str, dict[str, list[str]]]:
    """The pair tables of a pack: table → code → codes that agree with it."""
    part = pack.parts.filter(name="tables").first()
    tables = part.content if part else {}
    return {name: {row["from_code"]: row["to_codes"] for row in table["rows"]} for name, table in tables.items()}


def sliver_limits(tolerances: Mapping[str, Any]) -> SliverLimits:
    """The sliver tolerances of a pack."""
    sliver = tolerances.get("sliver", {})
    default = SliverLimits()
    return SliverLimits(
        float(sliver.get("k_mm2", default.area_k_mm2)),
        float(sliver.get("width_mm", default.width_mm)),
        float(sliver.get("noise_m", default.noise_width_m)),
    )


def _plan_layer(
    definition: LayerDefinition,
    table: CodeTable | None,
    parts: list[Part],
    changes: Mapping[int, str],
    overrides: Sequence[Override],
) -> tuple[PlanLayer, dict[int, int]]:
    """The layer, and where its patches that overrides put there stand; ``changes``: override → the class that holds, empty for no say.

    A layer without a say is silent, not missing: a layer that covers the city reads as a patch without class, any other as none.
    """
    patches = [patch for part in parts for patch in part.patches]
    codes = [own for part in parts for own in part.codes]
    control = [area for part in parts for area in part.control_m2]
    rings = join_rings([part.rings for part in parts])
    scale = max(part.scale for part in parts)
    put: dict[int, int] = {}
    for k, code in changes.items():
        if not code and not definition.is_coverage:
            put[k] = NO_PATCH
            continue
        put[k] = len(patches)
        known = "" if code == HERE else code
        patches.append(Source(None, None, overrides[k].number, known))
        codes.append([known] if known else [])
    facts = layer_facts(definition.code, definition.plan, table.matching if table else "exact", codes, _look_up(table))
    return PlanLayer(definition, parts, patches, facts, LayerInput(definition.code, rings, scale, np.array(control))), put


def _look_up(table: CodeTable | None) -> Callable[[str], CodeFacts]:
    def facts(value: str) -> CodeFacts:
        entry = table.find(value) if table else None
        if table is None or entry is None:
            return CodeFacts(value, known=False)
        return CodeFacts(value, True, entry.construction, tuple(table.ancestors(entry.code)), entry.traits)

    return facts


def _to_units(geometry: Any, grid: WorkingGrid) -> Any:
    """A geometry in degrees as grid units."""
    return shapely.transform(geometry, lambda lonlat: grid.from_degrees(lonlat).astype(np.float64))
