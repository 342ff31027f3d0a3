"""Smooth random fields and organic outlines, in metres of the working system. Everything comes from the generator it is given."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Waves:
    """A smooth field of about -1 … 1 over the plane: a sum of random waves of about the given length (metres)."""

    def __init__(self, rng: np.random.Generator, length_m: float, count: int = 12) -> None:
        angle = rng.uniform(0, 2 * np.pi, count)
        number = 2 * np.pi / (length_m * rng.uniform(0.6, 1.6, count))
        self._kx, self._ky = number * np.cos(angle), number * np.sin(angle)
        self._phase = rng.uniform(0, 2 * np.pi, count)
        self._norm = np.sqrt(2.0 / count)

    def __call__(self, xy: Floats) -> Floats:
        """Value at each row of ``xy`` (n, 2)."""
        phase = xy[:, :1] * self._kx + xy[:, 1:2] * self._ky + self._phase
        return np.asarray(np.cos(phase).sum(axis=1) * self._norm / 1.2)


def blob(
    rng: np.random.Generator, centre: Floats, radius: float, rough: float = 0.25, stretch: float = 1.0, *, points: int = 48
) -> shapely.Polygon:
    """A closed organic outline around ``centre`` (x, y).

    ``rough`` is the share by which the radius varies, ``stretch`` the ratio of its axes.
    """
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for order in range(2, 8):
        reach += rough / order * rng.normal() * np.cos(order * turn + rng.uniform(0, 2 * np.pi))
    reach = radius * np.clip(reach, 0.35, 1.9)
    tilt = rng.uniform(0, np.pi)
    along, across = reach * np.cos(turn) * np.sqrt(stretch), reach * np.sin(turn) / np.sqrt(stretch)
    x = centre[0] + along * np.cos(tilt) - across * np.sin(tilt)
    y = centre[1] + along * np.sin(tilt) + across * np.cos(tilt)
    return shapely.Polygon(np.column_stack([x, y]))


def wander(rng: np.random.Generator, start: Floats, end: Floats, levels: int, share: float) -> Floats:
    """The straight line from ``start`` to ``end`` made natural: midpoints are moved sideways by up to ``share`` of each piece's length."""
    points = np.array([start, end])
    for _ in range(levels):
        step = points[1:] - points[:-1]
        side = np.column_stack([-step[:, 1], step[:, 0]]) * rng.uniform(-share, share, (len(step), 1))
        joined = np.empty((2 * len(points) - 1, 2))
        joined[0::2], joined[1::2] = points, points[:-1] + step / 2 + side
        points = joined
    return points


def curve(points: Floats, rounds: int = 4) -> Floats:
    """Round off the corners of a line (Chaikin's corner cutting); the ends stay."""
    for _ in range(rounds):
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        middle = np.empty((2 * len(near), 2))
        middle[0::2], middle[1::2] = near, far
        points = np.vstack([points[:1], middle, points[-1:]])
    return points
