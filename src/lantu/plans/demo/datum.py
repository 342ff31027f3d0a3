"""A made parameter set for the demo: MADE NUMBERS, no city's own. One demo plan is handed in as if it were in Xi'an 1980 by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.core.actor import Actor
from lantu.geodesy.datums import FOUR, ControlPoint, Recipe
from lantu.plans.models import DatumSet
from lantu.plans.services.datums import confirm_datum, fit_datum

NAME = "演示 西安80 四参数（虚构）"
XIAN80, WORKING = 2381, 4545
_MADE = (58.3, 112.7, 1.9, 3.1)
_NOISE_M = 0.003


def to_xian80(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes of the working system as the made Xi'an 1980 has them: the way back through the made parameters."""
    forward = Recipe(FOUR, XIAN80, WORKING, _MADE)
    zero, east, north = forward.apply(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    back = np.linalg.inv(np.column_stack((east - zero, north - zero)))
    result: NDArray[np.object_] = shapely.transform(shapes, lambda xy: (xy - zero) @ back.T)
    return result


def control_points() -> list[ControlPoint]:
    """Eight points in the fit and three check points over the city, with a few millimetres of noise."""
    rng = np.random.default_rng(80)
    source = np.column_stack((rng.uniform(320_000, 430_000, 11), rng.uniform(2_905_000, 3_025_000, 11)))
    target = Recipe(FOUR, XIAN80, WORKING, _MADE).apply(source) + rng.normal(0, _NOISE_M, source.shape)
    pairs = enumerate(zip(source.tolist(), target.tolist(), strict=True))
    return [ControlPoint(f"演示K{i + 1:02d}", (s[0], s[1]), (t[0], t[1]), check=i >= 8) for i, (s, t) in pairs]


def register(planner: Actor, checker: Actor) -> DatumSet:
    """The set, fitted by the planner and confirmed by the checker, once."""
    found = DatumSet.objects.filter(name=NAME).first()
    if found is None:
        facts: dict[str, Any] = {"source_epsg": XIAN80, "note": "虚构的控制点，只用于演示", "demo": True}
        found = fit_datum(planner, NAME, FOUR, control_points(), **facts)
    return confirm_datum(checker, found, "演示") if found.state == DatumSet.State.DRAFT else found
