"""Projects that contend for the same ground: overlapping sites, land already permitted. Read from the rows of now, so at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import shapely
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature
from lantu.projects.models import CandidateSite, Project
from lantu.projects.services.sites import RED_LINES
from lantu.standards import selectors

NOISE_M2 = 1.0
"""Ground that two outlines share only by their drawing (a shared border is no contention)."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that is taken or wanted: ``kind`` in words (the layer, or 候选地块), by what, where to look, how much (㎡, ellipsoidal)."""

    kind: str
    label: str
    url: str
    area_m2: Decimal


@dataclass(frozen=True, slots=True)
class Contention:
    """An overlap of one of a project's sites, and what share of the site it is."""

    site: CandidateSite
    overlap: Overlap
    share: float


def contentions(project: Project) -> list[Contention]:
    """What stands on the project's sites already or is wanted by others, the largest first. Its own red line and sites do not count."""
    found = [
        Contention(site, one, float(one.area_m2 / site.area_m2) if site.area_m2 else 0.0)
        for site in project.sites.filter(withdrawn=False)
        for one in (*_standing(site.geometry, project.code), *overlapping_sites(site.geometry, project))
    ]
    return sorted(found, key=lambda one: -one.overlap.area_m2)


def overlapping_sites(geometry: BaseGeometry, project: Project | None = None) -> list[Overlap]:
    """Candidate sites of (other) projects that overlap a ground; chosen ones are red lines on the living layer and are told there."""
    rows: Any = CandidateSite.objects.filter(withdrawn=False, chosen=False).exclude(project__state=Project.State.TERMINATED)
    if project is not None:
        rows = rows.exclude(project=project)
    found = []
    for row in rows.select_related("project").order_by("pk").in_window(*geometry.bounds):
        if (shared := _shared(geometry, row.geometry)) >= NOISE_M2:
            label = _("%(project)s　%(site)s") % {"project": row.project.name, "site": row.label}
            found.append(Overlap(_("候选地块"), label, row.project.get_absolute_url(), Decimal(f"{shared:.2f}")))
    return sorted(found, key=lambda one: -one.area_m2)  # of equals the one that was there first


def _standing(geometry: BaseGeometry, code: str) -> Iterator[Overlap]:
    """What stands on a ground on the living layers today, but for the red line of the project with the code."""
    layers = {key: layer for key, layer in selectors.catalogue().layers.items() if layer.is_living}
    today = timezone.localdate()
    standing = LivingFeature.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), layer_code__in=layers, valid_from__lte=today)
    for feature in standing.exclude(layer_code=RED_LINES, feature_id=code).in_window(*geometry.bounds):
        if (shared := _shared(geometry, feature.geometry)) >= NOISE_M2:
            other = Project.objects.filter(code=feature.feature_id).first() if feature.layer_code == RED_LINES else None
            label = other.name if other else feature.name or feature.feature_id
            url = other.get_absolute_url() if other else reverse("plans:living-feature", args=[feature.pk])
            yield Overlap(str(layers[feature.layer_code]), label, url, Decimal(f"{shared:.2f}"))


def _shared(one: BaseGeometry, other: BaseGeometry) -> float:
    """Ground that two outlines share, in ㎡."""
    common = shapely.intersection(one, other)
    polygons = [part for part in shapely.get_parts(common) if part.geom_type in ("Polygon", "MultiPolygon")]
    return sum(polygon_area(part, selectors.working_grid().ellipsoid) for part in polygons)
