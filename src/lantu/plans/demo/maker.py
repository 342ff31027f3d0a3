"""Makes all demo plans and writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lantu.plans.demo.datum import XIAN80
from lantu.plans.demo.development import write_development
from lantu.plans.demo.faults import Fault, add_faults
from lantu.plans.demo.files import Sheet, finish, write
from lantu.plans.demo.frame import City, code_names, load_city, region_names
from lantu.plans.demo.ground import make_ground
from lantu.plans.demo.land import basic_farmland, land_layers
from lantu.plans.demo.layers import MadeLayer, Sketch, natural_cover, nearness_of, neighbourhoods
from lantu.plans.demo.special import agriculture_layer, ecology_layers, facility_layers, heritage_layers, single, water_layers
from lantu.plans.demo.urban import unit_codes, urban_layer

SEED, PATCHES = 520100, 7000
AT_GRAIN_ONE = 10000  # patches in all that blocks and fields of the standard size give
Progress = Callable[[float, str], None]

SHEETS = (
    Sheet("C0101", "城市总体规划用地", "城规用地.zip", "shapefile", 4524, "GBK", "GH", 1, "2018-03-12", 10000, "YDDM", cpg=False),
    Sheet("C0401", "土地利用总体规划·管制区", "建设用地管制区.zip", "shapefile", 4545, "UTF-8", "GT", 2, "2018-01-20", 10000, "GZQLXDM"),
    Sheet("C0402", "土地利用总体规划·用途区", "土地用途区.zip", "shapefile", 4545, "UTF-8", "GT", 2, "2018-01-20", 10000, "TDYTQLXDM"),
    Sheet("C0403", "土地利用总体规划·规划地类", "规划地类.zip", "shapefile", 4545, "UTF-8", "GT", 2, "2018-01-20", 10000, "GHDLDM"),
    Sheet("C0404", "永久基本农田", "永久基本农田.gpkg", "geopackage", 4490, "UTF-8", "GT", 3, "2017-12-28", 10000, None),
    Sheet("C0501", "生态保护红线", "生态保护红线.gpkg", "geopackage", 4490, "UTF-8", "STW", 4, "2018-06-27", 10000, None),
    Sheet("C0502", "饮用水水源一级保护区", "水源一级保护区.gpkg", "geopackage", 4490, "UTF-8", "STW", 5, "2017-11-02", 10000, None),
    Sheet("C0503", "饮用水水源二级保护区", "水源二级保护区.gpkg", "geopackage", 4490, "UTF-8", "STW", 5, "2017-11-02", 10000, None),
    Sheet("C0504", "自然保护区核心区", "自然保护区核心区.gpkg", "geopackage", 4490, "UTF-8", "STW", 6, "2016-09-14", 10000, "GNQDM"),
    Sheet(
        "C0508", "自然保护区缓冲区与实验区", "自然保护区功能区.gpkg", "geopackage", 4490, "UTF-8", "STW", 6, "2016-09-14", 10000, "GNQDM"
    ),
    Sheet("C0701", "文物保护范围", "文物保护范围.geojson", "geojson", 4326, "UTF-8", "WWJ", 7, "2017-08-30", 2000, "JBDM"),
    Sheet("C0702", "建设控制地带", "建设控制地带.geojson", "geojson", 4326, "UTF-8", "WWJ", 7, "2017-08-30", 2000, "JBDM"),
    Sheet("C0711", "教育设施布局", "教育设施.geojson", "geojson", 4326, "UTF-8", "JYJ", 8, "2018-04-18", 2000, "SSDM"),
    Sheet("C0721", "消防站布局", "消防站界址点.txt", "points", 4524, "GBK", "XFZD", 9, "2018-05-20", 2000, "SSDM"),
    Sheet("C0731", "人防工程布局", "人防工程.dxf", "dxf", 4545, "GBK", "RFB", 10, "2017-10-11", 2000, "SSDM"),
    Sheet("C0741", "农业两区", "农业两区.gpkg", "geopackage", 4544, "UTF-8", "NW", 11, "2018-07-05", 10000, "SSDM"),
    Sheet("C0751", "河道管理范围", "河道管理范围.zip", "shapefile", 4545, "GBK", "SWJ", 13, "2018-05-31", 10000, "SSDM"),
    Sheet("C0752", "水库保护范围", "水库保护范围.zip", "shapefile", XIAN80, "GBK", "SWJ", 13, "2018-05-31", 10000, "SSDM"),
)
NAMES = {
    "C0101": ("gb50137-2011.csv", "YDDM", "YDMC"),
    "C0403": ("ghdl-2010.csv", "GHDLDM", "GHDLMC"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What was made: layers by code (working system, with their fields), the deliberate faults, and the folders of the plans."""

    layers: dict[str, MadeLayer]
    faults: list[Fault]
    folders: list[Path]

    @property
    def patches(self) -> int:
        """Polygons of all layers together."""
        return sum(len(layer) for layer in self.layers.values())


