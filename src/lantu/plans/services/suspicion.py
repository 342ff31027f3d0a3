"""Whether degrees come from an internet map (GCJ-02, BD-09): told by the ground the platform knows already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from lantu.geodesy.transform import transform
from lantu.geodesy.webmaps import back, to_bd09, to_gcj02
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.plans.readers import LayerInfo, Notice
from lantu.standards import selectors

_NEAR_M, _FAR_M = 3.0, 12.0
"""Median distance of the vertices to known boundaries: so near when moved back, so far as they are."""
_POINTS, _PATCHES = 400, 4000
_ROOM_DEGREES = 0.02
_SYSTEMS = (("GCJ-02", to_gcj02), ("BD-09", to_bd09))


def suspected(layer: LayerInfo) -> LayerInfo:
    """The layer with a warning when its first features fit the patches in force once moved back from an internet map."""
    found = layer.frame.frame if layer.frame else None
    if found is None or not found.geographic:
        return layer
    shapes = [feature.geometry for feature in layer.sample if feature.geometry is not None]
    points = shapely.get_coordinates(shapes)[:_POINTS]
    if len(points) < 8:
        return layer
    west, south = points.min(axis=0) - _ROOM_DEGREES
    east, north = points.max(axis=0) + _ROOM_DEGREES
    patches = PlanPatch.objects.filter(release__state=PlanRelease.State.RELEASED).in_window(west, south, east, north)
    known = np.array([patch.geometry for patch in patches.only("geometry")[:_PATCHES]], dtype=object)
    if not len(known):
        return layer
    grid = selectors.working_grid()
    way = transform(grid.statutory_epsg, grid.epsg)
    tree = shapely.STRtree(shapely.boundary(way.geometries(known)))

    def distance(lonlat: np.ndarray) -> float:
        _pairs, metres = tree.query_nearest(shapely.points(way.points(lonlat)), return_distance=True, all_matches=False)
        return float(np.median(metres))

    if distance(points) < _FAR_M:
        return layer
    for name, forward in _SYSTEMS:
        if distance(back(forward, points)) <= _NEAR_M:
            return replace(layer, notices=(*layer.notices, Notice("webmap-likely", layer.name, {"system": name})))
    return layer
