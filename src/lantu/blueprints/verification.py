"""Proving that a run is what it says: fuse the same plan releases again by the same rules and compare."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from lantu.blueprints.fusion.evaluate import Kind
from lantu.blueprints.fusion.fuse import Fused
from lantu.blueprints.fusion.identity import key_of
from lantu.blueprints.inputs import Prepared, prepare
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.ports import overlay_engines
from lantu.planar.model import Progress


@dataclass(slots=True)
class Report:
    """What a verification found. ``differences``: facts as {what, expected, found}; a newer engine alone still ``agrees``."""

    run: str
    engine: str
    agrees: bool
    expected: str
    found: str
    differences: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def verify_run(run: FusionRun, engine: str, *, expected: str, progress: Progress | None = None) -> Report:
    """Recompute the digest of a run with ``engine`` and say what differs: version, inputs, faces, findings."""
    implementation = overlay_engines.get(engine)
    prepared = prepare(run)
    fused = prepared.fuse(implementation, progress)
    found = prepared.digest(fused.faces)
    differences = _inputs(run, prepared)
    if engine == run.engine and implementation.version != run.engine_version:
        differences.append({"what": "engine_version", "expected": run.engine_version, "found": implementation.version})
    if run.totals.get("faces") != len(fused.faces):
        differences.append({"what": "faces", "expected": run.totals.get("faces"), "found": len(fused.faces)})
    differences += _findings(run, prepared, fused)
    if found != expected:
        differences.append({"what": "digest", "expected": expected, "found": found})
    agrees = all(difference["what"] == "engine_version" for difference in differences)
    return Report(run.number, engine, agrees, expected, found, differences)


def _findings(run: FusionRun, prepared: Prepared, fused: Fused) -> list[dict[str, Any]]:
    """Lists and types whose findings (by source features and area) are not the ones stored."""
    stored: dict[tuple[str, str], Counter[tuple[str, int]]] = defaultdict(Counter)
    for listing, rule, key, area in Finding.objects.filter(run=run, living=False).values_list("listing", "rule", "key", "area_m2"):
        stored[listing, rule][key, round(area * 100)] += 1
    again: dict[tuple[str, str], Counter[tuple[str, int]]] = defaultdict(Counter)
    for kind in Kind:
        for draft in fused.lists[kind]:
            key = key_of(prepared.origin_rule(draft), prepared.sources(draft))
            again[kind.value, prepared.rules[draft.rule].code][key, draft.area_cents] += 1
    return [
        {"what": "findings", "list": place[0], "type": place[1], "expected": stored[place].total(), "found": again[place].total()}
        for place in sorted(stored.keys() | again.keys())
        if stored[place] != again[place]
    ]


def _inputs(run: FusionRun, prepared: Prepared) -> list[dict[str, Any]]:
    facts = prepared.facts()
    now = {layer["code"]: layer["digests"] for layer in facts["layers"]}
    then = {layer["code"]: layer["digests"] for layer in run.layers}
    changed = [
        {"what": "layer", "layer": code, "expected": then.get(code), "found": now.get(code)}
        for code in sorted(now.keys() | then.keys())
        if now.get(code) != then.get(code)
    ]
    if run.decisions != facts["overrides"]:
        changed.append({"what": "overrides", "expected": len(run.decisions), "found": len(facts["overrides"])})
    if run.rule_digest != facts["rule_digest"]:
        changed.append({"what": "rules", "expected": run.rule_digest, "found": facts["rule_digest"]})
    return changed
