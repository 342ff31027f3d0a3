"""On PostgreSQL with PostGIS every spatial table has a generated geometry column with a GiST index.

It serves the look-ups of ``SpatialQuerySet``, and GIS people can open the tables in QGIS. The WKB column stays the truth; where PostGIS is
not there the bounding-box columns serve. Added after each migration, so that new spatial tables have it too.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connection, connections, models

COLUMN = "geom"
SRID = 4490
_served: dict[tuple[str, str], bool] = {}


def serves(model: type[models.Model]) -> bool:
    """Whether the model's table has the generated column (looked up once per database)."""
    if connection.vendor != "postgresql":
        return False
    key = (str(connection.settings_dict["NAME"]), model._meta.db_table)
    if key not in _served:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = %s AND table_schema = current_schema()",
                [model._meta.db_table, COLUMN],
            )
            _served[key] = cursor.fetchone() is not None
    return _served[key]


def can_have(cursor: Any, extension: str) -> bool:
    """Whether the server has an extension at hand."""
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [extension])
    return cursor.fetchone() is not None


def prepare(sender: AppConfig, using: str, **_more: Any) -> None:
    """Give the spatial tables of a room the generated column and its index (after ``migrate``)."""
    database = connections[using]
    tables = [
        model._meta.db_table for model in sender.get_models() if any(field.attname == "min_x" for field in model._meta.concrete_fields)
    ]
    if database.vendor != "postgresql" or not tables:
        return
    with database.cursor() as cursor:
        if not can_have(cursor, "postgis"):
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        for table in tables:
            name, index = database.ops.quote_name(table), database.ops.quote_name(f"{table}_{COLUMN}")
            made = f"ST_SetSRID(ST_GeomFromWKB(geometry), {SRID})"
            cursor.execute(
                f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {COLUMN} geometry(Geometry, {SRID}) GENERATED ALWAYS AS ({made}) STORED"
            )
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {name} USING gist ({COLUMN})")
    _served.clear()
