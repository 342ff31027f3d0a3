"""Georeferencing by control points (控制点配准): from pixels of a scanned sheet to metres of the working system.

Pixels count from the upper left corner of the picture, x to the right, y down, in whole-pixel units (0.5 = middle of the first).
Metres are (east, north). Every way is fitted by least squares to centred and scaled numbers, so that large coordinates lose nothing;
the thin plate spline goes through its points. Sources: affine and projective as in photogrammetry text books (DLT for the
projective one), thin plate spline after Bookstein 1989.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Function = Callable[[FloatArray], FloatArray]

METHODS: dict[str, int] = {"affine": 3, "projective": 4, "polynomial2": 6, "polynomial3": 10, "spline": 3}
"""The ways and how many control points each needs at least."""
_NEWTON = 30
_DEGENERATE = 1e-9


class NotEnough(ValueError):
    """Too few control points for a way; ``needed`` says how many it takes."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"{needed} control points needed")
        self.needed = needed


class Degenerate(ValueError):
    """The control points lie on one line, or two of them on one spot: nothing follows from them."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted way. ``residuals`` (n, 2): fitted minus given, m. ``left_out`` (n,): how far, in m, each point lies from where the
    others put it (the check of a way that goes through its points); NaN where the others are too few."""

    method: str
    forward: Function
    residuals: FloatArray
    left_out: FloatArray

    @property
    def errors(self) -> FloatArray:
        """(n,) length of each residual in m."""
        length: FloatArray = np.hypot(self.residuals[:, 0], self.residuals[:, 1])
        return length

    @property
    def rms(self) -> float:
        """Root mean square of the residuals in m."""
        return float(np.sqrt(np.mean(self.errors**2)))

    def inverse(self, metres: FloatArray, start: FloatArray) -> FloatArray:
        """(n, 2) pixels of places in metres, by Newton's method from the affine guess ``start``; NaN where it does not settle."""
        pixels = np.array(start, dtype=np.float64)
        for _round in range(_NEWTON):
            miss = self.forward(pixels) - metres
            right, down = self.forward(pixels + np.array([1.0, 0.0])), self.forward(pixels + np.array([0.0, 1.0]))
            here = miss + metres
            a, b = right - here, down - here
            determinant = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.column_stack((miss[:, 0] * b[:, 1] - miss[:, 1] * b[:, 0], a[:, 0] * miss[:, 1] - a[:, 1] * miss[:, 0]))
                step /= determinant[:, None]
            pixels = pixels - step
            if np.nanmax(np.abs(step), initial=0.0) < 1e-6:
                break
        pixels[~(np.abs(step).max(axis=1) < 1e-3)] = np.nan
        return pixels


def fit(method: str, pixels: FloatArray, metres: FloatArray) -> Fit:
    """The way through control points: ``pixels`` (n, 2) ↔ ``metres`` (n, 2). Raises ``NotEnough``, ``Degenerate``, ``KeyError``."""
    needed = METHODS[method]
    pixels, metres = np.asarray(pixels, dtype=np.float64), np.asarray(metres, dtype=np.float64)
    if len(pixels) < needed:
        raise NotEnough(needed)
    forward = _solve(method, pixels, metres)
    left_out = np.full(len(pixels), np.nan)
    if len(pixels) > needed:
        for i in range(len(pixels)):
            rest = np.arange(len(pixels)) != i
            try:
                others = _solve(method, pixels[rest], metres[rest])
            except Degenerate:
                continue
            left_out[i] = float(np.hypot(*(others(pixels[i : i + 1]) - metres[i : i + 1])[0]))
    return Fit(method, forward, forward(pixels) - metres, left_out)


def affine_inverse(fitted: Fit, width: float, height: float) -> Function:
    """The best affine way back, from the corners and middle of a picture: where Newton's method starts."""
    corners = np.array([[x, y] for x, y in product((0.0, width / 2, width), (0.0, height / 2, height))])
    return _solve("affine", fitted.forward(corners), corners)


