"""Identity of findings over runs: the same input gives the same identity; a changed input gives the nearest one, with its lineage.

First (rule, source features); then, where a key occurs in several pieces or the sources were renamed, the largest overlap with
the findings of the previous run. What was split or merged says so.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

Source = tuple[str, str]
"""(layer code, feature id)"""

LINEAGE_SHARE = 0.05
"""Overlaps below this share of the smaller of the two patches are not told as lineage."""


def key_of(rule: str, sources: Iterable[Source]) -> str:
    """The key of a finding: digest of its rule and the source features that make it, in any order; 24 hex digits."""
    text = "\n".join([rule, *(f"{layer}\t{feature}" for layer, feature in sorted(set(sources)))])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding as far as identity goes. ``identity`` is empty for a new one; ``shape`` in any one plane coordinate system."""

    rule: str
    key: str
    shape: BaseGeometry
    identity: str = ""


@dataclass(slots=True)
class Named:
    """The identity given to a new finding and where it comes from: ``relation`` new | same | changed | split | merge, ``parents``
    the previous identities with the overlap in square units of the shapes."""

    identity: str = ""
    relation: str = "new"
    parents: dict[str, float] = field(default_factory=dict)


def name_findings(new: Sequence[Known], previous: Sequence[Known] = ()) -> list[Named]:
    """Give every new finding its identity. ``new`` in canonical order, so that pieces with one key are numbered alike every time."""
    names = [Named() for _ in new]
    pairs = _overlaps(new, previous)
    free = set(range(len(previous)))
    _take(names, new, previous, free, [p for p in pairs if new[p[0]].key == previous[p[1]].key])
    _take_single_keys(names, new, previous, free)
    _take(names, new, previous, free, [p for p in pairs if new[p[0]].rule == previous[p[1]].rule])
    _number_the_rest(names, new, {old.identity for old in previous})
    _tell_lineage(names, new, previous, pairs)
    return names


Pair = tuple[int, int, float]


def _overlaps(new: Sequence[Known], previous: Sequence[Known]) -> list[Pair]:
    """(new, old, overlapping area) where there is one, largest first, ties by old identity and order."""
    if not new or not previous:
        return []
    shapes = np.array([item.shape for item in new], dtype=object)
    olds = np.array([item.shape for item in previous], dtype=object)
    left, right = shapely.STRtree(olds).query(shapes, predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[left], olds[right]))
    found = [(int(a), int(b), float(s)) for a, b, s in zip(left, right, area, strict=True) if s > 0]
    return sorted(found, key=lambda pair: (-pair[2], previous[pair[1]].identity, pair[0]))


def _take(names: list[Named], new: Sequence[Known], previous: Sequence[Known], free: set[int], pairs: list[Pair]) -> None:
    for index, old, _area in pairs:
        if old in free and not names[index].identity:
            _continue(names[index], new[index], previous[old])
            free.discard(old)


def _take_single_keys(names: list[Named], new: Sequence[Known], previous: Sequence[Known], free: set[int]) -> None:
    """One piece then, one piece now, the same key: the same finding even if it moved clear of where it was."""
    now, then = defaultdict(list), defaultdict(list)
    for index, name in enumerate(names):
        if not name.identity:
            now[new[index].key].append(index)
    for index in sorted(free):
        then[previous[index].key].append(index)
    for key, indices in now.items():
        if len(indices) == 1 and len(then.get(key, ())) == 1:
            _continue(names[indices[0]], new[indices[0]], previous[then[key][0]])
            free.discard(then[key][0])


def _continue(name: Named, item: Known, old: Known) -> None:
    name.identity = old.identity
    name.relation = "same" if item.key == old.key and item.shape.equals(old.shape) else "changed"


def _number_the_rest(names: list[Named], new: Sequence[Known], taken: set[str]) -> None:
    used = taken | {name.identity for name in names}
    counter: dict[str, int] = defaultdict(int)
    for index, name in enumerate(names):
        while not name.identity:
            counter[new[index].key] += 1
            candidate = f"{new[index].key}-{counter[new[index].key]}"
            if candidate not in used:
                name.identity = candidate
                used.add(candidate)


def _tell_lineage(names: list[Named], new: Sequence[Known], previous: Sequence[Known], pairs: list[Pair]) -> None:
    told = [p for p in pairs if p[2] >= LINEAGE_SHARE * min(new[p[0]].shape.area, previous[p[1]].shape.area)]
    children: dict[int, int] = defaultdict(int)
    for index, old, area in told:
        names[index].parents[previous[old].identity] = area
        children[old] += 1
    for index, old, _area in told:
        if names[index].relation != "same":
            if len(names[index].parents) > 1:
                names[index].relation = "merge"
            elif children[old] > 1:
                names[index].relation = "split"
            elif names[index].relation == "new":
                names[index].relation = "changed"
