"""Rasters in the store: a folder of columns by digest; opened once, mapped from disk."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.models import HeightRaster
from lantu.analysis.terrain.slopes import nearest, runs_of, slope_of, zone_slopes
from lantu.analysis.terrain.warping import FloatArray, Lattice, sample
from lantu.core.errors import Conflict
from lantu.documents.composing import canonical
from lantu.geodesy.grid import WorkingGrid
from lantu.geodesy.transform import transform
from lantu.planar.convert import ranges
from lantu.planar.store import read_column, read_meta, write_columns
from lantu.standards import selectors as standards


@dataclass(frozen=True, eq=False)
class Terrain:
    """A raster ready to be asked. ``heights`` in metres and ``slope`` in percent (rows, columns), NaN where there is none."""

    number: str
    title: str
    digest: str
    lattice: Lattice
    heights: NDArray[np.float32]
    slope: NDArray[np.float32]

    def facts(self) -> dict[str, Any]:
        """As a record keeps it."""
        return {"number": self.number, "title": self.title, "digest": self.digest, "cell_m": self.lattice.cell}

    def heights_at(self, metres: FloatArray) -> FloatArray:
        """(n,) heights at points in metres of the working plane, bilinear."""
        return sample(self.heights, *self.lattice.positions(metres))

    def slope_at(self, metres: FloatArray) -> FloatArray:
        """(n,) slope in percent of the cells that points lie in."""
        return nearest(self.slope, self.lattice, metres)

    def site(self, shape: BaseGeometry, threshold: float) -> dict[str, Any] | None:
        """What a record says of a site in metres: slopes in percent, heights in metres; None where no slope is known."""
        found = zone_slopes(np.array([shape], dtype=object), self.lattice, self.slope, threshold)
        if not found.known[0]:
            return None
        inner = self._heights_in(shape)
        return {
            "raster": self.facts(),
            "mean": round(float(found.mean[0]), 2),
            "most": round(float(found.most[0]), 2),
            "steep": round(float(found.steep[0]), 4),
            "threshold": threshold,
            "lowest_m": round(float(inner.min()), 2) if len(inner) else None,
            "highest_m": round(float(inner.max()), 2) if len(inner) else None,
            "cells": int(found.cells[0]),
            "known": int(found.known[0]),
        }

    def _heights_in(self, shape: BaseGeometry) -> NDArray[np.float32]:
        runs = runs_of(np.array([shape], dtype=object), self.lattice)
        first, stop = np.clip(runs.first, 0, self.lattice.columns), np.clip(runs.stop, 0, self.lattice.columns)
        keep = (runs.row >= 0) & (runs.row < self.lattice.rows) & (stop > first)
        values = self.heights[np.repeat(runs.row[keep], stop[keep] - first[keep]), ranges(first[keep], stop[keep])]
        return np.asarray(values[~np.isnan(values)])


def _folder(digest: str) -> Path:
    return Path(settings.LANTU_STORE) / "terrain" / digest


def digest_of(heights: NDArray[np.float32], lattice: Lattice) -> str:
    """SHA-256 of lattice and heights; missing ones are all the same NaN."""
    total = hashlib.sha256(canonical(asdict(lattice)) + b"\0")
    for row in heights:
        total.update(np.where(np.isnan(row), np.float32("nan"), row).astype("<f4").tobytes())
    return total.hexdigest()


def write(heights: NDArray[np.float32], lattice: Lattice) -> str:
    """Keep the heights with their slopes; returns the digest."""
    digest = digest_of(heights, lattice)
    columns: dict[str, NDArray[Any]] = {"heights": heights, "slope": slope_of(heights, lattice.cell)}
    write_columns(_folder(digest), columns, {"kind": "terrain", **asdict(lattice)})
    return digest


def terrain_of(row: HeightRaster) -> Terrain:
    """A loaded raster, also one that was taken out of use since. Raises ``Conflict`` when it is not in the store."""
    if not _folder(row.digest).exists():
        raise Conflict(
            _("高程栅格 %(number)s 不在本机存储里。") % {"number": row.number},
            how=_("请恢复存储的备份，或重新载入。"),
            where=row.digest[:16],
        )
    lattice, heights, slope = _open(str(_folder(row.digest)))
    return Terrain(row.number, row.title, row.digest, lattice, heights, slope)


@functools.lru_cache(maxsize=4)
def _open(folder: str) -> tuple[Lattice, NDArray[np.float32], NDArray[np.float32]]:
    path = Path(folder)
    meta = read_meta(path)
    lattice = Lattice(**{name: meta[name] for name in Lattice.__dataclass_fields__})
    return lattice, read_column(path, "heights"), read_column(path, "slope")


def terrain_for(grid: WorkingGrid, shape: BaseGeometry | None = None) -> Terrain | None:
    """The raster in use for a shape in metres (None: the city): that which covers most of its box, of several the finest."""
    rows = HeightRaster.objects.filter(removed_at=None, epsg=grid.epsg).order_by("cell_m", "-made_at", "-pk")
    found = [terrain_of(row) for row in rows if _folder(row.digest).exists()]
    if not found:
        return None
    box = _city(grid) if shape is None else shapely.box(*shape.bounds).buffer(1.0)
    shares = [round(shapely.box(*one.lattice.box).intersection(box).area / box.area, 3) for one in found]
    best = max(range(len(found)), key=lambda n: (shares[n], -n))
    return found[best] if shares[best] > 0 else None


def _city(grid: WorkingGrid) -> BaseGeometry:
    outline = shapely.segmentize(shapely.box(*standards.city_extent()), 0.05)
    return shapely.transform(outline, transform(grid.statutory_epsg, grid.epsg).points)