def _solve(method: str, pixels: FloatArray, metres: FloatArray) -> Function:
    source, target = _Scale.of(pixels), _Scale.of(metres)
    p, m = source.to(pixels), target.to(metres)
    spread = np.linalg.svd(p - p.mean(axis=0), compute_uv=False)
    if spread[-1] < 1e-6 * max(spread[0], 1e-12):
        raise Degenerate(method)
    core = {"affine": _polynomial(1), "polynomial2": _polynomial(2), "polynomial3": _polynomial(3)}.get(method)
    run = core(p, m) if core else _projective(p, m) if method == "projective" else _spline(p, m)
    return lambda xy: target.back(run(source.to(np.asarray(xy, dtype=np.float64))))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Centre and size of points, so that sums are made of numbers near one."""

    centre: FloatArray
    size: float

    @classmethod
    def of(cls, points: FloatArray) -> _Scale:
        centre = points.mean(axis=0)
        return cls(centre, float(np.abs(points - centre).max()) or 1.0)

    def to(self, points: FloatArray) -> FloatArray:
        return (points - self.centre) / self.size

    def back(self, points: FloatArray) -> FloatArray:
        return points * self.size + self.centre


def _least_squares(matrix: FloatArray, values: FloatArray) -> FloatArray:
    solved, _rest, rank, _singular = np.linalg.lstsq(matrix, values, rcond=_DEGENERATE)
    if rank < matrix.shape[1]:
        raise Degenerate("rank")
    return np.asarray(solved)


def _polynomial(degree: int) -> Callable[[FloatArray, FloatArray], Function]:
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]

    def terms(xy: FloatArray) -> FloatArray:
        return np.column_stack([xy[:, 0] ** i * xy[:, 1] ** j for i, j in powers])

    def solve(p: FloatArray, m: FloatArray) -> Function:
        weights = _least_squares(terms(p), m)
        return lambda xy: terms(xy) @ weights

    return solve


def _projective(p: FloatArray, m: FloatArray) -> Function:
    """Eight parameters: x' = (a x + b y + c) / (g x + h y + 1), y' likewise. Refined until it is the least squares of distances."""
    ones, zeros = np.ones(len(p)), np.zeros(len(p))
    weights = np.ones(len(p))
    values = np.zeros(8)
    for _round in range(20):
        x, y = p.T
        rows_x = np.column_stack((x, y, ones, zeros, zeros, zeros, -m[:, 0] * x, -m[:, 0] * y))
        rows_y = np.column_stack((zeros, zeros, zeros, x, y, ones, -m[:, 1] * x, -m[:, 1] * y))
        matrix = np.concatenate((rows_x * weights[:, None], rows_y * weights[:, None]))
        found = _least_squares(matrix, np.concatenate((m[:, 0] * weights, m[:, 1] * weights)))
        depth = 1 + found[6] * x + found[7] * y
        if (depth <= _DEGENERATE).any():
            raise Degenerate("horizon")  # a control point behind the horizon: the points are mixed up
        weights = 1 / depth
        if np.abs(found - values).max() < 1e-12:
            break
        values = found
    a = found

    def run(xy: FloatArray) -> FloatArray:
        x, y = xy.T
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = a[6] * x + a[7] * y + 1
            return np.column_stack(((a[0] * x + a[1] * y + a[2]) / depth, (a[3] * x + a[4] * y + a[5]) / depth))

    return run


def _spline(p: FloatArray, m: FloatArray) -> Function:
    """The smoothest surface through all points: U(r) = r² log r² plus an affine part (Bookstein 1989)."""
    count = len(p)
    frame = np.column_stack((np.ones(count), p))
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _bending(p, p)
    system[:count, count:], system[count:, :count] = frame, frame.T
    values = np.zeros((count + 3, 2))
    values[:count] = m
    weights = _least_squares(system, values)
    return lambda xy: _bending(xy, p) @ weights[:count] + np.column_stack((np.ones(len(xy)), xy)) @ weights[count:]


def _bending(xy: FloatArray, knots: FloatArray) -> FloatArray:
    square = ((xy[:, None, :] - knots[None, :, :]) ** 2).sum(axis=2)
    bend: FloatArray = np.where(square > 0, square * np.log(np.where(square > 0, square, 1.0)), 0.0)
    return bend
