"""Rows by the million on PostgreSQL: an ``INSERT … SELECT`` over numbers, with the defaults of the model for what is not said."""

from __future__ import annotations

from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], source: str, /, **columns: str) -> int:
    """Insert a row of ``model`` for each row of ``source`` (what stands after FROM). ``columns``: SQL by the name of the column.

    Whatever is not named gets the model's default, times that Django sets by itself are now. Gives the number of rows.
    """
    names, values, given = [], [], []
    for field in model._meta.local_concrete_fields:
        column = field.column
        if field.primary_key and column not in columns:
            continue
        names.append(connection.ops.quote_name(column))
        if column in columns:
            values.append(_literal(columns[column]))
        elif getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            values.append("now()")
        else:
            values.append("%s")
            given.append(_default(field))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {_literal(source)}", given)
        return int(cursor.rowcount)


def _literal(sql: str) -> str:
    """SQL of ours beside placeholders: its own signs of percent are no placeholders."""
    return sql.replace("%", "%%")


def _default(field: Any) -> Any:
    value = field.get_default()
    return None if value is None else field.get_db_prep_save(value, connection)


def restart_keys(*found: type[models.Model]) -> None:
    """Let the next key be after the last one: keys were given by hand."""
    with connection.cursor() as cursor:
        for model in found:
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
