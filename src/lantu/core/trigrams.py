"""On PostgreSQL the columns that long lists are searched by have an index of trigrams, where the extension ``pg_trgm`` can be had.

A model names its columns in ``searched`` (fields of text, whose columns are called as they are). The index answers for words of three
characters and more; shorter ones, and databases without it, look through the table. Added after each migration; the extension is a trusted
one, so that the owner of a database may create it.
"""

from __future__ import annotations

import logging
from typing import Any

from django.apps import AppConfig
from django.db import ProgrammingError, connection, connections, transaction

from lantu.core.postgis import can_have

logger = logging.getLogger(__name__)
_there: dict[str, bool] = {}


def serve() -> bool:
    """Whether the database has them (looked up once for each)."""
    if connection.vendor != "postgresql":
        return False
    name = str(connection.settings_dict["NAME"])
    if name not in _there:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            _there[name] = cursor.fetchone() is not None
    return _there[name]


def prepare(sender: AppConfig, using: str, **_more: Any) -> None:
    """Give the searched columns of a room their indexes (after ``migrate``)."""
    database = connections[using]
    wanted = [(model, name) for model in sender.get_models() for name in getattr(model, "searched", ())]
    if database.vendor != "postgresql" or not wanted:
        return
    with database.cursor() as cursor:
        if not can_have(cursor, "pg_trgm"):
            return
        try:
            with transaction.atomic(using=using):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except ProgrammingError as error:
            logger.warning("pg_trgm was not created, searches look through their tables: %s", error)
            return
        for model, name in wanted:
            table = model._meta.db_table
            index, on = database.ops.quote_name(f"{table}_{name}_trgm"), database.ops.quote_name(table)
            # the very words in which Django asks whether a column contains a text in whatever case
            words = f"upper({database.ops.quote_name(name)}::text) gin_trgm_ops"
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {on} USING gin ({words})")
    _there.clear()
