"""Ecology, water, heritage, education, fire, civil air defence, agriculture: control lines and reservations over the ground."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.demo.fields import blob
from lantu.plans.demo.frame import at
from lantu.plans.demo.ground import LAKES, RIVERS
from lantu.plans.demo.layers import MadeLayer, Sketch, layer_of

SOURCES = ("红枫湖", "百花湖", "阿哈水库", "花溪水库")
LEVEL_1_M, LEVEL_2_M = 240.0, 1100.0
CRUMB_M2 = 200.0
RED_LINES = (  # lon, lat, radius in metres
    *((106.61, 26.595, 1100), (106.77, 26.71, 3600), (106.86, 26.90, 5600), (107.13, 26.93, 5000), (106.54, 27.06, 4800)),
    *((106.35, 26.80, 5200), (106.23, 26.60, 3600), (106.79, 26.40, 3600), (106.61, 26.29, 3600), (106.90, 27.21, 4600)),
    *((106.71, 26.92, 3400), (106.50, 26.42, 2900), (107.02, 26.82, 3300), (106.83, 27.09, 2600), (107.14, 27.24, 3200)),
    *((106.45, 26.94, 2400), (106.745, 26.565, 700), (106.67, 26.625, 1300), (106.72, 26.47, 1500), (106.56, 26.61, 1200)),
)
RESERVES = ((106.88, 26.93, 2000), (106.30, 26.77, 1700))


def ecology_layers(rng: np.random.Generator, sketch: Sketch) -> list[MadeLayer]:
    """C0501 red line, C0502 and C0503 water sources, C0504 and C0508 reserves."""
    ground = sketch.ground
    outline = ground.city.outline
    hills = [blob(rng, at(lon, lat), radius, 0.5, rng.uniform(1.2, 2.4), points=72) for lon, lat, radius in RED_LINES]
    shore = [lake.buffer(130.0) for lake in ground.lakes]
    villages = ground.shape[_part(rng, ground.kind == "village", 0.85)]
    core = shapely.buffer(ground.built, -160.0)
    red = shapely.difference(shapely.union_all([*hills, *shore]), shapely.union_all([core, *villages])).intersection(outline)
    red_parts = _solid(red, 20_000.0)
    layers = [
        _named(
            "C0501", red_parts, "演示生态保护红线", HXLX=np.array(["水土保持", "水源涵养", "生物多样性维护"])[np.arange(len(red_parts)) % 3]
        )
    ]
    names = [name for name, *_ in LAKES]
    lakes = [ground.lakes[names.index(name)] for name in SOURCES]
    inner = [shapely.intersection(lake.buffer(LEVEL_1_M), outline) for lake in lakes]
    outer = [shapely.difference(lake.buffer(LEVEL_2_M), near).intersection(outline) for lake, near in zip(lakes, inner, strict=True)]
    for code, rings, word in (("C0502", inner, "一级"), ("C0503", outer, "二级")):
        label = np.array([f"演示 {name}饮用水水源{word}保护区" for name in SOURCES])
        layers.append(MadeLayer(code, np.array(rings, dtype=object), {"MC": label}))
    cores, rims, kinds = [], [], []
    for lon, lat, radius in RESERVES:
        middle = blob(rng, at(lon, lat), radius, 0.3, 1.4, points=48).intersection(outline)
        buffer_zone, trial = middle.buffer(600.0).intersection(outline), middle.buffer(1500.0).intersection(outline)
        cores.append(middle)
        rims += [buffer_zone.difference(middle), trial.difference(buffer_zone)]
        kinds += ["ZR02", "ZR03"]
    layers.append(_named("C0504", np.array(cores, dtype=object), "演示自然保护区核心区", GNQDM=np.full(len(cores), "ZR01")))
    layers.append(_named("C0508", np.array(rims, dtype=object), "演示自然保护区功能区", GNQDM=np.array(kinds)))
    return layers


def heritage_layers(rng: np.random.Generator, sketch: Sketch) -> list[MadeLayer]:
    """C0701 protection scope and C0702 control belt of made sites, most of them in the old town and in villages."""
    ground = sketch.ground
    town = _part(rng, (ground.kind == "parcel") & (sketch.nearness < 0.75), 0.035)
    country = _part(rng, ground.kind == "village", 0.07)
    spots = ground.centre[np.concatenate([town, country])]
    scopes: list[shapely.Polygon] = []
    for spot in spots:
        shape = blob(rng, spot, rng.uniform(32, 95), 0.2, rng.uniform(1, 1.6), points=16)
        if all(shape.distance(other) > 260 for other in scopes):
            scopes.append(shape)
    belts = [shape.buffer(rng.uniform(40, 110), quad_segs=6).difference(shape) for shape in scopes]
    grades = rng.choice(["WW01", "WW02", "WW03"], len(scopes), p=[0.12, 0.33, 0.55])
    names = np.array([f"演示文保单位 {number:02d}" for number in range(1, len(scopes) + 1)])
    return [
        MadeLayer("C0701", np.array(scopes, dtype=object), {"MC": names, "JBDM": grades}),
        MadeLayer("C0702", np.array(belts, dtype=object), {"MC": names, "JBDM": grades}),
    ]


def facility_layers(rng: np.random.Generator, sketch: Sketch) -> list[MadeLayer]:
    """C0711 schools, C0721 fire stations, C0731 civil air defence: most agree with the urban plan, some do not."""
    ground = sketch.ground
    area = shapely.area(ground.shape)
    parcel = ground.kind == "parcel"
    school = parcel & np.isin(sketch.urban, ["A33", "A33+G1", "A32"])
    other = parcel & np.isin(sketch.urban, ["R2", "R1", "B1", "M1"]) & (area < 90_000)
    rows = np.concatenate([_part(rng, school, 0.9), _part(rng, other, 0.025)])
    kinds = rng.choice(["JY01", "JY02", "JY03", "JY04"], len(rows), p=[0.1, 0.5, 0.35, 0.05])
    shapes = ground.shape[rows].copy()
    redrawn = rng.random(len(rows)) < 0.3
    shapes[redrawn] = shapely.buffer(shapes[redrawn], -2.5, join_style="mitre")
    schools = _named("C0711", shapes, "演示学校", SSDM=kinds)
    station = _part(rng, parcel & (sketch.urban == "U31"), 0.9)
    misplaced = _part(rng, other & (area < 40_000), 0.012)
    rows = np.concatenate([station, misplaced])
    fire = _named("C0721", ground.shape[rows], "演示消防站", SSDM=rng.choice(["XF01", "XF02", "XF03"], len(rows), p=[0.6, 0.3, 0.1]))
    shelter = _part(rng, parcel & np.isin(sketch.urban, ["G1", "G3", "S42"]), 0.16)
    defence = _named(
        "C0731", shapely.buffer(ground.shape[shelter], -12.0, join_style="mitre"), "演示人防工程", SSDM=np.full(len(shelter), "RF01")
    )
    return [schools, fire, defence]


def agriculture_layer(rng: np.random.Generator, sketch: Sketch, use: NDArray[np.str_]) -> MadeLayer:
    """C0741 农业两区: farmland of some neighbourhoods."""
    ground = sketch.ground
    chosen = rng.random(int(sketch.macro.max()) + 1) < 0.3
    rows = np.flatnonzero((ground.kind == "field") & np.isin(use, ["010", "020"]) & chosen[sketch.macro])
    kinds = np.where(sketch.cover[rows] == "garden", "NY02", "NY01")
    layer, _ = layer_of("C0741", ground.shape[rows], kinds, "SSDM", np.column_stack([sketch.macro[rows], ground.district[rows]]))
    layer.fields = {"MC": np.array([f"演示农业两区 {number:03d}" for number in range(1, len(layer) + 1)]), **layer.fields}
    return layer


def water_layers(sketch: Sketch) -> list[MadeLayer]:
    """C0751 river management scope by district, C0752 reservoir protection scope."""
    ground = sketch.ground
    lakes = shapely.union_all(ground.lakes)
    shapes, names = [], []
    for (name, *_), river in zip(RIVERS, ground.rivers, strict=True):
        for part in shapely.get_parts(shapely.intersection(shapely.difference(river.buffer(28.0), lakes), ground.city.districts)):
            if part.geom_type == "Polygon" and part.area > 1000.0:
                shapes.append(part)
                names.append(f"演示 {name}河道管理范围")
    rivers = MadeLayer("C0751", np.array(shapes, dtype=object), {"MC": np.array(names), "SSDM": np.full(len(shapes), "SL01")})
    scope = [lake.buffer(120.0).intersection(ground.city.outline) for lake in ground.lakes]
    label = np.array([f"演示 {name}保护范围" for name, *_ in LAKES])
    return [rivers, MadeLayer("C0752", np.array(scope, dtype=object), {"MC": label, "SSDM": np.full(len(scope), "SL02")})]


def _named(code: str, shapes: NDArray[np.object_], name: str, **fields: NDArray[np.str_]) -> MadeLayer:
    return MadeLayer(code, shapes, {"MC": np.array([f"{name} {number:03d}" for number in range(1, len(shapes) + 1)]), **fields})


def single(layer: MadeLayer) -> MadeLayer:
    """The layer with every polygon by itself; lines, points and crumbs that set operations leave are dropped."""
    parts, source = shapely.get_parts(layer.shapes, return_index=True)
    good = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > CRUMB_M2)
    return MadeLayer(layer.code, parts[good], {name: values[source[good]] for name, values in layer.fields.items()})


def _solid(geometry: shapely.Geometry, least_m2: float) -> NDArray[np.object_]:
    parts = shapely.get_parts(geometry)
    return np.asarray(parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > least_m2)])


def _part(rng: np.random.Generator, candidates: NDArray[np.bool_], share: float) -> NDArray[np.int64]:
    rows = np.flatnonzero(candidates)
    return rows[rng.random(len(rows)) < share]
