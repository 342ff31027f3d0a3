"""From a format's raw values to source features: geometry checked for use, attributes as plain Python values."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.plans.readers.base import SourceFeature
from lantu.plans.readers.messages import Notice

KIND_OF_OGR = {
    "OFTString": "text",
    "OFTInteger": "integer",
    "OFTInteger64": "integer",
    "OFTReal": "number",
    "OFTDate": "date",
    "OFTDateTime": "datetime",
    "OFTTime": "text",
    "OFTBinary": "binary",
}


def plain(value: Any, kind: str) -> Any:
    """A JSON-able value: NaN and NaT become None, whole numbers stay whole, dates become ISO text."""
    if value is None:
        return None
    if isinstance(value, np.datetime64):
        if np.isnat(value):
            return None
        moment: datetime.datetime = value.astype("datetime64[us]").item()
        return moment.date().isoformat() if kind == "date" else moment.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if kind == "integer" and value.is_integer() else value
    if isinstance(value, np.ndarray):
        return [plain(item, kind) for item in value.tolist()]
    return value


def problems_of(geometries: NDArray[np.object_], given: NDArray[np.bool_]) -> list[Notice | None]:
    """Why each geometry cannot be used, None if it can. ``given``: whether the source had one at all."""
    problems: list[Notice | None] = [None] * len(geometries)
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    broken = np.zeros(len(geometries), bool)
    broken[owner[~np.isfinite(xy).all(axis=1)]] = True
    missing, empty = shapely.is_missing(geometries), shapely.is_empty(geometries)
    for i in np.flatnonzero(broken | missing | empty):
        if missing[i]:
            problems[i] = Notice("unreadable-geometry" if given[i] else "null-geometry")
        else:
            problems[i] = Notice("empty-geometry" if empty[i] else "not-finite")
    return problems


def make(
    rows: Sequence[int],
    wkb: NDArray[np.object_],
    attributes: Sequence[dict[str, Any]],
    text_problems: dict[int, Notice] | None = None,
) -> list[SourceFeature]:
    """Source features of one chunk: ``wkb`` (n,) bytes or None; ``text_problems`` by position in the chunk."""
    given = np.array([item is not None for item in wkb], bool)
    with np.errstate(invalid="ignore"):  # NaN coordinates are looked for afterwards, by feature
        geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    return of_geometries(rows, geometries, given, attributes, text_problems)


def of_geometries(
    rows: Sequence[int],
    geometries: NDArray[np.object_],
    given: NDArray[np.bool_],
    attributes: Sequence[dict[str, Any]],
    text_problems: dict[int, Notice] | None = None,
    *,
    heights: NDArray[np.bool_] | None = None,
    curves: NDArray[np.bool_] | None = None,
) -> list[SourceFeature]:
    """As ``make``, from shapely geometries; ``given``: whether the source had a geometry where it is None now; ``heights`` and ``curves``:
    whether it had any, where the geometries show them no more."""
    problems = problems_of(geometries, given)
    high = shapely.has_z(geometries) | shapely.has_m(geometries) if heights is None else heights
    bent = np.zeros(len(geometries), bool) if curves is None else curves
    flat = shapely.force_2d(geometries)
    extra = text_problems or {}
    return [
        SourceFeature(
            int(row), flat[i] if problems[i] is None else None, attributes[i], problems[i] or extra.get(i), bool(high[i]), bool(bent[i])
        )
        for i, row in enumerate(rows)
    ]
