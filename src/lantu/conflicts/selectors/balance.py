"""The balance sheet (增减平衡) of proposals before they are approved: construction land and farmland, by district."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from lantu.conflicts.models import ConflictCase, Proposal
from lantu.conflicts.pack import resolution
from lantu.conflicts.words import words


@dataclass(slots=True)
class Figures:
    """Sums in m²: ``construction`` more and less by layer, farmland taken out."""

    cases: int = 0
    gains: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    losses: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    farmland: Decimal = Decimal(0)

    def add(self, balance: dict[str, Any]) -> None:
        self.cases += 1
        for layer, text in (balance.get("construction") or {}).items():
            value = Decimal(text)
            (self.gains if value > 0 else self.losses)[layer] += value
        self.farmland += Decimal(balance.get("farmland") or 0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Construction on a layer: gained, lost, and what is left of both, m²."""

    gain: Decimal
    loss: Decimal

    @property
    def net(self) -> Decimal:
        return self.gain + self.loss


@dataclass(frozen=True, slots=True)
class Row:
    """A district's line; the last is the total."""

    key: str
    label: str
    cases: int
    cells: list[Cell]
    farmland: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """``layers``: names of the layers on which construction is counted; ``without``: cases that have no proposal yet."""

    layers: list[str]
    rows: list[Row]
    total: Row
    without: int

    @property
    def balanced(self) -> bool:
        """Whether no layer gets more construction than it gives (domain 2.6, principle 3)."""
        return all(cell.net <= 0 for cell in self.total.cells)


def balance_sheet(cases: QuerySet[ConflictCase]) -> Sheet:
    """The sheet over the current proposals of these cases."""
    watched = [str(code) for code in (resolution().get("balance") or {}).get("construction") or ()]
    named = words()
    by_district: dict[str, Figures] = defaultdict(Figures)
    total = Figures()
    rows = Proposal.objects.filter(case__in=cases.order_by(), current=True).values_list("case__district", "balance")
    for district, balance in rows.iterator(chunk_size=2000):
        by_district[district].add(balance)
        total.add(balance)

    def row(key: str, label: str, figures: Figures) -> Row:
        cells = [Cell(figures.gains.get(code, Decimal(0)), figures.losses.get(code, Decimal(0))) for code in watched]
        return Row(key, label, figures.cases, cells, figures.farmland)

    lines = [row(key, named.district(key) or "—", figures) for key, figures in sorted(by_district.items())]
    return Sheet([named.layer(code) for code in watched], lines, row("", "", total), cases.count() - total.cases)
