"""The spatial store: geometry in EPSG:4490 (x = longitude, y = latitude, degrees) as WKB beside indexed bounding-box columns.

The same queries on SQLite and PostgreSQL, shapely objects in Python, no GIS library beyond the wheels. No layer × layer join in
SQL: that is the kernel's work.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import shapely
from django.db import connection, models
from shapely.geometry.base import BaseGeometry

from lantu.core import postgis

M = TypeVar("M", bound="SpatialModel")


class GeometryField(models.BinaryField):
    """A shapely geometry kept as WKB. Sets the model's bounding-box columns when it is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> BaseGeometry | None:
        return None if value is None else shapely.from_wkb(bytes(value))

    def to_python(self, value: Any) -> Any:
        return shapely.from_wkb(bytes(value)) if isinstance(value, bytes | memoryview) else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        wkb = shapely.to_wkb(value) if isinstance(value, BaseGeometry) else value
        return super().get_db_prep_value(wkb, connection, prepared)

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(shapely.to_wkb(value, hex=True))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        bounds = value.bounds if isinstance(value, BaseGeometry) and not value.is_empty else (None,) * 4
        for name, bound in zip(("min_x", "min_y", "max_x", "max_y"), bounds, strict=True):
            setattr(model_instance, name, bound)
        return value


class SpatialQuerySet(models.QuerySet[M]):
    """Look-ups by place. All coordinates in degrees, EPSG:4490."""

    def in_window(self, min_x: float, min_y: float, max_x: float, max_y: float) -> SpatialQuerySet[M]:
        """Rows whose bounding box meets the window; on PostGIS by the GiST index of the generated column."""
        if postgis.serves(self.model):
            table, window = connection.ops.quote_name(self.model._meta.db_table), [min_x, min_y, max_x, max_y, postgis.SRID]
            meets = f"{table}.{postgis.COLUMN} && ST_MakeEnvelope(%s, %s, %s, %s, %s)"
            return cast("SpatialQuerySet[M]", self.extra(where=[meets], params=window))
        return self.filter(min_x__lte=max_x, max_x__gte=min_x, min_y__lte=max_y, max_y__gte=min_y)

    def intersecting(self, geometry: BaseGeometry) -> list[M]:
        """Rows whose geometry really meets ``geometry`` (a shared border counts)."""
        rows = list(self.in_window(*geometry.bounds))
        shapely.prepare(geometry)
        hits = shapely.intersects(geometry, np.array([row.geometry for row in rows], dtype=object)) if rows else []
        return [row for row, hit in zip(rows, hits, strict=True) if hit]

    def nearest(self, x: float, y: float, limit: int = 1, within: float = 0.1) -> list[tuple[M, float]]:
        """The nearest rows and their distance in degrees, at most ``within`` degrees away."""
        point = shapely.Point(x, y)
        rows = list(self.in_window(x - within, y - within, x + within, y + within))
        measured = sorted(((row, float(row.geometry.distance(point))) for row in rows), key=lambda pair: pair[1])
        return [pair for pair in measured if pair[1] <= within][:limit]


class SpatialModel(models.Model):
    """A row with a place. ``geometry`` stands before the box columns, so that saving it fills them."""

    geometry: Any = GeometryField("图形", null=True)
    min_x = models.FloatField(null=True, editable=False)
    min_y = models.FloatField(null=True, editable=False)
    max_x = models.FloatField(null=True, editable=False)
    max_y = models.FloatField(null=True, editable=False)

    objects = SpatialQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["min_x", "max_x", "min_y", "max_y"])]
