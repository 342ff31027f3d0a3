"""Small questions about places, asked of a process that has just started: a site against eight layers."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import numpy as np
import shapely

from benchmarks.city import City
from benchmarks.engines import valid_shapes
from benchmarks.machine import peak_memory_mb
from benchmarks.made_city import SIDE
from lantu.planar.clip import Clip, clip, shapes_of, shares
from lantu.planar.convert import Grid

GRID = Grid()
LAYERS, SITES = 8, 195


def sites(count: int) -> list[shapely.Polygon]:
    """Polygons of nine corners and 1 to 20 ha all over the city."""
    random = np.random.default_rng(11)
    found = []
    for x, y in random.uniform(0.05, 0.95, (count, 2)) * SIDE:
        turn = np.sort(random.uniform(0, 2 * np.pi, 9))
        shape = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * random.uniform(0.7, 1.0, (9, 1)))
        scale = np.sqrt(random.uniform(1e4, 2e5) / max(shape.area, 0.3))
        found.append(shapely.transform(shape, lambda xy, scale=scale, x=x, y=y: xy * scale + (x, y)))
    return [site for site in found if site.is_valid]


def site(city: City, peers: bool) -> list[dict[str, Any]]:
    """A site against eight layers, each a partition of its own mapped from files: patches and areas. Nothing is asked before."""

    def ask(opened: list[Any], place: shapely.Polygon) -> list[tuple[Any, Any]]:
        return [shares(faces, index, place, GRID) for faces, index in opened]

    return [_asked(city, peers, f"a site against {LAYERS} layers: faces and areas", ask)]


def site_shapes(city: City, peers: bool) -> list[dict[str, Any]]:
    """The same with the common parts: as outlines, and as shapes that are made at once for all layers."""

    def cut(opened: list[Any], place: shapely.Polygon) -> list[Clip]:
        return [clip(faces, index, place, GRID) for faces, index in opened]

    def ask(opened: list[Any], place: shapely.Polygon) -> list[tuple[Any, Any]]:
        return [(one.face, one.area) for one in cut(opened, place)]

    def ask_shapes(opened: list[Any], place: shapely.Polygon) -> list[tuple[Any, Any]]:
        found = cut(opened, place)
        shapes_of([one.outline for one in found])
        return [(one.face, one.area) for one in found]

    work = f"a site against {LAYERS} layers: faces, areas and"
    return [_asked(city, peers, f"{work} outlines", ask), _asked(city, False, f"{work} shapes", ask_shapes)]


def _asked(city: City, peers: bool, work: str, ask: Callable[..., list[tuple[Any, Any]]]) -> dict[str, Any]:
    for number in range(LAYERS):
        if not (city.folder / f"single-{number:02}").is_dir():
            # in a process of its own, so that its memory does not count here
            maker = get_context("spawn").Process(target=city.single, args=(number,))
            maker.start()
            maker.join()
    places = sites(SITES)
    began, used = time.perf_counter(), time.process_time()
    opened = [city.single(number) for number in range(LAYERS)]
    opening = time.perf_counter() - began
    spent, busy, total, hits = [], [], np.zeros(len(places)), 0
    for number, place in enumerate(places):
        since, own = time.perf_counter(), time.process_time()
        found = ask(opened, place)
        spent.append(time.perf_counter() - since)
        busy.append(time.process_time() - own)
        total[number] = sum(float(area.sum()) for _face, area in found)
        hits += sum(len(face) for face, _area in found)
    row = {
        "work": work, "goal": "≤ 3 ms median, 95 % ≤ 8 ms, < 0.5 GB", "seconds": float(np.median(spent)),
        "p95_seconds": float(np.quantile(spent, 0.95)), "first_seconds": spent[0], "opening_seconds": opening,
        "cpu_seconds": float(np.median(busy)), "p95_cpu_seconds": float(np.quantile(busy, 0.95)),
        "whole_cpu_seconds": time.process_time() - used, "hits": hits / len(places), "peak_mb": peak_memory_mb(),
    }  # fmt: skip
    row["agrees"] = (
        f"95 %: {row['p95_seconds'] * 1000:.1f} ms (processor {row['p95_cpu_seconds'] * 1000:.1f}), first: {spent[0] * 1000:.1f} ms"
    )
    del opened
    if peers:
        times, sums = _peer(city, places)
        row |= {
            "peer": "shapely, polygons and trees in memory",
            "peer_seconds": float(np.median(times)),
            "peer_cpu_seconds": float(np.mean(times)),
        }
        row["peer_p95_seconds"] = float(np.quantile(times, 0.95))
        row["agrees"] += f"; area {float(total.sum() / sums.sum()) - 1:.1e}"
    return row


def _peer(city: City, places: list[shapely.Polygon]) -> tuple[Any, Any]:
    """Layer after layer, so that memory holds one at a time; times and areas of each site over all layers."""
    times, sums = np.zeros(len(places)), np.zeros(len(places))
    for layer in city.layers(LAYERS):
        shapes = valid_shapes([layer])[0]
        tree = shapely.STRtree(shapes)
        tree.query(places[0])
        for number, place in enumerate(places):
            since = time.perf_counter()
            sums[number] += float(shapely.area(shapely.intersection(shapes[tree.query(place, predicate="intersects")], place)).sum())
            times[number] += time.perf_counter() - since
        del shapes, tree
    return times, sums
