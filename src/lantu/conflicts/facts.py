"""What the ways to settle a case are judged by: its hits, the plan patches that made it, the rights that lie on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from lantu.blueprints.models import Finding
from lantu.plans.models import LivingFeature


@dataclass(frozen=True, slots=True)
class Facts:
    """A case as far as principles look at it. ``hits``: rule → severity; ``layers``: layer → codes of its patches here; ``living``: layers
    of living features that overlap it; ``area_m2`` on the ellipsoid."""

    rule: str
    hits: Mapping[str, int]
    layers: Mapping[str, frozenset[str]]
    living: frozenset[str] = field(default_factory=frozenset)
    area_m2: Decimal = Decimal(0)

    @property
    def severity(self) -> int:
        """The highest severity of any hit (1 is highest)."""
        return min(self.hits.values(), default=5)


def facts_of(finding: Finding, living_layers: Iterable[str] = ()) -> Facts:
    """The facts of a finding. ``living_layers``: those that a principle asks for; they are looked up as of today."""
    layers: dict[str, set[str]] = {}
    for source in finding.sources:
        layers.setdefault(source["layer"], set()).update(_codes(source))
    hits = {hit["rule"]: int(hit["severity"]) for hit in finding.hits} or {finding.rule: finding.severity}
    return Facts(
        rule=finding.rule,
        hits={**hits, finding.rule: hits.get(finding.rule, finding.severity)},
        layers={layer: frozenset(codes) for layer, codes in layers.items()},
        living=_living(finding, living_layers),
        area_m2=finding.area_m2,
    )


def _codes(source: Mapping[str, Any]) -> list[str]:
    return [code for code in str(source.get("code") or "").replace("+", "/").split("/") if code]


def _living(finding: Finding, layers: Iterable[str]) -> frozenset[str]:
    wanted = sorted(set(layers))
    if not wanted or finding.geometry is None:
        return frozenset()
    today = timezone.localdate()
    valid = LivingFeature.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), layer_code__in=wanted, valid_from__lte=today)
    near = valid.in_window(*finding.geometry.bounds)
    return frozenset(row.layer_code for row in near if row.geometry.intersection(finding.geometry).area > 0)
