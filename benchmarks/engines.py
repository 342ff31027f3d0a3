"""The planar kernel and its peers behind one face: prepare (not timed), run (timed), say how much area all layers share.

Every engine gets the same layers. The planar kernel and the oracle make the full union of all layers with the patches of each on every
face; the others only the intersection, pair by pair and layer after layer, with the patch numbers of both sides.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.made_city import shapes_of
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import Faces, OverlayEngine, RingLayer
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.warm import warm

CHUNK = 2_000
"""Pairs handed to GEOS at a time: threads stay busy, results stay small."""

Shapes = NDArray[np.object_]


class Engine(Protocol):
    """``parts`` = results that carry a patch of every layer; ``area_m2`` their area together."""

    does: str

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None: ...

    def run(self) -> Any: ...

    def account(self, result: Any) -> dict[str, float]: ...


class Partition:
    """An ``OverlayEngine``: all layers at once, faces with labels."""

    does = "union"

    def __init__(self, oracle: bool) -> None:
        self.oracle = oracle

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None:
        self.layers = layers
        self.engine: OverlayEngine = ShapelyEngine() if self.oracle else PlanarEngine(threads)
        if not self.oracle:
            warm()

    def run(self) -> Faces:
        return self.engine.overlay(self.layers)

    def account(self, result: Faces) -> dict[str, float]:
        # a face where patches of one layer overlap counts once for each of them, as it does in an engine that works pair by pair
        times = np.ones(len(result), np.int64)
        sizes = np.array([len(patches) for patches in result.label_sets] or [0])
        for column in result.label.T:
            times *= np.where(column >= 0, 1, np.where(column == -1, 0, sizes[np.minimum(-2 - np.minimum(column, -2), len(sizes) - 1)]))
        shared = times > 0
        area = float((result.area2[shared] * times[shared]).sum()) / 2e8
        return {"parts": int(shared.sum()), "faces": len(result), "area_m2": area}


class Cascade:
    """shapely: an index, then the intersection of every pair of patches that meet, in threads; the result against the next layer."""

    does = "intersection"

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None:
        self.shapes, self.threads = valid_shapes(layers), threads

    def run(self) -> Shapes:
        parts = self.shapes[0]
        for layer in self.shapes[1:]:
            parts = self.against(parts, layer)
        return parts

    def against(self, left: Shapes, right: Shapes) -> Shapes:
        first, second = shapely.STRtree(right).query(left)
        cuts = range(0, len(first), CHUNK)
        with ThreadPoolExecutor(self.threads) as pool:
            found = list(pool.map(lambda k: shapely.intersection(left[first[k : k + CHUNK]], right[second[k : k + CHUNK]]), cuts))
        parts = np.concatenate([*found, np.empty(0, object)])
        return parts[shapely.area(parts) > 0]

    def account(self, result: Shapes) -> dict[str, float]:
        return {"parts": len(result), "area_m2": float(shapely.area(result).sum())}


class GeoPandas:
    """geopandas.overlay, one layer after another (one thread)."""

    does = "intersection"

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None:
        import geopandas

        self.frames = [
            geopandas.GeoDataFrame({f"patch_{k}": np.arange(len(shapes))}, geometry=shapes) for k, shapes in enumerate(valid_shapes(layers))
        ]

    def run(self) -> Any:
        import geopandas

        result = self.frames[0]
        for frame in self.frames[1:]:
            result = geopandas.overlay(result, frame, how="intersection", keep_geom_type=True)
        return result

    def account(self, result: Any) -> dict[str, float]:
        return {"parts": len(result), "area_m2": float(result.geometry.area.sum())}


class PolarsSt:
    """polars-st: spatial join, then the intersection of each pair, in its own threads."""

    does = "intersection"

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None:
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars
        import polars_st

        self.frames = [
            polars.DataFrame({f"patch_{k}": np.arange(len(shapes)), "geometry": shapely.to_wkb(shapes).tolist()}).with_columns(
                polars_st.from_wkb("geometry")
            )
            for k, shapes in enumerate(valid_shapes(layers))
        ]

    def run(self) -> Any:
        import polars
        import polars_st as st

        result = self.frames[0]
        for frame in self.frames[1:]:
            joined = result.st.sjoin(frame, on="geometry", how="inner", predicate="intersects", suffix="_right")
            cut = joined.with_columns(st.geom("geometry").st.intersection(st.geom("geometry_right"))).drop("geometry_right")
            result = cut.filter(st.geom("geometry").st.area() > 0)
        return result.select(polars.all())

    def account(self, result: Any) -> dict[str, float]:
        import polars_st as st

        return {"parts": len(result), "area_m2": float(result.select(st.geom("geometry").st.area().sum()).item())}


class DuckDb:
    """DuckDB with its spatial extension from the package index (the versions of both packages must match)."""

    does = "intersection"

    def prepare(self, layers: Sequence[RingLayer], threads: int) -> None:
        import duckdb
        import pyarrow

        extension = spatial_extension()
        self.db = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": str(threads)})
        self.db.execute(f"load '{extension}'")
        self.count = len(layers)
        for k, shapes in enumerate(valid_shapes(layers)):
            rows = pyarrow.table({"patch": np.arange(len(shapes)), "wkb": pyarrow.array(shapely.to_wkb(shapes).tolist(), pyarrow.binary())})
            self.db.register("rows", rows)
            self.db.execute(f"create table layer_{k} as select patch, ST_GeomFromWKB(wkb) as geom from rows")
            self.db.unregister("rows")

    def run(self) -> Any:
        left = "layer_0"
        for k in range(1, self.count):
            # the area is filtered afterwards: in the join it would make the intersection twice
            self.db.execute(
                f"create or replace table cut as select a.patch as a, b.patch, ST_Intersection(a.geom, b.geom) as geom "
                f"from {left} a join layer_{k} b on ST_Intersects(a.geom, b.geom)"
            )
            left = f"step_{k}"
            self.db.execute(f"create or replace table {left} as select * from cut where ST_Area(geom) > 0")
        return left

    def account(self, result: Any) -> dict[str, float]:
        parts, area = self.db.execute(f"select count(*), sum(ST_Area(geom)) from {result}").fetchall()[0]
        return {"parts": parts, "area_m2": area}


def spatial_extension() -> str | None:
    """The file of DuckDB's spatial extension in the installed package, None when there is none."""
    spec = importlib.util.find_spec("duckdb_extension_spatial") if importlib.util.find_spec("duckdb") else None
    if spec is None or not spec.submodule_search_locations:
        return None
    from pathlib import Path

    found = [path for place in spec.submodule_search_locations for path in Path(place).rglob("*.duckdb_extension")]
    return str(found[0]) if found else None


def valid_shapes(layers: Sequence[RingLayer]) -> list[Shapes]:
    """Patches for GEOS, the few invalid ones mended (GEOS refuses them; the kernel takes them as they are)."""
    found = []
    for layer in layers:
        shapes = shapes_of(layer)
        bad = np.flatnonzero(~shapely.is_valid(shapes))
        shapes[bad] = shapely.make_valid(shapes[bad])
        found.append(shapes)
    return found


def available() -> dict[str, Engine]:
    """The engines that can run here, the kernel first."""
    engines: dict[str, Engine] = {"planar": Partition(oracle=False), "oracle": Partition(oracle=True), "shapely": Cascade()}
    if importlib.util.find_spec("geopandas"):
        engines["geopandas"] = GeoPandas()
    if importlib.util.find_spec("polars_st"):
        engines["polars-st"] = PolarsSt()
    if spatial_extension():
        engines["duckdb"] = DuckDb()
    return engines
