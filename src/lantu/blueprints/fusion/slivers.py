"""Slivers (碎小图斑) and numeric noise: scale-derived thresholds, counted openly (domain 2.3, [design])."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.view import BoolArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SliverLimits:
    """Tolerances of the city pack.

    ``area_k_mm2``: k in A_min = k · 1e-6 · S², mm² on the map; ``width_mm``: strip width on the map, mm; ``noise_width_m``: mean width
    below which a strip is coordinate noise and never a finding, metres.
    """

    area_k_mm2: float = 4.0
    width_mm: float = 0.2
    noise_width_m: float = 0.01

    def min_area_m2(self, scale: FloatArray | float) -> FloatArray | float:
        """A_min for scale denominators S: 400 m² at 1:10 000, 16 m² at 1:2 000."""
        return self.area_k_mm2 * 1e-6 * np.square(scale)

    def min_width_m(self, scale: FloatArray | float) -> FloatArray | float:
        """Strip width for scale denominators S: 2 m at 1:10 000."""
        return self.width_mm * 1e-3 * np.asarray(scale, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Slenderness:
    """What the tolerance test says of each patch: ``mean_width`` = 2·A/P in metres; ``noise``, ``small`` and ``narrow`` are bool."""

    mean_width: FloatArray
    noise: BoolArray
    small: BoolArray
    narrow: BoolArray

    @property
    def sliver(self) -> BoolArray:
        """Small or narrow, and more than noise."""
        return np.asarray((self.small | self.narrow) & ~self.noise)


def measure(area_m2: FloatArray, perimeter_m: FloatArray, scale: FloatArray, limits: SliverLimits) -> Slenderness:
    """Test patches (not faces) with ``scale`` = denominator of the coarser of the plans that each patch comes from."""
    width = np.divide(2.0 * area_m2, perimeter_m, out=np.zeros_like(area_m2), where=perimeter_m > 0)
    noise = width < limits.noise_width_m
    return Slenderness(width, noise, area_m2 < limits.min_area_m2(scale), width < limits.min_width_m(scale))
