"""To and from geopandas (extra ``interop``): any frame of areas in, faces with the attributes of all layers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lantu.planar.convert import Grid, faces_to_shapely, layer_from_shapely
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import Faces, IntArray, OverlayEngine, RingLayer


def from_geopandas(frame: Any, grid: Grid = Grid(), layer: int = 0) -> RingLayer:  # noqa: B008  (frozen)
    """The active geometry of a GeoDataFrame in metres of a projected CRS; patch i is row i. Raises as ``layer_from_shapely``."""
    if frame.crs is not None and frame.crs.is_geographic:
        raise ValueError(
            f"{frame.crs.name} counts in degrees; project the frame first, for example by frame.to_crs(frame.estimate_utm_crs())"
        )
    return layer_from_shapely(frame.geometry.to_numpy(), grid, layer)


def first_patch(faces: Faces, layer: int) -> IntArray:
    """(f,) the patch of ``layer`` on each face, the first one where several overlap, -1 = none."""
    label = faces.label[:, layer].astype(np.int64)
    several = np.flatnonzero(label < -1)
    label[several] = [faces.label_sets[-2 - value][0] for value in label[several].tolist()]
    return label


def to_geopandas(faces: Faces, frames: Sequence[Any], grid: Grid = Grid(), prefixes: Sequence[str] = ()) -> Any:  # noqa: B008  (frozen)
    """A GeoDataFrame with one row a face: the columns of every layer's frame, missing where it has no patch.

    ``prefixes`` of the columns of each layer (default ``A_``, ``B_`` …). Where patches of a layer overlap, the columns are those of the
    first; ``<prefix>rows`` names all of them (positions in the frame).
    """
    import geopandas
    import pandas

    chosen = list(prefixes) or [f"{chr(ord('A') + number)}_" for number in range(len(frames))]
    columns: dict[str, Any] = {}
    for number, (frame, prefix) in enumerate(zip(frames, chosen, strict=True)):
        first = first_patch(faces, number)
        columns[f"{prefix}rows"] = row_names(faces, number)
        table = pandas.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
        rows = table.reindex(first)
        for name in table.columns:
            columns[f"{prefix}{name}"] = rows[name].to_numpy()
    crs = next((frame.crs for frame in frames if frame.crs is not None), None)
    return geopandas.GeoDataFrame(columns, geometry=faces_to_shapely(faces, grid), crs=crs)


def row_names(faces: Faces, layer: int, numbers: IntArray | None = None) -> Any:
    """(f,) the patches of ``layer`` on each face as text: nothing, ``3``, ``3;7``; ``numbers`` (p,): other names of the patches."""
    label = faces.label[:, layer]
    names = np.append(np.arange(int(label.max(initial=-1)) + 1) if numbers is None else numbers, -1).astype(str).astype(object)
    names[-1] = ""
    result = names[np.where(label >= 0, label, -1)]
    for face in np.flatnonzero(label < -1).tolist():
        result[face] = ";".join(str(patch if numbers is None else numbers[patch]) for patch in faces.patches(face, layer))
    return result


def overlay(frames: Sequence[Any], grid: Grid = Grid(), engine: OverlayEngine | None = None) -> Any:  # noqa: B008  (frozen)
    """The full overlay of GeoDataFrames in one CRS: ``to_geopandas`` of their common partition."""
    if len({frame.crs for frame in frames if frame.crs is not None}) > 1:
        raise ValueError("the frames have different CRS; bring them to one by to_crs")
    layers = [from_geopandas(frame, grid, number) for number, frame in enumerate(frames)]
    return to_geopandas((engine or PlanarEngine()).overlay(layers), frames, grid)
