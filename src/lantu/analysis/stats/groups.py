"""Areas of faces by classes, districts and the like: one group-by, no geometry. Ground is never counted twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from lantu.analysis.columns import NO_CODE
from lantu.analysis.partition import Partition
from lantu.core.errors import BadInput
from lantu.planar.clip import clip

GAP, UNCLASSED = "(gap)", ""


@dataclass(frozen=True, slots=True)
class Cells:
    """A cross table: cells by (row, column) in hundredths of m². ``rows``, ``columns``: keys in order."""

    rows: list[str]
    columns: list[str]
    cents: dict[tuple[str, str], int]

    def row(self, key: str) -> int:
        return sum(self.cents.get((key, column), 0) for column in self.columns)

    def column(self, key: str) -> int:
        return sum(self.cents.get((row, key), 0) for row in self.rows)

    @property
    def total(self) -> int:
        return sum(self.cents.values())


def classes(partition: Partition, layer: str, level: int = 0) -> tuple[NDArray[np.int64], list[str]]:
    """(faces,) number of the class of a layer on each face, and the classes. ``level``: 0 as in the plan, 1 the topmost class, 2 below it.

    A mixed-use patch counts for its first class; of overlapping patches the first one counts.
    """
    column = partition.layers[layer].column
    codes = partition.columns(layer)
    main = codes.main()
    label = np.asarray(partition.faces.label[:, column])
    first = np.where(label >= 0, label, -1)
    for row in np.flatnonzero(label < -1):
        first[row] = partition.faces.label_sets[-2 - label[row]][0]
    table = partition.catalogue.table_of(partition.catalogue.layers[layer]) if layer in partition.catalogue.layers else None

    def rolled(code: str) -> str:
        chain = table.ancestors(code) if table and level else [code]
        return chain[-level] if 0 < level <= len(chain) else chain[0]

    names = sorted({rolled(code) for code in codes.codes})
    number = {name: index for index, name in enumerate(names)}
    of_code = np.array([number[rolled(code)] for code in codes.codes] + [len(names)], dtype=np.int64)
    of_patch = of_code[np.where(main == NO_CODE, len(codes.codes), main)] if len(main) else np.zeros(0, dtype=np.int64)
    result = np.where(first >= 0, of_patch[first] if len(of_patch) else 0, len(names) + 1)
    return result.astype(np.int64), [*names, UNCLASSED, GAP]


def districts(partition: Partition) -> tuple[NDArray[np.int64], list[str]]:
    """(faces,) number of the district of each face, and the districts; the last one stands for ground outside of all."""
    column = partition.region_column
    keys = [*partition.regions, ""]
    if column is None:
        return np.full(len(partition.faces), len(keys) - 1), keys
    label = np.asarray(partition.faces.label[:, column]).astype(np.int64)
    for row in np.flatnonzero(label < -1):
        label[row] = partition.faces.label_sets[-2 - label[row]][0]
    return np.where((label >= 0) & (label < len(partition.regions)), label, len(keys) - 1), keys


def dimension(partition: Partition, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """(faces,) keys of a dimension: ``district``, or a layer with its level, as ``C0101``, ``C0101:1``. Raises ``BadInput``."""
    if name == "district":
        return districts(partition)
    layer, _colon, level = name.partition(":")
    if layer not in partition.layers:
        raise BadInput(_("本版本没有图层 %(layer)s。") % {"layer": layer}, how=_("请换一个图层，或去掉这一条。"))
    return classes(partition, layer, int(level) if level.isdigit() else 0)


def weights(partition: Partition, layer: str, site: Any = None) -> NDArray[np.int64]:
    """(faces,) hundredths of m², adjusted to the control areas of ``layer``; within ``site`` (degrees) only the part that lies in it."""
    cents = np.asarray(partition.cents(layer))
    if site is None:
        return cents
    found = clip(partition.faces, partition.index, partition.to_plane(site), partition.plane)
    plane = partition.faces.area2[found.face] * (partition.grid.unit_m**2 / 2)
    inside = np.zeros(len(cents), dtype=np.int64)
    inside[found.face] = np.rint(cents[found.face] * np.minimum(found.area / plane, 1.0)).astype(np.int64)
    return inside


def cross(partition: Partition, by_row: str, by_column: str, weight: NDArray[np.int64], chosen: NDArray[np.bool_] | None = None) -> Cells:
    """Areas by two dimensions (``by_column`` may be empty: one column)."""
    row, rows = dimension(partition, by_row)
    column, columns = dimension(partition, by_column) if by_column else (np.zeros(len(row), dtype=np.int64), ["area"])
    keep = weight > 0 if chosen is None else (weight > 0) & chosen
    sums = np.zeros(len(rows) * len(columns), dtype=np.int64)
    np.add.at(sums, row[keep] * len(columns) + column[keep], weight[keep])
    cents = {(rows[k // len(columns)], columns[k % len(columns)]): int(sums[k]) for k in np.flatnonzero(sums)}
    used_rows, used_columns = {key for key, _c in cents}, {key for _r, key in cents}
    return Cells([key for key in rows if key in used_rows], [key for key in columns if key in used_columns], cents)


def counts(partition: Partition, layer: str, by_row: str) -> dict[str, int]:
    """How many patches of a layer stand in each row of a dimension; one that reaches into two is counted in both."""
    row, rows = dimension(partition, by_row)
    label = np.asarray(partition.faces.label[:, partition.layers[layer].column])
    single = label >= 0
    pairs = np.unique(np.column_stack((row[single], label[single])), axis=0)
    found: dict[str, int] = defaultdict(int)
    for key, number in zip(*np.unique(pairs[:, 0], return_counts=True), strict=True):
        found[rows[int(key)]] += int(number)
    return dict(found)
