"""The rules and code tables of a city pack, read straight from its files, over layers of boxes."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lantu.blueprints.fusion.compile import Compiled, RuleText, compile_rules
from lantu.blueprints.fusion.evaluate import Kind
from lantu.blueprints.fusion.facts import CodeFacts, LayerFacts, layer_facts
from lantu.blueprints.fusion.fuse import Draft, Fused, fuse
from lantu.blueprints.fusion.slivers import SliverLimits
from lantu.blueprints.tests.plane import Box, PlaneFrame, layer
from lantu.planar.oracle import ShapelyEngine
from lantu.standards.factories import pack_yaml

CITY = Path(__file__).resolve().parents[4] / "cities" / "guiyang"

Patches = Sequence[tuple[str, Box]]
"""Code and extent of each patch; several codes are joined by a slash."""


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@functools.cache
def rule_texts() -> list[RuleText]:
    rules = pack_yaml("rules.yaml")["rules"]
    keys = ("kind", "order", "severity", "names", "requires", "readings", "tolerated")
    return [RuleText(code=code, when=rule.get("when"), **{k: rule[k] for k in keys if k in rule}) for code, rule in rules.items()]


@functools.cache
def tables() -> dict[str, dict[str, list[str]]]:
    found = {}
    for path in sorted((CITY / "tables").glob("*.csv")):
        found[path.stem] = {row["from_code"]: row["to_codes"].split(";") for row in _rows(path)}
    return found


@functools.cache
def _definitions() -> dict[str, dict[str, Any]]:
    return dict(pack_yaml("layers.yaml")["layers"])


@functools.cache
def _system(name: str) -> tuple[str, dict[str, dict[str, str]]]:
    for path in sorted((CITY / "code_systems").glob("*.csv")):
        text = path.read_text(encoding="utf-8")
        if f"# system: {name}\n" in text:
            match = next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("# match:"))
            return match, {row["code"]: row for row in _rows(path)}
    raise LookupError(name)


def facts(code: str, patches: Patches) -> LayerFacts:
    definition = _definitions()[code]
    match, table = _system(definition["code_system"]) if definition.get("code_system") else ("exact", {})

    def look_up(value: str) -> CodeFacts:
        if value not in table:
            return CodeFacts(value, known=False)
        chain, parent = [value], table[value]["parent"]
        while parent:
            chain.append(parent)
            parent = table[parent]["parent"] if parent in table else ""
        traits = dict(pair.split("=") for pair in (table[value]["traits"] or "").split(";") if pair)
        return CodeFacts(value, True, table[value]["construction"], tuple(chain), traits)

    return layer_facts(code, definition["plan"], match, [[c for c in codes.split("/") if c] for codes, _box in patches], look_up)


class City:
    """Layers of boxes judged by the rules of the pack."""

    def __init__(
        self, layers: Mapping[str, Patches], reading: str = "strict", *, limits: SliverLimits | None = None, scale: int = 1
    ) -> None:
        self.codes = list(layers)
        self.compiled: Compiled = compile_rules(rule_texts(), [facts(code, layers[code]) for code in layers], reading, tables())
        self.fused: Fused = fuse(
            [layer(code, [box for _code, box in patches], scale) for code, patches in layers.items()],
            self.compiled.rules,
            limits or SliverLimits(0.0, 0.0, 0.0),
            ShapelyEngine(),
            PlaneFrame(),
            strip_rule=self.compiled.strip,
        )

    def of(self, kind: Kind) -> list[Draft]:
        return self.fused.lists[kind]

    def types(self, kind: Kind = Kind.CONFLICT) -> dict[str, float]:
        """Area by primary type."""
        result: dict[str, float] = {}
        for draft in self.of(kind):
            code = self.compiled.rules[draft.rule].code
            result[code] = result.get(code, 0.0) + draft.area_cents / 100
        return result

    def hits(self, kind: Kind = Kind.CONFLICT) -> list[list[str]]:
        return [[self.compiled.rules[hit.rule].code for hit in draft.hits] for draft in self.of(kind)]
