"""Reads about the administrative units that a blueprint covers."""

from __future__ import annotations

from lantu.accounts.models import Region
from lantu.core.spatial import SpatialQuerySet


def counties() -> SpatialQuerySet[Region]:
    """The statutory units that together are the city: the counties of today (a functional zone lies in one of them)."""
    return Region.objects.counties().filter(is_functional_zone=False)
