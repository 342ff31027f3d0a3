"""Statistics of a fusion: count, area and share by type, severity, district, department and combination of plans.

By type = by primary rule; by severity = by the highest severity of any hit (domain 2.5b). Slivers listed apart are counted beside,
never among the rest. A finding concerns several departments: the rows by department add up to more than the total, and say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import models
from django.db.models import Count, Sum

from lantu.blueprints.models import Finding, FusionRun

ZERO = Decimal(0)

COLUMNS = {"type": "rule", "severity": "severity", "district": "district", "department": "departments_key", "plans": "layers_key"}
"""By what one may count, and the column that holds it."""


@dataclass(slots=True)
class Amount:
    """Findings and their ellipsoidal area."""

    count: int = 0
    area_m2: Decimal = ZERO

    def add(self, count: int, area: Decimal) -> None:
        self.count += count
        self.area_m2 += area


@dataclass(slots=True)
class Row:
    """One line: ``key`` as filtered for, the findings above the thresholds, the slivers apart, and the share of the area above."""

    key: str
    main: Amount = field(default_factory=Amount)
    apart: Amount = field(default_factory=Amount)
    share: float = 0.0


@dataclass(slots=True)
class Table:
    """Rows and their totals. ``overlapping``: a finding may stand in several rows, so the rows add up to more than the total."""

    by: str
    rows: list[Row]
    total: Row
    overlapping: bool = False


def statistics(run: FusionRun, listing: str, by: str) -> Table:
    """Count the findings of one list of a run by ``by`` (a key of ``COLUMNS``)."""
    rows: dict[str, Row] = {}
    total = Row("")
    for value, apart, count, area in _groups(run, listing, COLUMNS[by]):
        for part in (total, *(rows.setdefault(key, Row(key)) for key in _keys(by, value))):
            (part.apart if apart else part.main).add(count, area)
    for row in (*rows.values(), total):
        row.share = float(row.main.area_m2 / total.main.area_m2) if total.main.area_m2 else 0.0
    return Table(by, sorted(rows.values(), key=lambda row: row.key), total, overlapping=by == "department")


@dataclass(slots=True)
class Cross:
    """A cross table of the findings above the thresholds."""

    rows: list[str]
    columns: list[str]
    cells: dict[tuple[str, str], Amount]


def cross(run: FusionRun, listing: str, by_row: str, by_column: str) -> Cross:
    """Count by two properties at once."""
    cells: dict[tuple[str, str], Amount] = defaultdict(Amount)
    grouped = _of(run, listing).filter(apart=False).order_by().values_list(COLUMNS[by_row], COLUMNS[by_column])
    for row, column, count, area in grouped.annotate(n=Count("pk"), a=Sum("area_m2")):
        for r in _keys(by_row, row):
            for c in _keys(by_column, column):
                cells[r, c].add(count, area)
    return Cross(sorted({r for r, _c in cells}), sorted({c for _r, c in cells}), dict(cells))


def _of(run: FusionRun, listing: str) -> models.QuerySet[Finding]:
    return Finding.objects.filter(run=run, listing=listing)


def _groups(run: FusionRun, listing: str, column: str) -> Iterable[tuple[object, bool, int, Decimal]]:
    grouped = _of(run, listing).order_by().values_list(column, "apart")
    return ((value, apart, count, area) for value, apart, count, area in grouped.annotate(n=Count("pk"), a=Sum("area_m2")))


def _keys(by: str, value: object) -> list[str]:
    if by == "department":
        return [code for code in str(value).split("|") if code] or [""]
    return [str(value)]


def release_statistics(run: FusionRun) -> dict[str, object]:
    """The figures that a release keeps of its run: the totals of the three lists and the conflicts by type."""
    lists: dict[str, object] = {}
    for listing in Finding.Listing.values:
        table = statistics(run, listing, "type")
        lists[listing] = {
            "count": table.total.main.count,
            "area_m2": str(table.total.main.area_m2),
            "apart_count": table.total.apart.count,
            "apart_area_m2": str(table.total.apart.area_m2),
            "by_type": {row.key: {"count": row.main.count, "area_m2": str(row.main.area_m2)} for row in table.rows},
        }
    return lists
