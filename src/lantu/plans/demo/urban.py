"""The urban-rural master plan: land use by GB 50137-2011."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import Waves
from lantu.plans.demo.ground import Ground
from lantu.plans.demo.layers import MadeLayer, Sketch, layer_of
from lantu.plans.demo.streets import QUARTERS

FIXED = {
    "road": "S1",
    "belt": "G1",
    "river": "E11",
    "lake": "E12",
    "village": "H14",
    "town": "H12",
    "field": "E2",
    "highway": "H22",
    "rail": "H21",
}


def parcel_codes(rng: np.random.Generator, ground: Ground) -> NDArray[np.str_]:
    """A code for every parcel of the town: offices and shops in the middle, housing around, industry at one side, parks between."""
    town = ground.town
    centre = shapely.get_coordinates(shapely.centroid(np.array(town.parcels, dtype=object)))
    area = shapely.area(np.array(town.parcels, dtype=object))
    quarter, reach = np.array(town.parcel_quarter), np.array(town.parcel_reach)
    count = len(area)
    codes = np.where(rng.random(count) < 0.06, "R1", "R2").astype("<U8")
    shops, works, parks, campus = (Waves(rng, length)(centre) for length in (900.0, 2600.0, 1500.0, 2200.0))
    for number, plan in enumerate(QUARTERS):
        here = np.flatnonzero(quarter == number)
        if not len(here):
            continue
        middle = _top(here, shops[here] * 0.45 - reach[here], 0.19)
        codes[middle] = rng.choice(
            ["B1", "B2", "B11", "B21", "A1", "B1/R2", "B14", "R2B1"], len(middle), p=[0.3, 0.16, 0.1, 0.1, 0.12, 0.12, 0.05, 0.05]
        )
        industry = _top(here, works[here] + 0.5 * reach[here], plan.factory)
        codes[industry] = rng.choice(["M1", "M2", "W1", "M3", "U12"], len(industry), p=[0.46, 0.32, 0.15, 0.03, 0.04])
        green = _top(here, parks[here], 0.07)
        codes[green] = rng.choice(["G1", "G3", "G2"], len(green), p=[0.86, 0.05, 0.09])
    study = np.flatnonzero(campus > np.quantile(campus, 0.97)) if count else np.empty(0, dtype=np.int64)
    codes[study] = rng.choice(["A31", "A35", "R2"], len(study), p=[0.6, 0.2, 0.2])
    rest = rng.permutation(np.flatnonzero(np.isin(codes, ["R1", "R2"])))
    wanted = {
        "A33": 0.075,
        "A51": 0.016,
        "A22": 0.01,
        "A41": 0.008,
        "A6": 0.006,
        "U22": 0.006,
        "U31": 0.012,
        "S42": 0.012,
        "G1": 0.04,
        "A33+G1": 0.004,
        "B41": 0.006,
        "R22": 0.02,
    }
    start = 0
    for code, share in wanted.items():
        end = start + max(1, round(share * len(rest)))
        codes[rest[start:end]] = code
        start = end
    return codes


def _top(rows: NDArray[np.int64], score: NDArray[np.float64], share: float) -> NDArray[np.int64]:
    return rows[np.argsort(-score, kind="stable")[: round(share * len(rows))]]


def unit_codes(rng: np.random.Generator, ground: Ground) -> NDArray[np.str_]:
    """The urban plan's code for every unit of the ground."""
    codes = np.array([FIXED.get(kind, "") for kind in ground.kind], dtype="<U8")
    parcels = ground.kind == "parcel"
    codes[parcels] = parcel_codes(rng, ground)[ground.owner[parcels]]
    small = np.flatnonzero(ground.kind == "town")
    codes[small[rng.random(len(small)) < 0.3]] = "H13"
    fields = np.flatnonzero(ground.kind == "field")
    fields = fields[np.argsort(shapely.area(ground.shape[fields]), kind="stable")[: len(fields) // 3]]
    codes[rng.choice(fields, max(1, len(fields) // 40), replace=False)] = "H5"
    codes[rng.choice(fields, max(1, len(fields) // 30), replace=False)] = "E9"
    return codes


def urban_layer(sketch: Sketch) -> MadeLayer:
    """C0101 城规用地: parcels, roads and villages one by one, open country by neighbourhood."""
    ground = sketch.ground
    open_country = np.isin(sketch.urban, ["E2"])
    roadways = np.unique(ground.town.cell_road, return_inverse=True)[1]
    part = np.where(open_country, sketch.macro, ground.owner)
    road = ground.kind == "road"
    part[road] = roadways[ground.owner[road]]
    district = np.where(open_country, ground.district, 0)
    kinds = np.unique(ground.kind, return_inverse=True)[1]
    apart = np.where(open_country, np.char.equal(sketch.cover, "forest"), 0)
    return layer_of("C0101", ground.shape, sketch.urban, "YDDM", np.column_stack([kinds, part, district, apart]))[0]
