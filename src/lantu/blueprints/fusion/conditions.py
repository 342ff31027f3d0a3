"""Conditions over faces: a small tree of "a patch of this layer with this property is here", and, or, not.

Rules of the city pack are compiled into such trees (``compile.py``); here they are only evaluated, for all faces at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np

from lantu.blueprints.fusion.view import BoolArray, FaceView


class Condition(Protocol):
    """Something that is true or false on each face."""

    def test(self, view: FaceView) -> BoolArray:
        """(faces,) bool."""
        ...

    def layers(self) -> frozenset[int]:
        """The layers that it names."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Has:
    """A patch of the layer with the property is here. ``holds`` (patches of the layer,) bool."""

    layer: int
    holds: BoolArray

    def test(self, view: FaceView) -> BoolArray:
        return view.any(self.layer, self.holds)

    def layers(self) -> frozenset[int]:
        return frozenset((self.layer,))


@dataclass(frozen=True, slots=True)
class Covered:
    """Any patch of the layer is here (``present``), or none (gap)."""

    layer: int
    present: bool = True

    def test(self, view: FaceView) -> BoolArray:
        covered = view.covered(self.layer)
        return covered if self.present else ~covered

    def layers(self) -> frozenset[int]:
        return frozenset((self.layer,))


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    part: Condition

    def test(self, view: FaceView) -> BoolArray:
        return ~self.part.test(view)

    def layers(self) -> frozenset[int]:
        return self.part.layers()


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no part at all holds everywhere."""

    parts: Sequence[Condition]

    def test(self, view: FaceView) -> BoolArray:
        return reduce(np.logical_and, (part.test(view) for part in self.parts), np.ones(len(view), dtype=bool))

    def layers(self) -> frozenset[int]:
        return frozenset().union(*(part.layers() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Any:
    """One part at least holds; no part at all holds nowhere."""

    parts: Sequence[Condition]

    def test(self, view: FaceView) -> BoolArray:
        return reduce(np.logical_or, (part.test(view) for part in self.parts), np.zeros(len(view), dtype=bool))

    def layers(self) -> frozenset[int]:
        return frozenset().union(*(part.layers() for part in self.parts))
