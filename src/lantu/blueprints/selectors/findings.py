"""Reads about findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from lantu.accounts.models import Region
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.selectors.names import department_names, name_of
from lantu.standards.models import LayerDefinition, Rule

Window = tuple[float, float, float, float]


def findings(
    run: FusionRun,
    *,
    listing: str = "",
    window: Window | None = None,
    severities: Sequence[int] = (),
    district: str = "",
    department: str = "",
    rule: str = "",
    apart: bool | None = None,
) -> QuerySet[Finding]:
    """The findings of a finished run that pass every filter given; an unfinished run has none."""
    rows = Finding.objects.filter(run=run, run__state=FusionRun.State.DONE)
    if window is not None:
        rows = rows.in_window(*window)
    filters: dict[str, Any] = {"listing": listing, "district": district, "rule": rule}
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    if severities:
        rows = rows.filter(severity__in=severities)
    if department:
        rows = rows.filter(departments_key__contains=f"|{department}|")
    if apart is not None:
        rows = rows.filter(apart=apart)
    return rows


def amount(rows: QuerySet[Finding]) -> tuple[int, Decimal]:
    """How many, and their area in m²."""
    found = rows.aggregate(n=Count("pk"), a=Sum("area_m2"))
    return found["n"], found["a"] or Decimal(0)


@dataclass(frozen=True, slots=True)
class Words:
    """The names behind the codes that findings hold, in the language of the page."""

    rules: dict[str, str]
    layers: dict[str, str]
    districts: dict[str, str]
    departments: dict[str, str]

    def rule(self, code: str) -> str:
        return self.rules.get(code, code)

    def district(self, code: str) -> str:
        return self.districts.get(code, code)

    def department(self, code: str) -> str:
        return self.departments.get(code, code)

    def layer(self, code: str) -> str:
        return self.layers.get(code, code)

    def plans(self, key: str) -> str:
        """A combination of plans: ``C0101+C0404`` in words."""
        return " + ".join(self.layer(code) for code in key.split("+")) if key else ""


def words_of(run: FusionRun) -> Words:
    """The names for a run: rules and layers of its city pack."""
    return Words(
        {rule.code: name_of(rule) for rule in Rule.objects.filter(pack=run.pack)},
        {layer.code: name_of(layer) for layer in LayerDefinition.objects.filter(pack=run.pack)},
        {region.code: name_of(region) for region in Region.objects.exclude(kind=Region.Kind.STREET).defer("geometry")},
        department_names(),
    )
