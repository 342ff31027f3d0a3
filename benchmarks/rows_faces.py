"""What is read from the faces after the pass, and the pass again after an amendment, as rows of ``figures``."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.amend import changed_patches, in_one_place, scattered
from benchmarks.city import City, turns
from benchmarks.engines import valid_shapes
from benchmarks.made_city import SIDE, UNITS
from lantu.planar.convert import Grid, faces_to_shapely
from lantu.planar.digest import faces_digest
from lantu.planar.dissolve import Regions, dissolve
from lantu.planar.engine import PlanarEngine
from lantu.planar.quality import perimeters, quality
from lantu.planar.refuse import refuse
from lantu.planar.zones import covered_by

GRID = Grid()
CHANGED = 0.01
LARGE = 100_000
"""Patches a layer above which the pairwise peers are left out: they take minutes to hours."""
NARROW = 10_000.0
"""One metre in grid units."""
LEAST = 2 * 5 * 10**4 * 10**8
"""Five hectares, doubled, in grid units squared."""


def again(city: City, peers: bool) -> list[dict[str, Any]]:
    """Fusing again after 1 % of the patches of every layer changed; the peer is a whole run, which the digest must equal."""
    layers = city.layers(2)
    faces, index = city.partition()
    engine = PlanarEngine(city.threads)
    found = []
    for name, amend in (("in one place", in_one_place), ("scattered", scattered)):
        # as a new release of a plan comes: stored
        after = [
            city.stored(f"{amend.__name__}-{number:02}", lambda layer=layer, amend=amend: amend(layer, CHANGED))
            for number, layer in enumerate(layers)
        ]
        changed = [changed_patches(a, b) for a, b in zip(layers, after, strict=True)]
        figures, mine, whole = turns(
            lambda after=after: refuse(faces, layers, after, index=index, threads=city.threads),
            lambda after=after: engine.overlay(after),
            city.repeat,
        )
        same = faces_digest(mine, "grid") == faces_digest(whole, "grid")
        found.append({
            "work": f"again after {changed} patches changed {name}", "goal": "≤ 5 % of a whole run: ratio ≥ 20", "peer": "whole run",
            "agrees": "same digest" if same else "OTHER DIGEST", **figures,
        })  # fmt: skip
        del mine, whole
    return found


def quality_check(city: City, peers: bool) -> list[dict[str, Any]]:
    """Gaps, overlaps and slivers of the second layer; the peer works on its polygons."""
    faces, _index = city.partition()

    def kernel() -> Any:
        return quality(faces, 1, NARROW, perimeter=perimeters(faces, city.threads))

    peer = None
    if peers and city.patches <= LARGE:
        shapes = valid_shapes(city.layers(2)[1:])[0]
        frame = shapely.box(0, 0, SIDE, SIDE)

        def peer() -> tuple[float, float]:
            tree = shapely.STRtree(shapes)
            a, b = tree.query(shapes, predicate="intersects")
            a, b = a[a < b], b[a < b]
            meet = shapely.relate_pattern(shapes[a], shapes[b], "T********")
            overlap = shapely.area(shapely.intersection(shapes[a[meet]], shapes[b[meet]]))
            return float(overlap.sum()), float(shapely.difference(frame, shapely.union_all(shapes)).area)

    figures, mine, theirs = turns(kernel, peer, city.repeat, 1)
    row = {"work": "quality check of a layer: gaps, overlaps, slivers", "goal": "≤ 4 s at 500k", **figures}
    row["parts"] = [len(mine.gaps), len(mine.overlaps), len(mine.slivers)]
    if peer is not None:
        # the peer counts the overlap of three patches for each of three pairs
        label = faces.label[:, 1]
        pairs = np.array([len(patches) * (len(patches) - 1) / 2 for patches in faces.label_sets] or [0.0])
        several = label < -1
        overlaps = float((faces.area2[several] * pairs[-2 - label[several]]).sum()) / 2e8
        gaps = float(mine.gaps.area2.sum()) / 2e8
        row |= {"peer": "shapely: self-join, union, difference (no slivers)"}
        row["agrees"] = f"overlaps {overlaps:,.1f} / {theirs[0]:,.1f} m², gaps {gaps:,.1f} / {theirs[1]:,.1f} m²"
    return [row]


def _chosen(patches: int, share: float, seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(patches) < share


def siting(city: City, peers: bool) -> list[dict[str, Any]]:
    """Permitted patches of the first layer less forbidden ones of the second, connected to 5 ha and more: outlines out."""
    layers = city.layers(2)
    faces, _index = city.partition()
    arcs = city.arcs()
    permitted, forbidden = _chosen(len(layers[0]), 0.3, 5), _chosen(len(layers[1]), 0.2, 6)

    def kernel() -> Regions:
        mask = covered_by(faces, 0, permitted) & ~covered_by(faces, 1, forbidden)
        return dissolve(faces, np.where(mask, 0, -1), arcs=arcs, least_area2=LEAST)

    peer = None
    if peers and city.patches <= LARGE:
        mine_shapes, their_shapes = valid_shapes(layers)
        mine_shapes, their_shapes = mine_shapes[permitted], their_shapes[forbidden]

        def peer() -> NDArray[np.object_]:
            a, b = shapely.STRtree(their_shapes).query(mine_shapes, predicate="intersects")
            rest = mine_shapes.copy()
            cuts = np.searchsorted(a, np.arange(len(mine_shapes) + 1))
            for k in np.unique(a).tolist():
                rest[k] = shapely.difference(rest[k], shapely.union_all(their_shapes[b[cuts[k] : cuts[k + 1]]]))
            parts = shapely.get_parts(shapely.union_all(rest))
            return parts[shapely.area(parts) >= 50_000]

    figures, mine, theirs = turns(kernel, peer, city.repeat, 1)
    row = {"work": "siting: mask, zones ≥ 5 ha, outlines", "goal": "≤ 0.5 s at 500k", "parts": len(mine), **figures}
    if peer is not None:
        row |= {"peer": "shapely patch by patch", "agrees": f"zones {len(mine):,} / {len(theirs):,}"}
        row["agrees"] += f", area {float(mine.area2.sum()) / 2e8 / max(float(shapely.area(theirs).sum()), 1e-9) - 1:.1e}"
    return [row]


def dissolving(city: City, peers: bool) -> list[dict[str, Any]]:
    """By a class of the first layer (twelve, at random: most outlines stay) and by districts (a hundred: few stay)."""
    layer = city.layers(1)[0]
    faces, _index = city.partition()
    arcs = city.arcs()
    first = layer.xy[layer.ring_start[layer.patch_start[:-1]]] // int(SIDE * 1000 * UNITS / 10 + 1)
    keys = {"class": np.random.default_rng(4).integers(0, 12, len(layer)), "district": first[:, 0] * 10 + first[:, 1]}
    label = faces.label[:, 0]
    shapes = faces_to_shapely(faces, GRID) if peers and city.patches <= LARGE else None
    found = []
    for name, values in keys.items():
        key = np.where(label >= 0, values[np.maximum(label, 0)], -1)
        peer = None
        if shapes is not None:

            def peer(key: NDArray[np.int64] = key) -> list[Any]:
                return [shapely.coverage_union_all(shapes[key == value]) for value in np.unique(key[key >= 0])]

        figures, mine, theirs = turns(lambda key=key: dissolve(faces, key, arcs=arcs), peer, city.repeat, 1)
        row = {"work": f"dissolve by {name}", "goal": "≤ 0.5 s at 500k", "parts": len(mine), "vertices": len(mine.xy), **figures}
        if theirs is not None:
            regions, area = sum(shapely.get_num_geometries(theirs).tolist()), float(shapely.area(theirs).sum())
            row |= {"peer": "shapely coverage_union_all"}
            row["agrees"] = f"regions {len(mine):,} / {regions:,}, area {float(mine.area2.sum()) / 2e8 / area - 1:.1e}"
        found.append(row)
    return found
