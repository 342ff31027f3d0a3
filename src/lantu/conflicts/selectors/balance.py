"""The balance sheet (增减平衡) of proposals before they are approved: construction land and farmland, by district."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from lantu.conflicts.models import ConflictCase, Proposal, Submission
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

    def take(self, other: Figures) -> None:
        """Add the sums of another."""
        self.cases += other.cases
        self.farmland += other.farmland
        for mine, theirs in ((self.gains, other.gains), (self.losses, other.losses)):
            for layer, value in theirs.items():
                mine[layer] += value

    def cell(self, layer: str) -> Cell:
        """Construction on a layer."""
        return Cell(self.gains.get(layer, Decimal(0)), self.losses.get(layer, Decimal(0)))


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


def _figures(cases: QuerySet[ConflictCase], by: str) -> dict[Any, Figures]:
    """Figures over the current proposals, by a column of their cases."""
    found: dict[Any, Figures] = defaultdict(Figures)
    rows = Proposal.objects.filter(case__in=cases.order_by(), current=True).values_list(f"case__{by}", "balance")
    for key, balance in rows.iterator(chunk_size=2000):
        found[key].add(balance)
    return found


def nets(submissions: Sequence[Submission]) -> dict[int, dict[str, float]]:
    """For each submission what its proposals change, m²: construction by layer name, ``farmland``."""
    watched, named = _watched(), words()
    by_submission = _figures(ConflictCase.objects.filter(submission__in=submissions), "submission")

    def net(figures: Figures) -> dict[str, float]:
        layers = {named.layer(code): float(figures.cell(code).net) for code in watched}
        return {**layers, "farmland": float(figures.farmland)}

    return {row.pk: net(by_submission[row.pk]) for row in submissions}


def _watched() -> list[str]:
    """The layers on which construction is counted."""
    return [str(code) for code in (resolution().get("balance") or {}).get("construction") or ()]


def balance_sheet(cases: QuerySet[ConflictCase]) -> Sheet:
    """The sheet over the current proposals of these cases."""
    watched, named = _watched(), words()
    by_district = _figures(cases, "district")
    total = Figures()
    for figures in by_district.values():
        total.take(figures)

    def row(key: str, label: str, figures: Figures) -> Row:
        return Row(key, label, figures.cases, [figures.cell(code) for code in watched], figures.farmland)

    lines = [row(key, named.district(key) or "—", figures) for key, figures in sorted(by_district.items())]
    return Sheet([named.layer(code) for code in watched], lines, row("", "", total), cases.count() - total.cases)
