"""Colour regions of a scanned plan to polygons: each pixel goes to the nearest colour of the legend, lines and letters are filled from
beside, crumbs go to the neighbour they share most edge with, and the borders are traced once for both sides.

Pictures are (height, width, 3) uint8; labels are (height, width) int; polygons are in pixel corners, x right, y down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Labels = NDArray[np.int32]
ObjectArray = NDArray[np.object_]
Color = tuple[int, int, int]
UNKNOWN = -1
PAPER = 0
"""Label of the paper; the legend's colours follow from 1."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How pixels become regions. ``tolerance``: colour distance (CIE 1976) up to which a pixel is of a colour; ``line_px``: lines and
    letters up to this width are filled; ``smallest_px``: regions below this area, ``narrowest_px``: of less mean width, are crumbs;
    ``smooth_px``: how far a border may be straightened."""

    tolerance: float = 18.0
    line_px: int = 12
    smallest_px: int = 150
    narrowest_px: float = 4.0
    smooth_px: float = 1.5


@dataclass(frozen=True, slots=True)
class Regions:
    """What was found: ``polygons`` (n,) with their ``labels`` (n,)."""

    polygons: ObjectArray
    labels: Labels


def color_at(image: Image.Image, x: float, y: float, reach: int = 2) -> Color:
    """The colour that one means when clicking there: the median of the pixels around."""
    box = (max(0, int(x) - reach), max(0, int(y) - reach), min(image.width, int(x) + reach + 1), min(image.height, int(y) + reach + 1))
    pixels = np.asarray(image.crop(box).convert("RGB")).reshape(-1, 3)
    red, green, blue = (int(value) for value in np.median(pixels, axis=0))
    return red, green, blue


def paper_color(image: Image.Image) -> Color:
    """The colour of the paper: the most frequent one along the edge of the picture."""
    picture = np.asarray(image.convert("RGB"))
    band = max(2, min(picture.shape[:2]) // 100)
    edge = np.concatenate([part.reshape(-1, 3) for part in (picture[:band], picture[-band:], picture[:, :band], picture[:, -band:])])
    coarse, counts = np.unique(edge // 12, axis=0, return_counts=True)
    found = edge[(edge // 12 == coarse[counts.argmax()]).all(axis=1)]
    red, green, blue = (int(value) for value in np.median(found, axis=0))
    return red, green, blue


def extract(
    image: Image.Image,
    legend: Sequence[Color],
    settings: Settings | None = None,
    tell: Callable[[float, str], None] = lambda share, step: None,
) -> Regions:
    """The regions of the legend's colours (labels 1…n in its order); the paper and what fits no colour are left out."""
    chosen = settings or Settings()
    smooth = np.asarray(image.convert("RGB").filter(ImageFilter.MedianFilter(5)))
    tell(0.1, "colours")
    labels = classify(smooth, [paper_color(image), *legend], chosen.tolerance)
    tell(0.3, "lines")
    labels = fill(labels, chosen.line_px)
    tell(0.5, "crumbs")
    parts, kinds = components(labels)
    parts, kinds = absorb(parts, kinds, chosen)
    tell(0.7, "borders")
    polygons, which = trace(parts, chosen.smooth_px)
    good = kinds[which] > PAPER
    tell(1.0, "")
    return Regions(polygons[good], kinds[which][good])


def classify(picture: NDArray[np.uint8], colors: Sequence[Color], tolerance: float) -> Labels:
    """(h, w) the position of the nearest colour, ``UNKNOWN`` where none is within the tolerance."""
    wanted = _lab(np.array(colors, dtype=np.float32).reshape(-1, 1, 3))[:, 0]
    labels: Labels = np.full(picture.shape[:2], UNKNOWN, np.int32)
    for first in range(0, picture.shape[0], 256):  # a band at a time: colour space takes room
        band = _lab(picture[first : first + 256].astype(np.float32))
        away = np.stack([((band - color) ** 2).sum(axis=2) for color in wanted])
        nearest = away.argmin(axis=0)
        close = np.take_along_axis(away, nearest[None], axis=0)[0] <= tolerance**2
        labels[first : first + 256][close] = nearest[close]
    return labels


