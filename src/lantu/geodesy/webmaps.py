"""Coordinates of internet maps: GCJ-02 and BD-09, which look like degrees of WGS 84 and lie some hundred metres off.

The published approximations; good to about a metre, enough to say what a file is likely to be in, never to bring data in by them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_A, _E2 = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0


def to_gcj02(lonlat: FloatArray) -> FloatArray:
    """(n, 2) true degrees to GCJ-02."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    common = (20.0 * np.sin(6 * np.pi * x) + 20.0 * np.sin(2 * np.pi * x)) * 2 / 3
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160.0 * np.sin(np.pi / 12 * y) + 320.0 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150.0 * np.sin(np.pi / 12 * x) + 300.0 * np.sin(np.pi / 30 * x)) * 2 / 3
    lat = np.radians(lonlat[:, 1])
    magic = 1 - _E2 * np.sin(lat) ** 2
    d_lat = np.degrees(north * magic**1.5 / (_A * (1 - _E2)))
    d_lon = np.degrees(east * np.sqrt(magic) / (_A * np.cos(lat)))
    return lonlat + np.column_stack((d_lon, d_lat))


def to_bd09(lonlat: FloatArray) -> FloatArray:
    """(n, 2) true degrees to BD-09, by way of GCJ-02."""
    x, y = to_gcj02(lonlat).T
    z = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return np.column_stack((z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006))


def back(forward: Callable[[FloatArray], FloatArray], lonlat: FloatArray) -> FloatArray:
    """The true degrees of which ``forward`` gives ``lonlat`` (fixed-point iteration)."""
    guess = lonlat.copy()
    for _ in range(6):
        guess = guess + (lonlat - forward(guess))
    return guess
