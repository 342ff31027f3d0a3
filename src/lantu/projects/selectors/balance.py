"""What a programme uses of its quotas (年度平衡)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from lantu.projects.models import Programme, ProgrammeEntry, Quota


@dataclass(frozen=True, slots=True)
class Balance:
    """One quota: granted, asked for by all proposals, included, and what is left (``None`` without a quota)."""

    kind: str
    label: str
    quota: Decimal | None
    proposed: Decimal
    included: Decimal

    @property
    def left(self) -> Decimal | None:
        return None if self.quota is None else self.quota - self.included


def balance(programme: Programme) -> list[Balance]:
    """All quotas of a programme with what stands against them."""
    granted = {quota.kind: quota.amount for quota in programme.quotas.all()}
    asked = _sums(programme, [ProgrammeEntry.State.PROPOSED, ProgrammeEntry.State.INCLUDED])
    taken = _sums(programme, [ProgrammeEntry.State.INCLUDED])
    return [Balance(kind, str(label), granted.get(kind), asked[kind], taken[kind]) for kind, label in Quota.Kind.choices]


def _sums(programme: Programme, states: list[str]) -> dict[str, Decimal]:
    found = programme.entries.filter(state__in=states).aggregate(**{kind: Sum(kind) for kind in Quota.Kind.values})
    return {kind: found[kind] or Decimal(0) for kind in Quota.Kind.values}
