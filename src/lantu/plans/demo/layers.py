"""What a made plan layer is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import Waves
from lantu.plans.demo.frame import at
from lantu.plans.demo.ground import Ground, dissolve
from lantu.plans.demo.streets import QUARTERS

MACRO_M = 4600.0


@dataclass(slots=True, eq=False)
class MadeLayer:
    """Polygons of the working system with their fields; ``fields`` in the order of the file."""

    code: str
    shapes: NDArray[np.object_]
    fields: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(slots=True, eq=False)
class Sketch:
    """What all plans know of the ground.

    ``urban``: the urban plan's code. ``cover`` is farm, garden or forest. ``nearness``: 0 in the middle of a quarter, about 1 at its edge.
    ``macro`` joins units to neighbourhoods.
    """

    ground: Ground
    urban: NDArray[np.str_]
    cover: NDArray[np.str_]
    nearness: NDArray[np.float64]
    macro: NDArray[np.int64]


def nearness_of(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the nearest quarter in its own radii."""
    middle = np.array([at(quarter.lon, quarter.lat) for quarter in QUARTERS])
    radius = np.array([quarter.radius_m for quarter in QUARTERS])
    return np.asarray((np.linalg.norm(centres[:, None, :] - middle[None], axis=2) / radius).min(axis=1))


def neighbourhoods(rng: np.random.Generator, ground: Ground, spacing: float = MACRO_M) -> NDArray[np.int64]:
    """A number for each unit, the same for units of one neighbourhood of about ``spacing`` metres."""
    west, south, east, north = ground.city.outline.bounds
    x, y = np.meshgrid(np.arange(west, east, spacing), np.arange(south, north, spacing))
    seeds = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-0.4, 0.4, (x.size, 2)) * spacing
    return np.asarray(shapely.STRtree(shapely.points(seeds)).nearest(shapely.points(ground.place)), dtype=np.int64)


def natural_cover(rng: np.random.Generator, ground: Ground) -> NDArray[np.str_]:
    """farm, garden or forest for each unit, in organic regions."""
    broad, fine = Waves(rng, 9000.0), Waves(rng, 2600.0)
    value = 0.75 * broad(ground.centre) + 0.55 * fine(ground.centre)
    cover = np.full(len(ground), "farm", dtype="<U6")
    cover[value > 0.12] = "forest"
    cover[(value > -0.02) & (value <= 0.12)] = "garden"
    return cover


def layer_of(
    code: str, shapes: NDArray[np.object_], codes: NDArray[np.str_], code_field: str, parts: NDArray[np.int64]
) -> tuple[MadeLayer, NDArray[np.int64]]:
    """Dissolve units with the same code (and the same row of ``parts``) to a layer; also says which unit each patch came from first."""
    _, number = np.unique(codes, return_inverse=True)
    joined, rows = dissolve(shapes, np.column_stack([number, parts]))
    return MadeLayer(code, joined, {code_field: codes[rows]}), rows