def draw(seed: int = SEED, size: int = PATCHES, city: City | None = None, progress: Progress | None = None) -> dict[str, MadeLayer]:
    """Draw all layers, without faults and files. ``size``: about how many patches in all plans together."""
    tell = progress or (lambda share, step: None)
    city = city or load_city()
    # every plan draws from a stream of its own: a change in one does not move the others
    ground_rng, urban_rng, land_rng, special_rng = (np.random.default_rng([seed, number]) for number in range(4))
    tell(0.02, "ground")
    ground = make_ground(ground_rng, city, float(np.sqrt(AT_GRAIN_ONE / size)))
    tell(0.4, "urban")
    sketch = Sketch(
        ground,
        unit_codes(urban_rng, ground),
        natural_cover(urban_rng, ground),
        nearness_of(ground.place),
        neighbourhoods(urban_rng, ground),
    )
    layers = [urban_layer(sketch)]
    tell(0.5, "land")
    zones, use = land_layers(land_rng, sketch)
    layers += [*zones, basic_farmland(land_rng, sketch, use)]
    tell(0.7, "special")
    special = ecology_layers(special_rng, sketch) + heritage_layers(special_rng, sketch) + facility_layers(special_rng, sketch)
    layers += [single(layer) for layer in [*special, agriculture_layer(special_rng, sketch, use), *water_layers(sketch)]]
    return {layer.code: layer for layer in layers}


def make(out: Path, seed: int = SEED, size: int = PATCHES, progress: Progress | None = None, *, faults: bool = True) -> Made:
    """Make all plans and write them under ``out``: one folder per plan layer, ``truth.json`` beside them.

    The same seed and size give the same geometry, fields and faults. ``faults``: with the handful of deliberate ones.
    """
    tell = progress or (lambda share, step: None)
    city = load_city()
    layers = draw(seed, size, city, lambda share, step: tell(0.7 * share, step))
    for number, sheet in enumerate(SHEETS, 1):
        table, code_field, name_field = NAMES.get(sheet.layer, (None, None, None))
        finish(layers[sheet.layer], number, code_names(table) if table else {}, code_field, name_field)
    rng = np.random.default_rng([seed, 9])
    spoiled = add_faults(rng, layers, city.outline) if faults else []
    folders = []
    for number, sheet in enumerate(SHEETS, 1):
        tell(0.7 + 0.28 * number / len(SHEETS), sheet.title)
        folders.append(out / f"{number:02d}-{sheet.layer}")
        write(folders[-1], sheet, layers[sheet.layer], sum(fault.layer == sheet.layer for fault in spoiled))
    folders.append(out / f"{len(SHEETS) + 1:02d}-C0601")
    write_development(rng, folders[-1], region_names(), city.codes)
    truth = {
        "seed": seed,
        "size": size,
        "patches": {code: len(layer) for code, layer in layers.items()},
        "faults": [asdict(fault) for fault in spoiled],
    }
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tell(1.0, "done")
    return Made(layers, spoiled, folders)