def fill(labels: Labels, width: int) -> Labels:
    """Unknown strips up to ``width`` pixels wide are given to what lies beside them, from both sides to the middle."""
    filled = labels.copy()
    for _step in range((width + 1) // 2 + 1):
        missing = filled == UNKNOWN
        if not missing.any():
            break
        before = filled.copy()
        for target, source in _SHIFTS:
            take = missing[target] & (before[source] != UNKNOWN) & (filled[target] == UNKNOWN)
            filled[target][take] = before[source][take]
    return filled


_ALL, _HEAD, _TAIL = slice(None), slice(None, -1), slice(1, None)
_SHIFTS = (((_ALL, _TAIL), (_ALL, _HEAD)), ((_ALL, _HEAD), (_ALL, _TAIL)), ((_TAIL, _ALL), (_HEAD, _ALL)), ((_HEAD, _ALL), (_TAIL, _ALL)))


def components(labels: Labels) -> tuple[Labels, Labels]:
    """(h, w) number of the connected region of each pixel (by edges), and (n,) the label of each region."""
    height, width = labels.shape
    starts = np.ones((height, width), bool)
    starts[:, 1:] = labels[:, 1:] != labels[:, :-1]
    run = np.cumsum(starts.ravel()).reshape(height, width) - 1  # runs of equal pixels along the rows
    count = int(run[-1, -1]) + 1
    joined = labels[1:] == labels[:-1]
    pairs = np.unique(np.column_stack((run[:-1][joined], run[1:][joined])), axis=0)
    parent = list(range(count))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b in pairs.tolist():
        first, second = root(a), root(b)
        if first != second:
            parent[max(first, second)] = min(first, second)
    roots = np.array([root(i) for i in range(count)])
    kept, number = np.unique(roots, return_inverse=True)
    parts: Labels = number.astype(np.int32)[run]
    kinds: Labels = labels.ravel()[np.flatnonzero(starts.ravel())[kept]].astype(np.int32)
    return parts, kinds


def absorb(parts: Labels, kinds: Labels, settings: Settings) -> tuple[Labels, Labels]:
    """Crumbs, smallest first, go to the neighbour they share the longest border with; neighbours of one label become one."""
    areas = np.bincount(parts.ravel(), minlength=len(kinds)).astype(float)
    borders: list[Counter[int]] = [Counter() for _ in kinds]
    for a, b in ((parts[:, 1:], parts[:, :-1]), (parts[1:], parts[:-1])):
        other = a != b
        pairs, lengths = np.unique(np.column_stack((a[other], b[other])), axis=0, return_counts=True)
        for (one, two), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
            borders[one][two] += length
            borders[two][one] += length
    into = list(range(len(kinds)))

    def is_crumb(one: int) -> bool:
        around = borders[one].total()
        return bool(areas[one] < settings.smallest_px or (around and 2 * areas[one] / around < settings.narrowest_px))

    waiting = sorted((i for i in range(len(kinds)) if is_crumb(i)), key=lambda i: areas[i])
    for crumb in waiting:
        if into[crumb] != crumb or not borders[crumb] or not is_crumb(crumb):
            continue
        # a known colour is preferred to the unknown with the same claim
        best = max(borders[crumb], key=lambda one: (borders[crumb][one] * (0.5 if kinds[one] == UNKNOWN else 1.0), -one))
        same = [one for one in borders[crumb] if one != best and kinds[one] == kinds[best]]
        for gone in (crumb, *same):  # what the crumb had kept apart becomes one region
            into[gone] = best
            areas[best] += areas[gone]
            for beside, length in borders[gone].items():
                borders[beside].pop(gone, None)
                if beside != best:
                    borders[best][beside] += length
                    borders[beside][best] += length
            borders[best].pop(gone, None)
            borders[gone] = Counter()
    final = np.arange(len(kinds))
    for i in range(len(kinds)):
        one = i
        while into[one] != one:
            one = into[one]
        final[i] = one
    kept, number = np.unique(final, return_inverse=True)
    return number.astype(np.int32)[parts], kinds[kept]


def trace(parts: Labels, smooth: float = 0.0) -> tuple[ObjectArray, Labels]:
    """Polygons of all regions and the number of the region of each. A border between two junctions is straightened once, by at most
    ``smooth`` pixels (Douglas–Peucker), and serves both sides."""
    height, width = parts.shape
    framed = np.full((height + 2, width + 2), -1, np.int32)
    framed[1:-1, 1:-1] = parts
    y, x = np.nonzero(framed[1:] != framed[:-1])  # borders that run along the rows
    flat = np.stack((np.column_stack((x - 1, y)), np.column_stack((x, y))), axis=1)
    y, x = np.nonzero(framed[:, 1:] != framed[:, :-1])
    upright = np.stack((np.column_stack((x, y - 1)), np.column_stack((x, y))), axis=1)
    edges = shapely.linestrings(np.concatenate((flat, upright)).astype(float))
    borders = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(edges)))
    if smooth:
        borders = shapely.get_parts(shapely.union_all(shapely.simplify(borders, smooth, preserve_topology=False)))
    faces = shapely.get_parts(shapely.polygonize(borders))
    if not len(faces):
        return np.empty(0, dtype=object), np.empty(0, np.int32)
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    which: Labels = parts[inside[:, 1].astype(int).clip(0, height - 1), inside[:, 0].astype(int).clip(0, width - 1)]
    return faces, which


def _lab(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, 3) sRGB 0–255 to CIE L*a*b* under D65."""
    unit = rgb / 255
    linear = np.where(unit > 0.04045, ((unit + 0.055) / 1.055) ** 2.4, unit / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.089], np.float32)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab: NDArray[np.float32] = np.stack(
        (116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])), axis=-1
    )
    return lab
