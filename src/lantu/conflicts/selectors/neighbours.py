"""The case before and after another in a list, and its place in it, without reading the list."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from lantu.conflicts.models import ConflictCase
from lantu.conflicts.tables import filtered

SORTS = {
    "severity": "severity",
    "number": "pk",
    "rule": "rule",
    "state": "state",
    "district": "district",
    "area": "area_m2",
    "moved": "moved_at",
}
"""Sort keys of the list that can be walked; others are walked by severity."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in a list: ``position`` from 1, 0 when it is not (any more) in it."""

    previous: int | None
    next: int | None
    position: int
    total: int


def place_in(case: ConflictCase, query: QueryDict) -> Place:
    """The place of a case in the list that ``query`` (the list's query string) gives."""
    rows = filtered(query)
    wanted = query.get("sort", "severity")
    down, name = wanted.startswith("-"), SORTS.get(wanted.lstrip("-"), "severity")
    value = getattr(case, name)
    less, more = ("gt", "lt") if down else ("lt", "gt")
    if name == "pk":
        before, after = Q(pk__lt=case.pk), Q(pk__gt=case.pk)
        if down:
            before, after = after, before
        forward = ["-pk"] if down else ["pk"]
    else:
        before = Q(**{f"{name}__{less}": value}) | Q(**{name: value, "pk__lt": case.pk})
        after = Q(**{f"{name}__{more}": value}) | Q(**{name: value, "pk__gt": case.pk})
        forward = [f"-{name}" if down else name, "pk"]
    backward = [one[1:] if one.startswith("-") else f"-{one}" for one in forward]
    earlier = rows.filter(before)
    inside = rows.filter(pk=case.pk).exists()
    return Place(_first(earlier, backward), _first(rows.filter(after), forward), earlier.count() + 1 if inside else 0, rows.count())


def _first(rows: QuerySet[ConflictCase], order: list[str]) -> int | None:
    return rows.order_by(*order).values_list("pk", flat=True).first()
