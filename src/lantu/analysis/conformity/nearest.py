"""How far the nearest patch of a line is that the site does not touch: by the faces around it, ever further out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Partition
from lantu.planar.convert import faces_to_shapely

REACHES = (250.0, 1_500.0, 6_000.0)
"""Metres around the site in which is looked, one after another."""


def distances(
    partition: Partition, site: BaseGeometry, wanted: Mapping[str, tuple[int, NDArray[np.bool_] | None]], furthest: float
) -> dict[str, float]:
    """Metres from the site (metres) to the nearest face of each line; a line without one within ``furthest`` is left out.

    ``wanted``: key → (label column, (patches,) which patches count, None = all).
    """
    found: dict[str, float] = {}
    box = np.array(site.bounds).reshape(2, 2)
    for reach in [*(value for value in REACHES if value < furthest), furthest]:
        open_keys = [key for key in wanted if key not in found]
        if not open_keys:
            break
        low, high = partition.plane.snap(box + np.array([[-reach, -reach], [reach, reach]]))
        near = partition.index.window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        labels = partition.faces.label[near]
        for key in open_keys:
            column, patches = wanted[key]
            there = near[_holds(partition, labels[:, column], patches)]
            if not len(there):
                continue
            distance = float(shapely.distance(site, faces_to_shapely(partition.faces, partition.plane, there)).min())
            if distance <= reach:  # what lies further than the window reaches may be beaten by something outside of it
                found[key] = distance
    return found


def _holds(partition: Partition, label: NDArray[np.int32], patches: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    if patches is None:
        return np.asarray(label != -1)
    result = np.zeros(len(label), dtype=bool)
    single = label >= 0
    result[single] = patches[label[single]]
    for row in np.flatnonzero(label < -1):
        result[row] = patches[list(partition.faces.label_sets[-2 - label[row]])].any()
    return result
