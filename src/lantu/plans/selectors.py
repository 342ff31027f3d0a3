"""Reads of the plans room."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from shapely import Point

from lantu.planar.model import RingLayer
from lantu.planar.store import read_layer
from lantu.plans.models import LivingFeature, PlanPatch, PlanRelease


def current_releases(on: date | None = None) -> QuerySet[PlanRelease]:
    """The releases in force on a day (default today), in order of layer."""
    if on is None:
        return PlanRelease.objects.filter(state=PlanRelease.State.RELEASED).select_related("dataset")
    released = PlanRelease.objects.exclude(state=PlanRelease.State.WRITING)
    return released.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on)).select_related("dataset")


def release_rings(release: PlanRelease) -> RingLayer:
    """The integer rings of a release, memory-mapped."""
    return read_layer(Path(settings.LANTU_STORE) / "plans" / release.store_key)


def patches_at(lon: float, lat: float, releases: list[int]) -> list[PlanPatch]:
    """The patches of these releases under a place in degrees."""
    patches = PlanPatch.objects.filter(release_id__in=releases).select_related("release__dataset")
    return patches.intersecting(Point(lon, lat))


def living_in_force(on: date | None = None) -> QuerySet[LivingFeature]:
    """Living features in force on a day (default today)."""
    day = on or timezone.localdate()
    return LivingFeature.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


def living_at(lon: float, lat: float, on: date | None = None) -> list[LivingFeature]:
    """The living features under a place on a day."""
    return living_in_force(on).intersecting(Point(lon, lat))  # type: ignore[attr-defined, no-any-return]
