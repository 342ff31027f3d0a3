"""What Q13–Q15 compare a layer with: rules with the other layers' shapes already fetched. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ObjectArray = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class CrossRule:
    """Features with ``codes`` (all when empty) must lie within the shapes (or, not ``within``, apart from them).
    ``shapes``: degrees; None when the other layer is not there. ``area_m2``: smaller pieces are let pass."""

    title: str
    layer: str
    within: bool
    shapes: ObjectArray | None
    codes: tuple[str, ...] = ()
    area_m2: float = 1.0


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """The total area of features with ``codes`` is at most (or at least) a target; ``tolerance`` as a share of it."""

    title: str
    target: str
    at_most: bool
    target_m2: float | None
    codes: tuple[str, ...] = ()
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """A neighbouring set of the same layer. Strips between ``noise_m`` and ``tolerance_m`` wide are borders that do not meet;
    ``codes`` by shape, compared along more than ``length_m``. ``finer``: which side has the better scale and so holds."""

    title: str
    shapes: ObjectArray
    tolerance_m: float
    codes: Sequence[str] | None = None
    noise_m: float = 0.01
    length_m: float = 20.0
    finer: str = ""


def covered_by(code: str, wanted: Sequence[str]) -> bool:
    """Whether any part of a code is one of the wanted or below one (``01`` covers ``0101``; the zones 011, 012 count as 010)."""
    for part in code.split("/"):
        for one in wanted:
            stem = one[:2] if len(one) == 3 and one.endswith("0") and one.isdigit() else one
            if part == one or (stem and part.startswith(stem)):
                return True
    return False
