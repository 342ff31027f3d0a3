"""The city that plans are made for: real outlines and reference systems from the city pack."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

PACK = Path(__file__).resolve().parents[4] / "cities" / "guiyang"
WORKING, STATUTORY = 4545, 4490


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """Outlines in the working system. ``districts[i]`` has the code ``codes[i]``; ``outline`` is their union."""

    codes: list[str]
    districts: NDArray[np.object_]
    outline: shapely.Polygon


@cache
def transformer(source: int, target: int) -> pyproj.Transformer:
    """Between two systems of the same datum (CGCS2000, or WGS84 which agrees with it to centimetres), east before north."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def convert(geometries: NDArray[np.object_], source: int, target: int) -> NDArray[np.object_]:
    """The geometries with every vertex in the other system."""
    if source == target:
        return geometries
    move = transformer(source, target)
    return np.asarray(shapely.transform(geometries, lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))))


def at(lon: float, lat: float) -> NDArray[np.float64]:
    """A place in degrees as (x, y) of the working system."""
    return np.array(transformer(STATUTORY, WORKING).transform(lon, lat))


def load_city(pack: Path = PACK) -> City:
    """Read the outlines of the counties from the pack."""
    features = json.loads((pack / "regions.geojson").read_text(encoding="utf-8"))["features"]
    degrees = shapely.from_geojson(np.array([json.dumps(feature["geometry"]) for feature in features]))
    # on the grid of the working system, so that outlines that touch in the source still touch
    districts = shapely.set_precision(convert(degrees, STATUTORY, WORKING), 0.001)
    return City([feature["properties"]["code"] for feature in features], districts, shapely.union_all(districts))


def region_names(pack: Path = PACK) -> dict[str, str]:
    """Code → Chinese name of the regions of the pack."""
    with (pack / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name_zh"] for row in csv.DictReader(file)}


def code_names(file_name: str, pack: Path = PACK) -> dict[str, str]:
    """Code → Chinese name of a code table of the pack."""
    with (pack / "code_systems" / file_name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["code"]: row["name_zh"] for row in rows}
