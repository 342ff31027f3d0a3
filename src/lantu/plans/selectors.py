"""Reads of the plans room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from shapely import Point

from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.core.spatial import SpatialQuerySet
from lantu.planar.model import RingLayer
from lantu.planar.store import read_layer
from lantu.plans.models import CollectionRequest, Delivery, DeliveryFeature, LivingFeature, PlanPatch, PlanRelease, QualityFinding, Waiver
from lantu.plans.quality import CHECK_TITLES


def current_releases(on: date | None = None) -> QuerySet[PlanRelease]:
    """The releases in force on a day (default today), in order of layer."""
    if on is None:
        return PlanRelease.objects.filter(state=PlanRelease.State.RELEASED).select_related("dataset")
    released = PlanRelease.objects.exclude(state=PlanRelease.State.WRITING)
    return released.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on)).select_related("dataset")


def requests_seen_by(actor: Actor) -> QuerySet[CollectionRequest]:
    """The requests of collections that an actor may see: a reviewer those of the own department, the others all."""
    rows = CollectionRequest.objects.select_related("round", "department", "dataset")
    return rows.filter(department__code__in=answers_for(actor.department)) if actor.role == "reviewer" else rows


def taken_in(delivery: Delivery) -> SpatialQuerySet[DeliveryFeature]:
    """The features of a delivery's current run that go in."""
    rows: SpatialQuerySet[DeliveryFeature] = delivery.features.filter(run=delivery.current_run, status=DeliveryFeature.Status.IN)
    return rows


def open_findings(delivery: Delivery) -> QuerySet[QualityFinding]:
    """The findings of a delivery's current run that are not mended yet."""
    return delivery.quality_findings.filter(run=delivery.current_run, repaired=False)


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What one quality check found in a delivery's current run, and who waived it."""

    code: str
    title: str
    errors: int
    warnings: int
    notes: int
    repaired: int
    waiver: Waiver | None

    @property
    def blocking(self) -> bool:
        """Errors that are neither mended nor waived."""
        return bool(self.errors) and self.waiver is None


def quality_summary(delivery: Delivery) -> list[CheckSummary]:
    """All checks in their order, also those that found nothing."""
    found = delivery.quality_findings.filter(run=delivery.current_run).order_by().values("check_code", "level", "repaired")
    counts = {(row["check_code"], row["level"], row["repaired"]): row["n"] for row in found.annotate(n=Count("pk"))}
    waivers = {waiver.check_code: waiver for waiver in delivery.waivers.filter(run=delivery.current_run)}
    level = QualityFinding.Level

    def summary(code: str, title: str) -> CheckSummary:
        return CheckSummary(
            code,
            title,
            errors=counts.get((code, level.ERROR, False), 0),
            warnings=counts.get((code, level.WARNING, False), 0),
            notes=counts.get((code, level.INFO, False), 0),
            repaired=sum(counts.get((code, kind, True), 0) for kind in level),
            waiver=waivers.get(code),
        )

    return [summary(code, title) for code, title in CHECK_TITLES.items()]


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
    return living_in_force(on).intersecting(Point(lon, lat))  # type: ignore[attr-defined]
