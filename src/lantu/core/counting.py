"""Several lists counted by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def count_together(lists: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each query set has, asked of the database in one go. A slice is counted as far as it goes."""
    counts, parts = [0] * len(lists), []
    values: list[Any] = []
    for place, rows in enumerate(lists):
        plain = rows if rows.query.is_sliced else rows.order_by()
        try:
            sql, given = plain.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue  # what can have no row is not asked for
        parts.append(f"SELECT {place}, COUNT(*) FROM ({sql}) AS part")  # Django's SQL; the values stay apart
        values += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            for place, count in cursor.fetchall():
                counts[place] = count
    return counts
