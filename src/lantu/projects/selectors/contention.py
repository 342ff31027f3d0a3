"""Projects that contend for the same ground: overlapping red lines, land already permitted. Read from the living layers, so at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import shapely
from django.db.models import Q
from django.utils import timezone

from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature
from lantu.projects.models import CandidateSite, Project
from lantu.projects.services.sites import RED_LINES
from lantu.standards import selectors

NOISE_M2 = 1.0
"""Ground that two outlines share only by their drawing (a shared border is no contention)."""


@dataclass(frozen=True, slots=True)
class Contention:
    """Ground of a site that is taken: by which feature of which living layer, how much (㎡, ellipsoidal) and what share of the site."""

    site: CandidateSite
    layer_code: str
    layer_name: str
    feature: LivingFeature
    other: Project | None
    area_m2: Decimal
    share: float


def contentions(project: Project) -> list[Contention]:
    """What stands on the project's sites already, the largest first. Its own red line does not count."""
    layers = {code: layer for code, layer in selectors.catalogue().layers.items() if layer.is_living}
    today = timezone.localdate()
    found: list[Contention] = []
    for site in project.sites.filter(withdrawn=False):
        standing = LivingFeature.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), layer_code__in=layers, valid_from__lte=today)
        for feature in standing.exclude(layer_code=RED_LINES, feature_id=project.code).in_window(*site.geometry.bounds):
            shared = _area(shapely.intersection(site.geometry, feature.geometry))
            if shared >= NOISE_M2:
                other = Project.objects.filter(code=feature.feature_id).first() if feature.layer_code == RED_LINES else None
                share = shared / float(site.area_m2) if site.area_m2 else 0.0
                found.append(
                    Contention(site, feature.layer_code, str(layers[feature.layer_code]), feature, other, Decimal(f"{shared:.2f}"), share)
                )
    return sorted(found, key=lambda one: -one.area_m2)


def _area(geometry: shapely.Geometry) -> float:
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    return sum(polygon_area(part, selectors.working_grid().ellipsoid) for part in polygons)
