"""Several lists counted by one statement, several tables asked by one whether they have anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet


def count_together(lists: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each query set has, asked of the database in one go. A slice is counted as far as it goes."""
    counts, parts = [0] * len(lists), []
    values: list[Any] = []
    for place, rows in enumerate(lists):
        plain = rows.all()
        plain.query.clear_ordering(force=True)  # of a slice too: how many there are does not depend on which come first
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


def which_have(asked: Mapping[type[Model], Mapping[str, Collection[str | int]]]) -> set[type[Model]]:
    """Which tables have a row whose columns are among the values given, asked in one go: a page with a dozen parts, most of them empty for
    most subjects, reads only what is there. ``asked``: for each model field name → values (keys, for a foreign key)."""
    models, parts = list(asked), []
    values: list[str | int] = []
    for place, (model, fields) in enumerate(asked.items()):
        if all(fields.values()):
            columns = {field.name: connection.ops.quote_name(field.column or "") for field in model._meta.concrete_fields}
            where = " AND ".join(f"{columns[name]} IN ({', '.join(['%s'] * len(given))})" for name, given in fields.items())
            table = connection.ops.quote_name(model._meta.db_table)
            parts.append(f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {table} WHERE {where})")  # names of the models; the values stay apart
            values += [value for given in fields.values() for value in given]
    if not parts:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {models[place] for (place,) in cursor.fetchall()}
