"""The land-use master plan: control zones, use zones, planned classes, permanent basic farmland.

Its ground is the urban plan's, with edges that are shared in one place, moved by up to 5 m in another and drawn anew in a third.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import Floats, Waves, blob
from lantu.plans.demo.frame import at
from lantu.plans.demo.ground import REDRAWN, Ground
from lantu.plans.demo.layers import MadeLayer, Sketch, layer_of, nearness_of
from lantu.plans.demo.streets import QUARTERS

MAX_SHIFT_M = 5.0
SIMPLIFIED_DISTRICT, SIMPLIFY_M = "520111", 35.0
SETTLED = ("parcel", "road", "belt")


def moved_ground(rng: np.random.Generator, ground: Ground) -> NDArray[np.object_]:
    """The units as the land plan draws them: still one exact partition."""
    shapes = ground.shape.copy()
    here = np.flatnonzero(ground.district == ground.city.codes.index(SIMPLIFIED_DISTRICT))
    shapes[here] = shapely.coverage_simplify(shapes[here], SIMPLIFY_M, simplify_boundary=False)
    rim = shapely.boundary(ground.city.outline)
    shapely.prepare(rim)
    strength, side, up = Waves(rng, 7000.0), Waves(rng, 2600.0), Waves(rng, 2600.0)

    def shift(xy: Floats) -> Floats:
        # only in and around towns, and the outline of the city stays where it is
        size = MAX_SHIFT_M * np.clip(1.8 * strength(xy), 0.0, 1.0) * np.clip(1.6 - nearness_of(xy), 0.0, 1.0)
        moving = np.flatnonzero(size)
        size[moving] *= np.clip(shapely.distance(shapely.points(xy[moving]), rim) / 1000.0, 0.0, 1.0)
        way = np.clip(np.column_stack([side(xy), up(xy)]), -0.7, 0.7)
        return np.asarray(xy + size[:, None] * way)

    return np.asarray(shapely.transform(shapes, shift))


def control_zones(rng: np.random.Generator, sketch: Sketch) -> NDArray[np.str_]:
    """GZQLXDM of every unit."""
    ground, near = sketch.ground, sketch.nearness
    wave, other = Waves(rng, 2400.0)(ground.place), Waves(rng, 3200.0)(ground.place)
    settled = np.isin(ground.kind, SETTLED)
    codes = np.full(len(ground), "030", dtype="<U3")
    codes[settled] = "010"
    edge = near + 0.22 * wave
    codes[settled & (edge > 0.98)] = "020"
    codes[settled & (edge > 0.98) & (other > 0.25)] = "030"
    codes[settled & (edge > 1.05) & (other > 0.95)] = "040"
    redrawn = _in_redrawn(ground.place)
    codes[redrawn & settled & ground.limit] = "010"
    codes[redrawn & settled & ~ground.limit] = np.where(other[redrawn & settled & ~ground.limit] > 0, "030", "020")
    codes[ground.limit & (ground.kind == "field")] = "010"
    codes[_some(rng, np.isin(ground.kind, ["village", "town"]), 0.86)] = "010"
    codes[_some(rng, np.isin(ground.kind, ["highway", "rail"]), 0.7)] = "010"
    country = ground.kind == "field"
    codes[country & ~ground.limit & (near < 1.3) & (wave > 0.75)] = "020"
    codes[country & (sketch.cover == "forest") & (other > 0.35) & (codes == "030")] = "040"
    codes[ground.kind == "lake"] = "040"
    codes[ground.kind == "river"] = "030"
    codes[sketch.urban == "H5"] = "010"
    return codes


def use_zones(rng: np.random.Generator, sketch: Sketch, control: NDArray[np.str_]) -> NDArray[np.str_]:
    """TDYTQLXDM of every unit, in keeping with its control zone."""
    ground, cover = sketch.ground, sketch.cover
    kept = Waves(rng, 4200.0)(ground.place)
    codes = np.where(kept > -0.15, "010", "020").astype("<U3")
    codes[cover == "forest"] = "090"
    codes[(cover == "garden")] = "020"
    codes[(cover == "forest") & (control == "040")] = "070"
    built = np.isin(control, ["010", "020"])
    settled = np.isin(ground.kind, SETTLED)
    codes[built & (settled | (ground.kind == "field"))] = "030"
    codes[built & np.isin(ground.kind, ["village"])] = "040"
    codes[built & np.isin(ground.kind, ["town"])] = "030"
    works = np.array([code[:1] in "MW" for code in sketch.urban]) & built
    codes[works & (kept > 0)] = "050"
    # housing that the land plan still takes for industry or village ground
    homes = np.array([code[:1] == "R" for code in sketch.urban]) & built & settled
    codes[_some(rng, homes, 0.02)] = "050"
    codes[_some(rng, homes & (sketch.nearness > 0.8), 0.05)] = "040"
    codes[np.isin(ground.kind, ["highway", "rail", "river"])] = "990"
    codes[ground.kind == "lake"] = "070"
    codes[sketch.urban == "H5"] = "050"
    return codes


PLANNED = {"030": "211", "040": "212", "050": "214", "060": "231", "070": "13", "080": "232", "090": "13", "100": "14", "990": "32"}


def planned_classes(sketch: Sketch, use: NDArray[np.str_]) -> NDArray[np.str_]:
    """GHDLDM of every unit, in keeping with its use zone."""
    ground = sketch.ground
    codes = np.array([PLANNED.get(code, "113") for code in use], dtype="<U4")
    codes[np.isin(use, ["010"]) & (ground.owner % 3 == 0)] = "111"
    codes[(use == "020") & (sketch.cover == "garden")] = "12"
    for kind, code in {"river": "311", "lake": "226", "highway": "222", "rail": "221"}.items():
        codes[ground.kind == kind] = code
    codes[sketch.urban == "H5"] = "213"
    return codes


def land_layers(rng: np.random.Generator, sketch: Sketch) -> tuple[list[MadeLayer], NDArray[np.str_]]:
    """C0401, C0402, C0403 and the use zone of every unit."""
    ground = sketch.ground
    shapes = moved_ground(rng, ground)
    control = control_zones(rng, sketch)
    use = use_zones(rng, sketch, control)
    planned = planned_classes(sketch, use)
    spots = np.isin(ground.kind, ["village", "town", "highway", "rail", "river", "lake"])
    layers = []
    for code, codes, name in (("C0401", control, "GZQLXDM"), ("C0402", use, "TDYTQLXDM"), ("C0403", planned, "GHDLDM")):
        # settlements stay patches of their own, the rest is joined by neighbourhood and district
        spot = (
            np.where(spots, 1 + np.arange(len(ground)), 0) if code != "C0401" else np.where(ground.kind == "village", 1 + ground.owner, 0)
        )
        layer, rows = layer_of(code, shapes, codes, name, np.column_stack([sketch.macro, ground.district, spot]))
        layer.fields["XZQDM"] = np.array(ground.city.codes)[ground.district[rows]]
        layers.append(layer)
    return layers, use


def basic_farmland(rng: np.random.Generator, sketch: Sketch, use: NDArray[np.str_]) -> MadeLayer:
    """C0404: most of zone 010, and fields at the edges of towns that the urban plan has since built over."""
    ground = sketch.ground
    keep = Waves(rng, 3000.0)(ground.place) > -0.35
    fields = np.flatnonzero((use == "010") & (ground.kind == "field") & keep)
    base, rows = layer_of(
        "C0404", ground.shape[fields], use[fields], "code", np.column_stack([sketch.macro[fields], ground.district[fields]])
    )
    fringe = _fringe(rng, ground)
    cleared = shapely.difference(base.shapes, shapely.union_all(fringe))
    parts, source = shapely.get_parts(cleared, return_index=True)
    district = np.concatenate([ground.district[fields[rows]][source], _district_of(ground, fringe)])
    shapes = np.concatenate([parts, fringe])
    good = (shapely.area(shapes) > 3000.0) & (2 * shapely.area(shapes) / shapely.length(shapes) > 8.0)
    layer = MadeLayer("C0404", shapes[good])
    layer.fields["XZQDM"] = np.array(ground.city.codes)[district[good]]
    return layer


def _fringe(rng: np.random.Generator, ground: Ground) -> NDArray[np.object_]:
    found: list[shapely.Polygon] = []
    for quarter in QUARTERS:
        for _ in range(max(2, round(quarter.radius_m / 700))):
            turn, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.78, 1.08) * quarter.radius_m
            centre = at(quarter.lon, quarter.lat) + reach * np.array([np.cos(turn), np.sin(turn)])
            shape = blob(rng, centre, rng.uniform(190, 520), 0.4, rng.uniform(1, 2), points=28)
            if all(shape.distance(other) > 30 for other in found) and ground.city.outline.contains(shape):
                found.append(shape)
    water = shapely.union_all([*ground.lakes, *[river.buffer(20) for river in ground.rivers]])
    clear = shapely.get_parts(shapely.difference(np.array(found, dtype=object), water))
    return np.asarray(clear[shapely.area(clear) > 5000.0])


def _district_of(ground: Ground, shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.asarray(shapely.STRtree(ground.city.districts).nearest(shapely.centroid(shapes)), dtype=np.int64)


def _in_redrawn(centres: Floats) -> NDArray[np.bool_]:
    inside = np.zeros(len(centres), dtype=bool)
    for quarter in QUARTERS:
        if quarter.name in REDRAWN:
            inside |= np.linalg.norm(centres - at(quarter.lon, quarter.lat), axis=1) < 1.7 * quarter.radius_m
    return inside


def _some(rng: np.random.Generator, candidates: NDArray[np.bool_], share: float) -> NDArray[np.int64]:
    rows = np.flatnonzero(candidates)
    return rows[rng.random(len(rows)) < share]
