"""The room's figures for the indicators of the city pack: certificates in force and the ground that they grant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantu.blueprints.ports import IndicatorSource, indicator_sources
from lantu.certificates.models import Certificate, CertificateState
from lantu.geodesy.area import polygon_areas
from lantu.standards import selectors as standards

KINDS = {
    "land_use_permit": (gettext_lazy("有效的建设用地规划许可证"), gettext_lazy("有效建设用地规划许可证的用地（规划）")),
    "works_permit": (gettext_lazy("有效的建设工程规划许可证"), gettext_lazy("有效建设工程规划许可证的用地（已批）")),
    "joint_acceptance": (gettext_lazy("有效的联合验收意见书"), gettext_lazy("有效联合验收意见书的用地（建成）")),
}
"""Types of the pack that stand for planned, approved and built ground."""
HECTARE = 10_000


def connect() -> None:
    """``certificates.count.<type>`` and ``certificates.ground_ha.<type>`` (hectares)."""
    for code, (count, ground) in KINDS.items():
        indicator_sources.register(f"certificates.count.{code}", IndicatorSource(count, partial(_count, code), partial(_rows, code)))
        indicator_sources.register(f"certificates.ground_ha.{code}", IndicatorSource(ground, partial(_ground, code), partial(_rows, code)))


def _in_force(code: str, on: date) -> QuerySet[Certificate]:
    valid = Q(valid_to=None) | Q(valid_to__gte=on)
    return Certificate.objects.filter(valid, type=code, state=CertificateState.VALID, issued_at__date__lte=on)


def _count(code: str, run: object, on: date) -> float:
    return float(_in_force(code, on).count())


def _ground(code: str, run: object, on: date) -> float:
    """Ellipsoidal hectares of their ground; a certificate without outline counts nothing."""
    found: Iterable[Any] = _in_force(code, on).values_list("geometry", flat=True).iterator()
    shapes = [shape for shape in found if shape is not None and not shape.is_empty]
    if not shapes:
        return 0.0
    return round(float(polygon_areas(np.array(shapes, dtype=object), standards.working_grid().ellipsoid).sum()) / HECTARE, 4)


def _rows(code: str, on: date) -> str:
    return f"{reverse('certificates:certificates')}?{urlencode({'type': code, 'state': CertificateState.VALID.value})}"
