"""What lies under a line: the faces it runs through, from where to where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.partition import Partition, PartitionLayer
from lantu.planar.convert import faces_to_shapely
from lantu.planar.model import IntArray

FloatArray = NDArray[np.float64]
PIECE_M = 2_000.0
"""Longer segments are asked for piece by piece: the box of a long oblique one holds too many faces."""
LEAST_M = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A line: its vertices in metres of the plane, and how far along it (metres on the ellipsoid) each of them is."""

    metres: FloatArray
    along: FloatArray

    @property
    def length_m(self) -> float:
        return float(self.along[-1])

    def at(self, distance: FloatArray) -> FloatArray:
        """(n, 2) points in metres so far along."""
        return np.column_stack([np.interp(distance, self.along, self.metres[:, axis]) for axis in (0, 1)])


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """The faces along a line in order: from ``start`` to ``stop`` metres along it runs through ``face`` (-1: outside of all)."""

    start: FloatArray
    stop: FloatArray
    face: IntArray


def course_of(partition: Partition, degrees: BaseGeometry) -> Course:
    """The course of a line string in degrees."""
    lonlat = shapely.get_coordinates(degrees)
    ellipsoid = partition.grid.ellipsoid
    _forth, _back, length = pyproj.Geod(a=ellipsoid.a, b=ellipsoid.b).inv(lonlat[:-1, 0], lonlat[:-1, 1], lonlat[1:, 0], lonlat[1:, 1])
    return Course(shapely.get_coordinates(partition.to_plane(degrees)), np.concatenate([[0.0], np.cumsum(length)]))


def crossed(partition: Partition, course: Course) -> Crossed:
    """The faces that a course runs through; along a border it is the first of the two."""
    start, stop, ends = _pieces(course)
    lines = shapely.linestrings(ends)
    faces = _near(partition, ends)
    shapes = faces_to_shapely(partition.faces, partition.plane, faces)
    piece, other = shapely.STRtree(shapes).query(lines, predicate="intersects")
    common, source = shapely.get_parts(shapely.intersection(lines[piece], shapes[other]), return_index=True)
    real = shapely.get_type_id(common) == 1
    common, piece, face = common[real], piece[source][real], faces[other[source][real]]
    first, last = (shapely.get_coordinates(shapely.get_point(common, end)) for end in (0, -1))
    begin, vector = ends[piece, 0], ends[piece, 1] - ends[piece, 0]
    square = (vector**2).sum(axis=1)
    shares = np.sort([((end - begin) * vector).sum(axis=1) / square for end in (first, last)], axis=0)
    span = stop[piece] - start[piece]
    return _in_order(course.length_m, start[piece] + shares[0] * span, start[piece] + shares[1] * span, face)


def _pieces(course: Course) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Segments of at most ``PIECE_M``: where they begin and end along the line, and their (n, 2, 2) ends in metres."""
    marks = [course.along[:1]]
    for a, b in zip(course.along[:-1], course.along[1:], strict=True):
        marks.append(np.linspace(a, b, int(np.ceil((b - a) / PIECE_M)) + 1)[1:] if b > a else np.empty(0))
    along = np.concatenate(marks)
    points = course.at(along)
    return along[:-1], along[1:], np.stack([points[:-1], points[1:]], axis=1)


def _near(partition: Partition, ends: FloatArray) -> IntArray:
    found = [np.empty(0, dtype=np.int64)]
    for low, high in zip(partition.plane.snap(ends.min(axis=1)), partition.plane.snap(ends.max(axis=1)), strict=True):
        found.append(partition.index.window(int(low[0]), int(low[1]), int(high[0]), int(high[1])))
    return np.unique(np.concatenate(found))


def _in_order(length: float, start: FloatArray, stop: FloatArray, face: IntArray) -> Crossed:
    """One run after another, without gaps: what is between is outside of all faces, what is doubled goes to the first."""
    runs: list[tuple[float, float, int]] = []
    at = 0.0
    for k in np.lexsort((face, -stop, start)).tolist():
        begin, end = max(float(start[k]), at), float(stop[k])
        if end - begin < LEAST_M:
            continue
        if begin - at >= LEAST_M:
            runs.append((at, begin, -1))
        runs.append((runs[-1][1] if runs else 0.0, end, int(face[k])))
        at = end
    if length - at >= LEAST_M or not runs:
        runs.append((at, length, -1))
    columns = np.array(runs)
    return Crossed(columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64))


def band_of(partition: Partition, layer: PartitionLayer, found: Crossed) -> list[dict[str, Any]]:
    """The classes of a layer along the line: runs of one code; left out where the layer has nothing. ``code`` is empty without codes."""
    columns = partition.columns(layer.code)
    runs: list[dict[str, Any]] = []
    for start, stop, face in zip(found.start.tolist(), found.stop.tolist(), found.face.tolist(), strict=True):
        label = int(partition.faces.label[face, layer.column]) if face >= 0 else -1
        if label == -1:
            continue
        patches = (label,) if label >= 0 else partition.faces.label_sets[-2 - label]
        code = next((code for patch in patches for code, _share in columns.codes_of(patch)), "")
        if runs and runs[-1]["code"] == code and start - runs[-1]["to"] < LEAST_M:
            runs[-1]["to"] = stop
        else:
            runs.append({"from": start, "to": stop, "code": code})
    return [{"from": round(run["from"], 2), "to": round(run["to"], 2), "code": run["code"]} for run in runs]
